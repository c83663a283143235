//! Static bounds: interval analysis over all possible views.
//!
//! For every value the smallest and the largest integer that each element can take when every
//! byte of the view ranges over `0..=255`, whatever the other bytes are. It proves that every
//! committed document can be proved, adversarial ones too. The judge repeats it.
//!
//! Intervals forget that two values depend on each other, with one exception: a sum
//! `Y + c·f(Y >> s)` is analysed as a function of `Y` (`bounds/correlated.rs`). So a classifier may cut an
//! accumulator down before a table reads it: with `f(h) = h − clamp(h, lo, hi)` and `c = −2^s` the
//! sum lies in `lo·2^s ..= (hi + 1)·2^s − 1`, however far `Y` goes.

mod correlated;
mod extremes;

use super::{ClassifierError, Node, Table};
use extremes::Extremes;

/// No accumulator may leave `±ACCUMULATOR`: far from the ends of `i64` and of the field.
pub const ACCUMULATOR: i64 = 1 << 62;

/// Extremes of every value over its elements.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bounds {
    /// `(smallest, largest)` for each value, the view first.
    pub values: Vec<(i64, i64)>,
}

/// Analyses all nodes in order.
///
/// # Errors
/// When an element can leave its table or an accumulator can leave `±2^62`.
pub(super) fn analyse(
    input_len: u32,
    nodes: &[Node],
    tables: &[Table],
    lens: &[u32],
) -> Result<Bounds, ClassifierError> {
    let ranges: Vec<Extremes<i32>> = tables
        .iter()
        .map(|table| Extremes::new(table.outputs.clone()))
        .collect();
    let mut intervals = vec![(vec![0; input_len as usize], vec![255; input_len as usize])];
    for (index, node) in nodes.iter().enumerate() {
        let len = lens[index + 1] as usize;
        let interval = match node {
            Node::Linear(linear) => {
                let mut lo = linear.bias_vector();
                let mut hi = lo.clone();
                let mut exact = true;
                for term in &linear.terms {
                    let (from, to) = &intervals[term.source.index()];
                    exact &= term.map.add_interval(from, to, &mut lo, &mut hi);
                }
                if let Some(sum) = correlated::Sum::of(linear, nodes) {
                    let table = &tables[sum.pointwise.table as usize];
                    sum.narrow(table, &intervals[sum.of.index()], &mut lo, &mut hi);
                }
                let inside = |v: &i64| (-ACCUMULATOR..=ACCUMULATOR).contains(v);
                if !exact || !lo.iter().all(inside) || !hi.iter().all(inside) {
                    return Err(ClassifierError::Node {
                        node: index,
                        reason: "an accumulator can exceed 2^62".to_owned(),
                    });
                }
                (lo, hi)
            }
            Node::Pointwise(pointwise) => {
                let table = &tables[pointwise.table as usize];
                let extremes = &ranges[pointwise.table as usize];
                let (from, to) = &intervals[pointwise.source.index()];
                let mut lo = Vec::with_capacity(len);
                let mut hi = Vec::with_capacity(len);
                for (element, (a, b)) in from.iter().zip(to).enumerate() {
                    let (a, b) = (a >> pointwise.shift, b >> pointwise.shift);
                    let first = i64::from(table.lo);
                    if a < first || b > table.hi() {
                        return Err(ClassifierError::OutOfTable {
                            node: index,
                            element,
                            lo: a,
                            hi: b,
                            table_lo: first,
                            table_hi: table.hi(),
                        });
                    }
                    let (low, high) = extremes.query((a - first) as usize, (b - first) as usize);
                    lo.push(i64::from(low));
                    hi.push(i64::from(high));
                }
                (lo, hi)
            }
        };
        intervals.push(interval);
    }
    let values = intervals
        .iter()
        .map(|(lo, hi)| {
            let smallest = lo.iter().min().copied().expect("values are never empty");
            let largest = hi.iter().max().copied().expect("values are never empty");
            (smallest, largest)
        })
        .collect();
    Ok(Bounds { values })
}
