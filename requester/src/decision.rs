//! The rule for a match or for another answer, from the words on the command line to the last nodes of
//! the program.
//!
//! The rule becomes steps of differences of scores, then steps of sums of these steps; the last one
//! is the decision. Among equal scores `argmax` is the lowest index, as in ONNX and numpy.

mod answer;
mod build;
mod nodes;
mod rows;
mod rule;
mod tail;

pub use build::{Decided, decide};
pub use rule::{Comparison, Rule};
