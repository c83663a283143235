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

pub(super) mod correlated;
mod extremes;
mod interval;

use super::{ClassifierError, Linear, Node, Pointwise, Table, limits, live, structure};
use correlated::{Function, Sum};
use extremes::Extremes;
use interval::Remembered;

/// No accumulator may leave `±ACCUMULATOR`: far from the ends of `i64` and of the field.
pub const ACCUMULATOR: i64 = 1 << 62;

/// How many sums are kept prepared: each takes up to 4 MB.
const KEPT: usize = 4;

/// The smallest and the largest integer of every element of a value.
type Interval = (Vec<i64>, Vec<i64>);

/// Extremes of every value over its elements, and what tables do to single elements.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bounds {
    /// `(smallest, largest)` for each value, the view first.
    pub values: Vec<(i64, i64)>,
    /// For each pointwise node in order, the slope of every element: the upper half of an `f32`.
    slopes: Vec<Vec<u16>>,
}

impl Bounds {
    /// For each element of the pointwise node number `node`: by how much its output can vary, for
    /// each unit by which its pre-activation can. It is 0 where the output is constant.
    pub fn slopes(&self, node: usize) -> impl Iterator<Item = f32> + '_ {
        self.slopes[node]
            .iter()
            .map(|&half| f32::from_bits(u32::from(half) << 16))
    }
}

/// Analyses all nodes in order. An interval is freed after the last node that reads it.
///
/// # Errors
/// When an element can leave its table or an accumulator can leave `±2^62`, and when the analysis
/// would take too much work.
pub(super) fn analyse(
    input_len: u32,
    nodes: &[Node],
    tables: &[Table],
    lens: &[u32],
) -> Result<Bounds, ClassifierError> {
    let mut analysis = Analysis {
        nodes,
        tables,
        lens,
        values: vec![(0, 255)],
        ranges: tables
            .iter()
            .map(|table| Extremes::new(table.outputs.len(), |i| table.outputs[i]))
            .collect(),
        intervals: vec![None; nodes.len() + 1],
        slopes: Vec::new(),
        prepared: Vec::new(),
        work: 0,
    };
    let view = (vec![0; input_len as usize], vec![255; input_len as usize]);
    analysis.intervals[0] = Some(view);
    for (index, freed) in live::last_read(nodes).iter().enumerate() {
        let len = lens[index + 1] as usize;
        let interval = match &nodes[index] {
            Node::Linear(linear) => analysis.linear(index, linear, len)?,
            Node::Pointwise(pointwise) => analysis.pointwise(index, *pointwise)?,
        };
        analysis.values.push((
            interval.0.iter().copied().fold(i64::MAX, i64::min),
            interval.1.iter().copied().fold(i64::MIN, i64::max),
        ));
        analysis.intervals[index + 1] = Some(interval);
        for value in freed {
            analysis.intervals[value.index()] = None;
        }
    }
    Ok(Bounds {
        values: analysis.values,
        slopes: analysis.slopes,
    })
}

struct Analysis<'a> {
    nodes: &'a [Node],
    tables: &'a [Table],
    lens: &'a [u32],
    /// Extremes of every value so far.
    values: Vec<(i64, i64)>,
    ranges: Vec<Extremes<i32>>,
    intervals: Vec<Option<Interval>>,
    slopes: Vec<Vec<u16>>,
    /// The last sums, the latest last.
    prepared: Vec<(Function, Extremes<i128>)>,
    work: u64,
}

const LIVE: &str = "a value is kept until the last node that reads it";

