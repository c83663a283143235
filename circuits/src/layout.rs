//! Rows and columns of a batch: a function of the classifier and the batch width alone.
//!
//! ```text
//!  row          mask  q r z | q r z | …   multiplicities   running sum
//!  0 … C-1       m_c                                       Horner over the groups' masks
//!  C …                item 0   item 0'  …  table entries   + lookups + linear relations
//!                     item 1   item 1'
//!                     …
//!  C + A                                                   0
//! ```
//!
//! A *column triple* `(q, r, z)` holds one activation a row. An item takes `lanes` triples side
//! by side (one, unless it is long) and `item_rows` rows; such a set of triples is a *group*;
//! items are stacked in a group. What depends on the row (tags, shifts) is the same in all
//! triples.

mod width;

pub use width::Width;

use crate::tables::{Part, RANGE_BITS, Tables, limbs};
use crate::work::Work;
use duces_protocol::classifier::Classifier;
use duces_protocol::digest::{Digest, TaggedHash};
use std::sync::Arc;
use thiserror::Error;

/// Rows at the end of every column that hold blinding values: `blinding_factors() + 1` of the
/// library for columns that are queried at no more than three points.
pub const BLINDING_ROWS: usize = 6;

/// Sizes of a column, as powers of two. The judge hashes as many generators.
const COLUMN_BITS: std::ops::RangeInclusive<u32> = 11..=14;

/// Why a classifier has no layout at a width.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum LayoutError {
    /// One item has more activations than the batch has room for.
    #[error("one item has {activations} activations, which do not fit a batch of width {width}")]
    TooNarrow {
        /// Activations of one item.
        activations: usize,
        /// The width.
        width: Width,
    },
}

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

/// Rows and columns of a batch: see the module's documentation.
#[derive(Clone, Debug)]
pub struct Layout {
    width: Width,
    k: u32,
    lanes: usize,
    groups: usize,
    stack: usize,
    item_rows: usize,
    blocks: Vec<Block>,
    tables: Arc<Tables>,
}

