//! Interval arithmetic in floating point: worst cases over all views, before scales are chosen.
//!
//! It only guides the choice of scales; that no accumulator leaves its table is proved afterwards
//! on integers, by `duces_protocol`.

use super::{Func, Linear, Map, Node, Program};
use std::collections::{BTreeMap, BTreeSet};

/// Smallest and largest value of each element.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Interval {
    /// Smallest.
    pub lo: Vec<f64>,
    /// Largest.
    pub hi: Vec<f64>,
}

impl Interval {
    /// The same range for each of `len` elements.
    #[must_use]
    pub fn uniform(len: usize, lo: f64, hi: f64) -> Self {
        Self {
            lo: vec![lo; len],
            hi: vec![hi; len],
        }
    }

    /// The image of a linear node, its sources being given.
    #[must_use]
    pub fn linear(linear: &Linear, values: &[Self]) -> Self {
        let mut image = Self {
            lo: linear.bias_vector(),
            hi: linear.bias_vector(),
        };
        for term in &linear.terms {
            image.add(term.factor, &term.map, &values[term.source]);
        }
        image
    }

    /// The image of a pointwise node.
    #[must_use]
    pub fn pointwise(func: &Func, y: &Self) -> Self {
        // A formula is sampled, and most elements of a channel have the same range.
        let mut sampled = BTreeMap::new();
        let mut range = |(i, (&lo, &hi)): (usize, (&f64, &f64))| match func {
            Func::Formula { .. } => *sampled
                .entry((lo.to_bits(), hi.to_bits()))
                .or_insert_with(|| func.range(lo, hi, i)),
            _ => func.range(lo, hi, i),
        };
        let (lo, hi) = y.lo.iter().zip(&y.hi).enumerate().map(&mut range).unzip();
        Self { lo, hi }
    }

    /// Adds a term: the two ends on two cores.
    fn add(&mut self, factor: f64, map: &Map, z: &Self) {
        let (lo, hi) = (&mut self.lo, &mut self.hi);
        rayon::join(
            || add_end(factor, map, &z.lo, &z.hi, lo),
            || add_end(factor, map, &z.hi, &z.lo, hi),
        );
    }
}

/// Adds one end: positive weights meet the elements of `same`, negative ones those of `other`.
fn add_end(factor: f64, map: &Map, same: &[f64], other: &[f64], y: &mut [f64]) {
    map.walk(same.len(), y.len(), |run| {
        let weight = factor * run.weight;
        let z = if weight < 0.0 { other } else { same };
        let (y, z) = (
            y[run.output..][..run.count].iter_mut(),
            z[run.input..].iter(),
        );
        if run.input_step == 1 {
            y.zip(z).for_each(|(y, z)| *y += weight * z);
        } else {
            let z = z.step_by(run.input_step);
            y.zip(z).for_each(|(y, z)| *y += weight * z);
        }
    });
}

/// The origin of a node whose function has no finite value for some argument that a document may
/// lead to, and that argument.
#[must_use]
pub fn undefined(program: &Program) -> Option<(&str, f64)> {
    let is_formula =
        |node: &Node| matches!(node, Node::Pointwise(p) if matches!(p.func, Func::Formula { .. }));
    let last = program.nodes.iter().rposition(is_formula)?;
    let mut intervals = vec![Interval::uniform(program.input_len, 0.0, 255.0)];
    for node in &program.nodes[..=last] {
        intervals.push(match node {
            Node::Linear(linear) => Interval::linear(linear, &intervals),
            Node::Pointwise(pointwise) => {
                let y = &intervals[pointwise.source];
                if let Func::Formula { formula, reach } = &pointwise.func {
                    let mut seen = BTreeSet::new();
                    let ends = y.lo.iter().zip(&y.hi);
                    let mut ends =
                        ends.filter(|(lo, hi)| seen.insert((lo.to_bits(), hi.to_bits())));
                    if let Some(y) = ends.find_map(|(&lo, &hi)| {
                        formula.undefined_on(lo.clamp(-reach, *reach), hi.clamp(-reach, *reach))
                    }) {
                        return Some((&pointwise.origin, y));
                    }
                }
                Interval::pointwise(&pointwise.func, y)
            }
        });
    }
    None
}
