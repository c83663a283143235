//! Whole numbers: inputs of an integer type, and division towards zero.

use crate::models::{Builder, int, small_cnn};
use crate::numbers::{agreement, output};
use duces_requester::draft::compile;
use duces_requester::lower::input::InputRule;
use duces_requester::onnx::{self, Refusal};

/// A model whose input has another element type.
fn typed(mut model: Builder, element_type: i32) -> Builder {
    let input = model.graph().input[0].kind.as_mut().unwrap();
    input.tensor.as_mut().unwrap().elem_type = element_type;
    model
}

#[test]
fn integers_divide_towards_zero() {
    const INT64: i64 = 7;
    let model = Builder::new(&[6])
        .node("Sub", &["x", "five"], "s", vec![])
        .node("Cast", &["s"], "i", vec![int("to", INT64)])
        .node("Div", &["i", "three"], "q", vec![])
        .node("Cast", &["q"], "y", vec![int("to", 1)])
        .tensor("five", &[], &[5.0])
        .integers("three", &[3]);
    let expected = [-1.0, 0.0, 0.0, 0.0, 1.0, 83.0];
    let bytes = [0, 3, 5, 7, 8, 255];
    assert_eq!(output(&model, "text-hash-6", &bytes), expected);
    // The divisor's type decides where nothing else is known, and the input's own type counts.
    let model = Builder::new(&[3])
        .node("Div", &["x", "49"], "y", vec![])
        .integers("49", &[49]);
    let whole = output(&typed(model, 7), "text-hash-3", &[48, 49, 98]);
    assert_eq!(whole, [0.0, 1.0, 2.0]);
}

#[test]
fn shapes_divide_too() {
    // Half of five columns are two.
    let model = Builder::new(&[5])
        .node("Shape", &["x"], "s", vec![])
        .node("Gather", &["s", "one"], "n", vec![])
        .node("Div", &["n", "two"], "h", vec![])
        .node("Slice", &["x", "zero", "h", "one"], "y", vec![])
        .integers("zero", &[0])
        .integers("one", &[1])
        .integers("two", &[2]);
    let half = output(&model, "text-hash-5", &[9, 8, 7, 6, 5]);
    assert_eq!(half, [9.0, 8.0]);
}

fn rule(element_type: i32, scale: &[f64], offset: &[f64]) -> Result<InputRule, Refusal> {
    let source = onnx::read(&typed(small_cnn(), element_type).bytes()).unwrap();
    InputRule::new("gray-8x8".parse().unwrap(), &source.input, scale, offset)
}

#[test]
fn a_model_that_reads_integers_gets_the_bytes_as_they_are() {
    const UINT8: i32 = 2;
    const INT8: i32 = 3;
    assert_eq!(rule(UINT8, &[], &[]), rule(UINT8, &[1.0], &[0.0]));
    assert_eq!(rule(1, &[], &[]), rule(1, &[1.0 / 255.0], &[]));
    for scale in [1.0 / 255.0, 2.0] {
        let refusal = rule(UINT8, &[scale], &[]).unwrap_err();
        assert!(refusal.what.contains("uint8"), "{}", refusal.what);
    }
    let refusal = rule(INT8, &[], &[]).unwrap_err();
    assert!(refusal.fix.contains("-128"), "{}", refusal.fix);
    rule(INT8, &[1.0], &[-128.0]).unwrap();
}

/// A quantised network's last roundings say nothing that a rule on the largest score needs.
#[test]
fn rounding_at_the_end_is_left_out_of_a_rule_on_the_largest() {
    let model = Builder::new(&[64])
        .node("Gemm", &["x", "w"], "h", vec![int("transB", 1)])
        .node("QuantizeLinear", &["h", "s", "z"], "q", vec![])
        .node("DequantizeLinear", &["q", "s", "z"], "d", vec![])
        .node("Softmax", &["d"], "p", vec![int("axis", 1)])
        .node("QuantizeLinear", &["p", "t", "z"], "y", vec![])
        .weights("w", &[4, 64])
        .tensor("s", &[], &[0.5])
        .tensor("t", &[], &[1.0 / 256.0])
        .matrix("z", 2, &[], &[128]);
    let (share, draft) = agreement(&model, "text-hash-64", "argmax = 1");
    assert!(share >= 0.995, "{share}");
    // Three differences of scores, and whether all of them are steps up.
    assert_eq!(draft.quantised.classifier.activations(), 4);
    let meaning = &draft.decided.meaning;
    assert!(meaning.contains("before they are rounded"), "{meaning}");
    // What is rounded is not what a cutoff is compared with.
    let source = onnx::read(&model.bytes()).unwrap();
    let view = "text-hash-64".parse().unwrap();
    let input = InputRule::new(view, &source.input, &[], &[]).unwrap();
    let rule = "output[1] >= 0.5".parse().unwrap();
    let refusal = compile(&source, &input, &rule, &[], 1000).err().unwrap();
    assert!(refusal.what.contains("rounded"), "{}", refusal.what);
}
