//! IPA over BN254 G1 with generators hashed to the curve.
//!
//! What a verifier needs: the library's parameters on our own generators, and its verifier with
//! instances as scalars. [`crate::prover`] makes the proofs.

use duces_protocol::hash_to_curve::hash_to_curve;
use group::GroupEncoding;
use group::prime::PrimeCurveAffine;
use halo2_proofs::plonk::Error as PlonkError;
use halo2_proofs::poly::commitment::{MSM, Params, Verifier};
use halo2_proofs::poly::ipa::commitment::{IPACommitmentScheme, ParamsIPA};
use halo2_proofs::poly::ipa::msm::MSMIPA;
use halo2_proofs::poly::ipa::multiopen::VerifierIPA;
use halo2_proofs::poly::ipa::strategy::GuardIPA;
use halo2_proofs::poly::{Error as PolyError, VerificationStrategy, VerifierQuery};
use halo2_proofs::transcript::{EncodedChallenge, TranscriptRead};
use halo2curves::bn256::G1Affine;
use rayon::prelude::*;

/// Domain of the hash to the curve.
const DOMAIN: &str = "duces/ipa/v1";

/// The scheme as the library has it.
pub type Library = IPACommitmentScheme<G1Affine>;

/// The generator of blinds.
pub(crate) fn blind_generator() -> G1Affine {
    generator(1, 0)
}

/// The generator of values.
pub(crate) fn value_generator() -> G1Affine {
    generator(2, 0)
}

fn generator(kind: u8, i: u32) -> G1Affine {
    let mut message = [kind; 5];
    message[1..].copy_from_slice(&i.to_le_bytes());
    hash_to_curve(DOMAIN, &message)
}

/// Derives the generators for `2^k` rows.
///
/// The library's own Lagrange basis is never used: the identity stands in its place.
pub(crate) fn params(k: u32) -> ParamsIPA<G1Affine> {
    let g: Vec<G1Affine> = (0..1u32 << k)
        .into_par_iter()
        .map(|i| generator(0, i))
        .collect();
    let mut bytes = k.to_le_bytes().to_vec();
    let lagrange = std::iter::repeat_n(G1Affine::identity(), g.len());
    let others = [blind_generator(), value_generator()];
    for point in g.iter().copied().chain(lagrange).chain(others) {
        bytes.extend_from_slice(point.to_bytes().as_ref());
    }
    <ParamsIPA<G1Affine> as Params<G1Affine>>::read(&mut bytes.as_slice())
        .expect("the bytes were written a line above")
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
