//! Check 6, proofs: every batch proof holds for the ledger's view commitments and match bits.
//!
//! The proofs are read one by one and share one final check. Where that fails, they are checked
//! again one by one, to name the first that does not hold.

use super::Evidence;
use super::coverage::{Counts, Covered};
use super::sha256;
use crate::files;
use crate::verdict::{Failure, Fault};
use duces_circuits::proof::{MAX_BYTES, ProofError};
use duces_circuits::{PublicItem, Verifier};
use duces_protocol::production::batches::Batches;
use duces_protocol::production::ledger::{Ledger, Line};
use duces_protocol::production::names;
use duces_protocol::view::View;

/// Every match bit is proved.
pub struct Proved {
    pub(super) evidence: Evidence,
    pub(super) counts: Counts,
}

pub(super) fn check(covered: Covered) -> Result<Proved, Failure> {
    let Covered {
        mut evidence,
        verifier,
        batches,
        counts,
    } = covered;
    if let Err(error) = together(&mut evidence, &verifier, &batches)? {
        one_by_one(&mut evidence, &verifier, &batches)?;
        let place = format!("{}/", names::PROOFS);
        return Err(Fault::new(place, format!("the proofs do not hold together: {error}")).into());
    }
    Ok(Proved { evidence, counts })
}

fn together(
    evidence: &mut Evidence,
    verifier: &Verifier,
    batches: &Batches,
) -> Result<Result<(), ProofError>, Failure> {
    let mut check = verifier.start();
    let mut next = 0;
    for batch in 0..batches.count() {
        let items = items(
            &evidence.ledger,
            evidence.request.view,
            batches,
            batch,
            &mut next,
        )?;
        let (name, proof) = read(evidence, batch)?;
        if let Err(error) = check.add(batch, &items, &proof) {
            return Ok(Err(error));
        }
        evidence.proof_bytes += proof.len() as u64;
        evidence.record(&name, sha256(&proof));
    }
    Ok(check.finish())
}

/// Fails at the first batch whose proof does not hold by itself.
fn one_by_one(
    evidence: &mut Evidence,
    verifier: &Verifier,
    batches: &Batches,
) -> Result<(), Failure> {
    let mut next = 0;
    for batch in 0..batches.count() {
        let items = items(
            &evidence.ledger,
            evidence.request.view,
            batches,
            batch,
            &mut next,
        )?;
        let (name, proof) = read(evidence, batch)?;
        let mut check = verifier.start();
        check
            .add(batch, &items, &proof)
            .and_then(|()| check.finish())
            .map_err(|error| {
                let (first, last) = (items[0].position, items[items.len() - 1].position);
                let place = format!("{name}, positions {first} to {last}");
                Fault::new(place, format!("the proof does not hold: {error}"))
            })?;
    }
    Ok(())
}

fn read(evidence: &Evidence, batch: u64) -> Result<(String, Vec<u8>), Failure> {
    let name = format!("{}/{}", names::PROOFS, Batches::file_name(batch));
    let proof = files::read_produced(&evidence.folder, &name, MAX_BYTES as u64)?;
    Ok((name, proof))
}

/// The items of a batch; `next` is the position after those of the batch before.
fn items(
    ledger: &Ledger,
    view: View,
    batches: &Batches,
    batch: u64,
    next: &mut u64,
) -> Result<Vec<PublicItem>, Fault> {
    let ordinals = batches.range(batch);
    let mut items = Vec::new();
    while (items.len() as u64) < ordinals.end - ordinals.start {
        let line = ledger.line(*next);
        *next += 1;
        if line.is_provable(view) {
            items.push(public_item(&line, view)?);
        }
    }
    Ok(items)
}

fn public_item(line: &Line<'_>, view: View) -> Result<PublicItem, Fault> {
    let place = || format!("position {}", line.position);
    let commitment = line
        .commitment(view)
        .map_err(|error| Fault::new(place(), error))?
        .ok_or_else(|| Fault::new(place(), "it does not have the view"))?;
    let matches = line.disposition.claims_match();
    Ok(PublicItem {
        position: line.position,
        commitment,
        matches,
    })
}
