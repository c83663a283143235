//! The polynomial commitment schemes behind the proofs: IPA, transparent and the default, and KZG
//! with a ceremony file that the parties name by its digest.
//!
//! Under both, instance columns enter the transcript as scalars and are evaluated by the verifier:
//! no commitment to them is needed.

pub mod ipa;
pub mod kzg;

pub use kzg::Srs;

use crate::circuit::BatchCircuit;
use crate::layout::{Layout, LayoutError};
use duces_protocol::request::Scheme;
use ff::PrimeField;
use halo2_proofs::plonk::{VerifyingKey, keygen_vk};
use halo2curves::bn256::G1Affine;
use ipa::IpaParams;
use std::path::PathBuf;
use std::sync::Arc;
use thiserror::Error;

/// Why keys could not be made.
#[derive(Debug, Error)]
pub enum SetupError {
    /// The classifier does not fit the width.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// The request names a ceremony file and none was given, or the reverse.
    #[error("{0}")]
    Scheme(&'static str),
    /// The ceremony file cannot be read.
    #[error("the ceremony file {path} cannot be read: {reason}", path = path.display())]
    SrsUnreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The ceremony file is not the one that the parties named, or is not a ceremony's result.
    #[error("the ceremony file {path} is refused: {reason}", path = path.display())]
    SrsRefused {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The circuit's keys could not be made.
    #[error("the keys of the circuit could not be made: {0}")]
    Keys(String),
}

/// Parameters of either scheme: what a verifier needs.
pub(crate) enum SchemeParams {
    Ipa(Box<IpaParams>),
    Kzg(Box<kzg::Params>),
}

impl SchemeParams {
    /// Parameters for the request's scheme at `2^k` rows.
    pub(crate) fn new(scheme: Scheme, k: u32, srs: Option<&Srs>) -> Result<Self, SetupError> {
        match (scheme, srs) {
            (Scheme::Ipa, None) => Ok(Self::Ipa(Box::new(IpaParams::derive(k)))),
            (Scheme::Kzg { srs: named }, Some(srs)) => {
                Ok(Self::Kzg(Box::new(srs.params(named, k)?)))
            }
            (Scheme::Ipa, Some(_)) => Err(SetupError::Scheme(
                "the request uses the scheme 'ipa', which has no ceremony file",
            )),
            (Scheme::Kzg { .. }, None) => Err(SetupError::Scheme(
                "the request uses the scheme 'kzg' and no ceremony file was given",
            )),
        }
    }

    pub(crate) fn verifying_key(
        &self,
        layout: &Arc<Layout>,
    ) -> Result<VerifyingKey<G1Affine>, SetupError> {
        let circuit = BatchCircuit::new(Arc::clone(layout));
        let key = match self {
            Self::Ipa(params) => keygen_vk(params.library(), &circuit),
            Self::Kzg(params) => keygen_vk(params.as_ref(), &circuit),
        };
        let key = key.map_err(|error| SetupError::Keys(error.to_string()))?;
        binds_nothing_fixed(&key)?;
        Ok(key)
    }
}

/// Refuses a key that commits to fixed columns or a permutation: the parameters of IPA hold one
/// generator, so that such a commitment would bind nothing. The circuit has neither.
fn binds_nothing_fixed(key: &VerifyingKey<G1Affine>) -> Result<(), SetupError> {
    let fixed = key.fixed_commitments().len();
    let permuted = key.permutation().commitments().len();
    if fixed + permuted == 0 {
        Ok(())
    } else {
        let what = format!("{fixed} fixed and {permuted} permuted columns would not be bound");
        Err(SetupError::Keys(what))
    }
}

/// The library's digest of a verifying key.
pub(crate) fn key_digest(key: &VerifyingKey<G1Affine>) -> [u8; 32] {
    key.transcript_repr().to_repr()
}

#[cfg(test)]
mod tests {
    use super::*;
    use halo2_proofs::circuit::{Layouter, SimpleFloorPlanner};
    use halo2_proofs::plonk::{Circuit, Column, ConstraintSystem, Error, Fixed};
    use halo2_proofs::poly::Rotation;
    use halo2curves::bn256::Fr;

    /// A circuit with a fixed column that holds one number in its first rows.
    #[derive(Clone, Default)]
    struct WithFixed(u64);

    impl Circuit<Fr> for WithFixed {
        type Config = Column<Fixed>;
        type FloorPlanner = SimpleFloorPlanner;
        type Params = ();

        fn without_witnesses(&self) -> Self {
            self.clone()
        }

        fn configure(meta: &mut ConstraintSystem<Fr>) -> Column<Fixed> {
            let column = meta.fixed_column();
            meta.create_gate("a bit", |meta| {
                let bit = meta.query_fixed(column, Rotation::cur());
                vec![bit.clone() * bit.clone() - bit]
            });
            column
        }

        fn synthesize(
            &self,
            column: Column<Fixed>,
            mut layouter: impl Layouter<Fr>,
        ) -> Result<(), Error> {
            layouter.assign_region(
                || "fixed",
                |mut region| {
                    for row in 0..5 {
                        region.assign_fixed(column, row, Fr::from(self.0));
                    }
                    Ok(())
                },
            )
        }
    }

    #[test]
    fn a_key_with_a_fixed_column_is_refused() {
        let params = IpaParams::derive(5);
        let keys = [0, 1].map(|cell| keygen_vk(params.library(), &WithFixed(cell)).unwrap());
        // Why: columns of zeros and of ones have the same key.
        assert_eq!(key_digest(&keys[0]), key_digest(&keys[1]));
        for key in &keys {
            let refused = binds_nothing_fixed(key).unwrap_err().to_string();
            assert!(refused.contains("1 fixed and 0 permuted"), "{refused}");
        }
    }
}
