//! What the reports say, in whatever form.

use crate::checks::{Counts, Outcome, Verdict};

/// What a verified production shows.
pub const SHOWN: &str = "For every item that the responding party committed to, before it knew \
    the request, exactly one of these holds: the item is cryptographically proved not to match the \
    request's classifier; it is proved to match, and the document itself was produced and checked \
    against the commitment; it is proved to match and withheld on a stated basis; or it is listed \
    as unreadable, or as having no view that the classifier reads. Of an item that is not \
    produced, nothing else was disclosed: the production shows which views it has and which items \
    belong together as a family, but no score, no content, no name, no size.";

/// What no report of this program shows.
pub const NOT_SHOWN: [&str; 4] = [
    "That the committed items are everything the responding party holds. Whether the collection \
     was complete is a question for testimony about custodians and sources.",
    "That the view of an undisclosed item was computed honestly from its file. The view was fixed \
     before the request was known. Opening a random sample in camera ('judge-verify sample') bounds \
     the share of false ones.",
    "That the classifier is a good definition of relevance. How much it overlooks (its recall, and \
     the elusion) is measured by sampling.",
    "That a privilege or exemption is valid. The log states the bases; the court decides on them.",
];

/// How many rows of a list the text and HTML forms show; the JSON form has them all.
pub(super) const ROWS: usize = 1_000;

/// Labels and numbers of the counts, in the order of reports. Where the production is not
/// verified, they are only what its ledger says, and the labels say so.
pub(super) fn count_rows(outcome: &Outcome, counts: &Counts) -> [(&'static str, u64); 7] {
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

/// The verdict in words.
pub struct Sentence {
    /// What is so: one sentence.
    pub what: String,
    /// What to do next.
    pub next: String,
}

/// The verdict as one sentence, and what to do next.
#[must_use]
pub fn sentence(outcome: &Outcome) -> Sentence {
    match &outcome.verdict {
        Verdict::Verified(_) => Sentence {
            what: "VERIFIED: all nine checks passed.".to_owned(),
            next: "Read what this does not show, below.".to_owned(),
        },
        Verdict::Rejected(check, fault) => Sentence {
            what: format!("REJECTED at {check}: {}: {}", fault.place, fault.what),
            next: "ask the responding party for a production that passes this check".to_owned(),
        },
        Verdict::NotChecked(check, error) => Sentence {
            what: format!("NOT CHECKED, stopped at {check}: {}", error.what),
            next: error.fix.clone(),
        },
    }
}
