//! The proof of one batch as bytes: `[format-proof]`.
//!
//! ```text
//!  M_0 … M_{C-1}   32 bytes each   mask commitments
//!  y_0 … y_{C-1}   32 bytes each   masked public values
//!  opening         as linear_form says
//!  halo2 proof     the rest
//! ```

pub(crate) mod messages;
pub(crate) mod words;

use crate::encoding::compress;
use crate::layout::Layout;
use crate::linear_form::Response;
use crate::refusal::ProofError;
use duces_protocol::bytes::Reader;
use ff::PrimeField;
use halo2curves::bn256::{Fr, G1Affine};
use messages::{Circuit, Points, Scalars};
use words::Word;

/// The largest proof of a batch, in bytes.
pub const MAX_BYTES: usize = 1 << 26;

/// The proof of one batch.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BatchProof(pub Vec<u8>);

impl BatchProof {
    /// Puts the messages of a proof one after the other.
    #[must_use]
    pub fn assemble(masks: &[G1Affine], y: &[Fr], opening: &[u8], circuit: &[u8]) -> Self {
        let mut bytes: Vec<u8> = masks.iter().flat_map(compress).collect();
        bytes.extend(y.iter().flat_map(Fr::to_repr));
        bytes.extend_from_slice(opening);
        bytes.extend_from_slice(circuit);
        Self(bytes)
    }
}

/// The parts of a proof.
pub(crate) struct Parts<'a> {
    pub masks: Points<'a>,
    pub y: Scalars<'a>,
    pub opening: &'a [u8],
    pub circuit: Circuit<'a>,
}

impl<'a> Parts<'a> {
    /// Reads all parts, every word of them strictly but those of the opening, which
    /// [`crate::linear_form::Opening::read`] reads.
    pub(crate) fn read(
        bytes: &'a [u8],
        layout: &Layout,
        view_len: usize,
        response: Response,
        words: &[Word],
    ) -> Result<Self, ProofError> {
        let mut from = Reader::new(bytes);
        Ok(Self {
            masks: Points::read(&mut from, layout.groups())?,
            y: Scalars::read(&mut from, layout.groups())?,
            opening: from.take(response.byte_len(view_len + 1))?,
            circuit: Circuit::read(&mut from, layout, words)?,
        })
    }
}
