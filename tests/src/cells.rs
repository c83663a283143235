//! Every cell of two batches' circuits is changed, three times each: the constraints refuse the
//! change, or no constraint reads the cell. The test that does it stands with the circuit, and
//! `cargo test` runs it for some cells of every column.

use crate::matter::workspace;
use duces_shell::Failure;
use std::process::Command;

/// Runs the whole of it.
///
/// # Errors
/// When cargo cannot be started, or a change was accepted that a constraint should refuse.
pub fn run() -> Result<(), Failure> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["test", "--quiet", "-p", "duces-circuits"])
        .args(["--test", "lying_prover", "--", "--ignored", "--nocapture"])
        .current_dir(workspace())
        .status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(Failure::refused(
            "the test of the cells failed",
            "read above which cell it was, and which constraint should bind it",
        )),
        Err(error) => Err(Failure::unable(
            format!("cargo cannot be started: {error}"),
            "run it as 'cargo campaign cells'",
        )),
    }
}
