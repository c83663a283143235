//! What models compute: against values worked out here, and integers against floats.

use crate::models::{Builder, float, floats, int, ints, small_cnn, text, views};
use duces_protocol::view::View;
use duces_requester::decision::Rule;
use duces_requester::draft::{CompiledModel, compile};
use duces_requester::graph::Symbol;
use duces_requester::lower::{input::InputRule, lower};
use duces_requester::onnx;
use sha2::{Digest as _, Sha256};

fn view(name: &str) -> View {
    name.parse().unwrap()
}

/// The elements of the model's output on one view, bytes taken as they are.
pub fn output(model: &Builder, of: &str, bytes: &[u8]) -> Vec<f64> {
    evaluate(model, of, bytes, &[1.0])
}

/// The same with the usual scale.
fn scaled(model: &Builder, of: &str, bytes: &[u8]) -> Vec<f64> {
    evaluate(model, of, bytes, &[])
}

pub fn evaluate(model: &Builder, of: &str, bytes: &[u8], scale: &[f64]) -> Vec<f64> {
    let source = onnx::read(&model.bytes()).unwrap();
    let input = InputRule::new(view(of), &source.input, scale, &[]).unwrap();
    let lowered = lower(&source, &input).unwrap_or_else(|refusal| panic!("{refusal}"));
    let Some((_, Symbol::Value(value))) = lowered.outputs.last() else {
        panic!("a value")
    };
    lowered.program.values(bytes).swap_remove(value.id)
}

fn draft(model: &Builder, of: &str, rule: &str, data: &[Vec<u8>]) -> CompiledModel {
    let source = onnx::read(&model.bytes()).unwrap();
    let input = InputRule::new(view(of), &source.input, &[], &[]).unwrap();
    let rule: Rule = rule.parse().unwrap();
    compile(&source, &input, &rule, data, 1000).unwrap_or_else(|refusal| panic!("{refusal}"))
}

/// Drafts, and returns the share of views on which integers and floats decide alike.
pub fn agreement(model: &Builder, of: &str, rule: &str) -> (f64, CompiledModel) {
    let data = views(view(of).byte_len(), 400);
    let draft = draft(model, of, rule, &data);
    let classifier = &draft.quantised.classifier;
    let alike = data
        .iter()
        .filter(|v| classifier.matches(v) == draft.decided.program.matches(v));
    let matches = data.iter().filter(|v| classifier.matches(v)).count();
    println!(
        "{} activations, {matches} matches of {}",
        classifier.activations(),
        data.len()
    );
    (alike.count() as f64 / data.len() as f64, draft)
}

#[test]
fn convolution_by_hand() {
    let model = Builder::new(&[1, 3, 3])
        .node(
            "Conv",
            &["x", "w", "b"],
            "y",
            vec![ints("pads", &[1, 0, 0, 0]), ints("strides", &[2, 1])],
        )
        .tensor("w", &[1, 1, 2, 2], &[1.0, 2.0, 3.0, 4.0])
        .tensor("b", &[1], &[0.5]);
    // Rows -1 and 0, then rows 1 and 2.
    let expected = [
        3.0 + 8.0 + 0.5,
        6.0 + 12.0 + 0.5,
        4.0 + 10.0 + 21.0 + 32.0 + 0.5,
        5.0 + 12.0 + 24.0 + 36.0 + 0.5,
    ];
    assert_eq!(
        output(&model, "gray-3x3", &[1, 2, 3, 4, 5, 6, 7, 8, 9]),
        expected
    );
}

#[test]
fn pools_by_hand() {
    let bytes = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    let pool = |op: &str, attributes: Vec<_>| {
        let model = Builder::new(&[1, 3, 3]).node(op, &["x"], "y", attributes);
        output(&model, "gray-3x3", &bytes)
    };
    let sizes = || {
        vec![
            ints("kernel_shape", &[2, 2]),
            ints("pads", &[0, 0, 1, 1]),
            ints("strides", &[2, 2]),
        ]
    };
    assert_eq!(pool("MaxPool", sizes()), [5.0, 6.0, 8.0, 9.0]);
    assert_eq!(pool("AveragePool", sizes()), [3.0, 4.5, 7.5, 9.0]);
    let mut padded = sizes();
    padded.push(int("count_include_pad", 1));
    assert_eq!(pool("AveragePool", padded), [3.0, 2.25, 3.75, 2.25]);
    assert_eq!(pool("GlobalAveragePool", vec![]), [5.0]);
    assert_eq!(pool("GlobalMaxPool", vec![]), [9.0]);
}

