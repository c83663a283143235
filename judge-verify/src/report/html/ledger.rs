//! The list of positions, and what searches it.

use super::{Columns, clipped, grouped, picture};
use crate::report::survey::{Row, Survey};
use duces_protocol::leaf::Status;
use duces_protocol::production::ledger::Companion;

/// Characters of an answer that are shown.
const ANSWER: usize = 200;

/// The section; `answers` tells whether the request asks for something else than matches.
pub fn list(out: &mut String, survey: &Survey, answers: bool) {
    let items: u64 = survey.numbers.iter().sum();
    *out += "<h2 id=\"positions\">Positions</h2>\n<p>";
    *out += &about(survey, items);
    *out += "</p>\n";
    form(out, survey);
    let head: &[&str] = if answers {
        &[
            "Position",
            "What became of it",
            "What it is",
            "Family",
            "Answer",
        ]
    } else {
        &[
            "Position",
            "What became of it",
            "What it is",
            "Family",
            "Bates number",
        ]
    };
    Columns::new("ledger", "Positions", head).open(out);
    for row in &survey.rows {
        write_row(out, row, answers);
    }
    *out += "</tbody>\n</table></div>\n";
}

/// What the list has, and what it leaves out.
fn about(survey: &Survey, items: u64) -> String {
    let rest = items - survey.listed;
    let runs = if survey.rows.len() as u64 == survey.listed {
        String::new()
    } else {
        " Neighbours of which the same is to be said share a row, unless they are handed over or withheld."
            .to_owned()
    };
    if rest == 0 {
        return format!("All {} positions.{runs}", grouped(items));
    }
    format!(
        "The first {} of {} positions.{runs} Left out are the other {}: they are in the numbers and in the \
         picture above. The JSON report lists every produced, withheld and unreadable position; the whole \
         ledger is <code>ledger.bin</code> of the production.",
        grouped(survey.listed),
        grouped(items),
        grouped(rest)
    )
}

/// It does nothing without the script, which shows it.
fn form(out: &mut String, survey: &Survey) {
    *out += "<form id=\"filter\" class=\"filter\" hidden>\n<p><label for=\"find\">Find</label> \
             <input id=\"find\" type=\"search\" autocomplete=\"off\" \
             placeholder=\"a position, a word, a Bates number\"></p>\n\
             <p><label for=\"kind\">Show</label> <select id=\"kind\"><option value=\"\">all</option>";
    for (disposition, number) in crate::report::survey::ORDER.into_iter().zip(survey.numbers) {
        let look = picture::look(disposition);
        if number > 0 {
            *out += &format!("<option value=\"{}\">{}</option>", look.class, look.words);
        }
    }
    *out += "<option value=\"family\">came along with a family</option></select></p>\n\
             <p><output id=\"found\" for=\"find kind\"></output></p>\n</form>\n";
}

fn write_row(out: &mut String, row: &Row, answers: bool) {
    let look = picture::look(row.outcome.disposition);
    let (family_class, family_words) = match row.outcome.companion {
        Companion::None => ("", ""),
        Companion::Produced => (" family", "; handed over with its family"),
        Companion::Redacted => (" family", "; handed over with redactions, with its family"),
        Companion::Withheld => (" family", "; withheld from its family"),
    };
    let positions = if row.first == row.last {
        row.first.to_string()
    } else {
        let count = row.last - row.first + 1;
        format!("{} to {} ({})", row.first, row.last, grouped(count))
    };
    let what = match row.status {
        Status::Item => "item".to_owned(),
        Status::Page => "page".to_owned(),
        Status::Exception(reason) => format!("exception: {}", reason.name()),
    };
    let family = match row.family {
        Some(head) if head == row.first => "its own head".to_owned(),
        Some(head) => format!("of {head}"),
        None => "several".to_owned(),
    };
    let last = if answers {
        let answer = row.answer.as_ref().map(ToString::to_string);
        clipped(&answer.unwrap_or_default(), ANSWER)
    } else {
        clipped(row.bates.as_deref().unwrap_or_default(), ANSWER)
    };
    *out += &format!(
        "<tr data-kind=\"{}{family_class}\" data-first=\"{}\" data-last=\"{}\"><th scope=\"row\">{positions}</th>\
         <td>{} ({}){family_words}</td><td>{what}</td><td>{family}</td><td>{last}</td></tr>\n",
        look.class, row.first, row.last, look.words, look.letter
    );
}
