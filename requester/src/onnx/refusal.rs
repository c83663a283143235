//! Why a model is refused.

use thiserror::Error;

/// What to do about a malformed model.
pub const EXPORT: &str = "export the model again, and run onnx.checker.check_model on the file";

/// Why a model, or one of its nodes, was refused.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[error("{what}")]
pub struct Refusal {
    /// What is wrong. An operator's lowering does not name its node; [`Self::at`] adds the name.
    pub what: String,
    /// What to do.
    pub fix: String,
}

impl Refusal {
    /// A refusal with its remedy.
    pub fn new(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            fix: fix.into(),
        }
    }

    /// A refusal of a malformed file or node.
    pub fn malformed(what: impl Into<String>) -> Self {
        Self::new(what, EXPORT)
    }

    /// The same refusal, with the place in the model that it is about.
    #[must_use]
    pub fn at(self, place: &str) -> Self {
        Self::new(format!("{place}: {}", self.what), self.fix)
    }
}
