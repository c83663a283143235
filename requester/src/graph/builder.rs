//! Collects the nodes of a program while a model is lowered.

use super::symbol::{Symbol, Value};
use crate::float::formula::Formula;
use crate::float::{Func, Linear, Map, Node, Pointwise, Program, Term, ValueId};
use crate::onnx::Refusal;
use crate::onnx::tensor::Tensor;
use duces_protocol::answers::AnswerKind;
use duces_protocol::classifier::limits;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Builds the program while nodes are visited.
pub struct Builder {
    /// The program.
    pub program: Program,
    /// The node being lowered, for messages.
    pub origin: String,
    /// Whether the model's weights are hidden, so that no table may hold them.
    pub hides_weights: bool,
    /// Elements of all linear values.
    total: usize,
    /// Values that are computed element by element from an earlier one, and how.
    formulas: BTreeMap<ValueId, (ValueId, Arc<Formula>)>,
}

/// Elements of all linear values together: they decide how much memory is used.
const MAX_ELEMENTS: usize = 1 << 25;

/// The number of elements of a shape.
///
/// # Errors
/// When it is zero, or more than a classifier's value may have.
pub fn fits(shape: &[usize]) -> Result<usize, Refusal> {
    let len = shape.iter().try_fold(1usize, |n, &d| n.checked_mul(d));
    len.filter(|len| (1..=limits::VALUE_LEN).contains(len))
        .ok_or_else(|| {
            Refusal::new(
                format!("its output of shape {shape:?} is empty or too large"),
                "use a smaller network",
            )
        })
}

impl Builder {
    /// An empty program over a view of `input_len` bytes.
    #[must_use]
    pub fn new(input_len: usize, origin: String) -> Self {
        Self {
            program: Program::new(input_len, AnswerKind::Match),
            origin,
            hides_weights: false,
            total: 0,
            formulas: BTreeMap::new(),
        }
    }

    /// Appends a linear node of the given shape and returns its value.
    ///
    /// # Errors
    /// When it is larger than a classifier may be.
    pub fn linear(
        &mut self,
        shape: Vec<usize>,
        terms: Vec<Term>,
        bias: Vec<f64>,
    ) -> Result<Value, Refusal> {
        let len = fits(&shape)?;
        self.total += len;
        if self.total > MAX_ELEMENTS || self.program.nodes.len() >= limits::NODES {
            return Err(Refusal::new(
                format!("the model has more than {MAX_ELEMENTS} intermediate values"),
                "use a smaller network",
            ));
        }
        let channels = if shape.len() > 2 && shape[0] == 1 {
            shape[1]
        } else {
            len
        };
        let origin = self.origin.clone();
        let id = self.program.push(Node::Linear(Linear {
            len,
            channels,
            terms,
            bias,
            origin,
        }));
        Ok(Value { id, shape })
    }

    /// Applies one map to a value.
    ///
    /// # Errors
    /// As [`Self::linear`].
    pub fn map(
        &mut self,
        source: &Value,
        shape: Vec<usize>,
        map: Map,
        bias: Vec<f64>,
    ) -> Result<Value, Refusal> {
        self.linear(
            shape,
            vec![Term {
                source: source.id,
                factor: 1.0,
                map,
            }],
            bias,
        )
    }

    /// Applies a function to every element.
    pub fn pointwise(&mut self, source: &Value, func: Func) -> Value {
        let origin = self.origin.clone();
        let node = Pointwise {
            source: source.id,
            func,
            origin,
        };
        Value {
            id: self.program.push(Node::Pointwise(node)),
            shape: source.shape.clone(),
        }
    }

    /// A value as an expression in an earlier value, element by element. Where none is known, it is
    /// an expression in itself.
    #[must_use]
    pub fn formula_of(&self, value: &Value) -> (ValueId, Arc<Formula>) {
        let known = self.formulas.get(&value.id).cloned();
        known.unwrap_or_else(|| (value.id, Formula::argument()))
    }

    /// Records that a value is an expression in an earlier one, unless the expression is too long.
    pub fn note(&mut self, value: &Value, base: ValueId, formula: Arc<Formula>) {
        if formula.is_small() {
            self.formulas.insert(value.id, (base, formula));
        }
    }

    /// Rearranges elements; [`crate::float::map::ZERO`] marks a zero.
    ///
    /// # Errors
    /// As [`Self::linear`].
    pub fn select(
        &mut self,
        source: &Value,
        shape: Vec<usize>,
        index: Vec<u32>,
    ) -> Result<Value, Refusal> {
        let identity =
            index.len() == source.len() && index.iter().zip(0u32..).all(|(&i, j)| i == j);
        if identity {
            return Ok(Value {
                id: source.id,
                shape,
            });
        }
        self.map(source, shape, Map::Select(index), Vec::new())
    }

    /// A constant as a value.
    ///
    /// # Errors
    /// As [`Self::linear`].
    pub fn constant(&mut self, tensor: &Tensor) -> Result<Value, Refusal> {
        self.linear(tensor.shape.clone(), Vec::new(), tensor.data.clone())
    }

    /// A symbol as a value: a constant becomes a node without terms.
    ///
    /// # Errors
    /// When it is a label, or probabilities.
    pub fn value(&mut self, symbol: &Symbol) -> Result<Value, Refusal> {
        match symbol {
            Symbol::Value(value) => Ok(value.clone()),
            Symbol::Constant(tensor) => self.constant(tensor),
            Symbol::Ratio(_) => Err(Refusal::new(
                "it reads the output of a Softmax or Normalizer, which is supported at the end of a model only",
                "remove what follows, or export the scores (logits) instead",
            )),
            Symbol::Label(_) | Symbol::Strings(_) => Err(Refusal::new(
                "it computes with class labels",
                "end the model with scores or probabilities",
            )),
        }
    }

    /// The pointwise function that defines a value, with what it reads.
    #[must_use]
    pub fn pointwise_of(&self, value: &Value) -> Option<(ValueId, Func)> {
        self.program
            .pointwise(value.id)
            .map(|node| (node.source, node.func.clone()))
    }
}
