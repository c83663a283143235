//! The command line of the responding party's program.

use clap::{Args, Parser, Subcommand};
use duces_protocol::view::View;
use duces_requester::cli::{AnswerName, ImportArgs};
use duces_requester::decision::Rule;
use std::path::PathBuf;
use std::str::FromStr;

/// For the party that answers a document request: commit to your documents before the request is
/// known, then prove of each one whether it matches.
#[derive(Parser, Debug)]
#[command(name = "responder", version, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands, in the order of the work.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Read a folder of documents ahead of 'commit'.
    ///
    /// Fills a folder from which 'commit --cache' takes what was read. With --shard, several machines
    /// share the work; they may stop and start again at any time.
    Extract(ExtractArgs),
    /// Read a folder of documents and commit to its content.
    ///
    /// Writes MATTER/commitment.txt, a short text for the other side and the court;
    /// MATTER/exceptions.csv, the positions of the files that could not be read, with the reasons;
    /// and MATTER/vault, which stays with you: it holds the secrets that every later step needs. Keep
    /// a copy of it. Every file gets a position, in random order, so that positions reveal nothing.
    ///
    /// You can stop the command at any time; the same command continues where it stopped.
    Commit(CommitArgs),
    /// Say what is in a vault, how far a 'commit' that is not finished has come, or which proofs are
    /// there.
    Status(StatusArgs),
    /// Seal a model of your own: the request can name it, and nobody learns its weights.
    ///
    /// Reads an ONNX file, appends the rule for a match, turns both into integers, and commits to the
    /// weights. Writes SEALED/model.sealed, which you hand over: layers, shapes, tables, view and rule
    /// are in it for all to read; and SEALED/weights, which stays with you. 'review', 'prove' and
    /// 'produce' need it. Every run makes another sealed model.
    Seal(SealArgs),
    /// See what a request would match, before anything leaves your hands.
    ///
    /// Applies the request's classifier to every document and writes a table for privilege review.
    /// Takes seconds; proves nothing.
    Review(ReviewArgs),
    /// Prove the decision on every document.
    ///
    /// Writes one file for each batch of documents. You can stop the command at any time; the same
    /// command continues where it stopped. With --shard, several machines share the work.
    Prove(ProveArgs),
    /// Put together what the other side receives.
    ///
    /// That is every matching document, or an entry in the withholding log if it is withheld; the
    /// proofs of all decisions; and the lists that tie them to the commitment.
    Produce(ProduceArgs),
    /// Open drawn positions to the judge, in camera.
    ///
    /// Writes, for each position on the list, the file and what the judge needs to check that it is
    /// the committed one and that its views were computed from it. The folder holds your documents
    /// as they are: hand it to the judge alone.
    Open(OpenArgs),
}

/// A vault, and what opens it.
#[derive(Args, Clone, Debug)]
pub struct VaultArgs {
    /// The vault that 'commit' made: MATTER/vault.
    #[arg(long, value_name = "FOLDER")]
    pub vault: PathBuf,
    /// Read the passphrase of the vault from the first line of this file. Without it you are asked, if
    /// the vault has one.
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
}

