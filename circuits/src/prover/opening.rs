//! Opening all columns at the points that the gates need, as the library's verifiers expect it.
//!
//! All polynomials are opened at `x`, the running sum at `ω·x` too.

use super::params::{Opener, ProverParams};
use super::polynomial::{Polynomial, divide, evaluate};
use crate::domain::powers;
use ff::Field;
use group::Curve;
use halo2_proofs::transcript::{Blake2bWrite, Challenge255, TranscriptWrite};
use halo2curves::bn256::{Fr, G1, G1Affine};
use rand_core::RngCore;
use std::io;

/// The transcript of a proof.
pub(super) type Writer = Blake2bWrite<Vec<u8>, G1Affine, Challenge255<G1Affine>>;

/// Where the messages of a proof go, and challenges come from.
pub(super) trait Messages: TranscriptWrite<G1Affine, Challenge255<G1Affine>> {}

impl<T: TranscriptWrite<G1Affine, Challenge255<G1Affine>>> Messages for T {}

/// Draws the next challenge.
pub(super) fn draw(transcript: &mut impl Messages) -> Fr {
    *transcript.squeeze_challenge_scalar::<()>()
}

/// Polynomials, and the points at which they are opened.
pub(super) struct MultiOpening<'a> {
    /// Combines all polynomials but the running sum with powers of a challenge: the first gets the
    /// highest power where the flag says so, else the lowest.
    pub combine: &'a dyn Fn(Fr, bool) -> Polynomial,
    /// The values at `x` of the polynomials of `combine`, in order.
    pub values: &'a [Fr],
    /// The running sum.
    pub sum: Polynomial,
    /// `x` and `ω·x`.
    pub points: [Fr; 2],
}

impl MultiOpening<'_> {
    /// Writes the opening.
    pub(super) fn prove(
        self,
        params: &ProverParams,
        transcript: &mut impl Messages,
        rng: &mut impl RngCore,
    ) -> io::Result<()> {
        match params.opener {
            Opener::Ipa { product } => self.inner_product(params, product, transcript, rng),
            Opener::Kzg => self.pairing(params, transcript),
        }
    }

    /// The multi-opening of the Halo paper (eprint 2019/1021), then its inner-product argument.
    fn inner_product(
        self,
        params: &ProverParams,
        product_base: G1Affine,
        transcript: &mut impl Messages,
        rng: &mut impl RngCore,
    ) -> io::Result<()> {
        let (x1, x2) = (draw(transcript), draw(transcript));
        let [x, next] = self.points;
        let others = (self.combine)(x1, true);
        let quotient = Polynomial {
            coefficients: divide(&others.coefficients, x),
            blind: Fr::ZERO,
        };
        let of_sum = Polynomial {
            coefficients: divide(&divide(&self.sum.coefficients, x), next),
            blind: Fr::ZERO,
        };
        let mut quotient = quotient.times_plus(x2, &of_sum);
        quotient.blind = Fr::random(&mut *rng);
        transcript.write_point(params.commit(&quotient).to_affine())?;
        let x3 = draw(transcript);
        transcript.write_scalar(others.at(x3))?;
        transcript.write_scalar(self.sum.at(x3))?;
        let x4 = draw(transcript);
        let opened = quotient.times_plus(x4, &others).times_plus(x4, &self.sum);
        inner_product_argument(params, product_base, transcript, rng, opened, x3)
    }

    /// SHPLONK (eprint 2020/081).
    fn pairing(self, params: &ProverParams, transcript: &mut impl Messages) -> io::Result<()> {
        let (y, v) = (draw(transcript), draw(transcript));
        let [x, next] = self.points;
        let others = (self.combine)(y, false);
        let value = evaluate(self.values, y);
        // The line through the running sum's two values.
        let ends = self.points.map(|point| self.sum.at(point));
        let slope = (ends[1] - ends[0]) * (next - x).invert().unwrap_or(Fr::ZERO);
        let line = [ends[0] - slope * x, slope];
        let less = |coefficients: &[Fr], less: &[Fr]| {
            let mut difference = coefficients.to_vec();
            for (a, b) in difference.iter_mut().zip(less) {
                *a -= b;
            }
            difference
        };
        let of_sum = Polynomial {
            coefficients: divide(&divide(&less(&self.sum.coefficients, &line), x), next),
            blind: Fr::ZERO,
        };
        let plain = |coefficients| Polynomial {
            coefficients,
            blind: Fr::ZERO,
        };
        let quotient =
            of_sum.times_plus(v, &plain(divide(&less(&others.coefficients, &[value]), x)));
        transcript.write_point(params.commit(&quotient).to_affine())?;
        let u = draw(transcript);
        // (others − value)·(u − ω·x) + v·(sum − line(u)) − (u − x)·(u − ω·x)·quotient, over X − u.
        let others = less(&others.coefficients, &[value]);
        let sum = less(&self.sum.coefficients, &[evaluate(&line, u)]);
        let all = (u - x) * (u - next);
        let numerator: Vec<Fr> = others
            .iter()
            .zip(&sum)
            .zip(&quotient.coefficients)
            .map(|((o, s), q)| *o * (u - next) + v * s - all * q)
            .collect();
        let scale = (u - next).invert().unwrap_or(Fr::ZERO);
        let mut witness = divide(&numerator, u);
        witness.iter_mut().for_each(|c| *c *= scale);
        transcript.write_point(params.commit(&plain(witness)).to_affine())
    }
}

