//! The constraints on one batch, in the order of docs/protocol.md section 5.5.
//!
//! There is no hash and no permutation argument. Every gate carries a selector: a gate without
//! one would also bind the blinding rows, where advice is random.
//!
//! | claim | lie that becomes possible without it |
//! |---|---|
//! | each helper is the sum of the inverses of its lookups | a lookup that is not counted |
//! | each table helper is the sum of weighted inverses of its entries | an entry counted without multiplicity |
//! | the running sum begins at zero, grows by its row, ends at zero | any lookup, any linear relation |
//!
//! Selectors, tags and the table are instance columns too: the judge computes them and evaluates
//! them itself, so that keys hold no commitments and take no time to make.
//!
//! Not proved: that views are bytes, or were computed from files.

mod config;

pub use config::Config;

use crate::layout::Layout;
use crate::second_phase::{Challenges, SecondPhase};
use crate::tables::Entry;
use crate::witness::Witness;
use duces_protocol::classifier::adjoint::small;
use ff::Field;
use halo2_proofs::circuit::{Layouter, Region, SimpleFloorPlanner, Value};
use halo2_proofs::plonk::{Advice, Circuit, Column, ConstraintSystem, Error, Expression};
use halo2_proofs::poly::Rotation;
use halo2curves::bn256::Fr;
use std::sync::Arc;

/// Lookups that share one helper column. A helper costs a commitment to large numbers, a higher
/// degree costs transforms: five balances the two.
pub const LOOKUPS_PER_HELPER: usize = 5;

/// Degree of the gates of the helpers: a selector, the helper and its lookups.
const DEGREE: usize = LOOKUPS_PER_HELPER + 2;

/// `d_1 ⋯ d_n` and `Σ m_i · Π_{j≠i} d_j`: the common denominator and the numerator of `Σ m_i/d_i`.
fn fraction_sum(
    terms: &[(Option<Expression<Fr>>, Expression<Fr>)],
) -> (Expression<Fr>, Expression<Fr>) {
    let numerator_of =
        |m: &Option<Expression<Fr>>, others: Option<Expression<Fr>>| match (m.clone(), others) {
            (Some(m), Some(others)) => m * others,
            (Some(m), None) => m,
            (None, Some(others)) => others,
            (None, None) => Expression::Constant(Fr::ONE),
        };
    let (m, d) = terms[0].clone();
    let mut denominator = d;
    let mut numerator = numerator_of(&m, None);
    for (m, d) in &terms[1..] {
        numerator = numerator * d.clone() + numerator_of(m, Some(denominator.clone()));
        denominator = denominator * d.clone();
    }
    (denominator, numerator)
}

/// `Σ_c w^(c+1)·e_c` by Horner's rule.
fn fold(terms: &[Expression<Fr>], w: &Expression<Fr>) -> Expression<Fr> {
    let mut terms = terms.iter().rev().cloned();
    let last = terms.next().expect("a batch has at least one group");
    terms.fold(last, |sum, term| sum * w.clone() + term) * w.clone()
}

/// The instance columns that depend on the layout alone: tags of the lookups, the table, and the
/// selectors. They follow those of [`crate::equation`].
#[must_use]
pub fn public_columns(layout: &Layout) -> Vec<Vec<Fr>> {
    let start = layout.body_start();
    let mut tags = [vec![Fr::ZERO; start], vec![Fr::ZERO; start]];
    for kind in layout.row_kinds() {
        for (column, part) in tags.iter_mut().zip([kind.quotient, kind.remainder]) {
            column.push(Fr::from(u64::from(layout.tables().tag(part))));
        }
    }
    let mut columns = Vec::from(tags);
    for entries in layout.tables().entries().chunks(layout.body_rows()) {
        let mut cells = [0, 1, 2].map(|_| vec![Fr::ZERO; start]);
        for entry in entries {
            for (column, cell) in cells.iter_mut().zip(entry_cells(entry)) {
                column.push(cell);
            }
        }
        columns.extend(cells);
    }
    let ones = |rows: std::ops::Range<usize>| {
        let mut column = vec![Fr::ZERO; rows.start];
        column.resize(rows.end, Fr::ONE);
        column
    };
    let end = layout.end_row();
    columns.extend([
        ones(0..1),
        ones(0..start),
        ones(start..end),
        ones(end..end + 1),
    ]);
    columns
}

