//! The quotient of all gates by the vanishing polynomial.
//!
//! The gates are those of [`crate::circuit`], in its order, written out: a lookup enters only
//! through what it compresses, and the groups only through their folds, so that `q` and `z` are
//! transformed as one, and nothing is transformed for the linear relations.
//! Whether the result is right, the verifier decides; the library's circuit is the definition.

use super::second_phase::{Challenges, SecondPhase};
use super::transform::{COSETS, Transform};
use super::witness::Witness;
use crate::columns::{EquationColumns, LOOKUPS_PER_HELPER, LayoutColumns, Triple};
use crate::layout::Layout;
use crate::logup::{FractionSum, compress};
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
    pub equation: &'a EquationColumns<Vec<Fr>>,
    pub public: &'a LayoutColumns<Vec<Fr>>,
    pub challenges: Challenges,
}

impl Gates<'_> {
    /// The coefficients of the quotient, lowest first; `y` combines the gates.
    pub(super) fn quotient(&self, y: Fr) -> Vec<Fr> {
        let lookups = self.second.columns.lookup_helpers.len();
        let entries = self.second.columns.table_helpers.len();
        let mut weights = vec![Fr::ONE; lookups + entries + 4];
        for i in (1..weights.len()).rev() {
            weights[i - 1] = weights[i] * y;
        }
        let (of_lookups, rest) = weights.split_at(lookups);
        let (of_entries, of_sum) = rest.split_at(entries);

        let fractions = self.lookups(of_lookups);
        let table = self.entries(of_entries);
        let mut values = self.running_sum(of_sum, &fractions, &table);
        let n = self.transform.domain.len() as u64;
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
        let tags: Vec<Cosets> = [&self.public.tag_q, &self.public.tag_r]
            .into_par_iter()
            .map(|tags| {
                // Rows past the column's end have the tag zero.
                let mut tags = tags.clone();
                tags.resize(self.layout.rows(), Fr::ZERO);
                self.cosets(
                    tags.into_iter()
                        .map(|tag| self.challenges.tagged(tag))
                        .collect(),
                )
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
                            let values =
                                self.challenges.lookup(&self.witness.columns, lookup, rows);
                            self.coefficients(values)
                        })
                        .collect();
                    let helper = self.coefficients(self.second.columns.lookup_helpers[j].clone());
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
                            let mut terms = d.iter().zip(&tags).map(|(d, tag)| d[i] + tag[i]);
                            let first = terms.next().expect("a helper has a lookup");
                            let fractions =
                                terms.fold(FractionSum::inverse(first), FractionSum::plus_inverse);
                            *sum += weights[j] * fractions.claim(*h);
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
        let table: Vec<_> = self
            .public
            .table
            .iter()
            .zip(&self.witness.columns.multiplicities)
            .collect();
        let mut sum = self.empty();
        for (j, (weight, columns)) in weights
            .iter()
            .zip(table.chunks(LOOKUPS_PER_HELPER))
            .enumerate()
        {
            let columns: Vec<(Cosets, Cosets)> = columns
                .par_iter()
                .map(|(entry, multiplicity)| {
                    let cell =
                        |column: &Vec<Fr>, row: usize| column.get(row).copied().unwrap_or(Fr::ZERO);
                    let compressed = (0..self.layout.rows()).map(|row| {
                        let [tag, argument, value] =
                            [&entry.tag, &entry.argument, &entry.value].map(|c| cell(c, row));
                        compress([alpha, beta], tag, argument, value)
                    });
                    let compressed = self.cosets(compressed.collect());
                    (
                        compressed,
                        self.cosets(multiplicity.values(self.layout.rows())),
                    )
                })
                .collect();
            let helper = self.cosets(self.second.columns.table_helpers[j].clone());
            for (coset, sum) in sum.iter_mut().enumerate() {
                for (i, sum) in sum.iter_mut().enumerate() {
                    let mut terms = columns.iter().map(|(d, m)| (m[coset][i], d[coset][i]));
                    let (m, d) = terms.next().expect("a helper has an entry");
                    let fractions = terms.fold(FractionSum::of(m, d), |sum, (m, d)| sum.plus(m, d));
                    *sum += *weight * fractions.claim(helper[coset][i]);
                }
            }
        }
        sum
    }

    /// The gates of the running sum, and those of the helpers where the body selects them.
    fn running_sum(&self, weights: &[Fr], fractions: &Cosets, table: &Cosets) -> Cosets {
        let w = self.challenges.w;
        let total = |columns: &[Vec<Fr>]| {
            let mut total = vec![Fr::ZERO; self.layout.rows()];
            for column in columns {
                for (sum, value) in total.iter_mut().zip(column) {
                    *sum += value;
                }
            }
            total
        };
        let mut growth = total(&self.second.columns.lookup_helpers);
        for (sum, entry) in growth
            .iter_mut()
            .zip(total(&self.second.columns.table_helpers))
        {
            *sum -= entry;
        }
        let columns: Vec<Cosets> = [
            self.second.columns.sum.clone(),
            growth,
            self.witness.columns.mask.values(self.layout.rows()),
            self.equation.sides.clone(),
            self.public.select_first.clone(),
            self.public.select_masks.clone(),
            self.public.select_body.clone(),
            self.public.select_end.clone(),
        ]
        .into_par_iter()
        .map(|column| self.cosets(column))
        .collect();
        let [sum, growth, mask, side, first, masks, body, end] = &columns[..] else {
            unreachable!("there are as many as were listed")
        };
        let coefficients = self.equation.coefficients.iter().flat_map(Triple::iter);
        let folds = self.second.folds.iter().flat_map(Triple::iter);
        let linear: Vec<(Cosets, Cosets)> = coefficients
            .zip(folds)
            .collect::<Vec<_>>()
            .into_par_iter()
            .map(|(c, fold)| (self.cosets(c.clone()), self.cosets(fold.clone())))
            .collect();
        let mut values = self.empty();
        for (coset, values) in values.iter_mut().enumerate() {
            let n = values.len();
            values.par_iter_mut().enumerate().for_each(|(i, value)| {
                let at = |column: &Cosets| column[coset][i];
                let next = sum[coset][(i + 1) % n];
                let linear: Fr = linear.iter().map(|(c, fold)| at(c) * at(fold)).sum();
                let begins = at(first) * at(sum);
                let mask_rows = at(masks) * (next - w * (at(sum) - at(side) - at(mask)));
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
