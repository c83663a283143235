//! Random small classifiers: circuit and plain-Rust reference agree on every decision.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use common::simulation::{Simulation, masked_values, outputs};
use common::{dimensions, public, secret};
use duces_circuits::equation::{Equation, group_answers};
use duces_circuits::layout::Layout;
use duces_circuits::prover::witness::Witness;
use duces_circuits::{Context, Prover, Verifier};
use duces_kit::classifier::{lookup, step, sum, table, term};
use duces_kit::corpus::Corpus;
use duces_kit::request;
use duces_protocol::classifier::{Classifier, Conv, Map, Node, Padding, Sparse, Table};
use ff::Field;
use halo2curves::bn256::Fr;
use proptest::prelude::*;
use rand_core::OsRng;
use std::sync::Arc;

/// Numbers that proptest chose, taken one by one.
struct Choices(std::vec::IntoIter<u32>);

impl Choices {
    fn below(&mut self, limit: u32) -> u32 {
        self.0.next().unwrap_or(0) % limit
    }

    fn weight(&mut self) -> i32 {
        self.below(41) as i32 - 20
    }
}

/// A map of a random kind from `inputs` to some number of outputs.
fn random_map(choices: &mut Choices, inputs: u32) -> (u32, Map) {
    match choices.below(5) {
        0 => (inputs, Map::Scale(choices.weight())),
        1 => {
            let outputs = 1 + choices.below(12);
            let index = (0..outputs).map(|_| match choices.below(inputs + 1) {
                0 => u32::MAX,
                i => i - 1,
            });
            (outputs, Map::Select(index.collect()))
        }
        2 => {
            let outputs = 1 + choices.below(6);
            (
                outputs,
                Map::Dense((0..inputs * outputs).map(|_| choices.weight()).collect()),
            )
        }
        3 => {
            let outputs = 1 + choices.below(6);
            let mut sparse = Sparse {
                offsets: vec![0],
                columns: vec![],
                values: vec![],
            };
            for _ in 0..outputs {
                for _ in 0..choices.below(4) {
                    sparse.columns.push(choices.below(inputs));
                    sparse.values.push(choices.weight());
                }
                sparse.offsets.push(sparse.values.len() as u32);
            }
            (outputs, Map::Sparse(sparse))
        }
        _ => {
            let stride = 1 + choices.below(2);
            let left = choices.below(3);
            let conv = Conv {
                in_channels: 1,
                in_height: 1,
                in_width: inputs,
                out_channels: 2,
                kernel_height: 1,
                kernel_width: 1 + choices.below(inputs.min(3)),
                stride: [1, stride],
                dilation: [1, 1],
                padding: Padding {
                    left,
                    right: 1,
                    ..Padding::default()
                },
                groups: 1,
                weights: Vec::new(),
            };
            let weights = (0..2 * conv.kernel_width)
                .map(|_| choices.weight())
                .collect();
            let (_, width) = conv.out_size().unwrap();
            (2 * width as u32, Map::Conv(Conv { weights, ..conv }))
        }
    }
}

/// The smallest shift that keeps a value within `±reach`.
fn shift_for(bounds: (i64, i64), reach: i64) -> u8 {
    (0..48)
        .find(|s| bounds.0 >> s >= -reach && bounds.1 >> s < reach)
        .unwrap()
}

/// Bounds of the last value of a list of nodes.
fn bounds_of(input: u32, nodes: &[Node], tables: &[Table], len: u32) -> (i64, i64) {
    let mut nodes = nodes.to_vec();
    let last = nodes.len() as u32;
    let zero = term(last, Map::Dense(vec![0; len as usize]));
    nodes.push(sum(1, vec![zero], vec![]));
    nodes.push(lookup(last + 1, 0, 0));
    let classifier = Classifier::new(input, nodes, tables.to_vec()).unwrap();
    classifier.bounds().values[last as usize]
}

fn random_classifier(choices: &mut Choices) -> Classifier {
    let input = 2 + choices.below(20);
    let tables = vec![step(-256..256), table(-256..256, |q| q.clamp(0, 100))];
    let mut nodes: Vec<Node> = Vec::new();
    let mut len = input;
    for _ in 0..1 + choices.below(3) {
        let source = nodes.len() as u32;
        let (next, map) = random_map(choices, len);
        let mut terms = vec![term(source, map)];
        if next == len && choices.below(2) == 0 {
            terms.push(term(source, Map::Scale(1 + choices.below(3) as i32)));
        }
        let bias = (0..next)
            .map(|_| i64::from(choices.weight()) * 50)
            .collect();
        nodes.push(sum(next, terms, bias));
        len = next;
        if choices.below(4) > 0 {
            let shift = shift_for(bounds_of(input, &nodes, &tables, len), 256);
            nodes.push(lookup(nodes.len() as u32, shift, 1));
        }
    }
    let weights = (0..len).map(|_| choices.weight()).collect();
    let terms = vec![term(nodes.len() as u32, Map::Dense(weights))];
    nodes.push(sum(1, terms, vec![i64::from(choices.weight()) * 100]));
    let shift = shift_for(bounds_of(input, &nodes, &tables, 1), 256);
    nodes.push(lookup(nodes.len() as u32, shift, 0));
    Classifier::new(input, nodes, tables).unwrap()
}

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
        let classifier = random_classifier(&mut Choices(choices.into_iter()));
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
        let classifier = random_classifier(&mut Choices(choices.into_iter()));
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
