//! The sum `Y + c·f(Y >> s) + bias`, whose terms depend on each other.
//!
//! With `h = Y >> s` the sum is `h·2^s + c·f(h) + r` for `0 ≤ r < 2^s`. For each `h` its extremes
//! are known, so those over all `Y` in an interval are too: cells that lie wholly inside the
//! interval take every `r`, the two at its ends a part of them.

use super::super::{Linear, Map, Node, Pointwise, Table, Term, ValueId};
use super::extremes::Extremes;

/// A linear node that is such a sum.
pub struct Sum {
    /// `Y`.
    pub of: ValueId,
    /// `f(Y >> s)`.
    pub pointwise: Pointwise,
    factor: i32,
    bias: Vec<i64>,
}

impl Sum {
    /// Recognises the sum: one term is `1·Y`, the other a multiple of a table's output whose
    /// argument is the same `Y`.
    pub fn of(linear: &Linear, nodes: &[Node]) -> Option<Self> {
        let [first, second] = linear.terms.as_slice() else {
            return None;
        };
        let read = |y: &Term, f: &Term| match (&y.map, &f.map) {
            (Map::Scale(1), Map::Scale(factor)) => {
                match nodes.get(f.source.index().checked_sub(1)?)? {
                    Node::Pointwise(pointwise) if pointwise.source == y.source => Some(Self {
                        of: y.source,
                        pointwise: *pointwise,
                        factor: *factor,
                        bias: linear.bias_vector(),
                    }),
                    _ => None,
                }
            }
            _ => None,
        };
        read(first, second).or_else(|| read(second, first))
    }

    /// Narrows the interval `[lo, hi]` of the sum, `y` being that of `Y`, inside which every
    /// argument is one of the table's.
    pub fn narrow(&self, table: &Table, y: &(Vec<i64>, Vec<i64>), lo: &mut [i64], hi: &mut [i64]) {
        let shift = self.pointwise.shift;
        let cell = 1i128 << shift;
        let first = i128::from(table.lo);
        let cells: Vec<i128> = table
            .outputs
            .iter()
            .zip(first..)
            .map(|(&z, h)| h * cell + i128::from(self.factor) * i128::from(z))
            .collect();
        let cells = Extremes::new(cells);
        // Extremes of the sum over the cells `from ..= to`, whose remainders reach from `r` to `s`.
        let over = |from: i128, to: i128, r: i128, s: i128| {
            let (least, greatest) = cells.query((from - first) as usize, (to - first) as usize);
            (least + r, greatest + s)
        };
        for (element, (&a, &b)) in y.0.iter().zip(&y.1).enumerate() {
            let (a, b) = (i128::from(a), i128::from(b));
            let (head, tail) = (a >> shift, b >> shift);
            let (start, end) = (a - head * cell, b - tail * cell);
            let (mut least, mut greatest);
            if head == tail {
                (least, greatest) = over(head, head, start, end);
            } else {
                (least, greatest) = over(head, head, start, cell - 1);
                let mut join = |(low, high): (i128, i128)| {
                    least = least.min(low);
                    greatest = greatest.max(high);
                };
                join(over(tail, tail, 0, end));
                if head + 1 < tail {
                    join(over(head + 1, tail - 1, 0, cell - 1));
                }
            }
            let bias = i128::from(self.bias[element]);
            let own = |v: i128| v.clamp(i64::MIN.into(), i64::MAX.into()) as i64;
            lo[element] = lo[element].max(own(least + bias));
            hi[element] = hi[element].min(own(greatest + bias));
        }
    }
}

#[cfg(test)]
mod tests;
