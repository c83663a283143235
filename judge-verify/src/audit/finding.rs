//! What an audit finds: in the whole sample, and in each opened position.

use crate::extractor::NotCompared;
use crate::fault::Fault;
use duces_protocol::audit::nonce::{Nonce, Source};
use duces_protocol::audit::record::Stratum;
use duces_protocol::digest::Digest;
use std::collections::BTreeMap;
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
    /// The rendition is the committed one.
    Rendition,
    /// The rendition has the views that the leaf names.
    Views,
    /// The views are the committed ones.
    ViewCommitments,
    /// The extractor makes the rendition of the file.
    Extraction,
    /// The decision is the one that the ledger states.
    Decision,
}

impl fmt::Display for AuditCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Draw => "draw",
            Self::Decode => "decode",
            Self::Path => "path",
            Self::File => "file",
            Self::Rendition => "rendition",
            Self::Views => "views",
            Self::ViewCommitments => "view commitments",
            Self::Extraction => "extraction",
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

/// What was found at some positions.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    /// How many they are.
    pub size: u64,
    /// Items that were computed again from their file, without a fault.
    pub items: u64,
    /// Pages that were computed again from their document, without a fault.
    pub pages: u64,
    /// Positions of which the extractor states the same reason as their leaf.
    pub exceptions: u64,
    /// Positions without a fault of which not everything could be checked, by reason.
    pub unverifiable: BTreeMap<Unverifiable, u64>,
    /// Positions with a fault.
    pub faults: u64,
}

impl Tally {
    fn count(&mut self, finding: &Finding) {
        self.size += 1;
        match finding {
            Finding::Sound(Shown::Item) => self.items += 1,
            Finding::Sound(Shown::Page) => self.pages += 1,
            Finding::Sound(Shown::Unreadable) => self.exceptions += 1,
            Finding::Unverifiable(why) => *self.unverifiable.entry(*why).or_default() += 1,
            Finding::Fault(_) => self.faults += 1,
        }
    }

    /// Positions of which not everything could be checked.
    #[must_use]
    pub fn unverifiable(&self) -> u64 {
        self.unverifiable.values().sum()
    }

    /// Positions that were checked in full.
    #[must_use]
    pub fn checked(&self) -> u64 {
        self.size - self.unverifiable()
    }
}

/// One draw of the sample, and what was found in it.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// What was drawn from, and how much.
    pub stratum: Stratum,
    /// The positions, ascending.
    pub positions: Vec<u64>,
    /// What was found.
    pub tally: Tally,
}

/// How decisions were compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Decisions {
    /// With what the ledger states.
    Compared,
    /// Not: no production was given.
    NoProduction,
    /// Not: the classifier is sealed.
    Sealed,
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
    /// Where it comes from.
    pub source: Source,
    /// The draws.
    pub strata: Vec<Drawn>,
    /// What was found in all of them together; a position that was drawn twice counts once.
    pub tally: Tally,
    /// Positions without a fault of which not everything could be checked, ascending, and why.
    pub unverifiable: Vec<(u64, Unverifiable)>,
    /// Positions with a fault, ascending.
    pub faults: Vec<ItemFault>,
    /// What is said of the extractor: a clause.
    pub extractor: String,
    /// What the reviewer found, where that was given.
    pub review: Option<Review>,
    /// How decisions were compared.
    pub decisions: Decisions,
}

impl Audit {
    /// Counts what was found at a position.
    pub(super) fn count(&mut self, position: u64, finding: Finding) {
        self.tally.count(&finding);
        for drawn in &mut self.strata {
            if drawn.positions.binary_search(&position).is_ok() {
                drawn.tally.count(&finding);
            }
        }
        match finding {
            Finding::Sound(_) => {}
            Finding::Unverifiable(why) => self.unverifiable.push((position, why)),
            Finding::Fault(fault) => self.faults.push(fault),
        }
    }
}

/// What the checks of one opened position found.
#[derive(Debug)]
pub enum Finding {
    /// It opens as it was committed.
    Sound(Shown),
    /// Nothing is wrong, but not everything could be checked.
    Unverifiable(Unverifiable),
    /// It does not open as it was committed.
    Fault(ItemFault),
}

/// What an opened position shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shown {
    /// A file, whose rendition and views were computed again.
    Item,
    /// A page, likewise.
    Page,
    /// A file of which there is no rendition, for the reason that its leaf states.
    Unreadable,
}

/// Why not everything could be checked at a position.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Unverifiable {
    /// It had no bytes of its own when it was committed.
    NoBytes,
    /// It is an exception for a limit that counts over its family.
    Limit,
    /// It is an exception because a list of known files has its digest.
    Excluded,
    /// The reader did not end in time, here or when it was committed.
    Time,
    /// Without the end of its name, which nothing shows, the file reads otherwise.
    Name,
    /// The file was not read again.
    NotRead(NotCompared),
}

impl Unverifiable {
    /// Its words in reports.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::NoBytes => "no bytes when committed: nothing to open",
            Self::Limit => "a limit that counts over its family",
            Self::Excluded => "excluded by a list of known files",
            Self::Time => "its reader did not end in time",
            Self::Name => "read by its name alone: without it the file reads otherwise",
            Self::NotRead(why) => why.words(),
        }
    }
}

/// The fault of a sample that is refused as a whole.
pub fn refused(check: AuditCheck, place: &dyn fmt::Display, what: &dyn fmt::Display) -> Fault {
    Fault::new(format!("refused at {check}: {place}"), what)
}
