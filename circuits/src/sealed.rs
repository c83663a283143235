//! Batches of a sealed classifier (docs/protocol.md section 10, "Sealed classifiers"): one
//! homomorphic sum-check stands in place of coefficients that a judge would compute from the weights.
//!
//! * [`places`]: the coordinates of one item, and their multilinear extension;
//! * [`transcript`]: what every challenge is the hash of;
//! * [`factor`]: `⟨eq(r), U⟩` as a function of the weights;
//! * [`messages`]: the bytes of a proof, read strictly;
//! * [`check`]: what the judge's steps are made of, and the relation between points that is left of them.
//!
//! Gates, columns and mask rows are those of a public classifier.

pub mod check;
pub mod factor;
pub mod messages;
pub mod places;
pub mod transcript;

pub use check::{Relation, SealedKeys, WeightSum};
pub(crate) use messages::Parts;
pub use messages::Sizes;
pub use places::Places;

use crate::layout::Layout;

/// Masks of a batch: one for each group, `n_1` and `n_2`.
#[must_use]
pub fn masks(layout: &Layout) -> usize {
    layout.groups() + 2
}

/// The slots of the occupied places of a batch: its items, then the last of them once more for each
/// slot without one.
pub fn slots<T>(items: &[T], groups: usize) -> impl Iterator<Item = &T> {
    let slots = items.len().div_ceil(groups) * groups;
    let padding = items.last().into_iter().cycle();
    items.iter().chain(padding).take(slots)
}
