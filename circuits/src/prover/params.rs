//! What a prover multiplies with: the bases of commitments to values.

use super::msm::FixedBases;
use super::polynomial::Polynomial;
use super::transform::Transform;
use crate::scheme::{SchemeParams, ipa};
use group::prime::PrimeCurveAffine;
use halo2_proofs::arithmetic::g_to_lagrange;
use halo2_proofs::poly::commitment::ParamsProver;
use halo2curves::bn256::{Fr, G1, G1Affine};

/// How columns are opened.
#[derive(Clone, Copy, Debug)]
pub(super) enum Opener {
    /// The inner-product argument, with the generator of the product.
    Ipa { product: G1Affine },
    /// SHPLONK.
    Kzg,
}

/// The bases with their multiples, and the transforms of as many values.
pub(super) struct ProverParams {
    pub values: FixedBases,
    pub transform: Transform,
    /// The generator of blinds; the identity where commitments are not hiding.
    pub blind: G1Affine,
    pub opener: Opener,
}

impl ProverParams {
    /// Prepares the bases for `2^k` values.
    pub(super) fn new(params: &SchemeParams, k: u32) -> Self {
        let (values, blind, opener) = match params {
            SchemeParams::Ipa(params) => {
                let product = ipa::product_generator();
                let opener = Opener::Ipa { product };
                (
                    FixedBases::new(params.values()),
                    ipa::blind_generator(),
                    opener,
                )
            }
            SchemeParams::Kzg(params) => {
                let powers = params.get_g().iter().map(G1Affine::to_curve).collect();
                let values = FixedBases::new(&g_to_lagrange(powers, k));
                (values, G1Affine::identity(), Opener::Kzg)
            }
        };
        Self {
            values,
            transform: Transform::new(k),
            blind,
            opener,
        }
    }

    /// Commits to a polynomial.
    pub(super) fn commit(&self, polynomial: &Polynomial) -> G1 {
        self.multiply(&polynomial.coefficients) + self.blind * polynomial.blind
    }

    /// `Σ coefficients[i]·G_i`, on all cores.
    pub(super) fn multiply(&self, coefficients: &[Fr]) -> G1 {
        self.values
            .multiply(&self.transform.domain.values(coefficients))
    }
}
