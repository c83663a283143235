//! The HTML report: one file without outside resources, for screen, keyboard and paper.
//!
//! The verdict stands first. What is listed is bounded, and says what it leaves out. The one script
//! searches the list of positions; without it the page says the same.

mod ledger;
mod lists;
mod page;
mod picture;
mod preview;

use super::About;
use super::content::{ROWS, count_rows, not_shown, note_rows, passed, rule_label, shown};
use super::signed;
use super::survey::Survey;
use crate::check::Check;
use crate::checks::{Comparisons, Counts, Matter, Outcome, Verdict};
use crate::fault::NotPassed;
use crate::signatures::Signatures;
use duces_protocol::answers::AnswerKind;
use page::{Columns, clipped, grouped};
pub(crate) use page::{cell, escape, page};

/// What searches the list of positions.
const SCRIPT: &str = include_str!("html/script.js");

/// Characters of a message or a name that are shown.
const MESSAGE: usize = 2_000;

/// The report's text.
///
/// # Errors
/// When the ledger or a produced rendition cannot be read again.
pub fn render(outcome: &Outcome, about: &About) -> Result<String, NotPassed> {
    let mut out = String::new();
    if let Some(counts) = &outcome.counts {
        numbers(&mut out, outcome, counts);
    }
    let survey = match &outcome.verdict {
        Verdict::Verified(verified) => Some((verified, Survey::of(verified)?)),
        Verdict::Rejected(..) | Verdict::NotChecked(..) => None,
    };
    if let Some((_, survey)) = &survey {
        picture::draw(&mut out, survey);
    }
    checks(&mut out, outcome);
    what_it_shows(&mut out, outcome);
    if let Some(comparisons) = &outcome.comparisons {
        compared(&mut out, comparisons);
    }
    if let Some((verified, survey)) = &survey {
        lists::all(&mut out, verified, survey)?;
        let answers = verified.answer_form().kind() != AnswerKind::Match;
        ledger::list(&mut out, survey, answers);
    }
    if let Some(matter) = &outcome.matter {
        digests(&mut out, outcome, matter);
    }
    signatures(&mut out, outcome, about);
    again(&mut out, about);
    let title = format!("{}: production report", outcome.verdict.word());
    let body = beginning(outcome, about) + &contents(&out) + &out;
    Ok(page(&title, &body, Some(SCRIPT)))
}

/// The heading, the verdict, and what it is about.
fn beginning(outcome: &Outcome, about: &About) -> String {
    let mut out = String::from("<h1>Report on a production</h1>\n");
    let (class, detail) = match &outcome.verdict {
        Verdict::Verified(_) => ("verified", escape(&passed(outcome))),
        Verdict::Rejected(check, fault) => (
            "rejected",
            format!(
                "Failed at {check}.<br>{}: {}",
                clipped(&fault.place, MESSAGE),
                clipped(&fault.what, MESSAGE)
            ),
        ),
        Verdict::NotChecked(check, error) => (
            "unchecked",
            format!(
                "Stopped at {check}. This report says nothing about the production.<br>{}",
                clipped(&error.what, MESSAGE)
            ),
        ),
    };
    let word = outcome.verdict.word();
    out += &format!("<div class=\"verdict {class}\"><p class=\"word\">{word}</p><p>{detail}</p>");
    if let Some(fault) = about.signatures.as_ref().and_then(Signatures::fault) {
        out += &format!(
            "<p><strong>A signature does not stand:</strong> {}: {}</p>",
            clipped(&fault.file, MESSAGE),
            clipped(&fault.standing.words(), MESSAGE)
        );
    }
    out += "</div>\n";
    if let Some(matter) = &outcome.matter {
        let origin = clipped(&matter.origin, MESSAGE);
        out += &format!("<p class=\"origin\">{origin}</p>\n");
    }
    out
}

