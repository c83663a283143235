//! Classes and scores: the integers against the float model, ties, and what is refused.

use crate::models::{Builder, int, small_cnn, views};
use duces_protocol::answers::AnswerKind;
use duces_protocol::classifier::Shape;
use duces_protocol::sealed::Architecture;
use duces_requester::decision::Rule;
use duces_requester::draft::{CompiledModel, compile};
use duces_requester::fidelity::Fidelity;
use duces_requester::lower::input::InputRule;
use duces_requester::onnx::{self, Refusal};

fn drafted(
    model: &Builder,
    view: &str,
    rule: &Rule,
    data: &[Vec<u8>],
) -> Result<CompiledModel, Refusal> {
    let source = onnx::read(&model.bytes()).unwrap();
    let input = InputRule::new(view.parse().unwrap(), &source.input, &[], &[]).unwrap();
    compile(&source, &input, rule, data, 1000)
}

fn draft(model: &Builder, view: &str, rule: &Rule, data: &[Vec<u8>]) -> CompiledModel {
    drafted(model, view, rule, data).unwrap_or_else(|refusal| panic!("{refusal}"))
}

/// The answer of the integers.
fn answer(draft: &CompiledModel, view: &[u8]) -> Vec<i32> {
    draft.quantised.classifier.answer(view)
}

/// Scores that are the bytes of the view in this order, 255 of them for a byte of a class.
fn bytes_as_scores(columns: &[usize]) -> Builder {
    let mut weights = vec![0.0; 4 * columns.len()];
    for (class, &byte) in columns.iter().enumerate() {
        weights[byte * columns.len() + class] = 1.0;
    }
    let classes = columns.len() as i64;
    Builder::new(&[4])
        .node("MatMul", &["x", "w"], "y", vec![])
        .tensor("w", &[4, classes], &weights)
}

/// The lowest index of the largest.
fn first_largest(scores: &[u8]) -> i32 {
    let largest = scores.iter().max().unwrap();
    scores.iter().position(|s| s == largest).unwrap() as i32
}

#[test]
fn the_lowest_index_wins_among_equals() {
    for columns in [
        &[0, 1, 2, 3][..],
        &[3, 1, 1],
        &[2, 2, 2],
        &[0, 1],
        &[1, 0, 0, 1, 2],
    ] {
        let model = bytes_as_scores(columns);
        let draft = draft(&model, "text-hash-4", &Rule::Class, &[]);
        let classifier = &draft.quantised.classifier;
        assert_eq!(classifier.answers(), AnswerKind::Class);
        for a in [0, 7, 8, 255] {
            for b in [0, 7, 8] {
                for (c, d) in [(0, 0), (7, 8), (8, 8), (255, 254)] {
                    let view = [a, b, c, d];
                    let scores: Vec<u8> = columns.iter().map(|&byte| view[byte]).collect();
                    let expected = first_largest(&scores);
                    assert_eq!(answer(&draft, &view), [expected], "{columns:?} of {view:?}");
                }
            }
        }
    }
}

#[test]
fn classes_are_those_of_the_model() {
    let data = views(64, 300);
    let weights: Vec<f32> = (0..64 * 5)
        .map(|i| ((i * 53 + i / 7) % 41 - 20) as f32)
        .collect();
    let model = Builder::new(&[64])
        .node("MatMul", &["x", "w"], "y", vec![])
        .tensor("w", &[64, 5], &weights);
    let class = draft(&model, "text-hash-64", &Rule::Class, &data);
    let fidelity = Fidelity::measure(
        &class.decided,
        &class.program,
        &class.quantised,
        class.scores,
        &data,
    );
    println!("{}", fidelity.table(|index| index.to_string()));
    assert!(fidelity.percent() >= 99.0 && fidelity.matches.is_none());
    let classes = class.quantised.classifier.answer_form();
    let mut seen = std::collections::BTreeSet::new();
    for view in &data {
        let outputs = answer(&class, view);
        seen.insert(outputs[0]);
        let answer = duces_protocol::answers::Answer::of_outputs(AnswerKind::Class, &outputs);
        assert!(classes.check(&answer.unwrap()).is_ok());
    }
    assert!(seen.len() > 3, "{seen:?}");
    Architecture::split(&class.quantised.classifier).expect("it can be sealed");
}

#[test]
fn scores_are_multiples_of_one_unit() {
    let data = views(64, 300);
    let model = small_cnn();
    let scores = draft(&model, "gray-8x8", &Rule::Scores, &data);
    let unit = scores.quantised.score_scales[0];
    assert!(scores.quantised.score_scales.iter().all(|s| *s == unit));
    // Of a power of two only the exponent is set.
    assert_eq!(unit.to_bits() << 12, 0, "{unit} is a power of two");
    let mut largest = 0.0f64;
    for view in &data {
        let float = scores.decided.program.values(view).pop().unwrap();
        let integers = answer(&scores, view);
        assert_eq!(float.len(), integers.len());
        for (z, score) in integers.iter().zip(&float) {
            largest = largest.max((f64::from(*z) * unit - score).abs());
        }
    }
    let usual = data.iter().map(|view| {
        let float = scores.decided.program.values(view).pop().unwrap();
        float.iter().fold(0.0f64, |a, s| a.max(s.abs()))
    });
    let usual = usual.fold(0.0, f64::max);
    println!("unit {unit}, largest error {largest}, largest score {usual}");
    assert!(largest < 0.05 * usual);
    Architecture::split(&scores.quantised.classifier).expect("it can be sealed");
}

#[test]
fn probabilities_are_scored_before_the_softmax() {
    let model = bytes_as_scores(&[0, 1, 2]);
    let mut softmax = model.clone();
    softmax.graph().node[0].output[0] = "s".to_owned();
    let softmax = softmax.node("Softmax", &["s"], "y", vec![int("axis", 1)]);
    let view = [9, 200, 40, 0];
    let scores = draft(&softmax, "text-hash-4", &Rule::Scores, &[]);
    let unit = scores.quantised.score_scales[0];
    let read: Vec<f64> = answer(&scores, &view)
        .iter()
        .map(|z| f64::from(*z) * unit)
        .collect();
    for (read, byte) in read.iter().zip(view) {
        assert!(
            (read - f64::from(byte)).abs() <= unit,
            "{read} {byte} {unit}"
        );
    }
    assert!(scores.decided.meaning.contains("before the softmax"));
    let class = draft(&softmax, "text-hash-4", &Rule::Class, &[]);
    assert_eq!(answer(&class, &view), [1]);
}

#[test]
fn what_has_no_classes_is_refused() {
    let one = bytes_as_scores(&[0]);
    let refusal = drafted(&one, "text-hash-4", &Rule::Class, &[])
        .err()
        .unwrap();
    assert!(refusal.what.contains("no classes"), "{refusal}");
    let many: Vec<usize> = (0..182).map(|i| i % 4).collect();
    let many = bytes_as_scores(&many);
    let refusal = drafted(&many, "text-hash-4", &Rule::Class, &[])
        .err()
        .unwrap();
    assert!(refusal.what.contains("too many"), "{refusal}");
}
