//! The circuit's proof, in the form that the library's verifier reads.
//!
//! The messages are those of halo2 (the library's `create_proof`) for a circuit with two phases and
//! without lookups and permutations of its own. What differs is the work: columns of small integers
//! stay so, commitments are made once, and the quotient is computed as [`super::quotient`] says.

use super::opening::{Messages, Opened, Polynomial, draw};
use super::random_scalars;
use super::steps::FirstPhase;
use super::params::ProverParams;
use super::quotient::Gates;
use crate::layout::{BLINDING_ROWS, Layout};
use crate::second_phase::{Challenges, SecondPhase};
use crate::transform::{powers, reverse_bits};
use crate::witness::Witness;
use duces_protocol::pedersen::normalise;
use ff::Field;
use group::ff::BatchInvert;
use halo2_proofs::plonk::VerifyingKey;
use halo2curves::bn256::{Fr, G1, G1Affine};
use rand_core::RngCore;
use rayon::prelude::*;
use std::io;

/// What all proofs of a request share.
pub(super) struct Argument<'a> {
    pub layout: &'a Layout,
    pub params: &'a ProverParams,
    pub key: &'a VerifyingKey<G1Affine>,
    /// The instance columns of [`crate::circuit::public_columns`].
    pub public: &'a [Vec<Fr>],
}

impl Argument<'_> {
    /// Writes the proof, given the instance columns of [`crate::equation`].
    ///
    /// # Errors
    /// Never in practice: the transcript writes to memory.
    pub(super) fn prove(
        &self,
        first: FirstPhase,
        equation: &[Vec<Fr>],
        transcript: &mut impl Messages,
        rng: &mut impl RngCore,
    ) -> io::Result<()> {
        self.key.hash_into(transcript)?;
        for value in equation.iter().chain(self.public).flatten() {
            transcript.common_scalar(*value)?;
        }
        for point in &first.points {
            transcript.write_point(*point)?;
        }
        let [alpha, beta, omega] = [(); 3].map(|()| draw(transcript));
        let challenges = Challenges { alpha, beta, omega };
        let FirstPhase {
            witness,
            mut blinds,
            ..
        } = first;
        let second = self.second_phase(
            &witness,
            equation,
            challenges,
            &mut blinds,
            rng,
            transcript,
        )?;
        // θ, β and γ of the library's own lookups and permutations.
        for _ in 0..3 {
            draw(transcript);
        }
        let random = Polynomial {
            coefficients: random_scalars(self.layout.rows(), rng),
            blind: Fr::random(&mut *rng),
        };
        transcript.write_point(self.params.commit(&random).into())?;
        let y = draw(transcript);
        let gates = Gates {
            layout: self.layout,
            transform: &self.params.transform,
            witness: &witness,
            second: &second,
            equation,
            public: self.public,
            challenges,
        };
        let pieces = gates.quotient(y);
        let pieces: Vec<Polynomial> = pieces
            .chunks_exact(self.layout.rows())
            .map(|piece| Polynomial {
                coefficients: piece.to_vec(),
                blind: Fr::random(&mut *rng),
            })
            .collect();
        let commitments: Vec<G1> = pieces
            .par_iter()
            .map(|piece| self.params.commit(piece))
            .collect();
        for point in normalise(&commitments) {
            transcript.write_point(point)?;
        }

        let x = draw(transcript);
        let points = [x, x * self.params.transform.omega()];
        let columns = Columns {
            witness: &witness,
            second: &second,
        };
        let weights = self.lagrange_weights(x);
        let queries = self.key.cs().advice_queries();
        let values: Vec<Fr> = queries
            .par_iter()
            .map(|(column, rotation)| columns.value(column.index(), rotation.0, &weights))
            .collect();
        for value in &values {
            transcript.write_scalar(*value)?;
        }
        transcript.write_scalar(random.at(x))?;

        // The running sum stands alone; everything else is opened at x only.
        let last = columns.len() - 1;
        let (order, mut values): (Vec<usize>, Vec<Fr>) = queries
            .iter()
            .zip(values)
            .map(|((column, _), value)| (column.index(), value))
            .filter(|(column, _)| *column != last)
            .unzip();
        let xn = x.pow_vartime([self.layout.rows() as u64]);
        let quotient = fold_pieces(&pieces, xn);
        values.extend([quotient.at(x), random.at(x)]);
        let combine = |challenge: Fr, first_highest: bool| {
            let mut weights = powers(Fr::ONE, challenge, order.len() + 2);
            if first_highest {
                weights.reverse();
            }
            let coefficients = self.coefficients(columns.sum(&order, &weights, self.layout.rows()));
            let [.., of_quotient, of_random] = &weights[..] else {
                unreachable!("there are two weights more than columns")
            };
            let mut all = Polynomial {
                coefficients,
                blind: order
                    .iter()
                    .zip(&weights)
                    .map(|(c, w)| blinds[*c] * w)
                    .sum(),
            };
            for (part, weight) in [(&quotient, of_quotient), (&random, of_random)] {
                for (sum, c) in all.coefficients.iter_mut().zip(&part.coefficients) {
                    *sum += *weight * c;
                }
                all.blind += *weight * part.blind;
            }
            all
        };
        let sum = Polynomial {
            coefficients: self.coefficients(second.sum.clone()),
            blind: blinds[last],
        };
        let opened = Opened {
            combine: &combine,
            values: &values,
            sum,
            points,
        };
        opened.prove(self.params, transcript, rng)
    }

    /// Computes, blinds and commits to the second-phase columns; their blinds follow the others.
    fn second_phase(
        &self,
        witness: &Witness,
        equation: &[Vec<Fr>],
        challenges: Challenges,
        blinds: &mut Vec<Fr>,
        rng: &mut impl RngCore,
        transcript: &mut impl Messages,
    ) -> io::Result<SecondPhase> {
        let mut second = SecondPhase::new(self.layout, witness, equation, challenges);
        let rows = self.layout.rows();
        for column in second.columns_mut() {
            column.resize(rows - BLINDING_ROWS, Fr::ZERO);
            column.extend(random_scalars(BLINDING_ROWS, rng));
        }
        let columns: Vec<&Vec<Fr>> = second.columns().collect();
        let more = random_scalars(columns.len(), rng);
        let points: Vec<G1> = columns
            .par_iter()
            .zip(&more)
            .map_init(
                || self.params.values.sums(),
                |sums, (column, blind)| sums.of_values(0, column) + self.params.blind * blind,
            )
            .collect();
        for point in normalise(&points) {
            transcript.write_point(point)?;
        }
        blinds.extend(more);
        Ok(second)
    }

    fn coefficients(&self, mut values: Vec<Fr>) -> Vec<Fr> {
        self.params.transform.interpolate(&mut values);
        reverse_bits(&mut values);
        values
    }

    /// `L_i(x) = (x^n − 1)·ω^i / (n·(x − ω^i))`: a column's value at `x` is their sum weighted by
    /// its cells.
    fn lagrange_weights(&self, x: Fr) -> Vec<Fr> {
        let n = self.layout.rows();
        let points = powers(Fr::ONE, self.params.transform.omega(), n);
        let mut weights: Vec<Fr> = points.iter().map(|point| x - point).collect();
        weights.batch_invert();
        let n_inverse = Fr::from(n as u64).invert().expect("n is not zero");
        let scale = (x.pow_vartime([n as u64]) - Fr::ONE) * n_inverse;
        for (weight, point) in weights.iter_mut().zip(&points) {
            *weight *= scale * point;
        }
        weights
    }
}

