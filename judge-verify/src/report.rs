//! Reports of an outcome, in three forms with the same content: [`text`] for the terminal,
//! [`json`] for programs, [`html`] for the file of the case.
//!
//! Names, logs and origins in a report were written by the parties. All forms escape characters that
//! cannot be seen or change the direction of reading; the HTML form escapes all markup too.

use crate::signatures::Signatures;

mod content;
pub mod html;
pub mod json;
mod signed;
mod survey;
pub mod text;

/// What a report says beside the outcome.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// The command that makes it again, for a shell.
    pub command: String,
    /// Signatures and time stamps beside the files, where they were looked for.
    pub signatures: Option<Signatures>,
}

pub(crate) use html::{escape, page};

pub use content::{NOT_SHOWN, SHOWN, SHOWN_ANSWERS, Sentence, not_shown, sentence};
