//! `docs/VALIDATION.md` and `docs/past-failures.md` name tests: each of them is there.

#![allow(clippy::unwrap_used, reason = "a test may end at any surprise")]

use duces_tests::attacks::every;
use duces_tests::matter::workspace;
use std::collections::BTreeSet;
use std::fs;

fn read(path: &str) -> String {
    fs::read_to_string(workspace().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The tests that a page names as `path::function`.
fn named_tests(page: &str) -> BTreeSet<(String, String)> {
    let code = page.split('`').skip(1).step_by(2);
    let test = |text: &str| {
        let (path, function) = text.split_once("::")?;
        path.ends_with(".rs")
            .then(|| (path.to_owned(), function.to_owned()))
    };
    code.filter_map(test).collect()
}

#[test]
fn every_test_that_a_page_names_is_there() {
    for page in ["docs/VALIDATION.md", "docs/past-failures.md"] {
        let tests = named_tests(&read(page));
        assert!(tests.len() > 10, "{page}");
        let missing: Vec<String> = tests
            .into_iter()
            .filter(|(path, function)| !is_test(path, function))
            .map(|(path, function)| format!("{path}::{function}"))
            .collect();
        assert!(
            missing.is_empty(),
            "{page} names tests that are not there: {missing:#?}"
        );
    }
}

fn is_test(path: &str, function: &str) -> bool {
    let Ok(source) = fs::read_to_string(workspace().join(path)) else {
        return false;
    };
    let Some(at) = source.find(&format!("fn {function}(")) else {
        return false;
    };
    let before = source[..at].rfind("#[test]");
    before.is_some_and(|before| !source[before..at].contains('}'))
}

#[test]
fn every_lie_is_in_the_table_and_every_attack_is_counted() {
    let page = read("docs/VALIDATION.md");
    let table = page.split("## Attacks").nth(1).unwrap();
    let table = table.split("\n## ").next().unwrap();
    let rows: Vec<&str> = table
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| attack"))
        .collect();
    println!("{} kinds of attack", rows.len());
    let stated = format!("{} kinds of attack", rows.len());
    assert!(table.contains(&stated), "the page does not say '{stated}'");
    let told: BTreeSet<&str> = every().map(|lie| lie.name).collect();
    let named: BTreeSet<&str> = table
        .split("lie \"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    assert_eq!(told, named);
    for row in rows {
        let tests = row.split('|').nth(3).unwrap();
        assert!(tests.contains("::") || tests.contains("lie \""), "{row}");
    }
    // The number of the check that a lie names is the one that its row names.
    for lie in every() {
        let rows = table
            .lines()
            .filter(|line| line.contains(&format!("\"{}\"", lie.name)));
        let check = lie.check.to_string();
        for row in rows {
            let by = row.split('|').nth(2).unwrap();
            let named = by
                .split(|c: char| !c.is_ascii_digit())
                .any(|number| number == check);
            assert!(named, "{row} does not name check {check}");
        }
    }
}
