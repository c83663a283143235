//! What was measured, as text and as JSON.

use super::{Accuracy, Confusion, Counts, Share, Table};
use crate::sample::source_sentence;
use duces_shell::one_line;
use serde::Serialize;

/// What no measurement shows.
pub(super) const NOT_SHOWN: &str = "Not shown: that the labels are right, and that whoever made them did not know \
    the answers.";

/// Classes whose cells and shares the text lists.
const LISTED: usize = 24;

/// The text form.
#[must_use]
pub fn text(accuracy: &Accuracy) -> String {
    let mut lines = vec![
        format!("Commitment    {}", accuracy.commitment),
        format!("Request       {}", accuracy.request),
        format!("Classifier    {}", accuracy.classifier),
        String::new(),
    ];
    match &accuracy.counts {
        Counts::Matches(table) => matches(&mut lines, table),
        Counts::Classes(confusion) => classes(&mut lines, accuracy, confusion),
    }
    lines.push(String::new());
    lines.extend(notes(accuracy));
    lines.join("\n")
}

fn matches(lines: &mut Vec<String>, table: &Table) {
    lines.push(format!(
        "{:<28} {:>12} {:>12}",
        "", "labelled yes", "labelled no"
    ));
    for (label, yes, no) in rows(table) {
        lines.push(format!("{label:<28} {yes:>12} {no:>12}"));
    }
    lines.push(String::new());
    lines.extend(table.shares().iter().map(share_line));
}

/// The rows of the table of matches: labelled yes, labelled no.
pub(super) fn rows(table: &Table) -> [(&'static str, u64, u64); 3] {
    [
        ("Proved to match", table.true_matches, table.false_matches),
        ("Proved not to match", table.missed, table.true_others),
        (
            "Without a decision",
            table.undecided_yes,
            table.undecided_no,
        ),
    ]
}

fn classes(lines: &mut Vec<String>, accuracy: &Accuracy, confusion: &Confusion) {
    let classes = confusion.classes();
    if classes.len() <= LISTED {
        let head = classes.iter().map(|class| format!("{class:>7}"));
        lines.push(format!(
            "{:<28}{}",
            "label, across: proven class",
            head.collect::<String>()
        ));
        for &label in &classes {
            let cells = classes.iter();
            let cells = cells.map(|&class| format!("{:>7}", confusion.cell(label, class)));
            let name: String = one_line(&accuracy.name(label)).chars().take(27).collect();
            lines.push(format!("{name:<28}{}", cells.collect::<String>()));
        }
    } else {
        lines.push(format!(
            "{} classes: the JSON report has the whole table",
            classes.len()
        ));
    }
    lines.push(String::new());
    lines.push(format!("With an answer    {}", confusion.decided()));
    lines.push(format!(
        "Without an answer {}",
        confusion.labelled() - confusion.decided()
    ));
    lines.push(String::new());
    lines.push(share_line(&confusion.accuracy()));
    for &class in classes.iter().take(LISTED) {
        lines.push(String::new());
        lines.push(format!(
            "class {}, against all others",
            one_line(&accuracy.name(class))
        ));
        let shares = confusion.against_others(class).shares();
        lines.extend(
            shares
                .iter()
                .skip(1)
                .map(|share| format!("  {}", share_line(share))),
        );
    }
    if classes.len() > LISTED {
        lines.push(format!(
            "and {} more: see the JSON report",
            classes.len() - LISTED
        ));
    }
}

/// What the figures rest on, in sentences.
pub(super) fn notes(accuracy: &Accuracy) -> Vec<String> {
    let mut notes = vec![match &accuracy.record {
        Some(record) => format!(
            "The {} labelled positions are those that the nonce {} draws from all {} for this \
             commitment and request. Documents and model were committed to before anybody could know the \
             draw: it hashes the root of the commitment and the request, which has the classifier, or the \
             commitments to its weights. The intervals hold for all positions with an answer if nobody \
             could choose the nonce. {}",
            accuracy.counts.labelled(),
            record.nonce,
            accuracy.items,
            source_sentence(&record.source)
        ),
        None => format!(
            "How the {} labelled positions were chosen was not checked (--record checks it). The \
             intervals hold for all positions with an answer only if they were drawn at random.",
            accuracy.counts.labelled()
        ),
    }];
    if accuracy.opened {
        notes.push(
            "Every opened file opens the file commitment of its position. That views were made from these \
             files, 'judge-verify audit' checks."
                .to_owned(),
        );
    }
    notes.push(
        "Positions without an answer are exceptions and items without the view; the shares leave them \
         out."
            .to_owned(),
    );
    notes.push(NOT_SHOWN.to_owned());
    notes
}

fn share_line(share: &Share) -> String {
    format!("{:<10} {:<55} ({})", share.name, value(share), share.about)
}

/// A share with its interval, in per cent.
pub(super) fn value(share: &Share) -> String {
    match share.value {
        Some([value, low, high]) => format!(
            "{:>6.2} %   {:.2} % to {:.2} % with 95 % confidence",
            value * 100.0,
            down(low),
            up(high)
        ),
        None => "not stated: no such position is labelled".to_owned(),
    }
}

/// A lower bound in per cent, rounded down to two digits.
fn down(share: f64) -> f64 {
    ((share * 10_000.0 + 1e-9).floor() / 100.0).max(0.0)
}

/// An upper bound in per cent, rounded up to two digits.
fn up(share: f64) -> f64 {
    ((share * 10_000.0 - 1e-9).ceil() / 100.0).min(100.0)
}

#[derive(Serialize)]
struct Json<'a> {
    format: &'static str,
    program: String,
    commitment: String,
    request: String,
    classifier: String,
    items: u64,
    labelled: u64,
    nonce: Option<String>,
    nonce_source: Option<String>,
    opened: bool,
    #[serde(flatten)]
    matches: Option<Matches>,
    #[serde(flatten)]
    classes: Option<Classes<'a>>,
    shares: Vec<JsonShare>,
}

