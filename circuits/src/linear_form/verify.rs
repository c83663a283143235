//! The verifier: an opening is read and its challenges are drawn, then it is reduced to a relation
//! between points.

use super::{Response, inner_product};
use crate::challenge::State;
use crate::encoding::{point, scalar};
use crate::refusal::ProofError;
use duces_protocol::bytes::Reader;
use ff::Field;
use halo2curves::bn256::{Fr, G1Affine};

/// The messages of an opening, each with the challenge that follows it.
pub struct Opening {
    /// `D`, the commitment to the random vector.
    pub first: G1Affine,
    /// `e`, the form's value on the random vector.
    pub e: Fr,
    /// The challenge `c`.
    pub c: Fr,
    /// `σ'`, the blind of the response.
    pub blind: Fr,
    /// The response.
    pub answer: Answer,
}

/// The response of an opening.
pub enum Answer {
    /// `a'`.
    Plain(Vec<Fr>),
    /// A proof of knowledge of `a'`.
    Folded {
        /// The challenge `x`, which scales the generator of the value.
        x: Fr,
        /// `L`, `R` and the challenge `γ` of every round.
        rounds: Vec<Round>,
        /// The response, folded to one scalar.
        last: Fr,
    },
}

/// One round of a folded response.
#[derive(Clone, Copy, Debug)]
pub struct Round {
    /// `L`.
    pub left: G1Affine,
    /// `R`.
    pub right: G1Affine,
    /// The challenge `γ`.
    pub gamma: Fr,
}

/// A linear relation between curve points that must be the identity: what an opening reduces to.
///
/// `Σ g[i]·G_i + w·W + value·U + Σ scalar·point = 0`.
pub struct Relation {
    /// Coefficients of `G_i`.
    pub g: Vec<Fr>,
    /// Coefficient of `W`.
    pub w: Fr,
    /// Coefficient of `U`.
    pub value: Fr,
    /// `D`, then `L` and `R` of every round in order, with their coefficients.
    pub points: Vec<(Fr, G1Affine)>,
    /// Coefficient of `Q`, which the caller knows as a combination of other points.
    pub q: Fr,
}

impl Opening {
    /// Reads an opening over `bases_len` generators of which the form uses the first `used`, and
    /// draws its challenges from the transcript `state`, which has absorbed `Q`, the form and its
    /// value.
    ///
    /// # Errors
    /// When the bytes are malformed.
    pub fn read(
        bases_len: usize,
        used: usize,
        response: Response,
        state: &State,
        bytes: &[u8],
    ) -> Result<Self, ProofError> {
        let mut from = Reader::new(bytes);
        let head = from.take(64)?;
        let (first, e) = (point(&head[..32])?, scalar(&head[32..])?);
        let state = state.absorb("opening", head);
        let c = state.scalar("c");
        let blind_bytes = from.take(32)?;
        let blind = scalar(blind_bytes)?;
        let answer = match response {
            Response::Plain => {
                let words = from.take(32 * used)?.chunks_exact(32);
                Answer::Plain(words.map(scalar).collect::<Result<_, _>>()?)
            }
            Response::Folded => {
                let state = state.absorb("blind", blind_bytes);
                let x = state.scalar("x");
                let rounds = Round::read_all(&mut from, bases_len.ilog2(), state)?;
                let last = scalar(from.take(32)?)?;
                Answer::Folded { x, rounds, last }
            }
        };
        from.finish()?;
        Ok(Self {
            first,
            e,
            c,
            blind,
            answer,
        })
    }

    /// Reduces the opening of a form to the value `t` to a [`Relation`].
    ///
    /// # Errors
    /// When the form's value on a response in full is wrong.
    pub fn relation(&self, form: &[Fr], t: Fr) -> Result<Relation, ProofError> {
        let target = self.e + self.c * t;
        match &self.answer {
            Answer::Plain(a) => {
                if inner_product(a, form) != target {
                    return Err(ProofError::Opening);
                }
                Ok(Relation {
                    g: a.clone(),
                    w: self.blind,
                    value: Fr::ZERO,
                    points: vec![(-Fr::ONE, self.first)],
                    q: -self.c,
                })
            }
            Answer::Folded { x, rounds, last } => {
                let (weight, rest) = Round::unroll(rounds);
                let mut points = vec![(-weight, self.first)];
                points.extend(rest);
                let s = Round::last_generator(*last, rounds);
                let folded_value = inner_product(&s[..form.len()], form);
                Ok(Relation {
                    g: s,
                    w: weight * self.blind,
                    value: *x * (folded_value - weight * target),
                    points,
                    q: -weight * self.c,
                })
            }
        }
    }
}

impl Round {
    /// Reads so many rounds; each challenge is drawn from the state that has absorbed the round.
    pub(crate) fn read_all(
        from: &mut Reader<'_>,
        count: u32,
        mut state: State,
    ) -> Result<Vec<Self>, ProofError> {
        let mut rounds = Vec::new();
        for _ in 0..count {
            let message = from.take(64)?;
            state = state.absorb("round", message);
            rounds.push(Self {
                left: point(&message[..32])?,
                right: point(&message[32..])?,
                gamma: state.scalar("gamma"),
            });
        }
        Ok(rounds)
    }

    /// `A_{j+1} = L_j + γ_j·A_j + γ_j²·R_j`, unrolled from the last round to the first: what `A_0`
    /// counts in the last `A`, and the negated coefficients of `L` and `R` of every round in order.
    pub(crate) fn unroll(rounds: &[Self]) -> (Fr, Vec<(Fr, G1Affine)>) {
        let mut weight = Fr::ONE;
        let mut points = Vec::with_capacity(2 * rounds.len());
        for round in rounds.iter().rev() {
            points.push((-weight * round.gamma.square(), round.right));
            points.push((-weight, round.left));
            weight *= round.gamma;
        }
        points.reverse();
        (weight, points)
    }

    /// The last generator is `Σ s_i·G_i`, the last form `⟨s, l⟩`: `s_i` is `last` times the product
    /// of the `γ_j` of the rounds in which `i` is in the lower half.
    pub(crate) fn last_generator(last: Fr, rounds: &[Self]) -> Vec<Fr> {
        let mut s = vec![last];
        for round in rounds {
            s = s.iter().flat_map(|s| [*s * round.gamma, *s]).collect();
        }
        s
    }
}
