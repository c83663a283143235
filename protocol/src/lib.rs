//! The meaning of every byte and of the classifier: no prover, no clock, no network.
//!
//! Modules follow the flow of `docs/protocol.md`: view → commitment → request → production → audit.

pub mod answers;
pub mod audit;
pub mod bits;
pub mod bytes;
pub mod classifier;
pub mod commitment;
pub mod digest;
pub mod exceptions;
pub mod hash_to_curve;
pub mod leaf;
pub mod pedersen;
pub mod production;
pub mod profile;
pub mod rendition;
pub mod request;
pub mod scrutiny;
pub mod sealed;
pub mod text;
pub mod tree;
pub mod view;
