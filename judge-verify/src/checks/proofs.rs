//! `[check-proofs]`: every batch proof holds for the ledger's view commitments and match bits, or for the
//! classes or scores that are listed.
//!
//! All proofs share one final check. If that fails, they are checked again one by one, to name the
//! first that does not hold.
//!
//! Without it these lies become possible: a matching item is listed as not responsive, an item has
//! another class or other scores.

use super::coverage::{Counts, Covered};
use super::evidence::Evidence;
use crate::fault::{Fault, NotPassed};
use crate::files;
use duces_circuits::proof::{MAX_BYTES, ProofError};
use duces_circuits::{AnsweredItem, Deferred, Verifier};
use duces_protocol::answers::Answer;
use duces_protocol::classifier::Shape;
use duces_protocol::leaf::FileHasher;
use duces_protocol::pedersen::Generators;
use duces_protocol::production::batches::Batches;
use duces_protocol::production::names;
use duces_protocol::request::AnyRequest;
use rayon::prelude::*;

/// Every match bit, class or score is proved.
pub struct Proved {
    pub(super) evidence: Evidence,
    pub(super) counts: Counts,
    /// What opens view commitments.
    pub(super) generators: Generators,
    /// Keeps other modules from making one.
    _checked: (),
}

pub(super) fn check(covered: Covered) -> Result<Proved, NotPassed> {
    let Covered {
        mut evidence,
        verifier,
        batches,
        counts,
        ..
    } = covered;
    if let Joint::Fails(error) = together(&mut evidence, &verifier, &batches)? {
        one_by_one(&mut evidence, &verifier, &batches)?;
        let place = format!("{}/", names::PROOFS);
        return Err(Fault::new(place, format!("the proofs do not hold together: {error}")).into());
    }
    Ok(Proved {
        evidence,
        counts,
        generators: verifier.into_generators(),
        _checked: (),
    })
}

/// What the one check of all proofs says.
enum Joint {
    /// Every proof holds.
    Holds,
    /// At least one does not.
    Fails(ProofError),
}

fn together(
    evidence: &mut Evidence,
    verifier: &Verifier,
    batches: &Batches,
) -> Result<Joint, NotPassed> {
    let mut check = verifier.start();
    let mut next = 0;
    let bytes = memory_of(&evidence.request).saturating_add(verifier.instance_bytes());
    let side_by_side = side_by_side(bytes);
    for first in (0..batches.count()).step_by(side_by_side) {
        let mut round = Vec::new();
        for batch in first..batches.count().min(first + side_by_side as u64) {
            let items = items(evidence, batches, batch, &mut next);
            let (name, proof) = read(evidence, batch)?;
            evidence.proof_bytes += proof.len() as u64;
            evidence.record(&name, FileHasher::of(&proof));
            round.push((batch, items, proof));
        }
        let deferred: Vec<Result<Deferred<'_>, ProofError>> = round
            .par_iter()
            .map(|(batch, items, proof)| verifier.check_answers(*batch, items, proof))
            .collect();
        for deferred in deferred {
            if let Err(error) = check.take_up(deferred) {
                return Ok(Joint::Fails(error));
            }
        }
    }
    Ok(match check.finish() {
        Ok(()) => Joint::Holds,
        Err(error) => Joint::Fails(error),
    })
}

/// Bytes that one batch takes at a time beside its instance columns: for a sealed classifier, a scalar for
/// each hidden weight, and what its passes hold.
fn memory_of(request: &AnyRequest) -> u64 {
    match request {
        AnyRequest::Public(request) => request.classifier.adjoint_bytes(),
        AnyRequest::Sealed(request) => {
            let architecture = request.classifier.architecture();
            let elements = architecture.activations() + architecture.input_len();
            let hidden = architecture.parameters();
            64 * (elements as u64).saturating_add(hidden as u64)
        }
    }
}

/// As many batches side by side as there are cores, and as take 512 MB, each so many bytes; but one.
fn side_by_side(bytes: u64) -> usize {
    let fitting = usize::try_from((1 << 29) / bytes.max(1)).unwrap_or(usize::MAX);
    fitting.clamp(1, rayon::current_num_threads().max(1))
}

/// Fails at the first batch whose proof does not hold by itself.
fn one_by_one(
    evidence: &mut Evidence,
    verifier: &Verifier,
    batches: &Batches,
) -> Result<(), NotPassed> {
    let mut next = 0;
    for batch in 0..batches.count() {
        let items = items(evidence, batches, batch, &mut next);
        let (name, proof) = read(evidence, batch)?;
        let mut check = verifier.start();
        check
            .add_answers(batch, &items, &proof)
            .and_then(|()| check.finish())
            .map_err(|error| {
                let (first, last) = (items[0].position, items[items.len() - 1].position);
                let place = format!("{name}, positions {first} to {last}");
                Fault::new(place, format!("the proof does not hold: {error}"))
            })?;
    }
    Ok(())
}

fn read(evidence: &Evidence, batch: u64) -> Result<(String, Vec<u8>), NotPassed> {
    let name = format!("{}/{}", names::PROOFS, Batches::file_name(batch));
    let proof = files::read_produced(&evidence.folder, &name, MAX_BYTES as u64)?;
    Ok((name, proof))
}

/// The items of a batch; `next` is the first position after those of the earlier batches.
fn items(evidence: &Evidence, batches: &Batches, batch: u64, next: &mut u64) -> Vec<AnsweredItem> {
    let mut items = Vec::new();
    for ordinal in batches.range(batch) {
        let (position, commitment) = loop {
            let position = *next;
            *next += 1;
            if let Some(commitment) = evidence.view_at(position) {
                break (position, commitment);
            }
        };
        items.push(AnsweredItem {
            position,
            commitment,
            answer: answer(evidence, position, ordinal),
        });
    }
    items
}

/// The answer that is claimed for a provable position, which has this number among them.
fn answer(evidence: &Evidence, position: u64, ordinal: u64) -> Answer {
    let listed = usize::try_from(ordinal).ok();
    let listed = listed.and_then(|ordinal| evidence.answers.get(ordinal));
    listed.cloned().unwrap_or_else(|| {
        let outcome = evidence.ledger.line(position).outcome;
        Answer::Match(outcome.disposition.claims_match())
    })
}

#[cfg(test)]
mod tests {
    use super::side_by_side;

    #[test]
    fn batches_side_by_side_fit_the_memory() {
        let cores = rayon::current_num_threads();
        assert_eq!(side_by_side(0), cores);
        assert_eq!(side_by_side(1 << 28), cores.min(2));
        assert_eq!(side_by_side(1 << 29), 1);
        assert_eq!(side_by_side(u64::MAX), 1);
    }
}
