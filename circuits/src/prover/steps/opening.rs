//! `[step-opening]`: the opening that ties the masked values to the view commitments.

use super::Masks;
use crate::challenge::State;
use crate::equation::place_weights;
use crate::linear_form::Response;
use crate::prover::linear_form::{self, Secret};
use crate::prover::{Prover, SecretItem};
use ff::Field;
use halo2curves::bn256::Fr;
use rand_core::{CryptoRng, RngCore};

/// The opening of `Q = Σ_c θ^c·(M_c + Σ_b η^(b+1)·P_{c,b})`.
pub struct Folded {
    /// The vector: a view's length, then the mask's entry.
    pub vector: Vec<Fr>,
    /// The blind.
    pub blind: Fr,
}

impl Prover {
    /// Folds views, masks and their blinds as `Q` folds their commitments.
    #[must_use]
    pub fn fold(&self, items: &[SecretItem<'_>], masks: &Masks, eta: Fr, theta: Fr) -> Folded {
        let (groups, view_len) = (self.layout.groups(), self.classifier.input_len());
        let mut vector = vec![Fr::ZERO; view_len + 1];
        let mut blind = Fr::ZERO;
        let places = place_weights(eta, self.layout.stack());
        let mut group_weight = Fr::ONE;
        for c in 0..groups {
            let items = items.iter().skip(c).step_by(groups);
            for (item, place) in items.zip(&places) {
                let weight = group_weight * place;
                for (cell, &byte) in vector.iter_mut().zip(item.view) {
                    if byte > 0 {
                        *cell += weight * Fr::from(u64::from(byte));
                    }
                }
                blind += weight * item.blind.scalar();
            }
            vector[view_len] += group_weight * masks.values[c];
            blind += group_weight * masks.blinds[c];
            group_weight *= theta;
        }
        Folded { vector, blind }
    }

    /// Shows that the form `(u_in, 1)` of what [`Self::fold`] made has the value `Σ θ^c·y_c`.
    pub fn open(
        &self,
        folded: &Folded,
        input: &[Fr],
        items: usize,
        state: &State,
        rng: impl RngCore + CryptoRng,
    ) -> Vec<u8> {
        let mut form = input.to_vec();
        form.push(Fr::ONE);
        let secret = Secret {
            vector: &folded.vector,
            blind: folded.blind,
            form: &form,
        };
        let response = Response::choose(self.classifier.input_len(), items);
        linear_form::prove(&self.bases, response, &secret, state, rng)
    }
}
