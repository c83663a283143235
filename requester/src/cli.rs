//! The command line of the requesting party's program.

use crate::decision::Rule;
use clap::{Args, Parser, Subcommand, ValueEnum};
use duces_protocol::view::View;
use std::path::PathBuf;

/// For the party that asks for documents: turn a classifier into a request that the other side
/// can answer with proofs.
#[derive(Parser, Debug)]
#[command(name = "requester", version, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands, in the order of the work.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Turn a folder of documents into the tensor that the proofs will see, for training.
    ///
    /// Writes a numpy array of bytes, one row for each document, and beside it the names of the
    /// documents in the same order. An attachment, an entry of an archive, and for a view of images
    /// a page is a row of its own. What cannot be read is listed and left out.
    Features(FeaturesArgs),
    /// Turn a model into a request.
    ///
    /// Reads an ONNX file, appends the rule for a match, and turns both into integers. Prints how
    /// well the integers agree with the model on the calibration data.
    Draft(DraftArgs),
    /// Show what a request asks for.
    Inspect(InspectArgs),
    /// Show what a model becomes, or which of its nodes are not supported.
    Check(CheckArgs),
    /// Print the table of operators, as in docs/operators.md.
    Operators,
}

/// Arguments of `features`.
#[derive(Args, Debug)]
pub struct FeaturesArgs {
    /// The folder of documents; its subfolders are read too.
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// The view: gray-WxH, rgb-WxH, text-bytes-N, text-hash-N, or text-hash-N-nA-B for n-grams, with
    /// -binary for presence.
    #[arg(long)]
    pub view: View,
    /// Where to write the array; the names go to the same place, ending in .files.txt.
    #[arg(long, value_name = "X.npy")]
    pub out: PathBuf,
    /// The extractor that reads the documents [default: the program 'extract' beside this one].
    #[arg(long, value_name = "PROGRAM")]
    pub extractor: Option<PathBuf>,
    /// Replace files that exist.
    #[arg(long)]
    pub force: bool,
}

/// The commitment scheme of the proofs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum SchemeName {
    /// No trusted setup.
    Ipa,
    /// A ceremony file that the parties agreed on.
    Kzg,
}

/// What is answered in public of every document.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum AnswerName {
    /// Its class: the index of the largest score, the lowest among equals.
    Argmax,
    /// All scores, as integers with a unit that the request states.
    Scores,
}

impl AnswerName {
    /// The rule that asks for it.
    #[must_use]
    pub fn rule(self) -> Rule {
        match self {
            Self::Argmax => Rule::Class,
            Self::Scores => Rule::Scores,
        }
    }
}

/// How a model is turned into integers.
#[derive(Args, Clone, Debug)]
pub struct ImportArgs {
    /// Typical documents: a folder, or an array from 'requester features'.
    #[arg(long, value_name = "DIR|X.npy")]
    pub calibration: Option<PathBuf>,
    /// The extractor that reads the documents [default: the program 'extract' beside this one].
    #[arg(long, value_name = "PROGRAM")]
    pub extractor: Option<PathBuf>,
    /// Go on only if the integers decide at least this share of the calibration data as the model does.
    #[arg(long, value_name = "PERCENT", default_value = "99", value_parser = percent)]
    pub accept_agreement: f64,
    /// The model reads SCALE·byte + OFFSET: one value, or one for each channel [default: 1/255 for
    /// images, 1 for text and for models that read integers].
    #[arg(long, value_name = "S", value_delimiter = ',', value_parser = finite, allow_hyphen_values = true)]
    pub input_scale: Vec<f64>,
    /// The OFFSET of --input-scale [default: 0].
    #[arg(long, value_name = "O", value_delimiter = ',', value_parser = finite, allow_hyphen_values = true)]
    pub input_offset: Vec<f64>,
}

/// Arguments of `draft`.
#[derive(Args, Debug)]
pub struct DraftArgs {
    /// The model.
    #[arg(long, value_name = "M.onnx", required_unless_present = "sealed")]
    pub model: Option<PathBuf>,
    /// The view that the model was trained on.
    #[arg(long, required_unless_present = "sealed")]
    pub view: Option<View>,
    /// The rule for a match: `argmax = 5`, `argmax in 3,5`, `output[0] >= 0.25`, `label = NAME`.
    #[arg(
        long = "match",
        value_name = "EXPR",
        required_unless_present_any = ["sealed", "answer"]
    )]
    pub rule: Option<Rule>,
    /// Ask for an answer about every document in place of matches; nothing is produced then.
    #[arg(long, value_enum, conflicts_with_all = ["rule", "sealed"])]
    pub answer: Option<AnswerName>,
    /// The other side's own model, sealed: the model.sealed that 'responder seal' wrote. It brings
    /// its view and its rule.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["model", "view", "rule", "calibration",
        "input_scale", "input_offset", "accept_agreement", "extractor"])]
    pub sealed: Option<PathBuf>,
    /// Have the proofs show that each view is made of bytes, at the price of a row of the circuit for each
    /// of them: then nobody can plant an entry that makes chosen requests unprovable.
    #[arg(long, conflicts_with = "sealed")]
    pub prove_bytes: bool,
    /// The commitment.txt of the other side.
    #[arg(long, value_name = "FILE")]
    pub commitment: PathBuf,
    /// How a model is turned into integers.
    #[command(flatten)]
    pub import: ImportArgs,
    /// The commitment scheme of the proofs.
    #[arg(long, value_enum, default_value = "ipa")]
    pub scheme: SchemeName,
    /// The ceremony file, for kzg.
    #[arg(long, value_name = "FILE")]
    pub srs: Option<PathBuf>,
    /// Where to write the request.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Replace the file if it exists.
    #[arg(long)]
    pub force: bool,
}

/// Arguments of `inspect`.
#[derive(Args, Debug)]
pub struct InspectArgs {
    /// The request.
    pub request: PathBuf,
    /// Count the matches among these documents: a folder, or an array from 'requester features'.
    #[arg(long, value_name = "DIR|X.npy")]
    pub calibration: Option<PathBuf>,
    /// The extractor that reads the documents [default: the program 'extract' beside this one].
    #[arg(long, value_name = "PROGRAM")]
    pub extractor: Option<PathBuf>,
}

/// Arguments of `check`.
#[derive(Args, Debug)]
pub struct CheckArgs {
    /// The model.
    #[arg(value_name = "MODEL.onnx")]
    pub model: PathBuf,
}

/// A number, or a fraction such as `1/255`.
fn finite(text: &str) -> Result<f64, String> {
    let number = |text: &str| text.trim().parse::<f64>().ok();
    let value = match text.split_once('/') {
        Some((above, below)) => number(above).zip(number(below)).map(|(a, b)| a / b),
        None => number(text),
    };
    value
        .filter(|value| value.is_finite())
        .ok_or_else(|| format!("'{text}' is not a finite number"))
}

/// A number from 0 to 100.
fn percent(text: &str) -> Result<f64, String> {
    let value = text.trim_end_matches('%').trim().parse::<f64>().ok();
    value
        .filter(|value| (0.0..=100.0).contains(value))
        .ok_or_else(|| format!("'{text}' is not a percentage"))
}
