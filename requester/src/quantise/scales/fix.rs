//! Fixes the scales of the weighted sums that a table reads, and the table's shift.

use super::super::adjustments::Adjustments;
use super::super::budget::{precision, size};
use super::super::calibrated::Ranges;
use super::super::error::QuantiseError;
use super::super::table_node::TableNode;
use super::super::tables::output_scale;
use super::{Choice, Scales};
use crate::float::{Func, ValueId};
use std::collections::{BTreeMap, BTreeSet};

/// For each group of elements that a table reads: the least scale of its argument.
type RequiredScales = BTreeMap<usize, f64>;

impl Scales<'_> {
    /// Chooses the scales and the shift of a pointwise node.
    pub(super) fn fix(
        &mut self,
        node: &TableNode<'_>,
        ranges: &Ranges,
        adjustments: &mut Adjustments,
    ) -> Result<Choice<()>, QuantiseError> {
        let (value, source) = (node.value, node.pointwise.source);
        if self.groups.is_fixed(self.program, source) {
            return Err(self.refuse(value, "it applies a function to unweighted bytes or steps"));
        }
        let required = self.required_scales(node, ranges, adjustments);
        let Some(required) = shared(&node.pointwise.func, required, adjustments) else {
            return Ok(Choice::Adjusted);
        };
        let unscaled = self.unscaled_sums(source);
        let shift = self.fix_shift(node, ranges, &required, &unscaled, adjustments)?;
        let Choice::Made(shift) = shift else {
            return Ok(Choice::Adjusted);
        };
        for sum in unscaled {
            self.unscaled[sum] = false;
            self.sum_fixed_by.insert(sum, value);
        }
        for group in required.keys() {
            self.group_fixed_by.entry(*group).or_insert(value);
        }
        self.shifts.insert(value, shift);
        if node.saturated {
            let range = self.accumulator_range(node, adjustments.range_factor(value));
            self.accumulator_ranges.insert(value, range);
        }
        self.fix_output(node, shift);
        Ok(Choice::Made(()))
    }

    /// The shift of a pointwise node; fixes the scales of the sums in `unscaled` on the way.
    fn fix_shift(
        &mut self,
        node: &TableNode<'_>,
        ranges: &Ranges,
        required: &RequiredScales,
        unscaled: &[ValueId],
        adjustments: &mut Adjustments,
    ) -> Result<Choice<u8>, QuantiseError> {
        let (value, source) = (node.value, node.pointwise.source);
        let func = &node.pointwise.func;
        let is_step = matches!(func, Func::Step { .. });
        let largest = if is_step {
            node.sizes.step_shift
        } else if node.saturated {
            self.saturated_shift(node.sizes, unscaled, ranges)
        } else {
            size::SHIFT
        };
        if (is_step || func.is_lookup())
            && unscaled == [source]
            && let Some(unit) = self.exact_unit(source)
        {
            return Ok(Choice::Made(self.fix_exactly(required, unit, largest)));
        }
        if func.is_lookup() {
            return Err(self.refuse(value, "its packed bits are not integers"));
        }
        let allowed = largest.saturating_sub(adjustments.shift_reduction(value));
        if !unscaled.is_empty() {
            let shift = self.fix_first(value, source, unscaled, required, allowed)?;
            return Ok(Choice::Made(shift));
        }
        let shift = node
            .sizes
            .round_shift_up(self.required_shift(source, required));
        if shift > allowed {
            self.reduce_earlier_shifts(value, required, shift - allowed, adjustments)?;
            return Ok(Choice::Adjusted);
        }
        Ok(Choice::Made(shift))
    }

    /// Gives all groups the scale `unit`, of which their weights are multiples; returns the shift.
    fn fix_exactly(&mut self, required: &RequiredScales, unit: f64, largest: u8) -> u8 {
        for &group in required.keys() {
            self.group_scales[group] = Some(unit);
        }
        let worst = required.values().copied().fold(0.0, f64::max);
        libm::log2(worst / unit)
            .ceil()
            .clamp(0.0, f64::from(largest)) as u8
    }

    /// The first table that reads some weighted sums: chooses their scales so that the shift is
    /// `allowed`, or smaller where other scales are known already.
    fn fix_first(
        &mut self,
        value: ValueId,
        source: ValueId,
        unscaled: &[ValueId],
        required: &RequiredScales,
        allowed: u8,
    ) -> Result<u8, QuantiseError> {
        let first = unscaled.iter().copied().min().unwrap_or(source);
        let known =
            |(group, scale): (&usize, &f64)| self.group_scales[*group].map(|own| scale / own);
        let unit = libm::exp2(allowed.into());
        if let Some(ratio) = required.iter().filter_map(known).reduce(f64::max) {
            let exponent = libm::log2(ratio / (self.value_factors[source] * unit)).ceil();
            for &sum in unscaled {
                self.value_factors[sum] = libm::exp2(exponent);
            }
            self.inherit(first, source);
        }
        for (&group, scale) in required {
            let own = self.value_factors[source] * unit;
            self.group_scales[group].get_or_insert(scale / own);
        }
        let shift = self.required_shift(source, required);
        if shift > allowed {
            return Err(self.refuse(value, "its branches have scales too far apart"));
        }
        Ok(shift)
    }

    /// The least shift that gives a table's argument at least the scales required.
    fn required_shift(&self, source: ValueId, required: &RequiredScales) -> u8 {
        let ratio = |(group, scale): (&usize, &f64)| {
            self.group_scales[*group].map(|own| scale / (own * self.value_factors[source]))
        };
        let worst = required.iter().filter_map(ratio).fold(1.0, f64::max);
        (libm::log2(worst) - 1e-9).ceil().clamp(0.0, 255.0) as u8
    }

    /// Takes bits off the shift of the nodes that fixed these groups: the accumulator gets a
    /// coarser scale, and the shift of this node becomes smaller.
    fn reduce_earlier_shifts(
        &self,
        value: ValueId,
        required: &RequiredScales,
        bits: u8,
        adjustments: &mut Adjustments,
    ) -> Result<(), QuantiseError> {
        let too_large = || self.refuse(value, "its worst case is too large for its table");
        let groups = required.keys();
        let earlier: BTreeSet<ValueId> = groups
            .filter_map(|group| self.group_fixed_by.get(group).copied())
            .collect();
        if earlier.is_empty() {
            return Err(too_large());
        }
        for node in earlier {
            let reduction = adjustments.shift_reduction(node).saturating_add(bits);
            adjustments.shift_reductions.insert(node, reduction);
            if reduction > size::SHIFT {
                return Err(too_large());
            }
        }
        Ok(())
    }

    /// The scale of a pointwise node's output, its argument and shift being fixed.
    fn fix_output(&mut self, node: &TableNode<'_>, shift: u8) {
        let (value, source) = (node.value, node.pointwise.source);
        let func = &node.pointwise.func;
        let unit = libm::exp2(shift.into());
        self.value_factors[value] = if func.is_homogeneous() {
            self.value_factors[source] * unit
        } else {
            let scale = self.of(source, 0) * unit;
            self.argument_scales.insert(value, scale);
            output_scale(func, scale, node.sizes.saturation)
        };
    }

    /// The scale that each group needs: by its worst case, or by calibration where the accumulator
    /// saturates. Notes the resolution that is left.
    fn required_scales(
        &self,
        node: &TableNode<'_>,
        ranges: &Ranges,
        adjustments: &mut Adjustments,
    ) -> RequiredScales {
        let (lo_q, hi_q) = (f64::from(-node.domain.0), f64::from(node.domain.1));
        let func = &node.pointwise.func;
        let exact = matches!(func, Func::Step { .. } | Func::Lookup { .. });
        let margin = if exact {
            1.0
        } else {
            precision::ROUNDING_MARGIN
        };
        let factor = margin * adjustments.scale_factor(node.value);
        let calibrated = node.calibrated_scales(ranges);
        let mut ratios = Vec::with_capacity(calibrated.len());
        let mut required = RequiredScales::new();
        let ends = node.y.lo.iter().zip(&node.y.hi);
        // Elements of one group follow each other.
        let mut last: Option<(usize, f64)> = None;
        for (element, ((&lo, &hi), calibrated)) in ends.zip(calibrated).enumerate() {
            let worst = (hi / hi_q).max(-lo / lo_q);
            if calibrated > 0.0 {
                ratios.push(worst / calibrated);
            }
            let own = if node.saturated {
                calibrated
            } else {
                worst.max(calibrated)
            };
            let group = self.groups.of(node.pointwise.source, element);
            match &mut last {
                Some((known, scale)) if *known == group => *scale = scale.max(own * factor),
                last => {
                    if let Some(done) = last.replace((group, (own * factor).max(0.0))) {
                        raise(&mut required, done);
                    }
                }
            }
        }
        if let Some(done) = last {
            raise(&mut required, done);
        }
        required.values_mut().for_each(|scale| {
            if *scale <= 0.0 {
                *scale = 1.0;
            }
        });
        if self.program.is_scores(node.value) {
            // A unit that is a power of two says less of the weights, and reads well.
            let power = |scale: &mut f64| *scale = libm::exp2(libm::log2(*scale).ceil());
            required.values_mut().for_each(power);
        }
        if !ratios.is_empty() {
            let middle = ratios.len() / 2;
            let (_, median, _) = ratios.select_nth_unstable_by(middle, f64::total_cmp);
            let resolution = f64::from(node.sizes.saturation) / median.max(1.0);
            adjustments.resolutions.insert(node.value, resolution);
        }
        required
    }
}

/// Makes the scale of a group at least so large.
fn raise(required: &mut RequiredScales, (group, least): (usize, f64)) {
    let scale = required.entry(group).or_insert(0.0);
    *scale = scale.max(least);
}

/// The scales required, made the same for all nodes with one function where these share a table
/// and its scale; `None` when that scale had to grow.
fn shared(
    func: &Func,
    mut required: RequiredScales,
    adjustments: &mut Adjustments,
) -> Option<RequiredScales> {
    let exact = matches!(func, Func::Step { .. }) || func.is_lookup();
    if !func.is_homogeneous() && !exact {
        let worst = required.values().copied().fold(0.0, f64::max);
        let scale = adjustments.shared_scale(func, worst)?;
        required.values_mut().for_each(|own| *own = scale);
    }
    Some(required)
}
