//! What the checks work on: the judge's files, and all that was read from the production.

use super::listed::{Exception, Redacted};
use crate::extractor::Choice;
use crate::fault::NotPassed;
use crate::files::{self, malformed};
use duces_protocol::answers::{Answer, AnswerKind, Answers};
use duces_protocol::commitment::{Commitment, Notes};
use duces_protocol::digest::Digest;
use duces_protocol::pedersen::ViewCommitment;
use duces_protocol::production::ledger::{Ledger, Line};
use duces_protocol::production::manifest::Manifest;
use duces_protocol::production::names;
use duces_protocol::production::openings::Opening;
use duces_protocol::production::sums::Sums;
use duces_protocol::production::withholding::WithholdingLog;
use duces_protocol::profile::{Families, Profile};
use duces_protocol::rendition::Rendition;
use duces_protocol::request::AnyRequest;
use duces_protocol::view::Kind;
use std::path::PathBuf;

/// The files that the judge gives.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// The folder of the production.
    pub production: PathBuf,
    /// `commitment.txt`, as it was filed before the request was served.
    pub commitment: PathBuf,
    /// Earlier commitments, each of which the next one extends, the last one `commitment`.
    pub earlier: Vec<PathBuf>,
    /// The request, as it was served.
    pub request: PathBuf,
    /// The ceremony file, for requests under KZG.
    pub srs: Option<PathBuf>,
    /// What reads produced files again.
    pub extractor: Choice,
}

/// Everything that was read. It passes from check to check.
pub(super) struct Evidence {
    pub(super) commitment: Commitment,
    pub(super) commitment_digest: Digest,
    pub(super) earlier: Vec<Commitment>,
    pub(super) request: AnyRequest,
    pub(super) request_digest: Digest,
    pub(super) manifest: Manifest,
    pub(super) profile: Profile,
    pub(super) ledger: Ledger,
    pub(super) openings: Vec<Opening>,
    /// The lines of the positions of the openings, in their order: filled in by `[check-openings]`.
    pub(super) produced_lines: Vec<Line>,
    /// The lines of the positions that are redacted, ascending, and what stands in their place: filled in by
    /// `[check-openings]`.
    pub(super) redacted_lines: Vec<Line>,
    pub(super) redacted: Vec<Redacted>,
    pub(super) withholding: WithholdingLog,
    /// For each provable position its answer, in ascending order; of matches only the dispositions
    /// speak, and this is empty.
    pub(super) answers: Answers,
    /// For each of the first [`KEPT_VIEWS`] positions the commitment to the view that the request
    /// reads, if the leaf has one: filled in by `[check-commitment]`. The others are read again.
    pub(super) views: Vec<Option<ViewCommitment>>,
    /// The exceptions, in ascending order of position: filled in by `[check-coverage]`.
    pub(super) exceptions: Vec<Exception>,
    pub(super) folder: PathBuf,
    pub(super) srs: Option<PathBuf>,
    pub(super) proof_files: Vec<String>,
    /// The folders of produced documents, and the names in each.
    pub(super) document_files: Vec<(&'static str, Vec<String>)>,
    pub(super) extractor: Choice,
    /// The digests that `sha256sums.txt` lists.
    pub(super) listed_digests: Sums,
    /// SHA-256 of `sha256sums.txt`.
    pub(super) sums: Digest,
    /// The digests of the bytes that were read.
    pub(super) read_digests: Sums,
    pub(super) proof_bytes: u64,
}

/// How many view commitments are kept as points, in 72 MB. To read a point again takes some
/// microseconds.
pub(super) const KEPT_VIEWS: usize = 1 << 20;

impl Evidence {
    /// The commitment to the view that the request reads, of a line of the ledger.
    pub(super) fn view_of(&self, line: &Line) -> Result<Option<ViewCommitment>, NotPassed> {
        let index = usize::try_from(line.position).unwrap_or(usize::MAX);
        match self.views.get(index) {
            Some(view) => Ok(*view),
            None => Ok(line
                .commitment(self.request.view())
                .map_err(malformed(&names::LEDGER))?),
        }
    }

    /// Reads a text or a page that is handed over; also returns the digest of its file. Below a page stands
    /// its name, which is not part of it.
    pub(super) fn handed_over(
        &self,
        path: &str,
        kind: Kind,
        name: &str,
    ) -> Result<(Rendition, Digest), NotPassed> {
        let pixels = self.profile.limits().max_pixels;
        match kind {
            Kind::Text => files::read_rendition(&self.folder, path, kind, pixels),
            Kind::Image => files::read_page(&self.folder, path, name, pixels),
        }
    }

    /// The answer that is claimed for a provable position, which has this number among them.
    pub(super) fn answer(&self, line: &Line, ordinal: u64) -> Answer {
        let listed = usize::try_from(ordinal).ok();
        let listed = listed.and_then(|ordinal| self.answers.get(ordinal));
        let matches = line.outcome.disposition.claims_match();
        listed.unwrap_or(Answer::Match(matches))
    }

    /// Notes the digest of a file that was read.
    pub(super) fn record(&mut self, name: &str, digest: Digest) {
        let path = name
            .parse()
            .expect("names of expected files are relative paths");
        self.read_digests.insert(path, digest);
    }
}

/// What is known of the matter once the files are decoded, for reports.
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
    /// SHA-256 of `sha256sums.txt`, which lists every other file of the production.
    pub production: Digest,
    /// Digest of the classifier.
    pub classifier: Digest,
    /// Number of hidden weights and biases, where the classifier is sealed.
    pub hidden: Option<u64>,
    /// What the request asks for.
    pub answers: AnswerKind,
    /// What that is, in words.
    pub answer_words: String,
    /// Digest of the model that the classifier was made from.
    pub model: Digest,
    /// What the commitment states beside its positions.
    pub notes: Notes,
    /// Positions of the commitment that this one extends, where it was given to be checked.
    pub earlier: Option<u64>,
    /// What is produced of the family of a match.
    pub families: Families,
    /// The version of the extractor that the profile names.
    pub extractor: Option<String>,
    /// Name of the view that the classifier reads.
    pub view: String,
    /// The rule for a match or another answer, as the requesting party wrote it.
    pub rule: String,
    /// The commitment scheme of the proofs.
    pub scheme: &'static str,
    /// SHA-256 of the ceremony file that the request names, under KZG.
    pub ceremony: Option<Digest>,
    /// Batch width: binary logarithm of the activations that a batch has room for.
    pub width: u32,
    /// Binary logarithm of the rows of a column.
    pub k: u32,
    /// Column triples side by side that one item takes.
    pub lanes: u32,
    /// Bytes of the ledger.
    pub ledger_bytes: u64,
}
