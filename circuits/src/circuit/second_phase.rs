//! The second-phase columns: inverses of lookups and entries, and the running sum.
//!
//! They follow from the first phase and the challenges; the gates of [`super`] bind every cell.

use super::{LOOKUPS_PER_HELPER, entry_cells};
use crate::layout::Layout;
use crate::witness::Witness;
use ff::Field;
use group::ff::BatchInvert;
use halo2curves::bn256::Fr;
use rayon::prelude::*;

/// The second-phase columns, which follow from the first and the challenges.
pub(super) struct SecondPhaseColumns {
    lookup_helpers: Vec<Vec<Fr>>,
    table_helpers: Vec<Vec<Fr>>,
    sum: Vec<Fr>,
}

impl SecondPhaseColumns {
    pub(super) fn new(layout: &Layout, witness: &Witness, alpha: Fr, beta: Fr, omega: Fr) -> Self {
        let body = layout.body_start()..layout.end_row();
        let beta_squared = beta.square();
        let kinds = layout.row_kinds();
        let tagged = |part| alpha + beta_squared * Fr::from(u64::from(layout.tables().tag(part)));
        let tags: Vec<[Fr; 2]> = kinds
            .iter()
            .map(|kind| [tagged(kind.quotient), tagged(kind.remainder)])
            .collect();

        let lookups: Vec<usize> = (0..2 * layout.triples()).collect();
        let lookup_helpers: Vec<Vec<Fr>> = lookups
            .par_chunks(LOOKUPS_PER_HELPER)
            .map(|lookups| {
                let mut column = vec![Fr::ZERO; body.end];
                for &lookup in lookups {
                    let [q, r, z] = witness.triple(lookup / 2);
                    let mut inverses: Vec<Fr> = body
                        .clone()
                        .zip(&tags)
                        .map(|(row, tags)| {
                            if lookup % 2 == 0 {
                                tags[0] + q[row] + beta * z[row]
                            } else {
                                tags[1] + r[row]
                            }
                        })
                        .collect();
                    inverses.batch_invert();
                    for (cell, inverse) in column[body.clone()].iter_mut().zip(inverses) {
                        *cell += inverse;
                    }
                }
                column
            })
            .collect();

        let mut table_helpers =
            vec![vec![Fr::ZERO; body.end]; layout.table_columns().div_ceil(LOOKUPS_PER_HELPER)];
        for index in 0..layout.table_columns() {
            let entries = layout.tables().entries();
            let first = index * layout.body_rows();
            let mut inverses: Vec<Fr> = (first..first + layout.body_rows())
                .map(|i| {
                    let [tag, argument, value] = entries.get(i).map_or([Fr::ZERO; 3], entry_cells);
                    alpha + argument + beta * value + beta_squared * tag
                })
                .collect();
            inverses.batch_invert();
            let multiplicities = &witness.multiplicities(index)[body.clone()];
            let column = &mut table_helpers[index / LOOKUPS_PER_HELPER][body.clone()];
            for ((cell, inverse), m) in column.iter_mut().zip(inverses).zip(multiplicities) {
                *cell += inverse * m;
            }
        }

        let mut sum = Self {
            lookup_helpers,
            table_helpers,
            sum: Vec::new(),
        };
        sum.sum = sum.running_sum(layout, witness, omega);
        sum
    }

    fn running_sum(&self, layout: &Layout, witness: &Witness, omega: Fr) -> Vec<Fr> {
        let mut weights = vec![omega; layout.groups()];
        for c in 1..weights.len() {
            weights[c] = weights[c - 1] * omega;
        }
        let body = layout.body_start()..layout.end_row();
        let steps: Vec<Fr> = body
            .into_par_iter()
            .map(|row| {
                let lookups = self
                    .lookup_helpers
                    .iter()
                    .map(|column| column[row])
                    .sum::<Fr>();
                let entries = self
                    .table_helpers
                    .iter()
                    .map(|column| column[row])
                    .sum::<Fr>();
                let mut step = lookups - entries;
                for (lane, coefficients) in witness.instance[..3 * layout.lanes()]
                    .chunks_exact(3)
                    .enumerate()
                {
                    for (part, column) in coefficients.iter().enumerate() {
                        let Some(coefficient) = column.get(row) else {
                            continue;
                        };
                        let mut folded = Fr::ZERO;
                        for (c, weight) in weights.iter().enumerate() {
                            let cells = witness.triple(c * layout.lanes() + lane)[part];
                            folded += *weight * cells[row];
                        }
                        step += *coefficient * folded;
                    }
                }
                step
            })
            .collect();
        let mut sum = vec![Fr::ZERO];
        let sides = &witness.instance[3 * layout.lanes()];
        for row in 0..layout.body_start() {
            sum.push(omega * (sum[row] - sides[row] - witness.mask()[row]));
        }
        for step in steps {
            sum.push(sum[sum.len() - 1] + step);
        }
        sum
    }

    pub(super) fn columns(self) -> Vec<Vec<Fr>> {
        let mut columns = self.lookup_helpers;
        columns.extend(self.table_helpers);
        columns.push(self.sum);
        columns
    }
}
