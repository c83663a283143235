//! `cargo demo`: the whole job on the fixtures, in a temporary folder, then lies that are refused.
//!
//! `cargo demo PROGRAM ARGUMENTS` runs one of the three programs instead.

use duces_tests::attacks::{self, Attack};
use duces_tests::matter::{COMMIT, Case, Matter, STAMP, TOPIC, expected};
use duces_tests::production::Production;
use duces_tests::programs::{Outcome, Program, Programs};
use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    let args: Vec<_> = std::env::args_os().skip(1).collect();
    if let Some(program) = args.first().and_then(|name| Program::named(name)) {
        // As in the programs: a fault inside a decoder is caught and reported in two lines.
        std::panic::set_hook(Box::new(|_| {}));
        return program.run(args);
    }
    if !args.is_empty() {
        eprintln!("error: 'cargo demo' takes no argument, or the name of a program first");
        eprintln!("  fix: type 'cargo demo', or for instance 'cargo demo responder --help'");
        return ExitCode::from(2);
    }
    let Ok(executable) = std::env::current_exe() else {
        eprintln!("error: the demo cannot find its own executable");
        eprintln!("  fix: run it as 'cargo demo'");
        return ExitCode::from(2);
    };
    let started = Instant::now();
    let unexpected = demo(&Matter::new(Programs::new(executable)));
    println!(
        "\nThe demo took {:.0} seconds.",
        started.elapsed().as_secs_f64()
    );
    if unexpected.is_empty() {
        println!("Everything was as expected.");
        return ExitCode::SUCCESS;
    }
    for line in unexpected {
        println!("NOT AS EXPECTED: {line}");
    }
    ExitCode::FAILURE
}

/// Runs everything; returns what was not as expected.
fn demo(matter: &Matter) -> Vec<String> {
    let mut unexpected = Vec::new();
    heading("The responding party commits to its folder of 60 files, before any request");
    step(matter, COMMIT, &mut unexpected);
    step(matter, "cat matter/commitment.txt", &mut unexpected);
    for case in [STAMP, TOPIC] {
        if unexpected.is_empty() {
            job(matter, &case, &mut unexpected);
        }
    }
    if unexpected.is_empty() {
        heading("Now the responding party lies. Each lie is sealed again, and the judge looks");
        for (case, attack) in [
            (STAMP, attacks::BIT_FLIPPED),
            (TOPIC, attacks::LEFT_OUT),
            (STAMP, attacks::BYTE_CHANGED),
            (STAMP, attacks::PROOFS_EXCHANGED),
            (TOPIC, attacks::ENTRY_REMOVED),
        ] {
            lie(matter, &case, &attack, &mut unexpected);
        }
    }
    unexpected
}

fn job(matter: &Matter, case: &Case, unexpected: &mut Vec<String>) {
    heading(&format!("The requesting party asks for {}", case.asks));
    step(matter, &case.draft(), unexpected);
    step(matter, &case.look(), unexpected);
    heading("The responding party looks at what would match, proves, and produces");
    step(matter, &case.review(), unexpected);
    if !unexpected.is_empty() {
        return;
    }
    let mut found: Vec<String> = matter
        .matches(case)
        .into_iter()
        .map(|(_, path)| path)
        .collect();
    found.sort();
    if found != expected(case) {
        unexpected.push(format!("{}: the review found {found:?}", case.name));
    }
    matter.write_log(case);
    step(matter, &format!("cat {}-log.csv", case.name), unexpected);
    step(matter, &case.prove(), unexpected);
    step(matter, &case.produce(), unexpected);
    heading("The judge verifies, from public files only");
    let outcome = step(matter, &case.verify(), unexpected);
    if !outcome.stdout.contains("VERIFIED") {
        unexpected.push(format!("{}: no verdict VERIFIED", outcome.line));
    }
}

fn lie(matter: &Matter, case: &Case, attack: &Attack, unexpected: &mut Vec<String>) {
    println!("\n--- {}: {}", case.name, attack.name);
    let name = format!("{}-{}", case.name, attack.name.replace(' ', "-"));
    let honest = matter.path(&format!("{}-production", case.name));
    let production = Production::copy(&honest, &matter.path(&name));
    (attack.apply)(&production);
    production.seal();
    let line = case.judge(&name);
    println!("$ {line}");
    let outcome = matter.run(&line);
    let told = outcome
        .stdout
        .lines()
        .filter(|line| line.contains("FAILED"));
    for line in told.chain(outcome.stderr.lines()) {
        println!("{line}");
    }
    if outcome.code != Some(1) {
        unexpected.push(format!("'{line}' ended with {:?}, not 1", outcome.code));
    }
    let verdict = format!("REJECTED at check {} (", attack.check);
    if !outcome.stdout.contains(&verdict) {
        unexpected.push(format!("'{}' was not {verdict}…)", attack.name));
    }
}

fn heading(text: &str) {
    println!("\n=== {text}");
}

/// Shows a line, runs it and shows its output.
fn step(matter: &Matter, line: &str, unexpected: &mut Vec<String>) -> Outcome {
    println!("\n$ {line}");
    let started = Instant::now();
    let outcome = match line.strip_prefix("cat ") {
        Some(file) => show(matter, line, file),
        None => matter.run(line),
    };
    print!("{}{}", outcome.stdout, outcome.stderr);
    let seconds = started.elapsed().as_secs_f64();
    if seconds >= 0.5 {
        println!("({seconds:.1} s)");
    }
    if outcome.code != Some(0) {
        unexpected.push(format!("'{line}' ended with {:?}, not 0", outcome.code));
    }
    outcome
}

/// What `cat` would print, also where there is no `cat`.
fn show(matter: &Matter, line: &str, file: &str) -> Outcome {
    let read = std::fs::read_to_string(matter.path(file));
    let (code, stdout, stderr) = match read {
        Ok(text) => (0, text, String::new()),
        Err(error) => (1, String::new(), format!("{file}: {error}\n")),
    };
    Outcome {
        line: line.to_owned(),
        code: Some(code),
        stdout,
        stderr,
    }
}
