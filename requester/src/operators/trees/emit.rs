//! Writes a pruned forest as nodes of the program.
//!
//! Steps of bytes (one for each byte and threshold, shared by all trees), then conjunctions and
//! packed tables, then one linear node. Leaf weights are integers times one power of two, so that
//! equal sums stay equal.

use super::pieces::{self, Piece};
use super::prune::{Child, LiteralId, Pruned, Tree};
use crate::float::{Func, INPUT, Map, Term, ValueId};
use crate::graph::{Builder, Value};
use crate::onnx::Refusal;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Leaf weights: `(output, weight in units)`, ascending, for each node of the forest.
pub type Weights = Vec<Vec<(usize, i64)>>;

/// Appends a forest; returns its sums, of shape `[1, bias.len()]`. Where weights are hidden no piece is a
/// table over packed bits: such a table is public, and holds weights of leaves and the shape of trees.
///
/// # Errors
/// When it is larger than a classifier may be.
pub fn emit(
    builder: &mut Builder,
    features: &Value,
    pruned: &Pruned,
    weights: &Weights,
    unit: f64,
    bias: Vec<f64>,
) -> Result<Value, Refusal> {
    let packable: Vec<bool> = pruned
        .trees
        .iter()
        .map(|tree| !builder.hides_weights && on_one_output(tree, weights))
        .collect();
    let pieces = pieces::cut(pruned, &packable);
    let mut emitter = Emitter {
        input_len: builder.program.input_len,
        pruned,
        weights,
        steps: [BTreeMap::new(), BTreeMap::new()],
        conjunctions: Rows::default(),
        known: BTreeMap::new(),
        packed: Rows::default(),
        table: Vec::new(),
        sums: Rows::default(),
        unit,
    };
    for &constant in &bias {
        emitter.sums.push(constant);
    }
    for tree in &pruned.trees {
        let default = default_leaf(tree, tree.root);
        for &(output, weight) in &weights[default] {
            emitter.sums.bias[output] += weight as f64 * unit;
        }
    }
    for piece in &pieces {
        if piece.splits.len() == 1 {
            emitter.conjunction(piece);
        } else {
            emitter.packed(piece);
        }
    }
    emitter.finish(builder, features)
}

/// The leaf that is reached when every comparison fails.
fn default_leaf(tree: &Tree, mut child: Child) -> usize {
    loop {
        match child {
            Child::Leaf(leaf) => return leaf,
            Child::Split(split) => child = tree.splits[split].no,
        }
    }
}

fn on_one_output(tree: &Tree, weights: &Weights) -> bool {
    let children = tree.splits.iter().flat_map(|split| [split.no, split.yes]);
    let mut outputs = children.flat_map(|child| match child {
        Child::Leaf(leaf) => weights[leaf].as_slice(),
        Child::Split(_) => &[],
    });
    let first = outputs.next().map(|entry| entry.0);
    outputs.all(|entry| Some(entry.0) == first)
}

/// `a − b`.
fn difference(a: &[(usize, i64)], b: &[(usize, i64)]) -> Vec<(usize, i64)> {
    let mut sum: BTreeMap<usize, i64> = a.iter().copied().collect();
    for &(output, weight) in b {
        *sum.entry(output).or_default() -= weight;
    }
    sum.into_iter().filter(|entry| entry.1 != 0).collect()
}

/// What a sum reads.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    ByteSteps,
    ComputedSteps,
    Conjunctions,
    Packed,
}

/// An element of a source with its sign.
type Signed = ((Source, u32), f64);

/// Rows of a linear node.
#[derive(Default)]
struct Rows {
    entries: Vec<BTreeMap<(Source, u32), f64>>,
    bias: Vec<f64>,
}

impl Rows {
    fn push(&mut self, bias: f64) -> usize {
        self.entries.push(BTreeMap::new());
        self.bias.push(bias);
        self.bias.len() - 1
    }

    fn add(&mut self, row: usize, source: (Source, u32), weight: f64) {
        *self.entries[row].entry(source).or_default() += weight;
    }

