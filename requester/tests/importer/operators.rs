//! Operators, one by one: against values worked out by hand or by onnxruntime.

use crate::models::{Builder, float, int, ints, text};
use crate::numbers::{agreement, output};
use duces_requester::lower::{input::InputRule, lower};
use duces_requester::onnx;
use duces_requester::onnx::message::Attribute;

const BYTES: [u8; 6] = [0, 1, 2, 3, 4, 255];

/// One operator on `x − 2`, x being six bytes.
fn one(op: &str, attributes: Vec<Attribute>) -> Vec<f64> {
    let model = Builder::new(&[6])
        .node("Sub", &["x", "two"], "s", vec![])
        .node(op, &["s"], "y", attributes)
        .tensor("two", &[], &[2.0]);
    output(&model, "text-hash-6", &BYTES)
}

#[track_caller]
fn near(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (a, b) in found.iter().zip(expected) {
        assert!(
            (a - b).abs() < 2e-6 * (1.0 + b.abs()),
            "{found:?} {expected:?}"
        );
    }
}

#[test]
fn functions_of_one_variable() {
    let e = std::f64::consts::E;
    near(&one("Abs", vec![]), &[2.0, 1.0, 0.0, 1.0, 2.0, 253.0]);
    near(&one("Sign", vec![]), &[-1.0, -1.0, 0.0, 1.0, 1.0, 1.0]);
    let elu = one("Elu", vec![float("alpha", 0.5)]);
    near(
        &elu,
        &[0.5 / e / e - 0.5, 0.5 / e - 0.5, 0.0, 1.0, 2.0, 253.0],
    );
    near(
        &one("Celu", vec![float("alpha", 2.0)])[..2],
        &[2.0 / e - 2.0, 2.0 / e.sqrt() - 2.0],
    );
    near(&one("Selu", vec![])[1..4], &[-1.111_330_7, 0.0, 1.050_701]);
    near(
        &one("Gelu", vec![])[..5],
        &[-0.045_500_3, -0.158_655_3, 0.0, 0.841_344_7, 1.954_499_7],
    );
    let tanh = one("Gelu", vec![text("approximate", "tanh")]);
    near(&tanh[..4], &[-0.045_402_3, -0.158_808, 0.0, 0.841_192]);
    near(&one("HardSigmoid", vec![])[..4], &[0.1, 0.3, 0.5, 0.7]);
    near(
        &one("HardSwish", vec![]),
        &[-1.0 / 3.0, -1.0 / 3.0, 0.0, 2.0 / 3.0, 5.0 / 3.0, 253.0],
    );
    near(
        &one("Mish", vec![])[..4],
        &[-0.252_501_5, -0.303_401_4, 0.0, 0.865_098_4],
    );
    near(
        &one("Softplus", vec![]),
        &[
            0.126_928,
            0.313_261_7,
            std::f64::consts::LN_2,
            1.313_261_7,
            2.126_928,
            253.0,
        ],
    );
    near(&one("Softsign", vec![])[..4], &[-2.0 / 3.0, -0.5, 0.0, 0.5]);
    near(
        &one("ThresholdedRelu", vec![]),
        &[0.0, 0.0, 0.0, 0.0, 2.0, 253.0],
    );
    let shrunk = one("Shrink", vec![float("lambd", 1.5), float("bias", 0.5)]);
    near(&shrunk, &[-1.5, 0.0, 0.0, 0.0, 1.5, 252.5]);
    near(
        &one("Erf", vec![])[..4],
        &[-0.995_322_3, -0.842_700_8, 0.0, 0.842_700_8],
    );
}

