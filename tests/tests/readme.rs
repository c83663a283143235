//! The commands of README.md are executed, so that they stay true.

#![allow(clippy::unwrap_used, reason = "a test may end at any surprise")]

use duces_protocol::profile::Profile;
use duces_tests::matter::{Matter, STAMP, workspace};
use duces_tests::programs::{Program, Programs, words};
use std::ffi::OsStr;
use std::fs;

/// What `judge-verify` writes in the README.
const REPORTS: [&str; 2] = ["report.html", "report.json"];

fn readme() -> String {
    fs::read_to_string(workspace().join("README.md")).unwrap()
}

/// The lines of code blocks that begin with the name of a program.
fn commands(text: &str) -> Vec<String> {
    let mut inside = false;
    let mut found = Vec::new();
    for line in text.lines() {
        if line.starts_with("```") {
            inside = !inside;
        } else if inside || line.starts_with("    ") {
            let first = words(line).first().cloned().unwrap_or_default();
            if Program::named(OsStr::new(&first)).is_some() {
                found.push(line.trim().to_owned());
            }
        }
    }
    found
}

/// The README tells each party its part, not the order in time: so every command that cannot run
/// yet is tried again after the others, until all have run or none of the rest can.
#[test]
fn every_command_runs() {
    let matter = Matter::new(Programs::new(env!("CARGO_BIN_EXE_programs")));
    let mut waiting = commands(&readme());
    assert!(waiting.len() >= 9, "{waiting:#?}");
    while !waiting.is_empty() {
        let before = waiting.len();
        let mut failures = Vec::new();
        // A verdict NOT CHECKED is reported too, and no report is overwritten.
        for report in REPORTS {
            let _ = fs::remove_file(matter.path(report));
        }
        waiting.retain(|line| {
            let outcome = matter.run(line);
            let failed = outcome.code != Some(0);
            failures.extend(failed.then_some(outcome));
            failed
        });
        if matter.path("stamp-matches.csv").exists() && !matter.path("stamp-log.csv").exists() {
            matter.write_log(&STAMP);
        }
        assert!(
            waiting.len() < before,
            "none of these can run: {failures:#?}"
        );
    }
    for name in REPORTS {
        assert!(
            fs::read_to_string(matter.path(name))
                .unwrap()
                .contains("VERIFIED")
        );
    }
}

#[test]
fn the_profile_is_the_one_of_the_fixtures() {
    let text = readme();
    let block = text
        .split("```toml\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .unwrap();
    let file = fs::read_to_string(workspace().join("fixtures/profile.toml")).unwrap();
    let parse = |text: &str| Profile::parse(text).unwrap().digest();
    assert_eq!(parse(block), parse(&file));
}

#[test]
fn the_two_commands_and_every_linked_file_exist() {
    let text = readme();
    assert!(text.contains("    cargo demo\n    cargo test\n"));
    let config = fs::read_to_string(workspace().join(".cargo/config.toml")).unwrap();
    assert!(config.contains("demo = "));
    let links = text
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    for link in links {
        assert!(workspace().join(link).exists(), "{link}");
    }
}
