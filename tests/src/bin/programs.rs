//! The three programs in one executable, for the tests: `programs PROGRAM ARGUMENTS`.

use duces_shell::{Failure, note};
use duces_tests::programs::Program;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<_> = std::env::args_os().skip(1).collect();
    if let Some(code) = Program::start(&args) {
        return code;
    }
    let failure = Failure::unable(
        "no program is named",
        "give 'responder', 'requester' or 'judge-verify' first, then its arguments",
    );
    note(&failure);
    ExitCode::from(failure.code())
}
