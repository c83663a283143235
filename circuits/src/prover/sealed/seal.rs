//! From a classifier to a sealed one and its secret weights.

use super::SealedSecret;
use crate::domain::powers;
use crate::encoding::linear_combination;
use crate::prover::msm::FixedBases;
use crate::prover::random_scalars;
use crate::scheme::SetupError;
use duces_arithmetic::Engine;
use duces_protocol::bytes::Malformed;
use duces_protocol::classifier::adjoint::to_field;
use duces_protocol::classifier::{Classifier, ClassifierError};
use duces_protocol::pedersen::{self, normalise};
use duces_protocol::sealed::{Architecture, Generators, SealedClassifier, Weights};
use duces_protocol::view::View;
use ff::Field;
use halo2curves::bn256::{Fr, G1};
use rand_core::OsRng;
use rayon::prelude::*;
use thiserror::Error;

/// Why a classifier was not sealed.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum SealError {
    /// Its structure does not allow it.
    #[error("the classifier cannot be sealed: {0}")]
    Structure(#[from] ClassifierError),
    /// View or rule do not fit it.
    #[error("the classifier cannot be sealed: {0}")]
    Parts(#[from] Malformed),
}

/// Why a prover for a sealed classifier was not made.
#[derive(Debug, Error)]
pub enum OwnerError {
    /// The weights are not those that the classifier commits to.
    #[error("the weights of the sealed classifier are refused: {0}")]
    Weights(String),
    /// The keys could not be made.
    #[error(transparent)]
    Setup(#[from] SetupError),
}

/// Seals a classifier: commits to its weights and biases with fresh blinds from the operating system.
///
/// What of it stays public, [`Architecture::split`] says. Bounds need no further analysis: a
/// [`Classifier`] has them, and [`Prover::sealed`](crate::Prover::sealed) makes it again.
///
/// # Errors
/// When a map or its place cannot be hidden, or view or rule do not fit.
pub fn seal(
    classifier: &Classifier,
    view: View,
    rule: String,
) -> Result<(SealedClassifier, Weights), SealError> {
    let (architecture, values) = Architecture::split(classifier)?;
    // A map that is made dense may be analysed differently: bounds that fail later help nobody.
    architecture.open(&values)?;
    let rows = architecture.rows();
    let weights = Weights::with_fresh_blinds(values, rows.present);
    let generators = Generators::derive(rows.len);
    let bases = FixedBases::new(Engine::detect(), &generators.s);
    let w = pedersen::Generators::derive(0).w;
    let points: Vec<G1> = weights
        .values()
        .par_chunks(rows.len)
        .zip(weights.blinds())
        .map_init(
            || bases.sums(),
            |sums, (row, blind)| {
                let row: Vec<Fr> = row.iter().map(|&weight| to_field(weight)).collect();
                sums.of_values(0, &row) + w * blind
            },
        )
        .collect();
    let sealed = SealedClassifier::new(view, rule, architecture, normalise(&points))?;
    Ok((sealed, weights))
}

impl SealedSecret {
    /// Checks that the weights are those that are committed to.
    pub(super) fn new(sealed: &SealedClassifier, secret: &Weights) -> Result<Self, OwnerError> {
        let architecture = sealed.architecture().clone();
        let rows = architecture.rows();
        let mut weights: Vec<Fr> = secret.values().iter().map(|&w| to_field(w)).collect();
        weights.resize(rows.len * rows.count, Fr::ZERO);
        let mut blinds = secret.blinds().to_vec();
        blinds.resize(rows.count, Fr::ZERO);
        let known = Self {
            generators: Generators::derive(rows.len),
            architecture,
            weights,
            blinds,
        };
        // One random combination of all rows.
        let factor = random_scalars(1, &mut OsRng)[0];
        let factors = powers(Fr::ONE, factor, rows.count);
        let mut row = vec![Fr::ZERO; rows.len];
        let mut blind = Fr::ZERO;
        let all = known.weights.chunks_exact(rows.len).zip(&known.blinds);
        for (factor, (weights, own)) in factors.iter().zip(all) {
            for (sum, weight) in row.iter_mut().zip(weights) {
                *sum += *factor * weight;
            }
            blind += *factor * own;
        }
        let w = pedersen::Generators::derive(0).w;
        let committed = linear_combination(&factors[..rows.present], sealed.commitments());
        if committed == linear_combination(&row, &known.generators.s) + w * blind {
            Ok(known)
        } else {
            Err(OwnerError::Weights(
                "the sealed classifier does not commit to them".to_owned(),
            ))
        }
    }
}
