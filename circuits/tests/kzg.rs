//! The same circuits under KZG, with a ceremony file made for this test alone.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use common::{Corpus, context, linear, request};
use duces_circuits::{Prover, SetupError, Srs, Verifier, Width};
use duces_protocol::digest::Digest;
use duces_protocol::request::Scheme;
use halo2_proofs::SerdeFormat;
use halo2_proofs::poly::kzg::commitment::ParamsKZG;
use halo2curves::bn256::Bn256;
use rand_core::OsRng;
use sha2::{Digest as _, Sha256};
use std::path::PathBuf;

/// Writes a file under the target folder and returns its path and digest.
fn file(name: &str, bytes: &[u8]) -> (PathBuf, Digest) {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, bytes).unwrap();
    (path, Digest(Sha256::digest(bytes).into()))
}

#[test]
fn proofs_under_a_named_ceremony_file() {
    let mut bytes = Vec::new();
    ParamsKZG::<Bn256>::setup(12, OsRng)
        .write_custom(&mut bytes, SerdeFormat::RawBytes)
        .unwrap();
    let (path, digest) = file("ceremony", &bytes);
    let srs = Srs::read(&path, digest).unwrap();
    let mut request = request(linear((0..40).map(|i| i % 13 - 6).collect(), 20, 12));
    request.scheme = Scheme::Kzg { srs: digest };
    let width = Width::from_bits(11).unwrap();
    let corpus = Corpus::new(40, 10);
    let prover = Prover::new(&request, context(&request), width, Some(&srs)).unwrap();
    let proof = prover.prove(0, &corpus.secret()).unwrap();
    let verifier = Verifier::new(&request, context(&request), width, Some(&srs)).unwrap();
    let mut items = corpus.public(&request.classifier);
    let verify = |items: &[duces_circuits::PublicItem], proof: &[u8]| {
        let mut batches = verifier.start();
        batches.add(0, items, proof).and_then(|()| batches.finish())
    };
    assert_eq!(verify(&items, &proof.0), Ok(()));
    let mut longer = proof.0.clone();
    longer.push(0);
    assert!(verify(&items, &longer).is_err());
    items[3].matches ^= true;
    assert!(verify(&items, &proof.0).is_err());

    // A file that is not named, or is missing, or superfluous.
    assert!(matches!(
        Verifier::new(&request, context(&request), width, None),
        Err(SetupError::Scheme(_))
    ));
    request.scheme = Scheme::Ipa;
    assert!(Verifier::new(&request, context(&request), width, Some(&srs)).is_err());
    request.scheme = Scheme::Kzg {
        srs: Digest([9; 32]),
    };
    assert!(Verifier::new(&request, context(&request), width, Some(&srs)).is_err());
}

#[test]
fn files_that_are_no_ceremony_are_refused() {
    let mut honest = Vec::new();
    ParamsKZG::<Bn256>::setup(4, OsRng)
        .write_custom(&mut honest, SerdeFormat::RawBytes)
        .unwrap();
    let (path, digest) = file("small", &honest);
    assert!(Srs::read(&path, digest).is_ok());
    assert!(Srs::read(&path, Digest([0; 32])).is_err(), "another digest");
    assert!(Srs::read(&path.with_extension("absent"), digest).is_err());

    let mut swapped = honest.clone();
    swapped.copy_within(4 + 64 * 5..4 + 64 * 6, 4 + 64 * 9);
    let mut huge = honest.clone();
    huge[0] = 40;
    for (name, bytes) in [
        ("swapped", swapped),
        ("huge", huge),
        ("cut", honest[..honest.len() - 1].to_vec()),
        ("long", [honest.clone(), vec![0]].concat()),
        ("empty", Vec::new()),
        ("zeros", vec![0; honest.len()]),
    ] {
        let (path, digest) = file(name, &bytes);
        assert!(Srs::read(&path, digest).is_err(), "{name}");
    }
}
