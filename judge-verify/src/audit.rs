//! `judge-verify audit`: checks the positions that were opened in camera (docs/protocol.md
//! section 8), and says what the sample shows about the whole.
//!
//! | | check | what holds |
//! |---|---|---|
//! | 1 | draw | the sample is what the nonce draws |
//! | 2 | decode | the folder is well formed, has every drawn position, and nothing else |
//! | 3 | path | the leaf leads to the committed root |
//! | 4 | file | file and salt open the file commitment |
//! | 5 | views | the file has the views that the leaf names, or is unreadable for its reason |
//! | 6 | view commitments | each view, computed again, and its blind open its commitment |
//! | 7 | decision | elusion only: the file does not match the request |
//!
//! A fault in 1 or 2 refuses the whole; in 3 to 7 it is counted against its position.

mod confidence;
mod item;
mod report;

pub use report::render;

use crate::checks::Inputs;
use crate::cli::AuditArgs;
use crate::verdict::{Failure, Fault};
use crate::{files, sample as draws};
use duces_protocol::audit::draw::{Draw, Nonce, Scope};
use duces_protocol::audit::opened::{self, Opened};
use duces_protocol::audit::{names, sample};
use duces_protocol::bytes::Malformed;
use duces_protocol::commitment::{self, Commitment};
use duces_protocol::digest::Digest;
use duces_protocol::profile::{self, Profile};
use duces_protocol::request::{self, Request};
use item::{Bench, Kind};
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

/// Positions opened between two looks at the results.
const CHUNK: usize = 256;

/// The numbered checks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum AuditCheck {
    /// The sample is what the nonce draws.
    Draw = 1,
    /// The folder is well formed and complete.
    Decode,
    /// The leaf leads to the root.
    Path,
    /// The file is the committed one.
    File,
    /// The file has the views that the leaf names.
    Views,
    /// The views are the committed ones.
    ViewCommitments,
    /// The file does not match.
    Decision,
}

impl fmt::Display for AuditCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Draw => "draw",
            Self::Decode => "decode",
            Self::Path => "path",
            Self::File => "file",
            Self::Views => "views",
            Self::ViewCommitments => "view commitments",
            Self::Decision => "decision",
        };
        write!(f, "audit check {} ({name})", *self as u8)
    }
}

/// What is wrong with one opened position.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ItemFault {
    /// The position.
    pub position: u64,
    /// The check that failed.
    pub check: AuditCheck,
    /// What is wrong: a clause.
    pub what: String,
}

/// What a reviewer found in the sample.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Review {
    /// How many of the drawn documents are relevant.
    pub relevant: u64,
}

/// What an audit found.
#[derive(Clone, Debug)]
pub struct Audit {
    /// Digest of the commitment.
    pub commitment: Digest,
    /// Digest of the request.
    pub request: Digest,
    /// The nonce.
    pub nonce: Nonce,
    /// What was drawn from.
    pub scope: Scope,
    /// How many positions that is.
    pub population: u64,
    /// How many were drawn.
    pub size: u64,
    /// Positions without a fault whose views were computed again.
    pub items: u64,
    /// Positions without a fault whose file is unreadable, as stated.
    pub exceptions: u64,
    /// Positions whose bytes could not be read when they were committed.
    pub without_bytes: u64,
    /// Positions without a fault whose file reads otherwise under another name, ascending.
    pub by_name: Vec<u64>,
    /// The others, ascending.
    pub faults: Vec<ItemFault>,
    /// What the reviewer found, where that was given.
    pub review: Option<Review>,
}

/// Runs the checks.
///
/// # Errors
/// When the sample is not the drawn one, the folder is malformed, or something cannot be read.
pub fn run(args: &AuditArgs) -> Result<Audit, Failure> {
    let text = read_text(&args.commitment, commitment::MAX_BYTES as u64, "commitment")?;
    let commitment =
        Commitment::parse(&text).map_err(|error| malformed(&args.commitment, &error))?;
    let bytes = files::read_named(&args.request, request::MAX_BYTES as u64, "request")?;
    let request = Request::decode(&bytes).map_err(|error| malformed(&args.request, &error))?;
    let bytes = files::read_named(&args.sample, sample::MAX_BYTES, "sample")?;
    let drawn = sample::parse(&bytes).map_err(|error| malformed(&args.sample, &error))?;
    let review = match &args.reviewed {
        Some(path) => Some(review(path, &drawn)?),
        None => None,
    };
    let scope = draws::scope(args.elusion);
    let population = check_draw(args, scope, &commitment, &request, &drawn)?;
    let (profile, openings) = decode(&args.opened, &commitment, &drawn)?;

    let matches_none = (scope == Scope::NotResponsive).then_some(&request);
    let bench = Bench::new(
        args.opened.clone(),
        &commitment,
        &profile,
        matches_none,
        &openings,
    );
    let mut audit = Audit {
        commitment: commitment.digest(),
        request: request.digest(),
        nonce: args.nonce,
        scope,
        population,
        size: drawn.len() as u64,
        items: 0,
        exceptions: 0,
        by_name: Vec::new(),
        without_bytes: 0,
        faults: Vec::new(),
        review,
    };
    for chunk in openings.chunks(CHUNK) {
        let results: Vec<_> = chunk.par_iter().map(|opened| bench.check(opened)).collect();
        for (result, opened) in results.into_iter().zip(chunk) {
            match result? {
                Ok((kind, by_name)) => {
                    match kind {
                        Kind::Item => audit.items += 1,
                        Kind::Exception => audit.exceptions += 1,
                        Kind::WithoutBytes => audit.without_bytes += 1,
                    }
                    audit.by_name.extend(by_name.then_some(opened.position));
                }
                Err(fault) => audit.faults.push(fault),
            }
        }
    }
    Ok(audit)
}

