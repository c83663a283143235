//! Files that must be refused: each names the words that its refusal must contain.

use crate::models::{Builder, floats, int, ints, small_cnn, text};
use duces_requester::decision::{Rule, decide};
use duces_requester::draft::compile;
use duces_requester::lower::{input::InputRule, lower};
use duces_requester::onnx::{self, Refusal};
use prost::Message;

/// Reads, lowers and decides; everything that runs on a foreign file before numbers matter.
fn import(file: &[u8]) -> Result<(), Refusal> {
    let source = onnx::read(file)?;
    let view = "gray-8x8".parse().unwrap();
    let input = InputRule::new(view, &source.input, &[], &[])?;
    let lowered = lower(&source, &input)?;
    decide(lowered, &Rule::Argmax(vec![1])).map(|_| ())
}

#[track_caller]
fn refused(model: &Builder, needle: &str) {
    let refusal = import(&model.bytes()).expect_err("the model must be refused");
    assert!(
        refusal.what.contains(needle),
        "'{}' does not contain '{needle}'",
        refusal.what
    );
    assert!(!refusal.fix.is_empty());
}

#[test]
fn the_model_itself_is_accepted() {
    import(&small_cnn().bytes()).unwrap();
}

#[test]
fn weights_that_are_no_numbers() {
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let mut model = small_cnn();
        model.graph().initializer[0].raw_data[..4].copy_from_slice(&bad.to_le_bytes());
        refused(&model, "initializer 'w'");
        let model = Builder::new(&[1, 8, 8]).node(
            "ml.LinearRegressor",
            &["x"],
            "y",
            vec![floats("coefficients", &[bad; 64])],
        );
        refused(&model, "coefficients");
    }
}

#[test]
fn shapes_that_vary() {
    let mut model = small_cnn();
    let tensor = model.graph().input[0]
        .kind
        .as_mut()
        .unwrap()
        .tensor
        .as_mut()
        .unwrap();
    tensor.shape.as_mut().unwrap().dim[2].value = None;
    refused(&model, "not fixed");
    let mut model = small_cnn();
    model.graph().input[0].kind = None;
    refused(&model, "not a tensor");
    let mut model = small_cnn();
    let extra = model.graph().input[0].clone();
    model.graph().input.push(onnx::message::ValueInfo {
        name: "x2".to_owned(),
        ..extra
    });
    refused(&model, "2 inputs");
    let mut model = Builder::new(&[8, 8]).scores("x", 64, 2);
    let tensor = model.graph().input[0].kind.as_mut().unwrap();
    tensor.tensor.as_mut().unwrap().shape.as_mut().unwrap().dim[0].value = Some(3);
    let refusal = import(&model.bytes()).unwrap_err();
    assert!(refusal.fix.contains("one document at a time"), "{refusal}");
}

#[test]
fn scores_that_runtimes_do_not_agree_on() {
    let linear = |transform: &str| {
        let attributes = vec![
            ints("classlabels_ints", &[0, 1]),
            floats("coefficients", &[0.5; 64]),
            floats("intercepts", &[0.5]),
            text("post_transform", transform),
        ];
        Builder::new(&[64])
            .node("Flatten", &["x"], "f", vec![])
            .node("ml.LinearClassifier", &["f"], "label y", attributes)
    };
    let import = |model: &Builder| {
        let source = onnx::read(&model.bytes()).unwrap();
        lower(&source, &InputRule::plain(&[1, 64])).map(|_| ())
    };
    import(&linear("LOGISTIC")).unwrap();
    for transform in ["NONE", "SOFTMAX"] {
        let refusal = import(&linear(transform)).unwrap_err();
        assert!(refusal.what.contains("do not agree"), "{refusal}");
    }
}

#[test]
fn graphs_that_are_none() {
    let cycle =
        small_cnn()
            .node("Add", &["a", "r"], "sum", vec![])
            .node("Relu", &["sum"], "a", vec![]);
    refused(&cycle, "depends on its own output");
    refused(&small_cnn().node("Relu", &["ghost"], "z", vec![]), "ghost");
    refused(
        &small_cnn().node("Relu", &["c"], "r", vec![]),
        "defined twice",
    );
    let mut model = small_cnn();
    model.graph().output.clear();
    refused(&model, "no outputs");
    let mut model = small_cnn();
    model.graph().output[0].name = "nothing".to_owned();
    refused(&model, "does not define all its outputs");
    let mut model = small_cnn();
    model.model.graph = None;
    refused(&model, "no graph");
}

