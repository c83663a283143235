//! The nine checks on an honest production and on damaged and hostile ones.

use crate::support::{MATCHING, Matter, OTHERS, refused, request, with_extractor};
use duces_judge_verify::check::Check;
use duces_judge_verify::checks::Verdict;
use duces_judge_verify::report::{About, html, json, text};
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::sync::LazyLock;

/// One matter for all tests; each works on its own copies.
fn matter() -> &'static Matter {
    static MATTER: LazyLock<Matter> = LazyLock::new(Matter::new);
    &MATTER
}

#[test]
fn an_honest_production_is_verified_and_reported() {
    let matter = matter();
    let outcome = matter.verify(&matter.path("production"));
    assert_eq!(refused(&outcome), None);
    let counts = outcome.counts.unwrap();
    assert_eq!(
        (counts.items, counts.responsive),
        (MATCHING + OTHERS + 2, MATCHING)
    );
    assert_eq!((counts.produced, counts.withheld), (MATCHING - 1, 1));
    assert_eq!(
        (counts.not_responsive, counts.exceptions, counts.no_view),
        (OTHERS, 1, 1)
    );
    let passed: Vec<Check> = outcome.passed.iter().map(|passed| passed.check).collect();
    assert_eq!(passed, Check::ALL);

    let report = json::render(&outcome, &About::default()).unwrap();
    let value: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert_eq!(value["verdict"], "VERIFIED");
    assert_eq!(value["counts"]["withheld"], 1);
    assert_eq!(value["withheld"][0]["basis"], "attorney-client");
    assert_eq!(value["exceptions"][0]["reason"], "damaged");
    assert_eq!(value["produced"][0]["bates"], "EPA0000001");
    assert_eq!(value["produced"][0]["companion"], false);
    assert_eq!(value["comparisons"]["confirmed"], MATCHING - 1);
    assert_eq!(value["comparisons"]["not_compared"], 0);
    assert_eq!(value["matter"]["families"], "alone");

    let page = html::render(&outcome, &About::default()).unwrap();
    assert!(page.contains("&lt;b&gt;Memo&lt;/b&gt;") && !page.contains("<b>"));
    assert!(page.contains("&#39;=plant") && page.contains("Privilege log"));
    assert_eq!(page.matches("<script").count(), 1);
    assert!(!page.contains("http:") && !page.contains("https:"));
    let plain = text::rest(&outcome, &About::default());
    assert!(plain.contains("VERIFIED") && plain.contains("What this does not show"));
    let counts = "2 confirmed, 0 different, 0 not compared";
    for report in [page, plain.replace('\n', " ")] {
        assert!(report.contains(counts), "{report}");
    }
}

#[test]
fn an_outsider_accepts_the_sums() {
    let matter = matter();
    let result = std::process::Command::new("sha256sum")
        .args(["--check", "--strict", "--quiet", "sha256sums.txt"])
        .current_dir(matter.path("production"))
        .output();
    match result {
        Ok(output) => assert!(output.status.success(), "{output:?}"),
        Err(_) => println!("skipped: sha256sum is not here"),
    }
}

