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
use duces_protocol::request::{Request, Scheme};
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
    pub(crate) fn new(request: &Request, k: u32, srs: Option<&Srs>) -> Result<Self, SetupError> {
        match (request.scheme, srs) {
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
        let circuit = BatchCircuit::keys(Arc::clone(layout));
        let key = match self {
            Self::Ipa(params) => keygen_vk(params.library(), &circuit),
            Self::Kzg(params) => keygen_vk(params.as_ref(), &circuit),
        };
        key.map_err(|error| SetupError::Keys(error.to_string()))
    }
}

/// The library's digest of a verifying key.
pub(crate) fn key_digest(key: &VerifyingKey<G1Affine>) -> [u8; 32] {
    key.transcript_repr().to_repr()
}