/// Check 1: draws again; returns the size of the population.
fn check_draw(
    args: &AuditArgs,
    scope: Scope,
    commitment: &Commitment,
    request: &Request,
    drawn: &[u64],
) -> Result<u64, Failure> {
    let among = match (scope, &args.production) {
        (Scope::All, _) | (Scope::NotResponsive, None) => None,
        (Scope::NotResponsive, Some(production)) => {
            let production = draws::bound(&Inputs {
                production: production.clone(),
                commitment: args.commitment.clone(),
                request: args.request.clone(),
                srs: None,
            })?;
            Some(draws::not_responsive(&production))
        }
    };
    let population = match &among {
        Some(among) => among.len() as u64,
        None => commitment.items(),
    };
    let draw = Draw {
        root: commitment.root(),
        request: request.digest(),
        nonce: args.nonce,
        scope,
        population,
    };
    let refused = |what: &dyn fmt::Display| at(AuditCheck::Draw, &args.sample.display(), what);
    let numbers = draw
        .sample(drawn.len() as u64)
        .map_err(|error| refused(&error))?;
    let due = match &among {
        Some(among) => draws::places(among, &numbers),
        None => numbers,
    };
    if due == drawn {
        Ok(population)
    } else {
        let what =
            "its positions are not those that the nonce draws for this commitment and request";
        Err(refused(&what).into())
    }
}

/// Check 2: the folder has what opens the drawn positions, and nothing else.
fn decode(
    folder: &Path,
    commitment: &Commitment,
    drawn: &[u64],
) -> Result<(Profile, Vec<Opened>), Failure> {
    let refused = |place: &dyn fmt::Display, what: &dyn fmt::Display| -> Failure {
        at(AuditCheck::Decode, place, what).into()
    };
    let rejected = |failure: Failure| match failure {
        Failure::Rejected(fault) => refused(&fault.place, &fault.what),
        cannot_run @ Failure::CannotRun(_) => cannot_run,
    };
    let mut due = [names::FILES, names::OPENED, names::PROFILE].map(str::to_owned);
    due.sort();
    let top = files::list(folder, "", 8).map_err(rejected)?;
    same_names(&top, &due).map_err(|(name, what)| refused(&name, &what))?;

    let limit = profile::MAX_BYTES as u64;
    let bytes = files::read_produced(folder, names::PROFILE, limit).map_err(rejected)?;
    let text =
        String::from_utf8(bytes).map_err(|_| refused(&names::PROFILE, &"it is not UTF-8"))?;
    let profile = Profile::parse(&text).map_err(|error| refused(&names::PROFILE, &error))?;
    if profile.digest() != commitment.profile() || profile.views() != commitment.views() {
        let what = "it is not the profile of the commitment";
        return Err(refused(&names::PROFILE, &what));
    }
    let limit = opened::max_bytes(drawn.len() as u64);
    let bytes = files::read_produced(folder, names::OPENED, limit).map_err(rejected)?;
    let openings = opened::parse(&bytes).map_err(|error| refused(&names::OPENED, &error))?;
    let opened: Vec<u64> = openings.iter().map(|opened| opened.position).collect();
    if let Some(missing) = drawn.iter().find(|p| opened.binary_search(p).is_err()) {
        let what = format!("position {missing} was drawn and is not opened");
        return Err(refused(&names::OPENED, &what));
    }
    if let Some(extra) = opened.iter().find(|p| drawn.binary_search(p).is_err()) {
        let what = format!("position {extra} is opened and was not drawn");
        return Err(refused(&names::OPENED, &what));
    }
    let due: BTreeSet<String> = openings.iter().filter_map(Opened::file).collect();
    let due: Vec<String> = due.into_iter().collect();
    let there = files::list(folder, names::FILES, drawn.len() as u64).map_err(rejected)?;
    same_names(&there, &due)
        .map_err(|(name, what)| refused(&format!("{}/{name}", names::FILES), &what))?;
    Ok((profile, openings))
}

/// The first name that is on one of two ascending lists only, and what that means.
fn same_names(there: &[String], due: &[String]) -> Result<(), (String, &'static str)> {
    if let Some(missing) = due.iter().find(|name| there.binary_search(name).is_err()) {
        return Err((missing.clone(), "it is missing"));
    }
    match there.iter().find(|name| due.binary_search(name).is_err()) {
        Some(extra) => Err((format!("{extra:?}"), "no such file belongs here")),
        None => Ok(()),
    }
}

/// Reads the reviewer's table, which marks exactly the drawn positions.
fn review(path: &Path, drawn: &[u64]) -> Result<Review, Failure> {
    let bytes = files::read_named(path, sample::MAX_BYTES, "reviewer's table")?;
    let marks = sample::parse_reviewed(&bytes).map_err(|error| malformed(path, &error))?;
    if !marks.iter().map(|(position, _)| position).eq(drawn) {
        let what = "it does not mark exactly the positions of the sample";
        return Err(Fault::new(path.display().to_string(), what).into());
    }
    let relevant = marks.iter().filter(|(_, relevant)| *relevant).count() as u64;
    Ok(Review { relevant })
}

fn read_text(path: &Path, limit: u64, what: &str) -> Result<String, Failure> {
    let bytes = files::read_named(path, limit, what)?;
    String::from_utf8(bytes)
        .map_err(|_| Fault::new(path.display().to_string(), "it is not UTF-8").into())
}

fn malformed(path: &Path, error: &Malformed) -> Fault {
    Fault::new(
        path.display().to_string(),
        format!("it is malformed: {error}"),
    )
}

fn at(check: AuditCheck, place: &dyn fmt::Display, what: &dyn fmt::Display) -> Fault {
    Fault::new(format!("refused at {check}: {place}"), what)
}
