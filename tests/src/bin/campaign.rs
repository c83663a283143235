//! `cargo damage [COUNT] [SEED]` and `cargo crash [KILLS] [SEED]`: the long campaigns, of which the
//! tests run a short part. `campaign seeds` writes inputs for the fuzz targets, `campaign keep` keeps
//! what they found for the tests, `campaign freeze NAME` makes a production that later versions must
//! still verify. `campaign PROGRAM ARGUMENTS` runs one of the three programs.

use duces_tests::matter::Matter;
use duces_tests::programs::{Program, Programs};
use duces_tests::{crash, damage, frozen, kept, parsers, small};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    let args: Vec<_> = std::env::args_os().skip(1).collect();
    if let Some(program) = args.first().and_then(|name| Program::named(name)) {
        std::panic::set_hook(Box::new(|_| {}));
        return program.run(args);
    }
    let Ok(executable) = std::env::current_exe() else {
        return usage();
    };
    let programs = Programs::new(executable);
    let words: Vec<&str> = args.iter().filter_map(|word| word.to_str()).collect();
    match words[..] {
        ["damage"] => timed(|| damaged(programs, 2_000, 1)),
        ["crash"] => timed(|| crashed(programs, 100, 1)),
        ["damage" | "crash", count] | ["damage" | "crash", count, _] => {
            let seed = words.get(2).copied().unwrap_or("1");
            let (Ok(count), Ok(seed)) = (count.parse(), seed.parse()) else {
                return usage();
            };
            let campaign = if words[0] == "damage" {
                damaged
            } else {
                crashed
            };
            timed(|| campaign(programs, count, seed))
        }
        ["seeds"] => searched(write_seeds(&small::produced(programs))),
        ["keep"] => searched(keep_corpora()),
        ["freeze", name] => {
            let folder = Path::new(frozen::FOLDER).join(name);
            freeze(&small::produced(programs), &folder)
        }
        _ => usage(),
    }
}

fn timed(campaign: impl FnOnce() -> bool) -> ExitCode {
    let started = Instant::now();
    let passed = campaign();
    println!("time: {:.0} s", started.elapsed().as_secs_f64());
    if passed {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn damaged(programs: Programs, count: usize, seed: u64) -> bool {
    let report = damage::campaign(&small::produced(programs), seed, count);
    println!("judged: {}", report.judged);
    for (check, times) in &report.rejected {
        println!("rejected by check {check}: {times}");
    }
    println!(
        "verified, the damage being to what is stated freely: {}",
        report.verified
    );
    if let Some((most, normal)) = report.memory {
        println!(
            "memory: at most {} MiB, undamaged {} MiB",
            most >> 20,
            normal >> 20
        );
    }
    println!("longest: {:.1} s", report.longest.as_secs_f64());
    println!("faults: {}", report.faults.len());
    for fault in &report.faults {
        println!("FAULT: {fault}");
    }
    report.faults.is_empty()
}

fn crashed(programs: Programs, kills: usize, seed: u64) -> bool {
    let report = crash::campaign(&Matter::new(programs), seed, kills, 3_000);
    for (command, count) in &report.kills {
        println!("{command}: killed {count} times, nothing lost");
    }
    println!("refused for want of room: {}", report.full);
    println!("refused for want of permission: {}", report.read_only);
    println!("pairs of processes: {}", report.pairs);
    for what in &report.skipped {
        println!("skipped: {what}");
    }
    true
}

/// Freezes a production, and prints what `tests/src/frozen.rs` has to say of it.
fn freeze(matter: &Matter, folder: &Path) -> ExitCode {
    let [commitment, request, sums] = frozen::freeze(matter, folder);
    println!("commitment: {commitment}\nrequest: {request}\nsums: {sums}");
    ExitCode::SUCCESS
}

/// Where cargo-fuzz looks for the inputs of a target.
fn corpus(target: &str) -> PathBuf {
    PathBuf::from("fuzz/corpus").join(target)
}

/// Writes well-formed inputs, and those that were kept, for a search to begin with.
fn write_seeds(matter: &Matter) -> io::Result<()> {
    let mut seeds = parsers::seeds(matter);
    for (target, _) in parsers::ALL {
        seeds.extend(kept::read(target)?.into_iter().map(|input| (target, input)));
        fs::create_dir_all(corpus(target))?;
    }
    for (number, (target, bytes)) in seeds.into_iter().enumerate() {
        fs::write(corpus(target).join(format!("seed-{number}")), bytes)?;
    }
    Ok(())
}

/// Keeps what a search found, for the tests.
fn keep_corpora() -> io::Result<()> {
    for (target, _) in parsers::ALL {
        println!("{target}: {} inputs", kept::keep(target, &corpus(target))?);
    }
    Ok(())
}

fn searched(result: io::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: the inputs of a search cannot be read or written: {error}");
            eprintln!("  fix: run it in the folder of the repository, 'keep' after a search");
            ExitCode::from(2)
        }
    }
}

fn usage() -> ExitCode {
    eprintln!("error: a campaign is 'damage' or 'crash', then a number and a seed, if you like");
    eprintln!("  fix: type 'cargo damage' or 'cargo crash'");
    ExitCode::from(2)
}
