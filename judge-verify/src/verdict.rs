//! Verdicts: what the judge's program can say, and of which check.

use crate::checks::Verified;
use std::fmt;

/// The numbered checks of docs/protocol.md section 7, in order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Check {
    /// Every file is there, is well formed, and nothing else is there.
    Decode,
    /// The ledger's leaves are the committed ones.
    Commitment,
    /// Request and production name this commitment, and the production this request.
    Binding,
    /// The layout and the keys follow from the request and a width of the list.
    Keys,
    /// Every position has exactly one disposition, and every batch that is due is there.
    Coverage,
    /// Every proof holds for the ledger's view commitments and match bits.
    Proofs,
    /// Every produced file opens its position, and matches.
    Openings,
    /// Every withheld item has an entry, and no other item has.
    Withholding,
    /// The list of digests and the load file say what the files say.
    Sums,
}

impl Check {
    /// All checks in order.
    pub const ALL: [Self; 9] = [
        Self::Decode,
        Self::Commitment,
        Self::Binding,
        Self::Keys,
        Self::Coverage,
        Self::Proofs,
        Self::Openings,
        Self::Withholding,
        Self::Sums,
    ];

    /// Its number, from 1.
    #[must_use]
    pub fn number(self) -> usize {
        1 + Self::ALL
            .iter()
            .position(|check| *check == self)
            .expect("ALL has every check")
    }

    /// Its name in reports and in the specification.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Decode => "decode",
            Self::Commitment => "commitment",
            Self::Binding => "binding",
            Self::Keys => "layout and keys",
            Self::Coverage => "coverage",
            Self::Proofs => "proofs",
            Self::Openings => "openings",
            Self::Withholding => "withholding",
            Self::Sums => "sums",
        }
    }

    /// What holds when it has passed, as a sentence for a report.
    #[must_use]
    pub fn claim(self) -> &'static str {
        match self {
            Self::Decode => "Every file of the production is there and well formed; no other is.",
            Self::Commitment => {
                "The ledger holds the committed items: all of them, in their order."
            }
            Self::Binding => "The production answers this request about this commitment.",
            Self::Keys => "The verifying keys were built here, from the request alone.",
            Self::Coverage => "Every item has exactly one disposition, and no proof is missing.",
            Self::Proofs => "Every item is cryptographically proved to match, or not to match.",
            Self::Openings => "Every produced file is the committed one, and matches the request.",
            Self::Withholding => "Every withheld item has an entry in the log, and no other has.",
            Self::Sums => "The list of digests and the load file agree with the files.",
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "check {} ({})", self.number(), self.name())
    }
}

/// What is wrong with a production, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// What is wrong: a clause without a full stop.
    pub what: String,
    /// The file, position or batch.
    pub place: String,
}

impl Fault {
    /// A fault at a place.
    pub fn new(place: impl Into<String>, what: impl fmt::Display) -> Self {
        Self {
            what: what.to_string(),
            place: place.into(),
        }
    }
}

/// Why nothing can be said about a production.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CannotRun {
    /// What happened.
    pub what: String,
    /// What to do about it.
    pub fix: String,
}

impl CannotRun {
    /// What happened and what to do.
    pub fn new(what: impl fmt::Display, fix: impl Into<String>) -> Self {
        Self {
            what: what.to_string(),
            fix: fix.into(),
        }
    }
}

/// How a check ends when it does not pass.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Failure {
    /// The production is at fault.
    Rejected(Fault),
    /// The check could not be made.
    CannotRun(CannotRun),
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Rejected(fault)
    }
}

impl From<CannotRun> for Failure {
    fn from(error: CannotRun) -> Self {
        Self::CannotRun(error)
    }
}

/// The outcome for a production.
pub enum Verdict {
    /// All nine checks passed. Holds what the last of them returned, so that it cannot be said
    /// without them.
    Verified(Box<Verified>),
    /// A check failed; those before it passed, those after it were not made.
    Rejected(Check, Fault),
    /// A check could not be made, so nothing is said about the production.
    NotChecked(Check, CannotRun),
}

impl Verdict {
    /// `VERIFIED`, `REJECTED` or `NOT CHECKED`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Verified(_) => "VERIFIED",
            Self::Rejected(..) => "REJECTED",
            Self::NotChecked(..) => "NOT CHECKED",
        }
    }
}
