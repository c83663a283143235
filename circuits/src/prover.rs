//! The prover of one batch (docs/protocol.md section 5, steps 1 to 5).

mod argument;
mod opening;
mod params;
mod quotient;

use crate::challenge::{Context, ItemRecord, State};
use crate::circuit::public_columns;
use crate::equation::Equation;
use crate::layout::{Layout, Width};
use crate::linear_form::{self, Bases, Response, Secret};
use crate::proof::BatchProof;
use crate::scheme::{SchemeParams, SetupError, Srs, key_digest};
use crate::witness::Witness;
use argument::Argument;
use duces_protocol::classifier::Classifier;
use duces_protocol::pedersen::{ViewBlind, ViewCommitment, normalise};
use duces_protocol::request::Request;
use ff::{Field, PrimeField};
use group::GroupEncoding;
use halo2_proofs::plonk::VerifyingKey;
use halo2curves::bn256::{Fr, G1, G1Affine};
use params::ProverParams;
use rand_chacha::ChaCha20Rng;
use rand_core::{OsRng, SeedableRng};
use rayon::prelude::*;
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
    context: Context,
    layout: Arc<Layout>,
    params: ProverParams,
    key: VerifyingKey<G1Affine>,
    /// The instance columns that depend on the layout alone.
    public: Vec<Vec<Fr>>,
    bases: Bases,
}

impl Prover {
    /// Makes the keys.
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
        let params = SchemeParams::new(request, layout.k(), srs)?;
        let key = params.verifying_key(&layout)?;
        Ok(Self {
            classifier: request.classifier.clone(),
            context,
            params: ProverParams::new(&params, layout.k()),
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
        self.prove_from(batch, items, seed)
    }

    /// Proves one batch with all randomness from one stream, which must be used for nothing else.
    fn prove_from(
        &self,
        batch: u64,
        items: &[SecretItem<'_>],
        mut rng: ChaCha20Rng,
    ) -> Result<BatchProof, ProveError> {
        let layout = &self.layout;
        let (groups, view_len) = (layout.groups(), self.classifier.input_len());

        // Masks, then the first-phase columns.
        let masks: Vec<Fr> = (0..groups).map(|_| Fr::random(&mut rng)).collect();
        let mask_blinds: Vec<Fr> = (0..groups).map(|_| Fr::random(&mut rng)).collect();
        let mask_points: Vec<G1> = masks
            .iter()
            .zip(&mask_blinds)
            .map(|(m, tau)| self.bases.vector.g[view_len] * m + self.bases.vector.w * tau)
            .collect();
        let mask_bytes: Vec<[u8; 32]> = normalise(&mask_points).iter().map(compress).collect();
        let views: Vec<&[u8]> = items.iter().map(|item| item.view).collect();
        let witness = Witness::new(&self.classifier, layout, &views, &masks);
        let bits: Vec<bool> = witness.decisions(layout, items.len());
        let argument = Argument {
            layout,
            params: &self.params,
            key: &self.key,
            public: &self.public,
        };
        let first_phase = argument.first_phase(witness, &mut rng);

        // ρ and η follow everything that they check.
        let records: Vec<ItemRecord> = items
            .iter()
            .zip(&bits)
            .map(|(item, &matches)| ItemRecord {
                position: item.position,
                commitment: item.commitment.to_bytes(),
                matches,
            })
            .collect();
        let state = State::first_phase(
            &self.context,
            layout.digest(),
            &key_digest(&self.key),
            batch,
            &records,
            &mask_bytes,
            &first_phase.bytes(),
        );
        let (rho, eta) = (state.scalar("rho"), state.scalar("eta"));
        let equation = Equation::new(&self.classifier, layout, rho);

        // The masked public values, and the circuit's proof.
        let y: Vec<Fr> = (0..groups)
            .into_par_iter()
            .map(|c| {
                let mut weight = Fr::ONE;
                let mut sum = masks[c];
                for item in items.iter().skip(c).step_by(groups) {
                    sum += weight * view_product(&equation.input, item.view);
                    weight *= eta;
                }
                sum
            })
            .collect();
        let y_bytes: Vec<u8> = y.iter().flat_map(|y| y.to_repr()).collect();
        let decisions = group_decisions(&self.classifier, layout, &bits);
        let instance = equation.instance(layout, eta, &decisions, &y);
        let circuit_bytes = argument
            .prove(first_phase, &instance, &mut rng)
            .map_err(|error| ProveError::System(error.to_string()))?;

        // θ is drawn last; the form's opening ties y to the view commitments.
        let state = state
            .absorb("y", &y_bytes)
            .absorb("circuit", &circuit_bytes);
        let theta = state.scalar("theta");
        let mut vector = vec![Fr::ZERO; view_len + 1];
        let mut blind = Fr::ZERO;
        let mut group_weight = Fr::ONE;
        for c in 0..groups {
            let mut weight = group_weight;
            for item in items.iter().skip(c).step_by(groups) {
                for (cell, &byte) in vector.iter_mut().zip(item.view) {
                    if byte > 0 {
                        *cell += weight * Fr::from(u64::from(byte));
                    }
                }
                blind += weight * item.blind.scalar();
                weight *= eta;
            }
            vector[view_len] += group_weight * masks[c];
            blind += group_weight * mask_blinds[c];
            group_weight *= theta;
        }
        let mut form = equation.input;
        form.push(Fr::ONE);
        let response = Response::choose(view_len, items.len());
        let secret = Secret {
            vector: &vector,
            blind,
            form: &form,
        };
        let opening = linear_form::prove(&self.bases, response, &secret, &state, rng);

        let mut proof = mask_bytes.concat();
        proof.extend_from_slice(&y_bytes);
        proof.extend_from_slice(&opening);
        proof.extend_from_slice(&circuit_bytes);
        Ok(BatchProof(proof))
    }
}

/// `⟨u_in, x⟩`.
fn view_product(input: &[Fr], view: &[u8]) -> Fr {
    let terms = input.iter().zip(view).filter(|(_, byte)| **byte > 0);
    terms.map(|(u, &byte)| *u * Fr::from(u64::from(byte))).sum()
}

/// The decisions of every group's items, the all-zero views of padding slots included.
pub(crate) fn group_decisions(
    classifier: &Classifier,
    layout: &Layout,
    bits: &[bool],
) -> Vec<Vec<bool>> {
    let groups = layout.groups();
    let slots = bits.len().div_ceil(groups) * groups;
    let padding = slots > bits.len() && classifier.matches(&vec![0; classifier.input_len()]);
    (0..groups)
        .map(|c| {
            (c..slots)
                .step_by(groups)
                .map(|i| *bits.get(i).unwrap_or(&padding))
                .collect()
        })
        .collect()
}

fn compress(point: &G1Affine) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(point.to_bytes().as_ref());
    bytes
}

#[cfg(test)]
mod tests;
