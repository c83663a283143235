//! The nine checks of a production (docs/protocol.md section 7).
//!
//! Each check is a function from the type that the check before it returned to its own type, whose
//! fields are private to its module: so a check that is skipped is a program that does not
//! compile. Whatever can be recomputed is recomputed; nothing is taken on the responder's word.
//!
//! Memory: the ledger and 8 bytes for each position, the openings, one proof at a time, and one
//! produced file for each thread.
//!
//! Not proved: what [`crate::report::NOT_SHOWN`] lists.

mod binding;
mod commitment;
mod coverage;
mod decode;
mod keys;
mod openings;
mod proofs;
mod sums;
mod withholding;

pub use binding::Bound;
pub use coverage::Counts;
pub use sums::Verified;

use crate::verdict::{Check, Failure, Verdict};
use duces_protocol::commitment::Commitment;
use duces_protocol::digest::Digest;
use duces_protocol::leaf::FileHasher;
use duces_protocol::pedersen::ViewCommitment;
use duces_protocol::production::ledger::Ledger;
use duces_protocol::production::manifest::Manifest;
use duces_protocol::production::openings::Opening;
use duces_protocol::production::sums::Sums;
use duces_protocol::production::withholding::WithholdingLog;
use duces_protocol::profile::Profile;
use duces_protocol::request::Request;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// What the judge gives.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// The folder of the production.
    pub production: PathBuf,
    /// `commitment.txt`, as the judge has held it since before the request.
    pub commitment: PathBuf,
    /// The request, as it was served.
    pub request: PathBuf,
    /// The ceremony file, for requests under KZG.
    pub srs: Option<PathBuf>,
}

/// Everything that was read, as it passes from check to check.
pub(crate) struct Evidence {
    pub(crate) commitment: Commitment,
    pub(crate) commitment_digest: Digest,
    pub(crate) request: Request,
    pub(crate) request_digest: Digest,
    pub(crate) manifest: Manifest,
    pub(crate) profile: Profile,
    pub(crate) ledger: Ledger,
    pub(crate) openings: Vec<Opening>,
    pub(crate) withholding: WithholdingLog,
    /// For each position the commitment to the view that the request reads, if the leaf has it:
    /// read by check 2.
    views: Vec<Option<ViewCommitment>>,
    folder: PathBuf,
    srs: Option<PathBuf>,
    proof_files: Vec<String>,
    native_files: Vec<String>,
    /// `sha256sums.txt`.
    claimed: Sums,
    /// Digests of the bytes that were read.
    read: Sums,
    proof_bytes: u64,
    ledger_bytes: u64,
}

impl Evidence {
    /// The commitment to the view that the request reads.
    fn view_at(&self, position: u64) -> Option<ViewCommitment> {
        let index = usize::try_from(position).ok()?;
        self.views.get(index).copied().flatten()
    }

    fn record(&mut self, name: &str, digest: Digest) {
        let path = name
            .parse()
            .expect("names of files that are due are relative paths");
        self.read.insert(path, digest);
    }
}

fn sha256(bytes: &[u8]) -> Digest {
    let mut hasher = FileHasher::new();
    hasher.update(bytes);
    hasher.finish()
}

/// A check that passed, and how long it took.
#[derive(Clone, Copy, Debug)]
pub struct Passed {
    /// Which.
    pub check: Check,
    /// How long.
    pub time: Duration,
}

/// What is known of the matter once the files are decoded.
#[derive(Clone, Debug)]
pub struct Matter {
    /// What the commitment is about.
    pub origin: String,
    /// Number of committed items.
    pub items: u64,
    /// Digest of the commitment.
    pub commitment: Digest,
    /// Root of the commitment.
    pub root: Digest,
    /// Digest of the profile.
    pub profile: Digest,
    /// Digest of the request.
    pub request: Digest,
    /// Digest of the classifier.
    pub classifier: Digest,
    /// Digest of the model that the classifier was made from.
    pub model: Digest,
    /// Name of the view that the classifier reads.
    pub view: String,
    /// The rule for a match, as the requesting party wrote it.
    pub rule: String,
    /// The commitment scheme of the proofs.
    pub scheme: &'static str,
    /// Batch width: binary logarithm of the activations that a batch has room for.
    pub width: u32,
    /// Bytes of the ledger.
    pub ledger_bytes: u64,
}

/// The outcome, with what was learned on the way.
pub struct Outcome {
    /// The verdict.
    pub verdict: Verdict,
    /// The checks that passed, in order.
    pub passed: Vec<Passed>,
    /// Known once check 1 has passed.
    pub matter: Option<Matter>,
    /// Known once check 5 has passed.
    pub counts: Option<Counts>,
    /// How long all checks took.
    pub time: Duration,
}

/// Runs all checks; calls `each` after every one that passed.
pub fn verify(inputs: &Inputs, each: impl FnMut(&Passed)) -> Outcome {
    let start = Instant::now();
    let mut run = Run {
        each,
        check: Check::Decode,
        passed: Vec::new(),
        matter: None,
        counts: None,
    };
    let verdict = match run.all(inputs) {
        Ok(verified) => Verdict::Verified(Box::new(verified)),
        Err(Failure::Rejected(fault)) => Verdict::Rejected(run.check, fault),
        Err(Failure::CannotRun(error)) => Verdict::NotChecked(run.check, error),
    };
    let Run {
        passed,
        matter,
        counts,
        ..
    } = run;
    Outcome {
        verdict,
        passed,
        matter,
        counts,
        time: start.elapsed(),
    }
}

/// Runs the checks that tie a production to commitment and request: 1 to 3.
///
/// # Errors
/// The check that failed, and how.
pub fn until_bound(inputs: &Inputs) -> Result<Bound, (Check, Failure)> {
    let decoded = decode::check(inputs).map_err(|failure| (Check::Decode, failure))?;
    let committed = commitment::check(decoded).map_err(|failure| (Check::Commitment, failure))?;
    binding::check(committed).map_err(|failure| (Check::Binding, failure))
}

struct Run<F> {
    each: F,
    check: Check,
    passed: Vec<Passed>,
    matter: Option<Matter>,
    counts: Option<Counts>,
}

impl<F: FnMut(&Passed)> Run<F> {
    fn all(&mut self, inputs: &Inputs) -> Result<Verified, Failure> {
        let decoded = self.step(Check::Decode, || decode::check(inputs))?;
        self.matter = Some(decoded.matter());
        let committed = self.step(Check::Commitment, || commitment::check(decoded))?;
        let bound = self.step(Check::Binding, || binding::check(committed))?;
        let keyed = self.step(Check::Keys, || keys::check(bound))?;
        let covered = self.step(Check::Coverage, || coverage::check(keyed))?;
        self.counts = Some(covered.counts());
        let proved = self.step(Check::Proofs, || proofs::check(covered))?;
        let opened = self.step(Check::Openings, || openings::check(proved))?;
        let logged = self.step(Check::Withholding, || withholding::check(opened))?;
        self.step(Check::Sums, || sums::check(logged))
    }

    fn step<T>(
        &mut self,
        check: Check,
        run: impl FnOnce() -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.check = check;
        let start = Instant::now();
        let result = run()?;
        let passed = Passed {
            check,
            time: start.elapsed(),
        };
        (self.each)(&passed);
        self.passed.push(passed);
        Ok(result)
    }
}
