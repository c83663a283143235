//! The handles of a batch's columns and challenges.

use crate::columns::{EquationColumns, FirstColumns, LayoutColumns, SecondColumns};
use crate::layout::Layout;
use halo2_proofs::plonk::{
    Advice, Challenge, Column, ConstraintSystem, Expression, FirstPhase, Instance, SecondPhase,
};
use halo2curves::bn256::Fr;

/// Columns and challenges of a batch.
#[derive(Clone, Debug)]
pub struct Config {
    /// First phase.
    pub first: FirstColumns<Column<Advice>>,
    /// Second phase.
    pub second: SecondColumns<Column<Advice>>,
    /// The linear equation.
    pub equation: EquationColumns<Column<Instance>>,
    /// Tags, table and selectors.
    pub layout: LayoutColumns<Column<Instance>>,
    /// Compresses lookups, with `β`.
    pub alpha: Challenge,
    /// Compresses lookups.
    pub beta: Challenge,
    /// Folds groups.
    pub w: Challenge,
}

impl Config {
    pub(super) fn new(meta: &mut ConstraintSystem<Fr>, layout: &Layout) -> Self {
        Self {
            first: FirstColumns::build(layout, || meta.advice_column_in(FirstPhase)),
            second: SecondColumns::build(layout, || meta.advice_column_in(SecondPhase)),
            equation: EquationColumns::build(layout, || meta.instance_column()),
            layout: LayoutColumns::build(layout, || meta.instance_column()),
            alpha: meta.challenge_usable_after(FirstPhase),
            beta: meta.challenge_usable_after(FirstPhase),
            w: meta.challenge_usable_after(FirstPhase),
        }
    }

    /// `α` and `β`.
    pub(super) fn lookup_challenges(&self) -> [Expression<Fr>; 2] {
        [self.alpha.expr(), self.beta.expr()]
    }
}
