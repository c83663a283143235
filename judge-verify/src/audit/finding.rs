//! What an audit finds: in the whole sample, and in each opened position.

use crate::fault::Fault;
use duces_protocol::audit::draw::{Nonce, Scope};
use duces_protocol::digest::Digest;
use std::fmt;

/// A check of an opened sample, by its number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum AuditCheck {
    /// The sample is what the nonce draws.
    Draw = 1,
    /// The folder is well formed and complete.
    Decode,
    /// The leaf leads to the root.
    Path,
    /// The file is the committed one.
    File,
    /// The file has the views that the leaf names.
    Views,
    /// The views are the committed ones.
    ViewCommitments,
    /// The file does not match.
    Decision,
}

impl fmt::Display for AuditCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Draw => "draw",
            Self::Decode => "decode",
            Self::Path => "path",
            Self::File => "file",
            Self::Views => "views",
            Self::ViewCommitments => "view commitments",
            Self::Decision => "decision",
        };
        write!(f, "audit check {} ({name})", *self as u8)
    }
}

/// What is wrong with one opened position.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ItemFault {
    /// The position.
    pub position: u64,
    /// The check that failed.
    pub check: AuditCheck,
    /// What is wrong: a clause.
    pub what: String,
}

/// What a reviewer found in the sample.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Review {
    /// How many of the drawn documents are relevant.
    pub relevant: u64,
}

/// What an audit found.
#[derive(Clone, Debug)]
pub struct Audit {
    /// Digest of the commitment.
    pub commitment: Digest,
    /// Digest of the request.
    pub request: Digest,
    /// The nonce.
    pub nonce: Nonce,
    /// What was drawn from.
    pub scope: Scope,
    /// How many positions that is.
    pub population: u64,
    /// How many were drawn.
    pub size: u64,
    /// Positions without a fault whose views were computed again.
    pub items: u64,
    /// Positions without a fault whose file is unreadable, as stated.
    pub exceptions: u64,
    /// Positions whose bytes could not be read when they were committed.
    pub without_bytes: u64,
    /// Positions without a fault whose file would read otherwise under another name, ascending.
    pub by_name: Vec<u64>,
    /// Positions with a fault, ascending.
    pub faults: Vec<ItemFault>,
    /// What the reviewer found, where that was given.
    pub review: Option<Review>,
}

impl Audit {
    /// Counts a position without a fault.
    pub(super) fn count(&mut self, position: u64, sound: Sound) {
        match sound.shown {
            Shown::Views => self.items += 1,
            Shown::Unreadable => self.exceptions += 1,
            Shown::NoBytes => self.without_bytes += 1,
        }
        if sound.name == NameEffect::ReadsOtherwise {
            self.by_name.push(position);
        }
    }
}

/// What the checks of one opened position found.
pub enum Finding {
    /// It opens as it was committed.
    Sound(Sound),
    /// It does not.
    Fault(ItemFault),
}

/// An opened position without a fault.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sound {
    /// What was opened.
    pub shown: Shown,
    /// Whether the name of its file matters.
    pub name: NameEffect,
}

/// What an opened position shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shown {
    /// A file, whose views were computed again.
    Views,
    /// A file that could not be read as a document, as its leaf states.
    Unreadable,
    /// Nothing: the bytes could not be read at all when the commitment was made.
    NoBytes,
}

/// What the name of a file, which no commitment binds, does to its reading.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NameEffect {
    /// The file reads alike under every name.
    None,
    /// Under another name the file would read otherwise.
    ReadsOtherwise,
}

/// The fault of a sample that is refused as a whole.
pub fn refused(check: AuditCheck, place: &dyn fmt::Display, what: &dyn fmt::Display) -> Fault {
    Fault::new(format!("refused at {check}: {place}"), what)
}
