//! Rows and columns of a batch: pure geometry, which follows from the classifier and three stated
//! numbers (docs/protocol.md section 5.2, "Layout").
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
//! by side and `item_rows` rows; such a set of triples is a *group*; items are stacked in a group.
//! What depends on the row (tags, shifts) is the same in all triples.

mod blocks;
mod dimensions;

pub use blocks::{Block, RowKind};
pub use dimensions::{Dimensions, Width};

use crate::tables::{RANGE_BITS, Tables};
use duces_protocol::classifier::Shape;
use duces_protocol::digest::{Digest, TaggedHash};
use std::sync::Arc;
use thiserror::Error;

/// Rows at the end of every column that hold blinding values: `blinding_factors() + 1` of the
/// library for columns that are queried at no more than three points.
pub const BLINDING_ROWS: usize = 6;

/// Why there is no layout.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum LayoutError {
    /// A stated number lies outside its range.
    #[error("{name} is {value}, which is not from {least} to {most}")]
    Range {
        /// Which of the dimensions.
        name: &'static str,
        /// What was stated.
        value: u32,
        /// The least that it may be.
        least: u32,
        /// The most that it may be, given the dimensions before it.
        most: u32,
    },
    /// One item has more activations than the batch has room for.
    #[error("one item has {activations} activations, which do not fit a batch of {dimensions}")]
    TooNarrow {
        /// Activations of one item.
        activations: usize,
        /// The dimensions.
        dimensions: Dimensions,
    },
}

/// Rows and columns of a batch: see the module's documentation.
#[derive(Clone, Debug)]
pub struct Layout {
    dimensions: Dimensions,
    groups: usize,
    stack: usize,
    item_rows: usize,
    blocks: Vec<Block>,
    tables: Arc<Tables>,
}

impl Layout {
    /// The layout of these dimensions.
    ///
    /// # Errors
    /// When one item does not fit.
    pub fn new(classifier: &impl Shape, dimensions: Dimensions) -> Result<Self, LayoutError> {
        Self::with_tables(classifier, dimensions, Arc::new(Tables::new(classifier)))
    }

    /// The same, for a table that was made of the classifier before.
    pub(crate) fn with_tables(
        classifier: &impl Shape,
        dimensions: Dimensions,
        tables: Arc<Tables>,
    ) -> Result<Self, LayoutError> {
        let lanes = dimensions.lanes();
        let blocks = blocks::of(classifier, lanes);
        let item_rows = blocks.iter().map(|block| block.rows(lanes)).sum();
        let groups = dimensions.triples() / lanes;
        let stack = body_rows(dimensions.k(), groups)
            .checked_div(item_rows)
            .unwrap_or(0);
        if stack == 0 {
            return Err(LayoutError::TooNarrow {
                activations: classifier.activations(),
                dimensions,
            });
        }
        Ok(Self {
            dimensions,
            groups,
            stack,
            item_rows,
            blocks,
            tables,
        })
    }

    /// The narrowest width at which an item fits in some dimensions. The widest has room for every
    /// classifier that is within its limits (`limits::ITEM_ROWS` of the protocol's crate).
    #[must_use]
    pub fn narrowest(classifier: &impl Shape) -> Width {
        let tables = Arc::new(Tables::new(classifier));
        let fits =
            |dimensions| Self::with_tables(classifier, dimensions, Arc::clone(&tables)).is_ok();
        let [narrower @ .., widest] = Width::ALL;
        narrower
            .into_iter()
            .find(|&width| Dimensions::roomiest(width).any(fits))
            .unwrap_or(widest)
    }

    /// Items of a full batch.
    #[must_use]
    pub fn items_per_batch(&self) -> usize {
        self.groups * self.stack
    }

    /// What the layout was made for.
    #[must_use]
    pub fn dimensions(&self) -> Dimensions {
        self.dimensions
    }

    /// Binary logarithm of [`Self::rows`].
    #[must_use]
    pub fn k(&self) -> u32 {
        self.dimensions.k()
    }

    /// Rows of a column, blinding rows included.
    #[must_use]
    pub fn rows(&self) -> usize {
        1 << self.k()
    }

    /// Triples that an item takes.
    #[must_use]
    pub fn lanes(&self) -> usize {
        self.dimensions.lanes()
    }

    /// Sets of [`Self::lanes`] triples.
    #[must_use]
    pub fn groups(&self) -> usize {
        self.groups
    }

    /// Column triples in use.
    #[must_use]
    pub fn triples(&self) -> usize {
        self.groups * self.lanes()
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
        body_rows(self.k(), self.groups)
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
        let mut heads = self.blocks.iter().rev();
        heads
            .find(|block| block.splits.is_none())
            .map_or(0, |block| block.start)
    }

    /// The kind of every body row; rows past the last item have the kind of the first row.
    #[must_use]
    pub fn row_kinds(&self) -> Vec<RowKind> {
        let mut item = Vec::with_capacity(self.item_rows);
        for block in &self.blocks {
            item.extend(std::iter::repeat_n(block.kind, block.rows(self.lanes())));
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
            u64::from(self.dimensions.width().bits()),
            u64::from(self.k()),
            self.lanes() as u64,
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

/// `2^k` rows less those of the masks, of the end of the running sum, and for blinding.
fn body_rows(k: u32, groups: usize) -> usize {
    ((1usize << k) - BLINDING_ROWS - 1).saturating_sub(groups)
}

#[cfg(test)]
mod tests;
