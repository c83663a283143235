//! What was measured, as an HTML page with a plot of the confusion table.
//!
//! The plot is an image for a reader's eyes; the table below it has the same numbers, for everybody.
//! Names of classes and the commitment's origin are the parties' words: all of them are escaped.

use super::report::{notes, rows, value};
use super::{Accuracy, Confusion, Counts, Share, Table};
use crate::report::{escape, page};

/// Classes that are plotted and listed.
const PLOTTED: usize = 40;

/// Size of a cell of the plot, and room for its names, in user units.
const CELL: usize = 40;
const NAMES: usize = 150;
/// Characters of a name in the plot.
const SHORT: usize = 16;

/// The page.
#[must_use]
pub fn render(accuracy: &Accuracy) -> String {
    let mut out = String::from("<h1>Proven answers against labels</h1>\n");
    out += &format!(
        "<p class=\"origin\"><bdi>{}</bdi></p>\n",
        escape(&accuracy.origin)
    );
    match &accuracy.counts {
        Counts::Matches(table) => matches(&mut out, table),
        Counts::Classes(confusion) => classes(&mut out, accuracy, confusion),
    }
    out += "<h2>What this rests on</h2>\n<ul>\n";
    for note in notes(accuracy) {
        out += &format!("<li>{}</li>\n", escape(&note));
    }
    out += "</ul>\n<h2>What was measured</h2>\n<table class=\"digests\">\n";
    for (label, digest) in [
        ("Commitment", accuracy.commitment),
        ("Request", accuracy.request),
        ("Classifier", accuracy.classifier),
    ] {
        out += &format!("<tr><th scope=\"row\">{label}</th><td>{digest}</td></tr>\n");
    }
    out += "</table>\n";
    page("Proven answers against labels", &out, None)
}

fn matches(out: &mut String, table: &Table) {
    let grid = Grid {
        rows: vec!["labelled yes".to_owned(), "labelled no".to_owned()],
        columns: vec!["match".to_owned(), "no match".to_owned()],
        cells: vec![
            vec![table.true_matches, table.missed],
            vec![table.false_matches, table.true_others],
        ],
    };
    grid.plot(out);
    *out += "<table class=\"counts\">\n<thead><tr><td></td>\
             <th scope=\"col\">Labelled yes</th><th scope=\"col\">Labelled no</th></tr></thead>\n";
    for (label, yes, no) in rows(table) {
        *out += &format!("<tr><th scope=\"row\">{label}</th><td>{yes}</td><td>{no}</td></tr>\n");
    }
    *out += "</table>\n";
    shares(out, "Shares", &table.shares());
}

fn classes(out: &mut String, accuracy: &Accuracy, confusion: &Confusion) {
    let all = confusion.classes();
    let shown = &all[..all.len().min(PLOTTED)];
    let names: Vec<String> = shown.iter().map(|&class| accuracy.name(class)).collect();
    let row = |&label: &u32| {
        shown
            .iter()
            .map(|&class| confusion.cell(label, class))
            .collect()
    };
    let grid = Grid {
        rows: names.clone(),
        columns: names,
        cells: shown.iter().map(row).collect(),
    };
    grid.plot(out);
    grid.table(out);
    if all.len() > shown.len() {
        let more = all.len() - shown.len();
        *out += &format!("<p>and {more} more classes: see the JSON report.</p>\n");
    }
    let unanswered = confusion.labelled() - confusion.decided();
    *out += &format!(
        "<p>With an answer: {}. Without: {unanswered}.</p>\n",
        confusion.decided()
    );
    shares(out, "All classes", &[confusion.accuracy()]);
    for &class in shown {
        let title = format!(
            "Class <bdi>{}</bdi> against all others",
            escape(&accuracy.name(class))
        );
        shares(out, &title, &confusion.against_others(class).shares()[1..]);
    }
}

/// A table of shares; `title` is markup.
fn shares(out: &mut String, title: &str, shares: &[Share]) {
    *out += &format!("<h2>{title}</h2>\n<table>\n");
    for share in shares {
        let (value, about) = (value(share), share.about);
        *out += &format!(
            "<tr><th scope=\"row\">{}</th><td>{value}</td><td>{about}</td></tr>\n",
            share.name
        );
    }
    *out += "</table>\n";
}

/// A confusion table: labels down, proven answers across.
struct Grid {
    rows: Vec<String>,
    columns: Vec<String>,
    cells: Vec<Vec<u64>>,
}

