//! What a prover multiplies with: the bases of commitments to values.

use super::msm::FixedBases;
use super::polynomial::Polynomial;
use super::transform::Transform;
use crate::scheme::{SchemeParams, ipa};
use duces_arithmetic::Engine;
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
    /// How field elements are worked on.
    pub engine: Engine,
    pub values: FixedBases,
    pub transform: Transform,
    /// The generator of blinds; the identity where commitments are not hiding.
    pub blind: G1Affine,
    pub opener: Opener,
}

impl ProverParams {
    /// Prepares the bases for `2^k` values.
    pub(super) fn new(engine: Engine, params: &SchemeParams, k: u32) -> Self {
        let (values, blind, opener) = match params {
            SchemeParams::Ipa(params) => {
                let product = ipa::product_generator();
                let opener = Opener::Ipa { product };
                (
                    FixedBases::new(engine, params.values()),
                    ipa::blind_generator(),
                    opener,
                )
            }
            SchemeParams::Kzg(params) => {
                let powers = params.get_g().iter().map(G1Affine::to_curve).collect();
                let values = FixedBases::new(engine, &g_to_lagrange(powers, k));
                (values, G1Affine::identity(), Opener::Kzg)
            }
        };
        Self {
            engine,
            values,
            transform: Transform::new(engine, k),
            blind,
            opener,
        }
    }

    /// The same on another engine.
    #[cfg(test)]
    pub(super) fn on(&self, engine: Engine, k: u32) -> Self {
        Self {
            engine,
            values: self.values.on(engine),
            transform: Transform::new(engine, k),
            blind: self.blind,
            opener: self.opener,
        }
    }

    /// Commits to a polynomial.
    pub(super) fn commit(&self, polynomial: &Polynomial) -> G1 {
        self.multiply(&polynomial.coefficients) + self.blind * polynomial.blind
    }

    /// `Σ coefficients[i]·G_i`, on all cores.
    pub(super) fn multiply(&self, coefficients: &[Fr]) -> G1 {
        self.values.multiply(&self.transform.values(coefficients))
    }
}

/// Every engine that this processor has.
#[cfg(test)]
pub(super) fn engines() -> Vec<Engine> {
    let ifma = Engine::ifma();
    if ifma.is_none() {
        println!("not tested with AVX-512 IFMA, which this processor does not have");
    }
    let mut engines = vec![Engine::scalar(), Engine::portable()];
    engines.extend(ifma);
    engines
}
