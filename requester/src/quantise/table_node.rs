//! What a table's node asks of the scale of its argument.

use super::tables::Shape;
use super::{Ranges, budget};
use crate::float::interval::Interval;
use crate::float::{Func, Pointwise, ValueId};

/// A table's node with what is known about it.
pub struct Target<'a> {
    /// Its value.
    pub value: ValueId,
    /// The node.
    pub pointwise: &'a Pointwise,
    /// Worst cases of what it reads.
    pub y: &'a Interval,
    /// The arguments `lo ..= hi` of its table.
    pub domain: (i32, i32),
    /// Table sizes.
    pub shape: &'a Shape,
    /// Whether the accumulator is cut down to the table's window.
    pub saturated: bool,
}

impl Target<'_> {
    /// For each element the scale of the argument at which the table serves calibrated values
    /// best; 0 where nothing is known.
    pub fn wishes(&self, ranges: &Ranges) -> Vec<f64> {
        let func = &self.pointwise.func;
        let saturation = f64::from(self.shape.saturation);
        let half = if self.saturated {
            f64::from(self.shape.span())
        } else {
            f64::from(self.domain.1)
        };
        let elements = 0..self.y.lo.len();
        if func.is_homogeneous() {
            let usual = elements.map(|element| match ranges.largest(self.value, element) {
                Some(usual) => usual,
                None => {
                    let (lo, hi) = (self.y.lo[element], self.y.hi[element]);
                    func.apply(hi, element).max(-func.apply(lo, element))
                }
            });
            let usual: Vec<f64> = usual.collect();
            if !self.saturated {
                return usual.iter().map(|u| u / saturation).collect();
            }
            // An element that calibration hardly reached may go further on other documents.
            let floor = usual.iter().copied().fold(0.0, f64::max) * budget::UNSEEN;
            let window = usual.iter().map(|u| u.max(floor) * budget::HEADROOM);
            return window.map(|w| w / saturation).collect();
        }
        let wish = match func {
            // Where the function is flat, nothing needs to be told apart.
            Func::Clip { lo, hi } if self.saturated => lo.abs().max(hi.abs()) / saturation,
            Func::Clip { lo, hi } if hi.is_finite() => hi.max(-lo.max(-hi.abs())) / saturation,
            Func::Sigmoid => 10.0 / half,
            Func::Tanh => 5.0 / half,
            Func::Exp { .. } if self.saturated => 10.0 / half,
            Func::Formula { reach, .. } if reach.is_finite() => reach / half,
            Func::Exp { .. } => 12.0 / f64::from(-self.domain.0),
            _ => 0.0,
        };
        elements.map(|_| wish).collect()
    }
}
