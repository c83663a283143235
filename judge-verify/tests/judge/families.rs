//! A message with a matching attachment and an unreadable one: what comes along with the match.

use crate::support::{Matter, extractor, refused};
use duces_judge_verify::audit;
use duces_judge_verify::check::Check;
use duces_judge_verify::cli::{AuditArgs, ExtractorArgs};
use duces_judge_verify::report::{About, json};
use duces_protocol::production::ledger::{Companion, Disposition, Ledger, LedgerWriter, Outcome};
use std::fs;
use std::process::ExitCode;
use std::sync::LazyLock;

const TOGETHER: &str = "[production]\nfamilies = \"together\"\n";

fn message() -> Vec<u8> {
    let part = |about: &str, body: &str| format!("--b\r\n{about}\r\n\r\n{body}\r\n");
    let attached = |name: &str| format!("Content-Disposition: attachment; filename={name}");
    [
        "From: plant@example.org\r\nTo: records@example.org\r\nSubject: the week\r\n\
         Date: Mon, 1 Jan 2024 00:00:00 +0000\r\nMessage-ID: <1@example.org>\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
            .to_owned(),
        part("Content-Type: text/plain", "see what is attached"),
        part(
            &format!("Content-Type: text/plain\r\n{}", attached("t.txt")),
            "turbidity turbidity turbidity",
        ),
        part(
            &format!(
                "Content-Type: application/octet-stream\r\n\
                 Content-Transfer-Encoding: base64\r\n{}",
                attached("x.bin")
            ),
            "AAECAwQFBgcICQ==",
        ),
        "--b--\r\n".to_owned(),
    ]
    .concat()
    .into_bytes()
}

fn files() -> Vec<(String, Vec<u8>)> {
    vec![
        ("week.eml".to_owned(), message()),
        ("memo.txt".to_owned(), b"a memo on lunch".to_vec()),
    ]
}

fn matter() -> &'static Matter {
    static MATTER: LazyLock<Matter> = LazyLock::new(|| Matter::under(TOGETHER, &files(), false));
    &MATTER
}

/// A copy of the production whose ledger has other outcomes.
fn with_outcomes(name: &str, change: impl Fn(Outcome) -> Outcome) -> Option<(Check, String)> {
    let copy = matter().copy(name);
    let bytes = fs::read(copy.join("ledger.bin")).unwrap();
    let ledger = Ledger::parse(bytes).unwrap();
    let mut writer = LedgerWriter::new(ledger.items(), ledger.views());
    for line in ledger.lines() {
        let line = line.unwrap();
        let outcome = change(line.outcome);
        writer.push(&line.leaf().unwrap(), outcome).unwrap();
    }
    fs::write(copy.join("ledger.bin"), writer.finish().unwrap()).unwrap();
    refused(&matter().verify(&copy))
}

#[test]
fn a_family_comes_together() {
    let matter = matter();
    let outcome = matter.verify(&matter.path("production"));
    assert_eq!(refused(&outcome), None);
    let counts = outcome.counts.unwrap();
    assert_eq!((counts.items, counts.produced, counts.families), (4, 1, 1));
    assert_eq!(
        (counts.companions_produced, counts.companions_withheld),
        (2, 0)
    );
    assert_eq!((counts.exceptions, counts.exceptions_left_out), (1, 0));
    let comparisons = outcome.comparisons.as_ref().unwrap();
    assert_eq!((comparisons.confirmed, comparisons.total()), (2, 2));
    assert!(comparisons.readable_exceptions.is_empty());
    let report: serde_json::Value =
        serde_json::from_str(&json::render(&outcome, &About::default()).unwrap()).unwrap();
    let produced = report["produced"].as_array().unwrap();
    let head = produced.iter().find(|it| it["bates"] == "EPA0000001");
    let head = head.unwrap();
    assert_eq!(head["position"], head["family"]);
    assert_eq!(head["companion"], true);
}

