//! The responding party's side: commit to a corpus, review what a request would match, prove every
//! decision, produce, open a sample.
//!
//! ```text
//! commit ──► MATTER/commitment.txt, exceptions.csv (public), vault/ (secret)
//! review ──► matches.csv (secret): what would match
//! prove  ──► PROOFS/batch-000000.proof …
//! produce ─► PRODUCTION/
//! open   ──► OPENED/ (for the judge alone)
//! ```
//!
//! Invariants of every command: an error is two lines, what happened and what to do; an output
//! appears by rename, complete or not at all; nothing is overwritten without `--force`.

pub mod cli;
mod commit;
mod corpus;
mod failure;
mod figures;
mod input;
mod open;
mod output;
mod produce;
mod progress;
mod prove;
mod review;
pub mod vault;

use clap::Parser;
use cli::{Cli, Command};
use failure::Failure;
use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

/// Runs the program with these arguments, the program's name first; writes errors to standard
/// error. The exit code is 0 when done, 1 when a check failed, 2 when it could not run.
pub fn run<I: IntoIterator<Item = OsString>>(args: I) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) if !error.use_stderr() => {
            output::say(error.to_string().trim_end());
            return ExitCode::SUCCESS;
        }
        Err(error) => return Failure::from(error).report(),
    };
    let outcome = catch_unwind(AssertUnwindSafe(|| match &cli.command {
        Command::Commit(args) => commit::run(args),
        Command::Review(args) => review::run(args),
        Command::Prove(args) => prove::run(args),
        Command::Produce(args) => produce::run(args),
        Command::Open(args) => open::run(args),
    }));
    match outcome {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(failure)) => failure.report(),
        Err(panic) => Failure::from_panic(panic.as_ref()).report(),
    }
}
