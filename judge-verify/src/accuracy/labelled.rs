//! The labels, and what can be checked of them before the production is looked at.

use crate::audit::{CommittedFile, opened_files, read_record};
use crate::checks::Verified;
use crate::cli::AccuracyArgs;
use crate::fault::{Fault, NotPassed};
use crate::files::{self, malformed};
use duces_protocol::answers::AnswerKind;
use duces_protocol::audit::labels::{self, LabelForm, Labels};
use duces_protocol::audit::record::SampleRecord;
use duces_protocol::audit::sample;
use duces_protocol::audit::scope::Scope;
use duces_protocol::commitment::{self, Commitment};
use duces_protocol::digest::Digest;
use std::collections::{BTreeMap, BTreeSet};

/// Labels that fit commitment, request, draw and opened files, as far as these say.
pub struct Labelled {
    pub(super) commitment: Commitment,
    pub(super) request: Digest,
    /// What the labelled positions were drawn by.
    pub(super) record: Option<SampleRecord>,
    pub(super) names: Vec<String>,
    /// The opened positions with their files.
    pub(super) opened: Option<BTreeMap<u64, CommittedFile>>,
    labels: Labels<u32>,
    place: String,
}

impl Labelled {
    /// Reads the labels, and all that they are checked with.
    ///
    /// # Errors
    /// When a file cannot be read or is malformed; a label names a position that is not there or was
    /// not opened, or a file that was not opened; the positions are not the drawn ones.
    pub fn read(args: &AccuracyArgs) -> Result<Self, NotPassed> {
        let limit = commitment::MAX_BYTES as u64;
        let text = files::read_text(&args.commitment, limit, "commitment")?;
        let commitment = Commitment::parse(&text).map_err(malformed(&args.commitment.display()))?;
        let request = files::read_request(&args.request)?;
        let names = match &args.names {
            Some(path) => {
                let bytes = files::read_named(path, 1 << 20, "list of names")?;
                labels::parse_names(&bytes).map_err(malformed(&path.display()))?
            }
            None => Vec::new(),
        };
        let form = match request.answer_form().kind() {
            AnswerKind::Match => LabelForm::YesOrNo,
            AnswerKind::Class | AnswerKind::Scores => LabelForm::Class(&names),
        };
        let bytes = files::read_named(&args.labels, sample::MAX_BYTES, "file of labels")?;
        let labels = labels::parse(&bytes, form).map_err(malformed(&args.labels.display()))?;
        let opened = match &args.opened {
            Some(folder) => Some(opened_files(folder, &commitment)?),
            None => None,
        };
        let record = match &args.record {
            Some(path) => Some(read_record(path)?),
            None => None,
        };
        let mut labelled = Self {
            commitment,
            request: request.digest(),
            record,
            names,
            opened,
            labels,
            place: args.labels.display().to_string(),
        };
        if let (Labels::Files(by_file), Some(opened)) = (&labelled.labels, &labelled.opened) {
            let opened = opened.iter().filter_map(|(position, file)| match file {
                CommittedFile::Whole(digest) => Some((*position, *digest)),
                CommittedFile::OfPage | CommittedFile::None => None,
            });
            let found = by_position(by_file, opened, "opened");
            let found = found.map_err(|what| labelled.fault(what))?;
            labelled.labels = Labels::Positions(found);
        }
        if let Labels::Positions(labels) = &labelled.labels {
            labelled.check(labels)?;
        }
        Ok(labelled)
    }

    /// The labels by position; those of files that were not opened must be of produced files.
    ///
    /// # Errors
    /// When a label names no produced file, or the positions are not the drawn ones.
    pub(super) fn resolve(&self, verified: &Verified) -> Result<BTreeMap<u64, u32>, NotPassed> {
        match &self.labels {
            Labels::Positions(labels) => Ok(labels.clone()),
            Labels::Files(labels) => {
                let found = by_position(labels, verified.native_digests(), "produced");
                let found = found.map_err(|what| self.fault(what))?;
                self.check(&found)?;
                Ok(found)
            }
        }
    }

    /// The positions are there, opened where a folder is given, and drawn where a record is given. A
    /// drawn position of which nothing could be opened needs no label.
    fn check(&self, labels: &BTreeMap<u64, u32>) -> Result<(), NotPassed> {
        let items = self.commitment.items();
        if let Some(position) = labels.keys().find(|position| **position >= items) {
            return Err(self.fault(format!(
                "there is no position {position}: the commitment has {items}"
            )));
        }
        let opened = self.opened.as_ref();
        let not_opened = |position: &&u64| opened.is_some_and(|all| !all.contains_key(position));
        if let Some(position) = labels.keys().find(not_opened) {
            return Err(self.fault(format!("position {position} was not opened")));
        }
        let Some(record) = &self.record else {
            return Ok(());
        };
        if record.commitment != self.commitment.digest() || record.request != self.request {
            let what = "the record of the sample is one of another commitment or request";
            return Err(self.fault(what.to_owned()));
        }
        let mut strata = record.strata.iter();
        let Some(stratum) = strata.find(|stratum| stratum.scope == Scope::All) else {
            let what = "the sample has no draw from all positions";
            return Err(self.fault(what.to_owned()));
        };
        if stratum.population != items {
            let what = "the record of the sample states another number of positions";
            return Err(self.fault(what.to_owned()));
        }
        let mut labelled: BTreeSet<u64> = labels.keys().copied().collect();
        let nothing = opened.into_iter().flatten();
        let nothing = nothing.filter(|(_, file)| **file == CommittedFile::None);
        labelled.extend(nothing.map(|(position, _)| *position));
        let drawn = record.draw(self.commitment.root(), stratum);
        let drawn = drawn.sample(stratum.size);
        let drawn = drawn.map_err(|error| self.fault(error.to_string()))?;
        if drawn.iter().eq(&labelled) {
            return Ok(());
        }
        Err(self.fault(
            "its positions are not those that the nonce draws for this commitment and request"
                .to_owned(),
        ))
    }

    fn fault(&self, what: String) -> NotPassed {
        Fault::new(self.place.clone(), what).into()
    }
}

/// The labels of files, by the positions that have them. A file that was committed to twice has two.
fn by_position(
    labels: &BTreeMap<Digest, u32>,
    files: impl Iterator<Item = (u64, Digest)>,
    how: &str,
) -> Result<BTreeMap<u64, u32>, String> {
    let mut positions: BTreeMap<Digest, Vec<u64>> = BTreeMap::new();
    for (position, digest) in files {
        positions.entry(digest).or_default().push(position);
    }
    let mut found = BTreeMap::new();
    for (digest, label) in labels {
        let of_file = positions.get(digest).ok_or_else(|| {
            format!("no {how} file has the digest {digest}: name other documents by position")
        })?;
        found.extend(of_file.iter().map(|position| (*position, *label)));
    }
    Ok(found)
}