/// Arguments of `extract`.
#[derive(Args, Debug)]
pub struct ExtractArgs {
    /// The folder of documents.
    pub corpus: PathBuf,
    /// What the parties agreed on: which views to compute, size limits, and how files are read.
    #[arg(long, value_name = "FILE")]
    pub profile: PathBuf,
    /// The folder to fill; it is made if it does not exist. It holds the text of your documents.
    #[arg(long, value_name = "FOLDER")]
    pub cache: PathBuf,
    /// Read only part i of m, for example 2/8; parts are numbered from 1.
    #[arg(long, value_name = "i/m")]
    pub shard: Option<Shard>,
    /// The extractor [default: the program 'extract' in the folder of this one].
    #[arg(long, value_name = "PROGRAM")]
    pub extractor: Option<PathBuf>,
    /// Read every file in a process of its own. Slower; results are the same.
    #[arg(long)]
    pub isolate: bool,
    /// Write the figures of this run (files, seconds, peak memory) to this file, when all is done.
    /// An earlier file of that name is replaced.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}

/// What `status` is asked about.
#[derive(Args, Debug)]
#[group(id = "what", required = true, multiple = false)]
pub struct Subject {
    /// The vault that 'commit' made, or is making: MATTER/vault.
    #[arg(long, value_name = "FOLDER")]
    pub vault: Option<PathBuf>,
    /// The folder that 'prove' fills. Neither vault nor request is read.
    #[arg(long, value_name = "FOLDER")]
    pub proofs: Option<PathBuf>,
}

/// Arguments of `status`.
#[derive(Args, Debug)]
pub struct StatusArgs {
    /// What is asked about.
    #[command(flatten)]
    pub subject: Subject,
    /// Read the passphrase of the vault from the first line of this file. Without it you are asked, if
    /// the vault has one.
    #[arg(long, value_name = "FILE", requires = "vault")]
    pub passphrase_file: Option<PathBuf>,
    /// Of the proofs, only part i of m, for example 2/8.
    #[arg(long, value_name = "i/m", requires = "proofs")]
    pub shard: Option<Shard>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `commit`.
#[derive(Args, Debug)]
pub struct CommitArgs {
    /// The folder of documents. Every file in it and in its subfolders is one item, and so is every
    /// part of a file: the attachment of an e-mail, the entry of an archive, the page of a scan.
    pub corpus: PathBuf,
    /// What the parties agreed on: which views to compute, and size limits.
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present = "append",
        conflicts_with = "append"
    )]
    pub profile: Option<PathBuf>,
    /// Extend an earlier commitment: its positions keep their numbers and come first, those of the files
    /// that it does not have follow. Profile and name are taken over. CORPUS can be the folder from
    /// before, to which files were added, or another one. The earlier folder stays as it is.
    #[arg(long, value_name = "OLD_MATTER")]
    pub append: Option<PathBuf>,
    /// The folder to write to. It must not be inside the folder of documents.
    #[arg(long, value_name = "MATTER")]
    pub out: PathBuf,
    /// The case or request number to state in the commitment [default: the name of MATTER; with
    /// --append that of the earlier commitment].
    #[arg(long, value_name = "NAME")]
    pub origin: Option<String>,
    /// Start over: discard the existing vault and commitment. Nothing can be proved about that
    /// commitment any more.
    #[arg(long)]
    pub force: bool,
    /// Commit although there are symbolic links, or folders that cannot be listed. What is behind
    /// them is left out, and the commitment says how many there are.
    #[arg(long)]
    pub leave_out: bool,
    /// A list of known files, such as those of an operating system: SHA-256 digests, one a line, as
    /// sha256sum prints them. Such a file is listed as an exception, and the commitment names the
    /// digest of the list.
    #[arg(long, value_name = "LIST")]
    pub exclude_digests: Option<PathBuf>,
    /// CORPUS is an earlier production, and this is its Concordance load file (.dat) in it: the text that a
    /// row names is searched in place of what its native file holds. The profile must allow it.
    #[arg(long, value_name = "FILE")]
    pub load_file: Option<PathBuf>,
    /// Put the vault under a passphrase: you are asked for it, unless --passphrase-file is given. Without
    /// it nothing can be proved later: nobody can restore it.
    #[arg(long)]
    pub passphrase: bool,
    /// Read the passphrase from the first line of this file, for --passphrase, or for a vault that has one.
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// The extractor [default: the program 'extract' in the folder of this one].
    #[arg(long, value_name = "PROGRAM")]
    pub extractor: Option<PathBuf>,
    /// Take what 'responder extract' or an earlier run has read already from this folder, and keep
    /// there what is read now. Processes and machines can share it. It holds the text of your documents.
    #[arg(long, value_name = "FOLDER")]
    pub cache: Option<PathBuf>,
    /// Read every file in a process of its own. Slower; results are the same.
    #[arg(long)]
    pub isolate: bool,
    /// Write the figures of this run (items, seconds, bytes, peak memory) to this file.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}

/// Arguments of `seal`.
#[derive(Args, Debug)]
pub struct SealArgs {
    /// The model.
    #[arg(long, value_name = "M.onnx")]
    pub model: PathBuf,
    /// The view that the model was trained on.
    #[arg(long)]
    pub view: View,
    /// The rule for a match: `argmax = 5`, `argmax in 3,5`, `output[0] >= 0.25`, `label = NAME`.
    #[arg(
        long = "match",
        value_name = "EXPR",
        required_unless_present = "answer"
    )]
    pub rule: Option<Rule>,
    /// Seal for an answer about every document in place of matches; nothing is produced then.
    #[arg(long, value_enum, conflicts_with = "rule")]
    pub answer: Option<AnswerName>,
    /// How the model is turned into integers.
    #[command(flatten)]
    pub import: ImportArgs,
    /// The folder to write.
    #[arg(long, value_name = "SEALED")]
    pub out: PathBuf,
}

/// Arguments of `review`.
#[derive(Args, Debug)]
pub struct ReviewArgs {
    /// The vault.
    #[command(flatten)]
    pub vault: VaultArgs,
    /// The request.
    #[arg(long, value_name = "FILE")]
    pub request: PathBuf,
    /// The weights of the sealed model, where the request names one: SEALED/weights.
    #[arg(long, value_name = "FILE")]
    pub weights: Option<PathBuf>,
    /// The table to write: position, decision and file name of every document that the request
    /// reads. It names your documents: keep it to yourself.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Begin a withholding log: a line for every document that would be handed over, basis and
    /// description to be filled in. Delete the lines of documents that you produce. 'produce' leaves out
    /// its column 'file', which names your documents.
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,
    /// Replace the table and the log if they exist.
    #[arg(long)]
    pub force: bool,
}

