//! The requesting party's program: see `requester --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    duces_requester::run(std::env::args_os())
}
