//! The verifier of batches (docs/protocol.md section 5.8).
//!
//! It takes nothing from the responding party but the proofs and the batch width: layout, keys and
//! generators are rebuilt from the request. Proofs are reduced to curve relations, combined with
//! random weights, and checked together: [`Batches::finish`] must be called.

use crate::challenge::{Context, ItemRecord, State};
use crate::circuit::public_columns;
use crate::equation::Equation;
use crate::layout::{Layout, Width};
use crate::linear_form::{self, Bases, Relation, Response, scalar};
use crate::proof::{Parts, ProofError};
use crate::prover::group_decisions;
use crate::scheme::ipa::{self, IpaVerifier, Library, Sum};
use crate::scheme::{SchemeParams, SetupError, Srs, key_digest};
use duces_protocol::classifier::Classifier;
use duces_protocol::pedersen::ViewCommitment;
use duces_protocol::request::Request;
use ff::Field;
use group::Group;
use halo2_proofs::arithmetic::best_multiexp;
use halo2_proofs::plonk::{VerifyingKey, verify_proof};
use halo2_proofs::poly::VerificationStrategy;
use halo2_proofs::poly::kzg::commitment::KZGCommitmentScheme;
use halo2_proofs::poly::kzg::multiopen::VerifierSHPLONK;
use halo2_proofs::poly::kzg::strategy::SingleStrategy;
use halo2_proofs::transcript::{Blake2bRead, Challenge255, TranscriptReadBuffer};
use halo2curves::bn256::{Bn256, Fr, G1, G1Affine};
use rand_core::OsRng;
use std::sync::Arc;

/// One item of a batch, as everybody sees it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PublicItem {
    /// Position in the commitment.
    pub position: u64,
    /// The view's commitment.
    pub commitment: ViewCommitment,
    /// The decision that the proof must show.
    pub matches: bool,
}

/// Keys and parameters for verifying the batches of one request.
pub struct Verifier {
    classifier: Classifier,
    context: Context,
    layout: Arc<Layout>,
    params: SchemeParams,
    key: VerifyingKey<G1Affine>,
    /// The instance columns that depend on the layout alone.
    public: Vec<Vec<Fr>>,
    bases: Bases,
}

impl Verifier {
    /// Rebuilds layout, generators and keys from the request.
    ///
    /// # Errors
    /// When the classifier does not fit the width, or the ceremony file is missing or refused.
    pub fn new(
        request: &Request,
        context: Context,
        width: Width,
        srs: Option<&Srs>,
    ) -> Result<Self, SetupError> {
        let layout = Arc::new(Layout::new(&request.classifier, width)?);
        let (params, bases) = rayon::join(
            || SchemeParams::new(request, layout.k(), srs),
            || Bases::derive(request.classifier.input_len()),
        );
        let params = params?;
        let key = params.verifying_key(&layout)?;
        Ok(Self {
            classifier: request.classifier.clone(),
            context,
            public: public_columns(&layout),
            layout,
            params,
            key,
            bases,
        })
    }

    /// The layout of the batches.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Starts a check of batches.
    pub fn start(&self) -> Batches<'_> {
        Batches {
            verifier: self,
            circuits: None,
            waiting: 0,
            opening: OpeningSum::new(&self.bases),
        }
    }
}

/// What is left to check of one batch: curve relations that only hold for a true proof.
#[must_use = "nothing is verified before the relations are checked"]
pub struct Deferred<'a> {
    /// The IPA relation, and the last folded coefficient; KZG leaves nothing.
    circuit: Option<(ipa::Relation<'a>, Fr)>,
    opening: Relation,
    /// The points of the opening's relation, multiplied and added up.
    points: G1,
}

impl Verifier {
    /// Checks one batch as far as that needs no curve arithmetic over all generators. Many batches
    /// can be checked side by side.
    ///
    /// # Errors
    /// When the proof is malformed or already seen to be wrong.
    pub fn check(
        &self,
        batch: u64,
        items: &[PublicItem],
        proof: &[u8],
    ) -> Result<Deferred<'_>, ProofError> {
        let (layout, classifier) = (&self.layout, &self.classifier);
        if items.is_empty() || items.len() > layout.items_per_batch() {
            return Err(ProofError::Items(items.len()));
        }
        let view_len = classifier.input_len();
        let response = Response::choose(view_len, items.len());
        let parts = Parts::read(proof, layout, view_len, response)?;

        // Step 1: the challenges follow everything that they check.
        let records: Vec<ItemRecord> = items
            .iter()
            .map(|item| ItemRecord {
                position: item.position,
                commitment: item.commitment.to_bytes(),
                matches: item.matches,
            })
            .collect();
        let state = State::first_phase(
            &self.context,
            layout.digest(),
            &key_digest(&self.key),
            batch,
            &records,
            &parts.masks,
            parts.first_phase,
        );
        let (rho, eta) = (state.scalar("rho"), state.scalar("eta"));

        // Step 2: the circuit, on instance columns made here.
        let equation = Equation::new(classifier, layout, rho);
        let bits: Vec<bool> = items.iter().map(|item| item.matches).collect();
        let decisions = group_decisions(classifier, layout, &bits);
        let instance = equation.instance(layout, eta, &decisions, &parts.y);
        let circuit = self.check_circuit(&instance, parts.circuit)?;

