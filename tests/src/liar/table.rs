//! The table of a campaign: a line for each kind of lie.

use super::{Attempt, Expected, Verdict};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// All attempts of a campaign.
#[derive(Clone, Debug, Default)]
pub struct Table {
    lines: Vec<Line>,
}

/// All attempts of one name.
#[derive(Clone, Debug)]
struct Line {
    group: &'static str,
    what: String,
    expected: Expected,
    told: u64,
    /// What refused them.
    refused_by: BTreeSet<String>,
    /// Those that did not end as they have to.
    surprises: Vec<String>,
}

impl Extend<Attempt> for Table {
    fn extend<T: IntoIterator<Item = Attempt>>(&mut self, attempts: T) {
        attempts.into_iter().for_each(|attempt| self.add(attempt));
    }
}

impl Table {
    fn add(&mut self, attempt: Attempt) {
        let same = |line: &&mut Line| line.group == attempt.group && line.what == attempt.what;
        let line = match self.lines.iter_mut().rev().find(same) {
            Some(line) => line,
            None => {
                self.lines.push(Line {
                    group: attempt.group,
                    what: attempt.what.clone(),
                    expected: attempt.expected.clone(),
                    told: 0,
                    refused_by: BTreeSet::new(),
                    surprises: Vec::new(),
                });
                self.lines.last_mut().expect("a line was added")
            }
        };
        line.told += attempt.times;
        let surprise = surprise(&attempt);
        if let Verdict::Refused(by) = attempt.verdict {
            line.refused_by.insert(by);
        }
        line.surprises.extend(surprise);
    }

    /// What did not end as it has to.
    #[must_use]
    pub fn surprises(&self) -> Vec<&str> {
        let all = self.lines.iter().flat_map(|line| &line.surprises);
        all.map(String::as_str).collect()
    }

    /// How many lies were told, how many kinds there are, and how many of these have to be refused.
    #[must_use]
    pub fn counts(&self) -> [u64; 3] {
        let refused = |line: &&Line| matches!(line.expected, Expected::Refused(_));
        let told = self.lines.iter().map(|line| line.told).sum();
        let kinds = self.lines.len() as u64;
        [
            told,
            kinds,
            self.lines.iter().filter(refused).count() as u64,
        ]
    }

    /// Three tables in Markdown: what was told in each group, what has to be refused by name, and what
    /// is expected to pass.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut out = String::new();
        let [told, kinds, refused] = self.counts();
        let surprises = self.surprises().len();
        let passing = kinds - refused;
        let head = format!(
            "{told} lies of {kinds} kinds: {refused} kinds have to be refused, {passing} are expected to \
             pass. {surprises} did not end so.\n\n"
        );
        out.push_str(&head);
        out.push_str("| group | what was tried | told | refused by |\n|---|---|---|---|\n");
        for line in self.lines.iter().filter(|line| line.is_refused()) {
            let by: Vec<&str> = line.refused_by.iter().map(String::as_str).collect();
            let by = if by.is_empty() {
                "NOTHING".to_owned()
            } else {
                by.join(", ")
            };
            let note = if line.surprises.is_empty() {
                ""
            } else {
                " (NOT AS EXPECTED)"
            };
            let Line {
                group, what, told, ..
            } = line;
            let _ = writeln!(out, "| {group} | {what} | {told} | {by}{note} |");
        }
        out.push_str("\n| group | what is expected to pass | told | what the report says |\n|---|---|---|---|\n");
        for line in &self.lines {
            if let Expected::Passes(said) = line.expected {
                let note = if line.surprises.is_empty() {
                    ""
                } else {
                    " (NOT AS EXPECTED)"
                };
                let Line {
                    group, what, told, ..
                } = line;
                let _ = writeln!(out, "| {group} | {what} | {told} | \"{said} …\"{note} |");
            }
        }
        out
    }
}

impl Line {
    fn is_refused(&self) -> bool {
        matches!(self.expected, Expected::Refused(_))
    }
}

/// What is wrong with an attempt that did not end as it has to. A judge that names no check is asked for
/// its exit code alone.
fn surprise(attempt: &Attempt) -> Option<String> {
    let fits = match (&attempt.expected, &attempt.verdict) {
        (Expected::Refused(by), Verdict::Refused(found)) => found.is_empty() || by.contains(found),
        (Expected::Passes(_), Verdict::Accepted) => true,
        _ => false,
    };
    let Attempt {
        group,
        what,
        verdict,
        expected,
        ..
    } = attempt;
    (!fits).then(|| format!("{group}: {what}: {verdict:?}, expected {expected:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(verdict: Verdict, expected: Expected) -> Attempt {
        Attempt {
            group: "files",
            what: "a file is changed".to_owned(),
            times: 2,
            expected,
            verdict,
        }
    }

    #[test]
    fn what_ends_otherwise_is_a_surprise() {
        let refused = |by: &str| Verdict::Refused(by.to_owned());
        let passes = Expected::Passes("That it is true");
        for (verdict, expected, fits) in [
            (refused("check 6"), Expected::check(6), true),
            (refused(""), Expected::check(6), true),
            (refused("check 5"), Expected::check(6), false),
            (Verdict::Accepted, Expected::check(6), false),
            (Verdict::Broken(String::new()), Expected::check(6), false),
            (Verdict::Accepted, passes.clone(), true),
            (refused("check 6"), passes, false),
        ] {
            let mut table = Table::default();
            table.extend([attempt(verdict.clone(), expected.clone())]);
            assert_eq!(
                table.surprises().is_empty(),
                fits,
                "{verdict:?} {expected:?}"
            );
        }
    }

    #[test]
    fn attempts_of_one_kind_are_one_line() {
        let one = || attempt(Verdict::Refused("check 6".to_owned()), Expected::check(6));
        let mut table = Table::default();
        table.extend([one(), one()]);
        assert_eq!(table.counts(), [4, 1, 1]);
        let line = "| files | a file is changed | 4 | check 6 |\n";
        assert!(table.markdown().contains(line), "{}", table.markdown());
    }
}
