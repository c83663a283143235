//! Why a proof is refused.

use duces_protocol::bytes::Malformed;
use thiserror::Error;

/// Why a proof is refused.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum ProofError {
    /// The bytes do not have the form of a proof.
    #[error("the proof is malformed: {0}")]
    Malformed(#[from] Malformed),
    /// The batch is empty, or larger than the layout allows.
    #[error("the batch has {0} items, which the layout does not allow")]
    Items(usize),
    /// An answer is none that the classifier gives.
    #[error("{0}")]
    Answer(Malformed),
    /// The public factor of the weights is zero.
    #[error("the factor of the weights is zero, under which they would not be bound")]
    ZeroFactor,
    /// The relation to the sealed weights does not hold.
    #[error("the proof does not fit the weights that the sealed model commits to")]
    Weights,
    /// The circuit's proof does not verify.
    #[error("the circuit's proof does not verify")]
    Circuit,
    /// The proof was checked for another request than those that it is combined with.
    #[error("the proof was checked for another request")]
    OtherVerifier,
    /// The link to the view commitments does not verify.
    #[error("the opening against the view commitments does not verify")]
    Opening,
}
