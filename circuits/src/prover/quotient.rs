//! The quotient of all gates by the vanishing polynomial.
//!
//! The gates are those of [`crate::circuit`], in its order, written out: a lookup enters only
//! through what it compresses, and the groups only through their folds, so that `q` and `z` are
//! transformed as one, and nothing is transformed for the linear relations.
//! Whether the result is right, the verifier decides; the library's circuit is the definition.

use crate::circuit::LOOKUPS_PER_HELPER;
use crate::layout::Layout;
use crate::second_phase::{Challenges, SecondPhase};
use crate::transform::{COSETS, Transform};
use crate::witness::Witness;
use ff::Field;
use halo2curves::bn256::Fr;
use rayon::prelude::*;

/// Values of one polynomial on all cosets.
type Cosets = [Vec<Fr>; COSETS];

/// What the gates of a batch are about.
pub(super) struct Gates<'a> {
    pub layout: &'a Layout,
    pub transform: &'a Transform,
    /// All rows, blinding rows included.
    pub witness: &'a Witness,
    /// All rows, blinding rows included.
    pub second: &'a SecondPhase,
    /// The instance columns of [`crate::equation`].
    pub equation: &'a [Vec<Fr>],
    /// Those of [`crate::circuit::public_columns`].
    pub public: &'a [Vec<Fr>],
    pub challenges: Challenges,
}

