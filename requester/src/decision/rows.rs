//! A comparison as one row over the outputs of tables and the view.
//!
//! The row says `Σ ⟨weights, source⟩ + constant ≥ 0` (or `> 0`). Strictly increasing functions at
//! the end are undone here: a cutoff on a sigmoid becomes a cutoff on its argument, and a comparison
//! of two exponentials becomes one of their exponents.

use crate::float::multiples::Multiples;
use crate::float::{Func, INPUT, Node, Program, ValueId};
use std::collections::BTreeMap;

/// An entry of a row that is not zero: source, element, weight.
pub type Entry = (ValueId, usize, f64);

/// `Σ ⟨weights, source⟩ + constant ≥ 0`.
#[derive(Clone, Debug)]
pub struct Row {
    /// Weights on each element of each source; sources are the view or pointwise nodes.
    pub terms: BTreeMap<ValueId, Vec<f64>>,
    /// The constant.
    pub constant: f64,
    /// Whether `> 0` is meant.
    pub strict: bool,
}

/// A row after the functions at the end have been undone.
pub enum Reduced {
    /// A row.
    Row(Row),
    /// The comparison has the same outcome for every document.
    Always(bool),
}

impl Row {
    /// The row with the given parts: value, element, weight.
    #[must_use]
    pub fn new(program: &Program, parts: &[Entry], constant: f64, strict: bool) -> Self {
        let mut gradients: BTreeMap<ValueId, Vec<f64>> = BTreeMap::new();
        for &(value, index, weight) in parts {
            let gradient = gradients.entry(value);
            gradient.or_insert_with(|| vec![0.0; program.len_of(value)])[index] += weight;
        }
        collapse(program, gradients, constant, strict)
    }

    /// The entries that are not zero.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        let weights = |(&value, weights): (&ValueId, &Vec<f64>)| {
            let entries = weights.iter().enumerate().filter(|(_, w)| **w != 0.0);
            entries
                .map(|(index, &w)| (value, index, w))
                .collect::<Vec<_>>()
        };
        self.terms.iter().flat_map(weights).collect()
    }

    /// Where all weights are multiples of one unit and what they weigh are integers, rounds the
    /// constant to a multiple too. No comparison changes, and sums that are equal stay equal in
    /// integers.
    #[must_use]
    fn with_exact_constant(mut self, program: &Program) -> Self {
        let exact = |value: ValueId| {
            value == INPUT
                || program.pointwise(value).is_some_and(|node| {
                    matches!(node.func, Func::Step { .. } | Func::Lookup { .. })
                })
        };
        if !self.terms.keys().all(|&value| exact(value)) {
            return self;
        }
        let mut weights = Multiples::default();
        self.terms
            .values()
            .flatten()
            .for_each(|&weight| weights.insert(weight));
        if let Some(unit) = weights.unit() {
            let multiple = self.constant / unit;
            self.constant = unit
                * if self.strict {
                    multiple.ceil()
                } else {
                    multiple.floor()
                };
        }
        self
    }

    /// Undoes strictly increasing functions and steps at the end, as often as possible.
    #[must_use]
    pub fn reduce(mut self, program: &Program) -> Reduced {
        loop {
            let entries = self.entries();
            let next = match entries.as_slice() {
                [] => return Reduced::Always(self.holds_for(self.constant)),
                &[entry] => self.undo_step(program, entry).or_else(|| {
                    let row = self.undo_function(program, entry)?;
                    Some(Reduced::Row(row))
                }),
                &[first, second] => self.undo_pair(program, first, second).map(Reduced::Row),
                _ => None,
            };
            match next {
                None => return Reduced::Row(self.with_exact_constant(program)),
                Some(Reduced::Row(row)) if row.constant.is_infinite() => {
                    return Reduced::Always(row.constant > 0.0);
                }
                Some(Reduced::Row(row)) => self = row,
                Some(always) => return always,
            }
        }
    }

    /// Whether the row holds where its sum is `sum`.
    fn holds_for(&self, sum: f64) -> bool {
        sum > 0.0 || sum == 0.0 && !self.strict
    }

    /// The same comparison without the step that it reads: the step decides alone, or not at all.
    fn undo_step(&self, program: &Program, (value, index, weight): Entry) -> Option<Reduced> {
        let node = program.pointwise(value)?;
        let Func::Step { strict } = &node.func else {
            return None;
        };
        let holds = |step: f64| self.holds_for(weight * step + self.constant);
        let (sign, strict) = match (holds(0.0), holds(1.0)) {
            (false, true) => (1.0, strict[index]),
            (true, false) => (-1.0, !strict[index]),
            (outcome, _) => return Some(Reduced::Always(outcome)),
        };
        let parts = [(node.source, index, sign)];
        Some(Reduced::Row(Self::new(program, &parts, 0.0, strict)))
    }

    /// `weight·f(y) + constant ≥ 0` as a comparison of `y`.
    fn undo_function(&self, program: &Program, (value, index, weight): Entry) -> Option<Self> {
        let node = program.pointwise(value)?;
        let edge = node.func.inverse(-self.constant / weight)?;
        let sign = weight.signum();
        let parts = [(node.source, index, sign)];
        Some(Self::new(program, &parts, -sign * edge, self.strict))
    }

    /// `weight·(f(y_a) − f(y_b)) ≥ 0`, or `a·e^{y_a} ≥ b·e^{y_b}`, as a comparison of `y_a` and
    /// `y_b`.
    fn undo_pair(
        &self,
        program: &Program,
        (value, a, weight): Entry,
        (other, b, opposite): Entry,
    ) -> Option<Self> {
        if value != other || weight * opposite >= 0.0 || self.constant != 0.0 {
            return None;
        }
        let node = program.pointwise(value)?;
        let sign = weight.signum();
        let offset = match &node.func {
            Func::Exp { .. } => sign * libm::log((weight / opposite).abs()),
            func if func.is_strictly_increasing() && weight == -opposite => 0.0,
            _ => return None,
        };
        let parts = [(node.source, a, sign), (node.source, b, -sign)];
        Some(Self::new(program, &parts, offset, self.strict))
    }
}

/// Carries weights on linear values back to the view and to pointwise nodes.
fn collapse(
    program: &Program,
    mut gradients: BTreeMap<ValueId, Vec<f64>>,
    mut constant: f64,
    strict: bool,
) -> Row {
    let mut terms: BTreeMap<ValueId, Vec<f64>> = BTreeMap::new();
    while let Some((value, gradient)) = gradients.pop_last() {
        match program.node(value) {
            Some(Node::Linear(linear)) => {
                constant += linear
                    .bias
                    .iter()
                    .zip(&gradient)
                    .map(|(b, g)| b * g)
                    .sum::<f64>();
                for term in &linear.terms {
                    let source = gradients.entry(term.source);
                    let target = source.or_insert_with(|| vec![0.0; program.len_of(term.source)]);
                    term.map.add_adjoint(term.factor, &gradient, target);
                }
            }
            Some(Node::Pointwise(_)) | None => {
                if value == INPUT || gradient.iter().any(|&g| g != 0.0) {
                    terms.insert(value, gradient);
                }
            }
        }
    }
    terms.retain(|_, weights| weights.iter().any(|&w| w != 0.0));
    Row {
        terms,
        constant,
        strict,
    }
}
