//! `[step-sealed-value]`, `[step-sealed-sum]` and `[step-sealed-factor]`: the sum-check under
//! commitments.

use super::SealedSecret;
use super::publish::{Message, Publish};
use crate::encoding::compress;
use crate::linear_form::inner_product;
use crate::prover::Prover;
use crate::sealed::transcript::Transcript;
use crate::sealed::{Places, Sizes};
use ff::{Field, PrimeField};
use group::Curve;
use halo2curves::bn256::Fr;
use rand_core::RngCore;
use rayon::prelude::*;

/// Where the sum-check ends.
pub(super) struct SumCheck {
    /// The challenges.
    pub r: Vec<Fr>,
    /// `b̂`.
    pub factor: Fr,
    /// Whether `V~(r)` is zero.
    pub degenerate: bool,
    /// The blind of the last `S`.
    pub blind: Fr,
    /// `λ`.
    pub lambda: Fr,
    /// What was published.
    pub published: Vec<u8>,
}

/// Elements that are worth a task of their own.
const PART: usize = 1 << 12;

impl Prover {
    /// `U`, filled with zeros to a power of two.
    pub(super) fn sum_form(&self, places: &Places, rho: Fr) -> Vec<Fr> {
        let adjoint = self.classifier.adjoint(rho);
        let mut form: Vec<Fr> = adjoint.outputs.into_iter().flatten().collect();
        form.extend(adjoint.rest.input);
        form.extend([-adjoint.rest.bias, Fr::ZERO, Fr::ONE]);
        form.resize(1 << places.variables(), Fr::ZERO);
        form
    }

    /// Publishes `⟨U, V⟩`, the rounds and `V~(r)`.
    #[allow(
        clippy::too_many_arguments,
        reason = "secrets, messages and their channel"
    )]
    pub(super) fn sum_check(
        &self,
        secret: &SealedSecret,
        mut form: Vec<Fr>,
        mut vector: Vec<Fr>,
        sizes: &Sizes,
        transcript: &mut Transcript,
        publish: &mut impl Publish,
        rng: &mut impl RngCore,
    ) -> SumCheck {
        let (h, w) = (secret.generators.h, self.bases.vector.w);
        let value = publish.scalar(Message::Value, inner_product(&form, &vector));
        let mut published = value.to_repr().to_vec();
        transcript.value(&published);
        let mut r = Vec::with_capacity(sizes.sum);
        let mut blind = Fr::ZERO;
        for round in 0..sizes.sum {
            let coefficients = coefficients(&form, &vector);
            let blinds = [Fr::random(&mut *rng), Fr::random(&mut *rng)];
            let mut sent = Vec::with_capacity(64);
            for (which, (k, blind)) in coefficients.iter().zip(blinds).enumerate() {
                let point = publish.point(Message::Sum(round, which), h * k + w * blind);
                sent.extend(compress(&point.to_affine()));
            }
            let challenge = transcript.sum(&sent);
            published.extend(sent);
            blind = challenge * blind
                + (Fr::ONE - challenge.double()) * blinds[0]
                + (challenge.square() - challenge) * blinds[1];
            bind(&mut form, challenge);
            bind(&mut vector, challenge);
            r.push(challenge);
        }
        let degenerate = vector[0] == Fr::ZERO;
        let factor = publish.scalar(Message::Factor, vector[0]);
        let sent = factor.to_repr();
        published.extend(sent);
        SumCheck {
            r,
            factor,
            degenerate,
            blind,
            lambda: transcript.factor(&sent),
            published,
        }
    }
}

/// The coefficients of `1` and `X²` of `Σ U·V` with the highest variable left open.
fn coefficients(form: &[Fr], vector: &[Fr]) -> [Fr; 2] {
    let half = form.len() / 2;
    let (u_lo, u_hi) = form.split_at(half);
    let (v_lo, v_hi) = vector.split_at(half);
    let low = u_lo.par_chunks(PART).zip(v_lo.par_chunks(PART));
    let high = u_hi.par_chunks(PART).zip(v_hi.par_chunks(PART));
    low.zip(high)
        .map(|((u_lo, v_lo), (u_hi, v_hi))| {
            let mut sums = [Fr::ZERO; 2];
            for i in 0..u_lo.len() {
                sums[0] += u_lo[i] * v_lo[i];
                sums[1] += (u_hi[i] - u_lo[i]) * (v_hi[i] - v_lo[i]);
            }
            sums
        })
        .reduce(|| [Fr::ZERO; 2], |a, b| [a[0] + b[0], a[1] + b[1]])
}

/// Puts a value in for the highest variable.
fn bind(values: &mut Vec<Fr>, r: Fr) {
    let half = values.len() / 2;
    let (low, high) = values.split_at_mut(half);
    low.par_iter_mut()
        .zip(high)
        .for_each(|(low, high)| *low += r * (*high - *low));
    values.truncate(half);
}
