//! `[check-decode]`: every file of the production is there and well formed, and there is no other.
//!
//! Proofs and produced files are only listed here: `[check-proofs]` and `[check-openings]` read them.

use super::evidence::{Evidence, Inputs, Matter};
use crate::fault::{Fault, NotPassed, ledger_fault};
use crate::files::{self, malformed};
use duces_protocol::answers::{self, AnswerKind, Answers, AnswersError};
use duces_protocol::commitment::Commitment;
use duces_protocol::leaf::FileHasher;
use duces_protocol::production::ledger::Ledger;
use duces_protocol::production::manifest::{self, Manifest};
use duces_protocol::production::redaction::MAX_PAGES;
use duces_protocol::production::sums::Sums;
use duces_protocol::production::withholding::{self, WithholdingLog};
use duces_protocol::production::{names, openings};
use duces_protocol::profile::{self, Profile};
use duces_protocol::request::{AnyRequest, Scheme};
use std::path::Path;

/// Everything has been read.
pub struct Decoded {
    pub(super) evidence: Evidence,
    /// Keeps other modules from making one.
    _checked: (),
}

/// The longest line of `sha256sums.txt`: a digest, two spaces, two components, `/`, a line feed.
const MAX_SUM_LINE: u64 = 64 + 2 + 64 + 1 + 64 + 1;

/// The names at the top of a production, the file of answers aside.
const TOP: [&str; 16] = [
    names::IMAGE_FILE,
    names::IMAGES,
    names::LEDGER,
    names::LOAD_FILE,
    names::MANIFEST,
    names::NATIVES,
    names::OPENINGS,
    names::PRIVILEGE_LOG,
    names::PRIVILEGE_LOG_TEXT,
    names::PROFILE,
    names::PROOFS,
    names::SUMS,
    names::TEXT,
    names::VAUGHN_INDEX,
    names::VAUGHN_INDEX_TEXT,
    names::WITHHOLDING,
];

/// The folders of produced documents.
const DOCUMENTS: [&str; 3] = [names::NATIVES, names::TEXT, names::IMAGES];

