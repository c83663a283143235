//! Multi-scalar multiplication over columns of small numbers.

use halo2_proofs::arithmetic::best_multiexp;
use halo2curves::bn256::{Fr, G1, G1Affine};

/// `Σ values[i]·bases[i]`.
#[must_use]
pub fn commit(values: &[Fr], bases: &[G1Affine]) -> G1 {
    best_multiexp(values, bases)
}