        // Step 3: y is the form's value on the committed views and masks.
        let state = state
            .absorb("y", parts.y_bytes)
            .absorb("circuit", parts.circuit);
        let theta = state.scalar("theta");
        let mut form = equation.input;
        form.push(Fr::ONE);
        let t = parts
            .y
            .iter()
            .rev()
            .fold(Fr::ZERO, |sum, y| sum * theta + y);
        let opening =
            linear_form::verify(self.bases.len(), response, &form, t, &state, parts.opening)?;
        let points = opening_points(&opening, items, &parts.mask_points, eta, theta);
        Ok(Deferred {
            circuit,
            opening,
            points,
        })
    }

    fn check_circuit(
        &self,
        instance: &[Vec<Fr>],
        proof: &[u8],
    ) -> Result<Option<(ipa::Relation<'_>, Fr)>, ProofError> {
        let columns = instance.iter().chain(&self.public);
        let columns: Vec<&[Fr]> = columns.map(Vec::as_slice).collect();
        let mut rest = proof;
        let mut transcript = Blake2bRead::<_, G1Affine, Challenge255<_>>::init(&mut rest);
        let deferred = match &self.params {
            SchemeParams::Ipa(params) => {
                let relation = verify_proof::<Library, IpaVerifier<'_>, _, _, _>(
                    params.library(),
                    &self.key,
                    ipa::Unfinished::new(params.library()),
                    &[&columns],
                    &mut transcript,
                )
                .map_err(|_| ProofError::Circuit)?;
                // The inner-product argument ends with two scalars: c, and a blind.
                let c = proof.len().checked_sub(64).map(|at| &proof[at..at + 32]);
                Some((relation, scalar(c.ok_or(ProofError::Circuit)?)?))
            }
            SchemeParams::Kzg(params) => {
                verify_proof::<KZGCommitmentScheme<Bn256>, VerifierSHPLONK<'_, Bn256>, _, _, _>(
                    params,
                    &self.key,
                    SingleStrategy::new(params),
                    &[&columns],
                    &mut transcript,
                )
                .map_err(|_| ProofError::Circuit)?;
                None
            }
        };
        if rest.is_empty() {
            Ok(deferred)
        } else {
            Err(ProofError::Circuit)
        }
    }
}

/// How many proofs are combined before their relations are evaluated: it bounds memory.
const COMBINED: usize = 64;

/// A check of batches under way.
///
/// Nothing is verified before [`Batches::finish`] returns.
#[must_use = "nothing is verified before finish() returns"]
pub struct Batches<'a> {
    verifier: &'a Verifier,
    /// The IPA relations of proofs so far.
    circuits: Option<Sum<'a>>,
    waiting: usize,
    opening: OpeningSum<'a>,
}

impl<'a> Batches<'a> {
    /// Checks one batch and takes up what is left.
    ///
    /// # Errors
    /// When the proof is malformed or already seen to be wrong.
    pub fn add(
        &mut self,
        batch: u64,
        items: &[PublicItem],
        proof: &[u8],
    ) -> Result<(), ProofError> {
        self.take_up(self.verifier.check(batch, items, proof)?)
    }

    /// Takes up what is left to check of one batch.
    ///
    /// # Errors
    /// When a combination of relations does not hold.
    pub fn take_up(&mut self, deferred: Deferred<'a>) -> Result<(), ProofError> {
        if let (Some((relation, c)), SchemeParams::Ipa(params)) =
            (deferred.circuit, &self.verifier.params)
        {
            let sum = self.circuits.get_or_insert_with(|| Sum::new(params));
            sum.add(relation, c);
            self.waiting += 1;
        }
        self.opening.add(&deferred.opening, deferred.points);
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
        self.check_circuits()?;
        self.opening.check()
    }
}

/// The part of an opening's relation that the points of the batch and of the proof make up, `Q`
/// written as `Σ_c θ^c·(Σ_b η^b·P_{c,b} + M_c)`.
fn opening_points(
    relation: &Relation,
    items: &[PublicItem],
    masks: &[G1Affine],
    eta: Fr,
    theta: Fr,
) -> G1 {
    let groups = masks.len();
    let mut scalars = Vec::with_capacity(items.len() + groups + relation.points.len());
    let mut points = Vec::with_capacity(scalars.capacity());
    let mut group_weights = vec![relation.q; groups];
    for c in 1..groups {
        group_weights[c] = group_weights[c - 1] * theta;
    }
    for (mask, &weight) in masks.iter().zip(&group_weights) {
        scalars.push(weight);
        points.push(*mask);
    }
    for level in items.chunks(groups) {
        for (item, group_weight) in level.iter().zip(&mut group_weights) {
            scalars.push(*group_weight);
            points.push(item.commitment.point());
            *group_weight *= eta;
        }
    }
    for (scalar, point) in &relation.points {
        scalars.push(*scalar);
        points.push(*point);
    }
    best_multiexp(&scalars, &points)
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
        let sum = best_multiexp(&self.g, &self.bases.vector.g)
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
