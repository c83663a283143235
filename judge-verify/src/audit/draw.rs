//! `[audit-draw]`: the sample is what the nonce draws.

use super::finding::{AuditCheck, refused};
use crate::checks::Inputs;
use crate::cli::AuditArgs;
use crate::extractor::Choice;
use crate::fault::NotPassed;
use crate::sample;
use duces_protocol::audit::draw::{Draw, Scope};
use duces_protocol::commitment::Commitment;
use duces_protocol::digest::Digest;
use std::fmt;

/// Draws again; returns the size of the population.
///
/// # Errors
/// When the sample is not the drawn one.
pub fn check(
    args: &AuditArgs,
    scope: Scope,
    commitment: &Commitment,
    request: Digest,
    drawn: &[u64],
) -> Result<u64, NotPassed> {
    let among = match (scope, &args.production) {
        (Scope::All, _) | (Scope::NotResponsive, None) => None,
        (Scope::NotResponsive, Some(production)) => {
            let production = sample::bound(&Inputs {
                production: production.clone(),
                commitment: args.commitment.clone(),
                earlier: Vec::new(),
                request: args.request.clone(),
                srs: None,
                extractor: Choice::default(),
            })?;
            Some(sample::not_responsive(&production)?)
        }
    };
    let population = match &among {
        Some(among) => among.len() as u64,
        None => commitment.items(),
    };
    let draw = Draw {
        root: commitment.root(),
        request,
        nonce: args.nonce,
        scope,
        population,
    };
    let refused = |what: &dyn fmt::Display| refused(AuditCheck::Draw, &args.sample.display(), what);
    let numbers = draw
        .sample(drawn.len() as u64)
        .map_err(|error| refused(&error))?;
    let expected = match &among {
        Some(among) => sample::places(among, &numbers),
        None => numbers,
    };
    if expected == drawn {
        Ok(population)
    } else {
        let what =
            "its positions are not those that the nonce draws for this commitment and request";
        Err(refused(&what).into())
    }
}
