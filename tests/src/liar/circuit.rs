//! The lying provers of `circuits/`: honest input, other internals, everything downstream recomputed; a
//! prover that sends any point it likes; every cell changed. They are tests there, and run as tests.

use super::{Attempt, Effort, Expected, Verdict};
use crate::matter::workspace;
use std::process::Command;

/// A test of `circuits/`, and what refuses the lies that it tells.
const TARGETS: [(&[&str], &str); 4] = [
    (&["--test", "lying_prover"], "constraints"),
    (&["--test", "absorbed_view"], "check 6"),
    (&["--test", "ends"], "check 6"),
    (&["--lib", "prover::adversary"], "check 6"),
];

/// Runs them.
pub(super) fn attempts(effort: Effort) -> Vec<Attempt> {
    let all = TARGETS.iter();
    all.flat_map(|(target, by)| run(target, by, effort))
        .collect()
}

fn run(target: &[&str], by: &str, effort: Effort) -> Vec<Attempt> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["test", "-p", "duces-circuits"]).args(target);
    command.args(["--", "--show-output"]);
    if effort == Effort::Full {
        command.arg("--include-ignored");
    }
    let output = command.current_dir(workspace()).output();
    let output = output.unwrap_or_else(|error| panic!("cargo cannot be started: {error}"));
    let printed = String::from_utf8_lossy(&output.stdout);
    let attempts = read(&printed, by);
    assert!(!attempts.is_empty(), "no test ran: {output:?}");
    attempts
}

/// What a run of tests printed, a line `test NAME ... ok` for each, and behind them what each said.
fn read(printed: &str, by: &str) -> Vec<Attempt> {
    let results = printed.lines().filter_map(|line| {
        let (name, result) = line.strip_prefix("test ")?.split_once(" ... ")?;
        Some((name, result))
    });
    let told =
        results.filter(|(name, result)| !result.starts_with("ignored") && !name.contains("honest"));
    told.map(|(name, result)| {
        let words = name.rsplit("::").next().unwrap_or(name).replace('_', " ");
        Attempt {
            group: "circuit",
            what: words,
            times: said(printed, name).map_or(1, numbers),
            expected: Expected::refused(by),
            verdict: match result {
                "ok" => Verdict::Refused(by.to_owned()),
                other => Verdict::Broken(other.to_owned()),
            },
        }
    })
    .collect()
}

/// What a test printed.
fn said<'a>(printed: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = printed.split_once(&format!("---- {name} stdout ----\n"))?;
    rest.split("\n----").next()
}

/// How many lies a test says that it told: numbers before "changes", "attempts" or "scalars tried".
fn numbers(said: &str) -> u64 {
    let words: Vec<&str> = said.split_whitespace().collect();
    let told = words.windows(2).filter_map(|pair| {
        let kind = pair[1].trim_end_matches(',');
        let number = pair[0].parse::<u64>().ok()?;
        matches!(kind, "changes" | "attempts" | "scalars").then_some(number)
    });
    told.sum::<u64>().max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_of_tests_is_read() {
        let printed = "running 4 tests\ntest honest_batches_are_accepted ... ok\n\
                       test some_cells ... ok\ntest all_cells ... ignored, takes long\n\
                       test a::a_lie ... FAILED\n\nsuccesses:\n\n---- some_cells stdout ----\n\
                       10 cells, 30 changes, 2 survivors\n5 cells, 15 changes, 0 survivors\n\n\
                       ---- a::a_lie stdout ----\n3 items: 7 attempts with points\n";
        let attempts = read(printed, "constraints");
        let found: Vec<(&str, u64, bool)> = attempts
            .iter()
            .map(|a| {
                (
                    a.what.as_str(),
                    a.times,
                    matches!(a.verdict, Verdict::Refused(_)),
                )
            })
            .collect();
        assert_eq!(found, [("some cells", 45, true), ("a lie", 7, false)]);
    }
}
