//! The requesting party's program: from an ONNX model to a request for production.
//!
//! The modules in order; each imports only what stands before it.
//!
//! 1. [`onnx`]: the file, treated as hostile.
//! 2. [`float`](mod@float): programs with real weights, how they are evaluated and simplified. It
//!    stands before the operators, because these append to such a program.
//! 3. [`graph`]: what the lowering of an operator works with.
//! 4. [`operators`]: one lowering for each operator.
//! 5. [`lower`]: the whole model as linear maps and functions of one variable.
//! 6. [`decision`]: the rule for a match, as the last nodes of the same program.
//! 7. [`quantise`](mod@quantise): scales, tables and integer weights.
//! 8. [`fidelity`]: how far integers and model agree.
//! 9. [`import`]: from a model's file to integers, for `draft` and for the owner of a sealed model;
//!    [`sealed`]: what can be said of a sealed one.
//! 10. [`draft`], [`check`], [`inspect`], [`features`]: the commands.
//!
//! Beside them, [`collect`], [`calibration`] and [`npy`] read documents and write tensors.
//!
//! Nothing here is trusted by the judge: the request holds the integer classifier, and the judge
//! reads, bounds and evaluates that.

pub mod calibration;
pub mod check;
pub mod cli;
pub mod collect;
pub mod decision;
pub mod draft;
pub mod features;
pub mod fidelity;
pub mod float;
pub mod graph;
pub mod import;
pub mod inspect;
pub mod lower;
pub mod npy;
pub mod onnx;
pub mod operators;
pub mod quantise;
pub mod sealed;

use cli::{Cli, Command};
use duces_shell::{Failure, Program, say};
use std::ffi::OsString;
use std::process::ExitCode;

const PROGRAM: Program = Program {
    name: "requester",
    panicked: |message| {
        Failure::unable(
            format!("the program has a fault: {message}"),
            "report it, with the files that you gave",
        )
    },
};

/// Runs the program with these arguments, the program's name first; writes errors to standard
/// error. The exit code is 0 when done, 1 when a check failed or a file is malformed, 2 when it
/// could not run.
pub fn run<I: IntoIterator<Item = OsString>>(args: I) -> ExitCode {
    duces_shell::run(PROGRAM, args, |cli: Cli| match &cli.command {
        Command::Features(args) => features::run(args),
        Command::Draft(args) => draft::run(args),
        Command::Inspect(args) => inspect::run(args),
        Command::Check(args) => check::run(args),
        Command::Operators => say(operators::markdown().trim_end()),
    })
}
