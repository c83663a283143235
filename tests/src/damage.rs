//! Random damage to the files of a valid production: every damaged one is judged.
//!
//! Half of the productions are sealed again, so that the list of digests does not stand before the
//! other checks. A damaged production must end in exit code 1 with an error of two lines, in
//! bounded time and memory. It may be verified in one case: it is sealed again, and the damage is to
//! the spelling of the profile.

use crate::matter::Matter;
use crate::production::{FOLDERS, Production};
use crate::programs::Programs;
use crate::small::{self, SMALL};
use duces_protocol::production::names;
use duces_shell::{Failure, say};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A judgement that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// What came of a campaign.
#[derive(Debug, Default)]
pub struct Report {
    /// Productions judged.
    pub judged: usize,
    /// Rejected, by the number of the check.
    pub rejected: BTreeMap<u8, usize>,
    /// Verified, because the damage was to what is stated freely.
    pub verified: usize,
    /// The largest memory of a judgement of a damaged production, and of the whole one, in bytes.
    pub memory: Option<(u64, u64)>,
    /// The longest judgement of a damaged production.
    pub longest: Duration,
    /// What must not happen, with the damage that did it.
    pub faults: Vec<String>,
}

/// `cargo campaign damage`: damages a production `count` times and prints what came of it.
///
/// # Errors
/// When a damaged production did not end as it must, or standard output takes no more.
pub fn run(programs: Programs, count: usize, seed: u64) -> Result<(), Failure> {
    let report = campaign(&small::produced(programs), seed, count);
    say(&report)?;
    if report.faults.is_empty() {
        return Ok(());
    }
    Err(Failure::refused(
        format!(
            "{} damaged productions did not end as they must",
            report.faults.len()
        ),
        format!("read them above; 'cargo campaign damage {count} {seed}' does the same again"),
    ))
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "judged: {}", self.judged)?;
        for (check, times) in &self.rejected {
            writeln!(f, "rejected by check {check}: {times}")?;
        }
        let verified = self.verified;
        writeln!(
            f,
            "verified, where what was damaged may say anything: {verified}"
        )?;
        if let Some((most, normal)) = self.memory {
            let (most, normal) = (most >> 20, normal >> 20);
            writeln!(f, "memory: at most {most} MiB, undamaged {normal} MiB")?;
        }
        writeln!(f, "longest: {:.1} s", self.longest.as_secs_f64())?;
        write!(f, "faults: {}", self.faults.len())?;
        for fault in &self.faults {
            write!(f, "\nFAULT: {fault}")?;
        }
        Ok(())
    }
}

/// Damages the production of a [`crate::small`] matter `count` times.
///
/// # Panics
/// When the production is not verified as it is, or files cannot be written.
#[must_use]
pub fn campaign(matter: &Matter, seed: u64, count: usize) -> Report {
    let mut random = StdRng::seed_from_u64(seed);
    let mut report = Report::default();
    let whole = judge(matter, "small-production");
    assert_eq!(whole.code, Some(0), "{whole:?}");
    let honest = matter.path("small-production");
    while report.judged < count {
        let production = Production::copy(&honest, &matter.path("damaged"));
        let damage = damage(&production, &mut random);
        let sealed = random.gen_bool(0.5);
        if sealed && production.path(names::SUMS).exists() {
            production.seal();
        }
        if same(&honest, &production) {
            // Equal bytes were exchanged.
            fs::remove_dir_all(matter.path("damaged")).expect("the copy can be removed");
            continue;
        }
        let judged = judge(matter, "damaged");
        report.judged += 1;
        report.longest = report.longest.max(judged.time);
        if let (Some(most), Some(normal)) = (judged.memory, whole.memory) {
            let before = report.memory.map_or(0, |(before, _)| before);
            report.memory = Some((before.max(most), normal));
        }
        let free = damage.file == names::PROFILE;
        let complaint = match (judged.code, judged.check) {
            (Some(1), Some(check)) => {
                *report.rejected.entry(check).or_default() += 1;
                (judged.lines != 2).then_some("the error is not two lines")
            }
            (Some(0), _) => {
                report.verified += 1;
                (!(sealed && free)).then_some("it is verified")
            }
            (None, _) => Some("it was ended by a signal, or hung"),
            _ => Some("it was not rejected"),
        };
        let greedy = judged.memory.zip(whole.memory);
        let greedy = greedy.is_some_and(|(most, normal)| most > 2 * normal);
        for what in complaint
            .into_iter()
            .chain(greedy.then_some("it takes twice the memory"))
        {
            let Damage { file, what: how } = &damage;
            report.faults.push(format!(
                "{file}, {how}, sealed {sealed}: {what}: {judged:?}"
            ));
        }
        fs::remove_dir_all(matter.path("damaged")).expect("the copy can be removed");
    }
    report
}

