//! The verifier of batches, in the steps of docs/protocol.md section 5.4, "Steps".
//!
//! It takes nothing from the responding party but the proofs and the layout's dimensions: layout,
//! keys and generators are rebuilt from the request. Proofs are reduced to curve relations,
//! combined with random weights, and checked together: [`Combination::finish`] must be called.

mod combination;
mod sealed;

pub use combination::Combination;

use crate::challenge::{Context, ItemRecord, Weights, theta};
use crate::circuit::public_columns;
use crate::columns::{self, EquationColumns, LayoutColumns};
use crate::domain::powers;
use crate::encoding::{linear_combination, scalar};
use crate::equation::{Equation, group_answers, place_weights};
use crate::layout::{Dimensions, Layout};
use crate::linear_form::{Bases, Opening, Relation, Response};
use crate::proof::Parts;
use crate::proof::words::{Ending, Word, words};
use crate::refusal::ProofError;
use crate::scheme::ipa::{self, IpaVerifier, Library};
use crate::scheme::{SchemeParams, SetupError, Srs, key_digest};
use crate::sealed::{Relation as WeightRelation, SealedKeys, masks};
use duces_protocol::answers::{Answer, AnswerForm};
use duces_protocol::classifier::{Classifier, Shape};
use duces_protocol::pedersen::{Generators, ViewCommitment};
use duces_protocol::request::{AnyRequest, Request, Scheme};
use duces_protocol::sealed::SealedClassifier;
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

/// One item of a batch with an answer of any kind.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AnsweredItem {
    /// Position in the commitment.
    pub position: u64,
    /// The view's commitment.
    pub commitment: ViewCommitment,
    /// The answer that the proof must show.
    pub answer: Answer,
}

impl From<&PublicItem> for AnsweredItem {
    fn from(item: &PublicItem) -> Self {
        Self {
            position: item.position,
            commitment: item.commitment,
            answer: Answer::Match(item.matches),
        }
    }
}

/// Keys and parameters for verifying the batches of one request.
pub struct Verifier {
    pub(crate) subject: Subject,
    /// Which answers are well formed.
    form: AnswerForm,
    pub(crate) context: Context,
    pub(crate) layout: Arc<Layout>,
    params: SchemeParams,
    pub(crate) key: VerifyingKey<G1Affine>,
    /// The instance columns that depend on the layout alone.
    public: LayoutColumns<Vec<Fr>>,
    pub(crate) bases: Bases,
    /// The words of the circuit's proof.
    pub(crate) words: Vec<Word>,
}

/// Whose answers are proved.
pub(crate) enum Subject {
    /// A classifier that everybody can evaluate.
    Public(Classifier),
    /// One whose weights are committed to.
    Sealed(Box<SealedKeys>),
}

