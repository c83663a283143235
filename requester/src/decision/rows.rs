//! A comparison as one row over the outputs of tables and the view.
//!
//! The row says `Σ ⟨weights, source⟩ + constant ≥ 0` (or `> 0`). Functions at the end that only
//! stretch the scale are undone here: a cutoff on a sigmoid becomes one on its argument, a
//! comparison of two exponentials one of their exponents.

use crate::float::multiples::Multiples;
use crate::float::{Func, INPUT, Node, Program, ValueId};
use std::collections::BTreeMap;

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

/// A row after functions at the end have been undone.
pub enum Peeled {
    /// A row.
    Row(Row),
    /// The comparison has the same outcome for every document.
    Always(bool),
}

impl Row {
    /// The row that reads `weights` (index, weight) on elements of `value`.
    #[must_use]
    pub fn new(
        program: &Program,
        parts: &[(ValueId, usize, f64)],
        constant: f64,
        strict: bool,
    ) -> Self {
        let mut gradients: BTreeMap<ValueId, Vec<f64>> = BTreeMap::new();
        for &(value, index, weight) in parts {
            let gradient = gradients.entry(value);
            gradient.or_insert_with(|| vec![0.0; program.len_of(value)])[index] += weight;
        }
        collapse(program, gradients, constant, strict)
    }

    /// The entries that are not zero: source, element, weight.
    #[must_use]
    pub fn entries(&self) -> Vec<(ValueId, usize, f64)> {
        let weights = |(&value, weights): (&ValueId, &Vec<f64>)| {
            let entries = weights.iter().enumerate().filter(|(_, w)| **w != 0.0);
            entries
                .map(|(index, &w)| (value, index, w))
                .collect::<Vec<_>>()
        };
        self.terms.iter().flat_map(weights).collect()
    }

    /// Where the row is a sum of exact multiples of one unit, makes the constant one of them too, by
    /// which no comparison changes. Then equal sums are equal in integers as well.
    #[must_use]
    fn settled(mut self, program: &Program) -> Self {
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

    /// Undoes strictly increasing functions at the end, as often as possible.
    #[must_use]
    pub fn peel(mut self, program: &Program) -> Peeled {
        loop {
            let entries = self.entries();
            if let &[(value, index, weight)] = entries.as_slice()
                && let Some(Func::Step { strict }) = program.pointwise(value).map(|node| &node.func)
            {
                // The step decides alone, or not at all.
                let holds = |z: f64| {
                    let sum = weight * z + self.constant;
                    sum > 0.0 || sum == 0.0 && !self.strict
                };
                let (source, strict) = (program.nodes[value - 1].sources()[0], strict[index]);
                let (sign, strict) = match (holds(0.0), holds(1.0)) {
                    (false, true) => (1.0, strict),
                    (true, false) => (-1.0, !strict),
                    (outcome, _) => return Peeled::Always(outcome),
                };
                self = Self::new(program, &[(source, index, sign)], 0.0, strict);
                continue;
            }
            let func = |value: ValueId| {
                program
                    .pointwise(value)
                    .map(|node| (node.source, &node.func))
            };
            let next = match entries.as_slice() {
                [] => {
                    let holds = if self.strict {
                        self.constant > 0.0
                    } else {
                        self.constant >= 0.0
                    };
                    return Peeled::Always(holds);
                }
                // weight·f(y) + constant ≥ 0
                &[(value, index, weight)] => func(value).and_then(|(source, func)| {
                    let edge = func.inverse(-self.constant / weight)?;
                    Some((
                        vec![(source, index, weight.signum())],
                        -weight.signum() * edge,
                    ))
                }),
                // weight·(f(y_a) − f(y_b)) ≥ 0, or a·e^{y_a} ≥ b·e^{y_b}
                &[(value, a, weight), (other, b, opposite)]
                    if value == other && weight * opposite < 0.0 && self.constant == 0.0 =>
                {
                    func(value).and_then(|(source, func)| {
                        let sign = weight.signum();
                        let offset = match func {
                            Func::Exp { .. } => sign * libm::log((weight / opposite).abs()),
                            func if func.is_strictly_increasing() && weight == -opposite => 0.0,
                            _ => return None,
                        };
                        Some((vec![(source, a, sign), (source, b, -sign)], offset))
                    })
                }
                _ => None,
            };
            let Some((parts, constant)) = next else {
                return Peeled::Row(self.settled(program));
            };
            if constant.is_infinite() {
                return Peeled::Always(constant > 0.0);
            }
            self = Self::new(program, &parts, constant, self.strict);
        }
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