    fn terms(&self, values: &BTreeMap<Source, ValueId>) -> Vec<Term> {
        let term = |(&own, &source): (&Source, &ValueId)| {
            let mine = |row: &BTreeMap<(Source, u32), f64>| {
                let entries = row
                    .iter()
                    .filter(|((source, _), w)| *source == own && **w != 0.0);
                entries
                    .map(|((_, index), &w)| (*index, w))
                    .collect::<Vec<_>>()
            };
            let rows: Vec<_> = self.entries.iter().map(mine).collect();
            let used = rows.iter().any(|row| !row.is_empty());
            used.then_some(Term {
                source,
                factor: 1.0,
                map: Map::Sparse(rows),
            })
        };
        values.iter().filter_map(term).collect()
    }
}

struct Emitter<'a> {
    input_len: usize,
    pruned: &'a Pruned,
    weights: &'a Weights,
    /// For bytes, and for computed features: the place of `[variable ≥ k]`.
    steps: [BTreeMap<(usize, u8), u32>; 2],
    conjunctions: Rows,
    known: BTreeMap<Vec<LiteralId>, u32>,
    packed: Rows,
    table: Vec<i32>,
    sums: Rows,
    unit: f64,
}

impl Emitter<'_> {
    /// A literal as a constant and steps with their signs.
    fn literal(&mut self, id: LiteralId) -> (f64, Vec<Signed>) {
        let (variable, set) = self.pruned.literals.get(id);
        let computed = usize::from(variable >= self.input_len);
        let source = [Source::ByteSteps, Source::ComputedSteps][computed];
        let (constant, steps) = set.steps();
        let known = &mut self.steps[computed];
        let place = |(k, sign): (u8, f64)| {
            let next = known.len() as u32;
            ((source, *known.entry((variable, k)).or_insert(next)), sign)
        };
        (constant, steps.into_iter().map(place).collect())
    }

    /// One comparison: `[path and comparison] · (D(yes) − D(no))`.
    fn conjunction(&mut self, piece: &Piece) {
        let tree = &self.pruned.trees[piece.tree];
        let split = &tree.splits[piece.splits[0]];
        let leaf = |child| &self.weights[default_leaf(tree, child)];
        let weight = difference(leaf(split.yes), leaf(split.no));
        if weight.is_empty() {
            return;
        }
        if let &[literal] = split.yes_path.as_slice() {
            let (constant, steps) = self.literal(literal);
            for (output, weight) in weight {
                let weight = weight as f64 * self.unit;
                self.sums.bias[output] += constant * weight;
                for &(step, sign) in &steps {
                    self.sums.add(output, step, sign * weight);
                }
            }
            return;
        }
        let mut path = split.yes_path.clone();
        path.sort_unstable();
        let row = match self.known.get(&path) {
            Some(&row) => row,
            None => {
                let row = self.conjunctions.push(-(path.len() as f64));
                for &literal in &path {
                    let (constant, steps) = self.literal(literal);
                    self.conjunctions.bias[row] += constant;
                    for (step, sign) in steps {
                        self.conjunctions.add(row, step, sign);
                    }
                }
                self.known.insert(path, row as u32);
                row as u32
            }
        };
        for (output, weight) in weight {
            self.sums.add(
                output,
                (Source::Conjunctions, row),
                weight as f64 * self.unit,
            );
        }
    }

    /// Several comparisons: a segment of the table over packed bits.
    fn packed(&mut self, piece: &Piece) {
        let tree = &self.pruned.trees[piece.tree];
        let path = &tree.splits[piece.splits[0]].path;
        let scalar = |leaf: usize| self.weights[leaf].first().map_or((0, 0), |&entry| entry);
        let default = scalar(default_leaf(tree, Child::Split(piece.splits[0])));
        let exit = |bits: usize| {
            let mut child = Child::Split(piece.splits[0]);
            while let Child::Split(index) = child {
                if !piece.splits.contains(&index) {
                    break;
                }
                let split = &tree.splits[index];
                let bit = piece
                    .bits
                    .partition_point(|&literal| literal < split.literal);
                child = if bits >> bit & 1 == 1 {
                    split.yes
                } else {
                    split.no
                };
            }
            scalar(default_leaf(tree, child))
        };
        let exits: Vec<(usize, i64)> = (0..1 << piece.bits.len()).map(exit).collect();
        let output = exits.iter().find(|exit| exit.1 != 0).unwrap_or(&default).0;
        let outputs: Vec<i32> = exits
            .iter()
            .map(|exit| (exit.1 - default.1) as i32)
            .collect();
        if outputs.iter().all(|&z| z == 0) {
            return;
        }
        let row = self.packed.push(self.table.len() as f64);
        self.table
            .extend(std::iter::repeat_n(0, path.len() * outputs.len()));
        self.table.extend(&outputs);
        let bits = piece
            .bits
            .iter()
            .enumerate()
            .map(|(i, &literal)| (literal, 1usize << i));
        let path = path.iter().map(|&literal| (literal, outputs.len()));
        for (literal, weight) in bits.chain(path) {
            let weight = weight as f64;
            let (constant, steps) = self.literal(literal);
            self.packed.bias[row] += constant * weight;
            for (step, sign) in steps {
                self.packed.add(row, step, sign * weight);
            }
        }
        self.sums
            .add(output, (Source::Packed, row as u32), self.unit);
    }

    fn finish(self, builder: &mut Builder, features: &Value) -> Result<Value, Refusal> {
        let mut values = BTreeMap::new();
        let [bytes, computed] = self.steps.map(|steps| {
            let mut list: Vec<((usize, u8), u32)> = steps.into_iter().collect();
            list.sort_unstable_by_key(|step| step.1);
            list.into_iter().map(|step| step.0).collect::<Vec<_>>()
        });
        if !bytes.is_empty() {
            let index = bytes.iter().map(|step| step.0 as u32).collect();
            let bias = bytes.iter().map(|step| -f64::from(step.1)).collect();
            let view = Value {
                id: INPUT,
                shape: vec![1, self.input_len],
            };
            let strict = vec![false; bytes.len()];
            let value = steps(builder, &view, index, bias, strict)?;
            values.insert(Source::ByteSteps, value);
        }
        if !computed.is_empty() {
            let of = |step: &(usize, u8)| &self.pruned.computed[step.0 - self.input_len];
            let index = computed
                .iter()
                .map(|step| of(step).feature as u32)
                .collect();
            let bias = computed.iter().map(|step| -of(step).threshold).collect();
            let strict = computed.iter().map(|step| of(step).strict).collect();
            let value = steps(builder, features, index, bias, strict)?;
            values.insert(Source::ComputedSteps, value);
        }
        let literals = values.clone();
        if !self.conjunctions.bias.is_empty() {
            let func = Func::Step {
                strict: vec![false; self.conjunctions.bias.len()],
            };
            let value = table(builder, &self.conjunctions, &literals, func)?;
            values.insert(Source::Conjunctions, value);
        }
        if !self.packed.bias.is_empty() {
            let func = Func::Lookup {
                outputs: Arc::from(self.table),
            };
            let value = table(builder, &self.packed, &literals, func)?;
            values.insert(Source::Packed, value);
        }
        let shape = vec![1, self.sums.bias.len()];
        builder.linear(shape, self.sums.terms(&values), self.sums.bias)
    }
}

fn steps(
    builder: &mut Builder,
    from: &Value,
    index: Vec<u32>,
    bias: Vec<f64>,
    strict: Vec<bool>,
) -> Result<ValueId, Refusal> {
    let compared = builder.map(from, vec![1, index.len()], Map::Select(index), bias)?;
    Ok(builder.pointwise(&compared, Func::Step { strict }).id)
}

fn table(
    builder: &mut Builder,
    rows: &Rows,
    literals: &BTreeMap<Source, ValueId>,
    func: Func,
) -> Result<ValueId, Refusal> {
    let shape = vec![1, rows.bias.len()];
    let sums = builder.linear(shape, rows.terms(literals), rows.bias.clone())?;
    Ok(builder.pointwise(&sums, func).id)
}
