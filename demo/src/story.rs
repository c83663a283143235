//! The story that the demo tells: two requests answered honestly, then five lies.

use duces_shell::{Failure, say};
use duces_tests::attacks::{self, Attack};
use duces_tests::matter::{COMMIT, Case, Matter, STAMP, TOPIC, expected};
use duces_tests::production::Production;
use duces_tests::programs::Outcome;
use std::time::Instant;

/// The lies, each about one of the two productions.
const LIES: [(Case, Attack); 5] = [
    (STAMP, attacks::BIT_FLIPPED),
    (TOPIC, attacks::LEFT_OUT),
    (STAMP, attacks::BYTE_CHANGED),
    (STAMP, attacks::PROOFS_EXCHANGED),
    (TOPIC, attacks::ENTRY_REMOVED),
];

/// Runs everything; returns what was not as expected.
///
/// # Errors
/// When standard output takes no more.
pub fn tell(matter: &Matter) -> Result<Vec<String>, Failure> {
    let mut story = Story {
        matter,
        surprises: Vec::new(),
    };
    story.commit()?;
    for case in [STAMP, TOPIC] {
        if story.surprises.is_empty() {
            story.request(&case)?;
        }
    }
    if story.surprises.is_empty() {
        heading(
            "Now the responding party lies, and makes the rest of the production fit each lie",
        )?;
        for (number, (case, attack)) in (1..).zip(&LIES) {
            story.lie(number, case, attack)?;
        }
    }
    Ok(story.surprises)
}

/// One matter, and what in it was not as expected.
struct Story<'a> {
    matter: &'a Matter,
    surprises: Vec<String>,
}

impl Story<'_> {
    fn commit(&mut self) -> Result<(), Failure> {
        heading("The responding party commits to its folder of 60 files, before any request")?;
        self.step(COMMIT)?;
        self.show("matter/commitment.txt")
    }

    /// One request, from draft to verdict; ends at the first surprise.
    fn request(&mut self, case: &Case) -> Result<(), Failure> {
        heading(&format!("The requesting party asks for {}", case.asks))?;
        self.step(&case.draft())?;
        self.step(&case.look())?;
        heading("The responding party looks at what would match, proves, and produces")?;
        self.step(&case.review())?;
        if !self.surprises.is_empty() {
            return Ok(());
        }
        let matches = self.matter.matches(case);
        let mut found: Vec<String> = matches.into_iter().map(|(_, path)| path).collect();
        found.sort();
        if found != expected(case) {
            let surprise = format!("{}: the review found {found:?}", case.name);
            self.surprises.push(surprise);
            return Ok(());
        }
        self.matter.write_log(case);
        self.show(&format!("{}-log.csv", case.name))?;
        self.step(&case.prove())?;
        self.step(&case.produce())?;
        heading("The judge verifies, from public files only")?;
        let outcome = self.step(&case.verify())?;
        if !outcome.stdout.contains("VERIFIED") {
            let surprise = format!("{}: no verdict VERIFIED", outcome.line);
            self.surprises.push(surprise);
        }
        Ok(())
    }

    /// Tells a lie about a copy of an honest production; the judge has to refuse it at the check
    /// that the lie names.
    fn lie(&mut self, number: usize, case: &Case, attack: &Attack) -> Result<(), Failure> {
        say(format!("\n--- {}: {}", case.name, attack.name))?;
        let honest = self.matter.path(&format!("{}-production", case.name));
        let name = format!("lie-{number}");
        let production = Production::copy(&honest, &self.matter.path(&name));
        (attack.apply)(&production);
        production.seal();
        let line = format!("{} --html {name}.html", case.judge(&name));
        say(format!("$ {line}"))?;
        let outcome = self.matter.run(&line);
        let told = outcome.stdout.lines();
        let told = told.filter(|line| line.contains("FAILED"));
        for line in told.chain(outcome.stderr.lines()) {
            say(line)?;
        }
        if outcome.code != Some(1) {
            let surprise = format!("'{line}' ended with {:?}, not 1", outcome.code);
            self.surprises.push(surprise);
        }
        let verdict = format!("REJECTED at check {} (", attack.check);
        if !outcome.stdout.contains(&verdict) {
            let surprise = format!("'{}' was not {verdict}…)", attack.name);
            self.surprises.push(surprise);
        }
        Ok(())
    }

    /// Shows a line, runs it and shows what it printed.
    fn step(&mut self, line: &str) -> Result<Outcome, Failure> {
        say(format!("\n$ {line}"))?;
        let started = Instant::now();
        let outcome = self.matter.run(line);
        let printed = format!("{}{}", outcome.stdout, outcome.stderr);
        say(printed.trim_end())?;
        let seconds = started.elapsed().as_secs_f64();
        if seconds >= 0.5 {
            say(format!("({seconds:.1} s)"))?;
        }
        if outcome.code != Some(0) {
            let surprise = format!("'{line}' ended with {:?}, not 0", outcome.code);
            self.surprises.push(surprise);
        }
        Ok(outcome)
    }

    /// Shows a file.
    fn show(&mut self, file: &str) -> Result<(), Failure> {
        say(format!("\n$ cat {file}"))?;
        match std::fs::read_to_string(self.matter.path(file)) {
            Ok(text) => say(text.trim_end()),
            Err(error) => {
                self.surprises.push(format!("{file}: {error}"));
                Ok(())
            }
        }
    }
}

fn heading(text: &str) -> Result<(), Failure> {
    say(format!("\n=== {text}"))
}
