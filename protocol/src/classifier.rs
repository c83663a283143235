//! The classifier as integers: the one form that all three parties evaluate, bound and hash.
//!
//! A classifier is a list of nodes over flat integer vectors. Value 0 is the view (bytes);
//! value `i + 1` is the output of node `i`; a node reads earlier values only. The last node is a
//! [`Pointwise`]: its outputs are the answer. Unless [`AnswerKind`] says otherwise it has one element,
//! whose table yields 0 or 1: the decision.
//!
//! * [`Linear`]: `Y = Σ map_j(z_j) + bias`, exact in the integers. It costs no row in the circuit.
//! * [`Pointwise`]: `z = f(Y >> shift)` element by element, `f` a [`Table`], `>>` the floor
//!   division by a power of two. Each element is one *activation*.
//!
//! Invariant of the type [`Classifier`]: it is well formed **and** interval analysis over all
//! possible views ([`bounds`]) shows that no accumulator leaves its table or `±2^62`. So
//! evaluation cannot fail on any committed document, adversarial ones included.

pub mod adjoint;
pub mod bounds;
mod cost;
pub(crate) mod encode;
pub mod evaluate;
mod inputs;
pub mod limits;
pub(crate) mod live;
pub mod map;
mod shape;
pub(crate) mod structure;
#[cfg(test)]
mod tests;

pub use cost::Cost;
pub use map::{Conv, Geometry, Map, Padding, Run, Sparse};
pub use shape::Shape;

use crate::answers::AnswerKind;
use crate::digest::{Digest, TaggedHash};
use bounds::Bounds;
use thiserror::Error;

/// Names a value: 0 is the view, `i + 1` the output of node `i`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ValueId(pub u32);

impl ValueId {
    /// The view.
    pub const INPUT: Self = Self(0);

    /// As an index into a list of values.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// One node of the classifier.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Node {
    /// An integer linear map.
    Linear(Linear),
    /// A table applied to every element.
    Pointwise(Pointwise),
}

/// `Y = Σ map_j(z_j) + bias`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Linear {
    /// Elements of `Y`.
    pub len: u32,
    /// The maps, each into `len` elements.
    pub terms: Vec<Term>,
    /// Empty (no bias), or `d` integers with `d` a divisor of `len`: element `i` gets
    /// `bias[i / (len / d)]` (one per element, or one per channel).
    pub bias: Vec<i64>,
}

/// One summand of a [`Linear`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Term {
    /// The value that the map reads.
    pub source: ValueId,
    /// The map.
    pub map: Map,
}

/// `z = table(Y >> shift)`, element by element.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pointwise {
    /// `Y`.
    pub source: ValueId,
    /// Floor division by `2^shift`.
    pub shift: u8,
    /// Index into [`Classifier::tables`].
    pub table: u32,
}

/// A function on the integers `lo ..= lo + outputs.len() - 1`, all of them 32-bit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Table {
    /// The smallest argument.
    pub lo: i32,
    /// `f(lo), f(lo + 1), …`
    pub outputs: Vec<i32>,
}

impl Table {
    /// The largest argument.
    #[must_use]
    pub fn hi(&self) -> i64 {
        i64::from(self.lo) + self.outputs.len() as i64 - 1
    }

    /// `f(q)`, or `None` outside the domain.
    #[must_use]
    pub fn get(&self, q: i64) -> Option<i32> {
        let index = q.checked_sub(i64::from(self.lo))?;
        self.outputs.get(usize::try_from(index).ok()?).copied()
    }
}

/// Why a list of nodes is not a classifier.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum ClassifierError {
    /// A structural rule is broken.
    #[error("node {node}: {reason}")]
    Node {
        /// Index of the node.
        node: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// A rule on the whole is broken.
    #[error("{0}")]
    Whole(String),
    /// Interval analysis cannot exclude that an accumulator leaves its table.
    #[error(
        "node {node}: element {element} can take values from {lo} to {hi}, its table covers {table_lo} to {table_hi}"
    )]
    OutOfTable {
        /// Index of the node.
        node: usize,
        /// Index of the element.
        element: usize,
        /// Smallest possible table argument.
        lo: i64,
        /// Largest possible table argument.
        hi: i64,
        /// Smallest argument that the table covers.
        table_lo: i64,
        /// Largest argument that the table covers.
        table_hi: i64,
    },
}

