//! One collection, whatever is in it: `commit` is killed at random moments and goes on each time. What was
//! stored is not read again, what comes out lists the same content as an undisturbed run, and the
//! commitment does not change any more.

use crate::matter::Matter;
use crate::programs::Programs;
use duces_protocol::leaf::Status;
use duces_responder::vault::Vault;
use duces_shell::{Failure, say};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// One view for images and one for texts.
const PROFILE: &str = "[views]\nimages = [\"gray-28x28\"]\ntexts = [\"text-hash-4096\"]\n";

/// What came of it.
#[derive(Debug, Default)]
pub struct Report {
    /// Files of the collection.
    pub files: u64,
    /// Positions: files, parts and pages.
    pub positions: u64,
    /// Seconds of the undisturbed run.
    pub seconds: f64,
    /// Files that were stored at each kill. A run that had ended by then was made anew.
    pub stored: Vec<u64>,
    /// Pages.
    pub pages: u64,
    /// Items, by type, as the extractor names it.
    pub types: BTreeMap<String, u64>,
    /// Exceptions, by reason.
    pub exceptions: BTreeMap<String, u64>,
}

/// `cargo campaign resume FOLDER [KILLS] [SEED]`: prints what came of it.
///
/// # Errors
/// When FOLDER cannot be committed to, or standard output takes no more.
///
/// # Panics
/// When anything is lost.
pub fn run(programs: Programs, folder: &Path, kills: usize, seed: u64) -> Result<(), Failure> {
    let folder = folder
        .canonicalize()
        .map_err(|error| Failure::io("read", folder, &error))?;
    if folder.to_string_lossy().contains(char::is_whitespace) {
        return Err(Failure::unable(
            "the folder's path has a space in it, and the campaign cannot name it to the programs",
            "give it another name, or name it through a folder without one",
        ));
    }
    let report = campaign(&Matter::new(programs), &folder, kills, seed);
    let Report {
        files,
        positions,
        seconds,
        ..
    } = report;
    say(format!(
        "{files} files, {positions} positions, undisturbed {seconds:.1} s"
    ))?;
    for (name, count) in &report.types {
        say(format!("  {name}: {count}"))?;
    }
    say(format!("  pages: {}", report.pages))?;
    say(format!(
        "exceptions: {}",
        report.exceptions.values().sum::<u64>()
    ))?;
    for (reason, count) in &report.exceptions {
        say(format!("  {reason}: {count}"))?;
    }
    let stored: Vec<_> = report.stored.iter().map(u64::to_string).collect();
    say(format!(
        "killed {} times, files stored by then: {}",
        stored.len(),
        stored.join(", ")
    ))?;
    say(
        "what was stored was not read again, the content is that of the undisturbed run, and the root stays",
    )
}

/// Commits to `folder` in a fresh matter, once undisturbed and once killed `kills` times.
///
/// # Panics
/// When anything is lost, read again or different.
#[must_use]
pub fn campaign(matter: &Matter, folder: &Path, kills: usize, seed: u64) -> Report {
    let mut random = StdRng::seed_from_u64(seed);
    fs::write(matter.path("profile.toml"), PROFILE).expect("the profile is written");
    let line = |out: &str| {
        format!(
            "responder commit {} --profile profile.toml --leave-out --out {out}",
            folder.display()
        )
    };
    let started = Instant::now();
    let _ = matter.run(&line("undisturbed")).done();
    let mut report = Report {
        seconds: started.elapsed().as_secs_f64(),
        ..Report::default()
    };
    let whole = content(matter, "undisturbed", &mut report);

    let mut before = 0;
    for left in (0..kills).rev() {
        let mut child = matter
            .command(&line("killed"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the executable starts");
        std::thread::sleep(Duration::from_secs_f64(
            random.gen_range(0.0..0.5 * report.seconds),
        ));
        child.kill().expect("the child can be killed, or has ended");
        let _ = child.wait().expect("the child ends");
        let now = stored(matter);
        assert!(before <= now, "of {before} stored files there are {now}");
        report.stored.push(now);
        before = now;
        if now == report.files && left > 0 {
            fs::remove_dir_all(matter.path("killed")).expect("it can be removed");
            before = 0;
        }
    }
    let outcome = matter.run(&(line("killed") + " --json killed.json")).done();
    assert_eq!(
        figure(matter, "killed.json", "items"),
        report.files - before,
        "only what was not stored is read: {outcome:#?}"
    );
    assert_eq!(content(matter, "killed", &mut Report::default()), whole);

    // Killed once more, before what it hands over was written: the vault leads to the same bytes.
    let files = ["killed/commitment.txt", "killed/exceptions.csv"];
    let written = files.map(|file| {
        let bytes = fs::read(matter.path(file)).expect("it is there");
        fs::remove_file(matter.path(file)).expect("it can be removed");
        bytes
    });
    let _ = matter.run(&line("killed")).done();
    let again = files.map(|file| fs::read(matter.path(file)).expect("it is there"));
    assert!(again == written, "the commitment has changed");
    report
}

/// How many files the vault that is being made holds.
fn stored(matter: &Matter) -> u64 {
    if !matter.path("killed/vault/vault.redb").exists() {
        return 0;
    }
    let outcome = matter
        .run("responder status --vault killed/vault --json")
        .done();
    let status: serde_json::Value = serde_json::from_str(&outcome.stdout).expect("it is JSON");
    status["files_done"].as_u64().expect("it is a number")
}

fn figure(matter: &Matter, file: &str, name: &str) -> u64 {
    let text = fs::read(matter.path(file)).expect("the figures are written");
    let figures: serde_json::Value = serde_json::from_slice(&text).expect("it is JSON");
    figures[name].as_u64().expect("it is a number")
}

/// What a vault says of every position, the secrets apart, and how often each.
fn content(matter: &Matter, name: &str, report: &mut Report) -> BTreeMap<String, u64> {
    let vault = Vault::open(&matter.path(&format!("{name}/vault"))).expect("the vault is whole");
    let mut found = BTreeMap::new();
    report.positions = vault.len();
    report.files = 0;
    for position in 0..vault.len() {
        let item = vault.item(position).expect("every record is whole");
        report.files += u64::from(item.key.place == 0);
        let member = &item.member;
        let rendition = member.rendition.as_ref().map(|rendition| rendition.digest);
        let line = format!(
            "{:?} {:?} {} {:?} {:?} {rendition:?}",
            item.name(),
            item.key.place,
            member.kind,
            member.status,
            member.sha256
        );
        *found.entry(line).or_default() += 1;
        match member.status {
            Status::Exception(reason) => {
                *report.exceptions.entry(reason.to_string()).or_default() += 1;
            }
            Status::Page => report.pages += 1,
            Status::Item => *report.types.entry(member.kind.clone()).or_default() += 1,
        }
    }
    found
}
