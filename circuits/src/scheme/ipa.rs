//! IPA over BN254 G1 with generators hashed to the curve.
//!
//! [`IpaParams`] wraps the library's parameters for three reasons: the generators have our own
//! domain; a verifier needs no Lagrange basis; a prover commits to the first phase once, before
//! the challenges, and hands the same commitments to the library.

use crate::msm::FixedBases;
use duces_protocol::pedersen::normalise;
use ff::PrimeField;
use group::{Curve, GroupEncoding};
use halo2_proofs::arithmetic::{best_multiexp, g_to_lagrange};
use halo2_proofs::plonk::Error as PlonkError;
use halo2_proofs::poly::commitment::{
    Blind, CommitmentScheme, MSM, Params, ParamsProver, ParamsVerifier, Prover, Verifier,
};
use halo2_proofs::poly::ipa::commitment::{IPACommitmentScheme, ParamsIPA};
use halo2_proofs::poly::ipa::msm::MSMIPA;
use halo2_proofs::poly::ipa::multiopen::{ProverIPA, VerifierIPA};
use halo2_proofs::poly::ipa::strategy::GuardIPA;
use halo2_proofs::poly::{
    Coeff, Error as PolyError, EvaluationDomain, LagrangeCoeff, Polynomial, ProverQuery,
    VerificationStrategy, VerifierQuery,
};
use halo2_proofs::transcript::{EncodedChallenge, TranscriptRead, TranscriptWrite};
use halo2curves::bn256::{Fq, Fr, G1, G1Affine};
use halo2curves::{CurveAffine, CurveExt};
use rand_core::RngCore;
use rayon::prelude::*;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// Domain of the hash to the curve.
const DOMAIN: &str = "duces/ipa/v1";

/// The scheme as the library has it: what the verifier runs.
pub type Library = IPACommitmentScheme<G1Affine>;

/// The scheme with our own parameters: what the prover runs.
#[derive(Debug)]
pub struct Ipa;

/// Who derives parameters.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Role<'a> {
    /// A verifier needs the generators.
    Verifier,
    /// A prover needs their Lagrange basis too, and may keep it in a folder.
    Prover {
        /// The folder.
        cache: Option<&'a Path>,
    },
}

/// Its parameters for `2^k` rows.
#[derive(Clone, Debug)]
pub struct IpaParams {
    inner: ParamsIPA<G1Affine>,
    domain: Arc<EvaluationDomain<Fr>>,
    /// What a prover multiplies with.
    proving: Option<Arc<ProverBases>>,
    w: G1Affine,
    /// First-phase commitments that were made before the proof, by their blinds.
    made: Arc<Mutex<BTreeMap<[u8; 32], G1>>>,
}

/// The bases of commitments to coefficients and to values.
#[derive(Debug)]
struct ProverBases {
    coefficients: FixedBases,
    values: FixedBases,
}

impl IpaParams {
    /// Derives the generators, and for a prover the Lagrange basis.
    pub(crate) fn derive(k: u32, role: Role<'_>) -> Self {
        let point = |kind: u8, i: u32| {
            let mut message = [kind; 5];
            message[1..].copy_from_slice(&i.to_le_bytes());
            G1::hash_to_curve(DOMAIN)(&message)
        };
        let projective: Vec<G1> = (0..1u32 << k)
            .into_par_iter()
            .map(|i| point(0, i))
            .collect();
        let g = normalise(&projective);
        let (w, u) = (point(1, 0).to_affine(), point(2, 0).to_affine());
        let mut bytes = k.to_le_bytes().to_vec();
        // The library's own Lagrange basis is never used: `g` stands in its place.
        for point in g.iter().chain(&g).chain([&w, &u]) {
            bytes.extend_from_slice(point.to_bytes().as_ref());
        }
        let inner = <ParamsIPA<G1Affine> as Params<G1Affine>>::read(&mut bytes.as_slice())
            .expect("the bytes were written a line above");
        let proving = match role {
            Role::Verifier => None,
            Role::Prover { cache } => Some(Arc::new(ProverBases {
                coefficients: FixedBases::new(&g),
                values: FixedBases::new(&lagrange_basis(cache, k, projective)),
            })),
        };
        Self {
            inner,
            domain: Arc::new(EvaluationDomain::new(1, k)),
            proving,
            w,
            made: Arc::default(),
        }
    }

    /// Commits to a column and remembers the commitment until the library asks for it.
    pub(crate) fn commit_early(&self, column: &[Fr], blind: Fr) -> G1 {
        let commitment = self.commit_values(column, blind);
        self.made().insert(blind.to_repr(), commitment);
        commitment
    }

    /// The library's parameters, for verifiers.
    pub(crate) fn library(&self) -> &ParamsIPA<G1Affine> {
        &self.inner
    }

    /// Forgets commitments that the library did not ask for.
    pub(crate) fn forget(&self) {
        self.made().clear();
    }

    fn made(&self) -> std::sync::MutexGuard<'_, BTreeMap<[u8; 32], G1>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn commit_values(&self, values: &[Fr], blind: Fr) -> G1 {
        let blinding = self.w * blind;
        match &self.proving {
            Some(bases) => bases.values.multiply(values) + blinding,
            None => {
                let poly = self.domain.lagrange_from_vec(values.to_vec());
                let coefficients = self.domain.lagrange_to_coeff(poly);
                best_multiexp(&coefficients, self.inner.get_g()) + blinding
            }
        }
    }
}