/// One batch: the layout, and the private inputs unless only keys are made.
#[derive(Clone, Default)]
pub struct BatchCircuit {
    layout: Option<Arc<Layout>>,
    inputs: Option<Arc<Simulation>>,
}

/// What the library's simulator assigns.
#[derive(Clone)]
pub struct Simulation {
    /// The first phase.
    pub witness: Witness,
    /// The instance columns of [`crate::equation`].
    pub equation: Vec<Vec<Fr>>,
    /// A lie about the second phase: what is added to which row of which of its columns.
    pub lie: Option<(usize, usize, Fr)>,
}

impl BatchCircuit {
    /// The circuit of a layout, for keys.
    #[must_use]
    pub fn keys(layout: Arc<Layout>) -> Self {
        Self {
            layout: Some(layout),
            inputs: None,
        }
    }

    /// The circuit with the private inputs of one batch, for the library's simulator.
    #[must_use]
    pub fn simulation(layout: Arc<Layout>, inputs: Simulation) -> Self {
        Self {
            layout: Some(layout),
            inputs: Some(Arc::new(inputs)),
        }
    }
}

/// The circuit's shape: what `configure` depends on.
#[derive(Clone, Default)]
pub struct Shape(Option<Arc<Layout>>);

impl Circuit<Fr> for BatchCircuit {
    type Config = Config;
    type FloorPlanner = SimpleFloorPlanner;
    type Params = Shape;

    fn params(&self) -> Shape {
        Shape(self.layout.clone())
    }

    fn without_witnesses(&self) -> Self {
        Self {
            layout: self.layout.clone(),
            inputs: None,
        }
    }

    fn configure(_: &mut ConstraintSystem<Fr>) -> Config {
        unreachable!("the library calls configure_with_params")
    }

    fn configure_with_params(meta: &mut ConstraintSystem<Fr>, shape: Shape) -> Config {
        let layout = shape.0.expect("a batch circuit is made with its layout");
        // The library caps the degree by an environment variable unless a minimum is set.
        meta.set_minimum_degree(DEGREE);
        let config = Config::new(meta, &layout);
        let [alpha, beta, omega] =
            [config.alpha, config.beta, config.omega].map(|challenge| challenge.expr());
        let beta_squared = beta.clone() * beta.clone();

        meta.create_gate(
            "each helper is the sum of the inverses of its lookups",
            |meta| {
                let body = meta.query_instance(config.body, Rotation::cur());
                let [tag_q, tag_r] = config.row_tags.map(|column| {
                    alpha.clone()
                        + beta_squared.clone() * meta.query_instance(column, Rotation::cur())
                });
                let mut denominators = Vec::with_capacity(2 * config.triples.len());
                for triple in &config.triples {
                    let [q, r, z] = triple.map(|column| meta.query_advice(column, Rotation::cur()));
                    denominators.push((None, tag_q.clone() + q + beta.clone() * z));
                    denominators.push((None, tag_r.clone() + r));
                }
                let claims: Vec<_> = config
                    .lookup_helpers
                    .iter()
                    .zip(denominators.chunks(LOOKUPS_PER_HELPER))
                    .map(|(&helper, lookups)| {
                        let helper = meta.query_advice(helper, Rotation::cur());
                        let (denominator, numerator) = fraction_sum(lookups);
                        body.clone() * (helper * denominator - numerator)
                    })
                    .collect();
                claims
            },
        );

        meta.create_gate(
            "each table helper is the sum of its entries' inverses",
            |meta| {
                let body = meta.query_instance(config.body, Rotation::cur());
                let mut terms = Vec::with_capacity(config.table.len());
                for (entry, &multiplicity) in config.table.iter().zip(&config.multiplicities) {
                    let [tag, argument, value] =
                        entry.map(|column| meta.query_instance(column, Rotation::cur()));
                    let multiplicity = meta.query_advice(multiplicity, Rotation::cur());
                    let compressed = alpha.clone()
                        + argument
                        + beta.clone() * value
                        + beta_squared.clone() * tag;
                    terms.push((Some(multiplicity), compressed));
                }
                let claims: Vec<_> = config
                    .table_helpers
                    .iter()
                    .zip(terms.chunks(LOOKUPS_PER_HELPER))
                    .map(|(&helper, terms)| {
                        let helper = meta.query_advice(helper, Rotation::cur());
                        let (denominator, numerator) = fraction_sum(terms);
                        body.clone() * (helper * denominator - numerator)
                    })
                    .collect();
                claims
            },
        );

        meta.create_gate("the running sum", |meta| {
            let [first, masks, body, end] = [config.first, config.masks, config.body, config.end]
                .map(|column| meta.query_instance(column, Rotation::cur()));
            let sum = meta.query_advice(config.sum, Rotation::cur());
            let next = meta.query_advice(config.sum, Rotation::next());
            let mask = meta.query_advice(config.mask, Rotation::cur());
            let side = meta.query_instance(config.sides, Rotation::cur());

            // Each of q, r, z is folded over the groups before it meets its coefficient.
            let mut linear: Option<Expression<Fr>> = None;
            for (lane, coefficients) in config.coefficients.iter().enumerate() {
                for (part, &coefficient) in coefficients.iter().enumerate() {
                    let cells: Vec<_> = config
                        .triples
                        .iter()
                        .skip(lane)
                        .step_by(layout.lanes())
                        .map(|triple| meta.query_advice(triple[part], Rotation::cur()))
                        .collect();
                    let term =
                        meta.query_instance(coefficient, Rotation::cur()) * fold(&cells, &omega);
                    linear = Some(linear.map_or(term.clone(), |sum| sum + term));
                }
            }
            let linear = linear.expect("a layout has at least one lane");
            let mut query_all = |columns: &[Column<Advice>]| {
                columns
                    .iter()
                    .fold(Expression::Constant(Fr::ZERO), |sum, &column| {
                        sum + meta.query_advice(column, Rotation::cur())
                    })
            };
            let lookups = query_all(&config.lookup_helpers);
            let entries = query_all(&config.table_helpers);
            vec![
                ("it begins at zero", first * sum.clone()),
                (
                    "mask rows fold the groups' right-hand sides",
                    masks * (next.clone() - omega.clone() * (sum.clone() - side - mask)),
                ),
                (
                    "body rows add lookups, entries and linear relations",
                    body * (next - sum.clone() - lookups + entries - linear),
                ),
                ("it ends at zero", end * sum),
            ]
        });
        config
    }

