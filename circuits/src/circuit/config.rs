//! The columns of a batch: which are committed to, in which phase, and which the judge computes.

use super::LOOKUPS_PER_HELPER;
use crate::layout::Layout;
use halo2_proofs::plonk::{
    Advice, Challenge, Column, ConstraintSystem, FirstPhase, Instance, SecondPhase as Second,
};
use halo2curves::bn256::Fr;

/// Columns and challenges of a batch.
#[derive(Clone, Debug)]
pub struct Config {
    /// `(q, r, z)` of every triple, first phase.
    pub(super) triples: Vec<[Column<Advice>; 3]>,
    /// Multiplicities of the table's entries, first phase.
    pub(super) multiplicities: Vec<Column<Advice>>,
    /// The masks, in the first rows, first phase.
    pub(super) mask: Column<Advice>,
    /// Sums of inverses of lookups, second phase.
    pub(super) lookup_helpers: Vec<Column<Advice>>,
    /// Sums of weighted inverses of table entries, second phase.
    pub(super) table_helpers: Vec<Column<Advice>>,
    /// The running sum, second phase.
    pub(super) sum: Column<Advice>,
    /// Coefficients of `q`, `r` and `z` in the linear relations, for every lane.
    pub(super) coefficients: Vec<[Column<Instance>; 3]>,
    /// Right-hand sides of the groups, in the rows of the masks.
    pub(super) sides: Column<Instance>,
    /// Tags of the lookups of `(q, z)` and of `r`.
    pub(super) row_tags: [Column<Instance>; 2],
    /// `(tag, argument, value)` of every table column.
    pub(super) table: Vec<[Column<Instance>; 3]>,
    /// 1 on the first row; on mask rows; on body rows; on the last row of the running sum.
    pub(super) first: Column<Instance>,
    pub(super) masks: Column<Instance>,
    pub(super) body: Column<Instance>,
    pub(super) end: Column<Instance>,
    pub(super) alpha: Challenge,
    pub(super) beta: Challenge,
    pub(super) omega: Challenge,
}

impl Config {
    /// Number of first-phase columns: the commitments at the front of a proof.
    #[must_use]
    pub fn first_phase_columns(layout: &Layout) -> usize {
        3 * layout.triples() + layout.table_columns() + 1
    }

    /// Number of columns that are committed to.
    #[must_use]
    pub fn columns(layout: &Layout) -> usize {
        let lookups = (2 * layout.triples()).div_ceil(LOOKUPS_PER_HELPER);
        let entries = layout.table_columns().div_ceil(LOOKUPS_PER_HELPER);
        Self::first_phase_columns(layout) + lookups + entries + 1
    }

    pub(super) fn new(meta: &mut ConstraintSystem<Fr>, layout: &Layout) -> Self {
        let lookups = 2 * layout.triples();
        let first = |meta: &mut ConstraintSystem<Fr>| meta.advice_column_in(FirstPhase);
        let second = |meta: &mut ConstraintSystem<Fr>| meta.advice_column_in(Second);
        let triples = (0..layout.triples())
            .map(|_| [first(meta), first(meta), first(meta)])
            .collect();
        let multiplicities = (0..layout.table_columns()).map(|_| first(meta)).collect();
        let mask = first(meta);
        let lookup_helpers = (0..lookups.div_ceil(LOOKUPS_PER_HELPER))
            .map(|_| second(meta))
            .collect();
        let table_helpers = (0..layout.table_columns().div_ceil(LOOKUPS_PER_HELPER))
            .map(|_| second(meta))
            .collect();
        let sum = second(meta);
        let public = |meta: &mut ConstraintSystem<Fr>| meta.instance_column();
        let three = |meta: &mut ConstraintSystem<Fr>| [public(meta), public(meta), public(meta)];
        Self {
            triples,
            multiplicities,
            mask,
            lookup_helpers,
            table_helpers,
            sum,
            coefficients: (0..layout.lanes()).map(|_| three(meta)).collect(),
            sides: public(meta),
            row_tags: [public(meta), public(meta)],
            table: (0..layout.table_columns()).map(|_| three(meta)).collect(),
            first: public(meta),
            masks: public(meta),
            body: public(meta),
            end: public(meta),
            alpha: meta.challenge_usable_after(FirstPhase),
            beta: meta.challenge_usable_after(FirstPhase),
            omega: meta.challenge_usable_after(FirstPhase),
        }
    }
}
