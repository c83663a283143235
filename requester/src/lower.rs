//! An ONNX model as a program with real weights.
//!
//! Shapes are static: the batch axis is 1 and stays part of every shape, as in the model. What
//! can be computed from constants alone is computed here (shape arithmetic in particular).

pub mod input;

use crate::float::Program;
use crate::graph::{Builder, Call, Symbol};
use crate::onnx::message::Node;
use crate::onnx::tensor::Content;
use crate::onnx::{self, Refusal, Source};
use crate::operators;
use input::InputRule;
use std::collections::BTreeMap;
use std::rc::Rc;

/// A lowered model.
pub struct Lowered {
    /// The program so far, without a decision.
    pub program: Program,
    /// Named outputs, in the model's order.
    pub outputs: Vec<(String, Symbol)>,
    /// What each of the model's nodes became, for `requester check`.
    pub report: Vec<String>,
}

/// Lowers a model whose input is read by `rule`.
///
/// # Errors
/// Names the first node that cannot be lowered.
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
/// When the input does not fit, or an output is never defined.
pub fn lower_all(
    source: &Source,
    rule: &InputRule,
    refusals: &mut Vec<Refusal>,
) -> Result<Lowered, Refusal> {
    let mut lowering = Lowering::start(source, rule)?;
    for node in &source.nodes {
        if let Err(refusal) = lowering.node(node, source.opset) {
            refusals.push(refusal);
        }
    }
    let outputs = lowering.outputs(source);
    if outputs.len() < source.outputs.len() && refusals.is_empty() {
        return Err(Refusal::malformed(
            "the graph does not define all its outputs",
        ));
    }
    Ok(Lowered {
        program: lowering.builder.program,
        outputs,
        report: lowering.report,
    })
}

/// The state while nodes are visited in order.
struct Lowering<'a> {
    builder: Builder,
    /// What each name stands for.
    symbols: BTreeMap<&'a str, Symbol>,
    /// The element type of each name, as the file numbers it, where it is known.
    types: BTreeMap<&'a str, i32>,
    report: Vec<String>,
}

impl<'a> Lowering<'a> {
    /// Defines the constants and the input.
    fn start(source: &'a Source, rule: &InputRule) -> Result<Self, Refusal> {
        let mut builder = Builder::new(rule.len(), format!("input '{}'", source.input.name));
        builder.hides_weights = rule.hides_weights();
        let mut symbols: BTreeMap<&str, Symbol> = BTreeMap::new();
        for (name, content) in &source.constants {
            symbols.insert(name, constant(content.clone()));
        }
        let input = rule
            .lower(&mut builder)
            .map_err(|refusal| refusal.at(&builder.origin))?;
        symbols.insert(&source.input.name, Symbol::Value(input));
        let mut types: BTreeMap<&str, i32> = BTreeMap::new();
        types.insert(&source.input.name, source.input.element_type);
        for (name, element_type) in &source.types {
            types.insert(name, *element_type);
        }
        Ok(Self {
            builder,
            symbols,
            types,
            report: Vec::new(),
        })
    }

    /// Lowers one node and defines its outputs.
    fn node(&mut self, node: &'a Node, opset: i64) -> Result<(), Refusal> {
        self.builder.origin = onnx::title(node);
        // A missing input belongs to a node that was refused before.
        let Some(inputs) = self.inputs(node) else {
            return Ok(());
        };
        let types = node.input.iter();
        let types: Vec<Option<i32>> = types
            .map(|name| self.types.get(name.as_str()).copied())
            .collect();
        let output_type = onnx::types::of_output(node, &types);
        let call = Call::new(node, inputs, types, opset);
        let outputs = operators::lower(&call, &mut self.builder)
            .map_err(|refusal| refusal.at(&self.builder.origin))?;
        let described: Vec<String> = outputs.iter().map(Symbol::describe).collect();
        self.report.push(format!(
            "{} → {}",
            self.builder.origin,
            described.join(", ")
        ));
        for (name, symbol) in node.output.iter().zip(outputs) {
            self.symbols.insert(name, symbol);
            self.types
                .extend(output_type.map(|element_type| (name.as_str(), element_type)));
        }
        Ok(())
    }

    /// What a node's inputs stand for, `None` for an omitted one; nothing when one is not defined.
    fn inputs(&self, node: &Node) -> Option<Vec<Option<Symbol>>> {
        let symbol = |name: &String| match name.as_str() {
            "" => Some(None),
            name => self.symbols.get(name).cloned().map(Some),
        };
        node.input.iter().map(symbol).collect()
    }

    /// The model's outputs that are defined.
    fn outputs(&self, source: &Source) -> Vec<(String, Symbol)> {
        let named = |name: &String| {
            let symbol = self.symbols.get(name.as_str())?;
            Some((name.clone(), symbol.clone()))
        };
        source.outputs.iter().filter_map(named).collect()
    }
}

fn constant(content: Content) -> Symbol {
    match content {
        Content::Numbers(tensor) => Symbol::Constant(Rc::new(tensor)),
        Content::Strings(strings) => Symbol::Strings(strings),
    }
}
