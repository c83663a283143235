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
}

impl QuantiseError {
    /// An error of one layer.
    pub fn layer(program: &Program, value: ValueId, reason: impl Into<String>) -> Self {
        let node = program.node(value);
        Self {
            layer: node.map_or("the input", |node| node.origin()).to_owned(),
            reason: reason.into(),
        }
    }

    /// An error of no layer in particular.
    pub fn classifier(reason: impl Into<String>) -> Self {
        Self {
            layer: "the classifier".to_owned(),
            reason: reason.into(),
        }
    }
}
