//! `cargo demo`: the whole job on the fixtures, then lies that the judge refuses. What it makes
//! stays in `target/demo/` until the next run.
//!
//! `cargo demo PROGRAM ARGUMENTS` runs one of the three programs instead.

mod story;

use duces_shell::{Failure, note, say, shown};
use duces_tests::matter::{Matter, workspace};
use duces_tests::programs::{Program, Programs};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    let args: Vec<_> = std::env::args_os().skip(1).collect();
    if let Some(code) = Program::start(&args) {
        return code;
    }
    let result = if args.is_empty() {
        demo()
    } else {
        Err(Failure::unable(
            "'cargo demo' takes no argument, or the name of a program first",
            "type 'cargo demo', or for instance 'cargo demo responder --help'",
        ))
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            note(&failure);
            ExitCode::from(failure.code())
        }
    }
}

/// Where the demo works, and what it leaves there.
fn folder() -> PathBuf {
    workspace().join("target/demo")
}

fn demo() -> Result<(), Failure> {
    let executable = std::env::current_exe().map_err(|error| {
        Failure::unable(
            format!("the demo cannot find its own executable: {error}"),
            "run it as 'cargo demo'",
        )
    })?;
    let started = Instant::now();
    let folder = folder();
    let matter = Matter::kept(Programs::new(executable), &folder)
        .map_err(|error| Failure::io("replace", &folder, &error))?;
    let surprises = story::tell(&matter)?;
    say(format!(
        "\nThe demo took {:.0} seconds.",
        started.elapsed().as_secs_f64()
    ))?;
    if let Some(first) = surprises.first() {
        for line in &surprises {
            say(format!("NOT AS EXPECTED: {line}"))?;
        }
        return Err(Failure::refused(
            format!("the demo did not go as expected: {first}"),
            "read what stands above, and report it",
        ));
    }
    say("Everything was as expected.")?;
    say(what_to_open(&folder))
}

/// What the demo leaves, and how to look at it.
fn what_to_open(folder: &Path) -> String {
    let here = shown(folder);
    format!(
        "\nWhat it made stays in {here} until the next run.\n\
         \n\
         The judge's reports: open these files in a web browser.\n  \
           stamp.html      verified: pages that bear the stamp\n  \
           topic.html      verified: texts about the discharge\n  \
           lie-1.html      rejected, and so on to lie-5.html\n\
         The productions, as the judge receives them:\n  \
           stamp-production, topic-production\n\
         To judge one again:\n  \
           cd {here}\n  \
           cargo demo {}",
        duces_tests::matter::STAMP.judge("stamp-production")
    )
}
