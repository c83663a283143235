//! A vault under a passphrase, from the commitment to the verdict.

#![allow(clippy::unwrap_used, reason = "a test may end at any surprise")]

use duces_protocol::commitment::Commitment;
use duces_tests::matter::Matter;
use duces_tests::programs::Programs;
use duces_tests::small::{self, SMALL};
use std::fs;

const WITH: &str = "--passphrase-file phrase";

fn matter() -> Matter {
    let matter = Matter::new(Programs::new(env!("CARGO_BIN_EXE_programs")));
    fs::create_dir(matter.path("files")).unwrap();
    for (name, text) in [
        ("plant-report.txt", "a discharge"),
        ("lunch-memo.txt", "a memo"),
    ] {
        fs::write(matter.path(&format!("files/{name}")), text).unwrap();
    }
    fs::write(matter.path("small.toml"), small::PROFILE).unwrap();
    fs::write(matter.path("phrase"), "correct horse\nnot this line\n").unwrap();
    fs::write(matter.path("wrong"), "another\n").unwrap();
    matter
}

#[test]
fn the_whole_job_under_a_passphrase() {
    let matter = matter();
    let commit = "responder commit files --profile small.toml --out matter --passphrase";
    let _ = matter.run(&format!("{commit} {WITH}")).done();
    let text = fs::read_to_string(matter.path("matter/commitment.txt")).unwrap();
    let digest = Commitment::parse(&text).unwrap().digest();
    let request = small::request(digest, 1).encode();
    fs::write(matter.path("small.request"), request).unwrap();

    // Nobody is at a terminal here, and a wrong passphrase opens nothing.
    let review = SMALL.review();
    let wrong = format!("{review} --passphrase-file wrong");
    matter
        .run(&wrong)
        .failed(2, "the passphrase does not open the vault in");
    let empty = format!("{review} --passphrase-file small-matches.csv");
    matter.run(&empty).failed(2, "small-matches.csv");
    assert!(!matter.path("small-matches.csv").exists());

    for line in [
        review,
        SMALL.prove(),
        SMALL.produce().replace("--withhold small-log.csv ", ""),
        "responder status --vault matter/vault".to_owned(),
    ] {
        let _ = matter.run(&format!("{line} {WITH}")).done();
    }
    let outcome = matter.run(&SMALL.judge("small-production")).done();
    assert!(outcome.stdout.contains("VERIFIED"), "{outcome:#?}");

    // It is extended under the same passphrase.
    fs::write(matter.path("files/later.txt"), "a later discharge").unwrap();
    let append = "responder commit files --append matter --out later";
    matter
        .run(&format!("{append} --passphrase-file wrong"))
        .failed(2, "the passphrase does not open the vault in");
    assert!(!matter.path("later").exists());
    let _ = matter.run(&format!("{append} {WITH}")).done();
    let status = format!("responder status --vault later/vault {WITH}");
    let outcome = matter.run(&status).done();
    assert!(outcome.stdout.contains("positions: 3"), "{outcome:#?}");

    // Names and texts stand nowhere in either vault.
    for folder in ["matter", "later"] {
        let stored = fs::read(matter.path(&format!("{folder}/vault/vault.redb"))).unwrap();
        for word in ["plant-report", "lunch-memo", "later.txt", "/files"] {
            let found = stored
                .windows(word.len())
                .any(|part| part == word.as_bytes());
            assert!(!found, "{word} in {folder}");
        }
    }
}

#[test]
fn a_passphrase_comes_with_a_new_vault_only() {
    let matter = matter();
    let commit = "responder commit files --profile small.toml --out matter";
    let _ = matter.run(commit).done();
    fs::write(matter.path("files/later.txt"), "a later discharge").unwrap();
    let append = "responder commit files --append matter --out later --passphrase";
    matter
        .run(&format!("{append} {WITH}"))
        .failed(2, "is under no passphrase");
    assert!(!matter.path("later").exists());
}
