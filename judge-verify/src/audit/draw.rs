//! `[audit-draw]`: the record of the sample is one of this commitment, request and production, and
//! its nonce is the one that its source gives. The positions are drawn again from it.

use super::finding::{AuditCheck, refused};
use crate::cli::AuditArgs;
use crate::fault::{CannotRun, NotPassed};
use crate::files::{self, malformed};
use crate::sample;
use duces_protocol::answers::Answer;
use duces_protocol::audit::record::{self, SampleRecord, Stratum};
use duces_protocol::audit::scope::Scope;
use duces_protocol::commitment::Commitment;
use duces_protocol::digest::Digest;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

/// A sample that was drawn again.
pub struct Drawn {
    /// Its record.
    pub record: SampleRecord,
    /// Each draw, with its positions, ascending.
    pub strata: Vec<(Stratum, Vec<u64>)>,
    /// All positions, ascending.
    pub positions: Vec<u64>,
    /// What the ledger says of those that are provable, where a production is given.
    pub claims: Option<BTreeMap<u64, Answer>>,
}

/// Reads the record of a sample.
///
/// # Errors
/// When it cannot be read or is malformed.
pub fn read_record(path: &Path) -> Result<SampleRecord, NotPassed> {
    let text = files::read_text(path, record::MAX_BYTES, "record of the sample")?;
    Ok(SampleRecord::parse(&text).map_err(malformed(&path.display()))?)
}

/// Draws again.
///
/// # Errors
/// When the record is of another commitment, request or production, or states another number of
/// positions than there are.
pub fn check(
    args: &AuditArgs,
    commitment: &Commitment,
    request: Digest,
) -> Result<Drawn, NotPassed> {
    let record = read_record(&args.record)?;
    let refuse = |what: &dyn fmt::Display| -> NotPassed {
        refused(AuditCheck::Draw, &args.record.display(), what).into()
    };
    if record.commitment != commitment.digest() || record.request != request {
        return Err(refuse(&"it is the record of another commitment or request"));
    }
    let production = match &args.production {
        Some(folder) => Some(sample::bound(folder, &args.commitment, &args.request)?),
        None => None,
    };
    if let Some(production) = &production
        && production.ledger().digest() != record.ledger
    {
        let what = "the production is another one than the sample was drawn from";
        return Err(refuse(&what));
    }
    let mut strata = Vec::new();
    for stratum in &record.strata {
        let among = match (&production, stratum.scope) {
            (_, Scope::All) => None,
            (Some(production), scope) => sample::in_scope(production, scope)?,
            (None, scope) => {
                return Err(CannotRun::new(
                    format!("the sample was drawn from the scope {scope} of a production"),
                    "give the production with --production",
                )
                .into());
            }
        };
        let population = match &among {
            None => commitment.items(),
            Some(among) => among.len() as u64,
        };
        if population != stratum.population {
            let what = format!(
                "it says that there are {} positions in {}, and there are {population}",
                stratum.population, stratum.scope
            );
            return Err(refuse(&what));
        }
        let draw = record.draw(commitment.root(), stratum);
        let numbers = draw.sample(stratum.size).map_err(|error| refuse(&error))?;
        strata.push((*stratum, sample::at(among.as_deref(), &numbers)));
    }
    let all: BTreeSet<u64> = strata.iter().flat_map(|(_, list)| list).copied().collect();
    let positions: Vec<u64> = all.into_iter().collect();
    let claims = match &production {
        Some(production) => Some(production.claims(&positions)?),
        None => None,
    };
    Ok(Drawn {
        record,
        strata,
        positions,
        claims,
    })
}