impl Verifier {
    /// Rebuilds layout, generators and keys from a request to a public classifier.
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
        let classifier = &request.classifier;
        let make = || Bases::derive(classifier.input_len());
        let (bases, subject) = (make, Subject::Public(classifier.clone()));
        let form = classifier.answer_form();
        Self::with(subject, form, request.scheme, context, layout, srs, bases)
    }

    /// The same for a request to a sealed classifier.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn sealed(
        request: &Request<SealedClassifier>,
        context: Context,
        dimensions: Dimensions,
        srs: Option<&Srs>,
    ) -> Result<Self, SetupError> {
        let architecture = request.classifier.architecture();
        let layout = Arc::new(Layout::new(architecture, dimensions)?);
        let masks = masks(&layout);
        let make = || Bases::derive_for(architecture.input_len(), masks);
        let subject = Subject::Sealed(Box::new(SealedKeys::new(&request.classifier)));
        let form = architecture.answer_form();
        Self::with(subject, form, request.scheme, context, layout, srs, make)
    }

    /// The same for a request of either kind.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn any(
        request: &AnyRequest,
        context: Context,
        dimensions: Dimensions,
        srs: Option<&Srs>,
    ) -> Result<Self, SetupError> {
        match request {
            AnyRequest::Public(request) => Self::new(request, context, dimensions, srs),
            AnyRequest::Sealed(request) => Self::sealed(request, context, dimensions, srs),
        }
    }

    fn with(
        subject: Subject,
        form: AnswerForm,
        scheme: Scheme,
        context: Context,
        layout: Arc<Layout>,
        srs: Option<&Srs>,
        bases: impl FnOnce() -> Bases + Send,
    ) -> Result<Self, SetupError> {
        let params = || SchemeParams::new(scheme, layout.k(), srs);
        let (params, bases) = rayon::join(params, bases);
        let params = params?;
        let key = params.verifying_key(&layout)?;
        let ending = match params {
            SchemeParams::Ipa(_) => Ending::InnerProduct { k: layout.k() },
            SchemeParams::Kzg(_) => Ending::Pairing,
        };
        Ok(Self {
            subject,
            form,
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

    /// Bytes of the instance columns of one batch.
    #[must_use]
    pub fn instance_bytes(&self) -> u64 {
        96 * (self.layout.lanes() * self.layout.rows()) as u64
    }

    /// The generators of view commitments, at least as many as a view has bytes: what opens them needs
    /// not derive them again.
    #[must_use]
    pub fn into_generators(self) -> Generators {
        self.bases.vector
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
    pub(crate) verifier: &'a Verifier,
    pub(crate) circuit: DeferredCircuit<'a>,
    pub(crate) opening: Relation,
    /// The points of the opening's relation, multiplied and added up.
    pub(crate) points: G1,
    /// The relation to the weights of a sealed classifier.
    pub(crate) sealed: Option<WeightRelation>,
}

/// What is left to check of a circuit's proof.
pub(crate) enum DeferredCircuit<'a> {
    /// The inner-product argument's relation, and the last folded coefficient.
    Ipa(ipa::Relation<'a>, Fr),
    /// Nothing: the pairing was checked.
    Kzg,
}

impl Verifier {
    /// Checks one batch of matches as far as that needs no curve arithmetic over all generators. Many
    /// batches can be checked side by side.
    ///
    /// # Errors
    /// When the proof is malformed or already seen to be wrong, or the request asks for other answers.
    pub fn check(
        &self,
        batch: u64,
        items: &[PublicItem],
        proof: &[u8],
    ) -> Result<Deferred<'_>, ProofError> {
        let items: Vec<AnsweredItem> = items.iter().map(AnsweredItem::from).collect();
        self.check_answers(batch, &items, proof)
    }

    /// Checks one batch of answers of any kind, in the same way.
    ///
    /// # Errors
    /// When an answer or the proof is malformed, or the proof is already seen to be wrong.
    pub fn check_answers(
        &self,
        batch: u64,
        items: &[AnsweredItem],
        proof: &[u8],
    ) -> Result<Deferred<'_>, ProofError> {
        if items.is_empty() || items.len() > self.layout.items_per_batch() {
            return Err(ProofError::Items(items.len()));
        }
        let answers = items.iter().map(|item| self.form.check(&item.answer));
        let answers: Vec<Vec<i32>> = answers
            .collect::<Result<_, _>>()
            .map_err(ProofError::Answer)?;
        match &self.subject {
            Subject::Public(classifier) => {
                self.check_public(classifier, batch, items, &answers, proof)
            }
            Subject::Sealed(keys) => self.check_sealed(keys, batch, items, &answers, proof),
        }
    }

    fn check_public(
        &self,
        classifier: &Classifier,
        batch: u64,
        items: &[AnsweredItem],
        answers: &[Vec<i32>],
        proof: &[u8],
    ) -> Result<Deferred<'_>, ProofError> {
        // What the prover published in [step-masks], [step-first-phase], [step-values],
        // [step-circuit] and [step-opening].
        let view_len = classifier.input_len();
        let response = Response::choose(view_len, items.len());
        let parts = Parts::read(proof, &self.layout, view_len, response, &self.words)?;
        let weights = self.weights(batch, items, &parts);
        let mut equation = Equation::new(classifier, &self.layout, weights.rho);
        let answers = group_answers(classifier, &self.layout, answers);
        let instance = equation.instance(&self.layout, weights.eta, &answers, &parts.y.read);
        let circuit = self.circuit(&instance, parts.circuit.bytes)?;
        let (state, theta) = theta(&weights, parts.y.bytes, parts.circuit.bytes);
        let opening = Opening::read(
            self.bases.len(),
            view_len + 1,
            response,
            &state,
            parts.opening,
        )?;
        let opening = self.opening(&opening, equation.input, &parts.y.read, theta)?;
        let points = opening_points(&opening, items, &parts.masks.read, weights.eta, theta);
        Ok(Deferred {
            verifier: self,
            circuit,
            opening,
            points,
            sealed: None,
        })
    }

    /// `[step-weights]`: `ρ` and `η` follow everything that they weigh.
    fn weights(&self, batch: u64, items: &[AnsweredItem], parts: &Parts<'_>) -> Weights {
        Weights::draw(
            &self.context,
            self.layout.digest(),
            &key_digest(&self.key),
            batch,
            &records(items),
            parts.masks.bytes.as_chunks().0,
            parts.circuit.first_phase,
        )
    }

    /// `[step-circuit]`: the circuit, on instance columns that are made here.
    pub(crate) fn circuit(
        &self,
        instance: &EquationColumns<Vec<Fr>>,
        proof: &[u8],
    ) -> Result<DeferredCircuit<'_>, ProofError> {
        let columns = columns::instance(instance, &self.public);
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

/// The items as the challenges see them.
pub(crate) fn records(items: &[AnsweredItem]) -> Vec<ItemRecord> {
    let record = |item: &AnsweredItem| ItemRecord {
        position: item.position,
        commitment: item.commitment.to_bytes(),
        answer: item.answer.clone(),
    };
    items.iter().map(record).collect()
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
    items: &[AnsweredItem],
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
impl Verifier {
    /// The public classifier.
    fn classifier(&self) -> &Classifier {
        match &self.subject {
            Subject::Public(classifier) => classifier,
            Subject::Sealed(_) => panic!("these tests have public classifiers"),
        }
    }
}

#[cfg(test)]
mod independence;
