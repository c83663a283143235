//! Interval arithmetic through a linear map.

use super::super::{Linear, Map, ValueId};
use super::Interval;

/// Whether no sum of the node can leave `i64`, in whatever order it is added: the largest weight
/// times the largest magnitude times the most entries of a row, over all terms, and the bias.
/// `source` gives the extremes and the length of a value.
pub fn is_tame(linear: &Linear, source: impl Fn(ValueId) -> ((i64, i64), usize)) -> bool {
    let bias = linear.bias.iter().map(|b| b.unsigned_abs()).max();
    let mut most = u128::from(bias.unwrap_or_default());
    for term in &linear.terms {
        let ((lo, hi), len) = source(term.source);
        let largest = lo.unsigned_abs().max(hi.unsigned_abs());
        let (weight, entries) = steepest(&term.map, len);
        let product = u128::from(largest) * u128::from(weight);
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

/// Adds `[A·z]` for `z` in `[lo, hi]`, in a node that [`is_tame`]: the two ends on two cores.
pub fn add(map: &Map, lo: &[i64], hi: &[i64], y_lo: &mut [i64], y_hi: &mut [i64]) {
    rayon::join(|| add_end(map, lo, hi, y_lo), || add_end(map, hi, lo, y_hi));
}

/// Adds one end: positive weights meet the elements of `same`, negative ones those of `other`.
fn add_end(map: &Map, same: &[i64], other: &[i64], y: &mut [i64]) {
    map.walk(same.len(), y.len(), |run| {
        let z = if run.weight < 0 { other } else { same };
        let z = z[run.input..].iter();
        let y = y[run.output..run.output + run.count].iter_mut();
        let weight = i64::from(run.weight);
        if run.input_step == 1 {
            y.zip(z).for_each(|(y, z)| *y += weight * z);
        } else {
            y.zip(z.step_by(run.input_step))
                .for_each(|(y, z)| *y += weight * z);
        }
    });
}

/// How often the interval of an element differs from that of the element before: what is looked up
/// for one is kept for the next.
pub fn changes((lo, hi): &Interval) -> usize {
    let pairs = lo.windows(2).zip(hi.windows(2));
    1 + pairs.filter(|(a, b)| a[0] != a[1] || b[0] != b[1]).count()
}

/// A function of an interval that remembers its last value.
pub struct Remembered<T>(Option<((i64, i64), T)>);

impl<T: Copy> Remembered<T> {
    /// Remembers nothing.
    pub fn new() -> Self {
        Self(None)
    }

    /// The value at an interval.
    pub fn at(&mut self, interval: (i64, i64), compute: impl FnOnce() -> T) -> T {
        match self.0 {
            Some((known, value)) if known == interval => value,
            _ => self.0.insert((interval, compute())).1,
        }
    }
}
