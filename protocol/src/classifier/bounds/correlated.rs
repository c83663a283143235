//! The sum `Y + c·f(Y >> s) + bias`, whose terms depend on each other.
//!
//! With `h = Y >> s` the sum is `h·2^s + c·f(h) + r` for `0 ≤ r < 2^s`. For each `h` its extremes
//! are known, so those over all `Y` in an interval are too: cells that lie wholly inside the
//! interval take every `r`, the two at its ends a part of them.

use super::super::{Map, Node, Table, Term, ValueId, limits};
use super::extremes::Extremes;
use super::interval::Remembered;

/// A linear node that is such a sum.
pub struct Sum<'a> {
    /// `Y`.
    pub of: ValueId,
    /// Which function of `Y` it is, but for the bias.
    pub function: Function,
    bias: &'a [i64],
}

/// `Y + c·f(Y >> s)`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Function {
    /// `f`, by its index among the tables.
    pub table: u32,
    /// `s`.
    pub shift: u8,
    /// `c`.
    pub factor: i32,
}

impl Function {
    /// `g(h) = h·2^s + c·f(h)`, `h` being the argument of the table's entry `index`.
    fn cell(self, table: &Table, index: usize) -> i128 {
        let h = i128::from(table.lo) + index as i128;
        (h << self.shift) + i128::from(self.factor) * i128::from(table.outputs[index])
    }

    /// Prepares the extremes of `g` over any range of arguments.
    pub fn extremes(self, table: &Table) -> Extremes<i128> {
        Extremes::new(table.outputs.len(), |index| self.cell(table, index))
    }
}

impl<'a> Sum<'a> {
    /// Recognises the sum: one term is `1·Y`, the other a multiple of a table's output whose
    /// argument is the same `Y`. A table of more than [`limits::SUM_TABLE_LEN`] entries makes none.
    pub fn of(node: &'a Node, nodes: &[Node], tables: &[Table]) -> Option<Self> {
        let Node::Linear(linear) = node else {
            return None;
        };
        let [first, second] = linear.terms.as_slice() else {
            return None;
        };
        let entries = |table: u32| tables[table as usize].outputs.len();
        let read = |y: &Term, f: &Term| match (&y.map, &f.map) {
            (Map::Scale(1), Map::Scale(factor)) => {
                match nodes.get(f.source.index().checked_sub(1)?)? {
                    Node::Pointwise(pointwise)
                        if pointwise.source == y.source
                            && entries(pointwise.table) <= limits::SUM_TABLE_LEN =>
                    {
                        Some(Self {
                            of: y.source,
                            function: Function {
                                table: pointwise.table,
                                shift: pointwise.shift,
                                factor: *factor,
                            },
                            bias: &linear.bias,
                        })
                    }
                    _ => None,
                }
            }
            _ => None,
        };
        read(first, second).or_else(|| read(second, first))
    }

    /// Narrows the interval `[lo, hi]` of the sum, `y` being that of `Y`, inside which every
    /// argument is one of the table's, and `cells` what [`Function::extremes`] prepared.
    pub fn narrow(
        &self,
        table: &Table,
        cells: &Extremes<i128>,
        y: &(Vec<i64>, Vec<i64>),
        lo: &mut [i64],
        hi: &mut [i64],
    ) {
        let shift = self.function.shift;
        let cell = 1i128 << shift;
        let first = i64::from(table.lo);
        let index = |h: i64| (h - first) as usize;
        let at = |index: usize| self.function.cell(table, index);
        let run = (lo.len() / self.bias.len().max(1)).max(1);
        let over = |a: i64, b: i64| {
            let (head, tail) = (a >> shift, b >> shift);
            // The remainders of the first and the last argument that lie inside `[a, b]`.
            let start = i128::from(a - (head << shift));
            let end = i128::from(b - (tail << shift));
            if head == tail {
                let g = at(index(head));
                return (g + start, g + end);
            }
            let (g, h) = (at(index(head)), at(index(tail)));
            let (mut least, mut greatest) = ((g + start).min(h), (g + cell - 1).max(h + end));
            if head + 1 < tail {
                let (low, high) = cells.query(index(head + 1), index(tail - 1), at);
                least = least.min(low);
                greatest = greatest.max(high + cell - 1);
            }
            (least, greatest)
        };
        let mut last = Remembered::new();
        for (element, (&a, &b)) in y.0.iter().zip(&y.1).enumerate() {
            let (least, greatest) = last.at((a, b), || over(a, b));
            let bias = self.bias.get(element / run).copied().unwrap_or_default();
            let own = |v: i128| v.clamp(i64::MIN.into(), i64::MAX.into()) as i64;
            lo[element] = lo[element].max(own(least + i128::from(bias)));
            hi[element] = hi[element].min(own(greatest + i128::from(bias)));
        }
    }
}

#[cfg(test)]
mod tests;
