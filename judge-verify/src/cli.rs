//! The command line.

use crate::extractor::{Choice, Which};
use crate::sample::Nonces;
use crate::signatures::Of;
use clap::{ArgGroup, Args, Parser, Subcommand};
use duces_protocol::audit::scope::Scope;
use duces_shell::{Failure, shown};
use std::path::PathBuf;
use std::str::FromStr;

/// For the judge: check a production against the commitment and the request that it answers.
///
/// Needs public files only and no network, and recomputes whatever can be recomputed. Exit code 0:
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
    /// Check a production; report VERIFIED, or REJECTED with the check that failed
    Production(ProductionArgs),
    /// Check that a commitment extends an earlier one: what was committed to then is unchanged
    Consistency(ConsistencyArgs),
    /// Describe a request: what it reads, computes and costs, and what is unusual about it
    Request(RequestArgs),
    /// Draw positions that the responding party must open in camera
    Sample(SampleArgs),
    /// For each party: draw a share of a sample's nonce, and print its hash, which is handed over first
    Share(ShareArgs),
    /// Check the opened positions of a sample; report what the sample shows about the whole
    Audit(AuditArgs),
    /// Check a signature of a commitment, a request, a production or a verdict, with ssh-keygen
    Signature(SignatureArgs),
    /// Check a production, and measure its decisions against a person's labels: accuracy, precision,
    /// recall, F1 and elusion, each with an exact interval
    Accuracy(AccuracyArgs),
}

/// Arguments of `judge-verify production`.
#[derive(Args, Debug)]
pub struct ProductionArgs {
    /// The folder that the responding party handed over
    pub production: PathBuf,
    /// The commitment, as filed before the request was served
    #[arg(long, value_name = "FILE")]
    pub commitment: PathBuf,
    /// An earlier commitment, as filed, that this one extends: its positions are checked to be the first
    /// ones, unchanged. Give the option again for the one that it extends in turn
    #[arg(long, value_name = "FILE")]
    pub earlier: Vec<PathBuf>,
    /// The request, as served
    #[arg(long, value_name = "FILE")]
    pub request: PathBuf,
    /// The ceremony file, where the request names one (KZG)
    #[arg(long, value_name = "FILE")]
    pub srs: Option<PathBuf>,
    /// What reads produced files again
    #[command(flatten)]
    pub extractor: ExtractorArgs,
    /// Check the signatures beside the files (FILE.sig, PRODUCTION.sig) against this list of allowed
    /// signers, in the form of ssh-keygen, which must be on this machine
    #[arg(long, value_name = "ALLOWED_SIGNERS")]
    pub signers: Option<PathBuf>,
    /// Write the report as JSON, with all figures, to this file
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Write the report as an HTML page, for screen and paper, to this file
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Replace report files that exist
    #[arg(long)]
    pub force: bool,
}

/// Arguments of `judge-verify consistency`.
#[derive(Args, Debug)]
pub struct ConsistencyArgs {
    /// The proof that was handed over with the later commitment: consistency.txt
    pub proof: PathBuf,
    /// The earlier commitment, as filed
    #[arg(long, value_name = "FILE")]
    pub earlier: PathBuf,
    /// The later commitment, as filed
    #[arg(long, value_name = "FILE")]
    pub commitment: PathBuf,
}

/// Arguments of `judge-verify signature`.
#[derive(Args, Debug)]
pub struct SignatureArgs {
    /// The signed file; of a production, its folder, whose sha256sums.txt is signed
    pub file: PathBuf,
    /// What it is; it decides the namespace, such as duces-commitment
    #[arg(long = "as", value_name = "WHAT", value_enum)]
    pub of: Of,
    /// The list of allowed signers, in the form of ssh-keygen
    #[arg(long, value_name = "ALLOWED_SIGNERS")]
    pub signers: PathBuf,
    /// The signature; without it, the file's or folder's name and '.sig'
    #[arg(long, value_name = "FILE")]
    pub signature: Option<PathBuf>,
}

/// What reads produced and opened files again, to compare.
#[derive(Args, Clone, Debug, Default)]
pub struct ExtractorArgs {
    /// The extractor; without it, the program 'extract' beside this one
    #[arg(long, value_name = "PROGRAM", conflicts_with = "no_extractor")]
    pub extractor: Option<PathBuf>,
    /// Compare no file with its text or image
    #[arg(long)]
    pub no_extractor: bool,
    /// Run the programs that the profile names for some types too: read its commands first
    #[arg(long, conflicts_with = "no_extractor")]
    pub profile_programs: bool,
}

impl ExtractorArgs {
    /// What is chosen.
    ///
    /// # Errors
    /// When the named program is not there.
    pub fn choice(&self) -> Result<Choice, Failure> {
        let which = match &self.extractor {
            Some(program) if !program.is_file() => {
                return Err(Failure::unable(
                    format!("there is no extractor {}", shown(program)),
                    "name the program 'extract' of the release that the profile names, or give \
                     --no-extractor",
                ));
            }
            // Its processes run in another folder.
            Some(program) => Which::Program(
                std::path::absolute(program)
                    .map_err(|error| Failure::io("use", program, &error))?,
            ),
            None if self.no_extractor => Which::None,
            None => Which::Beside,
        };
        Ok(Choice {
            which,
            programs: self.profile_programs,
        })
    }
}

/// Arguments of `judge-verify request`.
#[derive(Args, Debug)]
pub struct RequestArgs {
    /// The request
    pub request: PathBuf,
}