/// All columns in the order of the circuit.
struct Columns<'a> {
    witness: &'a Witness,
    second: &'a SecondPhase,
}

impl Columns<'_> {
    fn len(&self) -> usize {
        self.witness.columns.len() + self.second.columns().count()
    }

    fn second(&self, index: usize) -> &[Fr] {
        let mut columns = self.second.columns();
        columns
            .nth(index - self.witness.columns.len())
            .expect("the circuit has such a column")
    }

    /// The value of a column at `ω^rotation·x`, given the weights for `x`.
    fn value(&self, index: usize, rotation: i32, weights: &[Fr]) -> Fr {
        if let Some(column) = self.witness.columns.get(index).filter(|_| rotation == 0) {
            return column.dot(weights);
        }
        // Cell i + rotation meets the weight of row i.
        let column = self.second(index);
        let n = weights.len();
        let offset = rotation.rem_euclid(n as i32) as usize;
        (0..n).map(|i| weights[i] * column[(i + offset) % n]).sum()
    }

    /// `Σ weights[i]·column[order[i]]`.
    fn sum(&self, order: &[usize], weights: &[Fr], rows: usize) -> Vec<Fr> {
        let terms: Vec<(usize, Fr)> = order.iter().copied().zip(weights.iter().copied()).collect();
        terms
            .par_iter()
            .fold(
                || vec![Fr::ZERO; rows],
                |mut sum, &(index, weight)| {
                    match self.witness.columns.get(index) {
                        Some(column) => column.add_to(&mut sum, weight),
                        None => {
                            for (sum, cell) in sum.iter_mut().zip(self.second(index)) {
                                *sum += weight * cell;
                            }
                        }
                    }
                    sum
                },
            )
            .reduce(
                || vec![Fr::ZERO; rows],
                |mut a, b| {
                    a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
                    a
                },
            )
    }
}

/// `Σ xn^i·piece_i`.
fn fold_pieces(pieces: &[Polynomial], xn: Fr) -> Polynomial {
    let mut folded = Polynomial {
        coefficients: vec![Fr::ZERO; pieces[0].coefficients.len()],
        blind: Fr::ZERO,
    };
    for piece in pieces.iter().rev() {
        for (sum, c) in folded.coefficients.iter_mut().zip(&piece.coefficients) {
            *sum = *sum * xn + c;
        }
        folded.blind = folded.blind * xn + piece.blind;
    }
    folded
}