#[test]
fn a_damaged_file_is_refused_wherever_it_is_damaged() {
    let matter = matter();
    let (native, text) = ("natives/EPA0000001.txt", "text/EPA0000001.txt");
    let cases = [
        ("manifest.json", Check::Decode, Check::Layout),
        ("profile.toml", Check::Decode, Check::Commitment),
        ("ledger.bin", Check::Decode, Check::Commitment),
        ("openings.csv", Check::Decode, Check::Openings),
        ("withholding.csv", Check::Decode, Check::Withholding),
        ("sha256sums.txt", Check::Decode, Check::Sums),
        ("proofs/batch-000000.proof", Check::Proofs, Check::Proofs),
        (native, Check::Openings, Check::Openings),
        (text, Check::Openings, Check::Openings),
        ("loadfile.dat", Check::Sums, Check::Sums),
    ];
    let copy = matter.copy("damaged");
    for (name, first, last) in cases {
        let path = copy.join(name);
        let whole = fs::read(&path).unwrap();
        // Building keys dominates; where they are built, two kinds of damage must do.
        let mut flipped = whole.clone();
        flipped[whole.len() / 2] ^= 1;
        let mut damaged = vec![whole[..whole.len() - 1].to_vec(), flipped];
        if first < Check::Layout {
            let mut flipped = whole.clone();
            flipped[0] ^= 1;
            damaged.extend([Vec::new(), [&whole[..], b"\n"].concat(), flipped]);
        }
        for bytes in damaged {
            fs::write(&path, &bytes).unwrap();
            let (check, reason) = refused(&matter.verify(&copy)).expect(name);
            let sums = check == Check::Sums;
            assert!(
                (first..=last).contains(&check) || sums,
                "{name}: {check}: {reason}"
            );
        }
        fs::remove_file(&path).unwrap();
        let (check, reason) = refused(&matter.verify(&copy)).expect(name);
        let expected = match name {
            "proofs/batch-000000.proof" => Check::Coverage,
            _ if name == native || name == text => Check::Openings,
            _ => Check::Decode,
        };
        assert_eq!(check, expected, "{name}: {reason}");
        fs::write(&path, &whole).unwrap();
    }
    assert_eq!(refused(&matter.verify(&copy)), None);
}

#[test]
fn extra_files_are_refused() {
    let matter = matter();
    let copy = matter.copy("extra");
    for (name, expected) in [
        ("notes.txt", Check::Decode),
        (".hidden", Check::Decode),
        ("proofs/batch-000001.proof", Check::Coverage),
        ("proofs/batch-0.proof", Check::Coverage),
        ("natives/EPA0000003.txt", Check::Openings),
        ("natives/<img src=x>", Check::Openings),
        ("text/EPA0000003.txt", Check::Openings),
        ("images/EPA0000001.png", Check::Openings),
    ] {
        let path = copy.join(name);
        fs::write(&path, b"x").unwrap();
        let (check, reason) = refused(&matter.verify(&copy)).expect(name);
        assert_eq!(check, expected, "{name}: {reason}");
        fs::remove_file(&path).unwrap();
    }
    assert_eq!(refused(&matter.verify(&copy)), None);
}

#[test]
fn links_are_not_followed() {
    let matter = matter();
    for name in [
        "ledger.bin",
        "natives/EPA0000001.txt",
        "proofs/batch-000000.proof",
        "text/EPA0000001.txt",
        "natives",
        "images",
    ] {
        let copy = matter.copy(&format!("link-{}", name.replace('/', "-")));
        let path = copy.join(name);
        let outside = matter.path("production").join(name);
        if path.is_dir() {
            fs::remove_dir_all(&path).unwrap();
        } else {
            fs::remove_file(&path).unwrap();
        }
        std::os::unix::fs::symlink(outside, &path).unwrap();
        assert!(refused(&matter.verify(&copy)).is_some(), "{name}");
    }
}

#[test]
fn another_matter_or_request_is_refused() {
    let (matter, other) = (matter(), Matter::new());
    let swap = |commitment: &Path, request: &Path| {
        let inputs = duces_judge_verify::checks::Inputs {
            production: matter.path("production"),
            commitment: commitment.to_owned(),
            earlier: Vec::new(),
            request: request.to_owned(),
            srs: None,
            extractor: with_extractor(),
        };
        refused(&duces_judge_verify::checks::verify(&inputs, |_| {}))
            .unwrap()
            .0
    };
    let (commitment, served) = (matter.path("matter/commitment.txt"), matter.path("request"));
    let foreign = other.path("matter/commitment.txt");
    assert_eq!(swap(&foreign, &served), Check::Commitment);
    assert_eq!(swap(&commitment, &other.path("request")), Check::Binding);
    let text = fs::read_to_string(&commitment).unwrap();
    let digest = duces_protocol::commitment::Commitment::parse(&text)
        .unwrap()
        .digest();
    let mut changed = request(digest);
    "output[0] >= 2".clone_into(&mut changed.rule);
    let path = matter.path("changed");
    fs::write(&path, changed.encode()).unwrap();
    assert_eq!(swap(&commitment, &path), Check::Binding);
    fs::write(&path, b"duces-request-v1").unwrap();
    assert_eq!(swap(&commitment, &path), Check::Decode);
}