/// Shows that a polynomial has the value at `x` that the verifier expects, as section 3 of the
/// Halo paper with a synthetic blind.
fn inner_product_argument(
    params: &ProverParams,
    product_base: G1Affine,
    transcript: &mut impl Messages,
    rng: &mut impl RngCore,
    opened: Polynomial,
    x: Fr,
) -> io::Result<()> {
    let n = opened.coefficients.len();
    let mut random = Polynomial {
        coefficients: (0..n).map(|_| Fr::random(&mut *rng)).collect(),
        blind: Fr::ZERO,
    };
    let value = random.at(x);
    random.coefficients[0] -= value;
    random.blind = Fr::random(&mut *rng);
    transcript.write_point(params.commit(&random).to_affine())?;
    let (xi, z) = (draw(transcript), draw(transcript));
    let opened = random.times_plus(xi, &opened);
    let value = opened.at(x);
    let mut a = opened.coefficients;
    a[0] -= value;
    let mut blind = opened.blind;
    let mut b = powers(Fr::ONE, x, n);
    // The folded generator i is Σ_m weights[m]·G_{m·len + i}: multiplying with the generators as
    // they were costs less than folding them.
    let mut weights = vec![Fr::ONE];
    while a.len() > 1 {
        let half = a.len() / 2;
        let (low, high) = (&a[..half], &a[half..]);
        let spread = |part: &[Fr], offset: usize| {
            let mut scalars = vec![Fr::ZERO; n];
            for (block, weight) in scalars.chunks_exact_mut(a.len()).zip(&weights) {
                for (scalar, value) in block[offset..].iter_mut().zip(part) {
                    *scalar = *weight * value;
                }
            }
            params.multiply(&scalars)
        };
        let (left, right) = rayon::join(|| spread(high, 0), || spread(low, half));
        let mut cross = |sum: G1, a: &[Fr], b: &[Fr]| {
            let product: Fr = a.iter().zip(b).map(|(a, b)| *a * b).sum();
            let blind = Fr::random(&mut *rng);
            let point = sum + product_base * (product * z) + params.blind * blind;
            (point.to_affine(), blind)
        };
        let (left, left_blind) = cross(left, high, &b[..half]);
        let (right, right_blind) = cross(right, low, &b[half..]);
        transcript.write_point(left)?;
        transcript.write_point(right)?;
        let u = draw(transcript);
        let inverse = u.invert().unwrap_or(Fr::ZERO);
        a = low
            .iter()
            .zip(high)
            .map(|(l, h)| *l + *h * inverse)
            .collect();
        b = b[..half]
            .iter()
            .zip(&b[half..])
            .map(|(l, h)| *l + *h * u)
            .collect();
        weights = weights.iter().flat_map(|w| [*w, *w * u]).collect();
        blind += left_blind * inverse + right_blind * u;
    }
    transcript.write_scalar(a[0])?;
    transcript.write_scalar(blind)
}
