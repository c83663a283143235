//! A commitment that extends an earlier one, from `commit --append` to the verdict, and the lies about it.

#![allow(clippy::unwrap_used, reason = "a test may end at any surprise")]

use duces_protocol::commitment::{Commitment, Consistency, Notes};
use duces_responder::vault::{Vault, VaultItem};
use duces_tests::matter::Matter;
use duces_tests::programs::Programs;
use duces_tests::small::{self, SMALL};
use std::fs;
use std::os::unix::fs::symlink;

fn programs() -> Programs {
    Programs::new(env!("CARGO_BIN_EXE_programs"))
}

const APPEND: &str = "responder commit files --append earlier --leave-out --out matter";
const JUDGE: &str = "judge-verify consistency matter/consistency.txt \
                     --earlier earlier/commitment.txt --commitment matter/commitment.txt";

/// Seven files and a link are committed to as `earlier`.
fn committed() -> Matter {
    let matter = Matter::new(programs());
    fs::create_dir(matter.path("files")).unwrap();
    for number in 0..7 {
        let text = format!("memo {number} about a discharge");
        fs::write(matter.path(&format!("files/{number}.txt")), text).unwrap();
    }
    symlink("0.txt", matter.path("files/link")).unwrap();
    fs::write(matter.path("small.toml"), small::PROFILE).unwrap();
    let line = "responder commit files --profile small.toml --leave-out --out earlier";
    let _ = matter.run(line).done();
    matter
}

/// Then come three more files and a link, and `matter` extends `earlier`.
fn extended() -> Matter {
    let matter = committed();
    add(&matter);
    let outcome = matter.run(APPEND).done();
    assert!(outcome.stdout.contains("whose 8 positions come first"));
    matter
}

fn add(matter: &Matter) {
    for (name, text) in [
        ("a.txt", "a discharge"),
        ("z.txt", "a letter"),
        ("y.txt", ""),
    ] {
        fs::write(matter.path(&format!("files/{name}")), text).unwrap();
    }
    symlink("z.txt", matter.path("files/another")).unwrap();
}

fn commitment(matter: &Matter, folder: &str) -> Commitment {
    let path = matter.path(&format!("{folder}/commitment.txt"));
    Commitment::parse(&fs::read_to_string(path).unwrap()).unwrap()
}

fn items(matter: &Matter, folder: &str) -> Vec<VaultItem> {
    let vault = Vault::open(&matter.path(&format!("{folder}/vault"))).unwrap();
    let all = 0..vault.len();
    all.map(|position| vault.item(position).unwrap()).collect()
}

/// Answers a request about the extended commitment.
fn answered() -> Matter {
    let matter = extended();
    let request = small::request(commitment(&matter, "matter").digest(), 1);
    fs::write(matter.path("small.request"), request.encode()).unwrap();
    small::answer(&matter);
    matter
}

#[test]
fn what_was_committed_to_keeps_its_positions_and_commitments() {
    let matter = extended();
    let (earlier, later) = (items(&matter, "earlier"), items(&matter, "matter"));
    assert_eq!((earlier.len(), later.len()), (8, 12));
    for (old, new) in earlier.iter().zip(&later) {
        assert_eq!(old.name(), new.name());
        assert_eq!(old.leaf().unwrap(), new.leaf().unwrap());
    }
    let mut added: Vec<String> = later[8..]
        .iter()
        .map(|item| item.name().display().to_string())
        .collect();
    added.sort();
    assert_eq!(added, ["a.txt", "another", "y.txt", "z.txt"]);
    assert!(later[8..].iter().all(|item| item.family >= 8));
    let commitments = ["earlier", "matter"].map(|folder| commitment(&matter, folder));
    let [earlier, later] = &commitments;
    let expected = Notes {
        links: 2,
        extends: Some(earlier.digest()),
        ..Notes::default()
    };
    assert_eq!(*later.notes(), expected);
    assert_eq!(later.origin(), earlier.origin());
    let outcome = matter.run(JUDGE).done();
    assert!(outcome.stdout.contains("EXTENDED"), "{outcome:#?}");
}

#[test]
fn a_production_about_both_parts_is_verified_against_both_commitments() {
    let matter = answered();
    let judge = SMALL.judge("small-production");
    let words = |line: &str| {
        let outcome = matter.run(line).done();
        assert!(outcome.stdout.contains("VERIFIED"), "{outcome:#?}");
        let words: Vec<&str> = outcome.stdout.split_whitespace().collect();
        words.join(" ")
    };
    let digest = commitment(&matter, "earlier").digest();
    let alone = words(&judge);
    assert!(alone.contains(&format!("{digest}, not checked")));
    assert!(alone.contains("whoever has that one"));
    let checked = words(&format!(
        "{judge} --earlier earlier/commitment.txt --json x.json --html x.html"
    ));
    assert!(checked.contains(&format!("{digest}, checked: its 8 positions come first")));
    assert!(!checked.contains("whoever has that one"));
    let json = fs::read_to_string(matter.path("x.json")).unwrap();
    assert!(json.contains("\"extension_checked\": true"), "{json}");
    // Items of both parts are opened, from the vault that took over.
    let nonce = "07".repeat(32);
    let draw = format!(
        "judge-verify sample small-production --commitment matter/commitment.txt \
         --request small.request --nonce {nonce} --size 12 --out sample.csv --record sample.txt"
    );
    let _ = matter.run(&draw).done();
    let _ = matter
        .run("responder open --vault matter/vault --positions sample.csv --out opened")
        .done();
    let audit = "judge-verify audit opened --commitment matter/commitment.txt --request \
                 small.request --record sample.txt";
    let outcome = matter.run(audit).done();
    assert!(outcome.stdout.contains("NO FAULT"), "{outcome:#?}");
}

