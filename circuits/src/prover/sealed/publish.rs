//! A say in every message: an honest prover sends what it computed.

use halo2curves::bn256::{Fr, G1};

/// A message of the prover.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::prover) enum Message {
    /// `M`.
    Mask,
    /// `v̂`.
    Value,
    /// `[k0]` or `[k2]` of a round.
    Sum(usize, usize),
    /// `b̂`.
    Factor,
    /// `ŷ_c`.
    Values(usize),
    /// `D`, then `L` and `R` of every round of the opening.
    Opening(usize),
    /// `[L]` or `[R]` of a round over rows.
    Row(usize, usize),
    /// `D` or `E`.
    First(usize),
    /// `α` or `α'`.
    Blind(usize),
    /// `L` and `R` of every round within a row.
    Column(usize),
}

/// Decides what is sent in place of what was computed.
pub(in crate::prover) trait Publish {
    /// A point.
    fn point(&mut self, message: Message, point: G1) -> G1;

    /// A scalar.
    fn scalar(&mut self, message: Message, scalar: Fr) -> Fr;

    /// The outputs of the last node for every item, before anything is drawn.
    fn answers(&mut self, _: &mut [Vec<i32>]) {}
}

/// Sends what was computed.
pub(in crate::prover) struct Honest;

impl Publish for Honest {
    fn point(&mut self, _: Message, point: G1) -> G1 {
        point
    }

    fn scalar(&mut self, _: Message, scalar: Fr) -> Fr {
        scalar
    }
}