#[test]
fn products_of_functions_of_one_tensor_take_one_row() {
    let base = || {
        Builder::new(&[3, 8, 8])
            .weights("w", &[4, 3, 3, 3])
            .node("Conv", &["x", "w"], "c", vec![])
            .tensor("half", &[], &[0.5])
            .tensor("one", &[], &[1.0])
            .tensor("three", &[], &[3.0])
            .tensor("zero", &[], &[0.0])
            .tensor("six", &[], &[6.0])
            .tensor("root", &[], &[2f32.sqrt()])
    };
    let models = [
        (
            "swish",
            base()
                .node("Sigmoid", &["c"], "s", vec![])
                .node("Mul", &["c", "s"], "g", vec![]),
        ),
        (
            "gelu",
            base()
                .node("Div", &["c", "root"], "d", vec![])
                .node("Erf", &["d"], "e", vec![])
                .node("Add", &["e", "one"], "f", vec![])
                .node("Mul", &["c", "f"], "h", vec![])
                .node("Mul", &["h", "half"], "g", vec![]),
        ),
        (
            "hard swish",
            base()
                .node("Add", &["c", "three"], "d", vec![])
                .node("Clip", &["d", "zero", "six"], "e", vec![])
                .node("Mul", &["c", "e"], "f", vec![])
                .node("Div", &["f", "six"], "g", vec![]),
        ),
        (
            "mish",
            base()
                .node("Softplus", &["c"], "d", vec![])
                .node("Tanh", &["d"], "e", vec![])
                .node("Mul", &["c", "e"], "g", vec![]),
        ),
        (
            "leaky, chosen",
            base()
                .node("Greater", &["c", "zero"], "m", vec![])
                .node("Mul", &["c", "half"], "d", vec![])
                .node("Where", &["m", "c", "d"], "g", vec![]),
        ),
    ];
    for (name, model) in models {
        let (share, draft) = agreement(&model.scores("g", 144, 3), "rgb-8x8", "argmax = 1");
        assert!(share >= 0.98, "{name}: {share}");
        // 4·6·6 elements and the decision.
        let rows = draft.quantised.classifier.activations();
        assert!(rows <= 144 + 8, "{name}: {rows} rows");
    }
}

#[test]
fn slopes_and_extremes() {
    let model = Builder::new(&[3, 1, 2])
        .node("Sub", &["x", "two"], "s", vec![])
        .node("PRelu", &["s", "slopes"], "y", vec![])
        .tensor("two", &[], &[2.0])
        .tensor("slopes", &[3, 1, 1], &[0.5, -1.0, 2.0]);
    near(
        &output(&model, "rgb-2x1", &[0, 5, 1, 2, 0, 3]),
        &[-1.0, 3.0, 1.0, 0.0, -4.0, 1.0],
    );
    for (op, expected) in [
        ("Max", [4.0, 3.0, 2.0, 3.0, 5.0, 255.0]),
        ("Min", [0.0, 1.0, 2.0, 1.0, 0.0, 0.0]),
    ] {
        let model = Builder::new(&[6])
            .node("Gather", &["x", "turned"], "r", vec![int("axis", 1)])
            .node(op, &["x", "r", "c"], "y", vec![])
            .integers("turned", &[4, 3, 2, 1, 0, 5])
            .tensor(
                "c",
                &[6],
                &[if op == "Max" { 0.0 } else { 9.0 }, 3.0, 2.0, 2.0, 5.0, 0.0],
            );
        near(&output(&model, "text-hash-6", &BYTES), &expected);
    }
    let along = |op: &str, axes: &[i64]| {
        let model = Builder::new(&[1, 2, 3]).node(
            op,
            &["x"],
            "y",
            vec![ints("axes", axes), int("keepdims", 0)],
        );
        output(&model, "gray-3x2", &[5, 1, 7, 2, 9, 3])
    };
    assert_eq!(along("ReduceMax", &[3]), [7.0, 9.0]);
    assert_eq!(along("ReduceMin", &[2]), [2.0, 1.0, 3.0]);
    assert_eq!(along("ReduceMin", &[-1, -2]), [1.0]);
    near(&along("ReduceL2", &[3]), &[75f64.sqrt(), 94f64.sqrt()]);
    near(&along("ReduceL1", &[2]), &[7.0, 10.0, 10.0]);
}

