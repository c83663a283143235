//! From real weights to the integer classifier.
//!
//! Every value gets a real scale per element, so that `real ≈ scale · integer`. A table's argument
//! is `q = Y >> e`; the scale of `q` is chosen so that the calibrated maximum of a channel meets the
//! point where the table saturates, and so that the worst case over all views stays inside the
//! table. All layers with the same function share one table. Weights are then what the scales of
//! both ends say, rounded; the bits of the remainder `r` are their precision.
//!
//! Where the worst case is so far beyond the calibrated range that the table has no resolution
//! left, the accumulator is first cut down to the range that matters (`saturate`), which costs
//! further rows.
//!
//! Not proved here: that no accumulator leaves its table. `duces_protocol` proves that on the
//! integers, and a layer that fails is given a coarser scale until it passes.

mod emit;
mod groups;
mod maps;
mod ranges;
mod saturate;
mod scales;
mod search;
mod tables;
mod target;
mod trial;

pub use ranges::Ranges;
pub use search::{Quantised, quantise};

use thiserror::Error;

/// Sizes that the choice of scales keeps to.
pub mod budget {
    /// Entries of one table.
    pub const TABLE: usize = 1 << 13;
    /// Entries of all tables together, those of the remainders included.
    pub const TABLES: usize = 1 << 14;
    /// The same where accumulators saturate, whose excesses have tables too.
    pub const SATURATED_TABLES: usize = 3 << 13;
    /// Bits of a remainder that takes no further row.
    pub const SHIFT: u8 = 13;
    /// Bits of a remainder that takes one further row: three limbs of [`SHIFT`] bits.
    pub const WIDE_SHIFT: u8 = 39;
    /// Entries on each side of zero in the table of steps, beside other tables.
    pub const STEP: usize = 64;
    /// How much wider than its real interval a table is made for the rounding of weights.
    pub const MARGIN: f64 = 1.02;
    /// So many steps may be wide in any case.
    pub const FEW_STEPS: usize = 16;
    /// More steps may be wide when they are at most one in this many activations.
    pub const WIDE_SHARE: usize = 32;
    /// Without calibration data, steps become wide below this weight.
    pub const COARSE: i64 = 1 << 7;
    /// The largest share of a saturated table's window that the rounding of weights may blur, as a
    /// divisor, before its remainder is given more bits.
    pub const QUIET: f64 = 4096.0;
    /// How many times further than its calibrated range a saturated table's window goes: documents
    /// that were not seen go further.
    pub const HEADROOM: f64 = 2.0;
    /// The least share of its layer's calibrated range that an element of a saturated layer gets.
    pub const UNSEEN: f64 = 1.0 / 8.0;
    /// The largest weight.
    pub const WEIGHT: f64 = (1 << 23) as f64;
}

/// Why no integer classifier was found.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[error("{layer}: {reason}")]
pub struct QuantiseError {
    /// The layer, by the model's node.
    pub layer: String,
    /// What stands in the way.
    pub reason: String,
}
