//! Commitments without precomputed multiples: generators that meet the same byte are added up first.
//!
//! `Σ x_i·G_i = Σ_v v·B_v`, where `B_v` is the sum of the generators whose byte is `v`. The sums of
//! sums `Σ_v v·B_v` take two additions for each value up to the largest byte (Pippenger's buckets, with
//! one digit). Where few bytes are in use but these are large, two digits of four bits are cheaper.

use super::{Generators, ViewBlind, ViewCommitment, normalise};
use ff::PrimeField;
use group::Group;
use group::prime::PrimeCurveAffine;
use halo2curves::bn256::{Fr, G1, G1Affine};
use rayon::prelude::*;

/// Multiples `1·B … 15·B` of a base `B`.
const DIGITS: usize = 15;

/// The generators for views of one length.
///
/// A byte costs an addition, or one for each of its hexadecimal digits; a blind costs one for each of its
/// 64. Memory is 64 bytes a generator.
pub struct Committer {
    g: Vec<G1Affine>,
    /// `blind[d]`: the multiples of `16^d·W`.
    blind: Vec<G1Affine>,
}

impl Committer {
    /// Prepares for views of `len` bytes.
    ///
    /// # Panics
    /// When there are fewer than `len` generators.
    #[must_use]
    pub fn new(generators: &Generators, len: usize) -> Self {
        let mut points = Vec::with_capacity(64 * DIGITS);
        let mut base = generators.w.to_curve();
        for _ in 0..64 {
            base = push_multiples(&base, &mut points);
        }
        Self {
            g: generators.g[..len].to_vec(),
            blind: normalise(&points),
        }
    }

    /// Commits to one view.
    ///
    /// # Panics
    /// When the view has another length than the committer.
    #[must_use]
    pub fn commit(&self, view: &[u8], blind: &ViewBlind) -> ViewCommitment {
        ViewCommitment(self.sum(view, blind).into())
    }

    /// Commits to many views in parallel, with one inversion for all.
    ///
    /// # Panics
    /// When a view has another length than the committer.
    #[must_use]
    pub fn commit_many(&self, items: &[(&[u8], &ViewBlind)]) -> Vec<ViewCommitment> {
        let sums: Vec<G1> = items
            .par_iter()
            .map(|(view, blind)| self.sum(view, blind))
            .collect();
        normalise(&sums).into_iter().map(ViewCommitment).collect()
    }

    fn sum(&self, view: &[u8], blind: &ViewBlind) -> G1 {
        assert_eq!(view.len(), self.g.len(), "the view has another length");
        let largest = view.iter().copied().max().unwrap_or(0);
        // Bytes of which both digits are in use take two additions where digits are added up.
        let both = view.iter().filter(|&&byte| byte > 15 && byte & 15 > 0);
        let bytes = if both.count() + 4 * DIGITS > 2 * usize::from(largest) {
            self.weighted(view.iter().copied(), largest)
        } else {
            let high = self.weighted(view.iter().map(|byte| byte >> 4), 15);
            let low = self.weighted(view.iter().map(|byte| byte & 15), 15);
            high.double().double().double().double() + low
        };
        bytes + self.blind_term(blind.scalar())
    }

    /// `Σ digit_i·G_i`, no digit being larger than `largest`.
    fn weighted(&self, digits: impl Iterator<Item = u8>, largest: u8) -> G1 {
        let mut sums = vec![G1::identity(); usize::from(largest)];
        for (digit, g) in digits.zip(&self.g) {
            if digit > 0 {
                sums[usize::from(digit) - 1] += g;
            }
        }
        let (mut above, mut total) = (G1::identity(), G1::identity());
        for sum in sums.iter().rev() {
            above += sum;
            total += above;
        }
        total
    }

    fn blind_term(&self, blind: Fr) -> G1 {
        let mut sum = G1::identity();
        let repr = blind.to_repr();
        let digits = repr.as_ref().iter().flat_map(|byte| [byte & 15, byte >> 4]);
        for (digit, multiples) in digits.zip(self.blind.chunks_exact(DIGITS)) {
            if digit > 0 {
                sum += multiples[usize::from(digit) - 1];
            }
        }
        sum
    }
}

/// Appends `1·base … 15·base`; returns `16·base`.
fn push_multiples(base: &G1, points: &mut Vec<G1>) -> G1 {
    let mut multiple = *base;
    for _ in 0..DIGITS {
        points.push(multiple);
        multiple += base;
    }
    multiple
}