#[test]
fn operators_and_versions() {
    refused(&small_cnn().node("LSTM", &["r"], "z", vec![]), "LSTM");
    refused(
        &small_cnn().node("Frobnicate", &["r"], "z", vec![]),
        "not supported",
    );
    refused(
        &small_cnn().node("MatMul", &["r", "r"], "z", vec![]),
        "two computed tensors",
    );
    refused(
        &small_cnn().node("Relu", &["r"], "z", vec![int("alpha", 1)]),
        "alpha",
    );
    let mut model = small_cnn();
    model.graph().node[0].domain = "com.example".to_owned();
    refused(&model, "com.example");
    for version in [-1, 0, 6, 99] {
        let mut model = small_cnn();
        model.model.opset_import[0].version = version;
        refused(&model, "version");
    }
    let mut model = small_cnn();
    model.model.functions.push(Vec::new());
    refused(&model, "functions");
}

#[test]
fn data_in_other_files_and_wrong_lengths() {
    let mut model = small_cnn();
    model.graph().initializer[0].data_location = 1;
    refused(&model, "another file");
    let mut model = small_cnn();
    model.graph().initializer[0].raw_data.pop();
    refused(&model, "bytes");
    let mut model = small_cnn();
    model.graph().initializer[0].dims = vec![i64::MAX, i64::MAX];
    refused(&model, "more than");
}

#[test]
fn numbers_of_scores_that_do_not_fit() {
    for targets in [0, -1, 3, i64::MAX] {
        let model = Builder::new(&[1, 8, 8]).node(
            "ml.LinearRegressor",
            &["x"],
            "y",
            vec![floats("coefficients", &[1.0; 64]), int("targets", targets)],
        );
        refused(&model, "do not fit");
    }
}

#[test]
fn more_activations_than_a_batch_has_room_for() {
    let pads = || vec![ints("pads", &[1; 4])];
    let mut model = Builder::new(&[1, 512, 512]);
    for [w, c, h, p] in [
        ["w1", "c1", "h1", "p1"],
        ["w2", "c2", "h2", "p2"],
        ["w3", "c3", "h3", "p3"],
    ] {
        model = model
            .node("Conv", &["x", w], c, pads())
            .node("HardSwish", &[c], h, vec![])
            .node("GlobalAveragePool", &[h], p, vec![])
            .weights(w, &[16, 1, 3, 3]);
    }
    let model = model
        .node("Add", &["p1", "p2"], "q", vec![])
        .node("Add", &["q", "p3"], "p", vec![])
        .scores("p", 16, 2);
    let source = onnx::read(&model.bytes()).unwrap();
    let view = "gray-512x512".parse().unwrap();
    let input = InputRule::new(view, &source.input, &[], &[]).unwrap();
    let refusal = compile(&source, &input, &Rule::Argmax(vec![1]), &[], 1000).err();
    let what = refusal.expect("it is refused").what;
    assert!(what.contains("12582913 activations"), "{what}");
}

#[test]
fn scales_and_zero_points_that_do_not_fit() {
    let quantised = |scales: &[i64], zeros: &[i64]| {
        let count = |dims: &[i64]| dims.iter().product::<i64>() as usize;
        Builder::new(&[1, 8, 8])
            .node("QuantizeLinear", &["x", "s", "z"], "q", vec![])
            .node("DequantizeLinear", &["q", "s", "z"], "d", vec![])
            .tensor("s", scales, &vec![0.5; count(scales)])
            .matrix("z", 2, zeros, &vec![3; count(zeros)])
            .scores("d", 64, 2)
    };
    import(&quantised(&[1], &[1]).bytes()).unwrap();
    for (scales, zeros) in [
        (&[0][..], &[][..]),
        (&[5, 1, 0], &[]),
        (&[3], &[3]),
        (&[], &[2]),
    ] {
        refused(&quantised(scales, zeros), "scales or zero points meet");
    }
    let layer = |bias: i64| {
        Builder::new(&[1, 8, 8])
            .node(
                "QLinearConv",
                &["x", "one", "z", "w", "ws", "z", "one", "z", "b"],
                "y",
                vec![],
            )
            .tensor("one", &[], &[1.0])
            .tensor("ws", &[2], &[1.0, 2.0])
            .typed("z", 2, &[0])
            .matrix("w", 2, &[2, 1, 8, 8], &[1; 128])
            .tensor("b", &[bias], &vec![1.0; bias as usize])
    };
    import(&layer(2).bytes()).unwrap();
    refused(&layer(5), "2 scales or zero points meet");
}

