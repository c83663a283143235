//! Layouts and challenges of docs/protocol.md section 5, "Proof of a batch", pinned, and computed a
//! second time.
//!
//! `fixtures/vectors/layouts.json` and `challenges.json` hold inputs and outputs. This crate must
//! yield them, and so must `recompute.py`, which follows the page and shares no code with this crate.
//!
//! A change of a format changes the files: `cargo test -p duces-circuits --test vectors --
//! --ignored` writes them anew.
#![allow(clippy::unwrap_used)]

mod challenges;
mod layouts;

use serde_json::{Value, json};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A value as text: on one line where that is short, else an element a line.
fn pretty(value: &Value, indent: usize) -> String {
    let short = value.to_string();
    let inner = " ".repeat(indent + 1);
    let lines: Vec<String> = match value {
        _ if short.len() <= 120 => return short,
        Value::Array(list) => list.iter().map(|value| pretty(value, indent + 1)).collect(),
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| format!("{}: {}", json!(key), pretty(value, indent + 1)))
            .collect(),
        _ => return short,
    };
    let [open, close] = if value.is_array() {
        ['[', ']']
    } else {
        ['{', '}']
    };
    let lines = lines.join(&format!(",\n{inner}"));
    format!("{open}\n{inner}{lines}\n{}{close}", " ".repeat(indent))
}

fn file(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/vectors");
    folder.join(name)
}

fn read(name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(file(name)).unwrap()).unwrap()
}

/// The script's answer on a file; `None` where there is no Python.
fn recompute(path: &Path) -> Option<Output> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/recompute.py");
    match Command::new("python3").arg(script).arg(path).output() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            println!("skipped: python3 is not here");
            None
        }
        output => Some(output.unwrap()),
    }
}

/// What the script computes from a file is what stands there.
fn is_recomputed(name: &str) {
    if let Some(output) = recompute(&file(name)) {
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{name}: {errors}");
        let computed: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert!(computed == read(name), "{name}: another file came back");
    }
}

fn assert_pinned(computed: Vec<Value>, name: &str) {
    let pinned = read(name);
    let pinned = pinned.as_array().unwrap();
    for (computed, pinned) in computed.iter().zip(pinned) {
        assert_eq!(computed, pinned);
    }
    assert_eq!(computed.len(), pinned.len());
}

#[test]
fn layouts_are_the_pinned_ones() {
    assert_pinned(layouts::vectors(), "layouts.json");
}

#[test]
fn challenges_are_the_pinned_ones() {
    assert_pinned(challenges::vectors(), "challenges.json");
}

#[test]
fn layouts_follow_from_the_page() {
    is_recomputed("layouts.json");
}

#[test]
fn challenges_follow_from_the_page() {
    is_recomputed("challenges.json");
}

/// The script finds every changed output, so that its agreement in the tests above says something.
#[test]
fn the_script_sees_changed_outputs() {
    for name in ["layouts.json", "challenges.json"] {
        let mut vectors = read(name);
        let count = vectors.as_array().unwrap().len();
        for i in 0..count {
            vectors[i]["output"] = json!({"digest": "00"});
        }
        let path = std::env::temp_dir().join(format!("duces-{}-{name}", std::process::id()));
        std::fs::write(&path, vectors.to_string()).unwrap();
        let output = recompute(&path);
        std::fs::remove_file(&path).unwrap();
        if let Some(output) = output {
            assert_eq!(output.status.code(), Some(1));
            let errors = String::from_utf8(output.stderr).unwrap();
            assert_eq!(errors.matches("differs: ").count(), count, "{errors}");
        }
    }
}

/// Writes both files anew from what this crate computes. To be run after a change of a format, and
/// then the tests above: `cargo test -p duces-circuits --test vectors -- --ignored`.
#[test]
#[ignore = "it writes the files that the other tests compare with"]
fn write_the_vectors() {
    for (name, vectors) in [
        ("layouts.json", layouts::vectors()),
        ("challenges.json", challenges::vectors()),
    ] {
        std::fs::write(file(name), pretty(&json!(vectors), 0) + "\n").unwrap();
    }
}
