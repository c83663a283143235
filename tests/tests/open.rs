//! `responder open`: every position can be opened, and only as it was committed.

#![allow(clippy::unwrap_used, reason = "a test may end at any surprise")]

use duces_kit::folder::copy_folder;
use duces_protocol::audit::nonce::{Nonce, Source};
use duces_protocol::audit::record::{SampleRecord, Stratum};
use duces_protocol::audit::scope::Scope;
use duces_protocol::commitment::Commitment;
use duces_protocol::digest::Digest;
use duces_protocol::request::AnyRequest;
use duces_tests::matter::{COMMIT, Matter, TOPIC};
use duces_tests::programs::Programs;
use std::fs;

const OPEN: &str = "responder open --vault matter/vault --positions every.csv --out opened";

fn matter() -> Matter {
    Matter::new(Programs::new(env!("CARGO_BIN_EXE_programs")))
}

#[test]
fn every_position_can_be_opened_exceptions_too() {
    let matter = matter();
    // A link and a file over the limit, beside the fixtures.
    copy_folder(&matter.path("fixtures/corpus"), &matter.path("more"));
    std::os::unix::fs::symlink("office", matter.path("more/link")).unwrap();
    fs::write(matter.path("more/large.txt"), vec![b'a'; 70_000]).unwrap();
    let profile = fs::read_to_string(matter.path("fixtures/profile.toml")).unwrap();
    let profile = format!("{profile}\n[limits]\nmax_file_bytes = 65000\n");
    fs::write(matter.path("small.toml"), profile).unwrap();
    let _ = matter
        .run("responder commit more --leave-out --profile small.toml --out all")
        .done();
    fs::write(
        matter.path("all.csv"),
        (0..62).fold("position\n".to_owned(), |list, i| format!("{list}{i}\n")),
    )
    .unwrap();
    let draft = TOPIC
        .draft()
        .replace("matter/", "all/")
        .replace("topic.request", "all.request");
    let _ = matter.run(&draft).done();
    let _ = matter
        .run("responder open --vault all/vault --positions all.csv --out all-opened")
        .done();
    write_record(&matter);
    let line = "judge-verify audit all-opened --commitment all/commitment.txt --request all.request \
                --record all.txt";
    let outcome = matter.run(line).done();
    let count = |label: &str| -> u64 {
        let line = outcome.stdout.lines().find(|line| line.contains(label));
        line.unwrap()
            .split_whitespace()
            .next_back()
            .unwrap()
            .parse()
            .unwrap()
    };
    let exceptions = fs::read_to_string(matter.path("all/exceptions.csv")).unwrap();
    let exceptions = exceptions.lines().count() as u64 - 1;
    assert!(
        exceptions >= 6,
        "four of the fixtures, the link, the large file"
    );
    assert_eq!(count("no bytes when committed"), 1, "the link");
    assert_eq!(count("for the stated reason"), exceptions - 1);
    assert_eq!(count("recomputed from their file"), 62 - exceptions);
    assert!(outcome.stdout.contains("All 62 positions"), "{outcome:#?}");
}

#[test]
fn a_file_that_changed_cannot_be_opened() {
    let matter = matter();
    let _ = matter.run(COMMIT).done();
    let every = (0..60).fold("position\n".to_owned(), |list, i| format!("{list}{i}\n"));
    fs::write(matter.path("every.csv"), every).unwrap();
    let file = matter.path("fixtures/corpus/office/memo-03.txt");
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, b"another memo").unwrap();
    matter.run(OPEN).failed(1, "memo-03.txt");
    fs::remove_file(&file).unwrap();
    matter.run(OPEN).failed(1, "memo-03.txt");
    assert!(!matter.path("opened").exists());
    let hidden = fs::read_dir(matter.path("")).unwrap();
    let left: Vec<_> = hidden
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("opened"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
    fs::write(&file, bytes).unwrap();
    let _ = matter.run(OPEN).done();
}

/// The record of a sample of all positions, which needs no production.
fn write_record(matter: &Matter) {
    let text = fs::read_to_string(matter.path("all/commitment.txt")).unwrap();
    let commitment = Commitment::parse(&text).unwrap();
    let request = AnyRequest::decode(&fs::read(matter.path("all.request")).unwrap()).unwrap();
    let items = commitment.items();
    let record = SampleRecord {
        commitment: commitment.digest(),
        request: request.digest(),
        ledger: Digest([0; 32]),
        nonce: Nonce::random(),
        source: Source::Drawn,
        strata: vec![Stratum {
            scope: Scope::All,
            size: items,
            population: items,
        }],
    };
    fs::write(matter.path("all.txt"), record.to_string()).unwrap();
}
