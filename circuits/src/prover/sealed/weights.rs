//! `[step-sealed-rows]` and `[step-sealed-weights]`: what the sum-check says of the weights is true
//! of those that are committed to.

use super::SealedSecret;
use super::publish::{Message, Publish};
use super::sum::SumCheck;
use crate::encoding::{compress, linear_combination};
use crate::linear_form::{Bases, inner_product};
use crate::prover::linear_form::fold;
use crate::prover::{Prover, random_scalars};
use crate::sealed::factor::factor;
use crate::sealed::places::Extension;
use crate::sealed::transcript::Transcript;
use duces_protocol::pedersen;
use ff::{Field, PrimeField};
use group::Curve;
use halo2curves::bn256::{Fr, G1};
use rand_core::RngCore;
use rayon::prelude::*;

impl SealedSecret {
    /// `F`, filled with zeros to whole rows.
    pub(super) fn form(&self, relations: &[Vec<Fr>], eq: &Extension, rho: Fr) -> Vec<Fr> {
        let mut form = vec![Fr::ZERO; self.weights.len()];
        factor(&self.architecture, relations, eq, rho, |first, piece| {
            form[first..first + piece.len()].copy_from_slice(&piece);
        });
        form
    }
}

impl Prover {
    /// Folds the rows to one, and opens it; returns what it publishes.
    pub(super) fn open_weights(
        &self,
        secret: &SealedSecret,
        mut form: Vec<Fr>,
        sum: &SumCheck,
        transcript: &mut Transcript,
        publish: &mut impl Publish,
        rng: &mut impl RngCore,
    ) -> Vec<u8> {
        let (h, w) = (secret.generators.h, self.bases.vector.w);
        let len = secret.architecture.rows().len;
        let mut weights = secret.weights.clone();
        let mut blinds = secret.blinds.clone();
        // The blind of A, which changes with every round.
        let inverse = sum.factor.invert().unwrap_or(Fr::ZERO);
        let mut value_blind = inverse * sum.blind;
        let mut published = Vec::new();
        let mut round = 0;
        while blinds.len() > 1 {
            let half = weights.len() / 2;
            let (w_lo, w_hi) = weights.split_at(half);
            let (f_lo, f_hi) = form.split_at(half);
            let own = [Fr::random(&mut *rng), Fr::random(&mut *rng)];
            let sides = [inner_product(w_lo, f_hi), inner_product(w_hi, f_lo)];
            let mut sent = Vec::with_capacity(64);
            for (which, (side, blind)) in sides.iter().zip(own).enumerate() {
                let point = publish.point(Message::Row(round, which), h * side + w * blind);
                sent.extend(compress(&point.to_affine()));
            }
            let gamma = transcript.row(&sent);
            published.extend(sent);
            value_blind = own[0] + gamma * value_blind + gamma.square() * own[1];
            halve(&mut weights, |lo, hi| lo + gamma * hi);
            halve(&mut form, |lo, hi| gamma * lo + hi);
            halve(&mut blinds, |lo, hi| lo + gamma * hi);
            round += 1;
        }

        let d = random_scalars(len, rng);
        let own = random_scalars(2, rng);
        let first = linear_combination(&d, &secret.generators.s) + w * own[0];
        let second = h * inner_product(&form, &d) + w * own[1];
        let mut sent = Vec::with_capacity(64);
        for (which, point) in [first, second].into_iter().enumerate() {
            let point: G1 = publish.point(Message::First(which), point);
            sent.extend(compress(&point.to_affine()));
        }
        let c = transcript.weights(&sent);
        published.extend(sent);
        let mut sent = Vec::with_capacity(64);
        let alphas = [own[0] + c * blinds[0], own[1] + c * value_blind];
        for (which, alpha) in alphas.into_iter().enumerate() {
            sent.extend(publish.scalar(Message::Blind(which), alpha).to_repr());
        }
        let (state, _) = transcript.blinds(&sent);
        published.extend(sent);
        let response = d.iter().zip(&weights).map(|(d, w)| *d + c * w).collect();
        let bases = Bases {
            vector: pedersen::Generators {
                g: secret.generators.s.clone(),
                w,
            },
            value: h,
        };
        let mut index = 0;
        let mut send = |point| {
            index += 1;
            publish.point(Message::Column(index - 1), point)
        };
        published.extend(fold(&bases, response, form, state, &mut send));
        for secret in weights.iter_mut().chain(&mut blinds) {
            *secret = Fr::ZERO;
        }
        std::hint::black_box((&weights, &blinds));
        published
    }
}

/// Folds the upper half onto the lower.
fn halve(values: &mut Vec<Fr>, fold: impl Fn(Fr, Fr) -> Fr + Sync) {
    let half = values.len() / 2;
    let (low, high) = values.split_at_mut(half);
    low.par_iter_mut()
        .zip(high)
        .for_each(|(low, high)| *low = fold(*low, *high));
    values.truncate(half);
}
