//! Writes the integer classifier that a choice of scales describes.

use super::scales::Scales;
use super::tables::{Shape, table};
use super::{budget, scales::Lessons};
use crate::float::compose::in_channel;
use crate::float::{Func, Geometry, Linear, Map, Node, Pointwise, Program, ValueId, map};
use duces_protocol::classifier::{
    self as integer, Classifier, ClassifierError, Conv, Padding, Sparse, Table,
};
use std::collections::BTreeMap;

/// A classifier with what connects it to the program that it came from.
pub struct Emitted {
    /// The classifier.
    pub classifier: Classifier,
    /// For each value of the program, its value in the classifier.
    pub names: Vec<integer::ValueId>,
}

/// Why an attempt failed.
pub enum Failed {
    /// A lesson was learned; choose scales again.
    Again,
    /// No choice of scales will help.
    Refused(ClassifierError),
}

struct Emitter<'a> {
    program: &'a Program,
    scales: &'a Scales<'a>,
    shape: &'a Shape,
    lessons: &'a mut Lessons,
    nodes: Vec<integer::Node>,
    names: Vec<integer::ValueId>,
    tables: Vec<Table>,
    /// For each pointwise node of the classifier, its value in the program.
    origins: BTreeMap<usize, ValueId>,
    /// How many nodes read a value.
    readers: Vec<usize>,
    learned: bool,
}

/// Writes the classifier; checks its bounds.
///
/// # Errors
/// When a lesson was learned, or the classifier is refused for another reason than its bounds.
pub fn emit(
    program: &Program,
    scales: &Scales<'_>,
    shape: &Shape,
    lessons: &mut Lessons,
) -> Result<Emitted, Failed> {
    let mut readers = vec![0; program.nodes.len() + 1];
    for source in program.nodes.iter().flat_map(Node::sources) {
        readers[source] += 1;
    }
    let mut emitter = Emitter {
        program,
        scales,
        shape,
        lessons,
        nodes: Vec::new(),
        names: vec![integer::ValueId::INPUT],
        tables: Vec::new(),
        origins: BTreeMap::new(),
        readers,
        learned: false,
    };
    for (value, node) in (1..).zip(&program.nodes) {
        match node {
            Node::Linear(linear) => emitter.linear(value, linear),
            Node::Pointwise(pointwise) => emitter.pointwise(value, pointwise),
        }
    }
    emitter.finish()
}

