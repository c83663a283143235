//! `[check-sums]`: `sha256sums.txt` and the load files agree with the files.
//!
//! The digests compared are those of the bytes that the earlier checks have read.
//!
//! Without it this lie becomes possible: the lists that others work from name files that the judge
//! has not seen.

use super::coverage::Counts;
use super::evidence::Evidence;
use super::listed::{Exception, LogCounts, Position, Produced, Redacted};
use super::withholding::Logged;
use crate::fault::{CannotRun, Fault, NotPassed, ledger_fault};
use crate::files;
use duces_protocol::answers::{Answer, AnswerForm, AnswerKind};
use duces_protocol::digest::Digest;
use duces_protocol::leaf::FileHasher;
use duces_protocol::production::withholding::{Entry, Rendering, WithholdingLog};
use duces_protocol::production::{load_file, names, opticon};
use duces_protocol::rendition::Rendition;
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
    let expected = [
        (names::LOAD_FILE, load_file::render(&rows)),
        (names::IMAGE_FILE, opticon::render(&rows)),
    ];
    drop(rows);
    for (name, expected) in expected {
        let actual = files::read_produced(&evidence.folder, name, expected.len() as u64)?;
        if actual != expected {
            let what = "it does not list the produced files as they are";
            return Err(Fault::new(name, what).into());
        }
        evidence.record(name, FileHasher::of(&actual));
    }

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

impl Verified {
    /// The answer that is proved for each position which has one, ascending: not for an exception, nor
    /// for an item without the view. An item is an error where the ledger cannot be read again.
    pub fn answers(&self) -> impl Iterator<Item = Result<(u64, Answer), NotPassed>> {
        let view = self.evidence.request.view();
        let lines = self.evidence.ledger.lines();
        let provable = lines.filter(move |line| match line {
            Ok(line) => line.is_provable(view),
            Err(_) => true,
        });
        (0..).zip(provable).map(|(ordinal, line)| {
            let line = line.map_err(ledger_fault)?;
            Ok((line.position, self.evidence.answer(&line, ordinal)))
        })
    }

    /// Every position in its order. An item is an error where the ledger cannot be read again.
    pub fn positions(&self) -> impl Iterator<Item = Result<Position, NotPassed>> {
        let view = self.evidence.request.view();
        let asks_for_matches = self.answer_form().kind() == AnswerKind::Match;
        let mut ordinal = 0;
        self.evidence.ledger.lines().map(move |line| {
            let line = line.map_err(ledger_fault)?;
            let provable = line.is_provable(view);
            let answer =
                (provable && !asks_for_matches).then(|| self.evidence.answer(&line, ordinal));
            ordinal += u64::from(provable);
            Ok(Position {
                position: line.position,
                outcome: line.outcome,
                status: line.status,
                family: line.family,
                answer,
            })
        })
    }

    /// The rendition of the produced document with this number in [`Self::produced`], read again; an
    /// exception has none.
    ///
    /// # Errors
    /// When it cannot be read, or is not what was checked.
    ///
    /// # Panics
    /// When there are not as many produced documents.
    pub fn rendition(&self, index: usize) -> Result<Option<Rendition>, NotPassed> {
        let opening = &self.evidence.openings[index];
        let (Some(name), Some((kind, _))) = (opening.rendition_file(), &opening.rendition) else {
            return Ok(None);
        };
        let page = opening.bates.image_key(1);
        let (rendition, sha256) = self.evidence.handed_over(&name, *kind, &page)?;
        let path = name
            .parse()
            .expect("names of renditions are relative paths");
        if self.evidence.read_digests.get(&path) != Some(&sha256) {
            return Err(CannotRun::new(
                format!("{name} was changed while it was read"),
                "copy the production to a disk that nobody else writes to, then run again",
            )
            .into());
        }
        Ok(Some(rendition))
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
        for answer in self.evidence.answers.iter() {
            if let Answer::Class(class) = answer {
                *classes.entry(class).or_default() += 1;
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

    /// SHA-256 of the ledger.
    #[must_use]
    pub fn ledger_digest(&self) -> Digest {
        self.evidence.ledger.digest()
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
        self.evidence.exceptions.iter().copied()
    }

    /// The documents that are produced as a whole, in ascending order of position.
    pub fn produced(&self) -> impl Iterator<Item = Produced> {
        let openings = self.evidence.openings.iter();
        let lines = &self.evidence.produced_lines;
        openings
            .zip(lines)
            .map(|(opening, line)| Produced::new(opening, line))
    }

    /// What is produced with redactions, in ascending order of position.
    #[must_use]
    pub fn redacted(&self) -> &[Redacted] {
        &self.evidence.redacted
    }

    /// The entries of what is withheld as a whole, in ascending order of position.
    pub fn withheld(&self) -> impl Iterator<Item = &Entry> {
        let entries = self.evidence.withholding.entries().iter();
        entries.filter(|entry| !self.is_redacted(entry.position))
    }

    fn is_redacted(&self, position: u64) -> bool {
        let redacted = &self.evidence.redacted;
        let found = redacted.binary_search_by_key(&position, |it| it.position);
        found.is_ok()
    }

    /// How many entries a log has: of items that are withheld, and of redactions.
    #[must_use]
    pub fn log_counts(&self, rendering: Rendering) -> LogCounts {
        let entries = self.evidence.withholding.entries().iter();
        let mut counts = LogCounts::default();
        for entry in entries.filter(|entry| entry.rendering() == rendering) {
            match self.is_redacted(entry.position) {
                true => counts.redactions += 1,
                false => counts.withheld += 1,
            }
        }
        counts
    }

    /// Bytes of all proofs.
    #[must_use]
    pub fn proof_bytes(&self) -> u64 {
        self.evidence.proof_bytes
    }
}
