//! What a report lists: produced documents, and exceptions.

use duces_protocol::answers::Answer;
use duces_protocol::leaf::Status;
use duces_protocol::production::ledger::{Line, Outcome};
use duces_protocol::production::openings::Opening;
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
