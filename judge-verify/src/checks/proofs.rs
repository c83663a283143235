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
use crate::fault::{Fault, NotPassed, ledger_fault};
use crate::files;
use duces_circuits::proof::MAX_BYTES;
use duces_circuits::{AnsweredItem, Deferred, ProofError, Verifier};
use duces_protocol::classifier::Shape;
use duces_protocol::digest::Digest;
use duces_protocol::leaf::FileHasher;
use duces_protocol::pedersen::{Generators, ViewCommitment};
use duces_protocol::production::batches::Batches;
use duces_protocol::production::ledger::{LedgerError, Line};
use duces_protocol::production::names;
use duces_protocol::request::AnyRequest;
use rayon::prelude::*;
use std::ops::Range;

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
    match together(&evidence, &verifier, &batches)? {
        Joint::Holds(proofs) => {
            for (name, digest, bytes) in proofs {
                evidence.proof_bytes += bytes;
                evidence.record(&name, digest);
            }
        }
        Joint::Fails(error) => {
            one_by_one(&evidence, &verifier, &batches)?;
            let place = format!("{}/", names::PROOFS);
            let what = format!("the proofs do not hold together: {error}");
            return Err(Fault::new(place, what).into());
        }
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
    /// Every proof holds: the name, digest and length of each.
    Holds(Vec<(String, Digest, u64)>),
    /// At least one does not.
    Fails(ProofError),
}

fn together(
    evidence: &Evidence,
    verifier: &Verifier,
    batches: &Batches,
) -> Result<Joint, NotPassed> {
    let mut check = verifier.start();
    let mut read_proofs = Vec::new();
    let mut provable = Provable::of(evidence);
    let bytes = memory_of(&evidence.request).saturating_add(verifier.instance_bytes());
    let side_by_side = side_by_side(bytes);
    for first in (0..batches.count()).step_by(side_by_side) {
        let mut round = Vec::new();
        for batch in first..batches.count().min(first + side_by_side as u64) {
            let items = provable.next_batch(batches.range(batch))?;
            let (name, proof) = read(evidence, batch)?;
            read_proofs.push((name, FileHasher::of(&proof), proof.len() as u64));
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
        Ok(()) => Joint::Holds(read_proofs),
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
    evidence: &Evidence,
    verifier: &Verifier,
    batches: &Batches,
) -> Result<(), NotPassed> {
    let mut provable = Provable::of(evidence);
    for batch in 0..batches.count() {
        let items = provable.next_batch(batches.range(batch))?;
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

/// The provable items of a production, in ascending order of position.
struct Provable<'a, L> {
    evidence: &'a Evidence,
    lines: L,
}

impl<'a> Provable<'a, ()> {
    fn of(evidence: &'a Evidence) -> Provable<'a, impl Iterator<Item = Result<Line, LedgerError>>> {
        Provable {
            evidence,
            lines: evidence.ledger.lines(),
        }
    }
}

impl<L: Iterator<Item = Result<Line, LedgerError>>> Provable<'_, L> {
    /// The items of the next batch, which have these numbers among the provable items.
    fn next_batch(&mut self, ordinals: Range<u64>) -> Result<Vec<AnsweredItem>, NotPassed> {
        let mut items = Vec::new();
        for ordinal in ordinals {
            let (line, commitment) = self.next_item()?;
            items.push(AnsweredItem {
                position: line.position,
                commitment,
                answer: self.evidence.answer(&line, ordinal),
            });
        }
        Ok(items)
    }

    /// The line of the next provable position, and the commitment to its view.
    fn next_item(&mut self) -> Result<(Line, ViewCommitment), NotPassed> {
        loop {
            let line = self.lines.next();
            let line = line.expect("[check-coverage] counted the provable items");
            let line = line.map_err(ledger_fault)?;
            if let Some(commitment) = self.evidence.view_of(&line)? {
                return Ok((line, commitment));
            }
        }
    }
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
