//! Writes the integer classifier that a choice of scales describes.

use super::adjustments::Adjustments;
use super::budget::{search, size};
use super::foresight::{self, Outside};
use super::maps::{compact, integer_map};
use super::saturation::{SaturationStage, stages};
use super::scales::Scales;
use super::tables::{Candidate, table, window};
use crate::float::{Func, Linear, Node, Pointwise, Program, ValueId};
use duces_protocol::classifier::{self as integer, Classifier, ClassifierError, Table};
use std::collections::{BTreeMap, BTreeSet};

/// A classifier with what connects it to the program that it came from.
pub struct Emitted {
    /// The classifier.
    pub classifier: Classifier,
    /// For each value of the program, its value in the classifier.
    pub values: Vec<integer::ValueId>,
    /// For each saturated value of the program, the shifts of its stages of saturation.
    pub saturation_shifts: BTreeMap<ValueId, Vec<u8>>,
}

/// Why an attempt failed.
pub enum AttemptFailed {
    /// The adjustments have changed; choose scales again.
    Adjusted,
    /// No choice of scales will help.
    Refused(ClassifierError),
}

struct Emitter<'a> {
    program: &'a Program,
    scales: &'a Scales<'a>,
    candidate: &'a Candidate,
    adjustments: &'a mut Adjustments,
    nodes: Vec<integer::Node>,
    /// For each value of the program so far, its value in the classifier.
    values: Vec<integer::ValueId>,
    tables: Vec<Table>,
    /// For each pointwise node of the classifier, its value in the program.
    origins: BTreeMap<usize, ValueId>,
    /// The pointwise nodes of the classifier that saturate an accumulator.
    saturating: BTreeSet<usize>,
    /// The values that are left of saturated accumulators, each with its smallest and its largest integer.
    saturated_ends: BTreeMap<usize, (f64, f64)>,
    saturation_shifts: BTreeMap<ValueId, Vec<u8>>,
    /// How many nodes read a value.
    readers: Vec<usize>,
    /// Whether the adjustments have changed.
    adjusted: bool,
}

