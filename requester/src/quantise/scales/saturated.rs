//! What a saturated accumulator needs to know of scales.

use super::super::tables::Shape;
use super::super::target::Target;
use super::super::{Ranges, budget};
use super::Scales;
use crate::float::ValueId;

impl Scales<'_> {
    /// The shift before a saturated table: as small as the rounding of weights allows, because the
    /// bits above it cost rows once they are more than a remainder holds.
    pub(super) fn saturated_shift(
        &self,
        shape: &Shape,
        waiting: &[ValueId],
        ranges: &Ranges,
    ) -> u8 {
        let noise = |root: &ValueId| -> f64 {
            let terms = self.program.linear(*root).map(|linear| &linear.terms);
            let noise = terms.into_iter().flatten().map(|term| {
                let inputs = self.program.len_of(term.source);
                let squares = (0..inputs).map(|i| {
                    let scale = self.of(term.source, i);
                    ranges.square(term.source, i) / (scale * scale)
                });
                let mean = squares.sum::<f64>() / inputs as f64;
                let outputs = self.program.len_of(*root);
                let fan_in = term.map.multiplications(outputs) as f64 / outputs as f64;
                // A rounded weight is off by a uniform error, of variance 1/12.
                mean * fan_in / 12.0
            });
            noise.sum()
        };
        let noise = waiting.iter().map(noise).sum::<f64>().sqrt();
        let narrow = budget::SHIFT - shape.cell().ilog2() as u8;
        let quiet =
            !waiting.is_empty() && noise * budget::QUIET <= libm::exp2(budget::SHIFT.into());
        if quiet { narrow } else { budget::SHIFT }
    }

    /// How far the integers of a saturated accumulator reach over all views.
    pub(super) fn reached(&self, target: &Target<'_>, further: f64) -> (f64, f64) {
        let ends = target.y.lo.iter().zip(&target.y.hi).enumerate();
        ends.fold((0.0, 0.0), |(least, most), (element, (lo, hi))| {
            let scale = self.of(target.pointwise.source, element) / further;
            (f64::min(least, lo / scale), f64::max(most, hi / scale))
        })
    }
}
