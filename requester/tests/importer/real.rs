//! Real models on real data, where `../shared` is there.

use duces_requester::decision::Rule;
use duces_requester::draft::compile;
use duces_requester::fidelity::Fidelity;
use duces_requester::lower::input::InputRule;
use duces_requester::onnx;
use std::fs;
use std::io::Read;
use std::path::PathBuf;

fn workspace(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(path)
}

/// The images of an IDX file.
fn digits(path: &std::path::Path) -> Vec<Vec<u8>> {
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(fs::File::open(path).unwrap())
        .read_to_end(&mut bytes)
        .unwrap();
    bytes[16..].chunks_exact(784).map(<[u8]>::to_vec).collect()
}

#[test]
fn a_network_for_digits() {
    let shared = workspace("../shared");
    if !shared.is_dir() {
        println!("skipped: ../shared is not here");
        return;
    }
    let images = digits(&shared.join("data/mnist/t10k-images-idx3-ubyte.gz"));
    let source = onnx::read(&fs::read(shared.join("models/mnist_cnn.onnx")).unwrap()).unwrap();
    let view = "gray-28x28".parse().unwrap();
    let input = InputRule::new(view, &source.input, &[], &[]).unwrap();
    let draft = compile(&source, &input, &Rule::Argmax(vec![5]), &images, 1000).unwrap();
    let fidelity = Fidelity::measure(
        &draft.decided,
        &draft.program,
        &draft.quantised,
        draft.scores,
        &images,
    );
    println!("{}", fidelity.table(|index| index.to_string()));
    assert_eq!(fidelity.items, 10_000);
    assert!(fidelity.percent() >= 99.9);
    assert_eq!(draft.quantised.classifier.activations(), 7598);
}
