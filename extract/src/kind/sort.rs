//! The order of the ways to tell a kind.

use super::{Kind, binary, extension, opening};
use crate::{archive, office, text};

/// A kind, and whether the name decided it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Found {
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

/// Finds the kind of a file that is not empty.
pub(crate) fn find(bytes: &[u8], name: &str) -> Found {
    match binary::by_magic(bytes) {
        Some(Kind::Zip) => return archive::zip::kind(bytes).into(),
        Some(Kind::Ole) => return office::ole::kind(bytes).into(),
        Some(kind) => return kind.into(),
        None => {}
    }
    if !text::charset::is_text(bytes) {
        return binary::by_structure(bytes).unwrap_or(Kind::Binary).into();
    }
    if let Some(kind) = binary::by_structure(bytes) {
        return kind.into();
    }
    opening::find(bytes, &extension(name))
}
