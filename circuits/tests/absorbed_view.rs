//! The false decision that once verified: a mask's commitment that absorbs a committed view.
//!
//! The prover publishes `M_c + Com(x', σ) − P_{c,0}` in place of `M_c` and proves the decision on
//! `x'`. Where `M_c` and `P_{c,0}` have the same weight in the opening, their sum is all that it
//! binds.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use common::liar::{prove_with_masks, swap};
use common::{dimensions, linear, secret};
use duces_circuits::{Context, ProofError, Prover, PublicItem, SecretItem, Verifier};
use duces_kit::classifier::network;
use duces_kit::corpus::Corpus;
use duces_kit::request;
use duces_protocol::classifier::Classifier;
use group::Curve;
use halo2curves::bn256::G1;

/// Claims for every item at a place of its group the decision on another view, and lets the masks
/// of `target(group)` absorb the difference.
fn verdict(
    classifier: Classifier,
    items: usize,
    bits: u32,
    at: impl Fn(usize) -> bool,
    target: impl Fn(usize, usize) -> usize,
) -> Result<(), ProofError> {
    let corpus = Corpus::pseudo_random(classifier.input_len(), items);
    let request = request::of(classifier);
    let dimensions = dimensions(&request.classifier, bits);
    let prover = Prover::new(&request, Context::of(&request), dimensions, None).unwrap();
    let layout = prover.layout();
    let decision = |view: &[u8]| request.classifier.matches(view);
    let mut claimed: Vec<SecretItem<'_>> = secret(&corpus);
    let mut swaps = vec![G1::default(); layout.groups()];
    let mut lies = 0;
    for (i, item) in claimed.iter_mut().enumerate() {
        let (group, place) = layout.place(i);
        if !at(place) {
            continue;
        }
        let other = corpus
            .views
            .iter()
            .find(|v| decision(v) != decision(item.view));
        item.view = other.expect("the corpus has both decisions");
        let swap = swap(&prover, item.view, item.blind, item.commitment);
        swaps[target(group, layout.groups())] += swap;
        lies += 1;
    }
    assert!(lies > 0);
    let proof = prove_with_masks(&prover, 0, &claimed, |masks| {
        for (point, swap) in masks.points.iter_mut().zip(&swaps) {
            *point = (*swap + *point).to_affine();
        }
    });
    let verifier = Verifier::new(&request, Context::of(&request), dimensions, None).unwrap();
    let public: Vec<PublicItem> = claimed
        .iter()
        .map(|item| PublicItem {
            position: item.position,
            commitment: item.commitment,
            matches: decision(item.view),
        })
        .collect();
    let mut batches = verifier.start();
    batches.add(0, &public, &proof.0)?;
    batches.finish()
}

fn small() -> Classifier {
    linear((0..64).map(|i| (i * 53 + 7) % 41 - 20).collect(), 200, 13)
}

#[test]
fn a_mask_that_absorbs_the_view_at_the_first_place_is_refused() {
    let same = |group: usize, _: usize| group;
    // The opening's response in full, and folded; one group and several; one item a group.
    for (classifier, items, bits) in [(small(), 300, 11), (small(), 6, 12), (network(), 4, 13)] {
        let verdict = verdict(classifier, items, bits, |place| place == 0, same);
        assert_eq!(verdict, Err(ProofError::Opening));
    }
}

#[test]
fn a_mask_that_absorbs_other_views_is_refused() {
    let same = |group: usize, _: usize| group;
    let next = |group: usize, groups: usize| (group + 1) % groups;
    let opening = Err(ProofError::Opening);
    assert_eq!(verdict(small(), 9, 11, |place| place == 1, same), opening);
    assert_eq!(verdict(small(), 9, 11, |_| true, same), opening);
    assert_eq!(verdict(small(), 9, 12, |place| place == 0, next), opening);
}
