//! `judge-verify audit`: checks the positions that were opened in camera (docs/protocol.md
//! section 8, "Audit sample"), and says what the sample shows about the whole.
//!
//! | | check | what holds |
//! |---|---|---|
//! | 1 | `[audit-draw]` | the record is one of this commitment, request and production; the positions are drawn again |
//! | 2 | `[audit-decode]` | the folder is well formed and has every drawn position, and nothing else |
//! | 3 | `[audit-path]` | the leaf leads to the committed root |
//! | 4 | `[audit-file]` | the file, or the page of it, and its salt open the file commitment |
//! | 5 | `[audit-rendition]` | the rendition and its salt open the rendition commitment |
//! | 6 | `[audit-views]` | the leaf has the views that the profile names for such a rendition |
//! | 7 | `[audit-view-commitments]` | each view, computed again, and its blind open the view commitment |
//! | 8 | `[audit-extraction]` | the extractor makes this rendition of the file, or states the reason of the leaf |
//! | 9 | `[audit-decision]` | where a production is given: a public classifier answers what the ledger says |
//!
//! A fault in check 1 or 2 refuses the whole sample; one in 3 to 9 counts against its position. A
//! position without a fault of which check 8 can show nothing is *unverifiable*: it is counted apart,
//! and against the bound as if it had a fault.

mod confidence;
mod decode;
mod draw;
mod finding;
mod item;
mod json;
mod report;

pub use confidence::interval;
pub use draw::read_record;
pub use finding::{Audit, AuditCheck, Decisions, Drawn, ItemFault, Review, Tally, Unverifiable};
pub use item::CommittedFile;
pub use json::json;
pub use report::{Sentence, render, sentence};

use crate::cli::AuditArgs;
use crate::extractor::{Choice, SecondReader, Which};
use crate::fault::{CannotRun, Fault, NotPassed};
use crate::files::{self, malformed};
use decode::OpenedFolder;
use duces_protocol::audit::record::Stratum;
use duces_protocol::audit::scope::Scope;
use duces_protocol::audit::{names, opened, sample};
use duces_protocol::commitment::{self, Commitment};
use duces_protocol::request::AnyRequest;
use finding::Finding;
use item::{Decided, ItemChecker};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::Path;

/// Positions opened in parallel before their findings are counted.
const CHUNK: usize = 256;

/// Runs the checks.
///
/// # Errors
/// When the sample is not the drawn one, the folder is malformed, or something cannot be read.
pub fn run(args: &AuditArgs) -> Result<Audit, NotPassed> {
    let limit = commitment::MAX_BYTES as u64;
    let text = files::read_text(&args.commitment, limit, "commitment")?;
    let commitment = Commitment::parse(&text).map_err(malformed(&args.commitment.display()))?;
    let request = files::read_request(&args.request)?;
    let draw::Drawn {
        record,
        strata,
        positions,
        claims,
    } = draw::check(args, &commitment, request.digest())?;
    let review = match &args.reviewed {
        Some(path) => Some(review(path, &strata)?),
        None => None,
    };
    let OpenedFolder { profile, openings } = decode::check(&args.opened, &commitment, &positions)?;

    let choice = args.extractor.choice().map_err(CannotRun::from)?;
    let reader = SecondReader::start(&choice, &profile);
    let decided = match (&request, &claims) {
        (AnyRequest::Public(request), Some(claims)) => Some(Decided { request, claims }),
        _ => None,
    };
    let checker = ItemChecker::new(
        args.opened.clone(),
        &commitment,
        &profile,
        decided,
        &reader,
        &openings,
    );
    let mut audit = Audit {
        commitment: commitment.digest(),
        request: request.digest(),
        nonce: record.nonce,
        source: record.source,
        strata: strata
            .into_iter()
            .map(|(stratum, positions)| Drawn {
                stratum,
                positions,
                tally: Tally::default(),
            })
            .collect(),
        tally: Tally::default(),
        unverifiable: Vec::new(),
        faults: Vec::new(),
        extractor: reader.about().to_owned(),
        review,
        decisions: match (&request, &claims) {
            (AnyRequest::Sealed(_), _) => Decisions::Sealed,
            (AnyRequest::Public(_), Some(_)) => Decisions::Compared,
            (AnyRequest::Public(_), None) => Decisions::NoProduction,
        },
    };
    for chunk in openings.chunks(CHUNK) {
        let results: Vec<Result<Finding, CannotRun>> = chunk
            .par_iter()
            .map(|opened| checker.check(opened))
            .collect();
        for (result, opened) in results.into_iter().zip(chunk) {
            audit.count(opened.position, result?);
        }
    }
    Ok(audit)
}

/// The positions that a folder opens, each with its file. Path and file commitment of each are checked.
///
/// # Errors
/// When the folder is malformed, a file is not the committed one, or something cannot be read.
pub fn opened_files(
    folder: &Path,
    commitment: &Commitment,
) -> Result<BTreeMap<u64, CommittedFile>, NotPassed> {
    let limit = opened::max_bytes(commitment.items());
    let bytes = files::read_produced(folder, names::OPENED, limit)?;
    let listed = opened::parse(&bytes).map_err(malformed(&names::OPENED))?;
    drop(bytes);
    let positions: Vec<u64> = listed.iter().map(|opened| opened.position).collect();
    drop(listed);
    let OpenedFolder { profile, openings } = decode::check(folder, commitment, &positions)?;
    let nothing = Choice {
        which: Which::None,
        programs: false,
    };
    let reader = SecondReader::start(&nothing, &profile);
    let folder = folder.to_owned();
    let checker = ItemChecker::new(folder, commitment, &profile, None, &reader, &[]);
    openings
        .par_iter()
        .map(|opened| Ok((opened.position, checker.committed_file(opened)?)))
        .collect()
}

/// Reads the reviewer's table, which marks exactly the positions drawn from what is not responsive.
fn review(path: &Path, strata: &[(Stratum, Vec<u64>)]) -> Result<Review, NotPassed> {
    let elusion = strata
        .iter()
        .find(|(stratum, _)| stratum.scope == Scope::NotResponsive);
    let Some((_, drawn)) = elusion else {
        return Err(CannotRun::new(
            "the sample has no draw from the scope not-responsive, which a review is of",
            "leave --reviewed out, or draw with --draw not-responsive=N",
        )
        .into());
    };
    let bytes = files::read_named(path, sample::MAX_BYTES, "reviewer's table")?;
    let marks = sample::parse_reviewed(&bytes).map_err(malformed(&path.display()))?;
    if !marks.iter().map(|(position, _)| position).eq(drawn) {
        let what = "it does not mark exactly the positions of the sample";
        return Err(Fault::new(path.display().to_string(), what).into());
    }
    let relevant = marks.iter().filter(|(_, relevant)| *relevant).count() as u64;
    Ok(Review { relevant })
}
