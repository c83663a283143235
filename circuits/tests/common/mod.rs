//! What the tests of proofs share beside the kit of all crates.
#![allow(dead_code, missing_docs, clippy::unwrap_used)]

pub mod batch;
pub mod liar;
pub mod models;
pub mod sealed;
pub mod simulation;

use duces_circuits::{Dimensions, PublicItem, SecretItem, Width, plan};
use duces_kit::classifier::decision;
use duces_kit::corpus::Corpus;
use duces_protocol::classifier::Classifier;

/// One step over a weighted sum of `weights.len()` bytes.
pub fn linear(weights: Vec<i32>, bias: i64, shift: u8) -> Classifier {
    decision(weights, bias, shift, -256..256)
}

/// The dimensions that the responding party would choose.
pub fn dimensions(classifier: &Classifier, bits: u32) -> Dimensions {
    let width = Width::from_bits(bits).unwrap();
    plan::best(classifier, width).unwrap().dimensions()
}

/// What the prover knows of the items.
pub fn secret(corpus: &Corpus) -> Vec<SecretItem<'_>> {
    corpus.list(|position, view, blind, commitment| SecretItem {
        position,
        view,
        blind,
        commitment,
    })
}

/// What the judge is told of them, with honest decisions.
pub fn public(corpus: &Corpus, classifier: &Classifier) -> Vec<PublicItem> {
    corpus.list(|position, view, _, commitment| PublicItem {
        position,
        commitment,
        matches: classifier.matches(view),
    })
}
