//! The proof that a batch of committed views gets the decisions that the ledger says.
//!
//! The statement, its soundness and its zero-knowledge are argued in `docs/protocol.md`
//! section 5; the modules follow the order of the protocol:
//!
//! 1. [`layout`]: rows and columns that follow from the classifier and the batch width;
//!    [`tables`]: the one lookup table.
//! 2. [`witness`]: what the prover puts there, in [columns](mod@column); [`second_phase`]: what
//!    follows from that and the challenges.
//! 3. [`challenge`]: what every challenge is the hash of.
//! 4. [`equation`]: the one linear equation, as instance columns.
//! 5. [`circuit`]: the constraints.
//! 6. [`linear_form`]: the link to the view commitments.
//! 7. [`scheme`]: the polynomial commitment schemes.
//! 8. [`work`]: what a batch costs, which decides on the layout.
//! 9. [`prover`], [`verifier`], [`proof`]: all of it together; `transform` and `msm` are where the
//!    prover's time goes.

pub mod challenge;
pub mod circuit;
pub mod column;
pub mod encoding;
pub mod equation;
pub mod layout;
pub mod linear_form;
mod msm;
pub mod proof;
pub mod prover;
pub mod scheme;
pub mod second_phase;
pub mod tables;
mod transform;
pub mod verifier;
pub mod witness;
pub mod work;

pub use challenge::Context;
pub use layout::{Layout, LayoutError, Width};
pub use proof::{BatchProof, ProofError};
pub use prover::{ProveError, Prover, SecretItem};
pub use scheme::{SetupError, Srs};
pub use verifier::{Deferred, PublicItem, Verifier};
pub use work::{Prediction, Speed, Work};
