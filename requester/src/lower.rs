//! An ONNX model as a program with real weights.
//!
//! Shapes are static: the batch axis is 1 and stays part of every shape, as in the model. What
//! can be computed from constants alone is computed here (shape arithmetic in particular).

pub mod call;
pub mod input;
pub mod symbol;

pub use call::Call;
pub use symbol::{Label, Ratio, Symbol, Value};

use crate::float::formula::Formula;
use crate::float::{Linear, Map, Node, Pointwise, Program, Term, ValueId, func::Func};
use crate::onnx::tensor::{Content, Tensor};
use crate::onnx::{self, Refusal, Source};
use crate::operators;
use duces_protocol::classifier::limits;
use input::InputRule;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

/// A lowered model.
pub struct Lowered {
    /// The program so far, without a decision.
    pub program: Program,
    /// Named outputs, in the model's order.
    pub outputs: Vec<(String, Symbol)>,
    /// What each of the model's nodes became, for `requester check`.
    pub report: Vec<String>,
}

/// Why an operator was refused; the caller adds the node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsupported {
    /// What is wrong.
    pub reason: String,
    /// What to do.
    pub fix: String,
}

impl Unsupported {
    /// A refusal with its remedy.
    pub fn new(reason: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            fix: fix.into(),
        }
    }

    /// A refusal of a malformed node.
    pub fn malformed(reason: impl Into<String>) -> Self {
        Self::new(
            reason,
            "export the model again, and run onnx.checker.check_model on the file",
        )
    }
}

/// Builds the program while nodes are visited.
pub struct Builder {
    /// The program.
    pub program: Program,
    /// The node being lowered, for messages.
    pub origin: String,
    /// Elements of all linear values.
    total: usize,
    /// Values that are computed element by element from an earlier one, and how.
    formulas: BTreeMap<ValueId, (ValueId, Arc<Formula>)>,
}

/// Elements of all linear values together: what memory is spent on.
const MAX_ELEMENTS: usize = 1 << 25;

