//! `cargo damage [COUNT] [SEED]` and `cargo crash [KILLS] [SEED]`: the long campaigns, of which the
//! tests run a short part. `campaign seeds` writes inputs for the fuzz targets. `campaign PROGRAM ARGUMENTS` runs one of the three programs.

use duces_tests::matter::Matter;
use duces_tests::programs::{Program, Programs};
use duces_tests::{crash, damage, parsers, small};
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    let args: Vec<_> = std::env::args_os().skip(1).collect();
    if let Some(program) = args.first().and_then(|name| Program::named(name)) {
        std::panic::set_hook(Box::new(|_| {}));
        return program.run(args);
    }
    let number = |index: usize, default: u64| match args.get(index) {
        None => Some(default),
        Some(text) => text.to_str()?.parse().ok(),
    };
    let name = args.first().and_then(|name| name.to_str());
    let (Ok(executable), Some(count), Some(seed)) =
        (std::env::current_exe(), number(1, 0), number(2, 1))
    else {
        return usage();
    };
    let started = Instant::now();
    let programs = Programs::new(executable);
    let passed = match name {
        Some("damage") => damaged(programs, seed, if count == 0 { 2_000 } else { count }),
        Some("seeds") => return write_seeds(&small::produced(programs)),
        Some("crash") => crashed(programs, seed, if count == 0 { 100 } else { count }),
        _ => return usage(),
    };
    println!("seed {seed}, {:.0} s", started.elapsed().as_secs_f64());
    if passed {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn damaged(programs: Programs, seed: u64, count: u64) -> bool {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
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

fn crashed(programs: Programs, seed: u64, kills: u64) -> bool {
    let kills = usize::try_from(kills).unwrap_or(usize::MAX);
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

/// Writes well-formed inputs where cargo-fuzz looks for them.
fn write_seeds(matter: &Matter) -> ExitCode {
    for (number, (target, bytes)) in parsers::seeds(matter).into_iter().enumerate() {
        let folder = PathBuf::from("fuzz/corpus").join(target);
        let written = fs::create_dir_all(&folder)
            .and_then(|()| fs::write(folder.join(format!("seed-{number}")), bytes));
        if let Err(error) = written {
            eprintln!("error: {} cannot be written: {error}", folder.display());
            eprintln!("  fix: run it in the folder of the repository");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

fn usage() -> ExitCode {
    eprintln!("error: a campaign is 'damage' or 'crash', then a number and a seed, if you like");
    eprintln!("  fix: type 'cargo damage' or 'cargo crash'");
    ExitCode::from(2)
}
