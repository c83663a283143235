//! The requesting party's program: see `requester --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    duces_shell::start(duces_requester::run)
}
