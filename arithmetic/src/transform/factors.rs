//! Factors that are known before, with their quotients `⌊w·R/p⌋` ([`Field::multiply_by`]).

use crate::lanes::Lanes;
use crate::layout::{Block, integers};
use crate::prime::{Limbs, Prime, low_product, split};
use crate::product::{Field, Wide};
use ff::PrimeField as _;
use halo2curves::bn256::Fr;

/// The limbs of `w` and of its quotient.
#[derive(Clone, Copy, Debug)]
pub(super) struct Factor {
    w: Limbs,
    quotient: Limbs,
}

/// Eight factors, one for each lane.
#[derive(Clone, Copy, Debug)]
pub(super) struct Factors {
    w: Block,
    quotient: Block,
}

impl Factor {
    /// With `s = w·R mod p`, which the library keeps as `16·w`, the quotient is `(w·R − s)/p`, that is
    /// `−s/p` modulo `R`.
    pub(super) fn new(w: Fr) -> Self {
        let mut plain = [0; 4];
        for (integer, bytes) in plain.iter_mut().zip(w.to_repr().as_chunks::<8>().0) {
            *integer = u64::from_le_bytes(*bytes);
        }
        let s = split(integers(&[w * Fr::from(16)])[0]);
        Self {
            w: split(plain),
            quotient: low_product(&s, &Fr::NEGATIVE_INVERSE_WIDE),
        }
    }
}

impl Factors {
    /// Factors by lane.
    pub(super) fn new(factors: [Fr; 8]) -> Self {
        let mut all = Self {
            w: Block::ZERO,
            quotient: Block::ZERO,
        };
        for (lane, factor) in factors.into_iter().map(Factor::new).enumerate() {
            for i in 0..5 {
                all.w.0[i][lane] = factor.w[i];
                all.quotient.0[i][lane] = factor.quotient[i];
            }
        }
        all
    }
}

/// One factor or eight, as vectors.
pub(super) trait ByLane {
    fn wide<S: Lanes, F: Prime>(&self, field: &Field<S, F>) -> [Wide<S>; 2];
}

impl ByLane for Factor {
    #[inline(always)]
    fn wide<S: Lanes, F: Prime>(&self, field: &Field<S, F>) -> [Wide<S>; 2] {
        [field.splat(&self.w), field.splat(&self.quotient)]
    }
}

impl ByLane for Factors {
    #[inline(always)]
    fn wide<S: Lanes, F: Prime>(&self, field: &Field<S, F>) -> [Wide<S>; 2] {
        [field.load(&self.w.0), field.load(&self.quotient.0)]
    }
}