#[test]
fn exit_codes_and_reports() {
    let matter = matter();
    let judge = |production: &str, more: &[&str]| {
        let words = [
            "production",
            production,
            "--commitment",
            "matter/commitment.txt",
            "--request",
        ];
        let line = [&words[..], &["request"], more].concat();
        duces_judge_verify::run(matter.line("judge-verify", &line))
    };
    let reports = ["--json", "out.json", "--html", "out.html"];
    assert_eq!(judge("production", &reports), ExitCode::SUCCESS);
    assert_eq!(
        judge("production", &reports),
        ExitCode::from(2),
        "reports are not overwritten"
    );
    let copy = matter.copy("bad");
    fs::remove_file(copy.join("openings.csv")).unwrap();
    assert_eq!(
        judge("bad", &[&reports[..], &["--force"]].concat()),
        ExitCode::from(1)
    );
    let report = fs::read_to_string(matter.path("out.json")).unwrap();
    assert!(report.contains("\"REJECTED\"") && report.contains("openings.csv"));
    assert!(
        fs::read_to_string(matter.path("out.html"))
            .unwrap()
            .contains("REJECTED")
    );
    assert_eq!(judge("nowhere", &[]), ExitCode::from(2));
    let run = |words: &[&str]| duces_judge_verify::run(matter.line("judge-verify", words));
    assert_eq!(run(&["request", "request"]), ExitCode::SUCCESS);
    assert_eq!(run(&["request", "log.csv"]), ExitCode::from(1));
    assert_eq!(run(&["request", "nowhere"]), ExitCode::from(2));
    assert_eq!(run(&["nonsense"]), ExitCode::from(2));
}

#[test]
fn what_could_not_run_is_not_checked() {
    let matter = matter();
    let outcome = matter.verify(&matter.path("nowhere"));
    let Verdict::NotChecked(check, error) = &outcome.verdict else {
        panic!("{}", outcome.verdict.word())
    };
    assert_eq!(*check, Check::Decode);
    assert!(!error.fix.is_empty());
    assert!(
        json::render(&outcome, &About::default())
            .unwrap()
            .contains("\"NOT CHECKED\"")
    );
    assert!(
        html::render(&outcome, &About::default())
            .unwrap()
            .contains("NOT CHECKED")
    );
}

/// The program in a process of its own, its standard output closed at once.
#[test]
fn a_closed_pipe_changes_no_exit_code() {
    let matter = matter();
    let broken = matter.copy("broken-pipe");
    fs::remove_file(broken.join("openings.csv")).unwrap();
    let run = |production: &str| {
        let words = [
            "production",
            production,
            "--commitment",
            "matter/commitment.txt",
            "--request",
            "request",
        ];
        let mut child = Command::new(env!("CARGO_BIN_EXE_judge-verify"))
            .args(&matter.line("judge-verify", &words)[1..])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        child.wait_with_output().unwrap()
    };
    let verified = run("production");
    assert_eq!(verified.status.code(), Some(0), "{verified:?}");
    assert!(verified.stderr.is_empty(), "{verified:?}");
    for (production, code) in [("broken-pipe", 1), ("nowhere", 2)] {
        let output = run(production);
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        let error = String::from_utf8(output.stderr).unwrap();
        let lines: Vec<&str> = error.lines().collect();
        assert_eq!(lines.len(), 2, "{error}");
        assert!(lines[0].starts_with("error: ") && lines[1].starts_with("  fix: "));
    }
}
