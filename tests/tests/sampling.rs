//! Where a sample comes from (docs/protocol.md section 8, "Audit sample"): the nonce and its source,
//! the scopes and what is said of each, and batches that are opened for want of a proof.

#![allow(clippy::unwrap_used, reason = "a test may end at any surprise")]

use duces_protocol::audit::sample;
use duces_protocol::production::ledger::Disposition;
use duces_tests::matter::{COMMIT, Matter, TOPIC};
use duces_tests::production::Production;
use duces_tests::programs::Programs;
use std::fs;
use std::sync::LazyLock;

const FILES: &str = "--commitment matter/commitment.txt --request topic.request";

/// One matter for all tests, answered.
fn matter() -> &'static Matter {
    static MATTER: LazyLock<Matter> = LazyLock::new(|| {
        let matter = Matter::new(Programs::new(env!("CARGO_BIN_EXE_programs")));
        let _ = matter.run(COMMIT).done();
        matter.answer(&TOPIC);
        matter
    });
    &MATTER
}

fn draw(production: &str, more: &str, name: &str) -> String {
    format!("judge-verify sample {production} {FILES} {more} --out {name}.csv --record {name}.txt")
}

/// Opens what was drawn; the line that audits it.
fn opened(production: &str, name: &str) -> String {
    let open = format!("responder open --vault matter/vault --positions {name}.csv --out {name}");
    let _ = matter().run(&open).done();
    format!("judge-verify audit {name} {FILES} --record {name}.txt --production {production}")
}

fn drawn(name: &str) -> Vec<usize> {
    let list = fs::read(matter().path(&format!("{name}.csv"))).unwrap();
    let positions = sample::parse(&list).unwrap();
    positions.into_iter().map(|p| p as usize).collect()
}