#[test]
fn moves_by_hand() {
    let model = Builder::new(&[1, 2, 3])
        .node("Transpose", &["x"], "t", vec![ints("perm", &[0, 1, 3, 2])])
        .node("Slice", &["t", "from", "to", "axes", "steps"], "s", vec![])
        .node("Pad", &["s", "pads", "fill"], "p", vec![])
        .node("Concat", &["p", "p"], "y", vec![int("axis", 3)])
        .integers("from", &[2])
        .integers("to", &[-4])
        .integers("axes", &[2])
        .integers("steps", &[-2])
        .integers("pads", &[0, 0, 0, 1, 0, 0, 0, 0])
        .tensor("fill", &[], &[0.5]);
    // [[1, 4], [2, 5], [3, 6]], rows 2 and 0, a column of 0.5 before, twice.
    let expected = [0.5, 3.0, 6.0, 0.5, 3.0, 6.0, 0.5, 1.0, 4.0, 0.5, 1.0, 4.0];
    assert_eq!(output(&model, "gray-3x2", &[1, 2, 3, 4, 5, 6]), expected);
}

#[test]
fn channels_last_and_offsets() {
    let model = Builder::new(&[1, 2, 3]).node("Identity", &["x"], "y", vec![]);
    let source = onnx::read(&model.bytes()).unwrap();
    let input = InputRule::new(view("rgb-2x1"), &source.input, &[2.0], &[0.0, 1.0, 2.0]).unwrap();
    let lowered = lower(&source, &input).unwrap();
    let Some((_, Symbol::Value(value))) = lowered.outputs.last() else {
        panic!("a value")
    };
    // Planes r, g, b of two pixels become two pixels of three channels.
    let numbers = lowered
        .program
        .values(&[1, 2, 3, 4, 5, 6])
        .swap_remove(value.id);
    assert_eq!(numbers, [2.0, 7.0, 12.0, 4.0, 9.0, 14.0]);
    let narrow = InputRule::new(view("rgb-2x2"), &source.input, &[], &[]);
    assert!(narrow.is_err());
}

#[test]
fn networks_keep_their_decisions() {
    let base = || {
        Builder::new(&[3, 8, 8])
            .weights("w", &[4, 3, 3, 3])
            .weights("w2", &[4, 4, 3, 3])
    };
    let same = || vec![ints("pads", &[1, 1, 1, 1])];
    let two = || vec![ints("kernel_shape", &[2, 2]), ints("strides", &[2, 2])];
    let models = [
        (
            "relu",
            base()
                .node("Conv", &["x", "w"], "c", vec![])
                .node("Relu", &["c"], "r", vec![])
                .scores("r", 144, 3),
        ),
        (
            "max pool",
            base()
                .node("Conv", &["x", "w"], "c", same())
                .node("Relu", &["c"], "r", vec![])
                .node("MaxPool", &["r"], "p", two())
                .node("Conv", &["p", "w2"], "d", vec![])
                .node("Relu", &["d"], "e", vec![])
                .scores("e", 16, 3),
        ),
        (
            "residual",
            base()
                .node("Conv", &["x", "w"], "c", same())
                .node("Relu", &["c"], "r", vec![])
                .node("Conv", &["r", "w2"], "d", same())
                .node("Add", &["d", "r"], "a", vec![])
                .node("Relu", &["a"], "e", vec![])
                .scores("e", 256, 3),
        ),
        (
            "bottleneck",
            base()
                .weights("w3", &[2, 4, 1, 1])
                .weights("w4", &[4, 2, 1, 1])
                .node("Conv", &["x", "w"], "c", vec![])
                .node("Clip", &["c", "lo", "hi"], "r", vec![])
                .node("Conv", &["r", "w3"], "d", vec![])
                .node("Conv", &["d", "w4"], "e", vec![])
                .node("LeakyRelu", &["e"], "f", vec![float("alpha", 0.1)])
                .tensor("lo", &[], &[0.0])
                .tensor("hi", &[], &[6.0])
                .scores("f", 144, 3),
        ),
        (
            "average",
            base()
                .node("Conv", &["x", "w"], "c", same())
                .node("Tanh", &["c"], "r", vec![])
                .node("AveragePool", &["r"], "p", two())
                .node("Conv", &["p", "w2"], "d", same())
                .node("Sigmoid", &["d"], "e", vec![])
                .node("GlobalAveragePool", &["e"], "g", vec![])
                .scores("g", 4, 3),
        ),
    ];
    for (name, model) in &models {
        // The cutoff that half of the views reach is the hardest.
        let data = views(192, 400);
        let mut scores: Vec<f64> = data
            .iter()
            .map(|v| scaled(model, "rgb-8x8", v)[0])
            .collect();
        scores.sort_by(f64::total_cmp);
        let middle = format!("output[0] >= {}", (scores[199] + scores[200]) / 2.0);
        for rule in ["argmax = 1", "argmax in 0,2", &middle] {
            println!("{name}, {rule}");
            let (share, _) = agreement(model, "rgb-8x8", rule);
            assert!(share >= 0.98, "{name}, {rule}: {share}");
        }
    }
}

