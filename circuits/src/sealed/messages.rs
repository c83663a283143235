//! The bytes of a proof, read strictly (`[format-proof]`, docs/protocol.md section 10.3, "Steps").
//!
//! ```text
//!  M                               32 bytes
//!  v̂                               32 bytes
//!  [k0], [k2] of every round       64 bytes each
//!  b̂                               32 bytes
//!  ŷ_0 … ŷ_{C-1}                   32 bytes each
//!  opening                         as linear_form says
//!  [L], [R] of every round         64 bytes each
//!  D, E                            64 bytes
//!  α, α'                           64 bytes
//!  L, R of every round             64 bytes each
//!  last scalar                     32 bytes
//!  halo2 proof                     the rest
//! ```

use super::places::Places;
use crate::columns::FirstColumns;
use crate::encoding::{point, scalar};
use crate::layout::Layout;
use crate::linear_form::Response;
use crate::proof::words::{Word, read_strictly};
use crate::refusal::ProofError;
use duces_protocol::bytes::{Malformed, Reader};
use duces_protocol::classifier::Shape;
use duces_protocol::sealed::Architecture;
use halo2curves::bn256::{Fr, G1Affine};

/// How many of each message there are: it follows from what both sides know.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sizes {
    /// Rounds of the sum-check.
    pub sum: usize,
    /// Groups.
    pub groups: usize,
    /// Entries of the form that is opened.
    pub opened: usize,
    /// How the opening responds.
    pub response: Response,
    /// Rounds over rows.
    pub rows: usize,
    /// Rounds within a row.
    pub columns: usize,
}

impl Sizes {
    /// The sizes of a batch of so many items.
    #[must_use]
    pub fn new(architecture: &Architecture, layout: &Layout, items: usize) -> Self {
        let rows = architecture.rows();
        let opened = architecture.input_len() + super::masks(layout);
        Self {
            sum: Places::new(architecture).variables() as usize,
            groups: layout.groups(),
            opened,
            response: Response::choose(opened - 1, items),
            rows: rows.count.ilog2() as usize,
            columns: rows.len.ilog2() as usize,
        }
    }
}

/// Two points that are sent together.
pub struct Pair<'a> {
    /// As they were sent.
    pub bytes: &'a [u8],
    /// The points.
    pub points: [G1Affine; 2],
}

impl<'a> Pair<'a> {
    fn read(from: &mut Reader<'a>) -> Result<Self, ProofError> {
        let bytes = from.take(64)?;
        let points = [point(&bytes[..32])?, point(&bytes[32..])?];
        Ok(Self { bytes, points })
    }

    fn read_all(from: &mut Reader<'a>, count: usize) -> Result<Vec<Self>, ProofError> {
        (0..count).map(|_| Self::read(from)).collect()
    }
}

/// The parts of a proof. Points and scalars that are read later, with their challenges, are bytes.
pub struct Parts<'a> {
    /// `M`.
    pub mask: G1Affine,
    /// `M` as it was sent.
    pub mask_bytes: [u8; 32],
    /// `v̂`, and as it was sent.
    pub value: (Fr, &'a [u8]),
    /// `[k0]`, `[k2]` of every round.
    pub sum: Vec<Pair<'a>>,
    /// `b̂`, and as it was sent.
    pub factor: (Fr, &'a [u8]),
    /// `ŷ`.
    pub y: Vec<Fr>,
    /// `ŷ` as it was sent.
    pub y_bytes: &'a [u8],
    /// The opening, which [`crate::linear_form::Opening::read`] reads.
    pub opening: &'a [u8],
    /// `[L]`, `[R]` of every round.
    pub rows: Vec<Pair<'a>>,
    /// `D`, `E`.
    pub first: Pair<'a>,
    /// `α`, `α'`, and as they were sent.
    pub blinds: ([Fr; 2], &'a [u8]),
    /// The rounds within a row, and the last scalar.
    pub columns: &'a [u8],
    /// The circuit's proof.
    pub circuit: &'a [u8],
    /// The front of it.
    pub first_phase: &'a [u8],
}

impl<'a> Parts<'a> {
    pub(crate) fn read(
        bytes: &'a [u8],
        layout: &Layout,
        sizes: &Sizes,
        words: &[Word],
    ) -> Result<Self, ProofError> {
        let mut from = Reader::new(bytes);
        let mask_bytes = from.array::<32>()?;
        let mask = point(&mask_bytes)?;
        let value = from.take(32)?;
        let sum = Pair::read_all(&mut from, sizes.sum)?;
        let factor = from.take(32)?;
        let y_bytes = from.take(32 * sizes.groups)?;
        let y = y_bytes
            .chunks_exact(32)
            .map(scalar)
            .collect::<Result<_, _>>()?;
        let opening = from.take(sizes.response.byte_len(sizes.opened))?;
        let rows = Pair::read_all(&mut from, sizes.rows)?;
        let first = Pair::read(&mut from)?;
        let blinds = from.take(64)?;
        let columns = from.take(64 * sizes.columns + 32)?;
        let circuit = from.take(from.remaining())?;
        read_strictly(words, circuit)?;
        let first_phase = circuit
            .get(..32 * FirstColumns::<()>::count(layout))
            .ok_or_else(|| Malformed::new("it ends too early"))?;
        Ok(Self {
            mask,
            mask_bytes,
            value: (scalar(value)?, value),
            sum,
            factor: (scalar(factor)?, factor),
            y,
            y_bytes,
            opening,
            rows,
            first,
            blinds: ([scalar(&blinds[..32])?, scalar(&blinds[32..])?], blinds),
            columns,
            circuit,
            first_phase,
        })
    }
}
