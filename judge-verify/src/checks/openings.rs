//! `[check-openings]`: every produced document is the committed one, and its view is the proved one.
//!
//! For each position that the ledger calls produced, as a match or as a companion, and for no other,
//! there is an opening. The salts open the file commitment to the file's bytes and the rendition
//! commitment to the rendition; the request's view, derived again from the rendition, opens the view
//! commitment; the classifier says match of a match, and no match of a companion. A page has no
//! file, an exception no rendition. Bates numbers are `1, 2, …` family by family, without a gap.
//!
//! Then each file is read again: where the extractor of the profile makes another rendition of it,
//! the production is rejected.
//!
//! Without it these lies become possible: another document is produced in place of the committed
//! one, or one that the classifier does not match, or a text that its file does not hold.

mod document;

use super::comparisons::{Comparison, Comparisons};
use super::coverage::Counts;
use super::evidence::Evidence;
use super::listed::Produced;
use super::proofs::Proved;
use crate::extractor::SecondReader;
use crate::fault::{Fault, NotPassed, ledger_fault};
use document::{Document, Opener};
use duces_protocol::pedersen::Committer;
use duces_protocol::production::ledger::Line;
use duces_protocol::production::load_file::Row;
use duces_protocol::production::openings::Opening;
use duces_protocol::production::{bates, names};
use rayon::prelude::*;
use std::collections::BTreeSet;

/// Every produced document is the committed one.
pub struct FilesMatched {
    pub(super) evidence: Evidence,
    pub(super) counts: Counts,
    pub(super) rows: Vec<Row>,
    /// Keeps other modules from making one.
    _checked: (),
}

/// Documents opened in parallel before their results are examined.
const CHUNK: usize = 256;

/// `compared` is told what came of reading the files again, whether the check passes or not.
pub(super) fn check(
    proved: Proved,
    compared: &mut Option<Comparisons>,
) -> Result<FilesMatched, NotPassed> {
    let Proved {
        mut evidence,
        counts,
        generators,
        ..
    } = proved;
    evidence.produced_lines = check_positions(&evidence)?;
    let ordered = bates_order(&evidence);
    check_bates(&evidence, &ordered)?;
    let mut rows = Vec::with_capacity(ordered.len());
    let mut digests = Vec::new();
    if !ordered.is_empty() {
        let len = evidence.request.view().byte_len();
        let committer = Committer::new(&generators, len);
        let reader = SecondReader::start(&evidence.extractor, &evidence.profile);
        let comparisons = compared.insert(Comparisons::new(reader.about()));
        let opener = Opener {
            evidence: &evidence,
            committer: &committer,
            reader: &reader,
        };
        let mut first_different = None;
        for chunk in ordered.chunks(CHUNK) {
            let results: Vec<Result<Document, NotPassed>> = chunk
                .par_iter()
                .map(|&index| {
                    opener.open(&evidence.openings[index], &evidence.produced_lines[index])
                })
                .collect();
            for (result, &index) in results.into_iter().zip(chunk) {
                let document = result?;
                let line = &evidence.produced_lines[index];
                let produced = Produced::new(&evidence.openings[index], line);
                comparisons.count(&document.comparison, produced);
                if let Comparison::Different(what) = &document.comparison
                    && first_different.is_none()
                {
                    first_different = Some(different(&document, what, reader.about()));
                }
                digests.extend(document.files);
                rows.push(document.row);
            }
        }
        if let Some(fault) = first_different {
            return Err(fault.into());
        }
    }
    for (name, sha256) in &digests {
        evidence.record(name, *sha256);
    }
    Ok(FilesMatched {
        evidence,
        counts,
        rows,
        _checked: (),
    })
}

/// The fault of a file of which the extractor makes something else.
fn different(document: &Document, what: &str, extractor: &str) -> Fault {
    let file = document.files.first().map_or("", |(name, _)| name);
    Fault::new(
        format!("{file} (position {})", document.row.position),
        format!(
            "the extractor ({extractor}) makes {what} of the file, not the one that was produced"
        ),
    )
}