#[test]
fn rewriting_changes_nothing() {
    let data = views(64, 20);
    let draft = draft(&small_cnn(), "gray-8x8", "argmax = 2", &data);
    for bytes in &data {
        let before = draft
            .decided
            .program
            .values(bytes)
            .swap_remove(draft.decided.scores);
        let after = draft.program.values(bytes).swap_remove(draft.scores);
        for (a, b) in before.iter().zip(&after) {
            assert!((a - b).abs() < 1e-9 * (1.0 + a.abs()), "{a} {b}");
        }
    }
}

#[test]
fn a_linear_model_takes_one_activation() {
    let features = 64i64;
    let weights: Vec<f32> = (0..features)
        .map(|i| ((i * 37 % 64) as f32 - 31.0) / 40.0)
        .collect();
    let both: Vec<f32> = weights
        .iter()
        .map(|w| -w)
        .chain(weights.iter().copied())
        .collect();
    let labels = || ints("classlabels_ints", &[0, 1]);
    let model = Builder::new(&[features])
        .node(
            "ml.LinearClassifier",
            &["x"],
            "label p",
            vec![
                labels(),
                floats("coefficients", &both),
                floats("intercepts", &[-0.5, 0.5]),
                text("post_transform", "LOGISTIC"),
            ],
        )
        .node(
            "ml.ZipMap",
            &["p"],
            "y",
            vec![ints("classlabels_int64s", &[0, 1])],
        );
    for rule in [
        "output[1] >= 0.5",
        "output[0] < 0.3",
        "argmax = 1",
        "y[1] > 0.9",
    ] {
        let (share, draft) = agreement(&model, "text-hash-64", rule);
        assert!(share >= 0.995, "{rule}: {share}");
        assert_eq!(draft.quantised.classifier.activations(), 1, "{rule}");
    }
}

#[test]
fn probabilities_of_one_class_among_many() {
    let model = Builder::new(&[64])
        .node("Gemm", &["x", "w", "b"], "l", vec![int("transB", 1)])
        .node("Softmax", &["l"], "y", vec![])
        .weights("w", &[5, 64])
        .weights("b", &[5]);
    for rule in ["output[2] >= 0.4", "output[2] < 0.1", "argmax = 2"] {
        let (share, _) = agreement(&model, "text-hash-64", rule);
        assert!(share >= 0.99, "{rule}: {share}");
    }
}

#[test]
fn one_against_the_rest() {
    let model = Builder::new(&[1, 8, 8])
        .node("Flatten", &["x"], "f", vec![])
        .node("Gemm", &["f", "w", "b"], "l", vec![int("transB", 1)])
        .node("Sigmoid", &["l"], "s", vec![])
        .node(
            "LpNormalization",
            &["s"],
            "y",
            vec![int("axis", 1), int("p", 1)],
        )
        .weights("w", &[3, 64])
        .weights("b", &[3]);
    for rule in ["output[2] >= 0.35", "argmax = 2"] {
        let (share, _) = agreement(&model, "gray-8x8", rule);
        assert!(share >= 0.99, "{rule}: {share}");
    }
}

#[test]
fn without_calibration_scales_come_from_worst_cases() {
    let draft = draft(&small_cnn(), "gray-8x8", "argmax = 1", &[]);
    let data = views(64, 300);
    let classifier = &draft.quantised.classifier;
    let alike = data
        .iter()
        .filter(|v| classifier.matches(v) == draft.decided.program.matches(v));
    assert!(alike.count() >= 294);
}

/// No machine's own exponential or logarithm, and no order of threads, is in a request.
#[test]
fn drafts_are_the_same_on_every_machine() {
    let mut model = Builder::new(&[1, 8, 8])
        .node("Conv", &["x", "w"], "a0", vec![])
        .weights("w", &[3, 1, 3, 3]);
    let functions = ["Sigmoid", "Tanh", "Softplus", "Erf", "Mish"];
    for (i, op) in functions.into_iter().enumerate() {
        let (from, to) = (format!("a{i}"), format!("a{}", i + 1));
        model = model.node(op, &[&from], &to, vec![]);
    }
    let model = model
        .node("Exp", &["a5"], "e", vec![])
        .node("Pow", &["e", "half"], "p", vec![])
        .tensor("half", &[], &[0.5])
        .node("Flatten", &["p"], "flat", vec![])
        .node("Gemm", &["flat", "wf"], "g", vec![int("transB", 1)])
        .weights("wf", &[4, 108])
        .node("Softmax", &["g"], "y", vec![]);
    const DIGEST: &str = "17e8fab11d7384e0fa3b7a715be2766e16474bb3fc56d64abb1eb41c0b5cdf41";
    let classify = || {
        let draft = draft(&model, "gray-8x8", "output[1] >= 0.3", &views(64, 100));
        Sha256::digest(draft.quantised.classifier.encode())
    };
    let threads = |n| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(n)
            .build()
            .unwrap()
    };
    for n in [1, 3] {
        let digest = threads(n).install(classify);
        assert_eq!(format!("{digest:x}"), DIGEST, "{n} threads");
    }
}
