//! `[check-sums]`: `sha256sums.txt` and the load file agree with the files.
//!
//! The digests compared are those of the bytes that the earlier checks have read.
//!
//! Without it this lie becomes possible: the lists that others work from name files that the judge
//! has not seen.

use super::coverage::Counts;
use super::evidence::Evidence;
use super::withholding::Logged;
use crate::fault::{Fault, NotPassed};
use crate::files;
use duces_protocol::answers::{Answer, AnswerForm};
use duces_protocol::digest::Digest;
use duces_protocol::leaf::{FileHasher, Status};
use duces_protocol::production::ledger::Ledger;
use duces_protocol::production::openings::Opening;
use duces_protocol::production::withholding::WithholdingLog;
use duces_protocol::production::{load_file, names};
use serde::Serialize;
use std::collections::BTreeMap;

/// All nine checks have passed. Only the last of them makes one.
pub struct Verified {
    evidence: Evidence,
    counts: Counts,
}

pub(super) fn check(logged: Logged) -> Result<Verified, NotPassed> {
    let Logged {
        mut evidence,
        counts,
        rows,
        ..
    } = logged;
    let expected = load_file::render(&rows);
    drop(rows);
    let limit = expected.len() as u64;
    let actual = files::read_produced(&evidence.folder, names::LOAD_FILE, limit)?;
    if actual != expected {
        let what = "it does not list the produced files as they are";
        return Err(Fault::new(names::LOAD_FILE, what).into());
    }
    evidence.record(names::LOAD_FILE, FileHasher::of(&actual));

    let place = |path: &dyn std::fmt::Display| format!("{}, {path}", names::SUMS);
    for (path, digest) in evidence.read_digests.iter() {
        match evidence.listed_digests.get(path) {
            Some(listed) if listed == digest => {}
            Some(_) => {
                let what = format!("the file's digest is {digest}, not the listed one");
                return Err(Fault::new(place(path), what).into());
            }
            None => return Err(Fault::new(place(path), "the file is not listed").into()),
        }
    }
    if let Some((path, _)) = evidence
        .listed_digests
        .iter()
        .find(|(path, _)| evidence.read_digests.get(path).is_none())
    {
        return Err(Fault::new(place(path), "there is no such file").into());
    }
    Ok(Verified { evidence, counts })
}

/// An item that was unreadable when the commitment was made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Exception {
    /// Its position.
    pub position: u64,
    /// Why it was unreadable, in one word.
    pub reason: &'static str,
}

/// A produced document.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Produced {
    /// Its position.
    pub position: u64,
    /// Its Bates number.
    pub bates: String,
    /// The position that heads its family.
    pub family: u64,
    /// Whether it is no match, and came with its family.
    pub companion: bool,
}

impl Produced {
    pub(super) fn new(opening: &Opening, ledger: &Ledger) -> Self {
        let line = ledger.line(opening.position);
        Self {
            position: opening.position,
            bates: opening.bates.to_string(),
            family: line.family,
            companion: !line.outcome.disposition.claims_match(),
        }
    }
}

impl Verified {
    /// The answer that is proved for each position which has one, ascending: not for an exception, nor
    /// for an item without the view.
    pub fn answers(&self) -> impl Iterator<Item = (u64, Answer)> {
        let evidence = &self.evidence;
        let provable = (0..evidence.ledger.items()).filter(move |p| evidence.view_at(*p).is_some());
        provable.enumerate().map(move |(ordinal, position)| {
            let listed = evidence.answers.get(ordinal).cloned();
            let answer = listed.unwrap_or_else(|| {
                let outcome = evidence.ledger.line(position).outcome;
                Answer::Match(outcome.disposition.claims_match())
            });
            (position, answer)
        })
    }

    /// Which answers are well formed.
    #[must_use]
    pub fn answer_form(&self) -> AnswerForm {
        self.evidence.request.answer_form()
    }

    /// How many positions have each class; empty where the request asks for something else.
    #[must_use]
    pub fn classes(&self) -> BTreeMap<u32, u64> {
        let mut classes = BTreeMap::new();
        for answer in &self.evidence.answers {
            if let Answer::Class(class) = answer {
                *classes.entry(*class).or_default() += 1;
            }
        }
        classes
    }

    /// The positions whose files were produced, with the SHA-256 of each.
    pub fn native_digests(&self) -> impl Iterator<Item = (u64, Digest)> {
        self.evidence.openings.iter().filter_map(|opening| {
            let path = format!("{}/{}", names::NATIVES, opening.native_file()?);
            let digest = *self.evidence.read_digests.get(&path.parse().ok()?)?;
            Some((opening.position, digest))
        })
    }

    /// Root of the commitment.
    #[must_use]
    pub fn root(&self) -> Digest {
        self.evidence.commitment.root()
    }

    /// Digest of the commitment.
    #[must_use]
    pub fn commitment_digest(&self) -> Digest {
        self.evidence.commitment_digest
    }

    /// Digest of the request.
    #[must_use]
    pub fn request_digest(&self) -> Digest {
        self.evidence.request_digest
    }

    /// Digest of the classifier.
    #[must_use]
    pub fn classifier_digest(&self) -> Digest {
        self.evidence.request.classifier_digest()
    }

    /// How many items have each disposition.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// The withholding log.
    #[must_use]
    pub fn withholding(&self) -> &WithholdingLog {
        &self.evidence.withholding
    }

    /// The exceptions, in ascending order of position.
    pub fn exceptions(&self) -> impl Iterator<Item = Exception> {
        self.evidence
            .ledger
            .lines()
            .filter_map(|line| match line.status {
                Status::Exception(reason) => Some(Exception {
                    position: line.position,
                    reason: reason.name(),
                }),
                Status::Item | Status::Page => None,
            })
    }

    /// The produced documents, in ascending order of position.
    pub fn produced(&self) -> impl Iterator<Item = Produced> {
        let ledger = &self.evidence.ledger;
        let openings = self.evidence.openings.iter();
        openings.map(|opening| Produced::new(opening, ledger))
    }

    /// Bytes of all proofs.
    #[must_use]
    pub fn proof_bytes(&self) -> u64 {
        self.evidence.proof_bytes
    }
}
