//! `[check-openings]`: every produced document is the committed one, and its view is the proved one.
//!
//! For each position that the ledger calls produced, as a match or as a companion, and for no other,
//! there is an opening. The salts open the file commitment to the file's bytes and the rendition
//! commitment to the rendition; the request's view, derived again from the rendition, opens the view
//! commitment; the classifier says match of a match, and no match of a companion. A page has no
//! file, an exception no rendition. Bates numbers are `1, 2, …` family by family, without a gap.
//!
//! Of what is redacted nothing is opened. In its place stands a text, or pages, as the ledger's digest
//! says, and no native file.
//!
//! Then each file is read again: where the extractor of the profile makes another rendition of it,
//! the production is rejected.
//!
//! Without it these lies become possible: another document is produced in place of the committed
//! one, or one that the classifier does not match, or a text that its file does not hold.

mod document;
mod numbers;
mod redaction;

use super::comparisons::{Comparison, Comparisons};
use super::coverage::Counts;
use super::evidence::Evidence;
use super::listed::Produced;
use super::proofs::Proved;
use crate::extractor::SecondReader;
use crate::fault::{Fault, NotPassed};
use document::{Document, Opener};
use duces_protocol::digest::Digest;
use duces_protocol::pedersen::{Committer, Generators};
use duces_protocol::production::load_file::Row;
use numbers::{Lines, Numbered, What};
use rayon::prelude::*;

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
    Lines {
        produced: evidence.produced_lines,
        redacted: evidence.redacted_lines,
    } = numbers::check_positions(&evidence)?;
    let ordered = numbers::in_order(&evidence);
    let shown = numbers::check(&evidence, &ordered)?;
    let mut found = Found {
        rows: vec![None; ordered.len()],
        files: Vec::new(),
    };
    if !evidence.openings.is_empty() {
        open_documents(&evidence, &generators, &ordered, compared, &mut found)?;
    }
    for (number, shown) in shown {
        let What::Redacted(index) = ordered[number].what else {
            continue;
        };
        let redaction = redaction::check(&evidence, &evidence.redacted_lines[index], shown)?;
        evidence.redacted.push(redaction.listed);
        found.files.extend(redaction.files);
        found.rows[number] = Some(redaction.row);
    }
    evidence.redacted.sort_by_key(|redacted| redacted.position);
    for (name, sha256) in &found.files {
        evidence.record(name, *sha256);
    }
    let rows = found.rows.into_iter();
    let rows =
        rows.map(|row| row.expect("every number is of a document that was opened or redacted"));
    Ok(FilesMatched {
        evidence,
        counts,
        rows: rows.collect(),
        _checked: (),
    })
}

/// What the files of a production turned out to be.
struct Found {
    /// The lines of the load file, by Bates number.
    rows: Vec<Option<Row>>,
    /// The files that were read, with their digests.
    files: Vec<(String, Digest)>,
}

/// Opens every document that is produced as a whole, and reads its file again.
fn open_documents(
    evidence: &Evidence,
    generators: &Generators,
    ordered: &[Numbered],
    compared: &mut Option<Comparisons>,
    found: &mut Found,
) -> Result<(), NotPassed> {
    let len = evidence.request.view().byte_len();
    let committer = Committer::new(generators, len);
    let reader = SecondReader::start(&evidence.extractor, &evidence.profile);
    let comparisons = compared.insert(Comparisons::new(reader.about()));
    let opener = Opener {
        evidence,
        committer: &committer,
        reader: &reader,
    };
    let mut first_different = None;
    let opened = ordered.iter().zip(0..).filter_map(|(one, number)| {
        let What::Opened(index) = one.what else {
            return None;
        };
        Some((number, index))
    });
    let opened: Vec<(usize, usize)> = opened.collect();
    for chunk in opened.chunks(CHUNK) {
        let results: Vec<Result<Document, NotPassed>> = chunk
            .par_iter()
            .map(|&(_, index)| {
                opener.open(&evidence.openings[index], &evidence.produced_lines[index])
            })
            .collect();
        for (result, &(number, index)) in results.into_iter().zip(chunk) {
            let document = result?;
            let line = &evidence.produced_lines[index];
            let produced = Produced::new(&evidence.openings[index], line);
            comparisons.count(&document.comparison, produced);
            if let Comparison::Different(what) = &document.comparison
                && first_different.is_none()
            {
                first_different = Some(different(&document, what, reader.about()));
            }
            found.files.extend(document.files);
            found.rows[number] = Some(document.row);
        }
    }
    first_different.map_or(Ok(()), |fault| Err(fault.into()))
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
