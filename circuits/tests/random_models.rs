//! Random small classifiers: circuit and plain-Rust reference agree on every decision.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use common::models::{Choices, random_classifier};
use common::simulation::{Simulation, masked_values, outputs};
use common::{dimensions, public, secret};
use duces_circuits::equation::{Equation, group_answers};
use duces_circuits::layout::Layout;
use duces_circuits::prover::witness::Witness;
use duces_circuits::{Context, Prover, Verifier};
use duces_kit::corpus::Corpus;
use duces_kit::request;
use duces_protocol::classifier::Classifier;
use ff::Field;
use halo2curves::bn256::Fr;
use proptest::prelude::*;
use rand_core::OsRng;
use std::sync::Arc;

/// Whether the circuit accepts these bits for honest internals.
fn accepts(classifier: &Classifier, views: &[Vec<u8>], bits: &[bool]) -> bool {
    let layout = Arc::new(Layout::new(classifier, dimensions(classifier, 11)).unwrap());
    let masks: Vec<Fr> = (0..layout.groups()).map(|_| Fr::random(OsRng)).collect();
    let slices: Vec<&[u8]> = views.iter().map(Vec::as_slice).collect();
    let witness = Witness::new(classifier, &layout, &slices, &masks);
    let (rho, eta) = (Fr::random(OsRng), Fr::random(OsRng));
    let mut equation = Equation::new(classifier, &layout, rho);
    let y = masked_values(&layout, &equation.input, eta, views, &masks);
    let answers = group_answers(classifier, &layout, &outputs(bits));
    let equation = equation.instance(&layout, eta, &answers, &y);
    let simulation = Simulation {
        layout,
        witness,
        equation,
        change: None,
    };
    simulation.holds()
}

fn choices() -> impl Strategy<Value = Vec<u32>> {
    proptest::collection::vec(any::<u32>(), 600)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn circuit_and_reference_agree(choices in choices(), views in any::<[u8; 60]>()) {
        let classifier = random_classifier(&mut Choices::new(choices));
        prop_assert_eq!(&Classifier::decode(&classifier.encode()), &Ok(classifier.clone()));
        let views: Vec<Vec<u8>> =
            (0..3).map(|i| views[20 * i..][..classifier.input_len().min(20)].to_vec())
                .map(|mut v| { v.resize(classifier.input_len(), 255); v }).collect();
        let mut bits: Vec<bool> = views.iter().map(|view| classifier.matches(view)).collect();
        prop_assert!(accepts(&classifier, &views, &bits));
        bits[1] ^= true;
        prop_assert!(!accepts(&classifier, &views, &bits));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, ..ProptestConfig::default() })]

    #[test]
    fn proofs_and_reference_agree(choices in choices()) {
        let classifier = random_classifier(&mut Choices::new(choices));
        let corpus = Corpus::pseudo_random(classifier.input_len(), 5);
        let request = request::of(classifier);
        let dimensions = dimensions(&request.classifier, 11);
        let prover = Prover::new(&request, Context::of(&request), dimensions, None).unwrap();
        let proof = prover.prove(0, &secret(&corpus)).unwrap();
        let verifier = Verifier::new(&request, Context::of(&request), dimensions, None).unwrap();
        let mut items = public(&corpus, &request.classifier);
        let verify = |items: &[duces_circuits::PublicItem]| {
            let mut batches = verifier.start();
            batches.add(0, items, &proof.0).and_then(|()| batches.finish())
        };
        prop_assert_eq!(verify(&items), Ok(()));
        items[2].matches ^= true;
        prop_assert!(verify(&items).is_err());
    }
}
