//! Real proofs: honest batches verify, every lie about public values is refused.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use common::{dimensions, linear, public, secret};
use duces_circuits::{Context, ProofError, Prover, PublicItem, Verifier};
use duces_kit::classifier::network;
use duces_kit::corpus::Corpus;
use duces_kit::request;
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
    let corpus = Corpus::pseudo_random(classifier.input_len(), items);
    let request = request::of(classifier);
    let dimensions = dimensions(&request.classifier, bits);
    let prover = Prover::new(&request, Context::of(&request), dimensions, None).unwrap();
    let started = std::time::Instant::now();
    let proof = prover.prove(3, &secret(&corpus)).unwrap();
    println!(
        "{items} items, k = {}, {} triples, {} lanes: {:?}, {} bytes",
        prover.layout().k(),
        prover.layout().triples(),
        prover.layout().lanes(),
        started.elapsed(),
        proof.0.len()
    );
    let verifier = Verifier::new(&request, Context::of(&request), dimensions, None).unwrap();
    let public = public(&corpus, &request.classifier);
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
        let corpus = Corpus::pseudo_random(64, items);
        let request = request::of(classifier);
        let dimensions = dimensions(&request.classifier, 11);
        let prover = Prover::new(&request, Context::of(&request), dimensions, None).unwrap();
        let mut secret = secret(&corpus);
        let mut public = public(&corpus, &request.classifier);
        let other = public
            .iter()
            .position(|item| item.matches != public[2].matches)
            .unwrap();
        secret[2].view = &corpus.views[other];
        public[2].matches ^= true;
        let proof = prover.prove(0, &secret).unwrap();
        let verifier = Verifier::new(&request, Context::of(&request), dimensions, None).unwrap();
        assert_eq!(
            check(&verifier, 0, &public, &proof.0),
            Err(ProofError::Opening)
        );
    }
}

/// A batch with its verifier and an honest proof.
fn proved(items: usize) -> (Verifier, Vec<PublicItem>, Vec<u8>) {
    let request = request::of(linear(weights(64), 200, 13));
    let corpus = Corpus::pseudo_random(64, items);
    let dimensions = dimensions(&request.classifier, 11);
    let prover = Prover::new(&request, Context::of(&request), dimensions, None).unwrap();
    let proof = prover.prove(0, &secret(&corpus)).unwrap().0;
    let verifier = Verifier::new(&request, Context::of(&request), dimensions, None).unwrap();
    (verifier, public(&corpus, &request.classifier), proof)
}

/// A false inner-product argument shows only when many are evaluated together, an error of another
/// kind at once: neither is forgotten.
#[test]
fn an_error_stays() {
    let (verifier, items, honest) = proved(6);
    let mut false_circuit = honest.clone();
    let blind = false_circuit.len() - 32;
    false_circuit[blind] ^= 1;
    let mut check = verifier.start();
    let errors = (0..64).filter(|_| check.add(0, &items, &false_circuit).is_err());
    assert_eq!(errors.count(), 1, "64 are evaluated together");
    assert_eq!(check.add(0, &items, &honest), Err(ProofError::Circuit));
    assert_eq!(check.finish(), Err(ProofError::Circuit));

    let mut check = verifier.start();
    let first = check.add(0, &items[1..], &honest[1..]);
    assert!(first.is_err());
    assert_eq!(check.add(0, &items, &honest), first);
    assert_eq!(check.finish(), first);
}

#[test]
fn what_another_verifier_deferred_is_refused() {
    let (verifier, items, honest) = proved(6);
    let (other, ..) = proved(6);
    let mut check = verifier.start();
    let verdict = check.take_up(other.check(0, &items, &honest));
    assert_eq!(verdict, Err(ProofError::OtherVerifier));
    assert_eq!(check.finish(), Err(ProofError::OtherVerifier));
}

/// The library reads points leniently. A second spelling of one would give other challenges for the
/// same commitment.
#[test]
fn every_point_of_a_proof_has_one_spelling() {
    let (verifier, items, honest) = proved(6);
    let mut refused = 0;
    for (word, bytes) in honest.chunks_exact(32).enumerate() {
        // A scalar's or a point's: bit 7 of the last byte is free of meaning in neither.
        let mut flagged = honest.clone();
        flagged[32 * word + 31] |= 0x80;
        let mut zeros = honest.clone();
        zeros[32 * word..][..32].fill(0);
        for changed in [flagged, zeros] {
            if changed[32 * word..][..32] != *bytes {
                assert!(
                    check(&verifier, 0, &items, &changed).is_err(),
                    "word {word}"
                );
                refused += usize::from(matches!(
                    check(&verifier, 0, &items, &changed),
                    Err(ProofError::Malformed(_))
                ));
            }
        }
    }
    // Both changes of every point, and the flag of every scalar, are seen before anything else.
    let words = honest.len() / 32;
    assert!(refused > words, "{refused} of {words} words");
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
