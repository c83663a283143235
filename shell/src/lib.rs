//! What the three programs share around their commands: errors and exit codes, reading and writing
//! of files, what is printed, progress.
//!
//! ```text
//! main ─► start ─► run ─► the program's command ─► done: 0 | Failure: 1 or 2, in two lines
//! ```
//!
//! Invariants, for every program:
//!
//! * An error is exactly two lines on standard error: `error: …` and `  fix: …`. Text of others in
//!   it stays on its line and hides nothing ([`one_line`]).
//! * A panic ends in two lines too, never in a trace.
//! * A closed pipe, as in `requester inspect REQUEST | head -3`, is no error.
//! * A file is read up to a limit ([`read`]), and written whole or not at all ([`output`]); nothing
//!   is overwritten that the user did not name with `--force`.
//!
//! It starts the extractor ([`extractor`]); beyond that it knows nothing of documents, requests or proofs.

pub mod extractor;
pub mod failure;
pub mod folder;
pub mod memory;
pub mod output;
pub mod program;
pub mod progress;
pub mod read;
pub mod terminal;

pub use duces_protocol::text::one_line;
pub use failure::{Blame, Failure, shown};
pub use program::{Program, run, start};
pub use terminal::{note, say};
