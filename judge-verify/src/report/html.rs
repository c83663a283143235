//! The HTML report: one file without scripts or outside resources, for screen and paper.

use super::content::{ROWS, count_rows, not_shown, note_rows, passed, rule_label, shown};
use crate::check::Check;
use crate::checks::{Comparisons, Matter, Outcome, Verdict, Verified};
use crate::fault::NotPassed;
use duces_protocol::production::withholding::{Entry, Rendering, WithholdingLog};
use duces_protocol::text::is_unprintable;

/// Style sheet, in the file so that it needs no other.
const STYLE: &str = include_str!("style.css");

/// The report's text.
///
/// # Errors
/// When the ledger cannot be read again.
pub fn render(outcome: &Outcome) -> Result<String, NotPassed> {
    let mut out = String::from("<h1>Report on a production</h1>\n");
    banner(&mut out, outcome);
    if let Some(matter) = &outcome.matter {
        out += &format!(
            "<p class=\"origin\"><bdi>{}</bdi></p>\n",
            escape(&matter.origin)
        );
    }
    if let Some(counts) = &outcome.counts {
        out += "<h2>Items</h2>\n<table class=\"counts\">\n";
        for (label, count) in count_rows(outcome, counts) {
            let class = if label.starts_with(' ') {
                " class=\"part\""
            } else {
                ""
            };
            out += &format!(
                "<tr{class}><th scope=\"row\">{}</th><td>{}</td></tr>\n",
                label.trim_start(),
                grouped(count)
            );
        }
        out += "</table>\n";
    }
    checks(&mut out, outcome);
    if matches!(outcome.verdict, Verdict::Verified(_)) {
        out += &format!(
            "<h2>What this shows</h2>\n<p>{}</p>\n",
            escape(shown(outcome))
        );
    }
    out += "<h2>What this does not show</h2>\n<ul>\n";
    for text in not_shown(outcome) {
        out += &format!("<li>{}</li>\n", escape(&text));
    }
    out += "</ul>\n";
    if let Some(comparisons) = &outcome.comparisons {
        compared(&mut out, comparisons);
    }
    if let Verdict::Verified(verified) = &outcome.verdict {
        lists(&mut out, verified)?;
    }
    if let Some(matter) = &outcome.matter {
        digests(&mut out, outcome, matter);
    }
    let title = format!("{}: production report", outcome.verdict.word());
    Ok(page(&title, &out))
}

/// A page with this title, which is plain words, around a body of markup.
pub(crate) fn page(title: &str, body: &str) -> String {
    let mut out = String::from("<!doctype html>\n<html lang=\"en\">\n<head>\n");
    out += "<meta charset=\"utf-8\">\n";
    out += "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; ";
    out += "style-src 'unsafe-inline'\">\n";
    out += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
    out += &format!("<title>{title}</title>\n");
    out += &format!("<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n{body}");
    out += &format!(
        "<footer>judge-verify {}</footer>\n",
        env!("CARGO_PKG_VERSION")
    );
    out += "</main>\n</body>\n</html>\n";
    out
}

fn banner(out: &mut String, outcome: &Outcome) {
    let (class, detail) = match &outcome.verdict {
        Verdict::Verified(_) => ("verified", escape(&passed(outcome))),
        Verdict::Rejected(check, fault) => (
            "rejected",
            format!(
                "Failed at {check}.<br><bdi>{}</bdi>: <bdi>{}</bdi>",
                escape(&fault.place),
                escape(&fault.what)
            ),
        ),
        Verdict::NotChecked(check, error) => (
            "unchecked",
            format!(
                "Stopped at {check}. This report says nothing about the production.<br><bdi>{}</bdi>",
                escape(&error.what)
            ),
        ),
    };
    let word = outcome.verdict.word();
    *out +=
        &format!("<div class=\"verdict {class}\"><strong>{word}</strong><p>{detail}</p></div>\n");
}

