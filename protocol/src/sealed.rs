//! Sealed classifiers: the architecture is public, the weights are committed to
//! (docs/protocol.md section 10, "Sealed classifiers").
//!
//! * [`Architecture`]: nodes with public and hidden maps, shapes, tables; which hidden weight stands
//!   where;
//! * [`SealedClassifier`]: an architecture with its view, its rule and the commitments `T_j`: what
//!   `model.sealed` holds;
//! * [`Weights`]: the hidden weights and the blinds of the commitments: what the secret file
//!   `weights` holds;
//! * [`Generators`]: `S_i` and `H`.
//!
//! How to take a classifier apart, [`Architecture::split`] says; [`Architecture::open`] puts it
//! together again.

mod architecture;
mod encode;
mod head;
mod passes;
mod split;
mod weights;

pub use architecture::{Architecture, Hidden, HiddenMap, HiddenTerm, MAX_PARAMETERS, Rows};
pub use passes::Values;
pub use weights::{MAX_WEIGHTS_BYTES, Weights};

use crate::answers::AnswerKind;
use crate::bytes::Malformed;
use crate::classifier::Shape;
use crate::digest::{Digest, TaggedHash};
use crate::hash_to_curve::hash_to_curve;
use crate::text::is_unprintable;
use crate::view::View;
use group::prime::PrimeCurveAffine;
use halo2curves::bn256::G1Affine;
use rayon::prelude::*;

/// Domain of the hash to the curve.
const DOMAIN: &str = "duces/sealed/v1";

/// The longest rule, in bytes.
pub const MAX_RULE: usize = 4096;

/// A classifier whose weights are committed to.
///
/// Invariant: the view has the architecture's length, the rule is one line of printable characters,
/// and there is a commitment, not the identity, for every row that holds weights.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SealedClassifier {
    view: View,
    rule: String,
    architecture: Architecture,
    rows: Vec<G1Affine>,
}

impl SealedClassifier {
    /// Puts a sealed classifier together.
    ///
    /// # Errors
    /// When a part does not fit the others.
    pub fn new(
        view: View,
        rule: String,
        architecture: Architecture,
        rows: Vec<G1Affine>,
    ) -> Result<Self, Malformed> {
        if architecture.input_len() != view.byte_len() {
            return Err(Malformed::new(format!(
                "the classifier reads {} bytes, {view} has {}",
                architecture.input_len(),
                view.byte_len()
            )));
        }
        if rule.len() > MAX_RULE || rule.chars().any(is_unprintable) {
            return Err(Malformed::new(
                "the rule is not one line of printable characters",
            ));
        }
        let wanted = architecture.rows().present;
        if rows.len() != wanted || rows.iter().any(|row| bool::from(row.is_identity())) {
            return Err(Malformed::new(format!(
                "there must be {wanted} commitments, none of them zero"
            )));
        }
        Ok(Self {
            view,
            rule,
            architecture,
            rows,
        })
    }

    /// The view that it reads.
    #[must_use]
    pub fn view(&self) -> View {
        self.view
    }

    /// The rule as its owner wrote it.
    #[must_use]
    pub fn rule(&self) -> &str {
        &self.rule
    }

    /// All that is public of its nodes.
    #[must_use]
    pub fn architecture(&self) -> &Architecture {
        &self.architecture
    }

    /// What it answers with.
    #[must_use]
    pub fn answers(&self) -> AnswerKind {
        self.architecture.answers()
    }

    /// The commitments `T_j` to the rows that hold weights.
    #[must_use]
    pub fn commitments(&self) -> &[G1Affine] {
        &self.rows
    }

    /// Digest of `model.sealed`: the name of the sealed model.
    #[must_use]
    pub fn digest(&self) -> Digest {
        TaggedHash::new("duces/sealed-model/v1")
            .part(&self.encode())
            .finish()
    }
}

/// The generators of commitments to weights.
///
/// `S_i` is the hash to the curve of `0 ‖ i` (4 bytes, little-endian), `H` that of `1`. Blinds have
/// the generator `W` of view commitments.
#[derive(Clone, Debug)]
pub struct Generators {
    /// `S_0, S_1, …`: as many as a row is long.
    pub s: Vec<G1Affine>,
    /// `H`, the generator of commitments to one scalar.
    pub h: G1Affine,
}

impl Generators {
    /// Derives the generators for rows of `len` weights.
    #[must_use]
    pub fn derive(len: usize) -> Self {
        let s = (0..len)
            .into_par_iter()
            .map(|i| {
                let index = u32::try_from(i).expect("a row has at most 2^12 weights");
                let mut message = [0; 5];
                message[1..].copy_from_slice(&index.to_le_bytes());
                hash_to_curve(DOMAIN, &message)
            })
            .collect();
        Self {
            s,
            h: hash_to_curve(DOMAIN, &[1]),
        }
    }
}

#[cfg(test)]
mod tests;
