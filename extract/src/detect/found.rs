//! What the detection of a type returns.

use crate::kind::Kind;

/// A kind, and whether the name decided it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Found {
    /// The kind.
    pub kind: Kind,
    /// The extension that decided, where the bytes left it open.
    pub by_name: Option<&'static str>,
}

impl From<Kind> for Found {
    fn from(kind: Kind) -> Self {
        Self {
            kind,
            by_name: None,
        }
    }
}
