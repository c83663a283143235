//! The proof of one batch as bytes: `[format-proof]`.
//!
//! ```text
//!  M_0 … M_{C-1}   32 bytes each   mask commitments
//!  y_0 … y_{C-1}   32 bytes each   masked public values
//!  opening         as linear_form says
//!  halo2 proof     the rest
//! ```

use crate::layout::Layout;
pub(crate) mod words;

use crate::columns::FirstColumns;
use crate::encoding::{compress, point, scalar};
use crate::linear_form::Response;
use crate::refusal::ProofError;
use duces_protocol::bytes::{Malformed, Reader};
use ff::PrimeField;
use halo2curves::bn256::{Fr, G1Affine};
use words::{Word, read_strictly};

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
    pub masks: Vec<[u8; 32]>,
    pub mask_points: Vec<G1Affine>,
    pub y: Vec<Fr>,
    pub y_bytes: &'a [u8],
    pub opening: &'a [u8],
    pub circuit: &'a [u8],
    pub first_phase: &'a [u8],
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
        let mut masks = Vec::new();
        let mut mask_points = Vec::new();
        for _ in 0..layout.groups() {
            let mask = from.array::<32>()?;
            mask_points.push(point(&mask)?);
            masks.push(mask);
        }
        let y_bytes = from.take(32 * layout.groups())?;
        let y = y_bytes
            .chunks_exact(32)
            .map(scalar)
            .collect::<Result<_, _>>()?;
        let opening = from.take(response.byte_len(view_len + 1))?;
        let circuit = from.take(from.remaining())?;
        read_strictly(words, circuit)?;
        let columns = FirstColumns::<()>::count(layout);
        let first_phase = circuit
            .get(..32 * columns)
            .ok_or_else(|| Malformed::new("it ends too early"))?;
        Ok(Self {
            masks,
            mask_points,
            y,
            y_bytes,
            opening,
            circuit,
            first_phase,
        })
    }
}
