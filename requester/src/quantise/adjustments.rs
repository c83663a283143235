//! Corrections that earlier attempts at one candidate found necessary.

use crate::float::interval::Interval;
use crate::float::{Func, ValueId};
use std::collections::BTreeMap;

/// Corrections to the choice of scales.
#[derive(Clone, Default)]
pub struct Adjustments {
    /// By pointwise node: the factor on the scale of its argument.
    pub scale_factors: BTreeMap<ValueId, f64>,
    /// By pointwise node: bits taken off its shift.
    pub shift_reductions: BTreeMap<ValueId, u8>,
    /// By saturated pointwise node: the factor on its accumulator's real interval.
    pub range_factors: BTreeMap<ValueId, f64>,
    /// By pointwise node: how many calibrated values its table tells apart while it covers the
    /// worst case, the median over its elements. Not a correction: the search reads it to decide
    /// which layers saturate.
    pub resolutions: BTreeMap<ValueId, f64>,
    /// The worst cases of the values that the last attempt went through. Not a correction: what has not
    /// changed since need not be computed again.
    pub intervals: Vec<Interval>,
    /// The scale of the argument of each function that is not homogeneous: nodes with the same
    /// function share its table.
    shared_scales: Vec<(Func, f64)>,
}

impl Adjustments {
    /// Multiplies the scale of a node's argument.
    pub fn coarsen(&mut self, node: ValueId, factor: f64) {
        *self.scale_factors.entry(node).or_insert(1.0) *= factor;
    }

    /// Multiplies the interval that a saturated node's accumulator is taken to have.
    pub fn widen(&mut self, node: ValueId, factor: f64) {
        *self.range_factors.entry(node).or_insert(1.0) *= factor;
    }

    /// The factor on the scale of a node's argument.
    #[must_use]
    pub fn scale_factor(&self, node: ValueId) -> f64 {
        self.scale_factors.get(&node).copied().unwrap_or(1.0)
    }

    /// The factor on a saturated node's interval.
    #[must_use]
    pub fn range_factor(&self, node: ValueId) -> f64 {
        self.range_factors.get(&node).copied().unwrap_or(1.0)
    }

    /// Bits taken off a node's shift.
    #[must_use]
    pub fn shift_reduction(&self, node: ValueId) -> u8 {
        self.shift_reductions.get(&node).copied().unwrap_or(0)
    }

    /// The scale that all nodes with a function share, at least `needed`; `None` when it had to
    /// grow, so that nodes before this one must choose again.
    pub fn shared_scale(&mut self, func: &Func, needed: f64) -> Option<f64> {
        match self
            .shared_scales
            .iter_mut()
            .find(|(known, _)| known == func)
        {
            Some((_, scale)) if *scale < needed => {
                *scale = needed;
                None
            }
            Some((_, scale)) => Some(*scale),
            None => {
                self.shared_scales.push((func.clone(), needed));
                Some(needed)
            }
        }
    }
}