fn checks(out: &mut String, outcome: &Outcome) {
    *out += "<h2>Checks</h2>\n<table class=\"checks\">\n<thead><tr><th>No.</th><th>Check</th>";
    *out += "<th>What holds when it passes</th><th>Result</th></tr></thead>\n<tbody>\n";
    for check in Check::ALL {
        let passed = outcome.passed.iter().any(|passed| passed.check == check);
        let (class, result) = match &outcome.verdict {
            _ if passed => ("passed", "passed"),
            Verdict::Rejected(failed, _) if *failed == check => ("failed", "FAILED"),
            _ => ("open", "not checked"),
        };
        *out += &format!(
            "<tr class=\"{class}\"><td>{}</td><td>{}</td><td>{}</td><td>{result}</td></tr>\n",
            check.number(),
            check.name(),
            escape(check.claim())
        );
    }
    *out += "</tbody>\n</table>\n";
}

/// The three counts, and the exceptions that can be read.
fn compared(out: &mut String, comparisons: &Comparisons) {
    *out += "<h2>Renditions read again from the produced files</h2>\n<table class=\"counts\">\n";
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
    let about = escape(&comparisons.extractor);
    *out += &format!("</table>\n<p>Extractor: <bdi>{about}</bdi></p>\n");
    let readable = &comparisons.readable_exceptions;
    if !readable.is_empty() {
        let rows = readable
            .iter()
            .map(|produced| [produced.position.to_string(), produced.bates.clone()]);
        pairs(
            out,
            "Listed as unreadable, but the extractor reads the file",
            ["Position", "Bates number"],
            rows,
            readable.len() as u64,
        );
    }
}

fn lists(out: &mut String, verified: &Verified) -> Result<(), NotPassed> {
    let classes = verified.classes();
    if !classes.is_empty() {
        let rows = classes.iter();
        let rows = rows.map(|(class, count)| [class.to_string(), count.to_string()]);
        pairs(
            out,
            "Classes",
            ["Class", "Items"],
            rows,
            classes.len() as u64,
        );
    }
    let answered = verified.counts().answered;
    if answered > 0 {
        let rows = verified.answers().take(ROWS).map(|answer| {
            let (position, answer) = answer?;
            Ok([position.to_string(), answer.to_string()])
        });
        let rows: Vec<_> = rows.collect::<Result<_, NotPassed>>()?;
        let head = ["Position", "Answer"];
        pairs(out, "Answers", head, rows.into_iter(), answered);
    }
    let log = verified.withholding();
    withheld(out, log, Rendering::PrivilegeLog, "Privilege log");
    withheld(out, log, Rendering::VaughnIndex, "Vaughn index");
    let redacted = verified.redacted();
    if !redacted.is_empty() {
        let rows = redacted.iter();
        let rows = rows.map(|it| [it.position.to_string(), it.bates.clone()]);
        let (title, head) = ("Produced with redactions", ["Position", "Bates number"]);
        pairs(out, title, head, rows, redacted.len() as u64);
    }
    let counts = verified.counts();
    for (title, companion) in [("Produced", false), ("Produced with their families", true)] {
        let of_this_kind = || verified.produced().filter(|it| it.companion == companion);
        let total = of_this_kind().count() as u64;
        if total > 0 {
            let rows = of_this_kind().map(|it| [it.position.to_string(), it.bates]);
            pairs(out, title, ["Position", "Bates number"], rows, total);
        }
    }
    if counts.exceptions > 0 {
        let rows = verified
            .exceptions()
            .map(|exception| [exception.position.to_string(), exception.reason.to_owned()]);
        pairs(
            out,
            "Unreadable items",
            ["Position", "Reason"],
            rows,
            counts.exceptions,
        );
    }
    Ok(())
}

fn withheld(out: &mut String, log: &WithholdingLog, rendering: Rendering, title: &str) {
    let belongs = |entry: &&Entry| entry.rendering() == rendering;
    let total = log.entries().iter().filter(belongs).count();
    if total == 0 {
        return;
    }
    let basis = match rendering {
        Rendering::PrivilegeLog => "Privilege claimed",
        Rendering::VaughnIndex => "Exemption claimed",
    };
    *out += &format!("<h2>{title}</h2>\n<table class=\"log\">\n<thead><tr><th>Position</th>");
    *out += &format!("<th>{basis}</th><th>Description</th>");
    for column in log.columns() {
        *out += &format!("<th><bdi>{}</bdi></th>", escape(column));
    }
    *out += "</tr></thead>\n<tbody>\n";
    for entry in log.entries().iter().filter(belongs).take(ROWS) {
        *out += &format!("<tr><td>{}</td>", entry.position);
        for cell in [&entry.basis, &entry.description]
            .into_iter()
            .chain(&entry.more)
        {
            *out += &format!("<td><bdi>{}</bdi></td>", escape(cell));
        }
        *out += "</tr>\n";
    }
    *out += "</tbody>\n</table>\n";
    more(out, total as u64, "withholding.csv");
}