/// Writes the classifier; checks its bounds.
///
/// # Errors
/// When the adjustments have changed, or the classifier is refused for another reason than its
/// bounds.
pub fn emit(
    program: &Program,
    scales: &Scales<'_>,
    candidate: &Candidate,
    adjustments: &mut Adjustments,
) -> Result<Emitted, AttemptFailed> {
    let mut readers = vec![0; program.nodes.len() + 1];
    for source in program.nodes.iter().flat_map(Node::sources) {
        readers[source] += 1;
    }
    let mut emitter = Emitter {
        program,
        scales,
        candidate,
        adjustments,
        nodes: Vec::new(),
        values: vec![integer::ValueId::INPUT],
        tables: Vec::new(),
        origins: BTreeMap::new(),
        saturating: BTreeSet::new(),
        saturated_ends: BTreeMap::new(),
        saturation_shifts: BTreeMap::new(),
        readers,
        adjusted: false,
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

    /// Writes a weighted sum: weights and bias divided by the scale of the output.
    fn linear(&mut self, value: ValueId, linear: &Linear) {
        let scales_of = |value: ValueId| -> Vec<f64> {
            let elements = 0..self.program.len_of(value);
            elements.map(|i| self.scales.of(value, i)).collect()
        };
        let own = scales_of(value);
        let mut largest = 0.0f64;
        let mut terms = Vec::new();
        for term in &linear.terms {
            let sources = scales_of(term.source);
            let mut weight = |w: f64, input: usize, output: usize| {
                let exact = w * term.factor * sources[input] / own[output];
                largest = largest.max(exact.abs());
                exact.round().clamp(-size::WEIGHT, size::WEIGHT) as i32
            };
            let map = integer_map(&term.map, sources.len(), linear.len, &mut weight);
            terms.push(integer::Term {
                source: self.values[term.source],
                map,
            });
        }
        let bias = linear.bias.iter().zip(&own);
        let bias = bias.map(|(b, s)| (b / s).round() as i64).collect();
        if largest > size::WEIGHT {
            self.coarsen_sum(value, largest / size::WEIGHT);
        }
        let node = integer::Node::Linear(integer::Linear {
            len: linear.len as u32,
            terms,
            bias: compact(bias),
        });
        let emitted = self.push(node);
        self.values.push(emitted);
    }

    /// A weight is too large: the table that fixed the sum's scale must read coarser values.
    fn coarsen_sum(&mut self, sum: ValueId, ratio: f64) {
        if let Some(&node) = self.scales.sum_fixed_by.get(&sum) {
            self.adjustments.coarsen(node, ratio * 1.001);
            self.adjusted = true;
        }
    }

    /// Writes a table, after what it reads is rounded and, where the candidate asks for it,
    /// saturated.
    fn pointwise(&mut self, value: ValueId, pointwise: &Pointwise) {
        let func = &pointwise.func;
        let shift = self.scales.shifts.get(&value).copied().unwrap_or(0);
        let bias = rounding_bias(func, shift, self.program.len_of(value));
        let mut source = self.with_bias(pointwise.source, bias);
        if self.candidate.saturated.contains(&value) {
            source = self.saturate(value, func, source, shift);
        }
        let domain = self.candidate.domain(func);
        let scale = self.scales.argument_scales.get(&value);
        let scale = scale.copied().unwrap_or(1.0);
        let table = table(func, domain, scale, self.candidate.sizes.saturation);
        let emitted = self.table(value, source, shift, table);
        self.values.push(emitted);
    }

    /// Adds a bias to a value of the program: to its node where nothing else reads it, else in a
    /// node of its own.
    fn with_bias(&mut self, source: ValueId, bias: Vec<i64>) -> integer::ValueId {
        let emitted = self.values[source];
        if bias.iter().all(|&b| b == 0) {
            return emitted;
        }
        let index = emitted.index().wrapping_sub(1);
        match self.nodes.get_mut(index) {
            Some(integer::Node::Linear(linear)) if self.readers[source] == 1 => {
                let own = linear.bias_vector();
                linear.bias = compact(own.iter().zip(&bias).map(|(a, b)| a + b).collect());
                emitted
            }
            _ => {
                let terms = vec![integer::Term {
                    source: emitted,
                    map: integer::Map::Scale(1),
                }];
                self.push(integer::Node::Linear(integer::Linear {
                    len: bias.len() as u32,
                    terms,
                    bias: compact(bias),
                }))
            }
        }
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

    /// Saturates the accumulator of a pointwise node to the window of its function.
    fn saturate(
        &mut self,
        value: ValueId,
        func: &Func,
        mut source: integer::ValueId,
        shift: u8,
    ) -> integer::ValueId {
        let sizes = &self.candidate.sizes;
        let entries = sizes.excess_entries;
        let cell = shift + sizes.cell().ilog2() as u8;
        let range = self.scales.accumulator_ranges.get(&value);
        let range = range.copied().unwrap_or_default();
        let window = window(func).unwrap_or_default();
        let Some(stages) = stages(range, window, cell, entries) else {
            self.adjustments.coarsen(value, 2.0);
            self.adjusted = true;
            return source;
        };
        let len = self.program.len_of(value);
        let shifts = stages.iter().map(|stage| stage.shift);
        self.saturation_shifts.insert(value, shifts.collect());
        for stage in stages {
            let (table, factor) = stage.table(entries);
            self.saturating.insert(self.nodes.len());
            let excess = self.table(value, source, stage.shift, table);
            let rest = SaturationStage::rest(source, excess, factor, len);
            source = self.push(integer::Node::Linear(rest));
            self.saturated_ends.insert(source.index(), stage.ends());
        }
        source
    }

    fn finish(mut self) -> Result<Emitted, AttemptFailed> {
        if self.adjusted {
            return Err(AttemptFailed::Adjusted);
        }
        let nodes = std::mem::take(&mut self.nodes);
        let tables = std::mem::take(&mut self.tables);
        let input = self.program.input_len;
        if self.program.multiplications() > search::HEAVY {
            for outside in foresight::outside(input, &nodes, &tables, &self.saturated_ends) {
                self.correct(&outside);
            }
        }
        if self.adjusted {
            return Err(AttemptFailed::Adjusted);
        }
        let input = input as u32;
        let classifier = Classifier::answering(self.program.answers, input, nodes, tables)
            .map_err(|error| self.adjust(error))?;
        Ok(Emitted {
            classifier: classifier.trimmed(),
            values: self.values,
            saturation_shifts: self.saturation_shifts,
        })
    }

    /// Adjusts the scale of a node whose accumulator can leave its table.
    fn adjust(&mut self, error: ClassifierError) -> AttemptFailed {
        let ClassifierError::OutOfTable {
            node,
            lo,
            hi,
            table_lo,
            table_hi,
            ..
        } = error
        else {
            return AttemptFailed::Refused(error);
        };
        self.correct(&Outside {
            node,
            reached: (lo as f64, hi as f64),
            table: (table_lo as f64, table_hi as f64),
        });
        AttemptFailed::Adjusted
    }

    /// Takes a coarser scale, or a wider range, for a node whose accumulator can leave its table.
    fn correct(&mut self, outside: &Outside) {
        let ratio = |reached: f64, limit: f64| reached / limit.max(1.0);
        let ((lo, hi), (table_lo, table_hi)) = (outside.reached, outside.table);
        let excess = ratio(-lo, -table_lo).max(ratio(hi, table_hi)).max(1.0);
        let value = self.origins.get(&outside.node).copied();
        let value = value.unwrap_or_default();
        if self.saturating.contains(&outside.node) {
            self.adjustments.widen(value, excess * 1.01);
        } else {
            self.adjustments.coarsen(value, excess * 1.01);
        }
        self.adjusted = true;
    }
}

/// What is added to an accumulator before the shift. A step asks for `Y ≥ 0` or `Y ≥ 1`; any other
/// table reads the nearest `q` instead of the one below.
fn rounding_bias(func: &Func, shift: u8, len: usize) -> Vec<i64> {
    match func {
        Func::Step { strict } => strict.iter().map(|&strict| -i64::from(strict)).collect(),
        _ if shift > 0 => vec![1 << (shift - 1); len],
        _ => Vec::new(),
    }
}
