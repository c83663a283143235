//! Chooses the scale of every element.
//!
//! Walks the program once with real intervals. The first table that reads some weighted sums fixes
//! their scales; a later table on the same sums takes these scales and chooses its shift only.

mod fix;
mod saturated;

use super::adjustments::Adjustments;
use super::budget::search;
use super::calibrated::Ranges;
use super::error::QuantiseError;
use super::groups::{ScaleGroups, ScaleOrigin};
use super::table_node::TableNode;
use super::tables::Candidate;
use crate::float::interval::Interval;
use crate::float::multiples::Multiples;
use crate::float::{Func, Node, Program, ValueId};
use std::collections::{BTreeMap, BTreeSet};

/// The scales of a program.
pub struct Scales<'a> {
    program: &'a Program,
    groups: &'a ScaleGroups,
    /// Scale of each group.
    group_scales: Vec<Option<f64>>,
    /// Factor on a value's group scale; for fixed values the scale itself.
    value_factors: Vec<f64>,
    /// Whether a weighted sum has no factor yet.
    unscaled: Vec<bool>,
    /// The shift of each pointwise node, by its value.
    pub shifts: BTreeMap<ValueId, u8>,
    /// The scale of the argument of each table that is not homogeneous, by its node's value.
    pub argument_scales: BTreeMap<ValueId, f64>,
    /// The pointwise node that fixed a group's scale.
    group_fixed_by: BTreeMap<usize, ValueId>,
    /// The pointwise node that fixed a weighted sum's scale.
    pub sum_fixed_by: BTreeMap<ValueId, ValueId>,
    /// For each saturated pointwise node: the range of its accumulator, in integers.
    pub accumulator_ranges: BTreeMap<ValueId, (f64, f64)>,
}

/// How an attempt to choose scales ended.
pub enum Choice<T> {
    /// It succeeded.
    Made(T),
    /// The adjustments have changed, and the attempt must start again with them.
    Adjusted,
}

impl<'a> Scales<'a> {
    /// Chooses all scales.
    ///
    /// # Errors
    /// When a layer's structure does not allow it.
    pub fn choose(
        program: &'a Program,
        groups: &'a ScaleGroups,
        ranges: &Ranges,
        candidate: &Candidate,
        adjustments: &mut Adjustments,
    ) -> Result<Choice<Self>, QuantiseError> {
        let mut scales = Self::unchosen(program, groups);
        let heavy = program.multiplications() > search::HEAVY;
        let mut known = std::mem::take(&mut adjustments.intervals);
        let mut intervals = vec![Interval::uniform(program.input_len, 0.0, 255.0)];
        // Whether a value's interval is that of the last attempt.
        let mut same = vec![!known.is_empty()];
        for (value, node) in (1..).zip(&program.nodes) {
            let interval = match node {
                Node::Linear(linear) => {
                    scales.unscaled[value] = groups.origins[value] == ScaleOrigin::Chosen;
                    scales.inherit(value, value);
                    let unchanged = linear.terms.iter().all(|term| same[term.source]);
                    same.push(unchanged && value < known.len());
                    if same[value] {
                        std::mem::take(&mut known[value])
                    } else if heavy {
                        Interval::linear_by_channel(linear, &intervals)
                    } else {
                        Interval::linear(linear, &intervals)
                    }
                }
                Node::Pointwise(pointwise) => {
                    let node = TableNode {
                        value,
                        pointwise,
                        y: &intervals[pointwise.source],
                        domain: candidate.domain(&pointwise.func),
                        sizes: &candidate.sizes,
                        saturated: candidate.saturated.contains(&value),
                    };
                    match scales.fix(&node, ranges, adjustments)? {
                        Choice::Made(()) => {
                            let interval = scales.output_interval(&node);
                            same.push(known.get(value) == Some(&interval));
                            interval
                        }
                        Choice::Adjusted => {
                            adjustments.intervals = intervals;
                            return Ok(Choice::Adjusted);
                        }
                    }
                }
            };
            intervals.push(interval);
        }
        adjustments.intervals = intervals;
        Ok(Choice::Made(scales))
    }