fn pairs(
    out: &mut String,
    title: &str,
    head: [&str; 2],
    rows: impl Iterator<Item = [String; 2]>,
    total: u64,
) {
    *out += &format!("<h2>{title}</h2>\n<table class=\"list\">\n<thead><tr>");
    *out += &format!(
        "<th>{}</th><th>{}</th></tr></thead>\n<tbody>\n",
        head[0], head[1]
    );
    for [left, right] in rows.take(ROWS) {
        *out += &format!(
            "<tr><td>{}</td><td>{}</td></tr>\n",
            escape(&left),
            escape(&right)
        );
    }
    *out += "</tbody>\n</table>\n";
    more(out, total, "the JSON report");
}

fn more(out: &mut String, total: u64, place: &str) {
    let more = total.saturating_sub(ROWS as u64);
    if more > 0 {
        *out += &format!("<p>and {} more: see {place}.</p>\n", grouped(more));
    }
}

fn digests(out: &mut String, outcome: &Outcome, matter: &Matter) {
    *out += "<h2>What was checked</h2>\n<table class=\"digests\">\n";
    for (label, value) in [
        ("Commitment", matter.commitment.to_string()),
        ("Root", matter.root.to_string()),
        ("Profile", matter.profile.to_string()),
        ("Request", matter.request.to_string()),
        ("Classifier", matter.classifier.to_string()),
        (
            match matter.hidden {
                None => "Model it was made from",
                Some(_) => "Sealed model",
            },
            matter.model.to_string(),
        ),
        ("View it reads", matter.view.clone()),
        (rule_label(matter), matter.rule.clone()),
        (
            "Proof system",
            format!(
                "{}, width {}, k {}, lanes {}",
                matter.scheme, matter.width, matter.k, matter.lanes
            ),
        ),
    ] {
        digest_row(out, label, &value);
    }
    for (label, value) in note_rows(outcome, matter) {
        digest_row(out, label, &value);
    }
    *out += "</table>\n";
}

fn digest_row(out: &mut String, label: &str, value: &str) {
    let value = escape(value);
    *out += &format!("<tr><th scope=\"row\">{label}</th><td><bdi>{value}</bdi></td></tr>\n");
}

/// A number with a thin space between groups of three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push_str("&#8239;");
        }
        out.push(digit);
    }
    out
}

/// Text that cannot become markup, with hidden characters made visible.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' => out.push_str("<br>"),
            '\t' => out.push(' '),
            c if is_unprintable(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_escaped() {
        let hostile = "<script>alert(\"x\")</script>&'\u{202e}\u{0}\nend";
        let safe = escape(hostile);
        assert_eq!(
            safe,
            "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;&#39;\\u{202e}\\u{0}<br>end"
        );
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(grouped(7), "7");
        assert_eq!(grouped(1000), "1&#8239;000");
        assert_eq!(grouped(123_456_789), "123&#8239;456&#8239;789");
    }

    #[test]
    fn logs_are_rendered_twice() {
        let csv = "position,basis,description,<b>\n1,attorney-client,<img src=x>,\n\
                   2,FOIA exemption (b)(6),Home address,=1\n";
        let log = WithholdingLog::draft(csv.as_bytes()).unwrap();
        let mut out = String::new();
        withheld(&mut out, &log, Rendering::PrivilegeLog, "Privilege log");
        assert!(out.contains("attorney-client") && !out.contains("Home address"));
        withheld(&mut out, &log, Rendering::VaughnIndex, "Vaughn index");
        assert!(out.contains("Home address") && out.contains("Exemption claimed"));
        assert!(!out.contains("<img") && !out.contains("<b>"));
    }
}
