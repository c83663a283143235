//! Fast commitments with precomputed multiples: an addition or two per non-zero byte.

use super::{Generators, ViewBlind, ViewCommitment, normalise};
use ff::PrimeField;
use group::Group;
use group::prime::PrimeCurveAffine;
use halo2curves::bn256::{Fr, G1, G1Affine};
use rayon::prelude::*;

/// Multiples `1·B … 15·B` of a base `B`.
const DIGITS: usize = 15;

/// Precomputed multiples of the generators for views of one length.
///
/// A byte `16·h + l` costs the additions `l·G_i` and `h·(16·G_i)`; a blind costs one addition for
/// each of its 64 hexadecimal digits. Memory is 1.9 KB a generator.
pub struct Committer {
    /// `bytes[i]`: the multiples of `G_i`, then those of `16·G_i`.
    bytes: Vec<G1Affine>,
    /// `blind[d]`: the multiples of `16^d·W`.
    blind: Vec<G1Affine>,
    len: usize,
}

impl Committer {
    /// Prepares for views of `len` bytes.
    ///
    /// # Panics
    /// When there are fewer than `len` generators.
    #[must_use]
    pub fn new(generators: &Generators, len: usize) -> Self {
        let bytes = generators.g[..len]
            .par_chunks(256)
            .flat_map_iter(|chunk| {
                let mut points = Vec::with_capacity(chunk.len() * 2 * DIGITS);
                for g in chunk {
                    let next = push_multiples(&g.to_curve(), &mut points);
                    push_multiples(&next, &mut points);
                }
                normalise(&points)
            })
            .collect();
        let mut points = Vec::with_capacity(64 * DIGITS);
        let mut base = generators.w.to_curve();
        for _ in 0..64 {
            base = push_multiples(&base, &mut points);
        }
        Self {
            bytes,
            blind: normalise(&points),
            len,
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
        assert_eq!(view.len(), self.len, "the view has another length");
        let mut sum = self.blind_term(blind.scalar());
        for (byte, multiples) in view.iter().zip(self.bytes.chunks_exact(2 * DIGITS)) {
            let (high, low) = (usize::from(byte >> 4), usize::from(byte & 15));
            if low > 0 {
                sum += multiples[low - 1];
            }
            if high > 0 {
                sum += multiples[DIGITS + high - 1];
            }
        }
        sum
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
