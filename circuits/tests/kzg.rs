//! The same circuits under KZG, with a ceremony file made for this test alone.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use common::sealed::{answered, check};
use common::{dimensions, linear, public, secret};
use duces_circuits::prover::sealed::seal;
use duces_circuits::{Context, Prover, SetupError, Srs, Verifier};
use duces_kit::corpus::Corpus;
use duces_kit::request;
use duces_protocol::digest::Digest;
use duces_protocol::request::{Request, Scheme};
use ff::{Field, PrimeField};
use group::Curve;
use halo2_proofs::SerdeFormat;
use halo2_proofs::poly::kzg::commitment::ParamsKZG;
use halo2curves::bn256::{Bn256, Fq, Fr, G1, G2};
use halo2curves::serde::SerdeObject;
use rand_core::OsRng;
use sha2::{Digest as _, Sha256};
use std::path::PathBuf;

/// Writes a file under the target folder and returns its path and digest.
fn file(name: &str, bytes: &[u8]) -> (PathBuf, Digest) {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, bytes).unwrap();
    (path, Digest(Sha256::digest(bytes).into()))
}

/// The same for a sealed classifier: what binds the weights does not depend on the scheme.
fn sealed_proofs(srs: &Srs, digest: Digest) {
    let classifier = linear((0..40).map(|i| i % 13 - 6).collect(), 20, 12);
    let view = "text-hash-40".parse().unwrap();
    let (sealed, weights) = seal(&classifier, view, "output[0] >= 0".to_owned()).unwrap();
    let request = Request::sealed(Digest([7; 32]), Scheme::Kzg { srs: digest }, sealed);
    let context = Context {
        commitment: request.commitment,
        request: request.digest(),
    };
    let dimensions = dimensions(&classifier, 11);
    let corpus = Corpus::pseudo_random(40, 10);
    let prover = Prover::sealed(&request, &weights, context, dimensions, Some(srs)).unwrap();
    let proof = prover.prove(0, &secret(&corpus)).unwrap();
    let verifier = Verifier::sealed(&request, context, dimensions, Some(srs)).unwrap();
    let mut items = answered(&corpus, &classifier);
    assert_eq!(check(&verifier, 0, &items, &proof.0), Ok(()));
    items.swap(1, 2);
    assert!(check(&verifier, 0, &items, &proof.0).is_err());
}

/// A batch of a public classifier is proved and verified; returns its request.
fn public_proofs(srs: &Srs, digest: Digest) -> Request {
    let mut request = request::of(linear((0..40).map(|i| i % 13 - 6).collect(), 20, 12));
    request.scheme = Scheme::Kzg { srs: digest };
    let dimensions = dimensions(&request.classifier, 11);
    let corpus = Corpus::pseudo_random(40, 10);
    let prover = Prover::new(&request, Context::of(&request), dimensions, Some(srs)).unwrap();
    let proof = prover.prove(0, &secret(&corpus)).unwrap();
    let verifier = Verifier::new(&request, Context::of(&request), dimensions, Some(srs)).unwrap();
    let mut items = public(&corpus, &request.classifier);
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
    request
}

