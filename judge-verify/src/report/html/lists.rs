//! The lists of a verified production: classes, logs, produced documents, families, exceptions.

use super::{Columns, ROWS, cell, clipped, more, preview};
use crate::checks::{Redacted, Verified};
use crate::fault::NotPassed;
use crate::report::html::{escape, grouped};
use crate::report::survey::Survey;
use duces_protocol::production::withholding::{Entry, Rendering, WithholdingLog};
use std::collections::BTreeMap;

/// Families that are listed.
const FAMILIES: usize = 200;

/// Characters of a cell of the log that are shown, and of all rows together.
const CELL: usize = 4_000;
const LOG: usize = 4 << 20;

/// All lists but that of the positions.
///
/// # Errors
/// When a produced rendition cannot be read again.
pub fn all(out: &mut String, verified: &Verified, survey: &Survey) -> Result<(), NotPassed> {
    classes(out, verified);
    let log = verified.withholding();
    withheld(out, log, Rendering::PrivilegeLog, "Privilege log");
    withheld(out, log, Rendering::VaughnIndex, "Vaughn index");
    redacted(out, verified.redacted());
    produced(out, verified)?;
    families(out, survey);
    exceptions(out, verified);
    Ok(())
}

fn classes(out: &mut String, verified: &Verified) {
    let classes = verified.classes();
    if classes.is_empty() {
        return;
    }
    *out += "<h2 id=\"classes\">Classes</h2>\n";
    Columns::new("table-classes", "Classes", &["Class", "Items"]).open(out);
    for (class, count) in classes.iter().take(ROWS) {
        *out += &format!(
            "<tr><th scope=\"row\">{class}</th><td>{}</td></tr>\n",
            grouped(*count)
        );
    }
    *out += "</tbody>\n</table></div>\n";
    more(out, classes.len() as u64, ROWS, "the JSON report");
}

fn withheld(out: &mut String, log: &WithholdingLog, rendering: Rendering, title: &str) {
    let belongs = |entry: &&Entry| entry.rendering() == rendering;
    let total = log.entries().iter().filter(belongs).count();
    if total == 0 {
        return;
    }
    let (id, basis) = match rendering {
        Rendering::PrivilegeLog => ("privilege-log", "Privilege claimed"),
        Rendering::VaughnIndex => ("vaughn-index", "Exemption claimed"),
    };
    *out += &format!("<h2 id=\"{id}\">{title}</h2>\n");
    let columns = log.columns().iter().map(String::as_str);
    let head: Vec<&str> = ["Position", basis, "Description"]
        .into_iter()
        .chain(columns)
        .collect();
    Columns::new(&format!("table-{id}"), title, &head).open(out);
    let (start, mut shown) = (out.len(), 0);
    for entry in log.entries().iter().filter(belongs).take(ROWS) {
        if out.len() - start > LOG {
            break;
        }
        *out += &format!("<tr><th scope=\"row\">{}</th>", entry.position);
        for text in [&entry.basis, &entry.description]
            .into_iter()
            .chain(&entry.more)
        {
            *out += &format!("<td>{}</td>", clipped(text, CELL));
        }
        *out += "</tr>\n";
        shown += 1;
    }
    *out += "</tbody>\n</table></div>\n";
    more(
        out,
        total as u64,
        shown,
        "<code>withholding.csv</code> of the production",
    );
}

/// What is shown of each redacted document, and what is withheld of it.
fn redacted(out: &mut String, documents: &[Redacted]) {
    if documents.is_empty() {
        return;
    }
    *out += "<h2 id=\"redacted\">Produced with redactions</h2>\n";
    let head = [
        "Bates number",
        "Position",
        "Family",
        "Came as",
        "What is shown",
        "What is redacted",
    ];
    Columns::new("table-redacted", "Produced with redactions", &head).open(out);
    let (start, mut shown) = (out.len(), 0);
    for document in documents.iter().take(ROWS) {
        if out.len() - start > LOG {
            break;
        }
        *out += &format!(
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>",
            escape(&document.bates),
            document.position,
            document.family,
            came_as(document.companion),
            match document.pages {
                0 => "text".to_owned(),
                1 => "1 page".to_owned(),
                pages => format!("{pages} pages"),
            }
        );
        for (index, redaction) in document.redactions.iter().enumerate() {
            if out.len() - start > LOG {
                let left = document.redactions.len() - index;
                *out += &format!("<br>and {} more", grouped(left as u64));
                break;
            }
            let line = if index == 0 { "" } else { "<br>" };
            *out += &format!(
                "{line}{}: {}",
                clipped(&redaction.basis, CELL),
                clipped(&redaction.description, CELL)
            );
        }
        *out += "</td></tr>\n";
        shown += 1;
    }
    *out += "</tbody>\n</table></div>\n";
    more(out, documents.len() as u64, shown, "the JSON report");
}

