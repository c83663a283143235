//! The verifier of batches, in the steps of docs/protocol.md section 5.4, "Steps".
//!
//! It takes nothing from the responding party but the proofs and the layout's dimensions: layout,
//! keys and generators are rebuilt from the request. Proofs are reduced to curve relations,
//! combined with random weights, and checked together: [`Combination::finish`] must be called.

mod combination;

pub use combination::Combination;

use crate::challenge::{Context, ItemRecord, Weights, theta};
use crate::circuit::public_columns;
use crate::columns::{self, LayoutColumns};
use crate::domain::powers;
use crate::encoding::{linear_combination, scalar};
use crate::equation::{Equation, group_decisions, place_weights};
use crate::layout::{Dimensions, Layout};
use crate::linear_form::{Bases, Opening, Relation, Response};
use crate::proof::words::{Ending, Word, words};
use crate::proof::{Parts, ProofError};
use crate::scheme::ipa::{self, IpaVerifier, Library};
use crate::scheme::{SchemeParams, SetupError, Srs, key_digest};
use duces_protocol::classifier::Classifier;
use duces_protocol::pedersen::ViewCommitment;
use duces_protocol::request::Request;
use ff::Field;
use halo2_proofs::plonk::{VerifyingKey, verify_proof};
use halo2_proofs::poly::VerificationStrategy;
use halo2_proofs::poly::kzg::commitment::KZGCommitmentScheme;
use halo2_proofs::poly::kzg::multiopen::VerifierSHPLONK;
use halo2_proofs::poly::kzg::strategy::SingleStrategy;
use halo2_proofs::transcript::{Blake2bRead, Challenge255, TranscriptReadBuffer};
use halo2curves::bn256::{Bn256, Fr, G1, G1Affine};
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
    public: LayoutColumns<Vec<Fr>>,
    bases: Bases,
    /// The words of the circuit's proof.
    words: Vec<Word>,
}

impl Verifier {
    /// Rebuilds layout, generators and keys from the request.
    ///
    /// # Errors
    /// When the classifier does not fit the dimensions, or the ceremony file is missing or refused.
    pub fn new(
        request: &Request,
        context: Context,
        dimensions: Dimensions,
        srs: Option<&Srs>,
    ) -> Result<Self, SetupError> {
        let layout = Arc::new(Layout::new(&request.classifier, dimensions)?);
        let (params, bases) = rayon::join(
            || SchemeParams::new(request, layout.k(), srs),
            || Bases::derive(request.classifier.input_len()),
        );
        let params = params?;
        let key = params.verifying_key(&layout)?;
        let ending = match params {
            SchemeParams::Ipa(_) => Ending::InnerProduct { k: layout.k() },
            SchemeParams::Kzg(_) => Ending::Pairing,
        };
        Ok(Self {
            classifier: request.classifier.clone(),
            context,
            public: public_columns(&layout),
            words: words(&key, ending),
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
    pub fn start(&self) -> Combination<'_> {
        Combination::new(self)
    }
}

/// What is left to check of one batch: curve relations that only hold for a true proof.
#[must_use = "nothing is verified before the relations are checked"]
pub struct Deferred<'a> {
    /// Whose relations these are.
    verifier: &'a Verifier,
    circuit: DeferredCircuit<'a>,
    opening: Relation,
    /// The points of the opening's relation, multiplied and added up.
    points: G1,
}

/// What is left to check of a circuit's proof.
enum DeferredCircuit<'a> {
    /// The inner-product argument's relation, and the last folded coefficient.
    Ipa(ipa::Relation<'a>, Fr),
    /// Nothing: the pairing was checked.
    Kzg,
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
        if items.is_empty() || items.len() > self.layout.items_per_batch() {
            return Err(ProofError::Items(items.len()));
        }
        // What the prover published in [step-masks], [step-first-phase], [step-values],
        // [step-circuit] and [step-opening].
        let view_len = self.classifier.input_len();
        let response = Response::choose(view_len, items.len());
        let parts = Parts::read(proof, &self.layout, view_len, response, &self.words)?;
        let weights = self.weights(batch, items, &parts);
        let equation = Equation::new(&self.classifier, &self.layout, weights.rho);
        let circuit = self.circuit(items, &weights, &equation, &parts)?;
        let (state, theta) = theta(&weights, parts.y_bytes, parts.circuit);
        let opening = Opening::read(
            self.bases.len(),
            view_len + 1,
            response,
            &state,
            parts.opening,
        )?;
        let opening = self.opening(&opening, equation.input, &parts.y, theta)?;
        let points = opening_points(&opening, items, &parts.mask_points, weights.eta, theta);
        Ok(Deferred {
            verifier: self,
            circuit,
            opening,
            points,
        })
    }

