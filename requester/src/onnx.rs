//! Reading an ONNX file: bytes to a checked list of nodes and constants.
//!
//! Every file is treated as hostile: size and message limits before decoding, no external data,
//! no subgraphs, every name defined once and before its use (so a cycle cannot occur).

pub mod limits;
pub mod message;
mod node;
mod refusal;
pub mod tensor;
pub mod types;
mod wire;

pub use node::{Domain, attribute, domain, title};
pub use refusal::Refusal;

use message::{Dimension, Model, Node, ValueInfo};
use prost::Message;
use refusal::EXPORT;
use std::collections::{BTreeMap, BTreeSet};
use tensor::Content;

/// Versions of `ai.onnx` that are understood.
pub const OPSETS: std::ops::RangeInclusive<i64> = 7..=24;
/// Versions of `ai.onnx.ml` that are understood.
pub const ML_OPSETS: std::ops::RangeInclusive<i64> = 1..=5;

/// A model: nodes in an order in which every value is defined before it is used.
pub struct Source {
    /// Nodes.
    pub nodes: Vec<Node>,
    /// Named constants.
    pub constants: BTreeMap<String, Content>,
    /// The element types of the named constants, as the file numbers them.
    pub types: BTreeMap<String, i32>,
    /// The one input that is not a constant.
    pub input: Input,
    /// Names of the outputs, in order.
    pub outputs: Vec<String>,
    /// Version of `ai.onnx`.
    pub opset: i64,
}

/// The model's input.
pub struct Input {
    /// Name.
    pub name: String,
    /// Shape with the batch axis set to 1, or `None` where the file declares none.
    pub shape: Option<Vec<usize>>,
    /// Element type, as the file numbers it.
    pub element_type: i32,
}

/// What to do about a constant that cannot be read.
pub const WEIGHTS: &str =
    "export the model again, with finite weights of type float32 in the file itself";

/// Reads a model.
///
/// # Errors
/// Says what is wrong and what to do.
pub fn read(file: &[u8]) -> Result<Source, Refusal> {
    if file.len() as u64 > limits::FILE {
        let what = format!(
            "the model has {} bytes, the limit is {}",
            file.len(),
            limits::FILE
        );
        return Err(Refusal::new(what, "use a smaller network"));
    }
    let broken = |reason: &str| Refusal::new(format!("the model cannot be read: {reason}"), EXPORT);
    wire::check(file).map_err(|reason| broken(&reason))?;
    let model = Model::decode(file).map_err(|error| broken(&error.to_string()))?;
    if !model.functions.is_empty() {
        return Err(Refusal::new(
            "the model defines functions of its own",
            "inline them before drafting (onnx.inliner.inline_local_functions)",
        ));
    }
    let graph = model
        .graph
        .clone()
        .ok_or_else(|| broken("it has no graph"))?;
    if !graph.sparse_initializer.is_empty() {
        let what = "the model has sparse initializers";
        return Err(Refusal::new(what, "export its weights as dense tensors"));
    }
    if graph.node.len() > limits::NODES {
        let what = format!(
            "it has {} nodes, the limit is {}",
            graph.node.len(),
            limits::NODES
        );
        return Err(Refusal::new(what, "use a smaller network"));
    }
    let opset = opset(&model, &graph.node)?;
    let mut constants = BTreeMap::new();
    let mut types = BTreeMap::new();
    for message in &graph.initializer {
        let content = tensor::decode(message).map_err(|reason| {
            Refusal::new(format!("initializer '{}': {reason}", message.name), WEIGHTS)
        })?;
        types.insert(message.name.clone(), message.data_type);
        if constants.insert(message.name.clone(), content).is_some() {
            return Err(broken(&format!("'{}' is defined twice", message.name)));
        }
    }
    let input = input(&graph.input, &constants)?;
    let nodes = in_order(graph.node, &constants, &input.name)?;
    let outputs: Vec<String> = graph.output.into_iter().map(|output| output.name).collect();
    if outputs.is_empty() {
        return Err(broken("it has no outputs"));
    }
    Ok(Source {
        nodes,
        constants,
        types,
        input,
        outputs,
        opset,
    })
}

/// Checks the versions of the operator sets in use; returns that of `ai.onnx`.
fn opset(model: &Model, nodes: &[Node]) -> Result<i64, Refusal> {
    let mut versions: BTreeMap<Domain, i64> = BTreeMap::new();
    for import in &model.opset_import {
        let domain = match import.domain.as_str() {
            "" | "ai.onnx" => Domain::Onnx,
            "ai.onnx.ml" => Domain::Ml,
            _ => continue,
        };
        let version = versions.entry(domain).or_insert(import.version);
        *version = (*version).max(import.version);
    }
    let mut used = BTreeSet::new();
    for node in nodes {
        used.insert(domain(node)?);
    }
    for domain in used {
        let (name, range) = match domain {
            Domain::Onnx => ("ai.onnx", OPSETS),
            Domain::Ml => ("ai.onnx.ml", ML_OPSETS),
        };
        let version = versions.get(&domain).copied();
        if !version.is_some_and(|version| range.contains(&version)) {
            let version = version.map_or("none".to_owned(), |version| version.to_string());
            return Err(Refusal::new(
                format!(
                    "the model declares version {version} of {name}, supported are {} to {}",
                    range.start(),
                    range.end()
                ),
                format!(
                    "export it again with a version in that range (opset {})",
                    range.end()
                ),
            ));
        }
    }
    Ok(versions
        .get(&Domain::Onnx)
        .copied()
        .unwrap_or(*OPSETS.end()))
}

