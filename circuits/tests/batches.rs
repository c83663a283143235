//! Real proofs: honest batches verify, every lie about public values is refused.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use common::{Corpus, context, linear, network, request};
use duces_circuits::{ProofError, Prover, PublicItem, Verifier, Width};
use duces_protocol::classifier::Classifier;

fn weights(n: usize) -> Vec<i32> {
    (0..n).map(|i| (i as i32 * 53 + 7) % 41 - 20).collect()
}

fn check(
    verifier: &Verifier,
    batch: u64,
    items: &[PublicItem],
    proof: &[u8],
) -> Result<(), ProofError> {
    let mut batches = verifier.start();
    batches.add(batch, items, proof)?;
    batches.finish()
}

fn round_trip(classifier: Classifier, items: usize, bits: u32) {
    let corpus = Corpus::new(classifier.input_len(), items);
    let request = request(classifier);
    let width = Width::from_bits(bits).unwrap();
    let prover = Prover::new(&request, context(&request), width, None).unwrap();
    let started = std::time::Instant::now();
    let proof = prover.prove(3, &corpus.secret()).unwrap();
    println!(
        "{items} items, k = {}, {} triples, {} lanes: {:?}, {} bytes",
        prover.layout().k(),
        prover.layout().triples(),
        prover.layout().lanes(),
        started.elapsed(),
        proof.0.len()
    );
    let verifier = Verifier::new(&request, context(&request), width, None).unwrap();
    let public = corpus.public(&request.classifier);
    let matches = public.iter().filter(|item| item.matches).count();
    assert!(
        0 < matches && matches < items,
        "the test needs both decisions: {matches}"
    );
    let started = std::time::Instant::now();
    assert_eq!(check(&verifier, 3, &public, &proof.0), Ok(()));
    println!("verified in {:?}", started.elapsed());

    assert!(
        check(&verifier, 4, &public, &proof.0).is_err(),
        "another batch"
    );
    let lie = |change: &dyn Fn(&mut Vec<PublicItem>)| {
        let mut items = public.clone();
        change(&mut items);
        assert!(check(&verifier, 3, &items, &proof.0).is_err());
    };
    lie(&|items| items[0].matches ^= true);
    lie(&|items| items.last_mut().unwrap().matches ^= true);
    lie(&|items| items.swap(0, 1));
    lie(&|items| items[1].position += 1);
    lie(&|items| items[1].commitment = items[0].commitment);
    lie(&|items| items.truncate(items.len() - 1));
    lie(&|items| items.push(items[0]));
}

/// Everything is honest but one view, which is not the committed one: challenges, circuit and
/// masks fit the lie, so that the opening alone is left to refuse it.
#[test]
fn a_view_that_was_not_committed_is_refused_by_the_opening() {
    for items in [6, 300] {
        let classifier = linear(weights(64), 200, 13);
        let corpus = Corpus::new(64, items);
        let request = request(classifier);
        let width = Width::from_bits(11).unwrap();
        let prover = Prover::new(&request, context(&request), width, None).unwrap();
        let mut secret = corpus.secret();
        let mut public = corpus.public(&request.classifier);
        let other = public
            .iter()
            .position(|item| item.matches != public[2].matches)
            .unwrap();
        secret[2].view = &corpus.views[other];
        public[2].matches ^= true;
        let proof = prover.prove(0, &secret).unwrap();
        let verifier = Verifier::new(&request, context(&request), width, None).unwrap();
        assert_eq!(
            check(&verifier, 0, &public, &proof.0),
            Err(ProofError::Opening)
        );
    }
}

#[test]
fn linear_classifier() {
    round_trip(linear(weights(64), 200, 13), 20, 11);
}

#[test]
fn linear_classifier_with_a_wide_shift_and_two_columns() {
    round_trip(
        linear(weights(64).iter().map(|w| w * 999).collect(), 200, 19),
        33,
        12,
    );
}

#[test]
fn convolutional_network() {
    round_trip(network(), 12, 11);
}

#[test]
fn convolutional_network_on_more_columns() {
    round_trip(network(), 29, 13);
}
