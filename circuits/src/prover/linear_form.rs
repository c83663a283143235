//! The prover of a linear-form opening (docs/protocol.md section 5.7,
//! "Opening of a linear form").

use crate::challenge::State;
use crate::encoding::{compress, linear_combination};
use crate::linear_form::{Bases, Response, inner_product};
use ff::{Field, PrimeField};
use group::Curve;
use halo2curves::bn256::{Fr, G1};
use rand_core::{CryptoRng, RngCore};
use rayon::prelude::*;

/// What the prover knows: an opening of `Q`, and the form `l`.
///
/// `vector` and `form` have the same length; entries up to the length of the bases are zero.
pub struct Secret<'a> {
    /// `a`.
    pub vector: &'a [Fr],
    /// `σ`.
    pub blind: Fr,
    /// `l`.
    pub form: &'a [Fr],
}

/// Proves the statement in the transcript `state`, which has absorbed `Q`, `l` and `t`.
pub fn prove(
    bases: &Bases,
    response: Response,
    secret: &Secret<'_>,
    state: &State,
    rng: impl RngCore + CryptoRng,
) -> Vec<u8> {
    prove_and_publish(bases, response, secret, state, rng, &mut |point| point)
}

/// [`prove`], with a say in what is published in place of each point.
pub(super) fn prove_and_publish(
    bases: &Bases,
    response: Response,
    secret: &Secret<'_>,
    state: &State,
    mut rng: impl RngCore + CryptoRng,
    publish: &mut impl FnMut(G1) -> G1,
) -> Vec<u8> {
    let used = secret.vector.len();
    let d: Vec<Fr> = (0..used).map(|_| Fr::random(&mut rng)).collect();
    let delta = Fr::random(&mut rng);
    let first = linear_combination(&d, &bases.vector.g[..used]) + bases.vector.w * delta;
    let mut published = compress(&publish(first).to_affine()).to_vec();
    published.extend(inner_product(&d, secret.form).to_repr());
    let state = state.absorb("opening", &published);
    let c = state.scalar("c");
    let a: Vec<Fr> = d
        .iter()
        .zip(secret.vector)
        .map(|(d, x)| *d + c * x)
        .collect();
    let blind = delta + c * secret.blind;
    published.extend(blind.to_repr());
    match response {
        Response::Plain => published.extend(a.iter().flat_map(Fr::to_repr)),
        Response::Folded => {
            let state = state.absorb("blind", &blind.to_repr());
            let mut form = secret.form.to_vec();
            form.resize(bases.len(), Fr::ZERO);
            published.extend(fold(bases, a, form, state, publish));
        }
    }
    published
}

/// The folded response: rounds of `L`, `R`, then one scalar. `state` is the one that `x` is drawn from.
pub(super) fn fold(
    bases: &Bases,
    mut a: Vec<Fr>,
    mut l: Vec<Fr>,
    mut state: State,
    publish: &mut impl FnMut(G1) -> G1,
) -> Vec<u8> {
    a.resize(bases.len(), Fr::ZERO);
    let mut g = bases.vector.g.clone();
    let value = bases.value * state.scalar("x");
    let mut published = Vec::new();
    while a.len() > 1 {
        let half = a.len() / 2;
        let (a_lo, a_hi) = a.split_at(half);
        let (l_lo, l_hi) = l.split_at(half);
        let (g_lo, g_hi) = g.split_at(half);
        let left = linear_combination(a_lo, g_hi) + value * inner_product(a_lo, l_hi);
        let right = linear_combination(a_hi, g_lo) + value * inner_product(a_hi, l_lo);
        let round = [left, right].map(|point| compress(&publish(point).to_affine()));
        let round = round.concat();
        state = state.absorb("round", &round);
        published.extend(round);
        let gamma = state.scalar("gamma");
        a = a_lo
            .iter()
            .zip(a_hi)
            .map(|(lo, hi)| *lo + gamma * hi)
            .collect();
        l = l_lo
            .iter()
            .zip(l_hi)
            .map(|(lo, hi)| gamma * lo + hi)
            .collect();
        let folded: Vec<G1> = g_lo
            .par_iter()
            .zip(g_hi)
            .map(|(lo, hi)| *lo * gamma + hi)
            .collect();
        g = duces_protocol::pedersen::normalise(&folded);
    }
    published.extend(a[0].to_repr());
    published
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linear_form::{Opening, Relation};
    use group::Group;
    use rand_core::OsRng;

    fn check(bases: &Bases, q: G1, relation: &Relation) -> bool {
        let mut sum = linear_combination(&relation.g, &bases.vector.g[..relation.g.len()]);
        sum += bases.vector.w * relation.w + bases.value * relation.value + q * relation.q;
        for (scalar, point) in &relation.points {
            sum += *point * scalar;
        }
        bool::from(sum.is_identity())
    }

    #[test]
    fn openings_verify_and_lies_do_not() {
        let bases = Bases::derive(12);
        let random = |n: usize| (0..n).map(|_| Fr::random(OsRng)).collect::<Vec<_>>();
        let (vector, form, blind) = (random(13), random(13), Fr::random(OsRng));
        let q = linear_combination(&vector, &bases.vector.g[..13]) + bases.vector.w * blind;
        let t = inner_product(&vector, &form);
        let state = State::first_phase(
            &crate::Context {
                commitment: duces_protocol::digest::Digest([1; 32]),
                request: duces_protocol::digest::Digest([2; 32]),
            },
            duces_protocol::digest::Digest([3; 32]),
            &[4; 32],
            0,
            &[],
            &[],
            b"",
        );
        for response in [Response::Plain, Response::Folded] {
            let secret = Secret {
                vector: &vector,
                blind,
                form: &form,
            };
            let proof = prove(&bases, response, &secret, &state, OsRng);
            assert_eq!(proof.len(), response.byte_len(13));
            let accepts = |t: Fr, q: G1, state: &State, proof: &[u8]| {
                Opening::read(bases.len(), 13, response, state, proof)
                    .and_then(|opening| opening.relation(&form, t))
                    .is_ok_and(|relation| check(&bases, q, &relation))
            };
            assert!(accepts(t, q, &state, &proof));
            assert!(!accepts(t + Fr::ONE, q, &state, &proof), "another value");
            assert!(
                !accepts(t, q + bases.vector.w, &state, &proof),
                "another commitment"
            );
            assert!(
                !accepts(t, q, &state.absorb("x", b""), &proof),
                "another context"
            );
            for byte in 0..proof.len() {
                let mut changed = proof.clone();
                changed[byte] ^= 1;
                assert!(!accepts(t, q, &state, &changed), "byte {byte} changed");
            }
            assert!(!accepts(t, q, &state, &proof[..proof.len() - 1]));
            assert!(!accepts(t, q, &state, &[proof.clone(), vec![0]].concat()));

            // A lying prover: a vector whose form has another value.
            let mut other = vector.clone();
            other[5] += Fr::ONE;
            let secret = Secret {
                vector: &other,
                blind,
                form: &form,
            };
            let proof = prove(&bases, response, &secret, &state, OsRng);
            assert!(!accepts(inner_product(&other, &form), q, &state, &proof));
            assert!(!accepts(t, q, &state, &proof));
        }
    }
}
