//! Writes the integer classifier that a choice of scales describes.

use super::maps::{compact, integer_map};
use super::saturate::{Stage, stages};
use super::scales::Scales;
use super::tables::{Plan, table, window};
use super::{budget, scales::Lessons};
use crate::float::{Func, Linear, Node, Pointwise, Program, ValueId};
use duces_protocol::classifier::{self as integer, Classifier, ClassifierError, Table};
use std::collections::{BTreeMap, BTreeSet};

/// A classifier with what connects it to the program that it came from.
pub struct Emitted {
    /// The classifier.
    pub classifier: Classifier,
    /// For each value of the program, its value in the classifier.
    pub names: Vec<integer::ValueId>,
    /// For each saturated value of the program, the shifts of the stages that cut it down.
    pub cuts: BTreeMap<ValueId, Vec<u8>>,
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
    plan: &'a Plan,
    lessons: &'a mut Lessons,
    nodes: Vec<integer::Node>,
    names: Vec<integer::ValueId>,
    tables: Vec<Table>,
    /// For each pointwise node of the classifier, its value in the program.
    origins: BTreeMap<usize, ValueId>,
    /// The pointwise nodes of the classifier that cut an accumulator down.
    stages: BTreeSet<usize>,
    cuts: BTreeMap<ValueId, Vec<u8>>,
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
    plan: &Plan,
    lessons: &mut Lessons,
) -> Result<Emitted, Failed> {
    let mut readers = vec![0; program.nodes.len() + 1];
    for source in program.nodes.iter().flat_map(Node::sources) {
        readers[source] += 1;
    }
    let mut emitter = Emitter {
        program,
        scales,
        plan,
        lessons,
        nodes: Vec::new(),
        names: vec![integer::ValueId::INPUT],
        tables: Vec::new(),
        origins: BTreeMap::new(),
        stages: BTreeSet::new(),
        cuts: BTreeMap::new(),
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
        if self.plan.saturated.contains(&value) {
            source = self.saturate(value, func, source, shift);
        }
        let domain = self.plan.domain(func);
        let step = self.scales.steps.get(&value).copied().unwrap_or(1.0);
        let table = table(func, domain, step, self.plan.shape.saturation);
        let name = self.table(value, source, shift, table);
        self.names.push(name);
    }

    /// Applies a table.
    fn table(
        &mut self,
        value: ValueId,
        source: integer::ValueId,
        shift: u8,
        table: Table,
    ) -> integer::ValueId {
        let known = self.tables.iter().position(|known| *known == table);
        let table = known.unwrap_or_else(|| {
            self.tables.push(table);
            self.tables.len() - 1
        }) as u32;
        self.origins.insert(self.nodes.len(), value);
        self.push(integer::Node::Pointwise(integer::Pointwise {
            source,
            shift,
            table,
        }))
    }

    /// Cuts the accumulator of a pointwise node down to the window of its function.
    fn saturate(
        &mut self,
        value: ValueId,
        func: &Func,
        mut source: integer::ValueId,
        shift: u8,
    ) -> integer::ValueId {
        let shape = &self.plan.shape;
        let entries = shape.entries;
        let cell = shift + shape.cell().ilog2() as u8;
        let reach = self.scales.reach.get(&value).copied().unwrap_or_default();
        let window = window(func).unwrap_or_default();
        let Some(stages) = stages(reach, window, cell, entries) else {
            *self.lessons.coarser.entry(value).or_insert(1.0) *= 2.0;
            self.learned = true;
            return source;
        };
        let len = self.program.len_of(value);
        let shifts = stages.iter().map(|stage| stage.shift);
        self.cuts.insert(value, shifts.collect());
        for stage in stages {
            let (table, factor) = stage.table(entries);
            self.stages.insert(self.nodes.len());
            let x = self.table(value, source, stage.shift, table);
            source = self.push(integer::Node::Linear(Stage::rest(source, x, factor, len)));
        }
        source
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
                let lesson = if self.stages.contains(&node) {
                    &mut self.lessons.further
                } else {
                    &mut self.lessons.coarser
                };
                *lesson.entry(value).or_insert(1.0) *= excess * 1.01;
                return Err(Failed::Again);
            }
            Err(other) => return Err(Failed::Refused(other)),
        };
        let classifier = trimmed(&classifier).map_err(Failed::Refused)?;
        Ok(Emitted {
            classifier,
            names: std::mem::take(&mut self.names),
            cuts: std::mem::take(&mut self.cuts),
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
