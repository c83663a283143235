//! Chooses the scale of every element.
//!
//! Walks the program once with real intervals. A table's node settles the scales of the weighted
//! sums that it is the first to read; a later table on the same sums takes what is settled and
//! chooses its shift only.

mod saturated;

use super::groups::{Groups, Kind};
use super::tables::{Plan, output_scale};
use super::target::Target;
use super::{QuantiseError, Ranges, budget};
use crate::float::interval::Interval;
use crate::float::multiples::Multiples;
use crate::float::{Func, INPUT, Node, Program, ValueId};
use std::collections::{BTreeMap, BTreeSet};

/// The scales of a program.
pub struct Scales<'a> {
    program: &'a Program,
    groups: &'a Groups,
    /// Scale of each group.
    base: Vec<Option<f64>>,
    /// Factor on a value's group scale; for fixed values the scale itself.
    factor: Vec<f64>,
    /// Whether a weighted sum waits for its factor.
    pending: Vec<bool>,
    /// The shift of each pointwise node, by its value.
    pub shifts: BTreeMap<ValueId, u8>,
    /// The scale of the argument of each table that is not homogeneous, by its node's value.
    pub steps: BTreeMap<ValueId, f64>,
    /// Which pointwise node settled a group.
    leader: BTreeMap<usize, ValueId>,
    /// Which pointwise node settled a weighted sum.
    pub settled_by: BTreeMap<ValueId, ValueId>,
    /// For each saturated pointwise node: extremes of its argument's integer before the shift.
    pub reach: BTreeMap<ValueId, (f64, f64)>,
}

/// What earlier attempts taught.
#[derive(Clone, Default)]
pub struct Lessons {
    /// By pointwise node: how much coarser its argument must be.
    pub coarser: BTreeMap<ValueId, f64>,
    /// By pointwise node: how many bits its remainder gives up.
    pub fewer_bits: BTreeMap<ValueId, u8>,
    /// By saturated pointwise node: how many times further its accumulator reaches than real
    /// intervals say.
    pub further: BTreeMap<ValueId, f64>,
    /// By pointwise node: how many calibrated values its table tells apart while it covers the
    /// worst case, the median over its elements.
    pub levels: BTreeMap<ValueId, f64>,
    /// Argument scales of functions that are not homogeneous, as names and scales.
    uniform: Vec<(Func, f64)>,
}

impl<'a> Scales<'a> {
    /// Chooses all scales; `None` when a lesson was learned with which to try again.
    ///
    /// # Errors
    /// When a layer's structure does not allow it.
    pub fn choose(
        program: &'a Program,
        groups: &'a Groups,
        ranges: &Ranges,
        plan: &Plan,
        lessons: &mut Lessons,
    ) -> Result<Option<Self>, QuantiseError> {
        let shape = &plan.shape;
        let values = program.nodes.len() + 1;
        let mut scales = Self {
            program,
            groups,
            base: vec![None; groups.count()],
            factor: vec![1.0; values],
            pending: vec![false; values],
            shifts: BTreeMap::new(),
            steps: BTreeMap::new(),
            leader: BTreeMap::new(),
            settled_by: BTreeMap::new(),
            reach: BTreeMap::new(),
        };
        let mut intervals = vec![Interval::uniform(program.input_len, 0.0, 255.0)];
        for (value, node) in (1..).zip(&program.nodes) {
            let interval = match node {
                Node::Linear(linear) => {
                    scales.pending[value] = groups.kinds[value] == Kind::Root;
                    scales.refresh(value, value);
                    Interval::linear(linear, &intervals)
                }
                Node::Pointwise(pointwise) => {
                    let y = &intervals[pointwise.source];
                    let domain = plan.domain(&pointwise.func);
                    let target = Target {
                        value,
                        pointwise,
                        y,
                        domain,
                        shape,
                        saturated: plan.saturated.contains(&value),
                    };
                    if !scales.settle(&target, ranges, lessons)? {
                        return Ok(None);
                    }
                    scales.image(&target)
                }
            };
            intervals.push(interval);
        }
        Ok(Some(scales))
    }

    /// The scale of an element.
    #[must_use]
    pub fn of(&self, value: ValueId, element: usize) -> f64 {
        if self.groups.is_fixed(self.program, value) {
            return self.factor[value];
        }
        self.base[self.groups.of(value, element)].unwrap_or(1.0) * self.factor[value]
    }

    /// Recomputes the factors of sums of selections in `from ..= to`.
    fn refresh(&mut self, from: ValueId, to: ValueId) {
        for value in from..=to {
            let exact = matches!(self.groups.kinds[value], Kind::Exact | Kind::Fixed);
            if let (true, Some(linear)) = (exact, self.program.linear(value)) {
                let own = linear
                    .terms
                    .iter()
                    .map(|t| t.factor.abs() * self.factor[t.source]);
                self.factor[value] = own.fold(f64::INFINITY, f64::min);
            }
        }
    }