impl Grid {
    /// The plot. A cell is the darker, the larger its share of the row.
    fn plot(&self, out: &mut String) {
        let (width, height) = (
            NAMES + CELL * self.columns.len(),
            NAMES + CELL * self.rows.len(),
        );
        *out += &format!(
            "<svg role=\"img\" aria-labelledby=\"plot-title plot-text\" viewBox=\"0 0 {width} {height}\" \
             width=\"{width}\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"12\" \
             xmlns=\"http://www.w3.org/2000/svg\">\n<title id=\"plot-title\">Confusion table</title>\n\
             <desc id=\"plot-text\">Labels down, proven answers across. A cell is the darker, the larger its \
             share of the label. The table after this plot has the same numbers.</desc>\n"
        );
        for (column, name) in self.columns.iter().enumerate() {
            let (x, y) = (NAMES + CELL * column + CELL / 2, NAMES - 8);
            *out += &format!(
                "<text x=\"{x}\" y=\"{y}\" transform=\"rotate(-60 {x} {y})\">{}</text>\n",
                short(name)
            );
        }
        for (row, (name, cells)) in self.rows.iter().zip(&self.cells).enumerate() {
            let y = NAMES + CELL * row;
            *out += &format!(
                "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\n",
                NAMES - 8,
                y + CELL / 2 + 4,
                short(name)
            );
            let all: u64 = cells.iter().sum();
            for (column, &count) in cells.iter().enumerate() {
                let x = NAMES + CELL * column;
                let share = count as f64 / all.max(1) as f64;
                let ink = if share > 0.5 { "#fff" } else { "#1b1b1b" };
                *out += &format!(
                    "<rect x=\"{x}\" y=\"{y}\" width=\"{CELL}\" height=\"{CELL}\" fill=\"#1d4e89\" \
                     fill-opacity=\"{share:.3}\" stroke=\"#bbb\"/>\n"
                );
                if count > 0 {
                    *out += &format!(
                        "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\" fill=\"{ink}\">{count}</text>\n",
                        x + CELL / 2,
                        y + CELL / 2 + 4
                    );
                }
            }
        }
        *out += "</svg>\n";
    }

    /// The same numbers as a table.
    fn table(&self, out: &mut String) {
        *out += "<table class=\"list\">\n<caption>Labels down, proven classes across</caption>\n<thead><tr><td></td>";
        for name in &self.columns {
            *out += &format!("<th scope=\"col\"><bdi>{}</bdi></th>", escape(name));
        }
        *out += "</tr></thead>\n<tbody>\n";
        for (name, cells) in self.rows.iter().zip(&self.cells) {
            *out += &format!("<tr><th scope=\"row\"><bdi>{}</bdi></th>", escape(name));
            for count in cells {
                *out += &format!("<td>{count}</td>");
            }
            *out += "</tr>\n";
        }
        *out += "</tbody>\n</table>\n";
    }
}

/// The beginning of a name, escaped.
fn short(name: &str) -> String {
    let cut: String = name.chars().take(SHORT).collect();
    let dots = if cut.len() < name.len() { "…" } else { "" };
    escape(&cut) + dots
}

#[cfg(test)]
mod tests {
    use super::*;
    use duces_protocol::digest::Digest;

    fn measured(names: &[&str], counts: Counts) -> String {
        render(&Accuracy {
            origin: "<i>origin</i>".to_owned(),
            commitment: Digest([1; 32]),
            request: Digest([2; 32]),
            classifier: Digest([3; 32]),
            items: 9,
            record: None,
            opened: true,
            names: names.iter().map(|&name| name.to_owned()).collect(),
            counts,
        })
    }

    #[test]
    fn hostile_names_stay_text() {
        let mut confusion = Confusion::default();
        confusion.count(Some(0), 0);
        confusion.count(Some(1), 0);
        confusion.count(None, 1);
        let names = ["</text><script>x()</script>", "\u{202e}\" onload=\"x"];
        let page = measured(&names, Counts::Classes(confusion));
        for markup in ["<script", "<i>", "\u{202e}", "\" onload"] {
            assert!(!page.contains(markup), "{markup}");
        }
        assert!(page.contains("0 &lt;/text&gt;&lt;script") && page.contains("role=\"img\""));
        assert_eq!(page.matches("fill-opacity=\"0.500\"").count(), 2);
    }

    #[test]
    fn matches_are_plotted_too_and_many_classes_are_cut() {
        let mut table = Table::default();
        table.count(Some(true), true, 8);
        table.count(Some(false), true, 2);
        let page = measured(&[], Counts::Matches(table));
        assert!(page.contains("fill-opacity=\"0.800\"") && page.contains("80.00 %"));
        let mut confusion = Confusion::default();
        (0..100).for_each(|class| confusion.count(Some(class), class));
        let page = measured(&[], Counts::Classes(confusion));
        assert!(page.contains("and 60 more classes"));
        assert_eq!(page.matches("<rect").count(), 1600);
    }
}
