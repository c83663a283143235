//! Which accumulators can leave their tables: all of them at once, before the integers are analysed.
//!
//! The analysis of bounds (`duces_protocol`) is exact and stops at the first accumulator that leaves its
//! table. A deep network has many at first, and the analysis takes a second. Here each channel of an image
//! has one interval, at least as wide as those of its elements, so that a convolution takes the time of its
//! weights. Nothing is proved here: the analysis follows.

use crate::float::interval::{by_channel, channel_sums};
use duces_protocol::classifier::{Linear, Map, Node, Pointwise, Run, Table};
use std::collections::BTreeMap;

/// A table that an accumulator can leave.
pub struct Outside {
    /// The pointwise node.
    pub node: usize,
    /// The smallest and the largest argument.
    pub reached: (f64, f64),
    /// The arguments that the table has.
    pub table: (f64, f64),
}

/// The ends of a value: the numbers at `i / width` are those of element `i`.
#[derive(Clone)]
struct Ends {
    width: usize,
    lo: Vec<f64>,
    hi: Vec<f64>,
}

/// The nodes whose accumulators can leave their tables, as far as intervals by channel tell; behind each
/// of them the others are judged as if it did not. `known` has the ends of values that are known
/// otherwise. None where a table falls somewhere: then only the analysis can tell.
pub fn outside(
    inputs: usize,
    nodes: &[Node],
    tables: &[Table],
    known: &BTreeMap<usize, (f64, f64)>,
) -> Vec<Outside> {
    if !tables.iter().all(|table| table.outputs.is_sorted()) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut values = vec![Ends {
        width: inputs,
        lo: vec![0.0],
        hi: vec![255.0],
    }];
    for (index, node) in nodes.iter().enumerate() {
        let ends = match node {
            Node::Linear(linear) => {
                let mut ends = linear_ends(linear, &values);
                if let Some((least, most)) = known.get(&(index + 1)) {
                    ends.lo.iter_mut().for_each(|lo| *lo = lo.max(*least));
                    ends.hi.iter_mut().for_each(|hi| *hi = hi.min(*most));
                }
                ends
            }
            Node::Pointwise(pointwise) => {
                let table = &tables[pointwise.table as usize];
                let y = &values[pointwise.source.index()];
                let (ends, reached) = pointwise_ends(*pointwise, table, y);
                let limits = (f64::from(table.lo), table.hi() as f64);
                if reached.0 < limits.0 || reached.1 > limits.1 {
                    found.push(Outside {
                        node: index,
                        reached,
                        table: limits,
                    });
                }
                ends
            }
        };
        values.push(ends);
    }
    found
}

/// The ends of a table's outputs, arguments beyond it aside, and those of its arguments.
fn pointwise_ends(pointwise: Pointwise, table: &Table, y: &Ends) -> (Ends, (f64, f64)) {
    let unit = libm::exp2(pointwise.shift.into());
    let argument = |y: &f64| (y / unit).floor();
    let last = table.outputs.len() - 1;
    let output = |y: &f64| {
        let index = argument(y) - f64::from(table.lo);
        f64::from(table.outputs[index.clamp(0.0, last as f64) as usize])
    };
    let ends = Ends {
        width: y.width,
        lo: y.lo.iter().map(output).collect(),
        hi: y.hi.iter().map(output).collect(),
    };
    let least = y.lo.iter().map(argument).fold(f64::INFINITY, f64::min);
    let most = y.hi.iter().map(argument).fold(f64::NEG_INFINITY, f64::max);
    (ends, (least, most))
}

fn linear_ends(linear: &Linear, values: &[Ends]) -> Ends {
    let len = linear.len as usize;
    let bias = linear.bias.len().max(1);
    let width = linear.terms.iter().fold(len / bias, |width, term| {
        let own = match &term.map {
            Map::Conv(conv) => len / conv.out_channels as usize,
            Map::Scale(_) => values[term.source.index()].width,
            Map::Select(_) | Map::Dense(_) | Map::Sparse(_) => 1,
        };
        common_divisor(width, own)
    });
    let lo: Vec<f64> = (0..len / width)
        .map(|part| match linear.bias.len() {
            0 => 0.0,
            biases => linear.bias[part * width / (len / biases)] as f64,
        })
        .collect();
    let mut ends = Ends {
        width,
        hi: lo.clone(),
        lo,
    };
    for term in &linear.terms {
        ends.add(&term.map, &values[term.source.index()]);
    }
    ends
}

impl Ends {
    fn add(&mut self, map: &Map, z: &Self) {
        match map {
            Map::Scale(factor) => {
                let factor = f64::from(*factor);
                for part in 0..self.lo.len() {
                    let source = part * self.width / z.width;
                    self.add_product(part, factor, (z.lo[source], z.hi[source]));
                }
            }
            Map::Conv(conv) => {
                let Some(geometry) = conv.geometry() else {
                    return;
                };
                let (lo, hi) = z.refined(geometry.input[0] * geometry.input[1]);
                let channels = by_channel(&geometry, &lo, &hi);
                let weight = |index: usize| f64::from(conv.weights[index]);
                let sums = channel_sums(&geometry, weight, &channels);
                let parts = geometry.output[0] * geometry.output[1] / self.width;
                for (part, (lo, hi)) in self.lo.iter_mut().zip(&mut self.hi).enumerate() {
                    *lo += sums[part / parts].0;
                    *hi += sums[part / parts].1;
                }
            }
            map => {
                let (lo, hi) = z.refined(1);
                let outputs = self.lo.len();
                map.walk(lo.len(), outputs, |run: Run<i32>| {
                    for (output, input) in run.pairs() {
                        let ends = (lo[input], hi[input]);
                        self.add_product(output, f64::from(run.weight), ends);
                    }
                });
            }
        }
    }

