//! Reports of an outcome, in three forms with the same content: [`text`] for the terminal,
//! [`json`] for programs, [`html`] for the file of the case.
//!
//! Names, logs and origins in a report were written by the parties: the text form escapes control
//! characters and marks of direction, the HTML form everything that is markup.

pub mod html;
pub mod json;
pub mod text;

use crate::checks::{Counts, Outcome};
use crate::verdict::Verdict;

/// What a verified production shows.
pub const SHOWN: &str = "For every item that the responding party committed to, before it knew \
    the request, exactly one of these holds: the item is cryptographically proved not to match the \
    request's classifier; it is proved to match, and the document itself was produced and checked \
    against the commitment; it is proved to match and withheld on a stated basis; or it is listed \
    as unreadable, or as having no view that the classifier reads. Of the items that are \
    not produced nothing else was disclosed: which views each has and how families of items belong \
    together can be seen, but no score, no content, no name, no size.";

/// What no report of this program shows.
pub const NOT_SHOWN: [&str; 4] = [
    "That the committed items are everything the responding party holds. Whether the collection \
     was complete is a question for testimony about custodians and sources.",
    "That the view of an undisclosed item was computed honestly from its file. It was fixed before \
     the request was known; opening a random sample in camera ('judge-verify sample') bounds how \
     many are false.",
    "That the classifier is a good definition of relevance. It finds what it finds; recall and \
     elusion are measured by sampling.",
    "That a privilege or exemption is valid. The log states the bases; the court decides on them.",
];

/// How many rows of a list the text and HTML forms show; the JSON form has them all.
const ROWS: usize = 1_000;

/// Labels and numbers of the counts, in the order of reports. Where the production is not
/// verified, they are what its ledger says, and the labels say so.
fn count_rows(outcome: &Outcome, counts: &Counts) -> [(&'static str, u64); 7] {
    let [responsive, not_responsive] = match outcome.verdict {
        Verdict::Verified(_) => [
            "Responsive (proved to match)",
            "Not responsive (proved not to match)",
        ],
        Verdict::Rejected(..) | Verdict::NotChecked(..) => {
            ["Listed as responsive", "Listed as not responsive"]
        }
    };
    [
        ("Committed items", counts.items),
        (responsive, counts.responsive),
        ("  produced", counts.produced),
        ("  withheld", counts.withheld),
        (not_responsive, counts.not_responsive),
        ("Unreadable (exceptions)", counts.exceptions),
        ("Without the view that the classifier reads", counts.no_view),
    ]
}

/// The verdict as one sentence, and what to do next.
#[must_use]
pub fn sentence(outcome: &Outcome) -> (String, String) {
    match &outcome.verdict {
        Verdict::Verified(_) => (
            "VERIFIED: all nine checks passed.".to_owned(),
            "Read what this does not show, below.".to_owned(),
        ),
        Verdict::Rejected(check, fault) => (
            format!("REJECTED at {check}: {}: {}", fault.place, fault.what),
            "ask the responding party for a production that passes this check".to_owned(),
        ),
        Verdict::NotChecked(check, error) => (
            format!("NOT CHECKED, stopped at {check}: {}", error.what),
            error.fix.clone(),
        ),
    }
}

/// The largest resident memory of this process in bytes, where the system tells (Linux).
#[must_use]
pub fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}
