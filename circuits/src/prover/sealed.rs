//! The prover of a batch of a sealed classifier (docs/protocol.md section 10.3, "Steps"):
//! [`Prover::prove`] is the sequence of its steps, one module each.
//!
//! [`seal`] makes the sealed classifier in the first place.

#[cfg(test)]
mod adversary;
mod fold;
mod publish;
mod seal;
mod sum;
#[cfg(test)]
mod tests;
mod values;
mod weights;

pub use seal::{OwnerError, SealError, seal};

use super::{ProveError, Prover, SecretItem};
use crate::challenge::{Context, State};
use crate::encoding::compress;
use crate::equation::{Equation, grouped, relation_weights};
use crate::layout::{Dimensions, Layout};
use crate::linear_form::Bases;
use crate::proof::BatchProof;
use crate::prover::linear_form::{Secret, prove_and_publish};
use crate::prover::params::ProverParams;
use crate::scheme::{SchemeParams, SetupError, Srs, key_digest};
use crate::sealed::check::Link;
use crate::sealed::places::Extension;
use crate::sealed::transcript::Transcript;
use crate::sealed::{self, Places, Sizes, slots};
use duces_arithmetic::Engine;
use duces_protocol::request::Request;
use duces_protocol::sealed::{Architecture, Generators, SealedClassifier, Weights};
use ff::{Field, PrimeField};
use halo2curves::bn256::Fr;
use publish::{Message, Publish};
use rand_chacha::ChaCha20Rng;
use std::sync::Arc;

/// What the owner of a sealed classifier knows of it.
pub(super) struct SealedSecret {
    architecture: Architecture,
    generators: Generators,
    /// `θ`, filled with zeros to whole rows.
    weights: Vec<Fr>,
    /// `τ_j` of every row, zero for the absent ones.
    blinds: Vec<Fr>,
}

impl Drop for SealedSecret {
    fn drop(&mut self) {
        for secret in self.weights.iter_mut().chain(&mut self.blinds) {
            *secret = Fr::ZERO;
        }
        std::hint::black_box((&self.weights, &self.blinds));
    }
}

impl Prover {
    /// Makes the keys for a request to a sealed classifier, whose owner knows the weights.
    ///
    /// # Errors
    /// When the weights are not those that the classifier commits to, or do not fit it; or as
    /// [`Prover::new`].
    pub fn sealed(
        request: &Request<SealedClassifier>,
        weights: &Weights,
        context: Context,
        dimensions: Dimensions,
        srs: Option<&Srs>,
    ) -> Result<Self, OwnerError> {
        let sealed = &request.classifier;
        let secret = SealedSecret::new(sealed, weights)?;
        let classifier = weights
            .classifier(sealed)
            .map_err(|error| OwnerError::Weights(error.0))?;
        let layout =
            Arc::new(Layout::new(sealed.architecture(), dimensions).map_err(SetupError::from)?);
        let params = SchemeParams::new(request.scheme, layout.k(), srs)?;
        let key = params.verifying_key(&layout)?;
        let masks = sealed::masks(&layout);
        Ok(Self {
            bases: Bases::derive_for(classifier.input_len(), masks),
            classifier,
            sealed: Some(Box::new(secret)),
            context,
            params: ProverParams::new(Engine::detect(), &params, layout.k()),
            key,
            public: crate::circuit::public_columns(&layout),
            layout,
        })
    }

