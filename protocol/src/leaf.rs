//! Leaves: what the commitment binds for each position (`[format-leaf]`).
//!
//! A leaf is `SHA-256(0x00 ‖ tag ‖ position ‖ status ‖ family ‖ file commitment ‖ views)`:
//!
//! | field | bytes |
//! |---|---|
//! | `0x00` | 1: a leaf, as [`crate::tree`] tells it from nodes and padding |
//! | tag `duces/leaf/v1` | 4 (length) + 13 |
//! | position | 8 |
//! | status: 0 for an item, a [`Reason`] code for an exception | 1 |
//! | family | 8 |
//! | file commitment | 32 |
//! | number of views | 4 |
//! | each view: name, byte length, commitment | 4 (length) + name, 8, 32 |
//!
//! Integers are little-endian. The name and byte length beside each `P` fix the shape of what it
//! commits to, so that vectors differing in trailing zeros are never confused.
//!
//! The leaf data are public once a production exists. They hide the document: the file commitment
//! is salted with 32 fresh bytes, and a view commitment is perfectly hiding.
//!
//! Not proved: that the views were computed from the committed file. A produced item is recomputed
//! by the judge; for the others the audit sample bounds it.

mod file;

pub use file::{FileHasher, FileSalt};

use crate::bytes::{Malformed, Writer};
use crate::digest::Digest;
use crate::exceptions::Reason;
use crate::pedersen::ViewCommitment;
use crate::tree;
use crate::view::View;

const TAG: &str = "duces/leaf/v1";

/// Whether the file of a position could be read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Status {
    /// It was read; the leaf has every view that the profile names for its kind.
    Item,
    /// It was not read; the leaf has no views.
    Exception(Reason),
}

impl Status {
    /// The byte that stands for it: 0 or a reason's code.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Item => 0,
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
            _ => Reason::from_code(code)
                .map(Self::Exception)
                .ok_or_else(|| Malformed::new(format!("{code} is not the code of a status"))),
        }
    }
}

/// The public data of one position.
///
/// Invariant: views are strictly ascending in the order of [`View`], and an exception has none.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LeafData {
    /// Item or exception.
    pub status: Status,
    /// The position that heads the item's family (the e-mail of an attachment); an item that
    /// stands alone names its own position. That the head is an item that names itself is checked
    /// where all leaves are at hand, in the ledger ([`crate::production::ledger`]).
    pub family: u64,
    /// Commitment to the file's bytes: see [`FileSalt::commit`].
    pub file: Digest,
    /// The commitments to its views.
    pub views: Vec<(View, ViewCommitment)>,
}

impl LeafData {
    /// Checks the invariant.
    ///
    /// # Errors
    /// When views are out of order or repeated, or an exception has some.
    pub fn check(&self) -> Result<(), Malformed> {
        if !self.views.windows(2).all(|pair| pair[0].0 < pair[1].0) {
            return Err(Malformed::new(
                "the views of a leaf are not in ascending order",
            ));
        }
        if self.status != Status::Item && !self.views.is_empty() {
            return Err(Malformed::new("an exception has a view"));
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
        let mut out = Writer::new();
        out.string(TAG)
            .u64(position)
            .u8(self.status.code())
            .u64(self.family);
        out.raw(&self.file.0).length(self.views.len());
        for (view, commitment) in &self.views {
            out.string(&view.to_string()).u64(view.byte_len() as u64);
            out.raw(&commitment.to_bytes());
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
            views: vec![
                (view("gray-4x4"), commitment(1)),
                (view("text-hash-8"), commitment(2)),
            ],
        };
        base.check().unwrap();
        let changes: [fn(&mut LeafData); 7] = [
            |leaf| leaf.status = Status::Exception(Reason::Damaged),
            |leaf| leaf.family = 4,
            |leaf| leaf.file.0[31] ^= 1,
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
        leaf.check().unwrap();
    }

    #[test]
    fn status_codes_round_trip() {
        for code in 0..=8 {
            assert_eq!(Status::from_code(code).unwrap().code(), code);
        }
        assert!(Status::from_code(9).is_err());
    }
}