#[test]
fn proofs_under_a_named_ceremony_file() {
    let mut bytes = Vec::new();
    ParamsKZG::<Bn256>::setup(12, OsRng)
        .write_custom(&mut bytes, SerdeFormat::RawBytes)
        .unwrap();
    let (path, digest) = file("ceremony", &bytes);
    let srs = Srs::read(&path, digest).unwrap();
    let mut request = public_proofs(&srs, digest);
    let dimensions = dimensions(&request.classifier, 11);
    sealed_proofs(&srs, digest);

    // A file that is not named, or is missing, or superfluous.
    assert!(matches!(
        Verifier::new(&request, Context::of(&request), dimensions, None),
        Err(SetupError::Scheme(_))
    ));
    request.scheme = Scheme::Ipa;
    assert!(Verifier::new(&request, Context::of(&request), dimensions, Some(&srs)).is_err());
    request.scheme = Scheme::Kzg {
        srs: Digest([9; 32]),
    };
    assert!(Verifier::new(&request, Context::of(&request), dimensions, Some(&srs)).is_err());
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

/// A file of `2^k` powers of `s`; the second list is not used.
fn powers_of(s: Fr, k: u32) -> Vec<u8> {
    let mut bytes = k.to_le_bytes().to_vec();
    let powers: Vec<G1> = std::iter::successors(Some(G1::generator()), |g| Some(g * s))
        .take(1 << k)
        .collect();
    for point in powers.iter().chain(&powers) {
        point.to_affine().write_raw(&mut bytes).unwrap();
    }
    for point in [G2::generator(), G2::generator() * s] {
        point.to_affine().write_raw(&mut bytes).unwrap();
    }
    bytes
}

/// At a root of unity a column's polynomial is one of its cells: whoever made such a file could
/// read the scores of undisclosed items from their proofs.
#[test]
fn ceremonies_at_a_point_of_the_domain_are_refused() {
    let root = |order: u32| (order..Fr::S).fold(Fr::ROOT_OF_UNITY, |root, _| root.square());
    let read = |name: &str, s: Fr| {
        let (path, digest) = file(name, &powers_of(s, 4));
        Srs::read(&path, digest)
    };
    assert!(read("number", Fr::random(OsRng)).is_ok());
    for order in 1..=4 {
        let refused = read("root", root(order)).err().unwrap();
        assert!(refused.to_string().contains("root of unity"), "{refused}");
        assert!(read("root", root(order).invert().unwrap()).is_err());
    }
}

/// A `.ptau` file of these points: header, powers in G1 and in G2.
fn ptau(power: u32, s: Fr) -> Vec<u8> {
    let powers_g1 = std::iter::successors(Some(G1::generator()), |g| Some(g * s));
    let powers_g2 = std::iter::successors(Some(G2::generator()), |g| Some(g * s));
    let mut header = 32u32.to_le_bytes().to_vec();
    let modulus = -Fq::ONE;
    let mut modulus = modulus.to_repr().as_ref().to_vec();
    modulus[0] += 1;
    header.extend(modulus);
    header.extend(power.to_le_bytes());
    header.extend(power.to_le_bytes());
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for point in powers_g1.take((2 << power) - 1) {
        point.to_affine().write_raw(&mut first).unwrap();
    }
    for point in powers_g2.take(1 << power) {
        point.to_affine().write_raw(&mut second).unwrap();
    }
    sections(&[(1, header), (2, first), (3, second)])
}

fn sections(list: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = b"ptau".to_vec();
    bytes.extend(1u32.to_le_bytes());
    bytes.extend((list.len() as u32).to_le_bytes());
    for (id, content) in list {
        bytes.extend(id.to_le_bytes());
        bytes.extend((content.len() as u64).to_le_bytes());
        bytes.extend(content);
    }
    bytes
}

/// `power4.ptau` was made by snarkjs 0.7 (`powersoftau new bn128 4`, then `contribute`): a ceremony of one, for
/// tests alone.
#[test]
fn a_file_that_snarkjs_wrote_is_read() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/power4.ptau");
    let digest = Digest(Sha256::digest(std::fs::read(&path).unwrap()).into());
    assert!(Srs::read(&path, digest).is_ok());
}

#[test]
fn proofs_under_a_ptau_file() {
    let (path, digest) = file("powers.ptau", &ptau(12, Fr::random(OsRng)));
    let srs = Srs::read(&path, digest).unwrap();
    public_proofs(&srs, digest);
}

#[test]
fn other_ptau_files_are_refused() {
    let honest = ptau(4, Fr::random(OsRng));
    let check = |name: &str, bytes: &[u8]| {
        let (path, digest) = file(name, bytes);
        Srs::read(&path, digest).map(|_| ())
    };
    assert!(check("honest.ptau", &honest).is_ok());
    let at = |place: usize, by: u8| {
        let mut bytes = honest.clone();
        bytes[place] ^= by;
        bytes
    };
    // The sections begin at 12, 68 and 2,064 bytes; each has 12 before its content.
    let part = |from: usize, to: usize| honest[from..to].to_vec();
    let (header, first) = (part(24, 68), part(80, 2064));
    let second = honest[2076..].to_vec();
    for (name, bytes) in [
        ("version", at(4, 2)),
        ("coordinates", at(24, 1)),
        ("modulus", at(30, 1)),
        ("power", at(60, 1)),
        ("huge power", at(60, 64)),
        ("length", at(72, 1)),
        ("point", at(80 + 64 * 3, 1)),
        ("number", at(2076 + 128, 1)),
        ("sections", at(8, 128)),
        ("cut", part(0, honest.len() - 1)),
        ("begun", part(0, 8)),
        (
            "missing",
            sections(&[(1, header.clone()), (2, first.clone())]),
        ),
        (
            "twice",
            sections(&[
                (1, header.clone()),
                (2, first.clone()),
                (2, first.clone()),
                (3, second.clone()),
            ]),
        ),
        ("one", ptau(4, Fr::ONE)),
        ("zero", ptau(4, Fr::ZERO)),
    ] {
        assert!(check("bad.ptau", &bytes).is_err(), "{name}");
    }
    let mut swapped = first;
    swapped.copy_within(64 * 5..64 * 6, 64 * 9);
    let swapped = sections(&[(1, header), (2, swapped), (3, second)]);
    assert!(check("bad.ptau", &swapped).is_err(), "swapped");
}