/// Arguments of `prove`.
#[derive(Args, Debug)]
pub struct ProveArgs {
    /// The vault.
    #[command(flatten)]
    pub vault: VaultArgs,
    /// The request.
    #[arg(long, value_name = "FILE")]
    pub request: PathBuf,
    /// The weights of the sealed model, where the request names one: SEALED/weights.
    #[arg(long, value_name = "FILE")]
    pub weights: Option<PathBuf>,
    /// The folder for the proofs; it is made if it does not exist.
    #[arg(long, value_name = "FOLDER")]
    pub out: PathBuf,
    /// Size of a batch, 11 to 23: each step up doubles it. Larger batches need more memory and give
    /// smaller proofs. All shards must use the same width [default: chosen from the classifier and
    /// the number of documents].
    #[arg(long, value_name = "BITS")]
    pub width: Option<u32>,
    /// Prove only part i of m, for example 2/8; parts are numbered from 1.
    #[arg(long, value_name = "i/m")]
    pub shard: Option<Shard>,
    /// Prove nothing; list the batches that have no proof yet.
    #[arg(long)]
    pub status: bool,
    /// The ceremony file, where the request names one.
    #[arg(long, value_name = "FILE")]
    pub srs: Option<PathBuf>,
    /// Start over: discard the proofs in the folder.
    #[arg(long)]
    pub force: bool,
    /// Write the figures of this run (items, seconds, bytes, peak memory) to this file.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}

/// Arguments of `produce`.
#[derive(Args, Debug)]
pub struct ProduceArgs {
    /// The vault.
    #[command(flatten)]
    pub vault: VaultArgs,
    /// The request.
    #[arg(long, value_name = "FILE")]
    pub request: PathBuf,
    /// The weights of the sealed model, where the request names one: SEALED/weights.
    #[arg(long, value_name = "FILE")]
    pub weights: Option<PathBuf>,
    /// The folder that `prove` filled.
    #[arg(long, value_name = "FOLDER")]
    pub proofs: PathBuf,
    /// The withholding log: a CSV file with the columns position, basis, description; one line for
    /// each matching document that is withheld, and for each redaction. 'review --log' begins it.
    #[arg(long, value_name = "FILE")]
    pub withhold: Option<PathBuf>,
    /// The redacted documents: a folder with a text or a picture for each, named by the position, such
    /// as 17.txt or 17.tif. A text has '[REDACTED 1]' where the first line of the log for this position
    /// applies, and so on.
    #[arg(long, value_name = "FOLDER")]
    pub redact: Option<PathBuf>,
    /// The letters before the Bates number of each produced document.
    #[arg(long, value_name = "PREFIX", default_value = "DOC")]
    pub bates_prefix: String,
    /// The ceremony file, where the request names one.
    #[arg(long, value_name = "FILE")]
    pub srs: Option<PathBuf>,
    /// The extractor [default: the program 'extract' in the folder of this one].
    #[arg(long, value_name = "PROGRAM")]
    pub extractor: Option<PathBuf>,
    /// The folder to write.
    #[arg(long, value_name = "FOLDER")]
    pub out: PathBuf,
    /// Replace the production if it exists.
    #[arg(long)]
    pub force: bool,
}

/// Arguments of `open`.
#[derive(Args, Debug)]
pub struct OpenArgs {
    /// The vault.
    #[command(flatten)]
    pub vault: VaultArgs,
    /// The positions to open: the file that 'judge-verify sample' wrote.
    #[arg(long, value_name = "FILE")]
    pub positions: PathBuf,
    /// The extractor [default: the program 'extract' in the folder of this one].
    #[arg(long, value_name = "PROGRAM")]
    pub extractor: Option<PathBuf>,
    /// The folder to write.
    #[arg(long, value_name = "OPENED")]
    pub out: PathBuf,
}

/// Part `index` of `count`, counted from 1.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shard {
    index: u64,
    count: u64,
}

impl Shard {
    /// The whole.
    pub const WHOLE: Self = Self { index: 1, count: 1 };

    /// Whether a batch or a file of this number belongs to this part: they are dealt out in turn.
    #[must_use]
    pub fn has(self, number: u64) -> bool {
        number % self.count == self.index - 1
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parse = || {
            let (index, count) = text.split_once('/')?;
            let shard = Self {
                index: index.parse().ok()?,
                count: count.parse().ok()?,
            };
            (1..=shard.count).contains(&shard.index).then_some(shard)
        };
        parse().ok_or_else(|| "a shard is i/m with i from 1 to m, for example 2/8".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_deal_out_every_batch_once() {
        for count in [1, 2, 3, 7] {
            let shards: Vec<Shard> = (1..=count)
                .map(|i| format!("{i}/{count}").parse().unwrap())
                .collect();
            for batch in 0..20 {
                assert_eq!(shards.iter().filter(|shard| shard.has(batch)).count(), 1);
            }
        }
        for text in ["0/2", "3/2", "1/0", "1", "a/b", "-1/2", "1/2/3", ""] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }
}
