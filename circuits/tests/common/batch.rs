//! A batch for the library's simulator, each part of which a lying prover can change.

use super::dimensions;
use super::simulation::{Change, Simulation, masked_values, outputs};
use duces_circuits::columns::{EquationColumns, Triple};
use duces_circuits::equation::{Equation, group_answers};
use duces_circuits::layout::Layout;
use duces_circuits::prover::column::Column;
use duces_circuits::prover::witness::Witness;
use duces_protocol::classifier::Classifier;
use ff::Field;
use halo2curves::bn256::Fr;
use rand_core::OsRng;
use std::sync::Arc;

/// A batch with everything that a prover chooses in the open.
#[derive(Clone)]
pub struct Batch {
    pub classifier: Classifier,
    pub layout: Arc<Layout>,
    pub views: Vec<Vec<u8>>,
    pub bits: Vec<bool>,
    pub masks: Vec<Fr>,
    pub witness: Witness,
    pub y_error: Fr,
    /// What the first item's view holds in place of its first byte.
    pub planted: Option<Fr>,
    /// A lie about the second phase.
    pub lie: Option<Change>,
}

/// Adds to a cell.
pub fn add(column: &mut Column, row: usize, by: Fr) {
    column.set(row, column.get(row) + by);
}

impl Batch {
    pub fn new(classifier: Classifier, items: usize, width: u32) -> Self {
        let layout = Arc::new(Layout::new(&classifier, dimensions(&classifier, width)).unwrap());
        assert!(items <= layout.items_per_batch());
        let len = classifier.input_len();
        let views: Vec<Vec<u8>> = (0..items)
            .map(|i| (0..len).map(|j| (i * 31 + j * 17 + i * j) as u8).collect())
            .collect();
        let masks: Vec<Fr> = (0..layout.groups()).map(|_| Fr::random(OsRng)).collect();
        let slices: Vec<&[u8]> = views.iter().map(Vec::as_slice).collect();
        let witness = Witness::new(&classifier, &layout, &slices, &masks);
        let bits = views.iter().map(|view| classifier.matches(view)).collect();
        Self {
            classifier,
            layout,
            views,
            bits,
            masks,
            witness,
            y_error: Fr::ZERO,
            planted: None,
            lie: None,
        }
    }

    /// Whether the circuit accepts under fresh challenges.
    pub fn accepts(&self) -> bool {
        self.accepts_under([Fr::random(OsRng), Fr::random(OsRng)])
    }

    /// Whether it accepts under these challenges `ρ` and `η`.
    pub fn accepts_under(&self, challenges: [Fr; 2]) -> bool {
        let simulation = Simulation {
            layout: Arc::clone(&self.layout),
            witness: self.witness.clone(),
            equation: self.equation(challenges),
            change: self.lie,
        };
        simulation.holds()
    }

    /// The instance columns of the equation under these challenges.
    pub fn equation(&self, [rho, eta]: [Fr; 2]) -> EquationColumns<Vec<Fr>> {
        let mut equation = Equation::new(&self.classifier, &self.layout, rho);
        let answers = group_answers(&self.classifier, &self.layout, &outputs(&self.bits));
        let mut y = masked_values(&self.layout, &equation.input, eta, &self.views, &self.masks);
        y[0] += self.y_error;
        if let Some(planted) = self.planted {
            let byte = Fr::from(u64::from(self.views[0][0]));
            y[0] += eta * equation.input[0] * (planted - byte);
        }
        equation.instance(&self.layout, eta, &answers, &y)
    }

    /// What the witness leaves in the equation of a batch of one group, its mask aside.
    pub fn residual(&self, challenges: [Fr; 2]) -> Fr {
        assert_eq!(self.layout.groups(), 1);
        let equation = self.equation(challenges);
        let coefficients = equation.coefficients.iter().flat_map(Triple::iter);
        let terms = coefficients.zip(self.witness.columns.iter());
        let product = |(coefficients, cells): (&Vec<Fr>, &Column)| -> Fr {
            let cells = (0..).map(|row| cells.get(row));
            coefficients
                .iter()
                .zip(cells)
                .map(|(c, cell)| *c * cell)
                .sum()
        };
        terms.map(product).sum::<Fr>() - equation.sides[0]
    }

    /// A first-phase column by its number.
    pub fn column(&mut self, number: usize) -> &mut Column {
        self.witness.columns.iter_mut().nth(number).unwrap()
    }

    /// A cell of a first-phase column.
    pub fn cell(&self, column: usize, row: usize) -> Fr {
        self.witness.columns.iter().nth(column).unwrap().get(row)
    }

    /// Changes a cell without keeping the multiplicities.
    pub fn set(&mut self, column: usize, row: usize, value: Fr) {
        self.column(column).set(row, value);
    }

    /// Moves one lookup from an entry to another in the multiplicities.
    pub fn recount(&mut self, from: usize, to: usize) {
        for (index, change) in [(from, -Fr::ONE), (to, Fr::ONE)] {
            let column = 3 * self.layout.triples() + index / self.layout.body_rows();
            let row = self.layout.body_start() + index % self.layout.body_rows();
            add(self.column(column), row, change);
        }
    }

    /// Column of `q` of the batch's item `i`, and the row of its first activation.
    pub fn item(&self, i: usize) -> (usize, usize) {
        let (c, b) = self.layout.place(i);
        (3 * c * self.layout.lanes(), self.layout.item_start(b))
    }
}
