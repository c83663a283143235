//! The batching rule: which positions are proved together.
//!
//! The *provable positions* are, in ascending order, the positions whose leaf is a readable item
//! that carries the request's view. With `c` items in a batch, batch `i` covers the provable
//! positions number `i·c .. min((i + 1)·c, total)`. Batches follow from ledger, classifier and
//! width; nothing about them is chosen.

use std::ops::Range;

/// How the provable positions of one production are cut into batches.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Batches {
    provable: u64,
    per_batch: u64,
}

impl Batches {
    /// The batches of `provable` positions, `per_batch` in each but the last.
    ///
    /// # Panics
    /// When `per_batch` is zero: a layout holds at least one item.
    #[must_use]
    pub fn new(provable: u64, per_batch: usize) -> Self {
        assert!(per_batch > 0, "a layout holds at least one item");
        Self {
            provable,
            per_batch: per_batch as u64,
        }
    }

    /// Number of provable positions.
    #[must_use]
    pub fn provable(&self) -> u64 {
        self.provable
    }

    /// Number of batches.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.provable.div_ceil(self.per_batch)
    }

    /// The ordinals of the provable positions in one batch; empty beyond the last.
    #[must_use]
    pub fn range(&self, batch: u64) -> Range<u64> {
        let from = batch.saturating_mul(self.per_batch).min(self.provable);
        from..from.saturating_add(self.per_batch).min(self.provable)
    }

    /// The name of a batch's proof file, such as `batch-000000.proof`.
    #[must_use]
    pub fn file_name(batch: u64) -> String {
        format!("batch-{batch:06}.proof")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ordinal_is_in_exactly_one_batch() {
        for (provable, per_batch) in [(0, 3), (1, 3), (2, 3), (3, 3), (4, 3), (10, 1), (7, 100)] {
            let batches = Batches::new(provable, per_batch);
            let covered: Vec<u64> = (0..batches.count())
                .flat_map(|b| batches.range(b))
                .collect();
            assert_eq!(covered, (0..provable).collect::<Vec<_>>());
            assert!(batches.range(batches.count()).is_empty());
            assert!(batches.range(u64::MAX).is_empty());
        }
        assert_eq!(Batches::file_name(1_234_567), "batch-1234567.proof");
    }
}