#[test]
fn comparisons_and_logic() {
    let truth = |op: &str, exchanged: bool| {
        let inputs = if exchanged { ["c", "x"] } else { ["x", "c"] };
        let model = Builder::new(&[6])
            .node(op, &inputs, "b", vec![])
            .node("Cast", &["b"], "y", vec![int("to", 1)])
            .tensor("c", &[], &[2.0]);
        output(&model, "text-hash-6", &BYTES)
    };
    assert_eq!(truth("Greater", false), [0.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
    assert_eq!(
        truth("GreaterOrEqual", true),
        [1.0, 1.0, 1.0, 0.0, 0.0, 0.0]
    );
    assert_eq!(truth("Less", false), [1.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
    assert_eq!(truth("LessOrEqual", true), [0.0, 0.0, 1.0, 1.0, 1.0, 1.0]);
    assert_eq!(truth("Equal", false), [0.0, 0.0, 1.0, 0.0, 0.0, 0.0]);
    let two = |op: &str| {
        let model = Builder::new(&[6])
            .node("Greater", &["x", "one"], "a", vec![])
            .node("Gather", &["a", "turned"], "b", vec![int("axis", 1)])
            .node(op, &["a", "b"], "z", vec![])
            .node("Not", &["z"], "n", vec![])
            .node("Where", &["n", "yes", "no"], "y", vec![])
            .tensor("one", &[], &[1.0])
            .tensor("yes", &[], &[5.0])
            .tensor("no", &[], &[-1.0])
            .integers("turned", &[5, 4, 3, 2, 1, 0]);
        // 0 0 1 1 1 1 and 1 1 1 1 0 0, negated.
        output(&model, "text-hash-6", &BYTES)
    };
    assert_eq!(two("And"), [5.0, 5.0, -1.0, -1.0, 5.0, 5.0]);
    assert_eq!(two("Or"), [-1.0; 6]);
    assert_eq!(two("Xor"), [-1.0, -1.0, 5.0, 5.0, -1.0, -1.0]);
}

#[test]
fn a_comparison_at_the_end_is_one_row() {
    let model = Builder::new(&[64])
        .node("Gemm", &["x", "w"], "g", vec![int("transB", 1)])
        .node("Sigmoid", &["g"], "p", vec![])
        .node("Greater", &["p", "half"], "b", vec![])
        .node("Cast", &["b"], "y", vec![int("to", 1)])
        .weights("w", &[1, 64])
        .tensor("half", &[], &[0.6]);
    for rule in ["output[0] >= 0.5", "output[0] < 1"] {
        let (share, draft) = agreement(&model, "text-hash-64", rule);
        assert!(share >= 0.995, "{rule}: {share}");
        assert_eq!(draft.quantised.classifier.activations(), 1, "{rule}");
    }
}

#[test]
fn resizing() {
    let resize = |scales: &[f32], attributes: Vec<Attribute>| {
        let model = Builder::new(&[1, 2, 2])
            .node("Resize", &["x", "", "s"], "y", attributes)
            .tensor("s", &[4], scales);
        output(&model, "gray-2x2", &[1, 2, 3, 4])
    };
    let nearest = [1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0];
    assert_eq!(resize(&[1.0, 1.0, 1.0, 2.0], vec![]), nearest);
    let linear = |mode: &str| {
        let attributes = vec![
            text("mode", "linear"),
            text("coordinate_transformation_mode", mode),
        ];
        resize(&[1.0, 1.0, 1.0, 2.0], attributes)
    };
    near(&linear("half_pixel")[..4], &[1.0, 1.25, 1.75, 2.0]);
    near(
        &linear("align_corners")[..4],
        &[1.0, 4.0 / 3.0, 5.0 / 3.0, 2.0],
    );
    near(&linear("asymmetric")[..4], &[1.0, 1.5, 2.0, 2.0]);
    let model = Builder::new(&[1, 2, 2])
        .node("Upsample", &["x", "s"], "y", vec![])
        .tensor("s", &[4], &[1.0, 1.0, 2.0, 1.0]);
    assert_eq!(
        output(&model, "gray-2x2", &[1, 2, 3, 4]),
        [1.0, 2.0, 1.0, 2.0, 3.0, 4.0, 3.0, 4.0]
    );
}

#[test]
fn transposed_convolution() {
    let model = |attributes: Vec<Attribute>| {
        let model = Builder::new(&[1, 2, 2])
            .node("ConvTranspose", &["x", "w"], "y", attributes)
            .tensor("w", &[1, 1, 2, 2], &[1.0, 2.0, 3.0, 4.0]);
        output(&model, "gray-2x2", &[1, 2, 3, 4])
    };
    // Every element stamps the kernel.
    assert_eq!(
        model(vec![]),
        [1.0, 4.0, 4.0, 6.0, 20.0, 16.0, 9.0, 24.0, 16.0]
    );
    let strided = vec![ints("strides", &[1, 2]), ints("pads", &[1, 0, 0, 1])];
    assert_eq!(model(strided), [6.0, 10.0, 10.0, 9.0, 12.0, 12.0]);
    let padded = vec![
        ints("output_padding", &[1, 0]),
        ints("strides", &[2, 1]),
        ints("pads", &[2, 2, 0, 0]),
    ];
    assert_eq!(model(padded), [8.0, 16.0, 0.0]);
}

#[test]
fn a_slice_to_the_end() {
    let model = Builder::new(&[6])
        .node("Slice", &["x", "from", "to", "axes"], "y", vec![])
        .integers("from", &[4])
        .integers("to", &[i64::MAX])
        .integers("axes", &[1]);
    assert_eq!(output(&model, "text-hash-6", &BYTES), [4.0, 255.0]);
}

#[test]
fn arrangements() {
    let bytes: Vec<u8> = (0..12).collect();
    let deep = Builder::new(&[3, 2, 2])
        .node("Concat", &["x", "x", "x", "x"], "d", vec![int("axis", 1)])
        .node("DepthToSpace", &["d"], "y", vec![int("blocksize", 2)]);
    let found = output(&deep, "rgb-2x2", &bytes);
    assert_eq!(found[..8], [0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0]);
    let wide =
        Builder::new(&[3, 2, 2]).node("SpaceToDepth", &["x"], "y", vec![int("blocksize", 2)]);
    let found = output(&wide, "rgb-2x2", &bytes);
    assert_eq!(
        found,
        [0.0, 4.0, 8.0, 1.0, 5.0, 9.0, 2.0, 6.0, 10.0, 3.0, 7.0, 11.0]
    );
    let tiled = Builder::new(&[3])
        .node("Tile", &["x", "r"], "t", vec![])
        .node("Expand", &["t", "s"], "y", vec![])
        .integers("r", &[1, 2])
        .integers("s", &[2, 1]);
    let found = output(&tiled, "text-hash-3", &[7, 8, 9]);
    assert_eq!(found, [7.0, 8.0, 9.0].repeat(4));
}

#[test]
fn quantised_layers() {
    let model = Builder::new(&[6])
        .node("QuantizeLinear", &["x", "s", "z"], "q", vec![])
        .node("DequantizeLinear", &["q", "s", "z"], "y", vec![])
        .tensor("s", &[], &[4.0])
        .typed("z", 3, &[(-100i8) as u8]);
    // 0.25 and 0.5 round to 0, 0.75 and 1 to 1; 255/4 − 100 = −36.
    assert_eq!(
        output(&model, "text-hash-6", &BYTES),
        [0.0, 0.0, 0.0, 4.0, 4.0, 256.0]
    );
    let layer = Builder::new(&[6])
        .node("QuantizeLinear", &["x", "one", "z"], "q", vec![])
        .node(
            "QLinearMatMul",
            &["q", "one", "z", "w", "one", "wz", "ys", "z"],
            "r",
            vec![],
        )
        .node("DequantizeLinear", &["r", "ys", "z"], "y", vec![])
        .tensor("one", &[], &[1.0])
        .tensor("ys", &[], &[10.0])
        .typed("z", 2, &[0])
        .typed("wz", 2, &[1])
        .matrix("w", 2, &[6, 2], &[2, 1, 1, 3, 1, 0, 1, 1, 1, 0, 1, 2]);
    // First column −(w − 1)·x: 0; second 2·1 − 2 − 4 + 255 = 251.
    assert_eq!(output(&layer, "text-hash-6", &BYTES), [0.0, 250.0]);
}

/// As many zero points as rows and as columns: they belong to columns.
#[test]
fn zero_points_of_columns() {
    let layer = Builder::new(&[2])
        .node("QuantizeLinear", &["x", "one", "z"], "q", vec![])
        .node("MatMulInteger", &["q", "w", "z", "wz"], "y", vec![])
        .tensor("one", &[], &[1.0])
        .typed("z", 2, &[0])
        .matrix("w", 2, &[2, 2], &[5, 7, 6, 9])
        .matrix("wz", 2, &[2], &[1, 4]);
    // (5−1)·10 + (6−1)·20 and (7−4)·10 + (9−4)·20.
    assert_eq!(output(&layer, "text-hash-2", &[10, 20]), [140.0, 130.0]);
}

#[test]
fn arguments_out_of_range() {
    let refused = |op: &str| {
        let model = Builder::new(&[64])
            .node("Gemm", &["x", "w"], "g", vec![int("transB", 1)])
            .node(op, &["g"], "h", vec![])
            .node("Gemm", &["h", "v"], "y", vec![int("transB", 1)])
            .weights("w", &[4, 64])
            .weights("v", &[2, 4]);
        let source = onnx::read(&model.bytes()).unwrap();
        let view = "text-hash-64".parse().unwrap();
        let input = InputRule::new(view, &source.input, &[], &[]).unwrap();
        lower(&source, &input).unwrap();
        let rule = "argmax = 1".parse().unwrap();
        duces_requester::draft::compile(&source, &input, &rule, &[], 1000)
            .err()
            .map(|refusal| refusal.what)
    };
    for op in ["Log", "Sqrt", "Reciprocal", "Acos"] {
        let what = refused(op).expect(op);
        assert!(what.contains("not defined"), "{op}: {what}");
    }
}
