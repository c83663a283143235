//! The circuit's proof, in the form that the library's verifier reads.
//!
//! The messages are those of halo2 (the library's `create_proof`) for a circuit with two phases and
//! without lookups and permutations of its own. What differs is the work: columns of small integers
//! stay so, commitments are made once, and the quotient is computed as [`crate::prover::quotient`] says.

use super::FirstPhase;
use crate::columns::{EquationColumns, FirstColumns, LayoutColumns, SecondColumns};
use crate::domain::{powers, reverse_bits};
use crate::layout::{BLINDING_ROWS, Layout};
use crate::prover::column::Column;
use crate::prover::opening::{Messages, MultiOpening, draw};
use crate::prover::params::ProverParams;
use crate::prover::polynomial::Polynomial;
use crate::prover::quotient::Gates;
use crate::prover::random_scalars;
use crate::prover::second_phase::{Challenges, SecondPhase};
use crate::prover::transform::Transform;
use duces_arithmetic::Engine;
use duces_protocol::pedersen::normalise;
use ff::Field;
use halo2_proofs::plonk::VerifyingKey;
use halo2curves::bn256::{Fr, G1, G1Affine};
use rand_core::RngCore;
use rayon::prelude::*;
use std::io;

/// What all proofs of a request share.
pub(in crate::prover) struct Argument<'a> {
    pub layout: &'a Layout,
    pub params: &'a ProverParams,
    pub key: &'a VerifyingKey<G1Affine>,
    /// The instance columns of [`crate::circuit::public_columns`].
    pub public: &'a LayoutColumns<Vec<Fr>>,
}

impl Argument<'_> {
    /// Writes the proof, given the instance columns of [`crate::equation`].
    ///
    /// # Errors
    /// Never in practice: the transcript writes to memory.
    pub(in crate::prover) fn prove(
        &self,
        first: FirstPhase,
        equation: &EquationColumns<Vec<Fr>>,
        transcript: &mut impl Messages,
        rng: &mut impl RngCore,
    ) -> io::Result<()> {
        let challenges = self.publish_first_phase(&first, equation, transcript)?;
        let witness = &first.witness;
        let engine = self.params.engine;
        let mut second = SecondPhase::on(
            engine,
            self.layout,
            witness,
            equation,
            self.public,
            challenges,
        );
        let mut blinds = first.blinds;
        blinds.extend(self.publish_second_phase(&mut second, transcript, rng)?);
        let random = self.publish_random_polynomial(transcript, rng)?;
        let gates = Gates {
            engine,
            layout: self.layout,
            transform: &self.params.transform,
            witness,
            second: &second,
            equation,
            public: self.public,
            challenges,
        };
        let quotient = self.publish_quotient(&gates, transcript, rng)?;
        let columns = Columns {
            engine,
            first: &witness.columns,
            second: &second.columns,
        };
        self.open(&columns, &blinds, &quotient, &random, transcript, rng)
    }

    /// Absorbs the statement and the first phase; draws `α, β, w`.
    fn publish_first_phase(
        &self,
        first: &FirstPhase,
        equation: &EquationColumns<Vec<Fr>>,
        transcript: &mut impl Messages,
    ) -> io::Result<Challenges> {
        self.key.hash_into(transcript)?;
        for value in equation.iter().chain(self.public.iter()).flatten() {
            transcript.common_scalar(*value)?;
        }
        for point in &first.points {
            transcript.write_point(*point)?;
        }
        Ok(Challenges {
            alpha: draw(transcript),
            beta: draw(transcript),
            w: draw(transcript),
        })
    }

    /// Blinds and commits to the second phase; returns the blinds of the commitments.
    fn publish_second_phase(
        &self,
        second: &mut SecondPhase,
        transcript: &mut impl Messages,
        rng: &mut impl RngCore,
    ) -> io::Result<Vec<Fr>> {
        let rows = self.layout.rows();
        for column in second.columns.iter_mut() {
            column.resize(rows - BLINDING_ROWS, Fr::ZERO);
            column.extend(random_scalars(BLINDING_ROWS, rng));
        }
        let columns: Vec<&Vec<Fr>> = second.columns.iter().collect();
        let blinds = random_scalars(columns.len(), rng);
        let points: Vec<G1> = columns
            .par_iter()
            .zip(&blinds)
            .map_init(
                || self.params.values.sums(),
                |sums, (column, blind)| sums.of_values(0, column) + self.params.blind * blind,
            )
            .collect();
        for point in normalise(&points) {
            transcript.write_point(point)?;
        }
        Ok(blinds)
    }

    /// The polynomial that hides the quotient's value.
    fn publish_random_polynomial(
        &self,
        transcript: &mut impl Messages,
        rng: &mut impl RngCore,
    ) -> io::Result<Polynomial> {
        // θ, β and γ of the library's own lookups and permutations.
        for _ in 0..3 {
            draw(transcript);
        }
        let random = Polynomial {
            coefficients: random_scalars(self.layout.rows(), rng),
            blind: Fr::random(&mut *rng),
        };
        transcript.write_point(self.params.commit(&random).into())?;
        Ok(random)
    }

    /// Draws `y` and commits to the quotient, in pieces of a column's length.
    fn publish_quotient(
        &self,
        gates: &Gates<'_>,
        transcript: &mut impl Messages,
        rng: &mut impl RngCore,
    ) -> io::Result<Vec<Polynomial>> {
        let quotient = gates.quotient(draw(transcript));
        let pieces: Vec<Polynomial> = quotient
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
        Ok(pieces)
    }

    /// Draws `x`, writes the values there and opens all columns to them.
    fn open(
        &self,
        columns: &Columns<'_>,
        blinds: &[Fr],
        quotient: &[Polynomial],
        random: &Polynomial,
        transcript: &mut impl Messages,
        rng: &mut impl RngCore,
    ) -> io::Result<()> {
        let transform = &self.params.transform;
        let x = draw(transcript);
        let weights = lagrange_weights(self.params.engine, transform, x);
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
        let quotient = fold_pieces(quotient, x.pow_vartime([self.layout.rows() as u64]));
        values.extend([quotient.at(x), random.at(x)]);
        let combine = |challenge: Fr, first_highest: bool| {
            let mut weights = powers(Fr::ONE, challenge, order.len() + 2);
            if first_highest {
                weights.reverse();
            }
            let (of_columns, others) = weights.split_at(order.len());
            let sum = columns.sum(&order, of_columns, self.layout.rows());
            let mut all = Polynomial {
                coefficients: coefficients(transform, sum),
                blind: order
                    .iter()
                    .zip(of_columns)
                    .map(|(c, w)| blinds[*c] * w)
                    .sum(),
            };
            for (part, weight) in [&quotient, random].into_iter().zip(others) {
                all.add(*weight, part);
            }
            all
        };
        let opening = MultiOpening {
            combine: &combine,
            values: &values,
            sum: Polynomial {
                coefficients: coefficients(transform, columns.second.sum.clone()),
                blind: blinds[last],
            },
            points: [x, x * transform.omega()],
        };
        opening.prove(self.params, transcript, rng)
    }
}

