//! What the prover puts into the second-phase columns: inverses of lookups and entries, and the
//! running sum.
//!
//! They follow from the first phase and the challenges; the gates of [`crate::circuit`] bind every
//! cell.

use crate::circuit::{LOOKUPS_PER_HELPER, entry_cells};
use crate::column::Column;
use crate::layout::Layout;
use crate::tables::Part;
use crate::witness::Witness;
use ff::Field;
use group::ff::BatchInvert;
use halo2curves::bn256::Fr;
use rayon::prelude::*;

/// The challenges between the phases: `α`, `β` compress lookups, `w` folds groups.
#[derive(Clone, Copy, Debug)]
pub struct Challenges {
    /// `α`.
    pub alpha: Fr,
    /// `β`.
    pub beta: Fr,
    /// `w`.
    pub omega: Fr,
}

impl Challenges {
    /// `α + β²·tag` of a lookup's part of the table.
    pub(crate) fn tagged(&self, layout: &Layout, part: Part) -> Fr {
        let tag = Fr::from(u64::from(layout.tables().tag(part)));
        self.alpha + self.beta.square() * tag
    }

    /// What lookup number `lookup` compresses, without its tag: `q + β·z`, or `r`.
    pub(crate) fn compressed(&self, witness: &Witness, lookup: usize, rows: usize) -> Vec<Fr> {
        let [q, r, z] = witness.triple(lookup / 2);
        if lookup.is_multiple_of(2) {
            let mut values = q.values(rows);
            z.add_to(&mut values, self.beta);
            values
        } else {
            r.values(rows)
        }
    }
}

/// The second-phase columns, and the folded groups that the running sum is made of.
pub struct SecondPhase {
    /// Sums of inverses of up to five lookups.
    pub lookup_helpers: Vec<Vec<Fr>>,
    /// Sums of weighted inverses of table entries.
    pub table_helpers: Vec<Vec<Fr>>,
    /// The running sum.
    pub sum: Vec<Fr>,
    /// `Σ_c w^(c+1)·cell` over the groups, for `q, r, z` of every lane.
    pub folds: Vec<Vec<Fr>>,
}

impl SecondPhase {
    /// Computes the columns; each has the rows up to the end of the running sum, the folds have
    /// all rows.
    ///
    /// * `instance`: the coefficients and right-hand sides of [`crate::equation`].
    #[must_use]
    pub fn new(
        layout: &Layout,
        witness: &Witness,
        instance: &[Vec<Fr>],
        challenges: Challenges,
    ) -> Self {
        let mut phase = Self {
            lookup_helpers: lookup_helpers(layout, witness, challenges),
            table_helpers: table_helpers(layout, witness, challenges),
            sum: Vec::new(),
            folds: folds(layout, witness, challenges.omega),
        };
        phase.sum = phase.running_sum(layout, witness, instance, challenges.omega);
        phase
    }

    fn running_sum(
        &self,
        layout: &Layout,
        witness: &Witness,
        instance: &[Vec<Fr>],
        omega: Fr,
    ) -> Vec<Fr> {
        let (coefficients, sides) = instance.split_at(3 * layout.lanes());
        let body = layout.body_start()..layout.end_row();
        let steps: Vec<Fr> = body
            .into_par_iter()
            .map(|row| {
                let column_sum =
                    |columns: &[Vec<Fr>]| columns.iter().map(|column| column[row]).sum::<Fr>();
                let lookups = column_sum(&self.lookup_helpers) - column_sum(&self.table_helpers);
                let terms = coefficients.iter().zip(&self.folds);
                let linear = terms.filter_map(|(column, fold)| Some(*column.get(row)? * fold[row]));
                lookups + linear.sum::<Fr>()
            })
            .collect();
        let mut sum = vec![Fr::ZERO];
        for (row, side) in sides[0].iter().enumerate() {
            sum.push(omega * (sum[row] - side - witness.mask().get(row)));
        }
        for step in steps {
            sum.push(sum[sum.len() - 1] + step);
        }
        sum
    }

    /// The columns, to append rows to.
    pub(crate) fn columns_mut(&mut self) -> impl Iterator<Item = &mut Vec<Fr>> {
        let helpers = self
            .lookup_helpers
            .iter_mut()
            .chain(&mut self.table_helpers);
        helpers.chain([&mut self.sum])
    }

    /// The columns in the order of the circuit.
    pub fn columns(&self) -> impl Iterator<Item = &Vec<Fr>> {
        let helpers = self.lookup_helpers.iter().chain(&self.table_helpers);
        helpers.chain([&self.sum])
    }
}

fn lookup_helpers(layout: &Layout, witness: &Witness, challenges: Challenges) -> Vec<Vec<Fr>> {
    let body = layout.body_start()..layout.end_row();
    let tags: Vec<[Fr; 2]> = layout
        .row_kinds()
        .iter()
        .map(|kind| [kind.quotient, kind.remainder].map(|part| challenges.tagged(layout, part)))
        .collect();
    let lookups: Vec<usize> = (0..2 * layout.triples()).collect();
    lookups
        .par_chunks(LOOKUPS_PER_HELPER)
        .map(|lookups| {
            // Numerators and denominators of Σ 1/d, with one inversion for all rows.
            let mut numerators = vec![Fr::ZERO; body.len()];
            let mut denominators = vec![Fr::ONE; body.len()];
            for &lookup in lookups {
                let values = challenges.compressed(witness, lookup, layout.rows());
                let rows = numerators.iter_mut().zip(&mut denominators);
                for (((n, d), value), tags) in rows.zip(&values[body.clone()]).zip(&tags) {
                    let next = tags[lookup % 2] + value;
                    *n = *n * next + *d;
                    *d *= next;
                }
            }
            denominators.batch_invert();
            let mut column = vec![Fr::ZERO; body.start];
            column.extend(numerators.iter().zip(&denominators).map(|(n, d)| *n * d));
            column
        })
        .collect()
}

fn table_helpers(layout: &Layout, witness: &Witness, challenges: Challenges) -> Vec<Vec<Fr>> {
    let Challenges { alpha, beta, .. } = challenges;
    let body = layout.body_start()..layout.end_row();
    let entries = layout.tables().entries();
    let mut helpers =
        vec![vec![Fr::ZERO; body.end]; layout.table_columns().div_ceil(LOOKUPS_PER_HELPER)];
    for index in 0..layout.table_columns() {
        let first = index * layout.body_rows();
        let mut inverses: Vec<Fr> = (first..first + layout.body_rows())
            .map(|i| {
                let [tag, argument, value] = entries.get(i).map_or([Fr::ZERO; 3], entry_cells);
                alpha + argument + beta * value + beta.square() * tag
            })
            .collect();
        inverses.batch_invert();
        let multiplicities = witness.multiplicities(index);
        let helper = &mut helpers[index / LOOKUPS_PER_HELPER];
        for (row, inverse) in body.clone().zip(inverses) {
            helper[row] += inverse * multiplicities.get(row);
        }
    }
    helpers
}

fn folds(layout: &Layout, witness: &Witness, omega: Fr) -> Vec<Vec<Fr>> {
    (0..3 * layout.lanes())
        .into_par_iter()
        .map(|index| {
            let (lane, part) = (index / 3, index % 3);
            let mut fold = vec![Fr::ZERO; layout.rows()];
            let mut weight = omega;
            for c in 0..layout.groups() {
                let cells: [&Column; 3] = witness.triple(c * layout.lanes() + lane);
                cells[part].add_to(&mut fold, weight);
                weight *= omega;
            }
            fold
        })
        .collect()
}