impl Layout {
    /// Chooses column size and lanes for the least proving cost an item.
    ///
    /// # Errors
    /// When one item does not fit.
    pub fn new(classifier: &Classifier, width: Width) -> Result<Self, LayoutError> {
        let tables = Arc::new(Tables::new(classifier));
        let mut best: Option<(u128, Self)> = None;
        for k in COLUMN_BITS {
            let Some(triples) = 1usize.checked_shl(width.bits().wrapping_sub(k)) else {
                continue;
            };
            if width.bits() < k {
                continue;
            }
            for lanes in 1..=triples {
                let blocks = blocks(classifier, lanes);
                let item_rows = blocks.last().map_or(0, |b| b.start + b.len.div_ceil(lanes));
                let groups = triples / lanes;
                let stack = (body_rows(k, groups)) / item_rows;
                if stack == 0 {
                    continue;
                }
                let layout = Self {
                    width,
                    k,
                    lanes,
                    groups,
                    stack,
                    item_rows,
                    blocks,
                    tables: Arc::clone(&tables),
                };
                let cost = layout.cost();
                if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                    best = Some((cost, layout));
                }
                // More lanes only pay while an item does not fit one column.
                if lanes >= 4 {
                    break;
                }
            }
        }
        best.map(|(_, layout)| layout)
            .ok_or(LayoutError::TooNarrow {
                activations: classifier.activations(),
                width,
            })
    }

    /// Proving cost an item, and a term for the bytes of the proof: a byte is worth as much as
    /// 4,000 multiplications.
    fn cost(&self) -> u128 {
        let work = Work::of_batch(self).weight();
        let bytes = 220 * self.triples() + 64 * self.groups();
        let total = u128::from(work) + 40_000 * bytes as u128;
        total * 1000 / self.items_per_batch() as u128
    }

    /// Items of a full batch.
    #[must_use]
    pub fn items_per_batch(&self) -> usize {
        self.groups * self.stack
    }

    /// The width that the layout was made for.
    #[must_use]
    pub fn width(&self) -> Width {
        self.width
    }

    /// Binary logarithm of [`Self::rows`].
    #[must_use]
    pub fn k(&self) -> u32 {
        self.k
    }

    /// Rows of a column, blinding rows included.
    #[must_use]
    pub fn rows(&self) -> usize {
        1 << self.k
    }

    /// Triples that an item takes.
    #[must_use]
    pub fn lanes(&self) -> usize {
        self.lanes
    }

    /// Sets of [`Self::lanes`] triples.
    #[must_use]
    pub fn groups(&self) -> usize {
        self.groups
    }

    /// Column triples.
    #[must_use]
    pub fn triples(&self) -> usize {
        self.groups * self.lanes
    }

    /// Items stacked in a group.
    #[must_use]
    pub fn stack(&self) -> usize {
        self.stack
    }

    /// Rows of one item.
    #[must_use]
    pub fn item_rows(&self) -> usize {
        self.item_rows
    }

    /// The blocks of an item's rows.
    #[must_use]
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// The lookup table.
    #[must_use]
    pub fn tables(&self) -> &Tables {
        &self.tables
    }

    /// Columns that the lookup table takes.
    #[must_use]
    pub fn table_columns(&self) -> usize {
        self.tables.entries().len().div_ceil(self.body_rows())
    }

    /// First row after the masks.
    #[must_use]
    pub fn body_start(&self) -> usize {
        self.groups
    }

    /// Rows between the masks and the end of the running sum.
    #[must_use]
    pub fn body_rows(&self) -> usize {
        body_rows(self.k, self.groups)
    }

    /// The row where the running sum must be zero.
    #[must_use]
    pub fn end_row(&self) -> usize {
        self.body_start() + self.body_rows()
    }

    /// Group and place in the stack of the batch's item `i`.
    #[must_use]
    pub fn place(&self, i: usize) -> (usize, usize) {
        (i % self.groups, i / self.groups)
    }

    /// First row of the items at place `b` of the stack.
    #[must_use]
    pub fn item_start(&self, b: usize) -> usize {
        self.body_start() + b * self.item_rows
    }

    /// The row of an item, in its first lane, whose `z` is the decision.
    #[must_use]
    pub fn decision(&self) -> usize {
        let heads = self
            .blocks
            .iter()
            .rev()
            .find(|block| block.splits.is_none());
        heads.map_or(0, |block| block.start)
    }

    /// The kind of every body row; rows past the last item have the kind of the first row.
    #[must_use]
    pub fn row_kinds(&self) -> Vec<RowKind> {
        let mut item = Vec::with_capacity(self.item_rows);
        for block in &self.blocks {
            item.extend(std::iter::repeat_n(
                block.kind,
                block.len.div_ceil(self.lanes),
            ));
        }
        let mut kinds: Vec<RowKind> = item
            .iter()
            .copied()
            .cycle()
            .take(self.stack * self.item_rows)
            .collect();
        kinds.resize(self.body_rows(), item[0]);
        kinds
    }

    /// Digest of everything that the layout fixes.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut hash = TaggedHash::new("duces/layout/v1");
        for number in [
            u64::from(self.width.bits()),
            u64::from(self.k),
            self.lanes as u64,
            self.groups as u64,
            self.stack as u64,
            self.item_rows as u64,
            self.tables.entries().len() as u64,
            u64::from(RANGE_BITS),
        ] {
            hash = hash.number(number);
        }
        hash.finish()
    }
}

fn body_rows(k: u32, groups: usize) -> usize {
    ((1usize << k) - BLINDING_ROWS - 1).saturating_sub(groups)
}

/// The blocks of an item: for each pointwise node one for quotients and first limbs, then one for
/// every further pair of limbs.
fn blocks(classifier: &Classifier, lanes: usize) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut start = 0;
    for (node, (value, pointwise)) in classifier.pointwise().enumerate() {
        let len = classifier.len_of(value);
        let limbs = limbs(pointwise.shift);
        let mut shift = pointwise.shift;
        let mut push = |kind, splits: Option<u8>| {
            blocks.push(Block {
                start,
                len,
                kind,
                node,
                splits,
            });
            start += len.div_ceil(lanes);
        };
        let quotient_shift = shift;
        shift -= limbs[0];
        push(
            RowKind {
                quotient: Part::Function(pointwise.table),
                remainder: Part::Range(limbs[0]),
                quotient_shift,
                remainder_shift: shift,
            },
            None,
        );
        for pair in limbs[1..].chunks_exact(2) {
            let splits = Some(shift);
            let quotient_shift = shift - pair[0];
            shift = quotient_shift - pair[1];
            push(
                RowKind {
                    quotient: Part::Range(pair[0]),
                    remainder: Part::Range(pair[1]),
                    quotient_shift,
                    remainder_shift: shift,
                },
                splits,
            );
        }
    }
    blocks
}
