//! The constraints on one batch, in the order of docs/protocol.md section 5.5, "Circuit".
//!
//! There is no hash and no permutation argument. Every gate carries a selector: a gate without
//! one would also bind the blinding rows, where advice is random.
//!
//! | label | claim | lie that becomes possible without it |
//! |---|---|---|
//! | `[claim-lookup]` | each helper is the sum of the inverses of its lookups | a lookup that is not counted |
//! | `[claim-table]` | each table helper is the sum of weighted inverses of its entries | an entry counted without multiplicity |
//! | `[claim-sum]` | the running sum begins at zero, grows by its row, ends at zero | any lookup, any linear relation |
//!
//! Selectors, tags and the table are instance columns too: the judge computes them and evaluates
//! them itself, so that keys hold no commitments and take no time to make.
//!
//! Not proved: that views are bytes, or were computed from files.

mod config;
mod public;

pub use config::Config;
pub use public::public_columns;

use crate::columns::LOOKUPS_PER_HELPER;
use crate::layout::Layout;
use crate::logup::{FractionSum, compress};
use ff::Field;
use halo2_proofs::circuit::{Layouter, SimpleFloorPlanner};
use halo2_proofs::plonk::{
    Advice, Circuit, Column, ConstraintSystem, Error, Expression, Instance, VirtualCells,
};
use halo2_proofs::poly::Rotation;
use halo2curves::bn256::Fr;
use std::sync::Arc;

/// Degree of the gates of the helpers: a selector, the helper and its lookups.
const DEGREE: usize = LOOKUPS_PER_HELPER + 2;

/// The circuit of a layout, for keys. It has no witness: proofs are made by our own prover.
#[derive(Clone, Default)]
pub struct BatchCircuit {
    layout: Option<Arc<Layout>>,
}

impl BatchCircuit {
    /// The circuit of a layout.
    #[must_use]
    pub fn new(layout: Arc<Layout>) -> Self {
        Self {
            layout: Some(layout),
        }
    }
}

/// What `configure` depends on.
#[derive(Clone, Default)]
pub struct Parameters(Option<Arc<Layout>>);

impl Circuit<Fr> for BatchCircuit {
    type Config = Config;
    type FloorPlanner = SimpleFloorPlanner;
    type Params = Parameters;

    fn params(&self) -> Parameters {
        Parameters(self.layout.clone())
    }

    fn without_witnesses(&self) -> Self {
        self.clone()
    }

    fn configure(_: &mut ConstraintSystem<Fr>) -> Config {
        unreachable!("the library calls configure_with_params")
    }

    fn configure_with_params(meta: &mut ConstraintSystem<Fr>, parameters: Parameters) -> Config {
        let layout = parameters
            .0
            .expect("a batch circuit is made with its layout");
        configure(meta, &layout)
    }

    fn synthesize(&self, _: Config, _: impl Layouter<Fr>) -> Result<(), Error> {
        Ok(())
    }
}

/// Declares the columns and the gates of a batch.
pub fn configure(meta: &mut ConstraintSystem<Fr>, layout: &Layout) -> Config {
    // The library caps the degree by an environment variable unless a minimum is set.
    meta.set_minimum_degree(DEGREE);
    let config = Config::new(meta, layout);
    lookup_gate(meta, &config);
    table_gate(meta, &config);
    sum_gate(meta, &config, layout.lanes());
    config
}

/// `[claim-lookup]`
fn lookup_gate(meta: &mut ConstraintSystem<Fr>, config: &Config) {
    meta.create_gate("lookups", |meta| {
        let body = instance(meta, config.layout.select_body);
        let tag_q = instance(meta, config.layout.tag_q);
        let tag_r = instance(meta, config.layout.tag_r);
        let zero = Expression::Constant(Fr::ZERO);
        let mut denominators = Vec::with_capacity(2 * config.first.triples.len());
        for triple in &config.first.triples {
            let [q, r, z] = [triple.q, triple.r, triple.z].map(|column| advice(meta, column));
            denominators.push(compress(config.lookup_challenges(), tag_q.clone(), q, z));
            let remainder = compress(config.lookup_challenges(), tag_r.clone(), r, zero.clone());
            denominators.push(remainder);
        }
        let helpers = config.second.lookup_helpers.iter();
        helpers
            .zip(denominators.chunks(LOOKUPS_PER_HELPER))
            .map(|(&helper, lookups)| {
                let (first, others) = lookups.split_first().expect("chunks are not empty");
                let sum = FractionSum::inverse(first.clone());
                let sum = others.iter().cloned().fold(sum, FractionSum::plus_inverse);
                let claim = body.clone() * sum.claim(advice(meta, helper));
                ("each helper is the sum of its lookups' inverses", claim)
            })
            .collect::<Vec<_>>()
    });
}

