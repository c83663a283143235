//! The shift and the range of a saturated accumulator.

use super::super::budget::{precision, size};
use super::super::calibrated::Ranges;
use super::super::table_node::TableNode;
use super::super::tables::TableSizes;
use super::Scales;
use crate::float::ValueId;

impl Scales<'_> {
    /// The shift before a saturated table. The stage before it shifts by the bits of a cell more, and
    /// takes no further row while that is at most [`size::SHIFT`]; so the shift is small where the
    /// rounding of weights allows it.
    pub(super) fn saturated_shift(
        &self,
        sizes: &TableSizes,
        unscaled: &[ValueId],
        ranges: &Ranges,
    ) -> u8 {
        let variance: f64 = unscaled
            .iter()
            .map(|&sum| self.rounding_variance(sum, ranges))
            .sum();
        let noise = variance.sqrt();
        let quiet =
            !unscaled.is_empty() && noise * precision::QUIET <= libm::exp2(size::SHIFT.into());
        if quiet {
            size::SHIFT - sizes.cell().ilog2() as u8
        } else {
            size::SHIFT
        }
    }

    /// The variance that rounded weights add to an element of a weighted sum on calibration data,
    /// on average.
    fn rounding_variance(&self, sum: ValueId, ranges: &Ranges) -> f64 {
        let terms = self.program.linear(sum).map(|linear| &linear.terms);
        let variances = terms.into_iter().flatten().map(|term| {
            let inputs = self.program.len_of(term.source);
            let squares = (0..inputs).map(|i| {
                let scale = self.of(term.source, i);
                ranges.mean_square(term.source, i) / (scale * scale)
            });
            let mean = squares.sum::<f64>() / inputs as f64;
            let outputs = self.program.len_of(sum);
            let fan_in = term.map.multiplications(outputs) as f64 / outputs as f64;
            // The error of a rounded weight is uniform on one unit: its variance is 1/12.
            mean * fan_in / 12.0
        });
        variances.sum()
    }

    /// The range of a saturated accumulator over all views, in integers.
    pub(super) fn accumulator_range(&self, node: &TableNode<'_>, factor: f64) -> (f64, f64) {
        let ends = node.y.lo.iter().zip(&node.y.hi).enumerate();
        ends.fold((0.0, 0.0), |(least, most), (element, (lo, hi))| {
            let scale = self.of(node.pointwise.source, element) / factor;
            (f64::min(least, lo / scale), f64::max(most, hi / scale))
        })
    }
}