fn came_as(companion: bool) -> &'static str {
    if companion {
        "no match; with its family"
    } else {
        "match"
    }
}

fn produced(out: &mut String, verified: &Verified) -> Result<(), NotPassed> {
    let total = verified.produced().count();
    if total == 0 {
        return Ok(());
    }
    *out += "<h2 id=\"produced\">Produced documents</h2>\n";
    if total > preview::SHOWN {
        *out += &format!(
            "<p>The beginning is shown of the first {}. All files are in the production, by Bates number.</p>\n",
            preview::SHOWN
        );
    }
    let head = ["Bates number", "Position", "Family", "Came as", "Beginning"];
    Columns::new("table-produced", "Produced documents", &head).open(out);
    for (index, document) in verified.produced().enumerate().take(ROWS) {
        let beginning = if index < preview::SHOWN {
            preview::of(verified, index, &document.bates)?
        } else {
            String::new()
        };
        let came_as = came_as(document.companion);
        *out += &format!(
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{came_as}</td><td>{beginning}</td></tr>\n",
            escape(&document.bates),
            document.position,
            document.family,
        );
    }
    *out += "</tbody>\n</table></div>\n";
    more(out, total as u64, ROWS, "the JSON report");
    Ok(())
}

fn families(out: &mut String, survey: &Survey) {
    if survey.families.is_empty() {
        return;
    }
    *out += "<h2 id=\"families\">Families of produced documents</h2>\n<p>Neither handed over nor withheld \
             is what the agreed profile leaves alone, and what could not be read.</p>\n";
    let head = [
        "Head",
        "Members",
        "Handed over",
        "Redacted",
        "Withheld",
        "Neither",
        "First Bates number",
        "Last Bates number",
    ];
    Columns::new("table-families", "Families", &head).open(out);
    for (position, members) in survey.families.iter().take(FAMILIES) {
        let neither = members.all - members.produced - members.redacted - members.withheld;
        *out += &format!("<tr><th scope=\"row\">{position}</th>");
        for number in [
            members.all,
            members.produced,
            members.redacted,
            members.withheld,
            neither,
        ] {
            *out += &format!("<td>{}</td>", grouped(number));
        }
        *out += &format!(
            "<td>{}</td><td>{}</td></tr>\n",
            cell(&members.begins),
            cell(&members.ends)
        );
    }
    *out += "</tbody>\n</table></div>\n";
    let place = "the load file of the production";
    more(out, survey.families.len() as u64, FAMILIES, place);
}

/// How many exceptions there are for each reason: the list of positions has them one by one.
fn exceptions(out: &mut String, verified: &Verified) {
    let mut reasons: BTreeMap<&str, u64> = BTreeMap::new();
    for exception in verified.exceptions() {
        *reasons.entry(exception.reason).or_default() += 1;
    }
    if reasons.is_empty() {
        return;
    }
    *out += "<h2 id=\"unreadable\">Unreadable items</h2>\n";
    Columns::new("table-unreadable", "Unreadable items", &["Reason", "Items"]).open(out);
    for (reason, count) in reasons {
        *out += &format!(
            "<tr><th scope=\"row\">{reason}</th><td>{}</td></tr>\n",
            grouped(count)
        );
    }
    *out += "</tbody>\n</table></div>\n";
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn a_log_of_long_cells_is_cut_and_says_so() {
        let long = "&x".repeat(20_000);
        let rows: String = (0..500)
            .map(|row| format!("{row},attorney-client,{long}\n"))
            .collect();
        let csv = format!("position,basis,description\n{rows}");
        let log = WithholdingLog::draft(csv.as_bytes()).unwrap();
        let mut out = String::new();
        withheld(&mut out, &log, Rendering::PrivilegeLog, "Privilege log");
        assert!(out.len() < LOG + (1 << 16), "{}", out.len());
        assert!(out.contains("more characters") && out.contains("more: see <code>withholding.csv"));
        assert!(!out.contains("&x"));
    }
}