impl Emitter<'_> {
    fn push(&mut self, node: integer::Node) -> integer::ValueId {
        self.nodes.push(node);
        integer::ValueId(self.nodes.len() as u32)
    }

    fn linear(&mut self, value: ValueId, linear: &Linear) {
        let own: Vec<f64> = (0..linear.len).map(|i| self.scales.of(value, i)).collect();
        let mut largest = 0.0f64;
        let mut terms = Vec::new();
        for term in &linear.terms {
            let inputs = self.program.len_of(term.source);
            let theirs: Vec<f64> = (0..inputs)
                .map(|i| self.scales.of(term.source, i))
                .collect();
            let mut weight = |w: f64, input: usize, output: usize| {
                let exact = w * term.factor * theirs[input] / own[output];
                largest = largest.max(exact.abs());
                exact.round().clamp(-budget::WEIGHT, budget::WEIGHT) as i32
            };
            let map = integer_map(&term.map, inputs, linear.len, &mut weight);
            terms.push(integer::Term {
                source: self.names[term.source],
                map,
            });
        }
        let bias = linear
            .bias
            .iter()
            .zip(&own)
            .map(|(b, s)| (b / s).round() as i64)
            .collect();
        if largest > budget::WEIGHT {
            self.coarser(value, largest / budget::WEIGHT);
        }
        let len = linear.len as u32;
        let node = integer::Node::Linear(integer::Linear {
            len,
            terms,
            bias: compact(bias),
        });
        let name = self.push(node);
        self.names.push(name);
    }

    /// A weight is too large: the table that settled the sum must read coarser values.
    fn coarser(&mut self, root: ValueId, ratio: f64) {
        if let Some(&settled_by) = self.scales.settled_by.get(&root) {
            *self.lessons.coarser.entry(settled_by).or_insert(1.0) *= ratio * 1.001;
            self.learned = true;
        }
    }

    fn pointwise(&mut self, value: ValueId, pointwise: &Pointwise) {
        let func = &pointwise.func;
        let shift = self.scales.shifts.get(&value).copied().unwrap_or(0);
        let len = self.program.len_of(value);
        // A step asks for Y ≥ 0 or Y ≥ 1; other tables read the nearest q.
        let bias: Vec<i64> = match func {
            Func::Step { strict } => strict.iter().map(|&strict| -i64::from(strict)).collect(),
            _ if shift > 0 => vec![1 << (shift - 1); len],
            _ => Vec::new(),
        };
        let mut source = self.names[pointwise.source];
        if bias.iter().any(|&b| b != 0) {
            let index = source.index().wrapping_sub(1);
            match self.nodes.get_mut(index) {
                Some(integer::Node::Linear(linear)) if self.readers[pointwise.source] == 1 => {
                    let own = linear.bias_vector();
                    linear.bias = compact(own.iter().zip(&bias).map(|(a, b)| a + b).collect());
                }
                _ => {
                    let terms = vec![integer::Term {
                        source,
                        map: integer::Map::Scale(1),
                    }];
                    let bias = compact(bias);
                    let copy = integer::Linear {
                        len: len as u32,
                        terms,
                        bias,
                    };
                    source = self.push(integer::Node::Linear(copy));
                }
            }
        }
        let domain = self.shape.domain(func);
        let step = self.scales.steps.get(&value).copied().unwrap_or(1.0);
        let table = table(func, domain, step, self.shape.saturation);
        let known = self.tables.iter().position(|known| *known == table);
        let table = known.unwrap_or_else(|| {
            self.tables.push(table);
            self.tables.len() - 1
        }) as u32;
        self.origins.insert(self.nodes.len(), value);
        let name = self.push(integer::Node::Pointwise(integer::Pointwise {
            source,
            shift,
            table,
        }));
        self.names.push(name);
    }

    fn finish(mut self) -> Result<Emitted, Failed> {
        if self.learned {
            return Err(Failed::Again);
        }
        let input = self.program.input_len as u32;
        let classifier = match Classifier::new(input, self.nodes, self.tables) {
            Ok(classifier) => classifier,
            Err(ClassifierError::OutOfTable {
                node,
                lo,
                hi,
                table_lo,
                table_hi,
                ..
            }) => {
                let ratio = |reached: i64, limit: i64| reached as f64 / (limit as f64).max(1.0);
                let excess = ratio(-lo, -table_lo).max(ratio(hi, table_hi)).max(1.0);
                let value = self.origins.get(&node).copied().unwrap_or_default();
                *self.lessons.coarser.entry(value).or_insert(1.0) *= excess * 1.01;
                return Err(Failed::Again);
            }
            Err(other) => return Err(Failed::Refused(other)),
        };
        let classifier = trimmed(&classifier).map_err(Failed::Refused)?;
        Ok(Emitted {
            classifier,
            names: std::mem::take(&mut self.names),
        })
    }
}

/// The same classifier with tables no longer than the bounds need.
fn trimmed(classifier: &Classifier) -> Result<Classifier, ClassifierError> {
    let mut used: Vec<Option<(i64, i64)>> = vec![None; classifier.tables().len()];
    for (_, pointwise) in classifier.pointwise() {
        let (lo, hi) = classifier.bounds().values[pointwise.source.index()];
        let (lo, hi) = (lo >> pointwise.shift, hi >> pointwise.shift);
        let used = &mut used[pointwise.table as usize];
        *used = Some(used.map_or((lo, hi), |(a, b)| (a.min(lo), b.max(hi))));
    }
    let trim = |(table, used): (&Table, &Option<(i64, i64)>)| {
        let (lo, hi) = used.unwrap_or((i64::from(table.lo), i64::from(table.lo)));
        let start = usize::try_from(lo - i64::from(table.lo)).unwrap_or(0);
        let outputs = table
            .outputs
            .iter()
            .copied()
            .skip(start)
            .take((hi - lo + 1) as usize);
        Table {
            lo: lo as i32,
            outputs: outputs.collect(),
        }
    };
    let tables = classifier.tables().iter().zip(&used).map(trim).collect();
    Classifier::new(
        classifier.input_len() as u32,
        classifier.nodes().to_vec(),
        tables,
    )
}

