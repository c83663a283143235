//! What was measured, as text and as JSON.

use super::{Accuracy, Share};
use serde::Serialize;

/// What no measurement shows.
const NOT_SHOWN: &str = "Not shown: that the labels are right, and that whoever made them did not know \
    the decisions.";

/// The text form.
#[must_use]
pub fn text(accuracy: &Accuracy) -> String {
    let table = &accuracy.table;
    let mut lines = vec![
        format!("Commitment    {}", accuracy.commitment),
        format!("Request       {}", accuracy.request),
        format!("Classifier    {}", accuracy.classifier),
        String::new(),
        format!("{:<28} {:>12} {:>12}", "", "labelled yes", "labelled no"),
    ];
    for (label, yes, no) in [
        ("Proved to match", table.true_matches, table.false_matches),
        ("Proved not to match", table.missed, table.true_others),
        (
            "Without a decision",
            table.undecided_yes,
            table.undecided_no,
        ),
    ] {
        lines.push(format!("{label:<28} {yes:>12} {no:>12}"));
    }
    lines.push(String::new());
    for share in table.shares() {
        lines.push(share_line(&share));
    }
    lines.push(String::new());
    lines.push(match accuracy.nonce {
        Some(nonce) => format!(
            "The {} labelled positions are those that the nonce {nonce} draws from all {} for this \
             commitment and request. The intervals hold for all positions with a decision if nobody \
             could choose the nonce.",
            table.labelled(),
            accuracy.items
        ),
        None => format!(
            "How the {} labelled positions were chosen was not checked (--nonce checks it). The \
             intervals hold for all positions with a decision only if they were drawn at random.",
            table.labelled()
        ),
    });
    lines.push(
        "Positions without a decision are exceptions and items without the view; the shares leave them \
         out."
            .to_owned(),
    );
    lines.push(NOT_SHOWN.to_owned());
    lines.join("\n")
}

fn share_line(share: &Share) -> String {
    let Share { name, about, value } = share;
    match value {
        Some([value, low, high]) => format!(
            "{name:<10} {:>7.2} %   {:.2} % to {:.2} % with 95 % confidence   ({about})",
            value * 100.0,
            down(*low),
            up(*high)
        ),
        None => format!("{name:<10} not stated: no such position is labelled   ({about})"),
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
struct Json {
    format: &'static str,
    program: String,
    commitment: String,
    request: String,
    classifier: String,
    items: u64,
    labelled: u64,
    nonce: Option<String>,
    true_matches: u64,
    false_matches: u64,
    missed: u64,
    true_others: u64,
    undecided_yes: u64,
    undecided_no: u64,
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

/// The JSON form.
#[must_use]
pub fn json(accuracy: &Accuracy) -> String {
    let table = &accuracy.table;
    let shares = table.shares().into_iter().map(|share| JsonShare {
        name: share.name,
        value: share.value.map(|[value, ..]| value),
        low: share.value.map(|[_, low, _]| low),
        high: share.value.map(|[.., high]| high),
        confidence: 0.95,
    });
    let json = Json {
        format: "duces-accuracy-v1",
        program: format!("judge-verify {}", env!("CARGO_PKG_VERSION")),
        commitment: accuracy.commitment.to_string(),
        request: accuracy.request.to_string(),
        classifier: accuracy.classifier.to_string(),
        items: accuracy.items,
        labelled: table.labelled(),
        nonce: accuracy.nonce.map(|nonce| nonce.to_string()),
        true_matches: table.true_matches,
        false_matches: table.false_matches,
        missed: table.missed,
        true_others: table.true_others,
        undecided_yes: table.undecided_yes,
        undecided_no: table.undecided_no,
        shares: shares.collect(),
    };
    let mut text = serde_json::to_string_pretty(&json).expect("a measurement is plain data");
    text.push('\n');
    text
}
