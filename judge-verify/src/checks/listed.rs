//! What a report lists: produced and redacted documents, and exceptions.

use duces_protocol::answers::Answer;
use duces_protocol::leaf::Status;
use duces_protocol::production::ledger::{Line, Outcome};
use duces_protocol::production::openings::Opening;
use duces_protocol::production::withholding::Entry;
use serde::Serialize;

/// A position, as the ledger has it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Position {
    /// Its number.
    pub position: u64,
    /// What happened to it.
    pub outcome: Outcome,
    /// Item, page or exception.
    pub status: Status,
    /// The position that heads its family.
    pub family: u64,
    /// The class or the scores that are proved for it, where the request asks for them.
    pub answer: Option<Answer>,
}

/// An item that was unreadable when the commitment was made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Exception {
    /// Its position.
    pub position: u64,
    /// Why it was unreadable, in one word.
    pub reason: &'static str,
}

impl Exception {
    /// The exception of a line, if it is one.
    pub(super) fn of(line: &Line) -> Option<Self> {
        match line.status {
            Status::Exception(reason) => Some(Self {
                position: line.position,
                reason: reason.name(),
            }),
            Status::Item | Status::Page => None,
        }
    }
}

/// A produced document.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Produced {
    /// Its position.
    pub position: u64,
    /// Its Bates number.
    pub bates: String,
    /// The position that heads its family.
    pub family: u64,
    /// Whether it is no match, and came with its family.
    pub companion: bool,
}

impl Produced {
    /// An opening, and the line of its position.
    pub(super) fn new(opening: &Opening, line: &Line) -> Self {
        Self {
            position: opening.position,
            bates: opening.bates.to_string(),
            family: line.family,
            companion: !line.outcome.disposition.claims_match(),
        }
    }
}

/// What is produced in the place of a document of which parts are withheld.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Redacted {
    /// The position of the document.
    pub position: u64,
    /// The Bates number of the redaction.
    pub bates: String,
    /// The position that heads the document's family.
    pub family: u64,
    /// Whether the document is no match, and the redaction came with its family.
    pub companion: bool,
    /// How many pages are shown; of a text none.
    pub pages: u32,
    /// The digest that the ledger binds: of all that is shown, and of the bases.
    pub digest: String,
    /// What is withheld of it, in order.
    pub redactions: Vec<Redaction>,
}

/// One redaction.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Redaction {
    /// The privilege or exemption.
    pub basis: String,
    /// What the redacted part is.
    pub description: String,
}

impl Redaction {
    pub(super) fn new(entry: &Entry) -> Self {
        Self {
            basis: entry.basis.clone(),
            description: entry.description.clone(),
        }
    }
}

/// How many entries a log has.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct LogCounts {
    /// One for each item that is withheld as a whole.
    pub withheld: u64,
    /// One for each redaction.
    pub redactions: u64,
}
