//! Figures of a run for `--json`: how much, how long, how large.

use duces_shell::output::write_file;
use duces_shell::{Failure, memory};
use serde::Serialize;
use std::path::Path;

/// What a run took.
#[derive(Serialize)]
pub struct Figures {
    /// The command.
    pub command: &'static str,
    /// Items that it worked on in this run.
    pub items: u64,
    /// Wall-clock seconds.
    pub seconds: f64,
    /// Bytes of the output of this run.
    pub bytes: u64,
    /// The largest resident memory so far, where the system tells (Linux).
    pub peak_memory_bytes: Option<u64>,
}

impl Figures {
    /// The figures of a run that ends now.
    #[must_use]
    pub fn new(command: &'static str, items: u64, seconds: f64, bytes: u64) -> Self {
        Self {
            command,
            items,
            seconds,
            bytes,
            peak_memory_bytes: memory::peak(),
        }
    }

    /// Writes them where the user asked for them.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: Option<&Path>, force: bool) -> Result<(), Failure> {
        let Some(path) = path else { return Ok(()) };
        let mut text = serde_json::to_string_pretty(self).expect("figures are plain numbers");
        text.push('\n');
        write_file(path, text.as_bytes(), force)
    }
}
