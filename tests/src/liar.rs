//! `cargo campaign liar`: what a determined liar would try, against whole productions and the programs
//! that judge them. Each attempt names the check that has to refuse it, or the line of "What this does
//! not show" that says that nothing refuses it.
//!
//! | group | module | what is told |
//! |---|---|---|
//! | files | [`files`] | the lies of [`crate::attacks`], sealed again |
//! | words | [`words`] | every word of a proof: flipped, zero, too large, plus the group order, another |
//! | prover | [`prover`] | proofs of a false decision by a changed prover |
//! | intake | [`intake`] | words hidden in attachments, bodies, pages, links, and under wrong names |
//! | commitment | [`commitment`] | what is false when it is committed to |
//! | circuit | [`circuit`] | lying provers per gadget, and every cell changed |
//!
//! All but the last run against any judge (`--judge PROGRAM`): a program with the command line and the
//! exit codes of `judge-verify`. A judge that names its checks otherwise is asked for the exit code alone.

pub mod circuit;
pub mod commitment;
pub mod files;
pub mod intake;
pub mod prover;
pub mod table;
pub mod words;

use crate::programs::{Outcome, Programs};
use duces_shell::{Failure, say, shown};
use std::path::PathBuf;
use table::Table;

/// How much is tried.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Effort {
    /// Some of each group, in seconds.
    Short,
    /// All groups; of a proof every fourth word, of the circuit the cells that `cargo test` changes.
    Usual,
    /// All words, all cells.
    Full,
}

/// What the campaign is asked for.
#[derive(Clone, Debug)]
pub struct Options {
    /// How much is tried.
    pub effort: Effort,
    /// Another judge than this repository's.
    pub judge: Option<PathBuf>,
}

impl Options {
    /// Reads `[short|full] [--judge PROGRAM]`, in any order.
    #[must_use]
    pub fn read(words: &[&str]) -> Option<Self> {
        let mut options = Self {
            effort: Effort::Usual,
            judge: None,
        };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match *word {
                "short" => options.effort = Effort::Short,
                "full" => options.effort = Effort::Full,
                // The programs run elsewhere.
                "--judge" => options.judge = Some(std::path::absolute(words.next()?).ok()?),
                _ => return None,
            }
        }
        Some(options)
    }
}

/// What came of one attempt.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It was refused, by this.
    Refused(String),
    /// It was accepted.
    Accepted,
    /// The program did neither: what it printed.
    Broken(String),
}

/// What has to come of an attempt.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Expected {
    /// It is refused by one of these.
    Refused(Vec<String>),
    /// It passes, and the report says so in a line that begins with this.
    Passes(&'static str),
}

impl Expected {
    /// It is refused by this.
    #[must_use]
    pub fn refused(by: impl Into<String>) -> Self {
        Self::Refused(vec![by.into()])
    }

    /// It is refused by the judge's check of this number.
    #[must_use]
    pub fn check(number: u8) -> Self {
        Self::refused(format!("check {number}"))
    }
}

/// One attempt.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The group.
    pub group: &'static str,
    /// What was tried: attempts of one name are one line of the table.
    pub what: String,
    /// How many times, where one run of a test tells many lies.
    pub times: u64,
    /// What has to come of it.
    pub expected: Expected,
    /// What came of it.
    pub verdict: Verdict,
}

/// Runs the campaign and prints its table in Markdown.
///
/// # Errors
/// When an attempt did not end as it has to, or standard output takes no more.
pub fn run(programs: Programs, options: &Options) -> Result<(), Failure> {
    if let Some(judge) = options.judge.as_ref().filter(|judge| !judge.is_file()) {
        return Err(Failure::unable(
            format!("{} is no program", shown(judge)),
            "give the path of a program with the command line of 'judge-verify'",
        ));
    }
    let table = campaign(&programs, options);
    say(table.markdown())?;
    let surprises = table.surprises();
    if surprises.is_empty() {
        return Ok(());
    }
    Err(Failure::refused(
        format!(
            "{} attempts did not end as they have to: {}",
            surprises.len(),
            surprises.join("; ")
        ),
        "tell the maintainers in private (SECURITY.md), with the lines above",
    ))
}

/// Tries everything.
///
/// # Panics
/// When an honest step fails.
#[must_use]
pub fn campaign(programs: &Programs, options: &Options) -> Table {
    let programs = match &options.judge {
        Some(judge) => programs.clone().with_judge(judge),
        None => programs.clone(),
    };
    let mut table = Table::default();
    table.extend(files::attempts(&programs, options.effort));
    table.extend(words::attempts(&programs, options.effort));
    if options.effort > Effort::Short {
        table.extend(prover::attempts(&programs));
    }
    table.extend(intake::attempts(&programs));
    table.extend(commitment::attempts(&programs));
    // The circuit's tests are this repository's own. `cargo test` runs them by themselves, and one of the
    // changed prover.
    if options.judge.is_none() && options.effort > Effort::Short {
        table.extend(circuit::attempts(options.effort));
    }
    table
}

/// What a judge said of a production, or of an opened sample.
#[must_use]
pub fn verdict(outcome: &Outcome) -> Verdict {
    match outcome.code {
        Some(0) => Verdict::Accepted,
        Some(1) => Verdict::Refused(named_check(&outcome.stdout).unwrap_or_default()),
        _ => Verdict::Broken(format!("{outcome:?}")),
    }
}

/// `check 6`, `audit check 7`: the check that the output names, if it names one.
fn named_check(output: &str) -> Option<String> {
    const WORDS: [(&str, &str); 2] = [
        ("REJECTED at check ", "check "),
        (": audit check ", "audit check "),
    ];
    WORDS.iter().find_map(|(words, name)| {
        let (_, rest) = output.split_once(words)?;
        let digits = rest.chars().take_while(char::is_ascii_digit);
        let number: String = digits.collect();
        (!number.is_empty()).then(|| format!("{name}{number}"))
    })
}

/// A text on one line.
fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read() {
        let read = |line: &str| Options::read(&line.split_whitespace().collect::<Vec<_>>());
        assert_eq!(read("").unwrap().effort, Effort::Usual);
        let options = read("--judge ./verify full").unwrap();
        let judge = options.judge.unwrap();
        assert!(judge.is_absolute() && judge.ends_with("verify"));
        assert_eq!(options.effort, Effort::Full);
        assert!(read("--judge").is_none() && read("long").is_none());
    }

    #[test]
    fn checks_are_named() {
        let named = |output: &str| named_check(output).unwrap_or_default();
        assert_eq!(named("REJECTED at check 6 (proofs)"), "check 6");
        assert_eq!(
            named("position 3: audit check 7 (extraction)"),
            "audit check 7"
        );
        assert_eq!(named("no"), "");
    }
}
