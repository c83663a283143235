//! The text report, printed while the checks pass.

use super::About;
use super::content::{
    ROWS, count_rows, log_rows, not_shown, note_rows, redacted_line, rule_label, sentence, shown,
};
use super::signed;
use crate::check::Check;
use crate::checks::{Comparisons, Matter, Outcome, Passed, Verdict, Verified};
use duces_shell::one_line;
use std::fmt::Write;

/// Characters in a line.
const WIDTH: usize = 78;

/// The line of a check that passed.
#[must_use]
pub fn passed(passed: &Passed) -> String {
    let (check, seconds) = (passed.check, passed.time.as_secs_f64());
    format!(
        "  {} {:<16} passed  {seconds:>8.2} s",
        check.number(),
        check.name()
    )
}

/// What follows the lines of the checks.
#[must_use]
pub fn rest(outcome: &Outcome, about: &About) -> String {
    let mut out = String::new();
    let last = outcome
        .passed
        .last()
        .map_or(0, |passed| passed.check.number());
    for check in &Check::ALL[last..] {
        let result = match &outcome.verdict {
            Verdict::Rejected(failed, _) if failed == check => "FAILED",
            _ => "not checked",
        };
        line(
            &mut out,
            &format!("  {} {:<16} {result}", check.number(), check.name()),
        );
    }
    line(&mut out, "");
    if let Some(matter) = &outcome.matter {
        describe(&mut out, outcome, matter);
    }
    if let Some(counts) = &outcome.counts {
        for (label, count) in count_rows(outcome, counts) {
            line(&mut out, &format!("{label:<44} {count:>12}"));
        }
        line(&mut out, "");
    }
    if let Verdict::Verified(verified) = &outcome.verdict {
        let classes = verified.classes();
        for (class, count) in classes.iter().take(ROWS) {
            line(
                &mut out,
                &format!("{:<44} {count:>12}", format!("Class {class}")),
            );
        }
        if !classes.is_empty() {
            line(&mut out, "");
        }
        logs(&mut out, verified);
    }
    if let Some(comparisons) = &outcome.comparisons {
        compared(&mut out, comparisons);
    }
    signed(&mut out, outcome, about);
    paragraph(&mut out, &one_line(&sentence(outcome).what), "");
    line(&mut out, "");
    if matches!(outcome.verdict, Verdict::Verified(_)) {
        line(&mut out, "What this shows");
        paragraph(&mut out, shown(outcome), "  ");
        line(&mut out, "");
    }
    line(&mut out, "What this does not show");
    for text in not_shown(outcome) {
        paragraph(&mut out, &text, "- ");
    }
    out
}

/// What is withheld, and what is redacted.
fn logs(out: &mut String, verified: &Verified) {
    let rows = log_rows(verified);
    for (label, count) in &rows {
        line(out, &format!("{label:<44} {count:>12}"));
    }
    if !rows.is_empty() {
        line(out, "");
    }
    let entries = verified.withheld().map(|entry| {
        let (basis, description) = (one_line(&entry.basis), one_line(&entry.description));
        format!("position {}: {basis}: {description}", entry.position)
    });
    list(out, "Withheld", entries);
    let redacted = verified.redacted().iter();
    let redacted = redacted.map(|redacted| one_line(&redacted_line(redacted)));
    list(out, "Produced with redactions", redacted);
}

/// A list under a title, if it is not empty.
fn list(out: &mut String, title: &str, rows: impl Iterator<Item = String>) {
    let mut rows = rows.peekable();
    if rows.peek().is_none() {
        return;
    }
    line(out, title);
    for row in rows.by_ref().take(ROWS) {
        line(out, &format!("  {row}"));
    }
    let more = rows.count();
    if more > 0 {
        line(out, &format!("  and {more} more, see withholding.csv"));
    }
    line(out, "");
}

/// Signatures, and what is older than what.
fn signed(out: &mut String, outcome: &Outcome, about: &About) {
    let rows = signed::rows(about);
    if !rows.is_empty() {
        line(out, "Signatures and time stamps");
    }
    for (label, value) in rows {
        let (label, value) = (one_line(&label), one_line(&value));
        paragraph(out, &format!("{label}: {value}"), "  ");
    }
    line(out, "What is older than what");
    for text in signed::order(outcome, about) {
        paragraph(out, &text, "- ");
    }
    line(out, "");
}

/// The exceptions that can be read.
fn compared(out: &mut String, comparisons: &Comparisons) {
    let readable = &comparisons.readable_exceptions;
    if readable.is_empty() {
        return;
    }
    line(
        out,
        "Listed as unreadable, but the extractor reads the produced file: look at them",
    );
    for produced in readable.iter().take(ROWS) {
        line(
            out,
            &format!("  position {}: {}", produced.position, produced.bates),
        );
    }
    let more = readable.len().saturating_sub(ROWS);
    if more > 0 {
        line(out, &format!("  and {more} more, see the JSON report"));
    }
    line(out, "");
}

fn describe(out: &mut String, outcome: &Outcome, matter: &Matter) {
    for (label, value) in [
        ("Matter", one_line(&matter.origin)),
        ("Commitment", matter.commitment.to_string()),
        ("Root", matter.root.to_string()),
        ("Request", matter.request.to_string()),
        ("Production", matter.production.to_string()),
        ("Classifier", matter.classifier.to_string()),
        ("Reads", matter.view.clone()),
        (rule_label(matter), one_line(&matter.rule)),
        (
            "Proof system",
            format!(
                "{}, width {}, k {}, lanes {}",
                matter.scheme, matter.width, matter.k, matter.lanes
            ),
        ),
    ] {
        line(out, &format!("{label:<18} {value}"));
    }
    for (label, value) in note_rows(outcome, matter) {
        line(out, &format!("{label:<18} {}", one_line(&value)));
    }
    line(out, "");
}

/// Breaks a paragraph into lines, the first after `mark`, the others indented as far.
fn paragraph(out: &mut String, text: &str, mark: &str) {
    let mut current = mark.to_owned();
    let mut empty = true;
    for word in text.split_whitespace() {
        if !empty && current.chars().count() + 1 + word.chars().count() > WIDTH {
            line(out, &current);
            current = " ".repeat(mark.chars().count());
            empty = true;
        }
        if !empty {
            current.push(' ');
        }
        current.push_str(word);
        empty = false;
    }
    line(out, &current);
}

fn line(out: &mut String, text: &str) {
    writeln!(out, "{}", text.trim_end()).expect("writing to a string does not fail");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::NOT_SHOWN;

    #[test]
    fn paragraphs_are_wrapped() {
        let mut out = String::new();
        paragraph(&mut out, NOT_SHOWN[0], "- ");
        assert!(out.lines().all(|line| line.len() <= WIDTH));
        assert!(out.starts_with("- That the committed"));
        assert!(out.lines().nth(1).unwrap().starts_with("  "));
    }
}
