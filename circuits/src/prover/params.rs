//! What a prover multiplies with: the bases of commitments to coefficients and to values.

use super::opening::Polynomial;
use crate::msm::FixedBases;
use crate::scheme::{SchemeParams, ipa};
use ff::PrimeField;
use group::prime::PrimeCurveAffine;
use halo2_proofs::arithmetic::g_to_lagrange;
use halo2_proofs::poly::commitment::ParamsProver;
use halo2curves::CurveAffine;
use halo2curves::bn256::{Fq, G1, G1Affine};
use sha2::{Digest as _, Sha256};
use std::path::Path;

/// How columns are opened.
#[derive(Clone, Copy, Debug)]
pub(super) enum Opener {
    /// The inner-product argument, with the generator of values.
    Ipa { value: G1Affine },
    /// SHPLONK.
    Kzg,
}

/// The bases, with their multiples.
pub(super) struct ProverParams {
    pub coefficients: FixedBases,
    pub values: FixedBases,
    /// The generator of blinds; the identity where commitments are not hiding.
    pub blind: G1Affine,
    pub opener: Opener,
}

impl ProverParams {
    /// Prepares the bases. The Lagrange basis of IPA is kept in the folder `cache`, if one is given.
    pub(super) fn new(params: &SchemeParams, k: u32, cache: Option<&Path>) -> Self {
        let (g, lagrange, blind, opener) = match params {
            SchemeParams::Ipa(params) => {
                let g = params.get_g();
                let opener = Opener::Ipa {
                    value: ipa::value_generator(),
                };
                let lagrange = lagrange_basis(cache, k, g);
                (g, lagrange, ipa::blind_generator(), opener)
            }
            SchemeParams::Kzg(params) => {
                let g = params.get_g();
                (g, lagrange_of(g, k), G1Affine::identity(), Opener::Kzg)
            }
        };
        Self {
            coefficients: FixedBases::new(g),
            values: FixedBases::new(&lagrange),
            blind,
            opener,
        }
    }

    /// Commits to a polynomial by its coefficients.
    pub(super) fn commit(&self, polynomial: &Polynomial) -> G1 {
        self.coefficients.multiply(&polynomial.coefficients) + self.blind * polynomial.blind
    }
}

fn lagrange_of(generators: &[G1Affine], k: u32) -> Vec<G1Affine> {
    g_to_lagrange(generators.iter().map(G1Affine::to_curve).collect(), k)
}

/// The Lagrange basis of the generators, from the cache folder if it is there and whole.
///
/// The basis takes seconds to compute. A wrong cache cannot make a false proof: it could only make
/// proofs that nobody accepts, and a digest in the file guards against that.
fn lagrange_basis(cache: Option<&Path>, k: u32, generators: &[G1Affine]) -> Vec<G1Affine> {
    let file = cache.map(|folder| folder.join(format!("ipa-{k}.basis")));
    let n = generators.len();
    if let Some(basis) = file.as_deref().and_then(|file| read_basis(file, n)) {
        return basis;
    }
    let basis = lagrange_of(generators, k);
    if let Some(file) = file {
        write_basis(&file, &basis);
    }
    basis
}

/// Points as two coordinates of 32 bytes each, after the SHA-256 of all of them.
fn read_basis(file: &Path, n: usize) -> Option<Vec<G1Affine>> {
    let bytes = std::fs::read(file).ok()?;
    let (digest, points) = bytes.split_first_chunk::<32>()?;
    if points.len() != 64 * n || <[u8; 32]>::from(Sha256::digest(points)) != *digest {
        return None;
    }
    let coordinate = |bytes: &[u8]| {
        let bytes: [u8; 32] = bytes.try_into().ok()?;
        Option::<Fq>::from(Fq::from_repr(bytes))
    };
    points
        .chunks_exact(64)
        .map(|point| {
            let (x, y) = (coordinate(&point[..32])?, coordinate(&point[32..])?);
            Option::from(G1Affine::from_xy(x, y))
        })
        .collect()
}

/// Writes beside and renames; a cache that cannot be written is done without.
fn write_basis(file: &Path, basis: &[G1Affine]) {
    let mut points = Vec::with_capacity(64 * basis.len());
    for point in basis {
        points.extend_from_slice(point.x.to_repr().as_ref());
        points.extend_from_slice(point.y.to_repr().as_ref());
    }
    let digest = Sha256::digest(&points);
    let beside = file.with_extension(format!("{}.part", std::process::id()));
    let written = std::fs::write(&beside, [digest.as_slice(), &points].concat())
        .and_then(|()| std::fs::rename(&beside, file));
    if written.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
}
