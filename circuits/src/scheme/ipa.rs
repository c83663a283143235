//! IPA over BN254 G1 with generators hashed to the curve.
//!
//! The hash gives the generators `L_j` of *values*, `j ≥ 1`, and `G_0`: a column of values `v` has
//! the commitment `Σ v_j·L_j + r·W`, where `L_0` makes `G_0` the sum of all `L_j`. The generators of
//! coefficients are `G_i = Σ_j ω^(ij)·L_j`. Both lists are invertible linear maps of the hashes, so
//! that a relation between them would be one between hashes; nobody ever computes the `G_i`. A prover multiplies with small values, and `Σ s_i·G_i` is `Σ t_j·L_j` for the values `t`
//! of the polynomial with coefficients `s`.
//!
//! The library's verifier runs on `G_0` alone and leaves the folded generator of each proof to its
//! caller; `Sum` puts those of all proofs together.

use crate::domain::Domain;
use crate::encoding::linear_combination;
use duces_protocol::hash_to_curve::hash_to_curve;
use ff::Field;
use group::prime::PrimeCurveAffine;
use group::{Group, GroupEncoding};
use halo2_proofs::plonk::Error as PlonkError;
use halo2_proofs::poly::commitment::{MSM, Params, Verifier};
use halo2_proofs::poly::ipa::commitment::{IPACommitmentScheme, ParamsIPA};
use halo2_proofs::poly::ipa::msm::MSMIPA;
use halo2_proofs::poly::ipa::multiopen::VerifierIPA;
use halo2_proofs::poly::ipa::strategy::GuardIPA;
use halo2_proofs::poly::{Error as PolyError, VerificationStrategy, VerifierQuery};
use halo2_proofs::transcript::{EncodedChallenge, TranscriptRead};
use halo2curves::bn256::{Fr, G1, G1Affine};
use rand_core::OsRng;
use rayon::prelude::*;

/// Domain of the hash to the curve.
const DOMAIN: &str = "duces/ipa/v1";

/// The scheme as the library has it.
pub type Library = IPACommitmentScheme<G1Affine>;

/// The generator of blinds, `W`.
pub(crate) fn blind_generator() -> G1Affine {
    generator(1, 0)
}

/// The generator of the inner product.
pub(crate) fn product_generator() -> G1Affine {
    generator(2, 0)
}

/// The first generator of coefficients, `G_0`: the sum of all those of values.
fn first_generator() -> G1Affine {
    generator(3, 0)
}

/// The generators of `2^k` values: hashes, but for `L_0`, which makes their sum `G_0`.
pub(crate) fn value_generators(k: u32) -> Vec<G1Affine> {
    let mut values: Vec<G1Affine> = (0..1u32 << k)
        .into_par_iter()
        .map(|i| generator(0, i))
        .collect();
    let others: G1 = values[1..].iter().map(G1Affine::to_curve).sum();
    values[0] = (first_generator().to_curve() - others).into();
    values
}

fn generator(kind: u8, i: u32) -> G1Affine {
    let mut message = [kind; 5];
    message[1..].copy_from_slice(&i.to_le_bytes());
    hash_to_curve(DOMAIN, &message)
}

/// What a verifier needs for `2^k` rows.
pub(crate) struct IpaParams {
    /// The library's parameters: `G_0`, then the identity in place of all further generators.
    library: ParamsIPA<G1Affine>,
    values: Vec<G1Affine>,
    domain: Domain,
}

impl IpaParams {
    /// Derives the generators.
    pub(crate) fn derive(k: u32) -> Self {
        // The library can only read its parameters, point by point, which takes as long as hashing.
        let (values, library) = rayon::join(|| value_generators(k), || library_params(k));
        Self {
            library,
            values,
            domain: Domain::new(k),
        }
    }

    /// The generators of values.
    #[cfg(feature = "prover")]
    pub(crate) fn values(&self) -> &[G1Affine] {
        &self.values
    }

    /// The library's parameters.
    pub(crate) fn library(&self) -> &ParamsIPA<G1Affine> {
        &self.library
    }
}

/// The library's parameters with `G_0` alone.
fn library_params(k: u32) -> ParamsIPA<G1Affine> {
    let mut bytes = k.to_le_bytes().to_vec();
    let identities = std::iter::repeat_n(G1Affine::identity(), (2 << k) - 1);
    let others = [blind_generator(), product_generator()];
    let points = std::iter::once(first_generator()).chain(identities);
    for point in points.chain(others) {
        bytes.extend_from_slice(point.to_bytes().as_ref());
    }
    <ParamsIPA<G1Affine> as Params<G1Affine>>::read(&mut bytes.as_slice())
        .expect("the bytes were written a line above")
}

