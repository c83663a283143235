//! What a public request accepts can be sealed, or is refused for a reason that docs/sealed-models.md
//! states ("What cannot be sealed").

#![allow(clippy::unwrap_used, reason = "a test may end at any surprise")]

use duces_protocol::sealed::Architecture;
use duces_protocol::view::View;
use duces_requester::decision::Rule;
use duces_requester::draft::compile;
use duces_requester::lower::input::InputRule;
use duces_requester::onnx;
use duces_tests::matter::{fixtures, workspace};
use duces_tests::{graphs, kept};
use std::collections::BTreeMap;
use std::fs;

/// A part of each reason, as errors have it.
const REASONS: [&str; 3] = [
    "would speak of the model",
    "its hidden weights meet other hidden weights before a table",
    "hidden weights and biases",
];

/// What came of one model.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Came {
    /// No public request accepts it.
    Refused,
    /// It is sealed.
    Sealed,
    /// It is refused sealed, for this reason.
    Unsealed(&'static str),
}

fn tried(name: &str, file: &[u8], view: View, rule: &Rule, views: &[Vec<u8>]) -> Came {
    let Ok(source) = onnx::read(file) else {
        return Came::Refused;
    };
    let Ok(input) = InputRule::new(view, &source.input, &[], &[]) else {
        return Came::Refused;
    };
    if compile(&source, &input, rule, views, 1000).is_err() {
        return Came::Refused;
    }
    let error = match compile(&source, &input.hiding_weights(), rule, views, 1000) {
        Err(refusal) => refusal.to_string(),
        Ok(draft) => {
            let classifier = &draft.quantised.classifier;
            let split = Architecture::split(classifier);
            match split.and_then(|(architecture, values)| architecture.open(&values)) {
                Err(error) => error.to_string(),
                Ok(opened) => {
                    let view = vec![77; classifier.input_len()];
                    let outputs = |c: &duces_protocol::classifier::Classifier| {
                        c.evaluate(&view).layers.last().unwrap().post.clone()
                    };
                    assert_eq!(outputs(&opened), outputs(classifier), "{name}");
                    return Came::Sealed;
                }
            }
        }
    };
    let reason = REASONS.iter().find(|reason| error.contains(*reason));
    Came::Unsealed(reason.unwrap_or_else(|| panic!("{name}: no stated reason: {error}")))
}

/// Every model of the fixtures, and of `../shared` where it is there, under each kind of answer.
#[test]
fn models_of_the_fixtures_can_be_sealed() {
    let fixtures = fixtures().join("models");
    let shared = workspace().join("../shared/models");
    if !shared.is_dir() {
        println!("../shared/models is not here: its models are left out");
    }
    let mut tried_any = 0;
    for (path, view, rule) in [
        (fixtures.join("stamp.onnx"), "gray-64x64", "argmax = 1"),
        (
            fixtures.join("topic.onnx"),
            "text-hash-4096",
            "output[1] >= 0.5",
        ),
        (shared.join("mnist_cnn.onnx"), "gray-28x28", "argmax = 5"),
    ] {
        let Ok(file) = fs::read(&path) else {
            assert!(path.starts_with(&shared), "{}", path.display());
            continue;
        };
        let view: View = view.parse().unwrap();
        let views: Vec<Vec<u8>> = (0..3_usize)
            .map(|i| {
                (0..view.byte_len())
                    .map(|j| (i * 31 + j * 7) as u8)
                    .collect()
            })
            .collect();
        for rule in [rule.parse().unwrap(), Rule::Class, Rule::Scores] {
            let came = tried(&path.display().to_string(), &file, view, &rule, &views);
            assert_eq!(came, Came::Sealed, "{} {rule:?}", path.display());
            tried_any += 1;
        }
    }
    assert!(tried_any >= 6);
}

/// Models of any operators and numbers, which a search with the target `graph` kept.
#[test]
fn models_of_any_operators_are_sealed_or_refused_for_a_stated_reason() {
    let mut counts: BTreeMap<Came, usize> = BTreeMap::new();
    for (number, bytes) in kept::read("graph").unwrap().iter().enumerate() {
        let case = graphs::case(bytes);
        let view: View = case.view.parse().unwrap();
        let views: Vec<Vec<u8>> = (0..case.calibration)
            .map(|i| {
                (0..view.byte_len())
                    .map(|j| (i * 53 + j * 101 + i * j) as u8)
                    .collect()
            })
            .collect();
        let rule = case.rule.parse().unwrap();
        let came = tried(&format!("model {number}"), &case.file, view, &rule, &views);
        *counts.entry(came).or_default() += 1;
    }
    println!("{counts:?}");
    assert!(counts[&Came::Sealed] > 20, "{counts:?}");
}
