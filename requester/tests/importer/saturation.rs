//! Accumulators that are cut down to what documents reach.

use crate::models::Builder;
use duces_requester::decision::Rule;
use duces_requester::draft::{CompiledModel, compile};
use duces_requester::fidelity::Fidelity;
use duces_requester::lower::input::InputRule;
use duces_requester::onnx;

const FEATURES: usize = 2048;

/// Counts of words: a few of many.
fn texts(seed: u64, count: usize) -> Vec<Vec<u8>> {
    let mut state = seed;
    let mut draw = |below: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let text = |_| {
        let mut view = vec![0; FEATURES];
        for _ in 0..30 + draw(120) {
            view[draw(FEATURES as u64) as usize] += 1;
        }
        view
    };
    (0..count).map(text).collect()
}

fn network(function: &str) -> Vec<u8> {
    Builder::new(&[FEATURES as i64])
        .node("MatMul", &["x", "w"], "h", vec![])
        .node("Add", &["h", "b"], "s", vec![])
        .node(function, &["s"], "r", vec![])
        .weights("w", &[FEATURES as i64, 24])
        .weights("b", &[24])
        .scores("r", 24, 3)
        .bytes()
}

fn drafted(model: &[u8], calibration: &[Vec<u8>]) -> CompiledModel {
    drafted_for(model, calibration, 1000)
}

fn drafted_for(model: &[u8], calibration: &[Vec<u8>], items: u64) -> CompiledModel {
    let source = onnx::read(model).unwrap();
    let view = format!("text-hash-{FEATURES}").parse().unwrap();
    let input = InputRule::new(view, &source.input, &[], &[]).unwrap();
    compile(&source, &input, &Rule::Argmax(vec![2]), calibration, items).unwrap()
}

fn fidelity(draft: &CompiledModel, views: &[Vec<u8>]) -> Fidelity {
    let (decided, scores) = (&draft.decided, draft.scores);
    Fidelity::measure(decided, &draft.program, &draft.quantised, scores, views)
}

#[test]
fn a_network_on_words_decides_as_its_model() {
    let other = texts(2, 1000);
    for function in ["Relu", "Tanh", "LeakyRelu"] {
        let model = network(function);
        let draft = drafted(&model, &texts(1, 300));
        assert!(
            !draft.quantised.saturation_shifts.is_empty(),
            "{function} saturates"
        );
        let fine = fidelity(&draft, &other);
        assert!(fine.percent() >= 99.5, "{function}: {}", fine.percent());
        assert!(
            fine.worst_error < 0.03 * fine.usual_score,
            "{function}: {}",
            fine.worst_error
        );
        // Without calibration nothing saturates, and the worst case leaves little of the model.
        let coarse = drafted(&model, &[]);
        assert!(coarse.quantised.saturation_shifts.is_empty());
        let rough = fidelity(&coarse, &other);
        assert!(
            rough.worst_error > 10.0 * fine.worst_error,
            "{function}: {}",
            rough.worst_error
        );
    }
}

/// Entries are shared by all documents of a batch, saturation is paid for in each.
#[test]
fn many_documents_carry_a_larger_table() {
    // No weight is negative: the worst document is more than 1,000 times as large as a usual one.
    let positive: Vec<f32> = (0..FEATURES * 24)
        .map(|i| (i * 37 % 19) as f32 / 19.0)
        .collect();
    let model = Builder::new(&[FEATURES as i64])
        .node("MatMul", &["x", "w"], "s", vec![])
        .node("Relu", &["s"], "r", vec![])
        .tensor("w", &[FEATURES as i64, 24], &positive)
        .scores("r", 24, 3)
        .bytes();
    let long = |seed: u64, count: usize| -> Vec<Vec<u8>> {
        let parts = texts(seed, 4 * count);
        let add = |sum: Vec<u8>, part: &Vec<u8>| sum.iter().zip(part).map(|(a, b)| a + b).collect();
        let join = |parts: &[Vec<u8>]| parts.iter().fold(vec![0; FEATURES], add);
        parts.chunks(4).map(join).collect()
    };
    let calibration = long(1, 100);
    let few = drafted_for(&model, &calibration, 10);
    let many = drafted_for(&model, &calibration, 1_000_000);
    assert!(!few.quantised.saturation_shifts.is_empty());
    assert!(many.quantised.saturation_shifts.is_empty());
    let [small, large] = [&few, &many].map(|draft| {
        let classifier = &draft.quantised.classifier;
        let entries = classifier.tables().iter().map(|t| t.outputs.len());
        (classifier.activations(), entries.sum::<usize>())
    });
    assert!(small.0 >= large.0 + 24, "a row for each saturated element");
    assert!(large.1 > small.1, "{large:?} {small:?}");
    let percent = fidelity(&many, &long(2, 100)).percent();
    assert!(percent >= 99.0, "{percent}");
}

/// Every byte vector has an evaluation, and beyond the window the function stays at its end.
#[test]
fn the_worst_documents_are_decided_too() {
    let draft = drafted(&network("Relu"), &texts(1, 300));
    let classifier = &draft.quantised.classifier;
    let relu = (1..).zip(&draft.program.nodes).find_map(|(value, _)| {
        let known = draft.quantised.saturation_shifts.contains_key(&value);
        known.then(|| draft.quantised.values[value].index())
    });
    let relu = relu.unwrap();
    let most = classifier.bounds().values[relu].1;
    let mut ends = 0;
    for seed in 0..40u64 {
        // Full words where a bit pattern says so, nothing elsewhere.
        let bit = |i: usize| (i as u64).wrapping_mul(seed * 2 + 1) >> (seed % 7) & 1 == 1;
        let view: Vec<u8> = (0..FEATURES)
            .map(|i| if bit(i) { 255 } else { 0 })
            .collect();
        let float = draft.program.values(&view);
        let values = classifier.values(&view);
        let value = draft
            .quantised
            .values
            .iter()
            .position(|name| name.index() == relu)
            .unwrap();
        let sums = &float[draft.program.pointwise(value).unwrap().source];
        for (z, sum) in values[relu].iter().zip(sums) {
            // Far outside what words reach, so that the rounding of weights does not matter.
            if sum.abs() > 1e3 {
                assert_eq!(*z, if *sum > 0.0 { most } else { 0 });
                ends += 1;
            }
        }
    }
    assert!(ends > 100, "{ends} elements beyond the window");
}