/// One opening for each produced position, none for others; returns the lines of those positions.
fn check_positions(evidence: &Evidence) -> Result<Vec<Line>, NotPassed> {
    let mut lines = Vec::with_capacity(evidence.openings.len());
    let mut openings = evidence
        .openings
        .iter()
        .map(|opening| opening.position)
        .peekable();
    for line in evidence.ledger.lines() {
        let line = line.map_err(ledger_fault)?;
        let position = line.position;
        let expected = line.outcome.is_produced();
        if expected {
            lines.push(line);
        }
        match (expected, openings.next_if_eq(&position).is_some()) {
            (true, false) => {
                return Err(Fault::new(
                    format!("position {position}"),
                    format!(
                        "it is listed as produced, but has no line in {}",
                        names::OPENINGS
                    ),
                )
                .into());
            }
            (false, true) => {
                return Err(Fault::new(
                    format!("{}, position {position}", names::OPENINGS),
                    "the item is opened, but not listed as produced",
                )
                .into());
            }
            _ => {}
        }
    }
    match openings.next() {
        None => Ok(lines),
        Some(position) => Err(Fault::new(
            format!("{}, position {position}", names::OPENINGS),
            "there is no such position",
        )
        .into()),
    }
}

/// The indices of openings in the order of their Bates numbers.
fn bates_order(evidence: &Evidence) -> Vec<usize> {
    let openings = &evidence.openings;
    let lines = evidence.produced_lines.iter();
    let produced = lines.map(|line| (line.position, line.family));
    let index = |position: u64| {
        openings
            .binary_search_by_key(&position, |opening| opening.position)
            .expect("the order has the positions of the openings")
    };
    bates::order(produced.collect())
        .into_iter()
        .map(index)
        .collect()
}

/// Bates numbers without a gap, and exactly their files in the folders.
fn check_bates(evidence: &Evidence, ordered: &[usize]) -> Result<(), Fault> {
    for (&index, serial) in ordered.iter().zip(1..) {
        let opening = &evidence.openings[index];
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
    }
    let in_folder = |folder: &str, name: &String| format!("{folder}/{name}");
    let actual: BTreeSet<String> = evidence
        .document_files
        .iter()
        .flat_map(|(folder, files)| files.iter().map(move |name| in_folder(folder, name)))
        .collect();
    check_files(&evidence.openings, &actual)
}

/// The files of the openings are there, and no others.
fn check_files(openings: &[Opening], actual: &BTreeSet<String>) -> Result<(), Fault> {
    let native = |opening: &Opening| {
        let name = opening.native_file()?;
        Some(format!("{}/{name}", names::NATIVES))
    };
    let expected: BTreeSet<String> = openings
        .iter()
        .flat_map(|opening| native(opening).into_iter().chain(opening.rendition_file()))
        .collect();
    if let Some(missing) = expected.difference(actual).next() {
        return Err(Fault::new(missing.clone(), "the file is missing"));
    }
    if let Some(extra) = actual.difference(&expected).next() {
        return Err(Fault::new(
            format!("{extra:?}"),
            "the file belongs to no produced document",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use duces_protocol::leaf::{Salt, Suffix};
    use duces_protocol::production::bates::BatesPrefix;
    use duces_protocol::production::openings::NativeOpening;
    use duces_protocol::view::Kind;

    #[test]
    fn exactly_the_files_of_the_openings_are_accepted() {
        let prefix: BatesPrefix = "EPA".parse().unwrap();
        let opening = |serial, native: bool, kind| Opening {
            position: serial,
            bates: prefix.number(serial),
            native: native.then(|| NativeOpening {
                extension: "pdf".parse().unwrap(),
                suffix: Suffix::of("a.pdf"),
                salt: Salt::random(),
            }),
            rendition: Some((kind, Salt::random())),
            blind: None,
        };
        let openings = [opening(1, true, Kind::Text), opening(2, false, Kind::Image)];
        let all = [
            "natives/EPA0000001.pdf",
            "text/EPA0000001.txt",
            "images/EPA0000002.png",
        ];
        let set = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        assert_eq!(check_files(&openings, &set(&all)), Ok(()));
        for left_out in all {
            let mut fewer: BTreeSet<String> = set(&all);
            fewer.remove(left_out);
            let fault = check_files(&openings, &fewer).unwrap_err();
            assert_eq!(fault.place, left_out);
        }
        for extra in ["natives/EPA0000002.pdf", "text/EPA0000002.txt", "images/x"] {
            let mut more: BTreeSet<String> = set(&all);
            more.insert(extra.to_owned());
            let fault = check_files(&openings, &more).unwrap_err();
            assert!(fault.place.contains(extra), "{fault:?}");
        }
    }
}
