//! The judge's program: see `judge-verify --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    duces_shell::start(duces_judge_verify::run)
}