#[derive(Serialize)]
struct Matches {
    true_matches: u64,
    false_matches: u64,
    missed: u64,
    true_others: u64,
    undecided_yes: u64,
    undecided_no: u64,
}

#[derive(Serialize)]
struct Classes<'a> {
    answered: u64,
    names: &'a [String],
    confusion: Vec<JsonCell>,
    classes: Vec<JsonClass>,
}

#[derive(Serialize)]
struct JsonCell {
    label: u32,
    class: u32,
    count: u64,
}

#[derive(Serialize)]
struct JsonClass {
    class: u32,
    unanswered: u64,
    shares: Vec<JsonShare>,
}

#[derive(Serialize)]
struct JsonShare {
    name: &'static str,
    value: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    confidence: f64,
}

impl From<&Share> for JsonShare {
    fn from(share: &Share) -> Self {
        Self {
            name: share.name,
            value: share.value.map(|[value, ..]| value),
            low: share.value.map(|[_, low, _]| low),
            high: share.value.map(|[.., high]| high),
            confidence: 0.95,
        }
    }
}

/// The JSON form.
#[must_use]
pub fn json(accuracy: &Accuracy) -> String {
    let (matches, classes, shares) = match &accuracy.counts {
        Counts::Matches(table) => {
            let shares = table.shares().iter().map(JsonShare::from).collect();
            (Some(json_matches(table)), None, shares)
        }
        Counts::Classes(confusion) => {
            let shares = vec![JsonShare::from(&confusion.accuracy())];
            (None, Some(json_classes(accuracy, confusion)), shares)
        }
    };
    let json = Json {
        format: "duces-accuracy-v1",
        program: format!("judge-verify {}", env!("CARGO_PKG_VERSION")),
        commitment: accuracy.commitment.to_string(),
        request: accuracy.request.to_string(),
        classifier: accuracy.classifier.to_string(),
        items: accuracy.items,
        labelled: accuracy.counts.labelled(),
        nonce: accuracy
            .record
            .as_ref()
            .map(|record| record.nonce.to_string()),
        nonce_source: accuracy
            .record
            .as_ref()
            .map(|record| record.source.to_string()),
        opened: accuracy.opened,
        matches,
        classes,
        shares,
    };
    let mut text = serde_json::to_string_pretty(&json).expect("a measurement is plain data");
    text.push('\n');
    text
}

fn json_matches(table: &Table) -> Matches {
    Matches {
        true_matches: table.true_matches,
        false_matches: table.false_matches,
        missed: table.missed,
        true_others: table.true_others,
        undecided_yes: table.undecided_yes,
        undecided_no: table.undecided_no,
    }
}

fn json_classes<'a>(accuracy: &'a Accuracy, confusion: &Confusion) -> Classes<'a> {
    let cell = |(label, class, count)| JsonCell {
        label,
        class,
        count,
    };
    let class = |class: u32| JsonClass {
        class,
        unanswered: confusion.undecided(class),
        shares: confusion
            .against_others(class)
            .shares()
            .iter()
            .map(JsonShare::from)
            .collect(),
    };
    Classes {
        answered: confusion.decided(),
        names: &accuracy.names,
        confusion: confusion.cells().map(cell).collect(),
        classes: confusion.classes().into_iter().map(class).collect(),
    }
}
