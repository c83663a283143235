//! Why no integer classifier was found.

use crate::float::{Program, ValueId};
use thiserror::Error;

/// Why no integer classifier was found.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[error("{layer}: {reason}")]
pub struct QuantiseError {
    /// The layer, by the model's node.
    pub layer: String,
    /// Why it cannot be quantised.
    pub reason: String,
    /// Whether it is too large, whatever its scales are: then other table sizes do not help.
    pub too_large: bool,
}

impl QuantiseError {
    /// An error of one layer.
    pub fn layer(program: &Program, value: ValueId, reason: impl Into<String>) -> Self {
        let node = program.node(value);
        Self {
            layer: node.map_or("the input", |node| node.origin()).to_owned(),
            reason: reason.into(),
            too_large: false,
        }
    }

    /// The classifier breaks a limit, whatever its scales are.
    pub fn too_large(reason: impl Into<String>) -> Self {
        Self {
            too_large: true,
            ..Self::classifier(reason)
        }
    }

    /// An error of no layer in particular.
    pub fn classifier(reason: impl Into<String>) -> Self {
        Self {
            layer: "the classifier".to_owned(),
            reason: reason.into(),
            too_large: false,
        }
    }
}
