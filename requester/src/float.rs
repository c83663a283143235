//! The classifier with real weights: the same two kinds of node as the integer classifier
//! ([`duces_protocol::classifier`]), before scales are chosen.
//!
//! Value 0 is the view, its bytes as numbers 0 to 255; value `i + 1` is the output of node `i`;
//! a node reads earlier values only. [`evaluate`] is the reference against which the integer
//! classifier is measured.

pub mod compose;
pub mod evaluate;
pub mod formula;
pub mod func;
pub mod interval;
pub mod map;
pub mod multiples;
pub mod reach;
pub mod simplify;

pub use func::Func;
pub use map::{Geometry, Map};

use duces_protocol::answers::AnswerKind;

/// Names a value: 0 is the view, `i + 1` the output of node `i`.
pub type ValueId = usize;

/// The view.
pub const INPUT: ValueId = 0;

/// A list of nodes over flat vectors.
#[derive(Clone, Debug)]
pub struct Program {
    /// Elements of the view.
    pub input_len: usize,
    /// Nodes in order of evaluation.
    pub nodes: Vec<Node>,
    /// What the outputs of the last node are, once a rule has been appended.
    pub answers: AnswerKind,
}

/// One node.
#[derive(Clone, Debug)]
pub enum Node {
    /// A linear map.
    Linear(Linear),
    /// A function of each element.
    Pointwise(Pointwise),
}

/// `y = Σ factor_j·map_j(z_j) + bias`.
#[derive(Clone, Debug)]
pub struct Linear {
    /// Elements of `y`.
    pub len: usize,
    /// Channels: a divisor of `len`. Elements of one channel are quantised alike.
    pub channels: usize,
    /// Summands.
    pub terms: Vec<Term>,
    /// Empty, or one number per element.
    pub bias: Vec<f64>,
    /// The model's node that it came from, for messages.
    pub origin: String,
}

/// One summand of a [`Linear`].
#[derive(Clone, Debug)]
pub struct Term {
    /// The value that the map reads.
    pub source: ValueId,
    /// A factor on the whole map.
    pub factor: f64,
    /// The map.
    pub map: Map,
}

/// `z = func(y)`, element by element.
#[derive(Clone, Debug)]
pub struct Pointwise {
    /// `y`.
    pub source: ValueId,
    /// The function.
    pub func: Func,
    /// The model's node that it came from, for messages.
    pub origin: String,
}

impl Program {
    /// An empty program over a view, for answers of this kind.
    #[must_use]
    pub fn new(input_len: usize, answers: AnswerKind) -> Self {
        Self {
            input_len,
            nodes: Vec::new(),
            answers,
        }
    }

    /// Whether this value is scores that are the answer: integers of one scale.
    #[must_use]
    pub fn is_scores(&self, value: ValueId) -> bool {
        self.answers == AnswerKind::Scores && value == self.nodes.len()
    }

    /// Elements of a value.
    #[must_use]
    pub fn len_of(&self, mut value: ValueId) -> usize {
        loop {
            match value.checked_sub(1).map(|index| &self.nodes[index]) {
                None => return self.input_len,
                Some(Node::Linear(linear)) => return linear.len,
                Some(Node::Pointwise(pointwise)) => value = pointwise.source,
            }
        }
    }

    /// Appends a node; returns the value that it defines.
    pub fn push(&mut self, node: Node) -> ValueId {
        self.nodes.push(node);
        self.nodes.len()
    }

    /// The node that defines a value; `None` for the view.
    #[must_use]
    pub fn node(&self, value: ValueId) -> Option<&Node> {
        value.checked_sub(1).map(|index| &self.nodes[index])
    }

    /// The linear node that defines a value, if one does.
    #[must_use]
    pub fn linear(&self, value: ValueId) -> Option<&Linear> {
        match self.node(value) {
            Some(Node::Linear(linear)) => Some(linear),
            _ => None,
        }
    }

    /// The pointwise node that defines a value, if one does.
    #[must_use]
    pub fn pointwise(&self, value: ValueId) -> Option<&Pointwise> {
        match self.node(value) {
            Some(Node::Pointwise(pointwise)) => Some(pointwise),
            _ => None,
        }
    }

    /// Elements of all pointwise nodes.
    #[must_use]
    pub fn activations(&self) -> usize {
        let pointwise = |value: &ValueId| self.pointwise(*value).is_some();
        (1..=self.nodes.len())
            .filter(pointwise)
            .map(|value| self.len_of(value))
            .sum()
    }

    /// Whether all weights and biases are finite numbers.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        self.nodes.iter().all(|node| match node {
            Node::Linear(linear) => {
                linear.bias.iter().all(|b| b.is_finite())
                    && linear
                        .terms
                        .iter()
                        .all(|t| t.factor.is_finite() && t.map.is_finite())
            }
            Node::Pointwise(_) => true,
        })
    }

    /// Bytes that weights and indices take in a classifier at least.
    #[must_use]
    pub fn weight_bytes(&self) -> u64 {
        let cost = |node: &Node| match node {
            Node::Linear(linear) => linear.terms.iter().map(|term| term.map.bytes()).sum(),
            Node::Pointwise(_) => 0,
        };
        self.nodes.iter().map(cost).sum()
    }

    /// Multiplications of one evaluation.
    #[must_use]
    pub fn multiplications(&self) -> u64 {
        let cost = |node: &Node| match node {
            Node::Linear(linear) => linear
                .terms
                .iter()
                .map(|term| term.map.multiplications(linear.len))
                .sum(),
            Node::Pointwise(_) => 0,
        };
        self.nodes.iter().map(cost).sum()
    }
}

impl Node {
    /// The values that the node reads.
    #[must_use]
    pub fn sources(&self) -> Vec<ValueId> {
        match self {
            Self::Linear(linear) => linear.terms.iter().map(|term| term.source).collect(),
            Self::Pointwise(pointwise) => vec![pointwise.source],
        }
    }

    /// The model's node that it came from.
    #[must_use]
    pub fn origin(&self) -> &str {
        match self {
            Self::Linear(linear) => &linear.origin,
            Self::Pointwise(pointwise) => &pointwise.origin,
        }
    }
}
