//! The library's verifier must refuse two answers to one question, the same polynomial at the same
//! point: for years the later answer replaced the earlier, which nothing checked then.
#![allow(missing_docs, clippy::unwrap_used)]

use ff::Field;
use halo2_proofs::poly::commitment::{CommitmentScheme, Params, ParamsProver, Verifier};
use halo2_proofs::poly::ipa::commitment::ParamsIPA;
use halo2_proofs::poly::ipa::multiopen::VerifierIPA;
use halo2_proofs::poly::kzg::commitment::ParamsKZG;
use halo2_proofs::poly::kzg::msm::DualMSM;
use halo2_proofs::poly::kzg::multiopen::VerifierSHPLONK;
use halo2_proofs::poly::{Error, VerifierQuery};
use halo2_proofs::transcript::{Blake2bRead, Challenge255, TranscriptReadBuffer};
use halo2curves::bn256::{Bn256, Fr, G1Affine};
use rand_core::OsRng;

const K: u32 = 4;

/// Why an empty proof is refused when the verifier asks for these values of one polynomial at one
/// point.
fn refusal<'p, S, V>(
    params: &'p S::ParamsVerifier,
    empty: V::MSMAccumulator,
    values: &[Fr],
) -> Error
where
    S: CommitmentScheme<Scalar = Fr, Curve = G1Affine>,
    V: Verifier<'p, S>,
{
    let commitment = G1Affine::generator();
    let point = Fr::random(OsRng);
    let queries = values
        .iter()
        .map(|value| VerifierQuery::new_commitment(&commitment, point, *value));
    let mut nothing = Blake2bRead::<_, G1Affine, Challenge255<_>>::init(&[][..]);
    V::new(params)
        .verify_proof(&mut nothing, queries.collect::<Vec<_>>(), empty)
        .err()
        .expect("there is no proof")
}

#[test]
fn two_answers_to_one_question_are_refused() {
    let (one, two) = ([Fr::ONE], [Fr::ONE, Fr::ZERO]);

    let params = ParamsIPA::<G1Affine>::new(K);
    let ask = |values| refusal::<_, VerifierIPA<_>>(&params, params.empty_msm(), values);
    assert!(matches!(ask(&one), Error::SamplingError), "it reads on");
    assert!(matches!(ask(&two), Error::OpeningError), "it does not");

    let params = ParamsKZG::<Bn256>::setup(K, OsRng);
    let ask = |values| refusal::<_, VerifierSHPLONK<_>>(&params, DualMSM::new(&params), values);
    assert!(matches!(ask(&one), Error::SamplingError), "it reads on");
    assert!(matches!(ask(&two), Error::OpeningError), "it does not");
}
