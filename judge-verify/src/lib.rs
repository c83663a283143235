//! The judge's side: checks a production from public files alone.
//!
//! ```text
//! commitment.txt ──┐
//! request ─────────┼──► nine numbered checks ──► VERIFIED | REJECTED (check) | NOT CHECKED
//! production/ ─────┘
//! ```
//!
//! * [`fault`] and [`check`]: the words for what is wrong, and for the nine checks;
//! * [`checks`]: the checks, each of which consumes what the one before it returned, and the verdict;
//! * [`extractor`]: the judge's own reading of produced and opened files;
//! * [`report`]: the verdict as text, JSON and HTML;
//! * [`audit`]: the checks of a sample that is opened in camera;
//! * [`signatures`]: signatures and time stamps beside the files;
//! * [`accuracy`]: a person's labels against the proven decisions.
//!
//! It reads no secret of the responding party, and no model: the request is the classifier.
//!
//! Not proved: what [`report::NOT_SHOWN`] lists, in every report.

pub mod accuracy;
pub mod audit;
pub mod check;
pub mod checks;
pub mod cli;
mod consistency;
mod describe;
pub mod extractor;
pub mod fault;
mod files;
mod repeat;
pub mod report;
mod sample;
pub mod signatures;

use accuracy::{Accuracy, Labelled};
use checks::{Inputs, Outcome, Verdict, Verified};
use cli::{AccuracyArgs, AuditArgs, Cli, Command, ProductionArgs};
use duces_shell::{Failure, Program, output, say};
use fault::NotPassed;
use report::About;
use signatures::Signatures;
use std::ffi::OsString;
use std::process::ExitCode;

const PROGRAM: Program = Program {
    name: "judge-verify",
    panicked: |message| {
        Failure::unable(
            format!("NOT CHECKED: the program has a fault: {message}"),
            "keep the files as they are, and report them with the version of the program",
        )
    },
};

/// Runs the program with these arguments, the program's name first.
///
/// The report goes to standard output, an error in two lines to standard error. The exit code is 0
/// for VERIFIED (and for a description), 1 for REJECTED and for malformed files, 2 when it could
/// not run.
pub fn run<I: IntoIterator<Item = OsString>>(args: I) -> ExitCode {
    duces_shell::run(PROGRAM, args, |cli: Cli| match &cli.command {
        Command::Production(args) => production(args),
        Command::Request(args) => match describe::describe(&args.request) {
            Ok(text) => say(text.trim_end()),
            Err(why) => Err(why.into_failure("ask the requesting party for the file again")),
        },
        Command::Sample(args) => match sample::run(args) {
            Ok(text) => say(text),
            Err(why) => Err(why.into_failure(
                "run 'judge-verify production' first, and draw from a production that is verified",
            )),
        },
        Command::Share(args) => match sample::share(args) {
            Ok(text) => say(text),
            Err(why) => Err(why.into_failure("give commitment and request as they were filed")),
        },
        Command::Consistency(args) => match consistency::run(args) {
            Ok(text) => say(text),
            Err(why) => Err(why.into_failure(
                "give the two commitments and the proof as they were handed over; if it fails with \
                 them, the later commitment does not extend the earlier one",
            )),
        },
        Command::Signature(args) => say(signatures::run(args)?),
        Command::Audit(args) => audit(args),
        Command::Accuracy(args) => accuracy(args),
    })
}

fn audit(args: &AuditArgs) -> Result<(), Failure> {
    if let Some(path) = &args.json {
        output::check_file(path, args.force)?;
    }
    let audit = audit::run(args).map_err(|why| {
        why.into_failure(
            "give the files of one sample; ask for a folder that opens exactly its positions",
        )
    })?;
    say(audit::render(&audit))?;
    if let Some(path) = &args.json {
        output::write_file(path, audit::json(&audit).as_bytes(), args.force)?;
    }
    match audit::sentence(&audit) {
        audit::Sentence::NoFault(text) => say(format!("\n{text}")),
        audit::Sentence::Faults(what) => Err(Failure::refused(
            what,
            "ask the responding party to explain each of them to the court",
        )),
        audit::Sentence::Nothing(what) => Err(Failure::unable(
            what,
            "name the extractor of the version that the profile names with --extractor",
        )),
    }
}