#[test]
fn a_companion_is_not_held_back_without_a_word() {
    let held_back = |outcome: Outcome| match outcome.disposition {
        Disposition::NotResponsive => outcome.disposition.into(),
        _ => outcome,
    };
    let (check, reason) = with_outcomes("held-back", held_back).unwrap();
    assert_eq!(check, Check::Coverage, "{reason}");
    assert!(reason.contains("neither produced nor withheld"), "{reason}");
}

#[test]
fn an_exception_may_be_left_out_but_its_files_then_too() {
    let left_out = |outcome: Outcome| match outcome.disposition {
        Disposition::Exception => outcome.disposition.into(),
        _ => outcome,
    };
    let (check, reason) = with_outcomes("left-out", left_out).unwrap();
    assert_eq!(check, Check::Openings, "{reason}");
}

#[test]
fn a_companion_withheld_needs_its_entry() {
    let withheld = |outcome: Outcome| match outcome.companion {
        Companion::Produced if outcome.disposition == Disposition::NotResponsive => Outcome {
            companion: Companion::Withheld,
            ..outcome
        },
        _ => outcome,
    };
    // It still is opened and lies in the folders.
    let (check, reason) = with_outcomes("withheld", withheld).unwrap();
    assert_eq!(check, Check::Openings, "{reason}");
}

#[test]
fn nothing_comes_along_with_what_does_not_match() {
    let all = |outcome: Outcome| match outcome.disposition {
        Disposition::NotResponsive => Outcome {
            companion: Companion::Produced,
            ..outcome
        },
        _ => outcome,
    };
    let (check, reason) = with_outcomes("all", all).unwrap();
    assert_eq!(check, Check::Coverage, "{reason}");
    assert!(reason.contains("no match of its family"), "{reason}");
}

#[test]
fn matches_come_alone_where_the_profile_says_so() {
    let matter = Matter::of(&files(), false);
    let outcome = matter.verify(&matter.path("production"));
    assert_eq!(refused(&outcome), None);
    let counts = outcome.counts.unwrap();
    assert_eq!((counts.produced, counts.companions_produced), (1, 0));
    assert_eq!((counts.families, counts.exceptions_left_out), (1, 0));
}

/// Every position of the matter, opened by the responding party's program and audited.
#[test]
fn an_honest_family_opens_without_a_fault() {
    let matter = Matter::under(TOGETHER, &files(), false);
    let nonce = "0".repeat(64);
    let drawn = [
        "sample",
        "production",
        "--commitment",
        "matter/commitment.txt",
        "--request",
        "request",
        "--nonce",
        &nonce,
        "--size",
        "4",
        "--out",
        "sample.csv",
        "--record",
        "sample.txt",
    ];
    let code = duces_judge_verify::run(matter.line("judge-verify", &drawn));
    assert_eq!(code, ExitCode::SUCCESS);
    let extractor = extractor().to_str().unwrap();
    matter.responder(&[
        "open",
        "--vault",
        "matter/vault",
        "--positions",
        "sample.csv",
        "--out",
        "opened",
        "--extractor",
        extractor,
    ]);
    let audit = audit::run(&AuditArgs {
        opened: matter.path("opened"),
        commitment: matter.path("matter/commitment.txt"),
        request: matter.path("request"),
        record: matter.path("sample.txt"),
        production: Some(matter.path("production")),
        reviewed: None,
        json: None,
        force: false,
        extractor: ExtractorArgs {
            extractor: Some(extractor.into()),
            ..ExtractorArgs::default()
        },
    })
    .unwrap();
    assert!(audit.faults.is_empty(), "{:?}", audit.faults);
    assert!(audit.unverifiable.is_empty(), "{:?}", audit.unverifiable);
    let tally = &audit.tally;
    assert_eq!((tally.items, tally.pages, tally.exceptions), (3, 0, 1));
}