impl Analysis<'_> {
    fn spend(&mut self, index: usize, work: u64) -> Result<(), ClassifierError> {
        self.work = self.work.saturating_add(work);
        if self.work > limits::WORK {
            return Err(ClassifierError::Node {
                node: index,
                reason: structure::too_much_work(),
            });
        }
        Ok(())
    }

    fn linear(
        &mut self,
        index: usize,
        linear: &Linear,
        len: usize,
    ) -> Result<Interval, ClassifierError> {
        let node = &self.nodes[index];
        let tame = interval::is_tame(linear, |source| {
            let source = source.index();
            (self.values[source], self.lens[source] as usize)
        });
        let watched = if tame { 1 } else { limits::WATCHED };
        self.spend(index, limits::of_node(node, len).saturating_mul(watched))?;
        let mut lo = linear.bias_vector();
        let mut hi = lo.clone();
        let mut exact = true;
        for term in &linear.terms {
            let (from, to) = self.intervals[term.source.index()].as_ref().expect(LIVE);
            if tame {
                interval::add(&term.map, from, to, &mut lo, &mut hi);
            } else {
                exact &= term.map.add_interval(from, to, &mut lo, &mut hi);
            }
        }
        if let Some(sum) = Sum::of(node, self.nodes, self.tables) {
            let y = self.intervals[sum.of.index()].as_ref().expect(LIVE);
            let lookups = interval::changes(y);
            self.prepare(index, sum.function, lookups)?;
            let table = &self.tables[sum.function.table as usize];
            let (_, cells) = self.prepared.last().expect("it was prepared");
            let y = self.intervals[sum.of.index()].as_ref().expect(LIVE);
            sum.narrow(table, cells, y, &mut lo, &mut hi);
        }
        let inside = |v: &i64| (-ACCUMULATOR..=ACCUMULATOR).contains(v);
        if exact && lo.iter().all(inside) && hi.iter().all(inside) {
            Ok((lo, hi))
        } else {
            Err(ClassifierError::Node {
                node: index,
                reason: "an accumulator can exceed 2^62".to_owned(),
            })
        }
    }

    /// Puts the function of a sum, which is looked up so many times, last among those that are prepared.
    fn prepare(
        &mut self,
        index: usize,
        function: Function,
        lookups: usize,
    ) -> Result<(), ClassifierError> {
        let table = &self.tables[function.table as usize];
        let known = self.prepared.iter().position(|(f, _)| *f == function);
        self.spend(index, limits::of_sum(table, known.is_some(), lookups))?;
        let latest = if let Some(known) = known {
            self.prepared.remove(known)
        } else {
            if self.prepared.len() == KEPT {
                self.prepared.remove(0);
            }
            (function, function.extremes(table))
        };
        self.prepared.push(latest);
        Ok(())
    }

    fn pointwise(
        &mut self,
        index: usize,
        pointwise: Pointwise,
    ) -> Result<Interval, ClassifierError> {
        let source = self.intervals[pointwise.source.index()].as_ref();
        let (lookups, len) = source.map_or((0, 0), |y| (interval::changes(y), y.0.len()));
        let table = &self.tables[pointwise.table as usize];
        let work = limits::of_node(&self.nodes[index], len) + limits::of_lookups(table, lookups);
        self.spend(index, work)?;
        let extremes = &self.ranges[pointwise.table as usize];
        let source = &self.intervals[pointwise.source.index()];
        let (from, to) = source.as_ref().expect(LIVE);
        let mut last = Remembered::new();
        let mut lo = Vec::with_capacity(from.len());
        let mut hi = Vec::with_capacity(from.len());
        let mut slopes = Vec::with_capacity(from.len());
        for (element, (&y_lo, &y_hi)) in from.iter().zip(to).enumerate() {
            let (a, b) = (y_lo >> pointwise.shift, y_hi >> pointwise.shift);
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
            let (low, high, slope) = last.at((y_lo, y_hi), || {
                let (a, b) = ((a - first) as usize, (b - first) as usize);
                let (low, high) = extremes.query(a, b, |i| table.outputs[i]);
                let (low, high) = (i64::from(low), i64::from(high));
                // A pre-activation spans up to 2^63.
                let span = (i128::from(y_hi) - i128::from(y_lo)).max(1);
                let slope = ((high - low) as f32 / span as f32).to_bits();
                (low, high, (slope >> 16) as u16)
            });
            slopes.push(slope);
            lo.push(low);
            hi.push(high);
        }
        self.slopes.push(slopes);
        Ok((lo, hi))
    }
}
