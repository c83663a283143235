//! The program as a user meets it: exit codes, two-line errors, and killed processes.
#![allow(missing_docs, clippy::unwrap_used)]

use duces_kit::folder::Folder;
use duces_protocol::commitment::Commitment;
use duces_protocol::digest::Digest;
use duces_protocol::tree;
use duces_responder::vault::Vault;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

/// A folder in which commands are run.
struct Matter(Folder);

impl Matter {
    /// With a profile and a corpus of `files` memos, a third of them about fish.
    fn new(files: usize) -> Self {
        let text = |i: usize| match i % 3 {
            0 => format!("fish fish fish {i}"),
            _ => format!("bread and butter {i}"),
        };
        let file = |i| (format!("{i}.txt"), text(i).into_bytes());
        assert!(duces_kit::extractor::built().is_file());
        Self(Folder::new((0..files).map(file)))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path(name)
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_responder"));
        command
            .args(line.split(' '))
            .current_dir(self.0.root())
            .stdin(Stdio::null());
        command
    }

    fn run(&self, line: &str) -> Output {
        self.command(line).output().unwrap()
    }

    fn done(&self, line: &str) -> String {
        let output = self.run(line);
        assert_eq!(output.status.code(), Some(0), "{line}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn fails(&self, line: &str, code: i32) -> String {
        let output = self.run(line);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{line}: {error}");
        let lines: Vec<&str> = error.lines().collect();
        assert_eq!(lines.len(), 2, "{error}");
        assert!(
            lines[0].starts_with("error: ") && lines[1].starts_with("  fix: "),
            "{error}"
        );
        error
    }

    fn commitment(&self) -> Commitment {
        self.0.commitment("m")
    }

    /// Writes a request for texts in which the word "fish" occurs at least twice.
    fn request(&self, name: &str, commitment: Digest) {
        let request = duces_kit::request::for_word(commitment, "fish", 2);
        self.0.write_request(name, &request);
    }
}

const COMMIT: &str = "commit corpus --profile profile.toml --out m";

#[test]
fn usage_errors_are_two_lines_and_exit_2() {
    let matter = Matter::new(1);
    for line in [
        "burn",
        "commit",
        "commit corpus --out m",
        "prove --shard 3/2",
        "review --trust-me",
    ] {
        matter.fails(line, 2);
    }
    let output = Command::new(env!("CARGO_BIN_EXE_responder"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    for line in [
        "--help",
        "commit --help",
        "review --help",
        "prove --help",
        "produce --help",
    ] {
        assert!(matter.done(line).contains("Usage: responder"), "{line}");
    }
    assert!(matter.done("--version").starts_with("responder "));
}

#[test]
fn a_closed_pipe_stops_neither_work_nor_exit_code() {
    let matter = Matter::new(3);
    let closed = |line: &str| {
        let mut command = matter.command(line);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        child.wait_with_output().unwrap()
    };
    let output = closed(COMMIT);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
    assert_eq!(matter.commitment().items(), 3);
    assert_eq!(closed("--help").status.code(), Some(0));
    assert_eq!(closed(COMMIT).status.code(), Some(2));
}

#[test]
fn a_full_disk_behind_the_output_is_reported() {
    let Ok(full) = fs::File::options().write(true).open("/dev/full") else {
        println!("skipped: /dev/full is not here");
        return;
    };
    let matter = Matter::new(3);
    let output = matter.command(COMMIT).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        error.starts_with("error: cannot write to standard output"),
        "{error}"
    );
    assert_eq!(error.lines().count(), 2);
}

#[test]
fn review_and_prove_answer_the_same_request() {
    let matter = Matter::new(60);
    matter.done(COMMIT);
    matter.request("request", matter.commitment().digest());
    let out = matter.done("review --vault m/vault --request request --out matches.csv");
    assert!(out.contains("matches: 20\n"), "{out}");
    let table = fs::read_to_string(matter.path("matches.csv")).unwrap();
    assert_eq!(table.lines().count(), 61);
    for line in table.lines().skip(1) {
        let mut fields = line.split(',');
        let matches = fields.nth(1) == Some("match");
        let file = fields.next().unwrap().trim_matches('"');
        let text = fs::read_to_string(matter.path("corpus").join(file)).unwrap();
        assert_eq!(matches, text.contains("fish"), "{line}");
    }
    matter.fails(
        "review --vault m/vault --request request --out matches.csv",
        2,
    );
    matter.done("review --vault m/vault --request request --out matches.csv --force");

    let prove = "prove --vault m/vault --request request --out proofs --json p.json";
    let status = matter.done(&format!("{prove} --status"));
    assert!(status.contains("missing: 1 of 1"), "{status}");
    let out = matter.done(prove);
    assert!(out.contains("proved: 1 of 1 batches"), "{out}");
    let figures: serde_json::Value =
        serde_json::from_slice(&fs::read(matter.path("p.json")).unwrap()).unwrap();
    assert_eq!(figures["items"], 60);
    let proof = fs::read(matter.path("proofs/batch-000000.proof")).unwrap();
    fs::remove_file(matter.path("p.json")).unwrap();

    let out = matter.done(prove);
    assert!(out.contains("proved in this run: 0 documents"), "{out}");
    assert_eq!(
        fs::read(matter.path("proofs/batch-000000.proof")).unwrap(),
        proof
    );

    // A damaged proof is made again.
    fs::remove_file(matter.path("p.json")).unwrap();
    let mut damaged = proof.clone();
    damaged[40] ^= 1;
    fs::write(matter.path("proofs/batch-000000.proof"), &damaged).unwrap();
    let out = matter.done(prove);
    assert!(
        out.contains("does not verify") && out.contains("60 documents"),
        "{out}"
    );

    // Another width or another request does not mix in.
    matter.fails(&format!("{prove} --width 12"), 2);
    fs::remove_file(matter.path("p.json")).unwrap();
    matter.fails(&format!("{prove} --width 12"), 1);
    matter.fails(&format!("{prove} --width 7"), 2);
    matter.fails(&format!("{prove} --srs profile.toml"), 2);
}

#[test]
fn wrong_vaults_and_requests() {
    let matter = Matter::new(3);
    matter.done(COMMIT);
    matter.request("foreign", Digest([9; 32]));
    fs::write(matter.path("broken"), b"duces-request-v1 and no more").unwrap();
    let steps = |vault: &str, request: &str| {
        [
            format!("review --vault {vault} --request {request} --out x"),
            format!("prove --vault {vault} --request {request} --out y"),
        ]
    };
    for line in steps("m/vault", "foreign") {
        assert!(
            matter
                .fails(&line, 1)
                .contains("directed at the commitment")
        );
    }
    for line in steps("m/vault", "broken") {
        matter.fails(&line, 1);
    }
    for line in steps("m/vault", "absent") {
        matter.fails(&line, 2);
    }
    for line in steps("m", "foreign") {
        assert!(matter.fails(&line, 2).contains("no vault"));
    }
    matter.request("right", matter.commitment().digest());
    fs::write(matter.path("m/vault/vault.redb"), b"not a store").unwrap();
    for line in steps("m/vault", "right") {
        assert!(matter.fails(&line, 1).contains("damaged"));
    }
    assert!(!matter.path("x").exists() && !matter.path("y").exists());
}

#[test]
fn commit_survives_being_killed_at_any_time() {
    let matter = Matter::new(6000);
    let mut kills = 0;
    for delay in (0..).map(|i| 5 * i + i * i / 4) {
        let mut child = matter
            .command(COMMIT)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(delay));
        if child.try_wait().unwrap().is_none() {
            child.kill().unwrap();
            kills += 1;
        }
        let status = child.wait().unwrap();
        if matter.path("m/commitment.txt").exists() {
            break;
        }
        assert_ne!(
            status.code(),
            Some(1),
            "a killed run must leave a good vault"
        );
        assert!(kills < 200, "no progress");
    }
    println!("killed {kills} times");
    let commitment = matter.commitment();
    assert_eq!(commitment.items(), 6000);
    let vault = Vault::open(&matter.path("m/vault")).unwrap();
    assert_eq!(vault.commitment(), &commitment);
    let mut paths = Vec::new();
    let mut leaves = Vec::new();
    for (record, position) in vault.items(0..6000).unwrap().into_iter().zip(0..) {
        leaves.push(record.leaf().unwrap().hash(position));
        paths.push(record.path);
    }
    commitment.check_tree(tree::root(leaves).unwrap()).unwrap();
    paths.sort();
    paths.dedup();
    assert_eq!(paths.len(), 6000, "every file has one position");
    let names: Vec<_> = fs::read_dir(matter.path("m"))
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(names.len(), 3, "{names:?}");
}

#[test]
fn two_processes_do_not_mix() {
    let matter = Matter::new(3000);
    let start = || {
        let mut command = matter.command(&format!("{COMMIT} --force"));
        command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let (one, other) = (start(), start());
    let outputs = [
        one.wait_with_output().unwrap(),
        other.wait_with_output().unwrap(),
    ];
    let codes = outputs.each_ref().map(|output| output.status.code());
    assert!(codes.contains(&Some(0)), "{outputs:?}");
    assert!(
        codes.iter().all(|code| matches!(code, Some(0 | 2))),
        "{outputs:?}"
    );
    let vault = Vault::open(&matter.path("m/vault")).unwrap();
    assert_eq!(vault.commitment(), &matter.commitment());
    assert_eq!(vault.items(0..3000).unwrap().len(), 3000);
}
