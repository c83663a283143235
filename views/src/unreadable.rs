//! Why a file has no document.

use duces_protocol::exceptions::Reason;
use std::io;
use thiserror::Error;

/// The reason why a file could not be read: a closed vocabulary, so that an exception says what the
/// matter is and nothing about the file beyond it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Error)]
pub enum Unreadable {
    /// The type, or a feature of it, has no reader here.
    #[error("files of this type are not read")]
    Unsupported,
    /// The content contradicts its format, or ends too early.
    #[error("the file is damaged")]
    Damaged,
    /// A limit of [`crate::Limits`] is exceeded.
    #[error("the file exceeds a size limit of the profile")]
    TooLarge,
    /// The file has no bytes.
    #[error("the file is empty")]
    Empty,
    /// No known type, and not text either.
    #[error("the file is neither of a known type nor text")]
    NotText,
    /// The operating system could not read it, or it is not a regular file.
    #[error("the file could not be read from disk")]
    Io,
}

impl Unreadable {
    /// The whole vocabulary.
    pub const ALL: [Self; 6] = [
        Self::Unsupported,
        Self::Damaged,
        Self::TooLarge,
        Self::Empty,
        Self::NotText,
        Self::Io,
    ];

    /// The word that stands in files and reports.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Unsupported => "unsupported-type",
            Self::Damaged => "damaged",
            Self::TooLarge => "too-large",
            Self::Empty => "empty",
            Self::NotText => "not-text",
            Self::Io => "io-error",
        }
    }

    /// The reason of a word that [`Self::code`] gave.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }
}

impl From<Unreadable> for Reason {
    /// The reason that a commitment states for it.
    fn from(unreadable: Unreadable) -> Self {
        match unreadable {
            Unreadable::Unsupported => Self::UnsupportedType,
            Unreadable::Damaged => Self::Damaged,
            Unreadable::TooLarge => Self::TooLarge,
            Unreadable::Empty => Self::Empty,
            Unreadable::NotText => Self::NotText,
            Unreadable::Io => Self::ReadError,
        }
    }
}

impl From<io::Error> for Unreadable {
    fn from(_: io::Error) -> Self {
        Self::Io
    }
}
