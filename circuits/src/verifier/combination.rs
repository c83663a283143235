//! The relations of many proofs, combined with random weights and checked together.

use super::{AnsweredItem, Deferred, DeferredCircuit, PublicItem, Subject, Verifier};
use crate::encoding::linear_combination;
use crate::linear_form::{Bases, Relation};
use crate::refusal::ProofError;
use crate::scheme::SchemeParams;
use crate::scheme::ipa::Sum;
use crate::sealed::WeightSum;
use ff::Field;
use group::Group;
use halo2curves::bn256::{Fr, G1};
use rand_core::OsRng;

/// How many proofs are combined before their relations are evaluated: it bounds memory.
const COMBINED: usize = 64;

/// A check of batches under way.
///
/// Nothing is verified before [`Combination::finish`] returns. An error, once met, stays.
#[must_use = "nothing is verified before finish() returns"]
pub struct Combination<'a> {
    verifier: &'a Verifier,
    /// The relations of the inner-product arguments so far.
    circuits: Option<Sum<'a>>,
    waiting: usize,
    opening: OpeningSum<'a>,
    /// The relations to the weights of a sealed classifier.
    weights: Option<WeightSum<'a>>,
    /// The first error.
    failed: Option<ProofError>,
}

impl<'a> Combination<'a> {
    pub(super) fn new(verifier: &'a Verifier) -> Self {
        Self {
            verifier,
            circuits: None,
            waiting: 0,
            opening: OpeningSum::new(&verifier.bases),
            weights: match &verifier.subject {
                Subject::Public(_) => None,
                Subject::Sealed(keys) => Some(WeightSum::new(keys, verifier.bases.vector.w)),
            },
            failed: None,
        }
    }

    /// Checks one batch and takes up what is left.
    ///
    /// # Errors
    /// When the proof is malformed or already seen to be wrong, or an earlier one was.
    pub fn add(
        &mut self,
        batch: u64,
        items: &[PublicItem],
        proof: &[u8],
    ) -> Result<(), ProofError> {
        let deferred = self.verifier.check(batch, items, proof);
        self.take_up(deferred)
    }

    /// The same for answers of any kind.
    ///
    /// # Errors
    /// As [`Self::add`], and when an answer is malformed.
    pub fn add_answers(
        &mut self,
        batch: u64,
        items: &[AnsweredItem],
        proof: &[u8],
    ) -> Result<(), ProofError> {
        let deferred = self.verifier.check_answers(batch, items, proof);
        self.take_up(deferred)
    }

    /// Takes up what is left to check of one batch, or its error.
    ///
    /// # Errors
    /// When it is an error, or a combination of relations does not hold, or an earlier one did not.
    pub fn take_up(
        &mut self,
        deferred: Result<Deferred<'a>, ProofError>,
    ) -> Result<(), ProofError> {
        let outcome = match &self.failed {
            Some(error) => Err(error.clone()),
            None => deferred.and_then(|deferred| self.combine(deferred)),
        };
        self.failed = outcome.clone().err();
        outcome
    }

    fn combine(&mut self, deferred: Deferred<'a>) -> Result<(), ProofError> {
        if !std::ptr::eq(deferred.verifier, self.verifier) {
            return Err(ProofError::OtherVerifier);
        }
        match (deferred.circuit, &self.verifier.params) {
            (DeferredCircuit::Ipa(relation, c), SchemeParams::Ipa(params)) => {
                let sum = self.circuits.get_or_insert_with(|| Sum::new(params));
                sum.add(relation, c);
                self.waiting += 1;
            }
            (DeferredCircuit::Kzg, SchemeParams::Kzg(_)) => {}
            (DeferredCircuit::Ipa(..), SchemeParams::Kzg(_))
            | (DeferredCircuit::Kzg, SchemeParams::Ipa(_)) => {
                return Err(ProofError::OtherVerifier);
            }
        }
        self.opening.add(&deferred.opening, deferred.points);
        match (&mut self.weights, &deferred.sealed) {
            (Some(sum), Some(relation)) => sum.add(relation),
            (None, None) => {}
            (Some(_), None) | (None, Some(_)) => return Err(ProofError::OtherVerifier),
        }
        if self.waiting == COMBINED {
            self.check_circuits()?;
        }
        Ok(())
    }

    fn check_circuits(&mut self) -> Result<(), ProofError> {
        self.waiting = 0;
        match self.circuits.take() {
            Some(sum) if !sum.check() => Err(ProofError::Circuit),
            _ => Ok(()),
        }
    }

    /// The final check of all batches.
    ///
    /// # Errors
    /// When any proof is wrong; which one, only checking them one by one tells.
    pub fn finish(mut self) -> Result<(), ProofError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        self.check_circuits()?;
        self.opening.check()?;
        self.weights.map_or(Ok(()), WeightSum::check)
    }
}

/// A random combination of the relations of all openings.
struct OpeningSum<'a> {
    bases: &'a Bases,
    g: Vec<Fr>,
    w: Fr,
    value: Fr,
    /// The part of the points: view commitments, masks, rounds.
    points: G1,
}

impl<'a> OpeningSum<'a> {
    fn new(bases: &'a Bases) -> Self {
        Self {
            bases,
            g: vec![Fr::ZERO; bases.len()],
            w: Fr::ZERO,
            value: Fr::ZERO,
            points: G1::identity(),
        }
    }

    fn add(&mut self, relation: &Relation, points: G1) {
        let weight = Fr::random(OsRng);
        for (sum, g) in self.g.iter_mut().zip(&relation.g) {
            *sum += weight * g;
        }
        self.w += weight * relation.w;
        self.value += weight * relation.value;
        self.points += points * weight;
    }

    fn check(self) -> Result<(), ProofError> {
        let sum = linear_combination(&self.g, &self.bases.vector.g)
            + self.bases.vector.w * self.w
            + self.bases.value * self.value
            + self.points;
        if bool::from(sum.is_identity()) {
            Ok(())
        } else {
            Err(ProofError::Opening)
        }
    }
}
