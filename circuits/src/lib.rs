//! The proof that a batch of committed views gets the decisions that the ledger says.
//!
//! The statement, its soundness and its zero-knowledge are argued in docs/protocol.md
//! section 5, "Proof of a batch". What a judge compiles, each module importing only what stands
//! before it:
//!
//! 1. [`encoding`]: points and scalars as bytes; `domain`: the points of a column.
//! 2. [`tables`]: the one lookup table; [`layout`]: rows and columns, from three stated numbers;
//!    [`columns`]: their names.
//! 3. [`logup`]: sums of fractions; [`equation`]: the one linear equation; [`challenge`]: what every
//!    challenge is the hash of.
//! 4. [`circuit`]: the constraints; [`scheme`]: the polynomial commitment schemes.
//! 5. [`refusal`]: why a proof is refused; [`linear_form`]: the link to the view commitments; [`proof`]:
//!    its bytes.
//! 6. [`sealed`]: what a sealed classifier adds, and [`verifier`]: all of it together, step by step.
//!
//! Behind the feature `prover`, in one folder: [`prover`], which soundness does not depend on.

pub mod challenge;
pub mod circuit;
pub mod columns;
mod domain;
pub mod encoding;
pub mod equation;
pub mod layout;
pub mod linear_form;
pub mod logup;
pub mod proof;
#[cfg(feature = "prover")]
pub mod prover;
pub mod refusal;
pub mod scheme;
pub mod sealed;
pub mod tables;
pub mod verifier;

pub use challenge::Context;
pub use layout::{Dimensions, Layout, LayoutError, Width};
pub use proof::BatchProof;
#[cfg(feature = "prover")]
pub use prover::cost::{Speed, Work};
#[cfg(feature = "prover")]
pub use prover::plan::{self, Prediction};
#[cfg(feature = "prover")]
pub use prover::{ProveError, Prover, SecretItem};
pub use refusal::ProofError;
pub use scheme::{SetupError, Srs};
pub use verifier::{AnsweredItem, Combination, Deferred, PublicItem, Verifier};
