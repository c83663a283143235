//! `cargo campaign NAME`: work that takes too long for `cargo test`, which runs a short part of it.
//!
//! | name | what it does |
//! |---|---|
//! | `damage [COUNT] [SEED]` | random damage to a production, each judged |
//! | `crash [KILLS] [SEED]` | killed processes, full disks, two processes at once |
//! | `resume FOLDER [KILLS] [SEED]` | `commit` of any folder, killed again and again |
//! | `liar [short\|full] [--judge PROGRAM]` | all lies, each refused by its check or named as what no proof shows |
//! | `cells` | every cell of a circuit changed |
//! | `scale [POSITIONS] [SEED]` | commitment, ledger and coverage of any number of positions, without proofs |
//! | `gaps` | gaps planted in the code that the judge runs, each noticed by a test |
//! | `seeds`, `keep` | inputs for the fuzz targets; keeps for the tests what a search found |
//! | `freeze NAME` | makes a production that later versions must still verify |
//!
//! A campaign is one line of `main` and one module of the library. `campaign PROGRAM ARGUMENTS`
//! runs one of the three programs: the campaigns start themselves that way.

use duces_shell::{Failure, note, say};
use duces_tests::programs::{Program, Programs};
use duces_tests::{cells, crash, damage, frozen, gaps, kept, liar, resume, scale, small};
use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    let args: Vec<_> = std::env::args_os().skip(1).collect();
    if let Some(code) = Program::start(&args) {
        return code;
    }
    let words: Vec<&str> = args.iter().filter_map(|word| word.to_str()).collect();
    let started = Instant::now();
    let result = match words[..] {
        ["damage", ref rest @ ..] => numbers(rest, [2_000, 1])
            .and_then(|[count, seed]| damage::run(programs()?, count as usize, seed)),
        ["crash", ref rest @ ..] => numbers(rest, [100, 1])
            .and_then(|[kills, seed]| crash::run(programs()?, kills as usize, seed)),
        ["resume", folder, ref rest @ ..] => numbers(rest, [10, 1]).and_then(|[kills, seed]| {
            resume::run(programs()?, folder.as_ref(), kills as usize, seed)
        }),
        ["liar", ref rest @ ..] => liar::Options::read(rest)
            .ok_or_else(usage)
            .and_then(|options| liar::run(programs()?, &options)),
        ["cells"] => cells::run(),
        ["scale", ref rest @ ..] => {
            numbers(rest, [1_000_000, 1]).and_then(|[count, seed]| scale::run(count, seed))
        }
        ["gaps"] => gaps::run(),
        ["seeds"] => programs().and_then(|programs| kept::write_seeds(&small::produced(programs))),
        ["keep"] => kept::keep_all(),
        ["freeze", name] => programs().and_then(|programs| frozen::run(programs, name)),
        _ => Err(usage()),
    };
    let time = format!("time: {:.0} s", started.elapsed().as_secs_f64());
    match result.and_then(|()| say(time)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            note(&failure);
            ExitCode::from(failure.code())
        }
    }
}

/// This executable, which holds the three programs.
fn programs() -> Result<Programs, Failure> {
    let executable = std::env::current_exe().map_err(|error| {
        Failure::unable(
            format!("the campaign cannot find its own executable: {error}"),
            "run it as 'cargo campaign NAME'",
        )
    })?;
    Ok(Programs::new(executable))
}

/// The numbers that are given; the others are as usual.
fn numbers<const N: usize>(given: &[&str], usual: [u64; N]) -> Result<[u64; N], Failure> {
    let mut numbers = usual;
    if given.len() > N {
        return Err(usage());
    }
    for (number, word) in numbers.iter_mut().zip(given) {
        *number = word.parse().map_err(|_| usage())?;
    }
    Ok(numbers)
}

fn usage() -> Failure {
    Failure::unable(
        "there is no such campaign, or not with these numbers",
        "type 'cargo campaign' and 'damage [COUNT] [SEED]', 'crash [KILLS] [SEED]', \
         'resume FOLDER [KILLS] [SEED]', 'liar [short|full] [--judge PROGRAM]', 'cells', \
         'scale [POSITIONS] [SEED]', 'gaps', 'seeds', 'keep' or 'freeze NAME'",
    )
}