#[test]
fn each_scope_is_drawn_from_and_bounded_by_itself() {
    let matter = matter();
    let more = "--draw-nonce --draw exceptions=all --draw no-view=3 --draw not-produced=10 \
                --draw view/text-hash-4096=5 --draw exceptions/encrypted=all";
    let outcome = matter.run(&draw("topic-production", more, "strata"));
    // The corpus has no encrypted file.
    outcome.failed(2, "exceptions/encrypted");
    let more = more.replace("--draw exceptions/encrypted=all", "");
    let _ = matter
        .run(&draw("topic-production", &more, "strata"))
        .done();
    let production = Production::copy(
        &matter.path("topic-production"),
        &matter.path("strata-look"),
    );
    let records = production.records();
    let positions = drawn("strata");
    for (position, (leaf, outcome)) in records.iter().enumerate() {
        if !leaf.status.is_read() && !outcome.is_produced() {
            assert!(positions.contains(&position), "exception {position}");
        }
    }
    assert!(positions.iter().all(|p| !records[*p].1.is_produced()));
    let lacking = |p: &&usize| records[**p].1.disposition == Disposition::NoView;
    assert!(positions.iter().filter(lacking).count() >= 3);

    let said = matter
        .run(&opened("topic-production", "strata"))
        .done()
        .stdout;
    for line in [
        "Positions listed as exceptions",
        "positions listed as exceptions were drawn: 0 have a fault",
        "of the positions listed as lacking the view have a fault or cannot be verified",
        "of the positions that are not handed over have a fault or cannot be verified",
        "of the positions with the view text-hash-4096 have a fault or cannot be verified",
        "The nonce was drawn by 'judge-verify sample'",
        "100.00 % if 1 is false",
        "NO FAULT",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
    let chances = said.matches("Chance that a sample like this one").count();
    assert_eq!(chances, 4, "{said}");
    let two = "--draw-nonce --draw all=1 --draw all=2";
    matter
        .run(&draw("topic-production", two, "pages"))
        .failed(2, "twice");
}

/// With a free nonce a liar tries until no false position is drawn.
#[test]
fn a_nonce_that_was_typed_in_is_marked_in_record_and_report() {
    let matter = matter();
    let typed = format!("--nonce {} --size 3", "5c".repeat(32));
    let said = matter
        .run(&draw("topic-production", &typed, "typed"))
        .done();
    assert!(said.stdout.contains("TYPED IN"), "{said:#?}");
    let record = fs::read_to_string(matter.path("typed.txt")).unwrap();
    assert!(record.contains("\nsource: typed\n"), "{record}");
    let said = matter
        .run(&opened("topic-production", "typed"))
        .done()
        .stdout;
    assert!(
        said.contains("TYPED IN") && said.contains("; the nonce was typed in."),
        "{said}"
    );

    let beacon = format!("--beacon some-beacon:17:{} --size 3", "9e".repeat(32));
    let said = matter
        .run(&draw("topic-production", &beacon, "beacon"))
        .done();
    assert!(
        said.stdout.contains("round 17 of the beacon some-beacon"),
        "{said:#?}"
    );
    // Another round draws others; a nonce beside a round that does not give it is refused.
    let record = fs::read_to_string(matter.path("beacon.txt")).unwrap();
    let line = opened("topic-production", "beacon");
    let _ = matter.run(&line).done();
    fs::write(matter.path("beacon.txt"), record.replace(":17:", ":18:")).unwrap();
    matter
        .run(&line)
        .failed(1, "not the one that its source gives");
}

#[test]
fn a_nonce_of_shares_takes_what_was_handed_over_and_nothing_else() {
    let matter = matter();
    let share = |name: &str| {
        let line = format!("judge-verify share {FILES} --out {name}.share");
        let said = matter.run(&line).done().stdout;
        let text = fs::read_to_string(matter.path(&format!("{name}.share"))).unwrap();
        let (hash, secret) = text.trim_end().split_once(':').unwrap();
        assert!(said.contains(hash) && !said.contains(secret), "{said}");
        (hash.to_owned(), secret.to_owned())
    };
    let [one, two, three] = ["one", "two", "three"].map(share);
    let of = |pairs: &[(&str, &str)]| {
        let shares = pairs
            .iter()
            .map(|(hash, share)| format!("--share {hash}:{share} "));
        format!("{}--size 3", shares.collect::<String>())
    };
    let late = of(&[(&one.0, &one.1), (&two.0, &three.1)]);
    matter
        .run(&draw("topic-production", &late, "late"))
        .failed(2, "another one");
    let alone = of(&[(&one.0, &one.1)]);
    matter
        .run(&draw("topic-production", &alone, "alone"))
        .failed(2, "2 to 16");
    let copied = of(&[(&one.0, &one.1), (&one.0, &one.1)]);
    matter
        .run(&draw("topic-production", &copied, "copied"))
        .failed(2, "repeats");
    assert!(!matter.path("late.csv").exists() && !matter.path("late.txt").exists());

    let honest = of(&[(&one.0, &one.1), (&two.0, &two.1)]);
    let _ = matter
        .run(&draw("topic-production", &honest, "shared"))
        .done();
    let said = matter
        .run(&opened("topic-production", "shared"))
        .done()
        .stdout;
    assert!(said.contains(&one.0) && said.contains(&two.0), "{said}");
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(matter.path("one.share"))
        .unwrap()
        .permissions();
    assert_eq!(mode.mode() & 0o777, 0o600);
}

/// A production that lacks the proof of a batch is refused. If the court lets it stand, the whole batch
/// is opened, and each of its decisions computed again.
#[test]
fn a_batch_without_its_proof_is_opened_whole() {
    let matter = matter();
    let judge = |name: &str| TOPIC.judge(name);
    let lacking = Production::copy(&matter.path("topic-production"), &matter.path("lacking"));
    let proofs = lacking.list("proofs");
    lacking.remove(&format!("proofs/{}", proofs[0]));
    lacking.seal();
    matter
        .run(&judge("lacking"))
        .failed(1, "the proof of batch 0");
    let batch = "--draw-nonce --draw batch/0=all";
    let _ = matter.run(&draw("lacking", batch, "whole")).done();
    let said = matter.run(&opened("lacking", "whole")).done().stdout;
    let stands = "each decision was computed again";
    assert!(said.contains(stands) && said.contains("NO FAULT"), "{said}");

    // Part of it stands for nothing, and there is no other batch of that number.
    let part = "--draw-nonce --draw batch/0=5";
    let _ = matter.run(&draw("lacking", part, "part")).done();
    let said = matter.run(&opened("lacking", "part")).done().stdout;
    assert!(!said.contains(stands), "{said}");
    let none = "--draw-nonce --draw batch/999=1";
    matter
        .run(&draw("lacking", none, "none"))
        .failed(2, "batch/999");

    // Called a technical failure because a match is called none: the opened batch shows it.
    let position = lacking.first(Disposition::Produced);
    lacking.forget_produced(position);
    lacking.set_disposition(position, Disposition::NotResponsive);
    lacking.seal();
    let line = "judge-verify audit whole --record whole.txt --production lacking";
    matter
        .run(&format!("{line} {FILES}"))
        .failed(1, "audit check 1 (draw)");
    let _ = matter.run(&draw("lacking", batch, "lie")).done();
    let outcome = matter.run(&opened("lacking", "lie"));
    outcome.failed(1, "FAULTS: 1 of");
    let line = format!("position {position}: audit check 9 (decision)");
    assert!(outcome.stdout.contains(&line), "{outcome:#?}");
    assert!(!outcome.stdout.contains(stands), "{outcome:#?}");
}