    pub(super) fn prove_sealed(
        &self,
        secret: &SealedSecret,
        batch: u64,
        items: &[SecretItem<'_>],
        rng: ChaCha20Rng,
    ) -> Result<BatchProof, ProveError> {
        self.prove_and_publish(secret, batch, items, rng, &mut publish::Honest)
    }

    /// Proves a batch, with a say in every message.
    fn prove_and_publish(
        &self,
        secret: &SealedSecret,
        batch: u64,
        items: &[SecretItem<'_>],
        mut rng: ChaCha20Rng,
        publish: &mut impl Publish,
    ) -> Result<BatchProof, ProveError> {
        let (layout, architecture) = (&self.layout, &secret.architecture);
        let groups = layout.groups();
        let sizes = Sizes::new(architecture, layout, items.len());
        let places = Places::new(architecture);
        let filled: Vec<&SecretItem<'_>> = slots(items, groups).collect();
        let views: Vec<&[u8]> = filled.iter().map(|item| item.view).collect();
        let mut published = Vec::new();

        // [step-sealed-masks], [step-sealed-first-phase]
        let masks = self.sealed_masks(publish, &mut rng);
        let first_phase = self.first_phase(&views, &masks.groups, &mut rng);
        let mut answers = self.answers(&first_phase, items.len());
        publish.answers(&mut answers);
        let mask = compress(&masks.point);
        published.extend(mask);
        let (mut transcript, first) = Transcript::start(State::sealed_first_phase(
            &self.context,
            layout.digest(),
            &key_digest(&self.key),
            batch,
            &self.records(items, &answers),
            &mask,
            &first_phase.bytes(),
        ));

        // [step-sealed-value], [step-sealed-sum], [step-sealed-factor]
        let slot_weights = sealed::check::slot_weights(&first, groups, filled.len());
        let folded = self.fold_slots(&filled, &masks, &slot_weights);
        let vector = self.sum_vector(&places, &first_phase, &folded, &slot_weights);
        let form = self.sum_form(&places, first.rho);
        let sum = self.sum_check(
            secret,
            form,
            vector,
            &sizes,
            &mut transcript,
            publish,
            &mut rng,
        );
        let mut eq = Extension::new(&places, &sum.r);
        if sum.degenerate || eq.masks[0] == Fr::ZERO {
            return Err(ProveError::System(
                "a challenge of negligible probability came up, the batch must be proved again"
                    .to_owned(),
            ));
        }
        published.extend(&sum.published);

        // [step-sealed-circuit]
        let form = secret.form(&relation_weights(architecture, first.rho), &eq, first.rho);
        let outputs = eq.take_outputs(sum.lambda);
        let mut equation = Equation::sealed(architecture, layout, first.rho, outputs);
        let padding = answers.last().map(Vec::as_slice).unwrap_or_default();
        let grouped = grouped(layout, &answers, padding);
        let zeros = vec![Fr::ZERO; groups];
        let mut instance = equation.instance(layout, first.eta, &grouped, &zeros);
        let mut y = self.circuit_values(&first_phase, &instance, &masks.groups);
        for (c, y) in y.iter_mut().enumerate() {
            *y = publish.scalar(Message::Values(c), *y);
            instance.sides[groups - 1 - c] += *y;
        }
        let y: Vec<u8> = y.iter().flat_map(Fr::to_repr).collect();
        published.extend(&y);
        let circuit = self
            .circuit(first_phase, &instance, &mut rng)
            .map_err(|error| ProveError::System(error.to_string()))?;
        let state = transcript.circuit(&y, &circuit);

        // [step-sealed-opening]
        let link = Link {
            eq: &eq,
            lambda: sum.lambda,
            first: &first,
            groups,
        };
        let opened = Secret {
            vector: &folded.vector,
            blind: folded.blind,
            form: &link.form(),
        };
        let mut index = 0;
        let mut send = |point| {
            index += 1;
            publish.point(Message::Opening(index - 1), point)
        };
        let opening = prove_and_publish(
            &self.bases,
            sizes.response,
            &opened,
            &state,
            &mut rng,
            &mut send,
        );
        transcript.opening(&opening);
        published.extend(&opening);

        // [step-sealed-rows], [step-sealed-weights]
        let last = self.open_weights(secret, form, &sum, &mut transcript, publish, &mut rng);
        published.extend(last);
        published.extend(circuit);
        Ok(BatchProof(published))
    }
}
