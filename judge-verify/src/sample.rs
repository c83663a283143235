//! `judge-verify sample`: draws the positions that are to be opened (docs/protocol.md
//! section 8, "Audit sample").
//!
//! The draw is a function of the committed root, the request and a nonce. All scopes but `all` are
//! what the ledger of a production says, so the production must pass the checks that tie its ledger to
//! commitment and request. That its dispositions are proved, `judge-verify production` shows; where a
//! batch has no proof, the sample takes all of its positions.

mod population;
mod source;

pub use population::{at, in_scope};
pub use source::{Nonces, sentence as source_sentence};

use crate::checks::{self, Bound, Inputs, Stopped};
use crate::cli::{SampleArgs, ShareArgs, Wanted};
use crate::extractor::Choice;
use crate::fault::{CannotRun, Fault, NotPassed};
use crate::files;
use duces_protocol::answers::AnswerKind;
use duces_protocol::audit::nonce::Share;
use duces_protocol::audit::record::{SampleRecord, Stratum};
use duces_protocol::audit::sample;
use duces_protocol::audit::scope::Scope;
use duces_shell::output::{self, Access, NewFile};
use duces_shell::shown;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Runs the command; returns the text to print.
///
/// # Errors
/// When the production does not belong to commitment and request, a draw is larger than what it is
/// drawn from, a share is not the one that was committed to, or a file cannot be written.
pub fn run(args: &SampleArgs) -> Result<String, NotPassed> {
    for file in [&args.out, &args.record] {
        output::check_file(file, args.force).map_err(CannotRun::from)?;
    }
    if args.out == args.record {
        let fix = "give two names";
        return Err(CannotRun::new("--out and --record name one file", fix).into());
    }
    let production = bound(&args.production, &args.commitment, &args.request)?;
    let commitment = production.commitment().digest();
    let request = production.request_digest();
    let (nonce, source) = args.nonces.choose(commitment, request)?;
    let mut record = SampleRecord {
        commitment,
        request,
        ledger: production.ledger().digest(),
        nonce,
        source,
        strata: Vec::new(),
    };
    let root = production.commitment().root();
    let mut positions = BTreeSet::new();
    let mut lines = Vec::new();
    for wanted in args.wanted() {
        let (stratum, among) = stratum(&production, wanted)?;
        let draw = record.draw(root, &stratum);
        let numbers = draw.sample(stratum.size).map_err(|error| {
            let what = format!("{}: {error}", stratum.scope);
            CannotRun::new(what, "choose another size")
        })?;
        positions.extend(at(among.as_deref(), &numbers));
        lines.push(format!(
            "drawn: {} of {} positions {}",
            stratum.size,
            stratum.population,
            stratum.scope.words()
        ));
        record.strata.push(stratum);
    }
    record
        .check()
        .map_err(|error| CannotRun::new(error, "give each scope once"))?;
    let list = sample::render(&positions.iter().copied().collect::<Vec<_>>());
    let write = |path: &PathBuf, text: &str| {
        output::write_file(path, text.as_bytes(), args.force).map_err(CannotRun::from)
    };
    write(&args.out, &list)?;
    write(&args.record, &record.to_string())?;
    let (out, kept) = (shown(&args.out), shown(&args.record));
    let drawn = lines.join("\n");
    let from = source_sentence(&record.source);
    Ok(format!(
        "{drawn}\nnonce: {nonce}\n{from}\n\
         wrote {out}: {} positions, for 'responder open --positions'\n\
         wrote {kept}: for 'judge-verify audit --record'",
        positions.len()
    ))
}

/// Draws a party's share of a nonce; returns the text to print.
///
/// # Errors
/// When commitment or request cannot be read, or the file cannot be written.
pub fn share(args: &ShareArgs) -> Result<String, NotPassed> {
    output::check_file(&args.out, args.force).map_err(CannotRun::from)?;
    let commitment = files::read_commitment(&args.commitment)?.digest();
    let request = files::read_request(&args.request)?.digest();
    let share = Share::random();
    let hash = share.hash(commitment, request);
    let write = || {
        let mut file = NewFile::create(&args.out, args.force, Access::Owner)?;
        file.write(format!("{hash}:{}\n", share.reveal()).as_bytes())?;
        file.publish()
    };
    write().map_err(CannotRun::from)?;
    Ok(format!(
        "hash of the share: {hash}\nhand the hash over now\n\
         wrote {}: show it when the production is made and all hashes are exchanged",
        shown(&args.out)
    ))
}

/// The population of a draw, and its positions unless it is all of them.
fn stratum(production: &Bound, wanted: Wanted) -> Result<(Stratum, Option<Vec<u64>>), NotPassed> {
    let Wanted { scope, size } = wanted;
    if scope == Scope::NotResponsive && production.answers() != AnswerKind::Match {
        let what = "the request asks for no matches: no position is proved not to match";
        return Err(CannotRun::new(what, "draw from another scope").into());
    }
    let among = in_scope(production, scope)?;
    let population = match &among {
        None => production.commitment().items(),
        Some(among) => among.len() as u64,
    };
    if population == 0 {
        let what = format!("there is no position in the scope {scope}");
        return Err(CannotRun::new(what, "draw from another scope").into());
    }
    let stratum = Stratum {
        scope,
        size: size.unwrap_or(population),
        population,
    };
    Ok((stratum, among))
}

/// Runs the checks that tie a production to commitment and request.
///
/// # Errors
/// The first check that does not pass, by number and name.
pub fn bound(
    production: &std::path::Path,
    commitment: &std::path::Path,
    request: &std::path::Path,
) -> Result<Bound, NotPassed> {
    let inputs = Inputs {
        production: production.to_owned(),
        commitment: commitment.to_owned(),
        earlier: Vec::new(),
        request: request.to_owned(),
        srs: None,
        extractor: Choice::default(),
    };
    checks::until_bound(&inputs).map_err(|Stopped { check, why }| match why {
        NotPassed::Rejected(fault) => {
            let place = format!("the production is refused at {check}: {}", fault.place);
            Fault::new(place, fault.what).into()
        }
        cannot_run @ NotPassed::CannotRun(_) => cannot_run,
    })
}