fn coefficients(transform: &Transform, mut values: Vec<Fr>) -> Vec<Fr> {
    transform.interpolate(&mut values);
    reverse_bits(&mut values);
    values
}

/// `L_i(x) = (x^n − 1)·ω^i / (n·(x − ω^i))`: a column's value at `x` is their sum weighted by
/// its cells.
fn lagrange_weights(engine: Engine, transform: &Transform, x: Fr) -> Vec<Fr> {
    let n = transform.len();
    let points = powers(Fr::ONE, transform.omega(), n);
    let mut weights: Vec<Fr> = points.iter().map(|point| x - point).collect();
    engine.invert(&mut weights);
    let n_inverse = Fr::from(n as u64).invert().expect("n is not zero");
    let scale = (x.pow_vartime([n as u64]) - Fr::ONE) * n_inverse;
    for (weight, point) in weights.iter_mut().zip(&points) {
        *weight *= scale * point;
    }
    weights
}

/// All columns in the order of the circuit.
struct Columns<'a> {
    engine: Engine,
    first: &'a FirstColumns<Column>,
    second: &'a SecondColumns<Vec<Fr>>,
}

/// One of them.
enum Cells<'a> {
    Integers(&'a Column),
    Field(&'a [Fr]),
}

impl<'a> Columns<'a> {
    fn len(&self) -> usize {
        self.first.iter().count() + self.second.iter().count()
    }

    fn list(&self) -> Vec<Cells<'a>> {
        let first = self.first.iter().map(Cells::Integers);
        let second = self.second.iter().map(|column| Cells::Field(column));
        first.chain(second).collect()
    }

    /// The value of a column at `ω^rotation·x`, given the weights for `x`.
    fn value(&self, index: usize, rotation: i32, weights: &[Fr]) -> Fr {
        let n = weights.len();
        // Cell i + rotation meets the weight of row i.
        let offset = rotation.rem_euclid(n as i32) as usize;
        match &self.list()[index] {
            Cells::Integers(column) if offset == 0 => column.dot(self.engine, weights),
            Cells::Integers(column) => (0..n)
                .map(|i| weights[i] * column.get((i + offset) % n))
                .sum(),
            Cells::Field(column) if offset == 0 => self.engine.dot(weights, column),
            Cells::Field(column) => (0..n).map(|i| weights[i] * column[(i + offset) % n]).sum(),
        }
    }

    /// `Σ weights[i]·column[order[i]]`.
    fn sum(&self, order: &[usize], weights: &[Fr], rows: usize) -> Vec<Fr> {
        let columns = self.list();
        let terms: Vec<(&Cells<'_>, Fr)> = order
            .iter()
            .map(|&index| &columns[index])
            .zip(weights.iter().copied())
            .collect();
        terms
            .par_iter()
            .fold(
                || vec![Fr::ZERO; rows],
                |mut sum, &(column, weight)| {
                    match column {
                        Cells::Integers(column) => column.add_to(self.engine, &mut sum, weight),
                        Cells::Field(column) => {
                            self.engine.add_scaled(&mut sum, weight, column);
                        }
                    }
                    sum
                },
            )
            .reduce(
                || vec![Fr::ZERO; rows],
                |mut a, b| {
                    self.engine.add(&mut a, &b);
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
