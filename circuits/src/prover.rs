//! The prover of one batch (docs/protocol.md section 5.4, "Steps"): [`Prover::prove`] is the sequence
//! of its [`steps`].
//!
//! Nothing here is trusted. [`plan`] chooses the layout's dimensions by [`cost`]; [`witness`] and
//! [`second_phase`] fill the columns; `argument` writes the circuit's proof, with `quotient`,
//! `opening`, `polynomial` and `transform`; `msm` is where most of the time goes.

#[cfg(test)]
mod adversary;
pub mod column;
pub mod cost;
pub mod linear_form;
mod msm;
mod opening;
mod params;
pub mod plan;
mod polynomial;
mod quotient;
pub mod sealed;
pub mod second_phase;
pub mod steps;
mod transform;
pub mod witness;

use crate::challenge::Context;
use crate::circuit::public_columns;
use crate::columns::LayoutColumns;
use crate::equation::{Equation, group_answers};
use crate::layout::{Dimensions, Layout};
use crate::linear_form::Bases;
use crate::proof::BatchProof;
use crate::scheme::{SchemeParams, SetupError, Srs};
use duces_arithmetic::Engine;
use duces_protocol::classifier::Classifier;
use duces_protocol::pedersen::{ViewBlind, ViewCommitment};
use duces_protocol::request::Request;
use ff::Field;
use halo2_proofs::plonk::VerifyingKey;
use halo2curves::bn256::{Fr, G1Affine};
use params::ProverParams;
use rand_chacha::ChaCha20Rng;
use rand_core::{OsRng, RngCore, SeedableRng};
use std::sync::Arc;
use thiserror::Error;

/// One item of a batch with its private inputs.
#[derive(Clone, Copy)]
pub struct SecretItem<'a> {
    /// Position in the commitment.
    pub position: u64,
    /// The view.
    pub view: &'a [u8],
    /// The blind of the view's commitment.
    pub blind: &'a ViewBlind,
    /// The view's commitment.
    pub commitment: ViewCommitment,
}

/// Why a batch was not proved.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum ProveError {
    /// The batch is empty, or larger than the layout allows.
    #[error("a batch has 1 to {room} items, this one has {items}")]
    Items {
        /// Items given.
        items: usize,
        /// Items that the layout allows.
        room: usize,
    },
    /// A view has another length than the classifier reads.
    #[error("the view at position {position} has {len} bytes, the classifier reads {expected}")]
    View {
        /// The position.
        position: u64,
        /// Its length.
        len: usize,
        /// The length that the classifier reads.
        expected: usize,
    },
    /// The proof system failed.
    #[error("the proof system failed: {0}")]
    System(String),
}

/// Keys and parameters for proving the batches of one request.
pub struct Prover {
    classifier: Classifier,
    /// What the owner of a sealed classifier knows.
    sealed: Option<Box<sealed::SealedSecret>>,
    context: Context,
    layout: Arc<Layout>,
    params: ProverParams,
    key: VerifyingKey<G1Affine>,
    /// The instance columns that depend on the layout alone.
    public: LayoutColumns<Vec<Fr>>,
    bases: Bases,
}

impl Prover {
    /// Makes the keys.
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
        let params = SchemeParams::new(request.scheme, layout.k(), srs)?;
        let key = params.verifying_key(&layout)?;
        Ok(Self {
            classifier: request.classifier.clone(),
            sealed: None,
            context,
            params: ProverParams::new(Engine::detect(), &params, layout.k()),
            key,
            public: public_columns(&layout),
            bases: Bases::derive(request.classifier.input_len()),
            layout,
        })
    }

    /// The layout of the batches.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The classifier whose decisions are proved.
    #[must_use]
    pub fn classifier(&self) -> &Classifier {
        &self.classifier
    }

    /// The generators of view commitments and of their opening.
    #[must_use]
    pub fn bases(&self) -> &Bases {
        &self.bases
    }

    /// Proves one batch. Randomness comes from the operating system.
    ///
    /// # Errors
    /// When the batch does not fit the layout or the proof system fails.
    pub fn prove(&self, batch: u64, items: &[SecretItem<'_>]) -> Result<BatchProof, ProveError> {
        let room = self.layout.items_per_batch();
        if items.is_empty() || items.len() > room {
            return Err(ProveError::Items {
                items: items.len(),
                room,
            });
        }
        let expected = self.classifier.input_len();
        if let Some(item) = items.iter().find(|item| item.view.len() != expected) {
            let (position, len) = (item.position, item.view.len());
            return Err(ProveError::View {
                position,
                len,
                expected,
            });
        }
        let seed = ChaCha20Rng::from_rng(OsRng)
            .map_err(|error| ProveError::System(format!("no randomness: {error}")))?;
        match &self.sealed {
            Some(secret) => self.prove_sealed(secret, batch, items, seed),
            None => self.prove_from(batch, items, seed),
        }
    }

    /// Proves one batch with all randomness from one stream, which must be used for nothing else.
    fn prove_from(
        &self,
        batch: u64,
        items: &[SecretItem<'_>],
        mut rng: ChaCha20Rng,
    ) -> Result<BatchProof, ProveError> {
        let layout = &self.layout;
        let views: Vec<&[u8]> = items.iter().map(|item| item.view).collect();

        let masks = self.masks(&mut rng);
        let first = self.first_phase(&views, &masks.values, &mut rng);
        let answers = self.answers(&first, items.len());
        let weights = self.weights(batch, items, &answers, &masks, &first);
        let mut equation = Equation::new(&self.classifier, layout, weights.rho);
        let y = self.masked_values(&equation, weights.eta, &views, &masks.values);
        let answers = group_answers(&self.classifier, layout, &answers);
        let instance = equation.instance(layout, weights.eta, &answers, &y);
        let circuit = self
            .circuit(first, &instance, &mut rng)
            .map_err(|error| ProveError::System(error.to_string()))?;
        let (state, theta) = self.theta(&weights, &y, &circuit);
        let folded = self.fold(items, &masks, weights.eta, theta);
        let opening = self.open(&folded, &equation.input, items.len(), &state, rng);

        Ok(BatchProof::assemble(&masks.points, &y, &opening, &circuit))
    }
}

/// Scalars from the stream of one proof.
fn random_scalars(count: usize, rng: &mut impl RngCore) -> Vec<Fr> {
    (0..count).map(|_| Fr::random(&mut *rng)).collect()
}

#[cfg(test)]
mod tests;
