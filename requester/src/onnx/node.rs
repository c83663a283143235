//! A node's name in messages, its operator set and its attributes.

use super::message::{Attribute, Node};
use super::refusal::Refusal;

/// The operator set of a node.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Domain {
    /// `ai.onnx`.
    Onnx,
    /// `ai.onnx.ml`.
    Ml,
}

/// How messages name a node: by its name, or by its first output, with its operator.
#[must_use]
pub fn title(node: &Node) -> String {
    let output = node.output.first().map_or("?", String::as_str);
    let name = if node.name.is_empty() {
        output
    } else {
        &node.name
    };
    let name: String = name.chars().take(80).collect();
    format!(
        "node '{name}' ({})",
        node.op_type.chars().take(40).collect::<String>()
    )
}

/// The domain of a node.
///
/// # Errors
/// When it is neither `ai.onnx` nor `ai.onnx.ml`.
pub fn domain(node: &Node) -> Result<Domain, Refusal> {
    match node.domain.as_str() {
        "" | "ai.onnx" => Ok(Domain::Onnx),
        "ai.onnx.ml" => Ok(Domain::Ml),
        other => Err(Refusal::new(
            format!(
                "{}: the operator set '{other}' is not supported",
                title(node)
            ),
            "export with standard ONNX operators only",
        )),
    }
}

/// Finds an attribute by name.
#[must_use]
pub fn attribute<'a>(node: &'a Node, name: &str) -> Option<&'a Attribute> {
    node.attribute
        .iter()
        .find(|attribute| attribute.name == name)
}