/// Arguments of `judge-verify sample`.
#[derive(Args, Debug)]
#[command(group(ArgGroup::new("drawn").args(["size", "draw"]).required(true).multiple(true)))]
pub struct SampleArgs {
    /// The production, once 'judge-verify production' has verified it
    pub production: PathBuf,
    /// The commitment, as filed before the request was served
    #[arg(long, value_name = "FILE")]
    pub commitment: PathBuf,
    /// The request, as served
    #[arg(long, value_name = "FILE")]
    pub request: PathBuf,
    /// Where the nonce comes from
    #[command(flatten)]
    pub nonces: Nonces,
    /// How many to draw from all positions; 299 without a fault put the share of faults below 1 %
    #[arg(long, value_name = "N")]
    pub size: Option<u64>,
    /// How many to draw from a scope, or 'all' of it: all, not-produced, not-responsive (an elusion test),
    /// withheld, redacted, exceptions, exceptions/REASON, no-view, pages, view/VIEW, batch/NUMBER. Give the option
    /// for each scope
    #[arg(long, value_name = "SCOPE=N")]
    pub draw: Vec<Wanted>,
    /// The list of positions to write, for the responding party
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// The record of the draw to write, for the judge
    #[arg(long, value_name = "FILE")]
    pub record: PathBuf,
    /// Replace files that exist
    #[arg(long)]
    pub force: bool,
}

impl SampleArgs {
    /// All draws that are asked for.
    pub fn wanted(&self) -> impl Iterator<Item = Wanted> {
        let all = self.size.map(|size| Wanted {
            scope: Scope::All,
            size: Some(size),
        });
        all.into_iter().chain(self.draw.iter().copied())
    }
}

/// A draw that is asked for: `SCOPE=N`, or `SCOPE=all`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wanted {
    /// Which positions to draw from.
    pub scope: Scope,
    /// How many to draw; `None` for all of them.
    pub size: Option<u64>,
}

impl FromStr for Wanted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.rsplit_once('=');
        let (scope, size) = parts.ok_or("a draw is SCOPE=N, such as exceptions=50")?;
        let scope = scope.parse().map_err(|error| format!("{error}"))?;
        let size = match size {
            "all" => None,
            number => Some(number.parse().map_err(|_| "N is a number, or 'all'")?),
        };
        Ok(Self { scope, size })
    }
}

/// Arguments of `judge-verify share`.
#[derive(Args, Debug)]
pub struct ShareArgs {
    /// The commitment, as filed
    #[arg(long, value_name = "FILE")]
    pub commitment: PathBuf,
    /// The request, as served
    #[arg(long, value_name = "FILE")]
    pub request: PathBuf,
    /// The file to write, which is secret until all hashes are exchanged: HASH:SHARE, for
    /// 'judge-verify sample --share'
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Replace the file if it exists
    #[arg(long)]
    pub force: bool,
}

/// Arguments of `judge-verify audit`.
#[derive(Args, Debug)]
pub struct AuditArgs {
    /// The folder that 'responder open' wrote
    pub opened: PathBuf,
    /// The commitment, as filed before the request was served
    #[arg(long, value_name = "FILE")]
    pub commitment: PathBuf,
    /// The request, as served
    #[arg(long, value_name = "FILE")]
    pub request: PathBuf,
    /// The record that 'judge-verify sample' wrote
    #[arg(long, value_name = "FILE")]
    pub record: PathBuf,
    /// The production that the sample was drawn from: needed for any scope but 'all'. Its decisions are
    /// compared with the opened files
    #[arg(long, value_name = "FOLDER")]
    pub production: Option<PathBuf>,
    /// The list of positions drawn from 'not-responsive' with a second column 'relevant', in which a
    /// reviewer has put yes or no
    #[arg(long, value_name = "FILE")]
    pub reviewed: Option<PathBuf>,
    /// What reads opened files again
    #[command(flatten)]
    pub extractor: ExtractorArgs,
    /// Write the report as JSON to this file
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Replace a report file that exists
    #[arg(long)]
    pub force: bool,
}

/// Arguments of `judge-verify accuracy`.
#[derive(Args, Debug)]
pub struct AccuracyArgs {
    /// The folder that the responding party handed over
    pub production: PathBuf,
    /// The commitment, as filed before the request was served
    #[arg(long, value_name = "FILE")]
    pub commitment: PathBuf,
    /// The request, as served
    #[arg(long, value_name = "FILE")]
    pub request: PathBuf,
    /// The labels: a CSV file with the columns position (or sha256, of produced or opened files) and
    /// label, which is yes or no; where the request asks for classes or scores, the class
    #[arg(long, value_name = "FILE")]
    pub labels: PathBuf,
    /// The names of the classes, one a line, that of class 0 first: for the report, and for labels
    #[arg(long, value_name = "FILE")]
    pub names: Option<PathBuf>,
    /// The folder that 'responder open' wrote: ties labels to positions by the digests of its files
    #[arg(long, value_name = "OPENED")]
    pub opened: Option<PathBuf>,
    /// The labels are those of the sample that was drawn from all positions by this record ('judge-verify
    /// sample')
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// The ceremony file, where the request names one (KZG)
    #[arg(long, value_name = "FILE")]
    pub srs: Option<PathBuf>,
    /// What reads produced files again
    #[command(flatten)]
    pub extractor: ExtractorArgs,
    /// Write the figures as JSON to this file
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Write the figures as an HTML page with a plot of the confusion table to this file
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Replace files of figures that exist
    #[arg(long)]
    pub force: bool,
}
