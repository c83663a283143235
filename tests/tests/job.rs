//! The happy path: both classifiers of the fixtures, from the folder to the verdict.

#![allow(clippy::unwrap_used, reason = "a test may end at any surprise")]

use duces_protocol::production::ledger::Disposition;
use duces_protocol::production::names;
use duces_protocol::production::sums::Sums;
use duces_tests::matter::{COMMIT, Case, Matter, STAMP, TOPIC, expected, fixtures};
use duces_tests::production::Production;
use duces_tests::programs::Programs;
use sha2::Digest as _;
use std::collections::BTreeSet;
use std::fs;

fn matter() -> Matter {
    Matter::new(Programs::new(env!("CARGO_BIN_EXE_programs")))
}

#[test]
fn both_classifiers_from_the_folder_to_the_verdict() {
    let matter = matter();
    let _ = matter.run(COMMIT).done();
    let commitment = fs::read_to_string(matter.path("matter/commitment.txt")).unwrap();
    assert!(commitment.contains("items: 60\n"), "{commitment}");
    let exceptions = fs::read_to_string(matter.path("matter/exceptions.csv")).unwrap();
    assert_eq!(exceptions.lines().count(), 1 + 4, "{exceptions}");
    for case in [STAMP, TOPIC] {
        matter.answer(&case);
        let outcome = matter.run(&case.verify()).done();
        assert!(outcome.stdout.contains("VERIFIED"), "{outcome:#?}");
        check_production(&matter, &case);
        check_reports(&matter, &case);
    }
}

/// The production holds the expected files, byte by byte, and no other; the sums are right.
fn check_production(matter: &Matter, case: &Case) {
    let mut matches = matter.matches(case);
    let mut found: Vec<String> = matches.iter().map(|(_, path)| path.clone()).collect();
    found.sort();
    assert_eq!(
        found,
        expected(case),
        "{}: what the review found",
        case.name
    );

    let (withheld, _) = matches.remove(0);
    let copy = Production::copy(
        &matter.path(&format!("{}-production", case.name)),
        &matter.path(&format!("{}-copy", case.name)),
    );
    let originals: BTreeSet<Vec<u8>> = matches
        .iter()
        .map(|(_, path)| fs::read(matter.path("fixtures/corpus").join(path)).unwrap())
        .collect();
    let produced: BTreeSet<Vec<u8>> = copy
        .list(names::NATIVES)
        .iter()
        .map(|name| copy.read(&format!("{}/{name}", names::NATIVES)))
        .collect();
    assert_eq!(produced, originals, "{}: what was produced", case.name);

    for (position, (_, outcome)) in (0..).zip(copy.records()) {
        let disposition = outcome.disposition;
        let is_match = matches.iter().any(|(other, _)| *other == position);
        assert_eq!(
            disposition == Disposition::Produced,
            is_match,
            "position {position}"
        );
        assert_eq!(disposition == Disposition::Withheld, position == withheld);
    }
    let sums = Sums::parse(&copy.read(names::SUMS)).unwrap();
    for (path, digest) in sums.iter() {
        assert_eq!(
            sha2::Sha256::digest(copy.read(path.as_str())).as_slice(),
            digest.0,
            "{path}"
        );
    }
    let sealed = copy.read(names::SUMS);
    copy.seal();
    assert_eq!(copy.read(names::SUMS), sealed, "the sums name every file");
    check_privacy(&copy);
}

/// No list of the production names a file of the folder: produced files have Bates numbers.
fn check_privacy(copy: &Production) {
    let list = fs::read_to_string(fixtures().join("expected.csv")).unwrap();
    let paths = list
        .lines()
        .skip(1)
        .filter_map(|line| line.split(',').next());
    let names: Vec<&str> = paths.filter_map(|path| path.rsplit('/').next()).collect();
    assert_eq!(names.len(), 60);
    for file in copy
        .list("")
        .iter()
        .filter(|name| copy.path(name).is_file())
    {
        let bytes = copy.read(file);
        for name in &names {
            let found = bytes
                .windows(name.len())
                .any(|part| part == name.as_bytes());
            assert!(!found, "{file} names {name}");
        }
    }
}

fn check_reports(matter: &Matter, case: &Case) {
    let json = fs::read(matter.path(&format!("{}.json", case.name))).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(json["verdict"], "VERIFIED", "{json:#}");
    let html = fs::read_to_string(matter.path(&format!("{}.html", case.name))).unwrap();
    assert!(html.contains("VERIFIED") && html.matches("<script").count() == 1);
    let (stamp, pictures) = (
        case.name == STAMP.name,
        html.contains("<img src=\"data:image/png;base64,"),
    );
    assert_eq!(
        stamp, pictures,
        "{}: produced pages are shown small",
        case.name
    );
}

#[test]
fn proving_resumes_and_shards_fit_together() {
    let matter = matter();
    let _ = matter.run(COMMIT).done();
    let _ = matter.run(&STAMP.draft()).done();
    let line = STAMP.prove();
    let _ = matter.run(&format!("{line} --shard 1/2")).done();
    let some = fs::read_dir(matter.path("stamp-proofs")).unwrap().count();
    let kept = fs::read(matter.path("stamp-proofs/batch-000000.proof")).unwrap();
    let _ = matter.run(&line).done();
    assert!(fs::read_dir(matter.path("stamp-proofs")).unwrap().count() > some);
    let after = fs::read(matter.path("stamp-proofs/batch-000000.proof")).unwrap();
    assert_eq!(after, kept, "what is done and valid is not done again");
}