/// A classifier: see the module's documentation for its invariant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Classifier {
    input_len: u32,
    nodes: Vec<Node>,
    tables: Vec<Table>,
    pub(crate) lens: Vec<u32>,
    answers: AnswerKind,
    /// For each node, the values that are needed no longer after it.
    freed: Vec<Vec<ValueId>>,
    bounds: Bounds,
}

impl Classifier {
    /// Checks limits, structure and bounds of a classifier that answers with a match.
    ///
    /// # Errors
    /// Names the node and the rule that it breaks.
    pub fn new(
        input_len: u32,
        nodes: Vec<Node>,
        tables: Vec<Table>,
    ) -> Result<Self, ClassifierError> {
        Self::answering(AnswerKind::Match, input_len, nodes, tables)
    }

    /// The same for any kind of answer.
    ///
    /// # Errors
    /// Names the node and the rule that it breaks.
    pub fn answering(
        answers: AnswerKind,
        input_len: u32,
        nodes: Vec<Node>,
        tables: Vec<Table>,
    ) -> Result<Self, ClassifierError> {
        let bytes = encode::length(&nodes, &tables);
        if bytes > limits::BYTES as u64 {
            return Err(ClassifierError::Whole(format!(
                "it takes {bytes} bytes, allowed are {}",
                limits::BYTES
            )));
        }
        let lens = structure::check(answers, input_len, &nodes, &tables)?;
        let bounds = bounds::analyse(input_len, &nodes, &tables, &lens)?;
        let freed = live::last_read(&nodes);
        Ok(Self {
            input_len,
            nodes,
            tables,
            lens,
            answers,
            freed,
            bounds,
        })
    }

    /// The same classifier with tables no longer than its bounds need. The bounds stay: no argument that
    /// they allow is left out.
    #[must_use]
    pub fn trimmed(mut self) -> Self {
        let mut used: Vec<Option<(i64, i64)>> = vec![None; self.tables.len()];
        for (_, pointwise) in self.pointwise() {
            let (lo, hi) = self.bounds.values[pointwise.source.index()];
            let (lo, hi) = (lo >> pointwise.shift, hi >> pointwise.shift);
            let used = &mut used[pointwise.table as usize];
            *used = Some(used.map_or((lo, hi), |(a, b)| (a.min(lo), b.max(hi))));
        }
        for (table, used) in self.tables.iter_mut().zip(used) {
            let first = i64::from(table.lo);
            let (lo, hi) = used.unwrap_or((first, first));
            let kept = (lo - first) as usize..=(hi - first) as usize;
            table.outputs = table.outputs[kept].to_vec();
            table.lo = lo as i32;
        }
        self
    }

    /// Elements of the view.
    #[must_use]
    pub fn input_len(&self) -> usize {
        self.input_len as usize
    }

    /// The nodes in order of evaluation.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The tables that pointwise nodes name.
    #[must_use]
    pub fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// What the outputs of the last node are.
    #[must_use]
    pub fn answers(&self) -> AnswerKind {
        self.answers
    }

    /// The result of interval analysis.
    #[must_use]
    pub fn bounds(&self) -> &Bounds {
        &self.bounds
    }

    /// Elements of a value.
    #[must_use]
    pub fn len_of(&self, value: ValueId) -> usize {
        self.lens[value.index()] as usize
    }

    /// The pointwise nodes in order, each with the value that it defines.
    pub fn pointwise(&self) -> impl Iterator<Item = (ValueId, &Pointwise)> {
        self.nodes
            .iter()
            .zip(1..)
            .filter_map(|(node, value)| match node {
                Node::Pointwise(pointwise) => Some((ValueId(value), pointwise)),
                Node::Linear(_) => None,
            })
    }

    /// Number of activations: elements of all pointwise nodes.
    #[must_use]
    pub fn activations(&self) -> usize {
        self.pointwise().map(|(value, _)| self.len_of(value)).sum()
    }

    /// The work of one evaluation, in the units of [`limits::WORK`].
    #[must_use]
    pub fn work(&self) -> u64 {
        let lens = self.lens[1..].iter().map(|&len| len as usize);
        let work = self.nodes.iter().zip(lens);
        work.map(|(node, len)| limits::of_node(node, len)).sum()
    }

    /// Digest of the canonical byte form.
    #[must_use]
    pub fn digest(&self) -> Digest {
        TaggedHash::new("duces/classifier/v1")
            .part(&self.encode())
            .finish()
    }
}
