//! Quantisation: from real weights to the integer classifier.
//!
//! Every element of every value gets a scale, so that `real ≈ scale · integer`; zero points are
//! all 0. A table's argument is `q = Y >> shift` for an accumulator `Y`. The scale of `q` is chosen
//! so that the largest calibrated value meets the point where the table saturates, and so that the
//! worst case over all views stays inside the table. All layers with the same function share one
//! table. Weights follow from the scales on both sides of a layer, rounded to integers; the bits
//! below the shift are their precision.
//!
//! Where the worst case is so far beyond the calibrated range that the table would lose its
//! resolution, the accumulator saturates first (`saturation`), which takes further rows.
//!
//! * `groups`: which elements must share a scale. `calibrated`: what calibration data reach.
//! * `tables`, `table_node`: sizes of tables, and the scale that each of them needs.
//! * `scales`: chooses all scales; `adjustments`: corrections from attempts that failed.
//! * `emit`: writes the integer classifier. `foresight`: where it would leave its tables. `trial`: its error on calibration data.
//! * `sizes`, `trade`: which table sizes are tried, and what saturates.
//! * `search`: tries them and keeps the best classifier. `budget`: all limits.
//!
//! Not proved here: that no accumulator leaves its table. `duces_protocol` proves that on the
//! integers, and a layer that fails is given a coarser scale until it passes.

mod adjustments;
mod budget;
mod calibrated;
mod emit;
mod error;
mod foresight;
mod groups;
mod maps;
mod saturation;
mod scales;
mod search;
mod sizes;
mod table_node;
mod tables;
mod trade;
mod trial;

pub use budget::search::ITEMS as TYPICAL_ITEMS;
pub use calibrated::Ranges;
pub use error::QuantiseError;
pub use search::{Quantised, quantise};
pub use tables::{Candidate, TableSizes};