fn production(args: &ProductionArgs) -> Result<(), Failure> {
    for path in [&args.json, &args.html].into_iter().flatten() {
        output::check_file(path, args.force)?;
    }
    if let Some(signers) = &args.signers {
        signatures::check_list(signers)?;
    }
    let inputs = Inputs {
        production: args.production.clone(),
        commitment: args.commitment.clone(),
        earlier: args.earlier.clone(),
        request: args.request.clone(),
        srs: args.srs.clone(),
        extractor: args.extractor.choice()?,
    };
    let outcome = judged(&inputs)?;
    let about = About {
        command: repeat::command(args),
        signatures: signatures::look(&inputs, &outcome, args.signers.as_deref()),
    };
    type Render = fn(&Outcome, &About) -> Result<String, NotPassed>;
    let reports: [(_, Render); 2] = [
        (&args.json, report::json::render),
        (&args.html, report::html::render),
    ];
    // Before the verdict is printed: a report reads the ledger again, which may have changed.
    let mut rendered = Vec::new();
    for (path, render) in reports {
        if let Some(path) = path {
            let report = render(&outcome, &about).map_err(|why| {
                why.into_failure("ask the responding party for the production again")
            })?;
            rendered.push((path, report));
        }
    }
    say(report::text::rest(&outcome, &about).trim_end())?;
    for (path, report) in rendered {
        output::write_file(path, report.as_bytes(), args.force)?;
    }
    let _ = verified(&outcome)?;
    match about.signatures.as_ref().and_then(Signatures::fault) {
        None => Ok(()),
        Some(fault) => Err(Failure::refused(
            format!(
                "the production is VERIFIED, but a signature does not stand: {}: {}",
                fault.file,
                fault.standing.words()
            ),
            "ask the signer for the file as it was signed, or for the key by another way",
        )),
    }
}

/// What the last check returned, or the sentence of another verdict.
fn verified(outcome: &Outcome) -> Result<&Verified, Failure> {
    let sentence = report::sentence(outcome);
    match &outcome.verdict {
        Verdict::Verified(verified) => Ok(verified),
        Verdict::Rejected(..) => Err(Failure::refused(sentence.what, sentence.next)),
        Verdict::NotChecked(..) => Err(Failure::unable(sentence.what, sentence.next)),
    }
}

fn accuracy(args: &AccuracyArgs) -> Result<(), Failure> {
    const FIX: &str = "label each document once, by its position in the commitment or by the digest of a \
                       produced or opened file; of a drawn sample, label all positions and no others";
    for path in [&args.json, &args.html].into_iter().flatten() {
        output::check_file(path, args.force)?;
    }
    let labelled = Labelled::read(args).map_err(|why| why.into_failure(FIX))?;
    let inputs = Inputs {
        production: args.production.clone(),
        commitment: args.commitment.clone(),
        earlier: Vec::new(),
        request: args.request.clone(),
        srs: args.srs.clone(),
        extractor: args.extractor.choice()?,
    };
    let outcome = judged(&inputs)?;
    let measured =
        accuracy::measure(labelled, verified(&outcome)?).map_err(|why| why.into_failure(FIX))?;
    say(format_args!("\n{}", accuracy::text(&measured)))?;
    type Render = fn(&Accuracy) -> String;
    let reports: [(_, Render); 2] = [(&args.json, accuracy::json), (&args.html, accuracy::html)];
    for (path, render) in reports {
        if let Some(path) = path {
            output::write_file(path, render(&measured).as_bytes(), args.force)?;
        }
    }
    Ok(())
}

/// Runs all checks, and prints each that passed.
fn judged(inputs: &Inputs) -> Result<Outcome, Failure> {
    let mut printed = Ok(());
    let outcome = checks::verify(inputs, |passed| {
        if printed.is_ok() {
            printed = say(report::text::passed(passed));
        }
    });
    printed?;
    Ok(outcome)
}