/// The number of elements of a shape.
///
/// # Errors
/// When it is zero, or more than a classifier's value may have.
pub fn fits(shape: &[usize]) -> Result<usize, Unsupported> {
    let len = shape.iter().try_fold(1usize, |n, &d| n.checked_mul(d));
    len.filter(|len| (1..=limits::VALUE_LEN).contains(len))
        .ok_or_else(|| {
            Unsupported::new(
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
            program: Program::new(input_len),
            origin,
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
    ) -> Result<Value, Unsupported> {
        let len = fits(&shape)?;
        self.total += len;
        if self.total > MAX_ELEMENTS || self.program.nodes.len() >= limits::NODES {
            return Err(Unsupported::new(
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
    ) -> Result<Value, Unsupported> {
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

    /// A value as an expression in an earlier value, element by element; in itself where nothing
    /// else is known.
    #[must_use]
    pub fn formula_of(&self, value: &Value) -> (ValueId, Arc<Formula>) {
        let known = self.formulas.get(&value.id).cloned();
        known.unwrap_or_else(|| (value.id, Formula::argument()))
    }

    /// Notes that a value is an expression in an earlier one, unless the expression is too long.
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
    ) -> Result<Value, Unsupported> {
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
    pub fn constant(&mut self, tensor: &Tensor) -> Result<Value, Unsupported> {
        self.linear(tensor.shape.clone(), Vec::new(), tensor.data.clone())
    }

    /// A symbol as a value: a constant becomes a node without terms.
    ///
    /// # Errors
    /// When it is a label, or a probability that was not resolved.
    pub fn value(&mut self, symbol: &Symbol) -> Result<Value, Unsupported> {
        match symbol {
            Symbol::Value(value) => Ok(value.clone()),
            Symbol::Constant(tensor) => self.constant(tensor),
            Symbol::Ratio(_) => Err(Unsupported::new(
                "it reads the output of a Softmax or Normalizer, which is supported at the end only",
                "remove what follows, or export the scores (logits) instead",
            )),
            Symbol::Label(_) | Symbol::Strings(_) => Err(Unsupported::new(
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

/// Lowers a model whose input is read by `rule`.
///
/// # Errors
/// Names the first node that stands in the way.
pub fn lower(source: &Source, rule: &InputRule) -> Result<Lowered, Refusal> {
    let mut refusals = Vec::new();
    let lowered = lower_all(source, rule, &mut refusals);
    match (lowered, refusals.into_iter().next()) {
        (_, Some(refusal)) | (Err(refusal), None) => Err(refusal),
        (Ok(lowered), None) => Ok(lowered),
    }
}

/// Lowers a model; nodes that cannot be lowered are listed in `refusals`, and what depends on
/// them is left out.
///
/// # Errors
/// When the input does not fit.
pub fn lower_all(
    source: &Source,
    rule: &InputRule,
    refusals: &mut Vec<Refusal>,
) -> Result<Lowered, Refusal> {
    let mut builder = Builder::new(rule.len(), format!("input '{}'", source.input.name));
    let mut values: BTreeMap<&str, Symbol> = BTreeMap::new();
    for (name, content) in &source.constants {
        values.insert(name, content_symbol(content.clone()));
    }
    let input = rule
        .lower(&mut builder)
        .map_err(|why| refuse(&builder.origin, why))?;
    values.insert(&source.input.name, Symbol::Value(input));
    let mut report = Vec::new();
    let mut types: BTreeMap<&str, i32> = BTreeMap::new();
    types.insert(&source.input.name, source.input.element_type);
    for (name, element_type) in &source.types {
        types.insert(name, *element_type);
    }
    for node in &source.nodes {
        builder.origin = onnx::title(node);
        let names = node.input.iter();
        let inputs: Option<Vec<Option<Symbol>>> = names
            .map(|name| {
                if name.is_empty() {
                    Some(None)
                } else {
                    values.get(name.as_str()).cloned().map(Some)
                }
            })
            .collect();
        // A missing input has been reported where it should have been defined.
        let Some(inputs) = inputs else { continue };
        let own = node.input.iter();
        let own: Vec<Option<i32>> = own.map(|name| types.get(name.as_str()).copied()).collect();
        let element_type = onnx::types::of_output(node, &own);
        let call = Call::new(node, inputs, own, source.opset);
        match operators::lower(&call, &mut builder) {
            Ok(outputs) => {
                report.push(describe(&builder, &outputs));
                for (name, symbol) in node.output.iter().zip(outputs) {
                    values.insert(name, symbol);
                    types.extend(element_type.map(|element_type| (name.as_str(), element_type)));
                }
            }
            Err(why) => refusals.push(refuse(&builder.origin, why)),
        }
    }
    let named = |name: &String| values.get(name.as_str()).map(|s| (name.clone(), s.clone()));
    let outputs: Vec<(String, Symbol)> = source.outputs.iter().filter_map(named).collect();
    if outputs.len() < source.outputs.len() && refusals.is_empty() {
        let what = "the graph does not define all its outputs";
        return Err(Refusal::new(what, Unsupported::malformed("").fix));
    }
    Ok(Lowered {
        program: builder.program,
        outputs,
        report,
    })
}

fn content_symbol(content: Content) -> Symbol {
    match content {
        Content::Numbers(tensor) => Symbol::Constant(Rc::new(tensor)),
        Content::Strings(strings) => Symbol::Strings(strings),
    }
}

fn refuse(origin: &str, why: Unsupported) -> Refusal {
    Refusal::new(format!("{origin}: {}", why.reason), why.fix)
}

fn describe(builder: &Builder, outputs: &[Symbol]) -> String {
    let shapes: Vec<String> = outputs.iter().map(Symbol::describe).collect();
    format!("{} → {}", builder.origin, shapes.join(", "))
}
