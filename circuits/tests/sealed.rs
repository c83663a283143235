//! Real proofs of sealed classifiers: honest batches verify, every lie about public values is refused.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use common::sealed::{Sealed, answered};
use common::{linear, secret};
use duces_circuits::AnsweredItem;
use duces_kit::classifier::network;
use duces_kit::corpus::Corpus;
use duces_protocol::answers::Answer;
use duces_protocol::classifier::Classifier;

fn weights(n: usize) -> Vec<i32> {
    (0..n).map(|i| (i as i32 * 53 + 7) % 41 - 20).collect()
}

fn flip(answer: &mut Answer) {
    *answer = match answer {
        Answer::Match(bit) => Answer::Match(!*bit),
        Answer::Class(class) => Answer::Class((*class + 1) % 3),
        Answer::Scores(scores) => Answer::Scores(scores.iter().rev().copied().collect()),
    }
}

fn round_trip(classifier: Classifier, items: usize, bits: u32) {
    let corpus = Corpus::pseudo_random(classifier.input_len(), items);
    let sealed = Sealed::new(classifier, bits);
    let started = std::time::Instant::now();
    let proof = sealed.prover.prove(3, &secret(&corpus)).unwrap();
    println!(
        "{items} items, {} groups, {} lanes: {:?}, {} bytes",
        sealed.prover.layout().groups(),
        sealed.prover.layout().lanes(),
        started.elapsed(),
        proof.0.len()
    );
    let public = answered(&corpus, &sealed.classifier);
    assert_eq!(sealed.check(3, &public, &proof.0), Ok(()));
    assert!(sealed.check(4, &public, &proof.0).is_err(), "another batch");
    let lie = |change: &dyn Fn(&mut Vec<AnsweredItem>)| {
        let mut items = public.clone();
        change(&mut items);
        assert!(sealed.check(3, &items, &proof.0).is_err());
    };
    lie(&|items| flip(&mut items[0].answer));
    lie(&|items| flip(&mut items.last_mut().unwrap().answer));
    lie(&|items| items.swap(0, 1));
    lie(&|items| items[1].position += 1);
    lie(&|items| items[1].commitment = items[0].commitment);
    lie(&|items| items.truncate(items.len() - 1));
    lie(&|items| items.push(items[0].clone()));
}

#[test]
fn linear_classifier() {
    // A folded response; one in full; two groups.
    round_trip(linear(weights(64), 200, 13), 20, 11);
    round_trip(linear(weights(16), 200, 11), 300, 11);
    round_trip(linear(weights(64), 200, 13), 33, 12);
}

#[test]
fn convolutional_network() {
    round_trip(network(), 12, 11);
    round_trip(network(), 29, 13);
}
