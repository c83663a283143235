//! `[check-openings]`: every produced file is the committed one, and matches.
//!
//! For each position that the ledger calls produced, and for no other, there is an opening and a
//! file. The salt opens the file commitment to the file's bytes; the view, derived again from
//! those bytes, opens the view commitment; the classifier, evaluated on it, says match. Bates
//! numbers are `1, 2, …` in ascending order of position, without a gap.
//!
//! Without it these lies become possible: another file is produced in place of the committed one,
//! or one that the classifier does not match.

use super::coverage::Counts;
use super::evidence::Evidence;
use super::proofs::Proved;
use crate::fault::{Fault, NotPassed};
use crate::files;
use duces_protocol::leaf::FileHasher;
use duces_protocol::pedersen::{Committer, Generators};
use duces_protocol::production::ledger::Disposition;
use duces_protocol::production::load_file::Row;
use duces_protocol::production::names;
use duces_protocol::production::openings::Opening;
use duces_views::{Document, Limits, derive};
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::path::Path;

/// Every produced file is the committed one.
pub struct FilesMatched {
    pub(super) evidence: Evidence,
    pub(super) counts: Counts,
    pub(super) rows: Vec<Row>,
    /// Keeps other modules from making one.
    _checked: (),
}

/// Files opened in parallel before their results are examined.
const CHUNK: usize = 256;

pub(super) fn check(proved: Proved) -> Result<FilesMatched, NotPassed> {
    let Proved {
        mut evidence,
        counts,
        ..
    } = proved;
    check_positions(&evidence)?;
    check_bates(&evidence)?;
    let mut rows = Vec::with_capacity(evidence.openings.len());
    if !evidence.openings.is_empty() {
        let len = evidence.request.view.byte_len();
        let committer = Committer::new(&Generators::derive(len), len);
        for chunk in evidence.openings.chunks(CHUNK) {
            let results: Vec<Result<Row, NotPassed>> = chunk
                .par_iter()
                .map(|opening| open(opening, &evidence, &committer))
                .collect();
            for row in results {
                rows.push(row?);
            }
        }
    }
    for row in &rows {
        let name = format!("{}/{}", names::NATIVES, row.bates.native(row.extension));
        evidence.record(&name, row.sha256);
    }
    Ok(FilesMatched {
        evidence,
        counts,
        rows,
        _checked: (),
    })
}

/// One opening for each produced position, none for others.
fn check_positions(evidence: &Evidence) -> Result<(), Fault> {
    let mut openings = evidence
        .openings
        .iter()
        .map(|opening| opening.position)
        .peekable();
    for line in evidence.ledger.lines() {
        let position = line.position;
        let expected = line.disposition == Disposition::Produced;
        match (expected, openings.next_if_eq(&position).is_some()) {
            (true, false) => {
                return Err(Fault::new(
                    format!("position {position}"),
                    format!(
                        "it is listed as produced, but has no line in {}",
                        names::OPENINGS
                    ),
                ));
            }
            (false, true) => {
                return Err(Fault::new(
                    format!("{}, position {position}", names::OPENINGS),
                    "the item is opened, but not listed as produced",
                ));
            }
            _ => {}
        }
    }
    match openings.next() {
        None => Ok(()),
        Some(position) => Err(Fault::new(
            format!("{}, position {position}", names::OPENINGS),
            "there is no such position",
        )),
    }
}

/// Bates numbers without a gap, and exactly their files in the folder.
fn check_bates(evidence: &Evidence) -> Result<(), Fault> {
    let mut expected_files = BTreeSet::new();
    for (opening, serial) in evidence.openings.iter().zip(1..) {
        let expected = evidence.manifest.bates_prefix.number(serial);
        if opening.bates != expected {
            return Err(Fault::new(
                format!("{}, position {}", names::OPENINGS, opening.position),
                format!(
                    "its Bates number is {}; {expected} is expected",
                    opening.bates
                ),
            ));
        }
        expected_files.insert(opening.native());
    }
    let actual_files: BTreeSet<String> = evidence.native_files.iter().cloned().collect();
    if let Some(missing) = expected_files.difference(&actual_files).next() {
        return Err(Fault::new(
            format!("{}/{missing}", names::NATIVES),
            "the file is missing",
        ));
    }
    if let Some(extra) = actual_files.difference(&expected_files).next() {
        return Err(Fault::new(
            format!("{}/{extra:?}", names::NATIVES),
            "the file belongs to no produced item",
        ));
    }
    Ok(())
}

fn open(opening: &Opening, evidence: &Evidence, committer: &Committer) -> Result<Row, NotPassed> {
    let Evidence {
        request,
        profile,
        ledger,
        folder,
        ..
    } = evidence;
    let name = format!("{}/{}", names::NATIVES, opening.native());
    let fault = |what: &str| {
        let place = format!("{name} (position {})", opening.position);
        NotPassed::from(Fault::new(place, what))
    };
    let limits = Limits::from(profile.limits());
    let bytes = files::read_produced(folder, &name, limits.file_bytes)?;
    let digest = FileHasher::of(&bytes);
    let line = ledger.line(opening.position);
    if opening.salt.commit_file_digest(digest) != line.file {
        return Err(fault(
            "the file and its salt do not open the file commitment",
        ));
    }
    let document = Document::parse(&bytes, Path::new(&opening.native()), &limits)
        .map_err(|error| fault(&format!("the file cannot be read: {error}")))?;
    let view = derive(&document, request.view)
        .ok_or_else(|| fault(&format!("the file has no view {}", request.view)))?;
    let committed = evidence.view_at(opening.position);
    if committed != Some(committer.commit(&view, &opening.blind)) {
        return Err(fault(
            "the view of the file and its blind do not open the view commitment",
        ));
    }
    if !request.classifier.matches(&view) {
        return Err(fault("the file does not match the request"));
    }
    Ok(Row {
        bates: opening.bates.clone(),
        position: opening.position,
        extension: opening.extension,
        size: bytes.len() as u64,
        sha256: digest,
    })
}
