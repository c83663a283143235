//! The steps of a proof, one function each, `[step-masks]` to `[step-opening]`.
//!
//! [`super::Prover::prove`] is their sequence. Each takes what the steps before it published or
//! kept, so that what a step can depend on is its list of arguments.

pub(super) mod argument;
mod challenges;
mod circuit;
mod first_phase;
mod masks;
mod opening;
mod values;

pub use first_phase::FirstPhase;
pub use masks::Masks;
pub use opening::Folded;
