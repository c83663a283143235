//! Leaves: what the commitment binds for each position (`[format-leaf]`).
//!
//! A leaf is `SHA-256(0x00 ‖ tag ‖ position ‖ status ‖ family ‖ file commitment ‖ views)`:
//!
//! | field | bytes |
//! |---|---|
//! | `0x00` | 1: a leaf, as [`crate::tree`] tells it from nodes and padding |
//! | tag `duces/leaf/v1` | 4 (length) + 13 |
//! | position | 8 |
//! | status: 0 for an item, 255 for a page, a [`Reason`] code for an exception | 1 |
//! | family | 8 |
//! | file commitment | 32 |
//! | rendition commitment, unless it is an exception | 32 |
//! | number of views | 4 |
//! | each view: name, byte length, commitment | 4 (length) + name, 8, 32 |
//!
//! Integers are little-endian. The name and byte length beside each `P` fix the shape of what it
//! commits to, so that vectors differing in trailing zeros are never confused.
//!
//! The leaf data are public once a production exists. They hide the document: the file commitment
//! and the rendition commitment are salted with 32 fresh bytes each, and a view commitment is
//! perfectly hiding.
//!
//! Not proved: that the rendition was made from the committed file, and the views from the rendition.
//! Of a produced item the judge computes both again; for the others the audit sample bounds it.

mod file;
mod suffix;

pub use file::{FileHasher, Salt, Source};
pub use suffix::Suffix;

use crate::bytes::{Malformed, Writer};
use crate::digest::Digest;
use crate::exceptions::Reason;
use crate::pedersen::ViewCommitment;
use crate::tree;
use crate::view::View;

const TAG: &str = "duces/leaf/v1";

/// Whether a position could be read, and as what.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Status {
    /// A file that was read; the leaf has every view that the profile names for its kind.
    Item,
    /// A page of a document, read as an image; likewise.
    Page,
    /// It was not read; the leaf has no rendition and no views.
    Exception(Reason),
}

const PAGE: u8 = 255;

impl Status {
    /// Whether it was read: an item or a page.
    #[must_use]
    pub fn is_read(self) -> bool {
        !matches!(self, Self::Exception(_))
    }

    /// The byte that stands for it: 0, 255 or a reason's code.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Item => 0,
            Self::Page => PAGE,
            Self::Exception(reason) => reason.code(),
        }
    }

    /// The status of a byte.
    ///
    /// # Errors
    /// When no status has this code.
    pub fn from_code(code: u8) -> Result<Self, Malformed> {
        match code {
            0 => Ok(Self::Item),
            PAGE => Ok(Self::Page),
            _ => Reason::from_code(code)
                .map(Self::Exception)
                .ok_or_else(|| Malformed::new(format!("{code} is not the code of a status"))),
        }
    }
}

/// The public data of one position.
///
/// Invariant: views are strictly ascending in the order of [`View`]; an exception has none, and no
/// rendition; everything else has one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LeafData {
    /// Item, page or exception.
    pub status: Status,
    /// The position that heads the item's family (the e-mail of an attachment); an item that
    /// stands alone names its own position. That the head names itself is checked where all leaves
    /// are at hand, in the ledger ([`crate::production::ledger`]).
    pub family: u64,
    /// Commitment to the file's bytes or to the page: see [`Salt::commit_file`] and
    /// [`Salt::commit_page`].
    pub file: Digest,
    /// Commitment to the rendition: see [`Salt::commit_rendition`].
    pub rendition: Option<Digest>,
    /// The commitments to its views.
    pub views: Vec<(View, ViewCommitment)>,
}

impl LeafData {
    /// Checks the invariant.
    ///
    /// # Errors
    /// When views are out of order or repeated, an exception has some or a rendition, or an item has
    /// no rendition.
    pub fn check(&self) -> Result<(), Malformed> {
        if !self.views.windows(2).all(|pair| pair[0].0 < pair[1].0) {
            return Err(Malformed::new(
                "the views of a leaf are not in ascending order",
            ));
        }
        if !self.status.is_read() && !self.views.is_empty() {
            return Err(Malformed::new("an exception has a view"));
        }
        if self.status.is_read() != self.rendition.is_some() {
            return Err(Malformed::new(
                "an exception has a rendition, or an item has none",
            ));
        }
        Ok(())
    }

    /// The commitment to one view, if the item has it.
    #[must_use]
    pub fn view(&self, view: View) -> Option<ViewCommitment> {
        self.views
            .iter()
            .find(|(name, _)| *name == view)
            .map(|(_, commitment)| *commitment)
    }

