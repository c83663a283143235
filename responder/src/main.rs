//! The responding party's program: see `responder --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    duces_shell::start(duces_responder::run)
}
