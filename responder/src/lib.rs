//! The responding party's side: commit to a corpus, review what a request would match, prove every
//! decision, produce, open a sample.
//!
//! ```text
//! extract ─► CACHE/ (secret): what was read ahead
//! commit ──► MATTER/commitment.txt, exceptions.csv (public), vault/ (secret)
//! status ──► what is in a vault
//! seal ───► SEALED/model.sealed (public), weights (secret): a model of one's own
//! review ──► matches.csv (secret): what would match
//! prove  ──► PROOFS/batch-000000.proof …
//! produce ─► PRODUCTION/
//! open   ──► OPENED/ (for the judge alone)
//! ```
//!
//! What holds for every command: an error is two lines, what happened and what to do; an output
//! appears by rename, complete or not at all; nothing is overwritten without `--force`.

mod again;
mod asked;
pub mod cli;
mod commit;
mod corpus;
mod extract;
mod failures;
mod figures;
mod input;
mod open;
mod passphrase;
mod produce;
mod prove;
mod review;
mod seal;
mod status;
pub mod vault;
/// Concordance load files of earlier productions.
pub mod load_file {
    pub use crate::corpus::load_file::{Row, parse, text};
}

use cli::{Cli, Command};
use duces_shell::{Failure, Program};
use std::ffi::OsString;
use std::process::ExitCode;

/// A panic can come from a damaged vault: the store trusts its own pages.
const PROGRAM: Program = Program {
    name: "responder",
    panicked: |message| {
        Failure::refused(
            format!("the vault is damaged, or the program has a fault: {message}"),
            "restore the vault from a copy and repeat the command; report it if it happens again",
        )
    },
};

/// Runs the program with these arguments, the program's name first; writes errors to standard
/// error. The exit code is 0 when done, 1 when a check failed or a file is malformed, 2 when it
/// could not run.
pub fn run<I: IntoIterator<Item = OsString>>(args: I) -> ExitCode {
    duces_shell::run(PROGRAM, args, |cli: Cli| match &cli.command {
        Command::Extract(args) => extract::run(args),
        Command::Commit(args) => commit::run(args),
        Command::Status(args) => status::run(args),
        Command::Seal(args) => seal::run(args),
        Command::Review(args) => review::run(args),
        Command::Prove(args) => prove::run(args),
        Command::Produce(args) => produce::run(args),
        Command::Open(args) => open::run(args),
    })
}
