//! The judge's side: checks a production from public files alone.
//!
//! ```text
//! commitment.txt ──┐
//! request ─────────┼──► nine numbered checks ──► VERIFIED | REJECTED (check) | NOT CHECKED
//! production/ ─────┘
//! ```
//!
//! * [`checks`]: the checks, each of which consumes what the one before it returned;
//! * [`verdict`]: what can be said;
//! * [`report`]: how it is said, as text, JSON and HTML;
//! * [`audit`]: the checks of a sample that is opened in camera.
//!
//! It depends on neither the prover's secrets nor on the importer of models: the request is the
//! classifier.
//!
//! Not proved: what [`report::NOT_SHOWN`] lists, in every report.

pub mod audit;
pub mod checks;
pub mod cli;
mod describe;
mod files;
pub mod report;
mod sample;
pub mod verdict;

use checks::Inputs;
use clap::Parser;
use cli::{Cli, Command, ProductionArgs};
use duces_protocol::text::one_line;
use std::ffi::OsString;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use verdict::{CannotRun, Failure, Verdict};

/// Runs the program with these arguments, the program's name first.
///
/// The report goes to standard output, an error in two lines to standard error. The exit code is 0
/// for VERIFIED (and for a description), 1 for REJECTED and for malformed bytes, 2 when it could
/// not run.
pub fn run<I: IntoIterator<Item = OsString>>(args: I) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) if !error.use_stderr() => {
            say(error.to_string().trim_end());
            return ExitCode::SUCCESS;
        }
        Err(error) => return could_not_run(&usage(&error)),
    };
    let outcome = catch_unwind(AssertUnwindSafe(|| command(&cli.command)));
    outcome.unwrap_or_else(|_| {
        could_not_run(&CannotRun::new(
            "NOT CHECKED: the program met a fault of its own",
            "keep the files as they are, and report them with the program's version",
        ))
    })
}

fn command(command: &Command) -> ExitCode {
    match command {
        Command::Production(args) => production(args),
        Command::Request(args) => match describe::describe(&args.request) {
            Ok(text) => {
                say(text.trim_end());
                ExitCode::SUCCESS
            }
            Err(failure) => failed(&failure, "ask the requesting party for the file again"),
        },
        Command::Sample(args) => match sample::run(args) {
            Ok(text) => {
                say(&text);
                ExitCode::SUCCESS
            }
            Err(failure) => failed(
                &failure,
                "run 'judge-verify production' on it first; draw from a production that is verified",
            ),
        },
        Command::Audit(args) => match audit::run(args) {
            Ok(audit) => audited(&audit),
            Err(failure) => failed(
                &failure,
                "give the files of one sample; ask for a folder that opens exactly its positions",
            ),
        },
    }
}

fn audited(audit: &audit::Audit) -> ExitCode {
    say(&audit::render(audit));
    match audit.faults.len() {
        0 => {
            say("\nNO FAULT: every drawn position opens as it was committed.");
            ExitCode::SUCCESS
        }
        count => error_lines(
            1,
            &format!(
                "FAULTS: {count} of {} drawn positions do not open as they were committed",
                audit.size
            ),
            "ask the responding party to explain each of them to the court",
        ),
    }
}

/// Reports a failure; `fix` is for one that files are at fault for.
fn failed(failure: &Failure, fix: &str) -> ExitCode {
    match failure {
        Failure::CannotRun(error) => could_not_run(error),
        Failure::Rejected(fault) => {
            error_lines(1, &format!("{}: {}", fault.place, fault.what), fix)
        }
    }
}

fn production(args: &ProductionArgs) -> ExitCode {
    for path in [&args.json, &args.html].into_iter().flatten() {
        if let Err(error) = files::check_free(path, args.force) {
            return could_not_run(&error);
        }
    }
    let inputs = Inputs {
        production: args.production.clone(),
        commitment: args.commitment.clone(),
        request: args.request.clone(),
        srs: args.srs.clone(),
    };
    let outcome = checks::verify(&inputs, |passed| say(&report::text::passed(passed)));
    say(report::text::rest(&outcome).trim_end());
    for (path, render) in [
        (
            &args.json,
            report::json::render as fn(&checks::Outcome) -> String,
        ),
        (&args.html, report::html::render),
    ] {
        let Some(path) = path else { continue };
        if let Err(error) = files::write(path, render(&outcome).as_bytes()) {
            return could_not_run(&error);
        }
    }
    let (what, fix) = report::sentence(&outcome);
    match &outcome.verdict {
        Verdict::Verified(_) => ExitCode::SUCCESS,
        Verdict::Rejected(..) => error_lines(1, &what, &fix),
        Verdict::NotChecked(..) => error_lines(2, &what, &fix),
    }
}

fn usage(error: &clap::Error) -> CannotRun {
    let text = error.to_string();
    let first = text.split("\n\n").next().unwrap_or_default();
    let words: Vec<&str> = first.split_whitespace().collect();
    let what = words.join(" ");
    CannotRun::new(
        what.strip_prefix("error: ").unwrap_or(&what),
        "see 'judge-verify --help', or '--help' after the command",
    )
}

fn could_not_run(error: &CannotRun) -> ExitCode {
    error_lines(2, &error.what, &error.fix)
}

fn error_lines(code: u8, what: &str, fix: &str) -> ExitCode {
    eprintln!("error: {}\n  fix: {}", one_line(what), one_line(fix));
    ExitCode::from(code)
}

/// Writes to standard output. A closed pipe is not an error.
fn say(text: &str) {
    // Nobody is left to be told when standard output is gone.
    let _ = writeln!(std::io::stdout(), "{text}");
}