    fn unchosen(program: &'a Program, groups: &'a ScaleGroups) -> Self {
        let values = program.nodes.len() + 1;
        Self {
            program,
            groups,
            group_scales: vec![None; groups.count()],
            value_factors: vec![1.0; values],
            unscaled: vec![false; values],
            shifts: BTreeMap::new(),
            argument_scales: BTreeMap::new(),
            group_fixed_by: BTreeMap::new(),
            sum_fixed_by: BTreeMap::new(),
            accumulator_ranges: BTreeMap::new(),
        }
    }

    /// The scale of an element.
    #[must_use]
    pub fn of(&self, value: ValueId, element: usize) -> f64 {
        if self.groups.is_fixed(self.program, value) {
            return self.value_factors[value];
        }
        let group = self.groups.of(value, element);
        self.group_scales[group].unwrap_or(1.0) * self.value_factors[value]
    }

    /// Computes the factors of sums of selections in `from ..= to` from those of their sources.
    fn inherit(&mut self, from: ValueId, to: ValueId) {
        for value in from..=to {
            let inherited = matches!(
                self.groups.origins[value],
                ScaleOrigin::Inherited | ScaleOrigin::Given
            );
            if let (true, Some(linear)) = (inherited, self.program.linear(value)) {
                let own = linear
                    .terms
                    .iter()
                    .map(|t| t.factor.abs() * self.value_factors[t.source]);
                self.value_factors[value] = own.fold(f64::INFINITY, f64::min);
            }
        }
    }

    /// The weighted sums without a factor that `value` consists of.
    fn unscaled_sums(&self, value: ValueId) -> Vec<ValueId> {
        let mut seen = BTreeSet::from([value]);
        let mut stack = vec![value];
        let mut found = Vec::new();
        while let Some(value) = stack.pop() {
            if self.unscaled[value] {
                found.push(value);
            } else if self.groups.origins[value] == ScaleOrigin::Inherited {
                let sources = self.program.linear(value).map(|linear| &linear.terms);
                for term in sources.into_iter().flatten() {
                    if seen.insert(term.source) {
                        stack.push(term.source);
                    }
                }
            }
        }
        found
    }

    /// For a sum of bytes, steps and packed tables: a power of two of which all weights and the bias
    /// are multiples, not too large.
    fn exact_unit(&self, value: ValueId) -> Option<f64> {
        let linear = self.program.linear(value)?;
        let exact = |source| {
            self.groups.is_fixed(self.program, source) && self.value_factors[source] == 1.0
        };
        if !linear.terms.iter().all(|term| exact(term.source)) {
            return None;
        }
        let mut weights = Multiples::default();
        for term in &linear.terms {
            let inputs = self.program.len_of(term.source);
            term.map.walk(inputs, linear.len, |run| {
                weights.insert(run.weight * term.factor);
            });
        }
        weights.unit()?;
        linear.bias.iter().for_each(|&b| weights.insert_bias(b));
        weights.unit()
    }

    /// What the outputs of a pointwise node can be, clipping by its table included.
    fn output_interval(&self, node: &TableNode<'_>) -> Interval {
        let func = &node.pointwise.func;
        let ends = node.y.lo.iter().zip(&node.y.hi).enumerate();
        let mut interval = Interval::default();
        for (element, (&lo, &hi)) in ends {
            let scale = self.of(node.value, element);
            let limit = if func.is_homogeneous() {
                f64::from(node.sizes.saturation) * scale
            } else {
                f64::INFINITY
            };
            let (a, b) = func.range(lo, hi, element);
            // The rounding of the argument can add half a unit.
            let slack = if func.is_homogeneous() { scale } else { 0.0 };
            let least = (a - slack).clamp(-limit, limit).max(least_output(func));
            interval.lo.push(least);
            interval.hi.push((b + slack).clamp(-limit, limit));
        }
        interval
    }

    fn refuse(&self, value: ValueId, reason: &str) -> QuantiseError {
        QuantiseError::layer(self.program, value, reason)
    }
}

/// The least output that a function can have.
fn least_output(func: &Func) -> f64 {
    match func {
        Func::Relu | Func::Sigmoid | Func::Exp { .. } | Func::Step { .. } => 0.0,
        _ => f64::NEG_INFINITY,
    }
}
