//! Measures proving and verifying for classifiers of given shapes, and makes corpora.
//!
//! Every figure of a shape in `docs/performance.md` comes from this program.

mod mail;
mod profile;
mod sealed;
mod shapes;
mod trial;

use clap::{Parser, Subcommand};
use duces_circuits::{Dimensions, Width};
use shapes::Job;
use std::path::PathBuf;
use std::process::ExitCode;
use trial::Trial;

/// Proves and verifies pseudo-random items of a shape and prints what it took.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measures one shape: proves here, verifies in another process.
    Shape {
        /// linear, network, forest, mnist, mobilenet-0.35 or mobilenet-0.75, or a file whose name ends in
        /// `.request`: what 'requester draft' wrote for a public classifier.
        name: String,
        /// Number of items.
        items: usize,
        /// Batch width in bits; the responder's default if absent.
        #[arg(long)]
        width: Option<u32>,
    },
    /// Measures the rows of the table in docs/performance.md, each in processes of its own.
    Table {
        /// Runs of each row; the medians are printed.
        #[arg(long, default_value_t = 3)]
        runs: usize,
    },
    /// Counts the operations of a shape's batches and measures what each costs.
    Profile {
        /// As for `shape`.
        name: String,
    },
    /// Proves and verifies one shape as a public and as a sealed classifier in turn.
    Sealed {
        /// As for `shape`.
        name: String,
        /// Number of items.
        items: usize,
        /// Runs of each; the medians are printed.
        #[arg(long, default_value_t = 3)]
        runs: usize,
    },
    /// Verifies what `shape` proved.
    #[command(hide = true)]
    Verify {
        name: String,
        width: u32,
        k: u32,
        lanes: u32,
        file: PathBuf,
    },
    /// Writes generated e-mails, a thousand to a folder.
    Mail {
        /// How many.
        count: usize,
        /// Where to.
        folder: PathBuf,
    },
}

/// The rows of the table: shape and items.
const TABLE: [(&str, usize); 6] = [
    ("linear", 100_000),
    ("network", 20_000),
    ("forest", 2_000),
    ("mnist", 1_000),
    ("mobilenet-0.35", 4),
    ("mobilenet-0.75", 2),
];

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("error: {reason}\n  fix: see --help");
            ExitCode::from(2)
        }
    }
}

fn run(command: Command) -> Result<(), String> {
    match command {
        Command::Shape { name, items, width } => {
            let width = width.map(self::width).transpose()?;
            print!("{}", Trial::run(&Job::read(&name)?, items, width)?);
            Ok(())
        }
        Command::Table { runs } => table(runs),
        Command::Profile { name } => profile::print(&Job::read(&name)?),
        Command::Verify {
            name,
            width,
            k,
            lanes,
            file,
        } => {
            let dimensions = Dimensions::new(width, k, lanes).map_err(|error| error.to_string())?;
            trial::verify(&Job::read(&name)?, dimensions, &file)
        }
        Command::Sealed { name, items, runs } => {
            sealed::compare(&Job::read(&name)?, items, runs.max(1))
        }
        Command::Mail { count, folder } => mail::write(count, &folder),
    }
}

fn width(bits: u32) -> Result<Width, String> {
    Width::from_bits(bits).ok_or_else(|| format!("{bits} is not a width"))
}

fn table(runs: usize) -> Result<(), String> {
    println!("| shape, items | prove | proof | judge | memory: prover, judge | predicted |");
    println!("|---|---|---|---|---|---|");
    for (name, items) in TABLE {
        let trials = (0..runs.max(1))
            .map(|_| Trial::spawn(name, items))
            .collect::<Result<Vec<_>, _>>()?;
        println!("{}", trial::row(name, items, &trials));
    }
    Ok(())
}