impl Gates<'_> {
    /// The coefficients of the quotient, lowest first; `y` combines the gates.
    pub(super) fn quotient(&self, y: Fr) -> Vec<Fr> {
        let lookups = self.second.lookup_helpers.len();
        let entries = self.second.table_helpers.len();
        let mut weights = vec![Fr::ONE; lookups + entries + 4];
        for i in (1..weights.len()).rev() {
            weights[i - 1] = weights[i] * y;
        }
        let (of_lookups, rest) = weights.split_at(lookups);
        let (of_entries, of_sum) = rest.split_at(entries);

        let fractions = self.lookups(of_lookups);
        let table = self.entries(of_entries);
        let mut values = self.running_sum(of_sum, &fractions, &table);
        let n = self.transform.len() as u64;
        for (values, shift) in values.iter_mut().zip(self.transform.shifts()) {
            let vanishing = shift.pow_vartime([n]) - Fr::ONE;
            let inverse = vanishing
                .invert()
                .expect("the coset does not meet the domain");
            values.iter_mut().for_each(|value| *value *= inverse);
        }
        self.transform.interpolate_cosets(values)
    }

    fn coefficients(&self, mut values: Vec<Fr>) -> Vec<Fr> {
        values.resize(self.layout.rows(), Fr::ZERO);
        self.transform.interpolate(&mut values);
        values
    }

    fn cosets(&self, values: Vec<Fr>) -> Cosets {
        let coefficients = self.coefficients(values);
        std::array::from_fn(|coset| self.transform.evaluate(&coefficients, coset))
    }

    fn empty(&self) -> Cosets {
        std::array::from_fn(|_| vec![Fr::ZERO; self.layout.rows()])
    }

    /// `Σ weight·(h·Π d − Σ Π d)` over the helpers of lookups.
    fn lookups(&self, weights: &[Fr]) -> Cosets {
        let Challenges { alpha, beta, .. } = self.challenges;
        let tags: Vec<Cosets> = self.public[..2]
            .par_iter()
            .map(|tags| {
                let mut cosets = self.cosets(tags.iter().map(|tag| beta.square() * tag).collect());
                cosets
                    .iter_mut()
                    .flatten()
                    .for_each(|value| *value += alpha);
                cosets
            })
            .collect();
        let last = 2 * self.layout.triples();
        (0..weights.len())
            .into_par_iter()
            .fold(
                || self.empty(),
                |mut sum, j| {
                    let lookups = LOOKUPS_PER_HELPER * j..last.min(LOOKUPS_PER_HELPER * (j + 1));
                    let compressed: Vec<Vec<Fr>> = lookups
                        .clone()
                        .map(|lookup| {
                            let rows = self.layout.rows();
                            let values = self.challenges.compressed(self.witness, lookup, rows);
                            self.coefficients(values)
                        })
                        .collect();
                    let helper = self.coefficients(self.second.lookup_helpers[j].clone());
                    for (coset, sum) in sum.iter_mut().enumerate() {
                        let d: Vec<Vec<Fr>> = compressed
                            .iter()
                            .map(|column| self.transform.evaluate(column, coset))
                            .collect();
                        let tags: Vec<&[Fr]> = lookups
                            .clone()
                            .map(|lookup| tags[lookup % 2][coset].as_slice())
                            .collect();
                        let helper = self.transform.evaluate(&helper, coset);
                        for (i, (sum, h)) in sum.iter_mut().zip(&helper).enumerate() {
                            let mut numerator = Fr::ONE;
                            let mut denominator = d[0][i] + tags[0][i];
                            for (d, tag) in d.iter().zip(&tags).skip(1) {
                                let next = d[i] + tag[i];
                                numerator = numerator * next + denominator;
                                denominator *= next;
                            }
                            *sum += weights[j] * (*h * denominator - numerator);
                        }
                    }
                    sum
                },
            )
            .reduce(|| self.empty(), add)
    }

    /// `Σ weight·(h·Π d − Σ m·Π d)` over the helpers of table entries.
    fn entries(&self, weights: &[Fr]) -> Cosets {
        let Challenges { alpha, beta, .. } = self.challenges;
        let table: Vec<&[Vec<Fr>]> = self.public[2..].chunks_exact(3).collect();
        let mut sum = self.empty();
        for (j, weight) in weights.iter().enumerate() {
            let first = LOOKUPS_PER_HELPER * j;
            let last = self.layout.table_columns().min(first + LOOKUPS_PER_HELPER);
            let columns: Vec<(Cosets, Cosets)> = (first..last)
                .into_par_iter()
                .map(|index| {
                    let [tag, argument, value] = [0, 1, 2].map(|part| &table[index][part]);
                    let rows = tag.iter().zip(argument).zip(value);
                    let compressed = rows.map(|((tag, argument), value)| {
                        *argument + beta * value + beta.square() * tag
                    });
                    let mut d = self.cosets(compressed.collect());
                    d.iter_mut().flatten().for_each(|value| *value += alpha);
                    let multiplicities = self.witness.multiplicities(index);
                    (d, self.cosets(multiplicities.values(self.layout.rows())))
                })
                .collect();
            let helper = self.cosets(self.second.table_helpers[j].clone());
            for (coset, sum) in sum.iter_mut().enumerate() {
                for (i, sum) in sum.iter_mut().enumerate() {
                    let (mut numerator, mut denominator) = (Fr::ZERO, Fr::ONE);
                    for (d, m) in &columns {
                        let d = d[coset][i];
                        numerator = numerator * d + m[coset][i] * denominator;
                        denominator *= d;
                    }
                    *sum += *weight * (helper[coset][i] * denominator - numerator);
                }
            }
        }
        sum
    }

    /// The gates of the running sum, and those of the helpers where the body selects them.
    fn running_sum(&self, weights: &[Fr], fractions: &Cosets, table: &Cosets) -> Cosets {
        let omega = self.challenges.omega;
        let total = |columns: &[Vec<Fr>]| {
            let mut total = vec![Fr::ZERO; self.layout.rows()];
            for column in columns {
                for (sum, value) in total.iter_mut().zip(column) {
                    *sum += value;
                }
            }
            total
        };
        let mut growth = total(&self.second.lookup_helpers);
        for (sum, entry) in growth.iter_mut().zip(total(&self.second.table_helpers)) {
            *sum -= entry;
        }
        let (coefficients, sides) = self.equation.split_at(self.second.folds.len());
        let mut columns = vec![
            self.second.sum.clone(),
            growth,
            self.witness.mask().values(self.layout.rows()),
            sides[0].clone(),
        ];
        columns.extend_from_slice(&self.public[self.public.len() - 4..]);
        columns.extend(coefficients.iter().chain(&self.second.folds).cloned());
        let columns: Vec<Cosets> = columns
            .into_par_iter()
            .map(|column| self.cosets(column))
            .collect();
        let [sum, growth, mask, side, first, masks, body, end, rest @ ..] = &columns[..] else {
            unreachable!("the columns were listed above")
        };
        let (coefficients, folds) = rest.split_at(self.second.folds.len());
        let mut values = self.empty();
        for (coset, values) in values.iter_mut().enumerate() {
            let n = values.len();
            values.par_iter_mut().enumerate().for_each(|(i, value)| {
                let at = |column: &Cosets| column[coset][i];
                let next = sum[coset][(i + 1) % n];
                let linear: Fr = coefficients
                    .iter()
                    .zip(folds)
                    .map(|(c, f)| at(c) * at(f))
                    .sum();
                let begins = at(first) * at(sum);
                let mask_rows = at(masks) * (next - omega * (at(sum) - at(side) - at(mask)));
                let body_rows = weights[2] * (next - at(sum) - at(growth) - linear);
                let helpers = at(fractions) + at(table);
                let ends = at(end) * at(sum);
                *value = weights[0] * begins
                    + weights[1] * mask_rows
                    + at(body) * (body_rows + helpers)
                    + weights[3] * ends;
            });
        }
        values
    }
}

fn add(mut a: Cosets, b: Cosets) -> Cosets {
    for (a, b) in a.iter_mut().flatten().zip(b.iter().flatten()) {
        *a += b;
    }
    a
}
