//! `[step-values]`: the masked public value of each group.

use crate::equation::{Equation, place_weights};
use crate::prover::Prover;
use halo2curves::bn256::Fr;
use rayon::prelude::*;

impl Prover {
    /// `y_c = Σ_b η^(b+1)·⟨u_in, x_{c,b}⟩ + m_c` for every group `c`; `views` in batch order.
    #[must_use]
    pub fn masked_values(
        &self,
        equation: &Equation,
        eta: Fr,
        views: &[&[u8]],
        masks: &[Fr],
    ) -> Vec<Fr> {
        let groups = self.layout.groups();
        let weights = place_weights(eta, self.layout.stack());
        (0..groups)
            .into_par_iter()
            .map(|c| {
                let views = views.iter().skip(c).step_by(groups);
                let terms = weights.iter().zip(views);
                let sum: Fr = terms
                    .map(|(weight, view)| *weight * view_product(&equation.input, view))
                    .sum();
                sum + masks[c]
            })
            .collect()
    }
}

/// `⟨u_in, x⟩`.
fn view_product(input: &[Fr], view: &[u8]) -> Fr {
    let terms = input.iter().zip(view).filter(|(_, byte)| **byte > 0);
    terms.map(|(u, &byte)| *u * Fr::from(u64::from(byte))).sum()
}
