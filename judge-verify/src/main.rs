//! The judge's program: see `judge-verify --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    duces_judge_verify::run(std::env::args_os())
}