pub(super) fn check(inputs: &Inputs) -> Result<Decoded, NotPassed> {
    let commitment = files::read_commitment(&inputs.commitment)?;
    let earlier = inputs.earlier.iter();
    let earlier = earlier
        .map(|path| files::read_commitment(path))
        .collect::<Result<_, _>>()?;
    let request = files::read_request(&inputs.request)?;

    let folder = inputs.production.clone();
    let top = files::list(&folder, "", 64)?;
    if let Some(missing) = TOP
        .iter()
        .find(|name| !top.iter().any(|present| present == *name))
    {
        return Err(Fault::new(*missing, "it is missing").into());
    }
    let form = request.answer_form();
    let answers_in_a_file = form.kind() != AnswerKind::Match;
    if answers_in_a_file && !top.iter().any(|name| name == names::ANSWERS) {
        let what = format!("it is missing: the request asks for {}", form.words());
        return Err(Fault::new(names::ANSWERS, what).into());
    }
    let known = |name: &str| TOP.contains(&name) || answers_in_a_file && name == names::ANSWERS;
    if let Some(extra) = top.iter().find(|name| !known(name)) {
        return Err(Fault::new(format!("{extra:?}"), "a production has no such file").into());
    }
    let proof_files = files::list(&folder, names::PROOFS, commitment.items())?;

    let mut read_digests = Sums::new();
    let mut produced = |name: &str, limit: u64| {
        let bytes = files::read_produced(&folder, name, limit)?;
        if name != names::SUMS {
            read_digests.insert(name.parse().expect("a fixed name"), FileHasher::of(&bytes));
        }
        Ok::<_, NotPassed>(bytes)
    };
    let bytes = produced(names::MANIFEST, manifest::MAX_BYTES)?;
    let manifest = Manifest::parse(&bytes).map_err(malformed(&names::MANIFEST))?;

    let bytes = produced(names::PROFILE, profile::MAX_BYTES as u64)?;
    let text =
        String::from_utf8(bytes).map_err(|_| Fault::new(names::PROFILE, "it is not UTF-8"))?;
    let profile = Profile::parse(&text).map_err(malformed(&names::PROFILE))?;

    let limit = Ledger::max_bytes(commitment.items(), commitment.views().len());
    let ledger = files::open_produced(&folder, names::LEDGER, limit)?;
    let ledger = Ledger::read(ledger).map_err(ledger_fault)?;

    let pages = ledger.redacted().saturating_mul(MAX_PAGES.into());
    let most = commitment.items().saturating_add(pages);
    let mut document_files = Vec::new();
    for name in DOCUMENTS {
        document_files.push((name, files::list(&folder, name, most)?));
    }

    let mut answers_digest = None;
    let answers = if answers_in_a_file {
        let file = files::open_produced(&folder, names::ANSWERS, answers::MAX_BYTES as u64)?;
        let mut file = files::Hashing::new(file);
        let count = usize::try_from(ledger.answered()).unwrap_or(usize::MAX);
        let answers = form.read(request.digest(), count, &mut file);
        let answers = answers.map_err(|error| answers_fault(&folder, error))?;
        answers_digest = Some(file.finish());
        answers
    } else {
        Answers::default()
    };

    let bytes = produced(names::OPENINGS, openings::max_bytes(ledger.produced()))?;
    let openings = openings::parse(&bytes).map_err(malformed(&names::OPENINGS))?;

    let bytes = produced(names::WITHHOLDING, withholding::MAX_BYTES)?;
    let withholding = WithholdingLog::parse(&bytes, commitment.items(), ledger.redacted())
        .map_err(malformed(&names::WITHHOLDING))?;

    let documents: usize = document_files.iter().map(|(_, files)| files.len()).sum();
    let listed = (TOP.len() + 1 + proof_files.len() + documents) as u64;
    let bytes = produced(names::SUMS, listed * MAX_SUM_LINE)?;
    let sums = FileHasher::of(&bytes);
    let listed_digests = Sums::parse(&bytes).map_err(malformed(&names::SUMS))?;

    let ledger_name = names::LEDGER.parse().expect("a fixed name");
    read_digests.insert(ledger_name, ledger.digest());
    if let Some(digest) = answers_digest {
        read_digests.insert(names::ANSWERS.parse().expect("a fixed name"), digest);
    }

    let evidence = Evidence {
        commitment_digest: commitment.digest(),
        commitment,
        earlier,
        request_digest: request.digest(),
        request,
        manifest,
        profile,
        ledger,
        openings,
        produced_lines: Vec::new(),
        redacted_lines: Vec::new(),
        redacted: Vec::new(),
        withholding,
        answers,
        views: Vec::new(),
        folder,
        srs: inputs.srs.clone(),
        proof_files,
        document_files,
        extractor: inputs.extractor.clone(),
        listed_digests,
        sums,
        read_digests,
        exceptions: Vec::new(),
        proof_bytes: 0,
    };
    Ok(Decoded {
        evidence,
        _checked: (),
    })
}

fn answers_fault(folder: &Path, error: AnswersError) -> NotPassed {
    match error {
        AnswersError::Malformed(error) => malformed(&names::ANSWERS)(error).into(),
        AnswersError::Io(error) => files::cannot_read(&folder.join(names::ANSWERS), &error).into(),
    }
}

impl Decoded {
    pub(super) fn matter(&self) -> Matter {
        let Evidence {
            commitment,
            earlier,
            request,
            manifest,
            profile,
            ..
        } = &self.evidence;
        Matter {
            origin: commitment.origin().as_str().to_owned(),
            items: commitment.items(),
            commitment: self.evidence.commitment_digest,
            root: commitment.root(),
            profile: commitment.profile(),
            request: self.evidence.request_digest,
            production: self.evidence.sums,
            classifier: request.classifier_digest(),
            hidden: match request {
                AnyRequest::Public(_) => None,
                AnyRequest::Sealed(request) => {
                    Some(request.classifier.architecture().parameters() as u64)
                }
            },
            answers: request.answer_form().kind(),
            answer_words: request.answer_form().words(),
            model: request.model(),
            notes: *commitment.notes(),
            earlier: earlier.iter().map(Commitment::items).max(),
            families: profile.families(),
            extractor: profile.extraction().version.clone(),
            view: request.view().to_string(),
            rule: request.rule().to_owned(),
            scheme: match request.scheme() {
                Scheme::Ipa => "ipa",
                Scheme::Kzg { .. } => "kzg",
            },
            ceremony: match request.scheme() {
                Scheme::Ipa => None,
                Scheme::Kzg { srs } => Some(srs),
            },
            width: manifest.width,
            k: manifest.k,
            lanes: manifest.lanes,
            ledger_bytes: self.evidence.ledger.byte_len(),
        }
    }
}
