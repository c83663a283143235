//! The program as a user runs it: exit codes, two-line errors, no half-written files.

use crate::models::{Builder, small_cnn, views};
use duces_protocol::commitment::Commitment;
use duces_protocol::digest::Digest;
use duces_protocol::request::Request;
use duces_protocol::text::is_unprintable;
use duces_requester::npy;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

struct Desk(tempfile::TempDir);

impl Desk {
    fn new() -> Self {
        // Folders of documents are read by the program beside this one.
        let _ = duces_kit::extractor::built();
        let desk = Self(tempfile::tempdir().unwrap());
        let views = ["gray-8x8", "text-bytes-64", "text-hash-64"]
            .map(|name| name.parse().unwrap())
            .to_vec();
        let origin = "records request 7".parse().unwrap();
        let commitment =
            Commitment::new(origin, 5, Digest([1; 32]), Digest([2; 32]), views).unwrap();
        fs::write(desk.path().join("commitment.txt"), commitment.to_string()).unwrap();
        fs::write(desk.path().join("m.onnx"), small_cnn().bytes()).unwrap();
        let mut array = npy::header(&[50, 1, 8, 8]);
        array.extend(crate::models::views(64, 50).concat());
        fs::write(desk.path().join("x.npy"), array).unwrap();
        desk
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn run(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_requester"));
        command
            .args(args)
            .current_dir(self.path())
            .output()
            .unwrap()
    }

    #[track_caller]
    fn fails(&self, args: &[&str], code: i32, needle: &str) {
        let before = fs::read_dir(self.path()).unwrap().count();
        let output = self.run(args);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{args:?}: {error}");
        let lines: Vec<&str> = error.lines().collect();
        assert_eq!(lines.len(), 2, "{error}");
        assert!(
            lines[0].starts_with("error: ") && lines[1].starts_with("  fix: "),
            "{error}"
        );
        assert!(error.contains(needle), "{error}");
        assert_eq!(
            fs::read_dir(self.path()).unwrap().count(),
            before,
            "{args:?} left a file"
        );
    }
}

const DRAFT: [&str; 11] = [
    "draft",
    "--model",
    "m.onnx",
    "--view",
    "gray-8x8",
    "--match",
    "argmax = 1",
    "--commitment",
    "commitment.txt",
    "--out",
    "request",
];

fn with(position: usize, value: &str) -> Vec<&str> {
    let mut args = DRAFT.to_vec();
    args[position] = value;
    args
}

#[test]
fn a_draft_can_be_read_again() {
    let desk = Desk::new();
    let mut args = DRAFT.to_vec();
    args.extend(["--calibration", "x.npy"]);
    let output = desk.run(&args);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{text} {}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(text.contains("same decision"), "{text}");
    let request = Request::decode(&fs::read(desk.path().join("request")).unwrap()).unwrap();
    let commitment = fs::read_to_string(desk.path().join("commitment.txt")).unwrap();
    assert_eq!(
        request.commitment,
        Commitment::parse(&commitment).unwrap().digest()
    );
    assert_eq!(request.rule, "argmax = 1");
    assert_eq!(request.classifier.activations(), 192 + 3 + 1);
    let matches = views(64, 50)
        .iter()
        .filter(|view| request.classifier.matches(view))
        .count();
    assert!(
        text.contains(&format!("matches, integers       {matches}\n")),
        "{text}"
    );
    let output = desk.run(&["inspect", "request", "--calibration", "x.npy"]);
    let shown = String::from_utf8(output.stdout).unwrap();
    let line = format!("matches     {matches} of 50 calibration documents\n");
    assert!(shown.contains(&line), "{shown}");
    let output = desk.run(&["inspect", "request"]);
    assert!(
        String::from_utf8(output.stdout)
            .unwrap()
            .contains(&request.digest().to_string())
    );
    desk.fails(&args, 2, "exists");
    args.push("--force");
    assert!(desk.run(&args).status.success());
}

/// As in `requester inspect request | head -3`.
#[test]
fn a_closed_pipe_is_no_error() {
    let desk = Desk::new();
    assert!(desk.run(&DRAFT).status.success());
    for args in [&["inspect", "request"][..], &["operators"], &["--help"]] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_requester"))
            .args(args)
            .current_dir(desk.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        for line in lines.by_ref().take(3) {
            line.unwrap();
        }
        drop(lines);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{args:?}: {output:?}");
        assert!(output.stderr.is_empty(), "{args:?}: {output:?}");
    }
}

#[test]
fn hostile_names_in_a_model_are_escaped() {
    let desk = Desk::new();
    let hostile = "Rot\n\u{202e}\u{2028}\u{200b}\u{feff}\u{3164}";
    let model = Builder::new(&[64]).node(hostile, &["x"], "y", vec![]);
    fs::write(desk.path().join("names.onnx"), model.bytes()).unwrap();
    let output = desk.run(&["check", "names.onnx"]);
    assert_eq!(output.status.code(), Some(1));
    for stream in [output.stdout, output.stderr] {
        let text = String::from_utf8(stream).unwrap();
        let escaped = "Rot\\u{a}\\u{202e}\\u{2028}\\u{200b}\\u{feff}\\u{3164}";
        assert!(text.contains(escaped), "{text}");
        assert!(
            !text.chars().any(|c| c != '\n' && is_unprintable(c)),
            "{text}"
        );
    }
}

#[test]
fn drafts_that_fail() {
    let desk = Desk::new();
    desk.fails(&with(2, "none.onnx"), 2, "none.onnx");
    desk.fails(&with(2, "commitment.txt"), 1, "cannot be read");
    desk.fails(&with(4, "gray-9x9"), 2, "gray-9x9");
    desk.fails(&with(4, "gray-8"), 2, "gray-8");
    desk.fails(&with(4, "text-hash-64"), 2, "text-hash-64");
    desk.fails(&with(4, "text-hash-32"), 2, "no view text-hash-32");
}

/// Weights too far apart for integers: what only the small ones tell apart is decided differently.
#[test]
fn a_poor_agreement_is_refused() {
    let desk = Desk::new();
    let mut weights = [1e-9_f32; 64];
    weights[0] = 1.0;
    let model = Builder::new(&[64])
        .node("MatMul", &["x", "w"], "y", vec![])
        .tensor("w", &[64, 1], &weights);
    fs::write(desk.path().join("fine.onnx"), model.bytes()).unwrap();
    let mut array = npy::header(&[2, 64]);
    // One document above the cutoff by the large weight, one by the small ones.
    array.extend((0..128).map(|i| u8::from(i == 0 || i > 64)));
    fs::write(desk.path().join("texts.npy"), array).unwrap();
    let mut args = DRAFT.to_vec();
    (args[2], args[4], args[6]) = ("fine.onnx", "text-hash-64", "y[0] > 0");
    args.extend(["--calibration", "texts.npy"]);
    desk.fails(&args, 1, "50.00 %");
    args.extend(["--accept-agreement", "half"]);
    desk.fails(&args, 2, "percentage");
    args.pop();
    args.push("50");
    assert!(desk.run(&args).status.success());
}

#[test]
fn rules_and_files_that_fail() {
    let desk = Desk::new();
    desk.fails(&with(6, "argmax = 4"), 1, "element 4");
    desk.fails(&with(6, "argmax in 0,1,2,3"), 1, "4 of 4");
    desk.fails(&with(6, "nonsense"), 2, "nonsense");
    desk.fails(&with(6, "z[0] > 1"), 1, "'z'");
    desk.fails(&with(6, "label = spam"), 1, "label");
    desk.fails(&with(8, "m.onnx"), 1, "commitment.txt");
    desk.fails(&with(10, "nowhere/request"), 2, "nowhere");
    desk.fails(&["inspect", "m.onnx"], 1, "malformed");
    desk.fails(&["check", "commitment.txt"], 1, "cannot be read");
    desk.fails(&["draft"], 2, "--model");
    desk.fails(&[], 2, "");
    let mut kzg = DRAFT.to_vec();
    kzg.extend(["--scheme", "kzg"]);
    desk.fails(&kzg, 2, "ceremony");
}

#[test]
fn check_names_every_node_in_the_way() {
    let desk = Desk::new();
    let output = desk.run(&["check", "m.onnx"]);
    assert!(output.status.success());
    assert!(String::from_utf8(output.stdout).unwrap().contains("Conv"));
    let model = Builder::new(&[1, 8, 8])
        .node("LSTM", &["x"], "a", vec![])
        .node("TopK", &["x"], "b", vec![])
        .node("Add", &["a", "b"], "y", vec![]);
    fs::write(desk.path().join("bad.onnx"), model.bytes()).unwrap();
    desk.fails(&["check", "bad.onnx"], 1, "1 more");
    let text = String::from_utf8(desk.run(&["check", "bad.onnx"]).stdout).unwrap();
    assert!(text.contains("LSTM") && text.contains("TopK"), "{text}");
}

/// A message and its attachment are two rows, named by where they are; names are escaped.
#[test]
fn parts_are_rows_of_their_own() {
    let desk = Desk::new();
    fs::create_dir(desk.path().join("docs")).unwrap();
    let message = "From: a@example.org\r\nTo: b@example.org\r\nSubject: gas\r\n\
                   Date: Mon, 1 Jan 2024 00:00:00 +0000\r\nMessage-ID: <1@example.org>\r\n\
                   MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
                   --b\r\nContent-Type: text/plain\r\n\r\nsee the file\r\n\
                   --b\r\nContent-Type: text/plain\r\n\
                   Content-Disposition: attachment; filename=\"note\u{202e}.txt\"\r\n\r\n\
                   Pipeline\r\n--b--\r\n";
    fs::write(desk.path().join("docs/mail.eml"), message).unwrap();
    let view = ["--view", "text-bytes-64"];
    let args = [&["features", "docs", "--out", "f.npy"], &view[..]].concat();
    let output = desk.run(&args);
    assert!(output.status.success(), "{output:?}");
    let names = fs::read_to_string(desk.path().join("f.files.txt")).unwrap();
    let lines: Vec<&str> = names.lines().collect();
    assert_eq!(lines[0], "mail.eml");
    assert!(lines[1].starts_with("mail.eml > note"), "{names}");
    assert!(!names.contains('\u{202e}') && lines.len() == 2, "{names}");
    let file = fs::read(desk.path().join("f.npy")).unwrap();
    let rows = npy::views(Path::new("f.npy"), &file, 64).unwrap();
    assert_eq!(&rows[1][..9], b"pipeline\0");

    // The same view through a draft, calibrated on the folder.
    let model = Builder::new(&[64])
        .node("MatMul", &["x", "w"], "y", vec![])
        .tensor("w", &[64, 1], &[1.0; 64]);
    fs::write(desk.path().join("bytes.onnx"), model.bytes()).unwrap();
    let mut args = DRAFT.to_vec();
    (args[2], args[4], args[6]) = ("bytes.onnx", "text-bytes-64", "y[0] > 2000");
    args.extend(["--calibration", "docs"]);
    let output = desk.run(&args);
    assert!(output.status.success(), "{output:?}");
    let request = Request::decode(&fs::read(desk.path().join("request")).unwrap()).unwrap();
    let matches = rows.iter().map(|row| request.classifier.matches(row));
    let sum = |row: &Vec<u8>| row.iter().map(|&b| u32::from(b)).sum::<u32>();
    assert!(matches.eq(rows.iter().map(|row| sum(row) > 2000)));
    assert!(sum(&rows[1]) < 2000 && sum(&rows[0]) > 2000);
}

#[test]
fn an_extractor_that_is_not_there_is_said_in_two_lines() {
    let desk = Desk::new();
    fs::create_dir(desk.path().join("docs")).unwrap();
    fs::write(desk.path().join("docs/a.txt"), "gas").unwrap();
    let args = [
        "features",
        "docs",
        "--view",
        "text-bytes-64",
        "--out",
        "f.npy",
    ];
    desk.fails(
        &[&args[..], &["--extractor", "nowhere"]].concat(),
        2,
        "nowhere",
    );
}

#[test]
fn features_of_a_folder() {
    let desk = Desk::new();
    fs::create_dir(desk.path().join("docs")).unwrap();
    fs::write(desk.path().join("docs/b.txt"), "gas gas pipeline").unwrap();
    fs::write(desk.path().join("docs/a.txt"), "gas").unwrap();
    fs::write(desk.path().join("docs/broken.png"), b"\x89PNG\r\n\x1a\n").unwrap();
    let args = [
        "features",
        "docs",
        "--view",
        "text-hash-64",
        "--out",
        "f.npy",
    ];
    let output = desk.run(&args);
    assert!(output.status.success());
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("broken.png")
    );
    let names = fs::read_to_string(desk.path().join("f.files.txt")).unwrap();
    assert_eq!(names, "a.txt\nb.txt\n");
    let file = fs::read(desk.path().join("f.npy")).unwrap();
    let rows = npy::views(Path::new("f.npy"), &file, 64).unwrap();
    let sums: Vec<u32> = rows
        .iter()
        .map(|row| row.iter().map(|&b| u32::from(b)).sum())
        .collect();
    assert_eq!(sums, [1, 3]);
    desk.fails(&args, 2, "exists");
    desk.fails(
        &["features", "docs", "--view", "gray-8x8", "--out", "g.npy"],
        1,
        "gray-8x8",
    );
}
