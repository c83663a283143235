//! `[step-masks]`: a mask for each group, and the commitment to it.

use crate::prover::Prover;
use duces_protocol::pedersen::normalise;
use ff::Field;
use halo2curves::bn256::{Fr, G1, G1Affine};
use rand_core::RngCore;

/// The masks of a batch, one for each group.
pub struct Masks {
    /// `m_c`.
    pub values: Vec<Fr>,
    /// `τ_c`, the blinds of the commitments.
    pub blinds: Vec<Fr>,
    /// `M_c = m_c·G_N + τ_c·W`: what is published.
    pub points: Vec<G1Affine>,
}

impl Prover {
    /// Draws the masks and commits to them.
    pub fn masks(&self, rng: &mut impl RngCore) -> Masks {
        let groups = self.layout.groups();
        let values: Vec<Fr> = (0..groups).map(|_| Fr::random(&mut *rng)).collect();
        let blinds: Vec<Fr> = (0..groups).map(|_| Fr::random(&mut *rng)).collect();
        let generator = self.bases.vector.g[self.classifier.input_len()];
        let points: Vec<G1> = values
            .iter()
            .zip(&blinds)
            .map(|(m, tau)| generator * m + self.bases.vector.w * tau)
            .collect();
        Masks {
            values,
            blinds,
            points: normalise(&points),
        }
    }
}