/// Links to the sections of a body.
fn contents(body: &str) -> String {
    let mut out = String::from("<nav aria-label=\"Contents\"><ul>\n");
    for heading in body.split("<h2 id=\"").skip(1) {
        if let Some((id, rest)) = heading.split_once("\">")
            && let Some((title, _)) = rest.split_once("</h2>")
        {
            out += &format!("<li><a href=\"#{id}\">{title}</a></li>\n");
        }
    }
    out + "</ul></nav>\n"
}

fn numbers(out: &mut String, outcome: &Outcome, counts: &Counts) {
    *out += "<h2 id=\"items\">Items</h2>\n<table class=\"counts\">\n<tbody>\n";
    for (label, count) in count_rows(outcome, counts) {
        let class = if label.starts_with(' ') {
            " class=\"part\""
        } else {
            ""
        };
        *out += &format!(
            "<tr{class}><th scope=\"row\">{}</th><td>{}</td></tr>\n",
            label.trim_start(),
            grouped(count)
        );
    }
    *out += "</tbody>\n</table>\n";
    *out += &sum(counts);
}

/// That the parts are the whole.
fn sum(counts: &Counts) -> String {
    let parts = [
        (counts.responsive, "responsive"),
        (counts.not_responsive, "not responsive"),
        (counts.answered, "answered"),
        (counts.exceptions, "unreadable"),
        (counts.no_view, "without the view"),
    ];
    let present = parts.iter().filter(|(count, _)| *count > 0);
    let terms: Vec<String> = present
        .map(|(count, words)| format!("{} {words}", grouped(*count)))
        .collect();
    let all: u64 = parts.iter().map(|(count, _)| count).sum();
    format!(
        "<p>Every committed item is counted once: {} = {}. The other lines count some of them again, by \
         family and by kind.</p>\n",
        terms.join(" + "),
        grouped(all)
    )
}

fn checks(out: &mut String, outcome: &Outcome) {
    *out += "<h2 id=\"checks\">Checks</h2>\n";
    let head = ["No.", "Check", "What holds when it passes", "Result"];
    Columns::new("table-checks", "Checks", &head).open(out);
    for check in Check::ALL {
        let passed = outcome.passed.iter().any(|passed| passed.check == check);
        let (class, result) = match &outcome.verdict {
            _ if passed => ("passed", "passed"),
            Verdict::Rejected(failed, _) if *failed == check => ("failed", "FAILED"),
            _ => ("open", "not checked"),
        };
        *out += &format!(
            "<tr class=\"{class}\"><td>{}</td><th scope=\"row\">{}</th><td>{}</td><td>{result}</td></tr>\n",
            check.number(),
            check.name(),
            escape(check.claim())
        );
    }
    *out += "</tbody>\n</table></div>\n";
}

fn what_it_shows(out: &mut String, outcome: &Outcome) {
    if matches!(outcome.verdict, Verdict::Verified(_)) {
        *out += &format!(
            "<h2 id=\"shows\">What this shows</h2>\n<p>{}</p>\n",
            escape(shown(outcome))
        );
    }
    *out += "<h2 id=\"does-not-show\">What this does not show</h2>\n<ul>\n";
    for text in not_shown(outcome) {
        *out += &format!("<li>{}</li>\n", escape(&text));
    }
    *out += "</ul>\n";
}

/// The three counts, and the exceptions that can be read.
fn compared(out: &mut String, comparisons: &Comparisons) {
    *out += "<h2 id=\"read-again\">Renditions read again from the produced files</h2>\n\
             <table class=\"counts\">\n<tbody>\n";
    for (label, count) in [
        ("Confirmed", comparisons.confirmed),
        ("Different", comparisons.different),
        ("Not compared", comparisons.not_compared),
    ] {
        *out += &format!(
            "<tr><th scope=\"row\">{label}</th><td>{}</td></tr>\n",
            grouped(count)
        );
    }
    let about = clipped(&comparisons.extractor, MESSAGE);
    *out += &format!("</tbody>\n</table>\n<p>Extractor: {about}</p>\n");
    let readable = &comparisons.readable_exceptions;
    if readable.is_empty() {
        return;
    }
    *out += "<h3>Listed as unreadable, but the extractor reads the file</h3>\n";
    let head = ["Position", "Bates number"];
    Columns::new("table-readable", "Unreadable items that were read", &head).open(out);
    for produced in readable.iter().take(ROWS) {
        *out += &format!(
            "<tr><th scope=\"row\">{}</th><td>{}</td></tr>\n",
            produced.position,
            cell(&produced.bates)
        );
    }
    *out += "</tbody>\n</table></div>\n";
    more(out, readable.len() as u64, ROWS, "the JSON report");
}

