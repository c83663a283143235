//! From the command line to the exit code: 0 when done, 1 when a check failed or a file is
//! malformed, 2 when the command could not run.

use crate::failure::Failure;
use crate::terminal::{note, say};
use clap::Parser;
use clap::error::ErrorKind;
use std::any::Any;
use std::env::ArgsOs;
use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};
use std::process::ExitCode;

/// What the shell has to know about a program.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    /// Its name, as the user types it.
    pub name: &'static str,
    /// What to report when it panics with this message.
    pub panicked: fn(&str) -> Failure,
}

/// The whole of a program's `main`: silences the default report of a panic, which [`run`] replaces,
/// and runs the program with the arguments of the process.
pub fn start(run: impl FnOnce(ArgsOs) -> ExitCode) -> ExitCode {
    set_hook(Box::new(|_| {}));
    run(std::env::args_os())
}

/// Parses the arguments, the program's name first, and carries out the command.
///
/// Help and version go to standard output. Every error is written in two lines, a panic too.
pub fn run<C: Parser>(
    program: Program,
    args: impl IntoIterator<Item = OsString>,
    command: impl FnOnce(C) -> Result<(), Failure>,
) -> ExitCode {
    let outcome = catch_unwind(AssertUnwindSafe(|| match C::try_parse_from(args) {
        Ok(parsed) => command(parsed),
        Err(answer) if !answer.use_stderr() => say(answer.to_string().trim_end()),
        Err(error) => Err(usage(program, &error)),
    }));
    let result = outcome.unwrap_or_else(|panic| Err((program.panicked)(message(panic.as_ref()))));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            note(&failure);
            ExitCode::from(failure.code())
        }
    }
}

/// The message of a panic.
fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no description")
}

/// The message of the command line's parser, in one line.
fn usage(program: Program, error: &clap::Error) -> Failure {
    let name = program.name;
    let fix = format!("see '{name} --help', or '{name} COMMAND --help'");
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return Failure::unable("no command is given", fix);
    }
    let text = error.to_string();
    let first = text.split("\n\n").next().unwrap_or_default();
    let words: Vec<&str> = first.split_whitespace().collect();
    let what = words.join(" ");
    Failure::unable(what.strip_prefix("error: ").unwrap_or(&what), fix)
}
