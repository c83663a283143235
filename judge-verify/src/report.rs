//! Reports of an outcome, in three forms with the same content: [`text`] for the terminal,
//! [`json`] for programs, [`html`] for the file of the case.
//!
//! Names, logs and origins in a report were written by the parties. All forms escape characters that
//! cannot be seen or change the direction of reading; the HTML form escapes all markup too.

mod content;
pub mod html;
pub mod json;
pub mod text;

pub(crate) use html::{escape, page};

pub use content::{NOT_SHOWN, SHOWN, SHOWN_ANSWERS, Sentence, not_shown, sentence};