/// `[claim-table]`
fn table_gate(meta: &mut ConstraintSystem<Fr>, config: &Config) {
    meta.create_gate("table", |meta| {
        let body = instance(meta, config.layout.select_body);
        let columns = config.layout.table.iter().zip(&config.first.multiplicities);
        let terms: Vec<_> = columns
            .map(|(entry, &multiplicity)| {
                let [tag, argument, value] =
                    [entry.tag, entry.argument, entry.value].map(|column| instance(meta, column));
                let denominator = compress(config.lookup_challenges(), tag, argument, value);
                (advice(meta, multiplicity), denominator)
            })
            .collect();
        let helpers = config.second.table_helpers.iter();
        helpers
            .zip(terms.chunks(LOOKUPS_PER_HELPER))
            .map(|(&helper, terms)| {
                let ((m, d), others) = terms.split_first().expect("chunks are not empty");
                let sum = FractionSum::of(m.clone(), d.clone());
                let sum = others
                    .iter()
                    .cloned()
                    .fold(sum, |sum, (m, d)| sum.plus(m, d));
                let claim = body.clone() * sum.claim(advice(meta, helper));
                (
                    "each table helper is the sum of its entries' weighted inverses",
                    claim,
                )
            })
            .collect::<Vec<_>>()
    });
}

/// `[claim-sum]`
fn sum_gate(meta: &mut ConstraintSystem<Fr>, config: &Config, lanes: usize) {
    meta.create_gate("the running sum", |meta| {
        let selectors = &config.layout;
        let [first, masks, body, end] = [
            selectors.select_first,
            selectors.select_masks,
            selectors.select_body,
            selectors.select_end,
        ]
        .map(|column| instance(meta, column));
        let sum = advice(meta, config.second.sum);
        let next = meta.query_advice(config.second.sum, Rotation::next());
        let mask = advice(meta, config.first.mask);
        let side = instance(meta, config.equation.sides);
        let w = config.w.expr();
        let linear = linear_relations(meta, config, lanes);
        let mut total = |columns: &[Column<Advice>]| {
            let zero = Expression::Constant(Fr::ZERO);
            columns
                .iter()
                .fold(zero, |sum, &column| sum + advice(meta, column))
        };
        let lookups = total(&config.second.lookup_helpers);
        let entries = total(&config.second.table_helpers);
        vec![
            ("it begins at zero", first * sum.clone()),
            (
                "mask rows fold the groups' right-hand sides and masks",
                masks * (next.clone() - w * (sum.clone() - side - mask)),
            ),
            (
                "body rows add lookups, entries and linear relations",
                body * (next - sum.clone() - lookups + entries - linear),
            ),
            ("it ends at zero", end * sum),
        ]
    });
}

/// The row's share in the linear relations: each of `q, r, z` is folded over the groups before it
/// meets its coefficient.
fn linear_relations(
    meta: &mut VirtualCells<'_, Fr>,
    config: &Config,
    lanes: usize,
) -> Expression<Fr> {
    let mut terms = Vec::new();
    for (lane, coefficients) in config.equation.coefficients.iter().enumerate() {
        let triples = config.first.triples.iter().skip(lane).step_by(lanes);
        for (part, &coefficient) in coefficients.iter().enumerate() {
            let cells: Vec<_> = triples
                .clone()
                .filter_map(|triple| triple.iter().nth(part))
                .map(|&column| advice(meta, column))
                .collect();
            terms.push(instance(meta, coefficient) * fold(&cells, &config.w.expr()));
        }
    }
    terms
        .into_iter()
        .reduce(|sum, term| sum + term)
        .expect("a layout has at least one lane")
}

/// `Σ_c w^(c+1)·e_c` by Horner's rule.
fn fold(terms: &[Expression<Fr>], w: &Expression<Fr>) -> Expression<Fr> {
    let mut terms = terms.iter().rev().cloned();
    let last = terms.next().expect("a batch has at least one group");
    terms.fold(last, |sum, term| sum * w.clone() + term) * w.clone()
}

fn advice(meta: &mut VirtualCells<'_, Fr>, column: Column<Advice>) -> Expression<Fr> {
    meta.query_advice(column, Rotation::cur())
}

fn instance(meta: &mut VirtualCells<'_, Fr>, column: Column<Instance>) -> Expression<Fr> {
    meta.query_instance(column, Rotation::cur())
}