    fn add_product(&mut self, part: usize, weight: f64, (lo, hi): (f64, f64)) {
        let (a, b) = if weight < 0.0 { (hi, lo) } else { (lo, hi) };
        self.lo[part] += weight * a;
        self.hi[part] += weight * b;
    }

    /// One number for each `width` elements at most: a divisor of both widths.
    fn refined(&self, width: usize) -> (Vec<f64>, Vec<f64>) {
        let width = common_divisor(width, self.width);
        let repeat = |list: &[f64]| {
            let parts = list.iter();
            parts
                .flat_map(|&end| std::iter::repeat_n(end, self.width / width))
                .collect()
        };
        (repeat(&self.lo), repeat(&self.hi))
    }
}

fn common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use duces_protocol::classifier::{Classifier, ClassifierError, Conv, Padding, Term, ValueId};

    /// A padded convolution of a 4 × 4 image into two channels, a table, a dense layer of one output and
    /// a table: both have `entries` entries around zero.
    fn network(entries: [i32; 2]) -> (Vec<Node>, Vec<Table>) {
        let conv = Conv {
            in_channels: 1,
            in_height: 4,
            in_width: 4,
            out_channels: 2,
            kernel_height: 3,
            kernel_width: 3,
            stride: [1; 2],
            dilation: [1; 2],
            padding: Padding {
                top: 1,
                left: 1,
                bottom: 1,
                right: 1,
            },
            groups: 1,
            weights: (0..18).map(|i| i * 5 % 11 - 4).collect(),
        };
        let linear = |source, len, map, bias| {
            let terms = vec![Term { source, map }];
            Node::Linear(Linear { len, terms, bias })
        };
        let pointwise = |source, shift, table| {
            Node::Pointwise(Pointwise {
                source,
                shift,
                table,
            })
        };
        let nodes = vec![
            linear(ValueId::INPUT, 32, Map::Conv(conv), vec![7, -9]),
            pointwise(ValueId(1), 3, 0),
            linear(ValueId(2), 1, Map::Dense(vec![3; 32]), vec![-1]),
            pointwise(ValueId(3), 2, 1),
        ];
        let table = |half: i32, output: fn(i32) -> i32| Table {
            lo: -half,
            outputs: (-half..half).map(output).collect(),
        };
        let tables = vec![
            table(entries[0], |q| q.clamp(0, 300)),
            table(entries[1], |q| i32::from(q >= 0)),
        ];
        (nodes, tables)
    }

    fn look(entries: [i32; 2]) -> (Vec<Outside>, Result<Classifier, ClassifierError>) {
        let (nodes, tables) = network(entries);
        let found = outside(16, &nodes, &tables, &BTreeMap::new());
        (found, Classifier::new(16, nodes, tables))
    }

    #[test]
    fn all_tables_that_are_left_are_found_at_once() {
        let (found, classifier) = look([1 << 12, 1 << 14]);
        assert!(found.is_empty() && classifier.is_ok());
        let (found, classifier) = look([100, 100]);
        let nodes: Vec<usize> = found.iter().map(|outside| outside.node).collect();
        assert_eq!(nodes, [1, 3]);
        assert_eq!(found[0].table, (-100.0, 99.0));
        // The analysis stops at the first.
        let Err(ClassifierError::OutOfTable { node, lo, hi, .. }) = classifier else {
            panic!("it leaves its table");
        };
        assert_eq!(node, 1);
        assert!(found[0].reached.0 <= lo as f64 && hi as f64 <= found[0].reached.1);
    }

    #[test]
    fn a_channel_reaches_what_its_elements_do() {
        let (nodes, tables) = network([1 << 12, 1 << 14]);
        let classifier = Classifier::new(16, nodes.clone(), tables.clone()).unwrap();
        let (lo, hi) = classifier.bounds().values[1];
        let (lo, hi) = (lo >> 3, hi >> 3);
        // With a table one argument short of the bounds on either side, it is found.
        for (lo, hi, fits) in [(lo, hi, true), (lo + 1, hi, false), (lo, hi - 1, false)] {
            let mut tables = tables.clone();
            let first = i64::from(tables[0].lo);
            let kept = (lo - first) as usize..=(hi - first) as usize;
            tables[0] = Table {
                lo: lo as i32,
                outputs: tables[0].outputs[kept].to_vec(),
            };
            let found = outside(16, &nodes, &tables, &BTreeMap::new());
            assert_eq!(found.is_empty(), fits, "{lo} to {hi}");
        }
    }

    #[test]
    fn what_is_known_of_a_saturated_accumulator_counts() {
        let (nodes, mut tables) = network([100, 1 << 14]);
        tables[0].outputs.iter_mut().for_each(|z| *z = (*z).min(90));
        let known = BTreeMap::from([(1, (-800.0, 799.0))]);
        assert_eq!(outside(16, &nodes, &tables, &BTreeMap::new()).len(), 1);
        assert!(outside(16, &nodes, &tables, &known).is_empty());
    }

    #[test]
    fn a_table_that_falls_is_left_to_the_analysis() {
        let (nodes, mut tables) = network([100, 100]);
        tables[0].outputs[5] = 1;
        assert!(outside(16, &nodes, &tables, &BTreeMap::new()).is_empty());
    }
}