/// A bias in its shortest form: none, one for each of equal parts, or one for each element.
fn compact(bias: Vec<i64>) -> Vec<i64> {
    if bias.iter().all(|&b| b == 0) {
        return Vec::new();
    }
    let len = bias.len();
    let first_change = bias.iter().position(|b| *b != bias[0]).unwrap_or(len);
    let fits = |width: usize| {
        len.is_multiple_of(width)
            && bias
                .chunks_exact(width)
                .all(|part| part.iter().all(|b| *b == part[0]))
    };
    let widths = (1..=first_change)
        .rev()
        .filter(|width| len.is_multiple_of(*width));
    let width = widths.take(64).find(|&width| fits(width)).unwrap_or(1);
    bias.chunks_exact(width).map(|part| part[0]).collect()
}

/// A map with integer weights: `weight(w, input, output)` scales and rounds.
fn integer_map(
    from: &Map,
    inputs: usize,
    outputs: usize,
    weight: &mut impl FnMut(f64, usize, usize) -> i32,
) -> integer::Map {
    match from {
        Map::Identity => diagonal((0..outputs).map(|i| weight(1.0, i, i)).collect()),
        Map::Diagonal(factors) => diagonal(
            factors
                .iter()
                .enumerate()
                .map(|(i, &f)| weight(f, i, i))
                .collect(),
        ),
        Map::Select(index) => {
            let row =
                |(o, &i): (usize, &u32)| (i != map::ZERO).then(|| (i, weight(1.0, i as usize, o)));
            let rows: Vec<Option<(u32, i32)>> = index.iter().enumerate().map(row).collect();
            if rows.iter().flatten().all(|&(_, w)| w == 1) {
                return integer::Map::Select(index.clone());
            }
            sparse(rows.into_iter().map(|entry| entry.into_iter().collect()))
        }
        Map::Sparse(rows) => {
            let row = |(o, row): (usize, &Vec<(u32, f64)>)| {
                row.iter()
                    .map(|&(i, w)| (i, weight(w, i as usize, o)))
                    .collect()
            };
            sparse(
                rows.iter()
                    .enumerate()
                    .map(row)
                    .collect::<Vec<_>>()
                    .into_iter(),
            )
        }
        Map::Dense(weights) => {
            let scaled = weights.iter().enumerate();
            integer::Map::Dense(
                scaled
                    .map(|(i, &w)| weight(w, i % inputs, i / inputs))
                    .collect(),
            )
        }
        Map::Window(g) => conv(g, &vec![1.0; g.weights()], weight),
        Map::Conv(g, weights) => conv(g, weights, weight),
    }
}

fn conv(
    g: &Geometry,
    weights: &[f64],
    weight: &mut impl FnMut(f64, usize, usize) -> i32,
) -> integer::Map {
    let in_plane = g.input[0] * g.input[1];
    let out_plane = g.output[0] * g.output[1];
    let per_channel = weights.len() / g.out_channels;
    let scaled = weights.iter().enumerate().map(|(index, &w)| {
        weight(
            w,
            in_channel(g, index) * in_plane,
            index / per_channel * out_plane,
        )
    });
    let two = |sizes: [usize; 2]| sizes.map(|size| size as u32);
    let ([top, left], [bottom, right]) = (two(g.before), two(g.after));
    let ([in_height, in_width], [kernel_height, kernel_width]) = (two(g.input), two(g.kernel));
    integer::Map::Conv(Conv {
        weights: scaled.collect(),
        in_channels: g.in_channels as u32,
        in_height,
        in_width,
        out_channels: g.out_channels as u32,
        kernel_height,
        kernel_width,
        stride: two(g.stride),
        dilation: two(g.dilation),
        padding: Padding {
            top,
            left,
            bottom,
            right,
        },
        groups: g.groups as u32,
    })
}

fn diagonal(weights: Vec<i32>) -> integer::Map {
    match weights.as_slice() {
        [first, rest @ ..] if rest.iter().all(|w| w == first) => integer::Map::Scale(*first),
        _ => sparse(weights.iter().zip(0u32..).map(|(&w, i)| vec![(i, w)])),
    }
}

fn sparse(rows: impl Iterator<Item = Vec<(u32, i32)>>) -> integer::Map {
    let mut sparse = Sparse {
        offsets: vec![0],
        columns: Vec::new(),
        values: Vec::new(),
    };
    for row in rows {
        for (column, value) in row {
            sparse.columns.push(column);
            sparse.values.push(value);
        }
        sparse.offsets.push(sparse.values.len() as u32);
    }
    integer::Map::Sparse(sparse)
}