/// The Lagrange basis of the generators, from the cache folder if it is there and whole.
///
/// The basis takes seconds to compute. A wrong cache cannot make a false proof: it could only make
/// proofs that nobody accepts, and a digest in the file guards against that.
fn lagrange_basis(cache: Option<&Path>, k: u32, generators: Vec<G1>) -> Vec<G1Affine> {
    let file = cache.map(|folder| folder.join(format!("ipa-{k}.basis")));
    let n = generators.len();
    if let Some(basis) = file.as_deref().and_then(|file| read_basis(file, n)) {
        return basis;
    }
    let basis = g_to_lagrange(generators, k);
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

impl CommitmentScheme for Ipa {
    type Scalar = Fr;
    type Curve = G1Affine;
    type ParamsProver = IpaParams;
    type ParamsVerifier = IpaParams;

    fn new_params(k: u32) -> IpaParams {
        IpaParams::derive(k, Role::Prover { cache: None })
    }

    fn read_params<R: io::Read>(_: &mut R) -> io::Result<IpaParams> {
        Err(io::Error::from(io::ErrorKind::Unsupported))
    }
}

impl ParamsVerifier<'_, G1Affine> for IpaParams {}

impl<'params> Params<'params, G1Affine> for IpaParams {
    type MSM = MSMIPA<'params, G1Affine>;

    fn k(&self) -> u32 {
        self.inner.k()
    }

    fn n(&self) -> u64 {
        self.inner.n()
    }

    fn downsize(&mut self, k: u32) {
        let role = match self.proving {
            Some(_) => Role::Prover { cache: None },
            None => Role::Verifier,
        };
        *self = Self::derive(k, role);
    }

    fn empty_msm(&'params self) -> MSMIPA<'params, G1Affine> {
        MSMIPA::new(&self.inner)
    }

    fn commit_lagrange(&self, poly: &Polynomial<Fr, LagrangeCoeff>, blind: Blind<Fr>) -> G1 {
        let made = self.made().remove(&blind.0.to_repr());
        made.unwrap_or_else(|| self.commit_values(poly, blind.0))
    }

    fn write<W: io::Write>(&self, writer: &mut W) -> io::Result<()> {
        self.inner.write(writer)
    }

    fn read<R: io::Read>(_: &mut R) -> io::Result<Self> {
        Err(io::Error::from(io::ErrorKind::Unsupported))
    }
}

impl<'params> ParamsProver<'params, G1Affine> for IpaParams {
    type ParamsVerifier = Self;

    fn new(k: u32) -> Self {
        Self::derive(k, Role::Prover { cache: None })
    }

    fn commit(&self, poly: &Polynomial<Fr, Coeff>, blind: Blind<Fr>) -> G1 {
        match &self.proving {
            Some(bases) => bases.coefficients.multiply(poly) + self.w * blind.0,
            None => self.inner.commit(poly, blind),
        }
    }

    fn get_g(&self) -> &[G1Affine] {
        self.inner.get_g()
    }

    fn verifier_params(&'params self) -> &'params Self {
        self
    }
}

/// The library's multi-opening prover, with instances as scalars.
#[derive(Debug)]
pub struct IpaProver<'params>(ProverIPA<'params, G1Affine>);

impl<'params> Prover<'params, Ipa> for IpaProver<'params> {
    const QUERY_INSTANCE: bool = false;

    fn new(params: &'params IpaParams) -> Self {
        Self(<ProverIPA<'_, _> as Prover<'_, Library>>::new(
            &params.inner,
        ))
    }

    fn create_proof<'com, E, T, R, I>(
        &self,
        rng: R,
        transcript: &mut T,
        queries: I,
    ) -> io::Result<()>
    where
        E: EncodedChallenge<G1Affine>,
        T: TranscriptWrite<G1Affine, E>,
        I: IntoIterator<Item = ProverQuery<'com, G1Affine>> + Clone,
        R: RngCore,
    {
        Prover::<Library>::create_proof(&self.0, rng, transcript, queries)
    }
}

/// The library's multi-opening verifier, with instances as scalars.
#[derive(Debug)]
pub struct IpaVerifier<'params>(VerifierIPA<'params, G1Affine>);

impl<'params> Verifier<'params, Library> for IpaVerifier<'params> {
    type Guard = GuardIPA<'params, G1Affine>;
    type MSMAccumulator = MSMIPA<'params, G1Affine>;
    const QUERY_INSTANCE: bool = false;

    fn new(params: &'params ParamsIPA<G1Affine>) -> Self {
        Self(<VerifierIPA<'_, _> as Verifier<'_, Library>>::new(params))
    }

    fn verify_proof<'com, E, T, I>(
        &self,
        transcript: &mut T,
        queries: I,
        msm: MSMIPA<'params, G1Affine>,
    ) -> Result<GuardIPA<'params, G1Affine>, PolyError>
    where
        'params: 'com,
        E: EncodedChallenge<G1Affine>,
        T: TranscriptRead<G1Affine, E>,
        I: IntoIterator<Item = VerifierQuery<'com, G1Affine, MSMIPA<'params, G1Affine>>> + Clone,
    {
        Verifier::<Library>::verify_proof(&self.0, transcript, queries, msm)
    }
}

/// A strategy that returns what is left to check, as a sum that must be the identity.
pub struct Deferred<'params>(MSMIPA<'params, G1Affine>);

impl<'params> VerificationStrategy<'params, Library, IpaVerifier<'params>> for Deferred<'params> {
    type Output = MSMIPA<'params, G1Affine>;

    fn new(params: &'params ParamsIPA<G1Affine>) -> Self {
        Self(params.empty_msm())
    }

    fn process(
        self,
        f: impl FnOnce(MSMIPA<'params, G1Affine>) -> Result<GuardIPA<'params, G1Affine>, PlonkError>,
    ) -> Result<Self::Output, PlonkError> {
        Ok(f(self.0)?.use_challenges())
    }

    fn finalize(self) -> bool {
        self.0.check()
    }
}
