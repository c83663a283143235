//! The three programs in one executable, for the tests: `programs PROGRAM ARGUMENTS`.

use duces_shell::{Failure, note};
use duces_tests::programs::Program;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<_> = std::env::args_os().skip(1).collect();
    if let Some(program) = args.first().and_then(|name| Program::named(name)) {
        return duces_shell::start(|_| program.run(args));
    }
    let failure = Failure::unable(
        "no program is named",
        "give 'responder', 'requester' or 'judge-verify' first, then its arguments",
    );
    note(&failure);
    ExitCode::from(failure.code())
}