    /// `[step-weights]`: `ρ` and `η` follow everything that they weigh.
    fn weights(&self, batch: u64, items: &[PublicItem], parts: &Parts<'_>) -> Weights {
        let records: Vec<ItemRecord> = items
            .iter()
            .map(|item| ItemRecord {
                position: item.position,
                commitment: item.commitment.to_bytes(),
                matches: item.matches,
            })
            .collect();
        Weights::draw(
            &self.context,
            self.layout.digest(),
            &key_digest(&self.key),
            batch,
            &records,
            &parts.masks,
            parts.first_phase,
        )
    }

    /// `[step-circuit]`: the circuit, on instance columns that are made here.
    fn circuit(
        &self,
        items: &[PublicItem],
        weights: &Weights,
        equation: &Equation,
        parts: &Parts<'_>,
    ) -> Result<DeferredCircuit<'_>, ProofError> {
        let bits: Vec<bool> = items.iter().map(|item| item.matches).collect();
        let decisions = group_decisions(&self.classifier, &self.layout, &bits);
        let instance = equation.instance(&self.layout, weights.eta, &decisions, &parts.y);
        let columns = columns::instance(&instance, &self.public);
        let proof = parts.circuit;
        let mut transcript = Blake2bRead::<_, G1Affine, Challenge255<_>>::init(proof);
        match &self.params {
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
                let last = proof.last_chunk::<64>().ok_or(ProofError::Circuit)?;
                Ok(DeferredCircuit::Ipa(relation, scalar(&last[..32])?))
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
                Ok(DeferredCircuit::Kzg)
            }
        }
    }

    /// `[step-opening]`: `Σ θ^c·y_c` is the form's value on the committed views and masks.
    fn opening(
        &self,
        opening: &Opening,
        input: Vec<Fr>,
        y: &[Fr],
        theta: Fr,
    ) -> Result<Relation, ProofError> {
        let mut form = input;
        form.push(Fr::ONE);
        let value = y.iter().rev().fold(Fr::ZERO, |sum, y| sum * theta + y);
        opening.relation(&form, value)
    }
}

/// The coefficients of the mask commitments, then of the items' view commitments, in `q·Q` with
/// `Q = Σ_c θ^c·(M_c + Σ_b η^(b+1)·P_{c,b})`.
fn opening_weights(q: Fr, groups: usize, items: usize, eta: Fr, theta: Fr) -> Vec<Fr> {
    let masks = powers(q, theta, groups);
    let places = place_weights(eta, items.div_ceil(groups));
    let items = (0..items).map(|i| masks[i % groups] * places[i / groups]);
    masks.iter().copied().chain(items).collect()
}

/// The part of an opening's relation that the points of the batch and of the proof make up.
fn opening_points(
    relation: &Relation,
    items: &[PublicItem],
    masks: &[G1Affine],
    eta: Fr,
    theta: Fr,
) -> G1 {
    let mut scalars = opening_weights(relation.q, masks.len(), items.len(), eta, theta);
    let mut points = masks.to_vec();
    points.extend(items.iter().map(|item| item.commitment.point()));
    for (scalar, point) in &relation.points {
        scalars.push(*scalar);
        points.push(*point);
    }
    linear_combination(&scalars, &points)
}

#[cfg(test)]
mod independence;
