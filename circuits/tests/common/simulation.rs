//! The circuit with a witness, for the library's simulator.

use duces_circuits::circuit::{Config, configure, public_columns};
use duces_circuits::columns::{EquationColumns, instance};
use duces_circuits::layout::Layout;
use duces_circuits::prover::second_phase::{Challenges, SecondPhase};
use duces_circuits::prover::witness::Witness;
use ff::Field;
use halo2_proofs::circuit::{Layouter, Region, SimpleFloorPlanner, Value};
use halo2_proofs::dev::MockProver;
use halo2_proofs::plonk::{Advice, Circuit, Column, ConstraintSystem, Error};
use halo2curves::bn256::Fr;
use std::sync::Arc;

/// A change to the second phase: what is added to which row of which of its columns.
#[derive(Clone, Copy)]
pub struct Change {
    pub column: usize,
    pub row: usize,
    pub by: Fr,
}

/// One batch with everything that a prover puts into it.
#[derive(Clone)]
pub struct Simulation {
    pub layout: Arc<Layout>,
    pub witness: Witness,
    pub equation: EquationColumns<Vec<Fr>>,
    pub change: Option<Change>,
}

impl Simulation {
    /// Whether every gate holds on every row, under challenges that the simulator draws.
    pub fn holds(&self) -> bool {
        let public = public_columns(&self.layout);
        let columns = instance(&self.equation, &public);
        let columns = columns.into_iter().map(<[Fr]>::to_vec).collect();
        let prover = MockProver::run(self.layout.k(), &Simulated(Some(self.clone())), columns);
        prover.unwrap().verify().is_ok()
    }
}

/// The library wants circuits to have a default.
#[derive(Clone, Default)]
pub struct Simulated(Option<Simulation>);

#[derive(Clone, Default)]
pub struct Parameters(Option<Arc<Layout>>);

impl Circuit<Fr> for Simulated {
    type Config = Config;
    type FloorPlanner = SimpleFloorPlanner;
    type Params = Parameters;

    fn params(&self) -> Parameters {
        Parameters(self.0.as_ref().map(|s| Arc::clone(&s.layout)))
    }

    fn without_witnesses(&self) -> Self {
        self.clone()
    }

    fn configure(_: &mut ConstraintSystem<Fr>) -> Config {
        unreachable!("the library calls configure_with_params")
    }

    fn configure_with_params(meta: &mut ConstraintSystem<Fr>, parameters: Parameters) -> Config {
        configure(meta, &parameters.0.unwrap())
    }

    fn synthesize(&self, config: Config, mut layouter: impl Layouter<Fr>) -> Result<(), Error> {
        let simulation = self.0.as_ref().unwrap();
        let [alpha, beta, w] = [config.alpha, config.beta, config.w]
            .map(|challenge| known(layouter.get_challenge(challenge)));
        layouter.assign_region(
            || "batch",
            |mut region| {
                let (Some(alpha), Some(beta), Some(w)) = (alpha, beta, w) else {
                    let columns = config.first.iter().zip(simulation.witness.columns.iter());
                    for (column, cells) in columns {
                        assign(&mut region, *column, &cells.values(cells.len()));
                    }
                    return Ok(());
                };
                let mut second = SecondPhase::new(
                    &simulation.layout,
                    &simulation.witness,
                    &simulation.equation,
                    &public_columns(&simulation.layout),
                    Challenges { alpha, beta, w },
                );
                if let Some(Change { column, row, by }) = simulation.change {
                    second.columns.iter_mut().nth(column).unwrap()[row] += by;
                }
                for (column, cells) in config.second.iter().zip(second.columns.iter()) {
                    assign(&mut region, *column, cells);
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

/// `Σ_b η^(b+1)·⟨u_in, x_{c,b}⟩ + m_c` for every group, written out.
pub fn masked_values(
    layout: &Layout,
    input: &[Fr],
    eta: Fr,
    views: &[Vec<u8>],
    masks: &[Fr],
) -> Vec<Fr> {
    let mut y = masks.to_vec();
    for (i, view) in views.iter().enumerate() {
        let (c, b) = layout.place(i);
        let terms = input.iter().zip(view);
        let product: Fr = terms.map(|(u, &x)| *u * Fr::from(u64::from(x))).sum();
        y[c] += eta.pow_vartime([b as u64 + 1]) * product;
    }
    y
}

/// Bits as outputs of the last node.
pub fn outputs(bits: &[bool]) -> Vec<Vec<i32>> {
    bits.iter().map(|&bit| vec![i32::from(bit)]).collect()
}
