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
use crate::layout::Layout;
use crate::linear_form::Response;
use crate::proof::messages::{Circuit, Message, Pair, Scalars};
use crate::proof::words::Word;
use crate::refusal::ProofError;
use duces_protocol::bytes::Reader;
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

/// The parts of a proof. Points and scalars that are read later, with their challenges, are bytes.
pub(crate) struct Parts<'a> {
    /// `M`.
    pub mask: Message<'a, [G1Affine; 1]>,
    /// `v̂`.
    pub value: Message<'a, [Fr; 1]>,
    /// `[k0]`, `[k2]` of every round.
    pub sum: Vec<Pair<'a>>,
    /// `b̂`.
    pub factor: Message<'a, [Fr; 1]>,
    /// `ŷ`.
    pub y: Scalars<'a>,
    /// The opening, which [`crate::linear_form::Opening::read`] reads.
    pub opening: &'a [u8],
    /// `[L]`, `[R]` of every round.
    pub rows: Vec<Pair<'a>>,
    /// `D`, `E`.
    pub first: Pair<'a>,
    /// `α`, `α'`.
    pub blinds: Message<'a, [Fr; 2]>,
    /// The rounds within a row, and the last scalar.
    pub columns: &'a [u8],
    /// The circuit's proof.
    pub circuit: Circuit<'a>,
}

impl<'a> Parts<'a> {
    pub(crate) fn read(
        bytes: &'a [u8],
        layout: &Layout,
        sizes: &Sizes,
        words: &[Word],
    ) -> Result<Self, ProofError> {
        let mut from = Reader::new(bytes);
        Ok(Self {
            mask: Message::points(&mut from)?,
            value: Message::scalars(&mut from)?,
            sum: Pair::points_of_rounds(&mut from, sizes.sum)?,
            factor: Message::scalars(&mut from)?,
            y: Scalars::read(&mut from, sizes.groups)?,
            opening: from.take(sizes.response.byte_len(sizes.opened))?,
            rows: Pair::points_of_rounds(&mut from, sizes.rows)?,
            first: Pair::points(&mut from)?,
            blinds: Message::scalars(&mut from)?,
            columns: from.take(64 * sizes.columns + 32)?,
            circuit: Circuit::read(&mut from, layout, words)?,
        })
    }
}