#[test]
fn sizes_that_would_fill_the_memory() {
    let huge = 60_000;
    let wide = Builder::new(&[1, 8, 8])
        .node(
            "Conv",
            &["x", "w", "b"],
            "c",
            vec![ints("pads", &[huge; 4])],
        )
        .weights("w", &[3, 1, 3, 3])
        .weights("b", &[3])
        .scores("c", 192, 4);
    refused(&wide, "too large");
    let pool = Builder::new(&[1, 8, 8]).node(
        "MaxPool",
        &["x"],
        "y",
        vec![ints("kernel_shape", &[3, 3]), ints("pads", &[huge; 4])],
    );
    assert!(import(&pool.bytes()).is_err());
    let pad = Builder::new(&[1, 8, 8])
        .node("Pad", &["x", "p"], "y", vec![])
        .integers("p", &[0, 0, huge, huge, 0, 0, huge, huge]);
    refused(&pad, "too large");
    let fill = Builder::new(&[1, 8, 8])
        .node("ConstantOfShape", &["s"], "c", vec![])
        .node("Add", &["x", "c"], "y", vec![])
        .integers("s", &[1 << 20, 1 << 20]);
    refused(&fill, "too large");
    let many: Vec<&str> = vec!["x"; 50_000];
    let joined = Builder::new(&[1, 8, 8]).node("Concat", &many, "y", vec![int("axis", 3)]);
    refused(&joined, "too large");
    // Two bytes for each empty node.
    let graph: Vec<u8> = [0x0a, 0x00].repeat(1 << 20);
    let mut file = vec![0x3a];
    prost::encoding::encode_varint(graph.len() as u64, &mut file);
    file.extend(graph);
    assert!(import(&file).unwrap_err().what.contains("messages"));
}

#[test]
fn every_truncation_is_refused() {
    let file = small_cnn().bytes();
    // Without the operator sets that it does not need, the file is whole again.
    let mut bare = small_cnn();
    bare.model.opset_import.clear();
    for cut in 0..bare.bytes().len() {
        assert!(import(&file[..cut]).is_err(), "{cut}");
    }
}

#[test]
fn no_change_of_bytes_makes_it_panic() {
    let models = [
        small_cnn(),
        Builder::new(&[1, 8, 8])
            .node(
                "MaxPool",
                &["x"],
                "p",
                vec![ints("kernel_shape", &[2, 2]), ints("strides", &[2, 2])],
            )
            .node("Slice", &["p", "i", "j"], "s", vec![])
            .node("Reshape", &["s", "k"], "f", vec![])
            .node("Gather", &["f", "i"], "g", vec![int("axis", 1)])
            .node("Softmax", &["f"], "y", vec![])
            .integers("i", &[0])
            .integers("j", &[1])
            .integers("k", &[1, -1]),
    ];
    let mut seed = 3u64;
    let mut next = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) as usize % below
    };
    for model in models {
        let file = model.bytes();
        for _ in 0..6000 {
            let mut mutant = file.clone();
            for _ in 0..=next(3) {
                let at = next(mutant.len());
                match next(4) {
                    0 => mutant[at] = next(256) as u8,
                    1 => mutant[at] ^= 1 << next(8),
                    2 => {
                        mutant.remove(at);
                    }
                    _ => mutant.insert(at, [0x00, 0x01, 0x7f, 0xff][next(4)]),
                }
            }
            if let Err(refusal) = import(&mutant) {
                assert!(!refusal.what.is_empty() && !refusal.fix.is_empty());
            }
        }
    }
    // The message types accept what they write.
    let again = onnx::message::Model::decode(small_cnn().bytes().as_slice()).unwrap();
    assert_eq!(again, small_cnn().model);
}