#[test]
fn a_chain_of_three_is_checked() {
    let matter = extended();
    fs::create_dir(matter.path("more")).unwrap();
    fs::write(matter.path("more/0.txt"), "another folder's discharge").unwrap();
    let line = "responder commit more --append matter --out third";
    let _ = matter.run(line).done();
    let third = items(&matter, "third");
    assert_eq!(third.len(), 13);
    assert_eq!(third[12].path.as_os_str(), "0.txt");
    let request = small::request(commitment(&matter, "third").digest(), 1);
    fs::write(matter.path("small.request"), request.encode()).unwrap();
    for line in [
        "responder prove --vault third/vault --request small.request --out proofs --width 11",
        "responder produce --vault third/vault --request small.request --proofs proofs \
         --out production",
    ] {
        let _ = matter.run(line).done();
    }
    let judge = "judge-verify production production --commitment third/commitment.txt \
                 --request small.request";
    let outcome = matter
        .run(&format!(
            "{judge} --earlier earlier/commitment.txt --earlier matter/commitment.txt"
        ))
        .done();
    assert!(outcome.stdout.contains("checked: its 12 positions"));
    // The first is not the one that the third extends.
    matter
        .run(&format!("{judge} --earlier earlier/commitment.txt"))
        .failed(1, "does not name that commitment");
}

#[test]
fn a_proof_of_another_tree_is_refused() {
    let matter = extended();
    let path = matter.path("matter/consistency.txt");
    let text = fs::read_to_string(&path).unwrap();
    let proof = Consistency::parse(&text).unwrap();
    for root in proof.proof.roots() {
        let other = text.replace(&root.to_string(), &proof.earlier.to_string());
        fs::write(&path, other).unwrap();
        matter.run(JUDGE).failed(1, "does not lead to the root");
    }
    let last = text.trim_end().rfind('\n').unwrap();
    fs::write(&path, &text[..=last]).unwrap();
    matter.run(JUDGE).failed(1, "roots of subtrees");
    fs::write(&path, text.replace("root: ", "root:")).unwrap();
    matter.run(JUDGE).failed(1, "malformed");
    fs::write(&path, &text).unwrap();
    // The same files, committed to by someone else.
    let line = "responder commit files --profile small.toml --leave-out --out other";
    let _ = matter.run(line).done();
    for (from, to) in [
        ("--earlier earlier/", "--earlier other/"),
        ("--commitment matter/", "--commitment other/"),
    ] {
        matter
            .run(&JUDGE.replace(from, to))
            .failed(1, "about other commitments");
    }
}

/// The later commitment states fewer positions than the earlier one, other counts, or nothing.
#[test]
fn altered_commitments_are_refused() {
    let matter = answered();
    let path = matter.path("matter/commitment.txt");
    let honest = fs::read_to_string(&path).unwrap();
    let judge = format!(
        "{} --earlier earlier/commitment.txt",
        SMALL.judge("small-production")
    );
    let extends = honest
        .lines()
        .find(|line| line.starts_with("extends"))
        .unwrap();
    let with = |from: &str, to: &str| {
        let text = honest.replace(from, to);
        assert_ne!(text, honest);
        fs::write(&path, text).unwrap();
    };
    with("links not followed: 2", "links not followed: 1");
    matter
        .run(&judge)
        .failed(1, "states 1 symbolic links, its leaves 2");
    with(&format!("{extends}\n"), "");
    matter
        .run(&judge)
        .failed(1, "does not name that commitment");
    with("items: 12", "items: 8");
    matter.run(&judge).failed(1, "REJECTED");
    fs::write(&path, honest).unwrap();
    let _ = matter.run(&judge).done();
}

#[test]
fn a_file_that_changed_since_is_refused_by_its_name() {
    let matter = committed();
    add(&matter);
    fs::write(matter.path("files/3.txt"), "another text").unwrap();
    matter
        .run(APPEND)
        .failed(1, "'3.txt' is no longer what the earlier commitment has");
    assert!(!matter.path("matter").exists(), "a refusal leaves nothing");
    fs::write(matter.path("files/3.txt"), "memo 3 about a discharge").unwrap();
    let _ = matter.run(APPEND).done();
}

#[test]
fn what_cannot_be_appended_says_why_and_changes_nothing() {
    let matter = committed();
    let before = fs::read(matter.path("earlier/vault/vault.redb")).unwrap();
    matter
        .run(APPEND)
        .failed(2, "that the earlier commitment does not have");
    assert!(!matter.path("matter").exists());
    add(&matter);
    matter
        .run("responder commit files --append earlier --out matter")
        .failed(2, "'another' is a symbolic link");
    matter
        .run("responder commit files --append earlier --leave-out --out earlier --force")
        .failed(2, "--append and --out name the same folder");
    matter
        .run("responder commit files --append nowhere --out matter")
        .failed(2, "there is no vault in");
    matter
        .run("responder commit files --append earlier --profile small.toml --out matter")
        .failed(2, "cannot be used with");
    let after = fs::read(matter.path("earlier/vault/vault.redb")).unwrap();
    assert!(before == after, "the earlier vault was changed");
    let _ = matter.run(APPEND).done();
    // The same command again finds everything done.
    fs::remove_file(matter.path("matter/commitment.txt")).unwrap();
    fs::remove_file(matter.path("matter/consistency.txt")).unwrap();
    let _ = matter.run(APPEND).done();
    let _ = matter.run(JUDGE).done();
}
