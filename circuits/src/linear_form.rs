//! Zero-knowledge opening of a linear form on a Pedersen vector commitment
//! (docs/protocol.md section 5.7).
//!
//! Statement: the prover knows `a` and `σ` with `Q = Σ a_i·G_i + σ·W` and `⟨l, a⟩ = t`, for public
//! `Q`, `l` and `t`. The proof is a sigma protocol made non-interactive. Its response is sent as it
//! is (`N` scalars), or replaced by a proof of knowledge of it in `2·log2 N` points: the compressed
//! sigma protocol of Attema and Cramer (CRYPTO 2020, section 4).

use crate::challenge::State;
use crate::proof::ProofError;
use duces_protocol::bytes::{Malformed, Reader, Writer};
use duces_protocol::hash_to_curve::hash_to_curve;
use duces_protocol::pedersen::Generators;
use ff::{Field, PrimeField};
use group::{Curve, GroupEncoding};
use halo2_proofs::arithmetic::best_multiexp;
use halo2curves::bn256::{Fr, G1, G1Affine};
use rand_core::{CryptoRng, RngCore};
use rayon::prelude::*;

/// The generators of a linear-form opening: those of the views, and one for the form's value.
#[derive(Clone, Debug)]
pub struct Bases {
    /// `G_0 …`, a power of two of them, and `W`.
    pub vector: Generators,
    /// The generator of the value of the form.
    pub value: G1Affine,
}

impl Bases {
    /// Derives the bases for views of `len` bytes: room for the view and its mask at index `len`.
    #[must_use]
    pub fn derive(len: usize) -> Self {
        Self {
            vector: Generators::derive((len + 1).next_power_of_two()),
            value: hash_to_curve("duces/linear-form/v1", &[0]),
        }
    }

    /// Length of the vectors: a power of two.
    #[must_use]
    pub fn len(&self) -> usize {
        self.vector.g.len()
    }

    /// Whether there are no bases; never so for derived ones.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.vector.g.is_empty()
    }
}

/// Which form of the response a batch uses: it follows from sizes that both sides know.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Response {
    /// The scalars as they are.
    Plain,
    /// Folded to `2·log2 N` points.
    Folded,
}

impl Response {
    /// Plain where its scalars cost at most 8 bytes an item, folded otherwise.
    #[must_use]
    pub fn choose(view_len: usize, items: usize) -> Self {
        if view_len <= items / 4 {
            Self::Plain
        } else {
            Self::Folded
        }
    }

    /// Bytes of an opening over vectors of which the first `used` entries are in use.
    #[must_use]
    pub fn byte_len(self, used: usize) -> usize {
        match self {
            Self::Plain => 32 * (3 + used),
            Self::Folded => 32 * (4 + 2 * used.next_power_of_two().ilog2() as usize),
        }
    }
}

/// `Q` and its opening, the form `l`, and the value `t = ⟨l, a⟩`.
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
    mut rng: impl RngCore + CryptoRng,
) -> Vec<u8> {
    let used = secret.vector.len();
    let d: Vec<Fr> = (0..used).map(|_| Fr::random(&mut rng)).collect();
    let delta = Fr::random(&mut rng);
    let first = best_multiexp(&d, &bases.vector.g[..used]) + bases.vector.w * delta;
    let e = inner_product(&d, secret.form);
    let mut out = Writer::new();
    out.raw(first.to_affine().to_bytes().as_ref())
        .raw(e.to_repr().as_ref());
    let mut published = out.finish();
    let state = state.absorb("opening", &published);
    let c = state.scalar("c");
    let a: Vec<Fr> = d
        .iter()
        .zip(secret.vector)
        .map(|(d, x)| *d + c * x)
        .collect();
    let alpha = delta + c * secret.blind;
    published.extend_from_slice(alpha.to_repr().as_ref());
    match response {
        Response::Plain => {
            for scalar in &a {
                published.extend_from_slice(scalar.to_repr().as_ref());
            }
        }
        Response::Folded => {
            let state = state.absorb("alpha", alpha.to_repr().as_ref());
            fold(bases, a, secret.form.to_vec(), state, &mut published);
        }
    }
    published
}