/// What a list leaves out of this many; `place` is markup.
fn more(out: &mut String, total: u64, shown: usize, place: &str) {
    let more = total.saturating_sub(shown as u64);
    if more > 0 {
        *out += &format!("<p>and {} more: see {place}.</p>\n", grouped(more));
    }
}

fn digests(out: &mut String, outcome: &Outcome, matter: &Matter) {
    *out += "<h2 id=\"digests\">What was checked</h2>\n<table class=\"digests\">\n<tbody>\n";
    let model = match matter.hidden {
        None => "Model it was made from",
        Some(_) => "Sealed model",
    };
    let system = format!(
        "{}, width {}, k {}, lanes {}",
        matter.scheme, matter.width, matter.k, matter.lanes
    );
    for (label, value) in [
        ("Commitment", matter.commitment.to_string()),
        ("Root", matter.root.to_string()),
        ("Profile", matter.profile.to_string()),
        ("Request", matter.request.to_string()),
        (
            "Production (its sha256sums.txt)",
            matter.production.to_string(),
        ),
        ("Classifier", matter.classifier.to_string()),
        (model, matter.model.to_string()),
        ("View it reads", matter.view.clone()),
        (rule_label(matter), matter.rule.clone()),
        ("Proof system", system),
    ] {
        digest_row(out, label, &value);
    }
    for (label, value) in note_rows(outcome, matter) {
        digest_row(out, label, &value);
    }
    *out += "</tbody>\n</table>\n";
}

fn digest_row(out: &mut String, label: &str, value: &str) {
    let value = clipped(value, MESSAGE);
    *out += &format!("<tr><th scope=\"row\">{label}</th><td>{value}</td></tr>\n");
}

/// Whose signature stands on what, and what is older than what.
fn signatures(out: &mut String, outcome: &Outcome, about: &About) {
    *out += "<h2 id=\"signatures\">Signatures and time</h2>\n";
    let rows = signed::rows(about);
    if !rows.is_empty() {
        *out += "<table class=\"digests\">\n<tbody>\n";
        for (label, value) in rows {
            digest_row(out, &label, &value);
        }
        *out += "</tbody>\n</table>\n";
    }
    *out += "<ul>\n";
    for text in signed::order(outcome, about) {
        *out += &format!("<li>{}</li>\n", escape(&text));
    }
    *out += "</ul>\n";
}

/// How to make this report again.
fn again(out: &mut String, about: &About) {
    *out += &format!(
        "<h2 id=\"again\">To repeat this</h2>\n<p>In the folder in which this was made, with judge-verify {}, \
         compare the digests above with those of the files that you hold, and run:</p>\n\
         <pre class=\"command\" tabindex=\"0\">{}</pre>\n",
        env!("CARGO_PKG_VERSION"),
        cell(&about.command)
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_are_the_whole() {
        let counts = Counts {
            items: 1_060,
            responsive: 11,
            not_responsive: 1_019,
            exceptions: 4,
            no_view: 26,
            ..Counts::default()
        };
        let text = sum(&counts);
        let terms =
            "11 responsive + 1&#8239;019 not responsive + 4 unreadable + 26 without the view";
        assert!(text.contains(&format!("{terms} = 1&#8239;060.")), "{text}");
    }

    #[test]
    fn contents_link_to_the_sections() {
        let links = contents("<h2 id=\"a\">One</h2><p>x</p><h2 id=\"b\">Two</h2>");
        assert!(
            links.contains("<a href=\"#a\">One</a>") && links.contains("<a href=\"#b\">Two</a>")
        );
    }
}
