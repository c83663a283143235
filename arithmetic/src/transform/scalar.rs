//! One butterfly after the other.

use super::{inverse, levels, powers, root};
use ff::Field;
use halo2curves::bn256::Fr;

#[derive(Debug)]
pub(super) struct Tables {
    /// For each level with `2^l` butterflies in a block, the powers of an inverse root of order
    /// `2^(l+1)`.
    backward: Vec<Vec<Fr>>,
    /// For each coset and level, the factors of a block.
    forward: Vec<Vec<Vec<Fr>>>,
    /// `1/n`.
    scale: Fr,
}

impl Tables {
    pub(super) fn new(k: u32, shifts: &[Fr]) -> Self {
        Self {
            backward: (0..k)
                .map(|level| powers(Fr::ONE, inverse(root(level + 1)), 1 << level))
                .collect(),
            forward: shifts
                .iter()
                .map(|shift| levels(*shift, k).collect())
                .collect(),
            scale: inverse(Fr::from(1 << k)),
        }
    }

    /// By decimation in frequency (Gentleman and Sande 1966).
    pub(super) fn interpolate(&self, values: &mut [Fr]) {
        for roots in self.backward.iter().rev() {
            for block in values.chunks_exact_mut(2 * roots.len()) {
                let (low, high) = block.split_at_mut(roots.len());
                for ((a, b), root) in low.iter_mut().zip(high).zip(roots) {
                    let difference = *a - *b;
                    *a += *b;
                    *b = difference * root;
                }
            }
        }
        for value in values {
            *value *= self.scale;
        }
    }

    pub(super) fn evaluate(&self, coefficients: &[Fr], coset: usize) -> Vec<Fr> {
        let mut values = coefficients.to_vec();
        for factors in &self.forward[coset] {
            for block in values.chunks_exact_mut(2 * factors.len()) {
                let (low, high) = block.split_at_mut(factors.len());
                for ((a, b), factor) in low.iter_mut().zip(high).zip(factors) {
                    let product = *b * factor;
                    *b = *a - product;
                    *a += product;
                }
            }
        }
        values
    }
}
