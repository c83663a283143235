//! A caller of the program links no reader: it may be the judge.

#![allow(clippy::unwrap_used)]

use std::process::Command;

/// More crates than this beneath a caller want a look.
const MOST: usize = 30;

/// The names of all crates beneath this one with these features.
fn crates(features: &[&str]) -> Vec<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--package", "duces-extract", "--edges", "normal"])
        .args(["--prefix", "none", "--format", "{p}", "--frozen"])
        .args(features)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let printed = String::from_utf8(output.stdout).unwrap();
    let names = printed
        .lines()
        .filter_map(|line| Some(line.split_once(' ')?.0));
    let mut names: Vec<String> = names.map(str::to_owned).collect();
    names.sort();
    names.dedup();
    names
}

#[test]
fn a_caller_links_no_reader() {
    let manifest = include_str!("../Cargo.toml");
    let readers: Vec<&str> = manifest
        .split("\"dep:")
        .skip(1)
        .map(|rest| rest.split_once('"').unwrap().0)
        .collect();
    assert!(readers.len() > 15, "{readers:?}");
    let with = crates(&[]);
    let without = crates(&["--no-default-features"]);
    println!("{without:?}");
    for name in readers.iter().filter(|&&name| name != "libc") {
        let is_used = with.iter().any(|c| c == name);
        assert!(
            is_used || cfg!(not(target_os = "linux")),
            "{name} is not used at all"
        );
        assert!(!without.iter().any(|c| c == name), "{name} in {without:?}");
    }
    assert!(without.len() <= MOST, "{without:?}");
}