    /// The leaf at `position`.
    #[must_use]
    pub fn hash(&self, position: u64) -> Digest {
        let views = self
            .views
            .iter()
            .map(|(view, point)| (*view, point.to_bytes()));
        LeafFields {
            status: self.status,
            family: self.family,
            file: self.file,
            rendition: self.rendition,
        }
        .hash(position, views)
    }
}

/// The fields of a leaf before its views, for who holds commitments as bytes.
#[derive(Clone, Copy, Debug)]
pub struct LeafFields {
    /// See [`LeafData::status`].
    pub status: Status,
    /// See [`LeafData::family`].
    pub family: u64,
    /// See [`LeafData::file`].
    pub file: Digest,
    /// See [`LeafData::rendition`].
    pub rendition: Option<Digest>,
}

impl LeafFields {
    /// The leaf at `position` with these views and their compressed commitments, ascending.
    #[must_use]
    pub fn hash(
        &self,
        position: u64,
        views: impl ExactSizeIterator<Item = (View, [u8; 32])>,
    ) -> Digest {
        let mut out = Writer::new();
        out.string(TAG)
            .u64(position)
            .u8(self.status.code())
            .u64(self.family);
        out.raw(&self.file.0);
        if let Some(rendition) = &self.rendition {
            out.raw(&rendition.0);
        }
        out.length(views.len());
        for (view, commitment) in views {
            out.string(&view.to_string()).u64(view.byte_len() as u64);
            out.raw(&commitment);
        }
        tree::hash_leaf(&out.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pedersen::{Committer, Generators, ViewBlind};

    fn commitment(byte: u8) -> ViewCommitment {
        Committer::new(&Generators::derive(1), 1).commit(&[byte], &ViewBlind::random())
    }

    fn view(name: &str) -> View {
        name.parse().unwrap()
    }

    #[test]
    fn every_field_is_bound() {
        let base = LeafData {
            status: Status::Item,
            family: 3,
            file: Digest([1; 32]),
            rendition: Some(Digest([2; 32])),
            views: vec![
                (view("gray-4x4"), commitment(1)),
                (view("text-hash-8"), commitment(2)),
            ],
        };
        base.check().unwrap();
        let changes: [fn(&mut LeafData); 10] = [
            |leaf| leaf.status = Status::Exception(Reason::Damaged),
            |leaf| leaf.family = 4,
            |leaf| leaf.status = Status::Page,
            |leaf| leaf.file.0[31] ^= 1,
            |leaf| leaf.rendition = Some(Digest([3; 32])),
            |leaf| leaf.rendition = None,
            |leaf| leaf.views[0].0 = view("gray-2x8"),
            |leaf| leaf.views[0].0 = view("gray-4x5"),
            |leaf| leaf.views[0].1 = leaf.views[1].1,
            |leaf| {
                leaf.views.pop();
            },
        ];
        let mut seen = vec![base.hash(3), base.hash(4)];
        for change in changes {
            let mut other = base.clone();
            change(&mut other);
            seen.push(other.hash(3));
        }
        let count = seen.len();
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), count);
    }

    #[test]
    fn order_and_exceptions_are_checked() {
        let mut leaf = LeafData {
            status: Status::Item,
            family: 0,
            file: Digest([0; 32]),
            rendition: Some(Digest([2; 32])),
            views: vec![
                (view("text-hash-8"), commitment(1)),
                (view("gray-4x4"), commitment(2)),
            ],
        };
        assert!(leaf.check().is_err());
        leaf.views.swap(0, 1);
        leaf.check().unwrap();
        leaf.views[1] = leaf.views[0];
        assert!(leaf.check().is_err());
        leaf.views.pop();
        leaf.status = Status::Exception(Reason::Empty);
        assert!(leaf.check().is_err());
        leaf.views.clear();
        assert!(leaf.check().is_err());
        leaf.rendition = None;
        leaf.check().unwrap();
        leaf.status = Status::Page;
        assert!(leaf.check().is_err());
    }

    #[test]
    fn status_codes_round_trip() {
        let last = Reason::ALL.len() as u8;
        for code in (0..=last).chain([PAGE]) {
            assert_eq!(Status::from_code(code).unwrap().code(), code);
        }
        for code in last + 1..PAGE {
            assert!(Status::from_code(code).is_err());
        }
    }
}