/// What was done to which file.
struct Damage {
    file: String,
    what: String,
}

fn damage(production: &Production, random: &mut StdRng) -> Damage {
    let mut pick = |names: &[String]| names[random.gen_range(0..names.len())].clone();
    // A folder without files is no place for damage.
    let places: Vec<String> = production
        .list("")
        .into_iter()
        .filter(|name| !production.path(name).is_dir() || !production.list(name).is_empty())
        .collect();
    let mut file = pick(&places);
    if production.path(&file).is_dir() {
        file = format!("{file}/{}", pick(&production.list(&file)));
    }
    let mut bytes = production.read(&file);
    let len = bytes.len();
    let at = random.gen_range(0..=len.max(1) - 1);
    let run = random.gen_range(1..=64).min(len - at.min(len));
    let what = match random.gen_range(0..9) {
        0 | 1 if len > 0 => {
            let bit = random.gen_range(0..8);
            bytes[at] ^= 1 << bit;
            format!("bit {bit} of byte {at} flipped")
        }
        2 => {
            bytes.truncate(at);
            format!("cut at {at} of {len}")
        }
        3 => {
            bytes.drain(at..at + run);
            format!("{run} bytes deleted at {at}")
        }
        4 => {
            let copy = bytes[at..at + run].to_vec();
            bytes.splice(at..at, copy);
            format!("{run} bytes doubled at {at}")
        }
        5 if len > run => {
            let to = random.gen_range(0..=len - run);
            for i in 0..run {
                bytes.swap(at + i, to + i);
            }
            format!("{run} bytes exchanged at {at} and {to}")
        }
        6 => {
            let noise: Vec<u8> = (0..random.gen_range(1..64))
                .map(|_| random.r#gen())
                .collect();
            let what = format!("{} random bytes inserted at {at}", noise.len());
            bytes.splice(at..at, noise);
            what
        }
        7 => {
            bytes[at..at + run].fill(0);
            format!("{run} bytes cleared at {at}")
        }
        _ => {
            production.remove(&file);
            let what = "deleted".to_owned();
            return Damage { file, what };
        }
    };
    production.write(&file, &bytes);
    Damage { file, what }
}

/// Whether a production has the same files as the one at `honest`.
fn same(honest: &Path, production: &Production) -> bool {
    FOLDERS.iter().all(|folder| {
        let list = production.list(folder);
        let expected = fs::read_dir(honest.join(folder)).map_or(0, Iterator::count);
        list.len() == expected
            && list.iter().all(|name| {
                let path = Path::new(folder).join(name);
                production.path(&path.to_string_lossy()).is_dir()
                    || fs::read(honest.join(&path)).ok()
                        == fs::read(production.path(&path.to_string_lossy())).ok()
            })
    })
}

/// How a judgement ended.
#[derive(Debug)]
struct Judged {
    /// The exit code; none after a signal.
    code: Option<i32>,
    /// The check that failed.
    check: Option<u8>,
    /// Lines of the error.
    lines: usize,
    memory: Option<u64>,
    time: Duration,
}

fn judge(matter: &Matter, production: &str) -> Judged {
    let line = format!("{} --json damage.json --force", SMALL.judge(production));
    let mut command = matter.command(&line);
    let started = Instant::now();
    let (code, stderr) = patient(&mut command);
    let report = fs::read(matter.path("damage.json")).unwrap_or_default();
    let report: serde_json::Value = serde_json::from_slice(&report).unwrap_or_default();
    let sentence = stderr.lines().next().unwrap_or_default();
    let check = sentence
        .split("REJECTED at check ")
        .nth(1)
        .and_then(|rest| rest.split(' ').next()?.parse().ok());
    let memory = report["figures"]["peak_memory_bytes"].as_u64();
    // A report that is there belongs to this judgement.
    let _ = fs::remove_file(matter.path("damage.json"));
    Judged {
        code,
        check,
        lines: stderr.lines().count(),
        memory,
        time: started.elapsed(),
    }
}

/// Runs a command to its end, or until patience ends; returns exit code and standard error.
fn patient(command: &mut Command) -> (Option<i32>, String) {
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the executable starts");
    let started = Instant::now();
    loop {
        if child.try_wait().expect("the child can be asked").is_some() {
            break;
        }
        if started.elapsed() > PATIENCE {
            child.kill().expect("the child can be killed");
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let output = child.wait_with_output().expect("the child has ended");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), stderr)
}