/// The compressed response: rounds of `L`, `R`, then one scalar.
fn fold(bases: &Bases, mut a: Vec<Fr>, mut l: Vec<Fr>, mut state: State, published: &mut Vec<u8>) {
    a.resize(bases.len(), Fr::ZERO);
    l.resize(bases.len(), Fr::ZERO);
    let mut g = bases.vector.g.clone();
    let value = bases.value * state.scalar("x");
    while a.len() > 1 {
        let half = a.len() / 2;
        let (a_lo, a_hi) = a.split_at(half);
        let (l_lo, l_hi) = l.split_at(half);
        let (g_lo, g_hi) = g.split_at(half);
        let left = best_multiexp(a_lo, g_hi) + value * inner_product(a_lo, l_hi);
        let right = best_multiexp(a_hi, g_lo) + value * inner_product(a_hi, l_lo);
        let mut round = Vec::with_capacity(64);
        for point in [left, right] {
            round.extend_from_slice(point.to_affine().to_bytes().as_ref());
        }
        published.extend_from_slice(&round);
        state = state.absorb("round", &round);
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
    published.extend_from_slice(a[0].to_repr().as_ref());
}

fn inner_product(a: &[Fr], b: &[Fr]) -> Fr {
    a.iter().zip(b).map(|(a, b)| *a * b).sum()
}

/// A linear relation between curve points that must be the identity: what an opening reduces to.
///
/// `Σ g[i]·G_i + w·W + value·U + Σ scalar·point = 0`.
pub struct Relation {
    /// Coefficients of `G_i`.
    pub g: Vec<Fr>,
    /// Coefficient of `W`.
    pub w: Fr,
    /// Coefficient of the generator of the form's value.
    pub value: Fr,
    /// Further points with their coefficients.
    pub points: Vec<(Fr, G1Affine)>,
    /// Coefficient of `Q`, which the caller knows as a combination of other points.
    pub q: Fr,
}

/// Reads an opening and reduces it to a [`Relation`].
///
/// # Errors
/// When the bytes are malformed, or the form's value is wrong.
pub fn verify(
    bases_len: usize,
    response: Response,
    form: &[Fr],
    t: Fr,
    state: &State,
    bytes: &[u8],
) -> Result<Relation, ProofError> {
    let mut from = Reader::new(bytes);
    let head = from.take(64)?;
    let (first, e) = (point(&head[..32])?, scalar(&head[32..])?);
    let state = state.absorb("opening", head);
    let c = state.scalar("c");
    let alpha_bytes = from.take(32)?;
    let alpha = scalar(alpha_bytes)?;
    let target = e + c * t;
    let mut points = vec![(-Fr::ONE, first)];
    match response {
        Response::Plain => {
            let a: Vec<Fr> = from
                .take(32 * form.len())?
                .chunks_exact(32)
                .map(scalar)
                .collect::<Result<_, _>>()?;
            from.finish()?;
            if inner_product(&a, form) != target {
                return Err(ProofError::Opening);
            }
            Ok(Relation {
                g: a,
                w: alpha,
                value: Fr::ZERO,
                points,
                q: -c,
            })
        }
        Response::Folded => {
            let mut state = state.absorb("alpha", alpha_bytes);
            let x = state.scalar("x");
            let mut rounds = Vec::new();
            for _ in 0..bases_len.ilog2() {
                let round = from.take(64)?;
                let (left, right) = (point(&round[..32])?, point(&round[32..])?);
                state = state.absorb("round", round);
                rounds.push((left, right, state.scalar("gamma")));
            }
            let last = scalar(from.take(32)?)?;
            from.finish()?;
            // A_{j+1} = L_j + γ_j·A_j + γ_j²·R_j, unrolled from the last round to the first.
            let mut weight = Fr::ONE;
            for (left, right, gamma) in rounds.iter().rev() {
                points.push((-weight, *left));
                points.push((-weight * gamma.square(), *right));
                weight *= gamma;
            }
            points[0].0 = -weight;
            // The last generator is Σ s_i·G_i, the last form ⟨s, l⟩: s_i is the product of the
            // γ_j of the rounds in which i is in the lower half.
            let mut s = vec![last];
            for (_, _, gamma) in &rounds {
                s = s.iter().flat_map(|s| [*s * gamma, *s]).collect();
            }
            let folded_value = inner_product(&s[..form.len()], form);
            Ok(Relation {
                g: s,
                w: weight * alpha,
                value: x * (folded_value - weight * target),
                points,
                q: -weight * c,
            })
        }
    }
}

/// Reads a canonical point other than the identity.
pub(crate) fn point(bytes: &[u8]) -> Result<G1Affine, Malformed> {
    let mut array = [0; 32];
    array.copy_from_slice(bytes);
    Ok(duces_protocol::pedersen::ViewCommitment::from_bytes(&array)?.point())
}

/// Reads a canonical scalar.
pub(crate) fn scalar(bytes: &[u8]) -> Result<Fr, Malformed> {
    let mut array = [0; 32];
    array.copy_from_slice(bytes);
    Option::from(Fr::from_repr(array))
        .ok_or_else(|| Malformed::new("a scalar is not smaller than the group order"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use group::Group;
    use rand_core::OsRng;

    fn check(bases: &Bases, q: G1, relation: &Relation) -> bool {
        let mut sum = best_multiexp(&relation.g, &bases.vector.g[..relation.g.len()]);
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
        let q = best_multiexp(&vector, &bases.vector.g[..13]) + bases.vector.w * blind;
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
                verify(bases.len(), response, &form, t, state, proof)
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