/// The coefficients of the generators in a folded one: the first challenge folds the halves.
pub(crate) fn folding(scale: Fr, challenges: &[Fr]) -> Vec<Fr> {
    challenges.iter().fold(vec![scale], |weights, challenge| {
        weights.iter().flat_map(|w| [*w, *w * challenge]).collect()
    })
}

/// What is left to check of one proof: `msm − c·G' = 0`, `G'` folded by the challenges.
pub(crate) struct Relation<'params> {
    msm: MSMIPA<'params, G1Affine>,
    challenges: Vec<Fr>,
}

#[cfg(test)]
impl Relation<'_> {
    /// The coefficient of a point of the proof.
    ///
    /// # Panics
    /// When the point is not in the relation.
    pub(crate) fn coefficient(&self, point: &G1Affine) -> Fr {
        use group::Curve;
        let terms = self.msm.bases().into_iter().zip(self.msm.scalars());
        let mut found = terms.filter_map(|(base, scalar)| {
            let base: G1Affine = base.to_affine();
            (base.x == point.x).then(|| if base == *point { scalar } else { -scalar })
        });
        found.next().expect("every point is in the relation")
    }
}

/// A random combination of what is left to check of many proofs.
pub(crate) struct Sum<'params> {
    params: &'params IpaParams,
    msm: MSMIPA<'params, G1Affine>,
    folded: Vec<Fr>,
}

impl<'params> Sum<'params> {
    pub(crate) fn new(params: &'params IpaParams) -> Self {
        Self {
            params,
            msm: params.library.empty_msm(),
            folded: vec![Fr::ZERO; params.values.len()],
        }
    }

    /// Adds one relation; `c` is the last folded coefficient, which the proof ends with.
    pub(crate) fn add(&mut self, mut relation: Relation<'params>, c: Fr) {
        let weight = Fr::random(OsRng);
        relation.msm.scale(weight);
        MSM::add_msm(&mut self.msm, &relation.msm);
        let folding = folding(-c * weight, &relation.challenges);
        for (sum, folded) in self.folded.iter_mut().zip(folding) {
            *sum += folded;
        }
    }

    /// Whether the combination is the identity.
    pub(crate) fn check(&self) -> bool {
        let scalars = self.params.domain.values(&self.folded);
        let sum = linear_combination(&scalars, &self.params.values) + self.msm.eval();
        bool::from(sum.is_identity())
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

/// A strategy that returns what is left to check.
pub(crate) struct Unfinished<'params>(MSMIPA<'params, G1Affine>);

impl<'params> VerificationStrategy<'params, Library, IpaVerifier<'params>> for Unfinished<'params> {
    type Output = Relation<'params>;

    fn new(params: &'params ParamsIPA<G1Affine>) -> Self {
        Self(params.empty_msm())
    }

    fn process(
        self,
        f: impl FnOnce(MSMIPA<'params, G1Affine>) -> Result<GuardIPA<'params, G1Affine>, PlonkError>,
    ) -> Result<Self::Output, PlonkError> {
        // The folded generator is the caller's to add: the identity adds nothing.
        let (msm, accumulator) = f(self.0)?.use_g(G1Affine::identity());
        Ok(Relation {
            msm,
            challenges: accumulator.u_packed,
        })
    }

    fn finalize(self) -> bool {
        self.0.check()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generators_of_coefficients_are_a_map_of_those_of_values() {
        let params = IpaParams::derive(3);
        let omega = crate::domain::root(3);
        let generators: Vec<G1> = (0..8u64)
            .map(|i| {
                let terms = params.values.iter().zip(0u64..);
                terms.map(|(l, j)| l * omega.pow_vartime([i * j])).sum()
            })
            .collect();
        let scalars: Vec<Fr> = (0..8).map(|_| Fr::random(OsRng)).collect();
        let direct: G1 = generators.iter().zip(&scalars).map(|(g, s)| g * s).sum();
        let values = params.domain.values(&scalars);
        assert_eq!(linear_combination(&values, &params.values), direct);
        // What the library is given is the first of them.
        let mut msm = params.library.empty_msm();
        msm.add_constant_term(Fr::ONE);
        assert_eq!(msm.eval(), generators[0]);
    }

    #[test]
    fn folding_follows_the_halves() {
        let [u, v] = [Fr::from(3), Fr::from(5)];
        let weights = [2, 10, 6, 30].map(Fr::from);
        assert_eq!(folding(Fr::from(2), &[u, v]), weights);
    }
}
