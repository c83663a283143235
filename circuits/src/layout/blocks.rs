//! The rows of one item.

use crate::tables::{Part, limbs};
use duces_protocol::classifier::Shape;

/// What a row of an item is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RowKind {
    /// What `(q, z)` is looked up in.
    pub quotient: Part,
    /// What `r` is looked up in.
    pub remainder: Part,
    /// `q` counts `2^quotient_shift` times in the pre-activation.
    pub quotient_shift: u8,
    /// `r` counts `2^remainder_shift` times in the pre-activation.
    pub remainder_shift: u8,
}

/// A run of rows of one kind for the elements of one pointwise node: element `i` is at row
/// `start + i / lanes`, lane `i % lanes`.
#[derive(Clone, Copy, Debug)]
pub struct Block {
    /// First row within the item.
    pub start: usize,
    /// Elements of the node.
    pub len: usize,
    /// What the rows are.
    pub kind: RowKind,
    /// Which pointwise node, in order.
    pub node: usize,
    /// `None` where `z` is the activation's output; in a block of further limbs, the bits of the
    /// remainder that it splits.
    pub splits: Option<u8>,
}

impl Block {
    /// How many rows it takes.
    #[must_use]
    pub fn rows(&self, lanes: usize) -> usize {
        self.len.div_ceil(lanes)
    }

    /// How many of them hold an element in this lane: the elements `lane`, `lane + lanes`, ….
    #[must_use]
    pub fn rows_of(&self, lane: usize, lanes: usize) -> usize {
        self.len.saturating_sub(lane).div_ceil(lanes)
    }
}

/// The blocks of an item: for each pointwise node one for quotients and first limbs, then one for
/// every further pair of limbs.
pub(super) fn of(classifier: &impl Shape, lanes: usize) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut start = 0;
    for (node, (value, pointwise)) in classifier.pointwise().enumerate() {
        let len = classifier.len_of(value);
        for (kind, splits) in rows(pointwise.table, pointwise.shift) {
            let block = Block {
                start,
                len,
                kind,
                node,
                splits,
            };
            start += block.rows(lanes);
            blocks.push(block);
        }
    }
    blocks
}

/// The kinds of rows that an activation takes, and the bits of the remainder that each splits.
fn rows(table: u32, shift: u8) -> Vec<(RowKind, Option<u8>)> {
    let limbs = limbs(shift);
    let mut rest = shift - limbs[0];
    let head = RowKind {
        quotient: Part::Function(table),
        remainder: Part::Range(limbs[0]),
        quotient_shift: shift,
        remainder_shift: rest,
    };
    let mut rows = vec![(head, None)];
    for pair in limbs[1..].chunks_exact(2) {
        let splits = rest;
        rest -= pair[0] + pair[1];
        let kind = RowKind {
            quotient: Part::Range(pair[0]),
            remainder: Part::Range(pair[1]),
            quotient_shift: splits - pair[0],
            remainder_shift: rest,
        };
        rows.push((kind, Some(splits)));
    }
    rows
}