    fn synthesize(&self, config: Config, mut layouter: impl Layouter<Fr>) -> Result<(), Error> {
        let layout = self.layout.as_ref().ok_or(Error::Synthesis)?;
        let [alpha, beta, omega] = [config.alpha, config.beta, config.omega]
            .map(|challenge| known(layouter.get_challenge(challenge)));
        layouter.assign_region(
            || "batch",
            |mut region| {
                let Some(Simulation {
                    witness,
                    equation,
                    lie,
                }) = self.inputs.as_deref()
                else {
                    return Ok(());
                };
                if let (Some(alpha), Some(beta), Some(omega)) = (alpha, beta, omega) {
                    let challenges = Challenges { alpha, beta, omega };
                    let mut second = SecondPhase::new(layout, witness, equation, challenges);
                    if let Some((column, row, change)) = *lie {
                        let cell = second.columns_mut().nth(column);
                        *cell.and_then(|c| c.get_mut(row)).ok_or(Error::Synthesis)? += change;
                    }
                    let columns = config.lookup_helpers.iter().chain(&config.table_helpers);
                    for (column, cells) in columns.chain([&config.sum]).zip(second.columns()) {
                        assign(&mut region, *column, cells);
                    }
                } else {
                    let triples = config.triples.iter().flatten();
                    let columns = triples.chain(&config.multiplicities).chain([&config.mask]);
                    for (column, cells) in columns.zip(&witness.columns) {
                        assign(&mut region, *column, &cells.values(cells.len()));
                    }
                }
                Ok(())
            },
        )
    }
}

/// The value inside, if the phase knows it.
fn known(value: Value<Fr>) -> Option<Fr> {
    let mut inside = None;
    value.map(|value| inside = Some(value));
    inside
}

fn assign(region: &mut Region<'_, Fr>, column: Column<Advice>, values: &[Fr]) {
    for (row, &value) in values.iter().enumerate() {
        region.assign_advice(column, row, Value::known(value));
    }
}

/// Tag, argument and value as field elements.
pub(crate) fn entry_cells(entry: &Entry) -> [Fr; 3] {
    [
        i64::from(entry.tag),
        i64::from(entry.argument),
        i64::from(entry.value),
    ]
    .map(small)
}
