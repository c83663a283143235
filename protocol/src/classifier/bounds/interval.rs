//! Interval arithmetic through a linear map.

use super::super::{Linear, Map};
use super::Interval;

/// Whether no sum of the node can leave `i64`, in whatever order it is added: the largest weight
/// times the largest magnitude times the most entries of a row, over all terms, and the bias.
pub fn is_tame(linear: &Linear, intervals: &[Option<Interval>]) -> bool {
    let bias = linear.bias.iter().map(|b| b.unsigned_abs()).max();
    let mut most = u128::from(bias.unwrap_or_default());
    for term in &linear.terms {
        let Some((lo, hi)) = &intervals[term.source.index()] else {
            return false;
        };
        let largest = lo.iter().chain(hi).map(|v| v.unsigned_abs()).max();
        let (weight, entries) = steepest(&term.map, lo.len());
        let product = u128::from(largest.unwrap_or_default()) * u128::from(weight);
        most = most.saturating_add(product.saturating_mul(entries as u128));
    }
    most <= i64::MAX as u128
}

/// The largest weight in magnitude, and a bound on the entries of a row.
fn steepest(map: &Map, inputs: usize) -> (u32, usize) {
    let largest = |weights: &[i32]| weights.iter().map(|w| w.unsigned_abs()).max();
    let (weight, entries) = match map {
        Map::Scale(factor) => (Some(factor.unsigned_abs()), 1),
        Map::Select(_) => (Some(1), 1),
        Map::Dense(weights) => (largest(weights), inputs),
        Map::Sparse(sparse) => {
            let rows = sparse.offsets.windows(2).map(|row| row[1] - row[0]);
            (largest(&sparse.values), rows.max().unwrap_or(0) as usize)
        }
        Map::Conv(conv) => {
            let row = conv.weights.len() / conv.out_channels as usize;
            (largest(&conv.weights), row)
        }
    };
    (weight.unwrap_or(0), entries)
}

/// Adds `[A·z]` for `z` in `[lo, hi]`, in a node that [`is_tame`].
pub fn add(map: &Map, lo: &[i64], hi: &[i64], y_lo: &mut [i64], y_hi: &mut [i64]) {
    let (inputs, outputs) = (lo.len(), y_lo.len());
    map.for_each_run(inputs, outputs, |weight, output, input, step, count| {
        let weight = i64::from(weight);
        let (low, high) = if weight < 0 { (hi, lo) } else { (lo, hi) };
        let (low, high) = (&low[input..], &high[input..]);
        let (y_lo, y_hi) = (&mut y_lo[output..][..count], &mut y_hi[output..][..count]);
        if step == 1 {
            y_lo.iter_mut().zip(low).for_each(|(y, z)| *y += weight * z);
            y_hi.iter_mut().zip(high).for_each(|(y, z)| *y += weight * z);
        } else {
            let (low, high) = (low.iter().step_by(step), high.iter().step_by(step));
            y_lo.iter_mut().zip(low).for_each(|(y, z)| *y += weight * z);
            y_hi.iter_mut().zip(high).for_each(|(y, z)| *y += weight * z);
        }
    });
}
