//! What a program prints: results to standard output, everything else to standard error.
//!
//! A closed pipe is no error: whoever reads has seen enough. Any other fault of standard output
//! is one, such as a full disk behind it: the user would take a part for the whole.

use crate::failure::Failure;
use std::fmt::Display;
use std::io::{self, ErrorKind, Write};

/// Writes a line, or several with line feeds between them, to standard output.
///
/// # Errors
/// When standard output takes no more, a closed pipe apart.
pub fn say(text: impl Display) -> Result<(), Failure> {
    match writeln!(io::stdout(), "{text}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::unable(
            format!("cannot write to standard output: {error}"),
            "check the space on the disk, if the output goes to a file",
        )),
        _ => Ok(()),
    }
}

/// Writes a line to standard error: an error, or how far the work is.
pub fn note(text: impl Display) {
    // Where standard error takes no more, there is no place left to say so.
    let _ = writeln!(io::stderr(), "{text}");
}
