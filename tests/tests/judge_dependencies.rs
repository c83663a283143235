//! docs/judge-dependencies.md: the crates that a judge compiles are those that the page lists.

#![allow(clippy::unwrap_used, reason = "a test may end at any surprise")]

use duces_tests::matter::workspace;
use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

/// What `cargo tree` prints of the judge's crate: by edges of these kinds.
fn tree(edges: &str) -> String {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "-p", "duces-judge-verify", "-e", edges])
        .args(["--prefix", "none", "--target", "x86_64-unknown-linux-gnu"])
        .current_dir(workspace())
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    String::from_utf8(output.stdout).unwrap()
}

/// Names of the packages that the judge builds.
fn built() -> BTreeSet<String> {
    let text = tree("normal");
    let names = text.lines().filter_map(|line| line.split(' ').next());
    names.map(str::to_owned).collect()
}

fn page() -> String {
    fs::read_to_string(workspace().join("docs/judge-dependencies.md")).unwrap()
}

#[test]
fn the_page_lists_what_cargo_builds() {
    let page = page();
    let list = page.split("```text\n").nth(1).unwrap();
    let listed: Vec<&str> = list.split("```").next().unwrap().lines().collect();
    let built: Vec<String> = built().into_iter().collect();
    assert_eq!(
        listed,
        built,
        "put these {} lines into docs/judge-dependencies.md:\n{}",
        built.len(),
        built.join("\n")
    );
    let stated = format!("**{} packages**", built.len());
    assert!(page.contains(&stated), "the page does not say {stated}");
}

/// The wall: no prover, no importer of models, no vault, nothing that opens a connection.
#[test]
fn the_judge_builds_no_prover_and_no_importer() {
    let built = built();
    assert!(built.contains("duces-circuits"));
    for foreign in [
        "duces-responder",
        "duces-requester",
        "duces-kit",
        "duces-tests",
        "prost",
        "redb",
        "libm",
        "tokio",
        "reqwest",
    ] {
        assert!(!built.contains(foreign), "the judge builds {foreign}");
    }
    let features = tree("normal,features");
    assert!(features.contains("duces-circuits"), "{features}");
    let prover = "duces-circuits feature \"prover\"";
    assert!(
        !features.contains(prover),
        "the judge switches on the prover"
    );
}
