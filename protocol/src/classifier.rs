//! The classifier as integers: the one form that all three parties evaluate, bound and hash.
//!
//! A classifier is a list of nodes over flat integer vectors. Value 0 is the view (bytes);
//! value `i + 1` is the output of node `i`; a node reads earlier values only. The last node is a
//! [`Pointwise`] of one element whose table yields 0 or 1: the decision.
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
mod encode;
pub mod evaluate;
pub mod map;
pub mod scrutiny;
#[cfg(test)]
mod tests;

pub use cost::Cost;
pub use map::{Conv, Geometry, Map, Padding, Run, Sparse};

use crate::digest::{Digest, TaggedHash};
use bounds::Bounds;
use thiserror::Error;

/// Upper limits on a classifier, checked before any work is done on it.
pub mod limits {
    /// Nodes.
    pub const NODES: usize = 1 << 16;
    /// Elements of one value.
    pub const VALUE_LEN: usize = 1 << 24;
    /// Elements of all values together.
    pub const VALUES_LEN: usize = 1 << 26;
    /// Tables.
    pub const TABLES: usize = 256;
    /// Entries of one table.
    pub const TABLE_LEN: usize = 1 << 16;
    /// Entries of all tables together: the analysis of bounds takes some hundred bytes for each.
    pub const ALL_ENTRIES: usize = 1 << 20;
    /// Terms of one linear node.
    pub const TERMS: usize = 1 << 12;
    /// Terms of all linear nodes together: one takes ten times as much memory as its bytes.
    pub const ALL_TERMS: usize = 1 << 20;
    /// Weights, indices and biases of all nodes together.
    pub const WEIGHTS: usize = 1 << 27;
    /// The largest right shift of a pointwise node, in bits.
    pub const SHIFT: u8 = 48;
    /// Multiplications of one evaluation.
    pub const MULTIPLICATIONS: u64 = 1 << 36;
}

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
    lens: Vec<u32>,
    bounds: Bounds,
}

impl Classifier {
    /// Checks structure and bounds.
    ///
    /// # Errors
    /// Names the node and the rule that it breaks.
    pub fn new(
        input_len: u32,
        nodes: Vec<Node>,
        tables: Vec<Table>,
    ) -> Result<Self, ClassifierError> {
        let lens = check_structure(input_len, &nodes, &tables)?;
        let bounds = bounds::analyse(input_len, &nodes, &tables, &lens)?;
        let classifier = Self {
            input_len,
            nodes,
            tables,
            lens,
            bounds,
        };
        classifier.check_decision()?;
        Ok(classifier)
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

    /// Digest of the canonical byte form.
    #[must_use]
    pub fn digest(&self) -> Digest {
        TaggedHash::new("duces/classifier/v1")
            .part(&self.encode())
            .finish()
    }

    fn check_decision(&self) -> Result<(), ClassifierError> {
        let last = self.nodes.len() - 1;
        let error = |reason: &str| ClassifierError::Node {
            node: last,
            reason: reason.to_owned(),
        };
        let Node::Pointwise(pointwise) = &self.nodes[last] else {
            return Err(error("the last node must be the pointwise decision"));
        };
        if self.lens[last + 1] != 1 {
            return Err(error("the decision must have one element"));
        }
        if self.tables[pointwise.table as usize]
            .outputs
            .iter()
            .any(|z| !matches!(z, 0 | 1))
        {
            return Err(error("the table of the decision must yield 0 or 1"));
        }
        Ok(())
    }
}

/// Checks every rule that does not need values; returns the length of every value.
fn check_structure(
    input_len: u32,
    nodes: &[Node],
    tables: &[Table],
) -> Result<Vec<u32>, ClassifierError> {
    let whole = |reason: String| Err(ClassifierError::Whole(reason));
    if input_len == 0 || input_len as usize > crate::view::MAX_VIEW_LEN {
        return whole(format!("the view has {input_len} elements"));
    }
    if nodes.is_empty() || nodes.len() > limits::NODES {
        return whole(format!(
            "there are {} nodes, allowed are 1 to {}",
            nodes.len(),
            limits::NODES
        ));
    }
    if tables.is_empty() || tables.len() > limits::TABLES {
        return whole(format!(
            "there are {} tables, allowed are 1 to {}",
            tables.len(),
            limits::TABLES
        ));
    }
    let mut entries = 0;
    for (index, table) in tables.iter().enumerate() {
        entries += table.outputs.len();
        if entries > limits::ALL_ENTRIES {
            return whole("the tables have too many entries together".to_owned());
        }
        if table.outputs.is_empty() || table.outputs.len() > limits::TABLE_LEN {
            return whole(format!("table {index} has {} entries", table.outputs.len()));
        }
        if table.hi() > i64::from(i32::MAX) {
            return whole(format!(
                "table {index} has arguments up to {}, allowed are those below 2^31",
                table.hi()
            ));
        }
    }
    let mut lens = vec![input_len];
    let mut total = u64::from(input_len);
    let mut weights = 0;
    let mut multiplications = 0;
    let mut terms = 0;
    for (index, node) in nodes.iter().enumerate() {
        let error = |reason: String| ClassifierError::Node {
            node: index,
            reason,
        };
        let len_of = |source: ValueId| {
            lens.get(source.index())
                .map(|&len| len as usize)
                .ok_or_else(|| error(format!("it reads value {}, which comes later", source.0)))
        };
        let len = match node {
            Node::Linear(linear) => {
                let len = linear.len as usize;
                if linear.terms.len() > limits::TERMS {
                    return Err(error(format!("it has {} terms", linear.terms.len())));
                }
                terms += linear.terms.len();
                if terms > limits::ALL_TERMS {
                    return Err(error("the classifier has too many terms".to_owned()));
                }
                for term in &linear.terms {
                    term.map.check(len_of(term.source)?, len).map_err(error)?;
                    weights += term.map.weights();
                    multiplications += term.map.multiplications(len);
                }
                weights += linear.bias.len();
                if !linear.bias.is_empty() && !len.is_multiple_of(linear.bias.len()) {
                    return Err(error(format!(
                        "{} biases do not divide {len} elements",
                        linear.bias.len()
                    )));
                }
                linear.len
            }
            Node::Pointwise(pointwise) => {
                if pointwise.table as usize >= tables.len() {
                    return Err(error(format!("it names table {}", pointwise.table)));
                }
                if pointwise.shift > limits::SHIFT {
                    return Err(error(format!("its shift is {} bits", pointwise.shift)));
                }
                u32::try_from(len_of(pointwise.source)?).expect("lengths are u32")
            }
        };
        total += u64::from(len);
        if len == 0 || len as usize > limits::VALUE_LEN || total > limits::VALUES_LEN as u64 {
            return Err(error(format!("it has {len} elements")));
        }
        if weights > limits::WEIGHTS || multiplications > limits::MULTIPLICATIONS {
            return Err(error("the classifier has too many weights".to_owned()));
        }
        lens.push(len);
    }
    Ok(lens)
}