    /// The weighted sums without a factor that `value` consists of.
    fn waiting(&self, value: ValueId) -> Vec<ValueId> {
        let mut seen = BTreeSet::from([value]);
        let mut stack = vec![value];
        let mut found = Vec::new();
        while let Some(value) = stack.pop() {
            if self.pending[value] {
                found.push(value);
            } else if self.groups.kinds[value] == Kind::Exact {
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

    /// Settles the scales that a table's node decides. `false` when a lesson was learned.
    fn settle(
        &mut self,
        target: &Target<'_>,
        ranges: &Ranges,
        lessons: &mut Lessons,
    ) -> Result<bool, QuantiseError> {
        let (value, source) = (target.value, target.pointwise.source);
        let func = &target.pointwise.func;
        let is_step = matches!(func, Func::Step { .. });
        if self.groups.is_fixed(self.program, source) {
            return Err(self.refuse(value, "it applies a function to unweighted bytes or steps"));
        }
        let mut needed = self.needed(target, ranges, lessons);
        if !func.is_homogeneous() && !is_step && !func.is_lookup() {
            let worst = needed.values().copied().fold(0.0, f64::max);
            match lessons.uniform.iter_mut().find(|(known, _)| known == func) {
                Some((_, step)) if *step < worst => {
                    *step = worst;
                    return Ok(false);
                }
                Some((_, step)) => needed.values_mut().for_each(|s| *s = *step),
                None => lessons.uniform.push((func.clone(), worst)),
            }
        }
        let waiting = self.waiting(source);
        let full = if is_step {
            target.shape.step_shift
        } else if target.saturated {
            self.saturated_shift(target.shape, &waiting, ranges)
        } else {
            budget::SHIFT
        };
        let cap = full.saturating_sub(lessons.fewer_bits.get(&value).copied().unwrap_or(0));
        let unit = if is_step || func.is_lookup() {
            self.unit(source).filter(|_| waiting.as_slice() == [source])
        } else {
            None
        };
        let shift = if let Some(unit) = unit {
            needed
                .keys()
                .for_each(|&group| self.base[group] = Some(unit));
            let worst = needed.values().copied().fold(0.0, f64::max);
            libm::log2(worst / unit).ceil().clamp(0.0, f64::from(full)) as u8
        } else if func.is_lookup() {
            return Err(self.refuse(value, "its packed bits are not integers"));
        } else if waiting.is_empty() {
            let shift = target.shape.spaced(self.follow(source, &needed));
            if shift > cap {
                return self.give_up_bits(value, &needed, shift - cap, lessons);
            }
            shift
        } else {
            self.lead(value, source, &waiting, &needed, cap)?
        };
        for root in waiting {
            self.pending[root] = false;
            self.settled_by.insert(root, value);
        }
        self.shifts.insert(value, shift);
        if target.saturated {
            let further = lessons.further.get(&value).copied().unwrap_or(1.0);
            self.reach.insert(value, self.reached(target, further));
        }
        for group in needed.keys() {
            self.leader.entry(*group).or_insert(value);
        }
        let step = self.of(source, 0) * libm::exp2(shift.into());
        self.factor[value] = if func.is_homogeneous() {
            self.factor[source] * libm::exp2(shift.into())
        } else {
            self.steps.insert(value, step);
            output_scale(func, step, target.shape.saturation)
        };
        Ok(true)
    }

    /// For each group that a table reads: the scale that its argument should have.
    fn needed(
        &self,
        target: &Target<'_>,
        ranges: &Ranges,
        lessons: &mut Lessons,
    ) -> BTreeMap<usize, f64> {
        let (lo_q, hi_q) = (f64::from(-target.domain.0), f64::from(target.domain.1));
        let func = &target.pointwise.func;
        let exact = matches!(func, Func::Step { .. } | Func::Lookup { .. });
        let margin = if exact { 1.0 } else { budget::MARGIN };
        let coarser = margin * lessons.coarser.get(&target.value).copied().unwrap_or(1.0);
        let wishes = target.wishes(ranges);
        let mut ratios = Vec::with_capacity(wishes.len());
        let mut needed: BTreeMap<usize, f64> = BTreeMap::new();
        let ends = target.y.lo.iter().zip(&target.y.hi);
        for (element, ((&lo, &hi), wish)) in ends.zip(wishes).enumerate() {
            let worst = (hi / hi_q).max(-lo / lo_q);
            if wish > 0.0 {
                ratios.push(worst / wish);
            }
            let own = if target.saturated {
                wish
            } else {
                worst.max(wish)
            };
            let group = needed.entry(self.groups.of(target.pointwise.source, element));
            let scale = group.or_insert(0.0);
            *scale = scale.max(own * coarser);
        }
        needed.values_mut().for_each(|scale| {
            if *scale <= 0.0 {
                *scale = 1.0;
            }
        });
        ratios.sort_unstable_by(f64::total_cmp);
        if let Some(median) = ratios.get(ratios.len() / 2) {
            let levels = f64::from(target.shape.saturation) / median.max(1.0);
            lessons.levels.insert(target.value, levels);
        }
        needed
    }

    /// The first table on some weighted sums: chooses their scales so that the shift is `cap`.
    fn lead(
        &mut self,
        value: ValueId,
        source: ValueId,
        waiting: &[ValueId],
        needed: &BTreeMap<usize, f64>,
        cap: u8,
    ) -> Result<u8, QuantiseError> {
        let first = waiting.iter().copied().min().unwrap_or(source);
        let known = |(group, scale): (&usize, &f64)| self.base[*group].map(|base| scale / base);
        let full = libm::exp2(cap.into());
        if let Some(ratio) = needed.iter().filter_map(known).reduce(f64::max) {
            let factor = libm::exp2(libm::log2(ratio / (self.factor[source] * full)).ceil());
            waiting.iter().for_each(|&root| self.factor[root] = factor);
            self.refresh(first, source);
        }
        for (&group, scale) in needed {
            let own = self.factor[source] * full;
            self.base[group].get_or_insert(scale / own);
        }
        let shift = self.follow(source, needed);
        if shift > cap {
            return Err(self.refuse(value, "its branches have scales too far apart"));
        }
        Ok(shift)
    }

    /// The shift that gives a table's argument at least the scales needed.
    fn follow(&self, source: ValueId, needed: &BTreeMap<usize, f64>) -> u8 {
        let ratio = |(group, scale): (&usize, &f64)| {
            self.base[*group].map(|base| scale / (base * self.factor[source]))
        };
        let worst = needed.iter().filter_map(ratio).fold(1.0, f64::max);
        (libm::log2(worst) - 1e-9).ceil().clamp(0.0, 255.0) as u8
    }

    /// Makes the table that settled these groups leave more room for this one.
    fn give_up_bits(
        &self,
        value: ValueId,
        needed: &BTreeMap<usize, f64>,
        bits: u8,
        lessons: &mut Lessons,
    ) -> Result<bool, QuantiseError> {
        let leaders = needed
            .keys()
            .filter_map(|group| self.leader.get(group).copied());
        let leaders: BTreeSet<ValueId> = leaders.collect();
        for leader in &leaders {
            let given = lessons.fewer_bits.entry(*leader).or_insert(0);
            *given = given.saturating_add(bits);
            if *given > budget::SHIFT {
                return Err(self.refuse(value, "its worst case is too large for its table"));
            }
        }
        if leaders.is_empty() {
            return Err(self.refuse(value, "its worst case is too large for its table"));
        }
        Ok(false)
    }

    /// For a sum of bytes, steps and packed tables: a power of two of which all weights and the bias
    /// are multiples, not too large.
    fn unit(&self, value: ValueId) -> Option<f64> {
        let linear = self.program.linear(value)?;
        let exact =
            |source| self.groups.is_fixed(self.program, source) && self.factor[source] == 1.0;
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

    /// What the outputs of a table's node can be, saturation included.
    fn image(&self, target: &Target<'_>) -> Interval {
        let func = &target.pointwise.func;
        let ends = target.y.lo.iter().zip(&target.y.hi).enumerate();
        let mut image = Interval::default();
        for (element, (&lo, &hi)) in ends {
            let scale = self.of(target.value, element);
            let limit = if func.is_homogeneous() {
                f64::from(target.shape.saturation) * scale
            } else {
                f64::INFINITY
            };
            // The rounding of the argument can add half a unit.
            let (a, b) = func.range(lo, hi, element);
            let slack = if func.is_homogeneous() { scale } else { 0.0 };
            image
                .lo
                .push((a - slack).clamp(-limit, limit).max(floor(func)));
            image.hi.push((b + slack).clamp(-limit, limit));
        }
        image
    }

    fn refuse(&self, value: ValueId, reason: &str) -> QuantiseError {
        let layer = match value {
            INPUT => "the input".to_owned(),
            value => self.program.nodes[value - 1].origin().to_owned(),
        };
        QuantiseError {
            layer,
            reason: reason.to_owned(),
        }
    }
}

fn floor(func: &Func) -> f64 {
    match func {
        Func::Relu | Func::Sigmoid | Func::Exp { .. } | Func::Step { .. } => 0.0,
        _ => f64::NEG_INFINITY,
    }
}
