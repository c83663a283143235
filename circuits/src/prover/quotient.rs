//! The quotient of all gates by the vanishing polynomial.
//!
//! The gates are those of [`crate::circuit`], in its order, written out: a lookup enters only
//! through what it compresses, and the groups only through their folds, so that `q` and `z` are
//! transformed as one. The linear relations are a product of two columns: they are taken on one coset
//! only, and follow on the others.
//! Whether the result is right, the verifier decides; the library's circuit is the definition.

use super::second_phase::{Challenges, SecondPhase, sum_over_folds};
use super::transform::{COSETS, Transform};
use super::witness::Witness;
use crate::columns::{EquationColumns, LOOKUPS_PER_HELPER, LayoutColumns};
use crate::layout::Layout;
use crate::logup::{FractionSum, compress};
use duces_arithmetic::{Denominator, Engine};
use ff::Field;
use halo2curves::bn256::Fr;
use rayon::prelude::*;
use std::ops::Range;

/// Rows on which the gates of the running sum are worked out at a time: what fits the nearest cache.
const TILE: usize = 256;

/// Values of one polynomial on all cosets.
type Cosets = [Vec<Fr>; COSETS];

/// What the gates of a batch are about.
pub(super) struct Gates<'a> {
    pub engine: Engine,
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
        let n = self.transform.len() as u64;
        for (values, shift) in values.iter_mut().zip(self.transform.shifts()) {
            let vanishing = shift.pow_vartime([n]) - Fr::ONE;
            let inverse = vanishing
                .invert()
                .expect("the coset does not meet the domain");
            self.engine.scale(values, inverse);
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
                            let values = self.challenges.lookup(
                                self.engine,
                                &self.witness.columns,
                                lookup,
                                rows,
                            );
                            self.coefficients(values)
                        })
                        .collect();
                    let helper = self.coefficients(self.second.columns.lookup_helpers[j].clone());
                    for (coset, sum) in sum.iter_mut().enumerate() {
                        let d: Vec<Vec<Fr>> = compressed
                            .iter()
                            .map(|column| self.transform.evaluate(column, coset))
                            .collect();
                        let tags = lookups.clone().map(|lookup| &tags[lookup % 2][coset]);
                        let denominators: Vec<Denominator<'_>> = d
                            .iter()
                            .zip(tags)
                            .map(|(d, tags)| [&d[..], &tags[..]])
                            .collect();
                        let helper = self.transform.evaluate(&helper, coset);
                        self.engine
                            .add_claims(sum, weights[j], &helper, &denominators);
                    }
                    sum
                },
            )
            .reduce(|| self.empty(), |a, b| self.add(a, b))
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

    /// `Σ coefficient·fold` over `q, r, z` of every lane. Its degree is below `2n`, and on the domain it is
    /// known: one coset more determines it.
    fn linear(&self) -> Cosets {
        let at_first_coset = |values: &[Fr]| {
            let coefficients = self.coefficients(values.to_vec());
            self.transform.evaluate(&coefficients, 0)
        };
        let coset = sum_over_folds(
            self.engine,
            self.layout,
            self.witness,
            self.equation,
            self.challenges.w,
            |sum, coefficients, fold| {
                let mut product = at_first_coset(&fold);
                self.engine
                    .multiply(&mut product, &at_first_coset(coefficients));
                self.engine.add(sum, &product);
            },
        );
        self.transform.extend(&self.second.linear, coset)
    }

    /// The gates of the running sum, and those of the helpers where the body selects them.
    fn running_sum(&self, weights: &[Fr], fractions: &Cosets, table: &Cosets) -> Cosets {
        let w = self.challenges.w;
        let total = |columns: &[Vec<Fr>]| {
            let mut total = vec![Fr::ZERO; self.layout.rows()];
            for column in columns {
                self.engine.add(&mut total[..column.len()], column);
            }
            total
        };
        let mut growth = total(&self.second.columns.lookup_helpers);
        let entries = total(&self.second.columns.table_helpers);
        self.engine.subtract(&mut growth, &entries);
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
        let linear = self.linear();
        let mut values = self.empty();
        for (coset, values) in values.iter_mut().enumerate() {
            let mut next = sum[coset].clone();
            next.rotate_left(1);
            let tiles = values.par_chunks_mut(TILE).enumerate();
            tiles.for_each(|(tile, values)| {
                let e = self.engine;
                let rows = tile * TILE..tile * TILE + values.len();
                let at = |column| part(column, coset, &rows);
                // body · (weight·(next − sum − growth − linear) + helpers)
                values.copy_from_slice(&next[rows.clone()]);
                e.subtract(values, at(sum));
                e.subtract(values, at(growth));
                e.subtract(values, at(&linear));
                e.scale(values, weights[2]);
                e.add(values, at(fractions));
                e.add(values, at(table));
                e.multiply(values, at(body));
                // masks · (next − w·(sum − side − mask))
                let mut shifted = at(sum).to_vec();
                e.subtract(&mut shifted, at(side));
                e.subtract(&mut shifted, at(mask));
                e.scale_and_add(&mut shifted, -w, &next[rows.clone()]);
                e.add_scaled(values, weights[1], &product(e, &shifted, at(masks)));
                e.add_scaled(values, weights[0], &product(e, at(first), at(sum)));
                e.add_scaled(values, weights[3], &product(e, at(end), at(sum)));
            });
        }
        values
    }

    fn add(&self, mut a: Cosets, b: Cosets) -> Cosets {
        for (a, b) in a.iter_mut().zip(&b) {
            self.engine.add(a, b);
        }
        a
    }
}

fn part<'a>(column: &'a Cosets, coset: usize, rows: &Range<usize>) -> &'a [Fr] {
    &column[coset][rows.clone()]
}

fn product(engine: Engine, a: &[Fr], b: &[Fr]) -> Vec<Fr> {
    let mut product = a.to_vec();
    engine.multiply(&mut product, b);
    product
}
