//! The command line.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Check a production against the commitment and the request that it answers.
///
/// Needs public files only, no network, and trusts nothing that it can compute again. Exit code 0:
/// VERIFIED. 1: REJECTED, or a file is malformed. 2: the check could not run.
#[derive(Parser, Debug)]
#[command(name = "judge-verify", version, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What the program can do.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Check a production, and report VERIFIED, or REJECTED with the check that failed
    Production(ProductionArgs),
    /// Describe a request: what it reads, computes and costs, and what is unusual about it
    Request(RequestArgs),
}

/// Arguments of `judge-verify production`.
#[derive(Args, Debug)]
pub struct ProductionArgs {
    /// The folder that the responding party handed over
    pub production: PathBuf,
    /// The commitment, as it was filed before the request was served
    #[arg(long, value_name = "FILE")]
    pub commitment: PathBuf,
    /// The request, as it was served
    #[arg(long, value_name = "FILE")]
    pub request: PathBuf,
    /// The ceremony file, where the request names one (KZG)
    #[arg(long, value_name = "FILE")]
    pub srs: Option<PathBuf>,
    /// Write the report with all figures as JSON
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Write the report as one HTML page, for screen and paper
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Replace report files that are there already
    #[arg(long)]
    pub force: bool,
}

/// Arguments of `judge-verify request`.
#[derive(Args, Debug)]
pub struct RequestArgs {
    /// The request
    pub request: PathBuf,
}