/// Finds the one input that is not a constant, and its shape.
fn input(declared: &[ValueInfo], constants: &BTreeMap<String, Content>) -> Result<Input, Refusal> {
    let free: Vec<&ValueInfo> = declared
        .iter()
        .filter(|value| !constants.contains_key(&value.name))
        .collect();
    let [value] = free.as_slice() else {
        return Err(Refusal::new(
            format!(
                "the model has {} inputs, but a view is one tensor",
                free.len()
            ),
            "export a model with exactly one input",
        ));
    };
    let name = value.name.clone();
    let refuse = |reason: String| {
        let what = format!("input '{name}': {reason}");
        let fix = "export with fixed sizes (only the batch axis may be left open), or fix them with \
                   python -m onnxruntime.tools.make_dynamic_shape_fixed \
                   --input_name NAME --input_shape 1,C,H,W MODEL FIXED";
        Refusal::new(what, fix)
    };
    let tensor = value.kind.as_ref().and_then(|kind| kind.tensor.as_ref());
    let tensor = tensor.ok_or_else(|| refuse("it is not a tensor".to_owned()))?;
    if !matches!(tensor.elem_type, 1..=7 | 10..=13 | 16) {
        let element_type = types::name(tensor.elem_type.into());
        return Err(Refusal::new(
            format!("input '{name}': its elements are of {element_type}, not numbers"),
            "export a model that reads numbers: the view has turned the document into them",
        ));
    }
    let Some(shape) = &tensor.shape else {
        return Ok(Input {
            name: name.clone(),
            shape: None,
            element_type: tensor.elem_type,
        });
    };
    if shape.dim.is_empty() || shape.dim.len() > tensor::MAX_RANK {
        return Err(refuse(format!("it has {} axes", shape.dim.len())));
    }
    let size = |(axis, dim): (usize, &Dimension)| match dim.value {
        Some(value) if (1..=1 << 20).contains(&value) => Ok(value as usize),
        // The batch axis: a name, nothing, or (in old exports) zero or -1.
        None | Some(-1 | 0) if axis == 0 => Ok(1),
        Some(value) => Err(refuse(format!("axis {axis} has size {value}"))),
        None => Err(refuse(format!("the size of axis {axis} is not fixed"))),
    };
    let sizes: Vec<usize> = shape
        .dim
        .iter()
        .enumerate()
        .map(size)
        .collect::<Result<_, _>>()?;
    if sizes
        .iter()
        .try_fold(1usize, |n, &d| n.checked_mul(d))
        .is_none_or(|n| n > 1 << 24)
    {
        return Err(refuse("it has too many elements".to_owned()));
    }
    Ok(Input {
        name: name.clone(),
        shape: Some(sizes),
        element_type: tensor.elem_type,
    })
}

/// Sorts the nodes so that every value is defined before its use, or refuses a graph that has no
/// such order. The specification asks for this order, but some tools do not keep it.
fn in_order(
    nodes: Vec<Node>,
    constants: &BTreeMap<String, Content>,
    input: &str,
) -> Result<Vec<Node>, Refusal> {
    let mut producer: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, node) in nodes.iter().enumerate() {
        for output in node.output.iter().filter(|output| !output.is_empty()) {
            let known = constants.contains_key(output) || output == input;
            if known || producer.insert(output, index).is_some() {
                let what = format!("{}: the value '{output}' is defined twice", title(node));
                return Err(Refusal::new(what, EXPORT));
            }
        }
    }
    let mut waiting = vec![0usize; nodes.len()];
    let mut readers: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
    for (index, node) in nodes.iter().enumerate() {
        for name in node.input.iter().filter(|name| !name.is_empty()) {
            if let Some(&from) = producer.get(name.as_str()) {
                waiting[index] += 1;
                readers[from].push(index);
            } else if !constants.contains_key(name) && name != input {
                let what = format!("{}: nothing defines its input '{name}'", title(node));
                return Err(Refusal::new(what, EXPORT));
            }
        }
    }
    let mut ready: BTreeSet<usize> = (0..nodes.len()).filter(|&i| waiting[i] == 0).collect();
    let mut order = Vec::with_capacity(nodes.len());
    while let Some(index) = ready.pop_first() {
        order.push(index);
        for &reader in &readers[index] {
            waiting[reader] -= 1;
            if waiting[reader] == 0 {
                ready.insert(reader);
            }
        }
    }
    if let Some(stuck) = (0..nodes.len()).find(|&index| waiting[index] > 0) {
        let what = format!("{} depends on its own output", title(&nodes[stuck]));
        return Err(Refusal::new(what, EXPORT));
    }
    let mut slots: Vec<Option<Node>> = nodes.into_iter().map(Some).collect();
    Ok(order
        .into_iter()
        .filter_map(|index| slots[index].take())
        .collect())
}
