//! `[step-sealed-circuit]`: the masked public value of each group.

use crate::columns::EquationColumns;
use crate::prover::Prover;
use crate::prover::column::Column;
use crate::prover::steps::FirstPhase;
use duces_protocol::classifier::adjoint::sum::{Limbs, Sum};
use halo2curves::bn256::Fr;
use rayon::prelude::*;

impl Prover {
    /// `ŷ_c = form1_c + λ·form2_c − m_c` for every group `c`, given the instance columns with right
    /// sides that lack `ŷ`: what the cells and their coefficients add up to, less right side and mask.
    pub(super) fn circuit_values(
        &self,
        first: &FirstPhase,
        instance: &EquationColumns<Vec<Fr>>,
        masks: &[Fr],
    ) -> Vec<Fr> {
        let lanes = self.layout.lanes();
        let triples = &first.witness.columns.triples;
        let mut y: Vec<Fr> = instance.sides.iter().rev().map(|side| -side).collect();
        for (lane, columns) in instance.coefficients.iter().enumerate() {
            for (part, coefficients) in columns.iter().enumerate() {
                let limbs: Vec<Limbs> = coefficients.par_iter().map(Limbs::from).collect();
                y.par_iter_mut().enumerate().for_each(|(c, y)| {
                    let triple = &triples[c * lanes + lane];
                    if let Some(column) = triple.iter().nth(part) {
                        *y += product(column, &limbs, coefficients);
                    }
                });
            }
        }
        for (y, mask) in y.iter_mut().zip(masks) {
            *y -= mask;
        }
        y
    }
}

/// `Σ coefficient·cell`.
fn product(column: &Column, limbs: &[Limbs], coefficients: &[Fr]) -> Fr {
    let mut sum = Sum::default();
    for (coefficient, &cell) in limbs.iter().zip(column.small()) {
        if cell != 0 {
            sum.add(coefficient, cell);
        }
    }
    let large = column.large().filter(|(row, _)| *row < coefficients.len());
    sum.reduce()
        + large
            .map(|(row, cell)| coefficients[row] * cell)
            .sum::<Fr>()
}
