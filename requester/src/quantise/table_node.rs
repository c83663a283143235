//! A pointwise node, and the scale that calibration asks of its argument.

use super::budget::precision;
use super::calibrated::Ranges;
use super::tables::TableSizes;
use crate::float::interval::Interval;
use crate::float::{Func, Pointwise, ValueId};

/// A pointwise node with what is known about it.
pub struct TableNode<'a> {
    /// The value that it defines.
    pub value: ValueId,
    /// The node.
    pub pointwise: &'a Pointwise,
    /// Worst cases of what it reads.
    pub y: &'a Interval,
    /// The arguments `lo ..= hi` of its table.
    pub domain: (i32, i32),
    /// Table sizes.
    pub sizes: &'a TableSizes,
    /// Whether the accumulator saturates outside the function's window.
    pub saturated: bool,
}

impl TableNode<'_> {
    /// For each element the scale of the argument at which calibrated values fill the table; 0
    /// where nothing is known.
    pub fn calibrated_scales(&self, ranges: &Ranges) -> Vec<f64> {
        let func = &self.pointwise.func;
        let saturation = f64::from(self.sizes.saturation);
        let half = if self.saturated {
            f64::from(self.sizes.span())
        } else {
            f64::from(self.domain.1)
        };
        let elements = 0..self.y.lo.len();
        if func.is_homogeneous() {
            let largest = elements.map(|element| match ranges.largest(self.value, element) {
                Some(largest) => largest,
                None => {
                    let (lo, hi) = (self.y.lo[element], self.y.hi[element]);
                    func.apply(hi, element).max(-func.apply(lo, element))
                }
            });
            let largest: Vec<f64> = largest.collect();
            if !self.saturated {
                return largest.iter().map(|l| l / saturation).collect();
            }
            // An element that stayed near zero on calibration data may go further on other documents.
            let floor = largest.iter().copied().fold(0.0, f64::max) * precision::LEAST_SHARE;
            let window = largest.iter().map(|l| l.max(floor) * precision::HEADROOM);
            return window.map(|w| w / saturation).collect();
        }
        let scale = match func {
            // Arguments on which the function is constant need no entries of their own.
            Func::Clip { lo, hi } if self.saturated => lo.abs().max(hi.abs()) / saturation,
            Func::Clip { lo, hi } if hi.is_finite() => hi.max(-lo.max(-hi.abs())) / saturation,
            Func::Sigmoid => precision::SIGMOID_RANGE / half,
            Func::Tanh => precision::TANH_RANGE / half,
            Func::Exp { .. } if self.saturated => precision::SATURATED_EXP_RANGE / half,
            Func::Formula { reach, .. } if reach.is_finite() => reach / half,
            Func::Exp { .. } => precision::EXP_RANGE / f64::from(-self.domain.0),
            _ => 0.0,
        };
        elements.map(|_| scale).collect()
    }
}
