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
use halo2_proofs::plonk::{ProvingKey, VerifyingKey, keygen_pk, keygen_vk};
use halo2_proofs::poly::commitment::Params;
use halo2curves::bn256::G1Affine;
use ipa::{IpaParams, Role};
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

/// Parameters of either scheme.
pub(crate) enum SchemeParams {
    Ipa(IpaParams),
    Kzg(kzg::Params),
}

impl SchemeParams {
    /// Parameters for the request's scheme at `2^k` rows.
    pub(crate) fn new(
        request: &Request,
        k: u32,
        srs: Option<&Srs>,
        role: Role<'_>,
    ) -> Result<Self, SetupError> {
        match (request.scheme, srs) {
            (Scheme::Ipa, None) => Ok(Self::Ipa(IpaParams::derive(k, role))),
            (Scheme::Kzg { srs: named }, Some(srs)) => Ok(Self::Kzg(srs.params(named, k)?)),
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
        match self {
            Self::Ipa(params) => verifying_key(params, layout),
            Self::Kzg(params) => verifying_key(params, layout),
        }
    }

    pub(crate) fn proving_key(
        &self,
        layout: &Arc<Layout>,
    ) -> Result<ProvingKey<G1Affine>, SetupError> {
        match self {
            Self::Ipa(params) => proving_key(params, layout),
            Self::Kzg(params) => proving_key(params, layout),
        }
    }
}

fn verifying_key<'a, P: Params<'a, G1Affine> + Sync>(
    params: &P,
    layout: &Arc<Layout>,
) -> Result<VerifyingKey<G1Affine>, SetupError> {
    let circuit = BatchCircuit::keys(Arc::clone(layout));
    keygen_vk(params, &circuit).map_err(|error| SetupError::Keys(error.to_string()))
}

fn proving_key<'a, P: Params<'a, G1Affine> + Sync>(
    params: &P,
    layout: &Arc<Layout>,
) -> Result<ProvingKey<G1Affine>, SetupError> {
    let key = verifying_key(params, layout)?;
    let circuit = BatchCircuit::keys(Arc::clone(layout));
    keygen_pk(params, key, &circuit).map_err(|error| SetupError::Keys(error.to_string()))
}

/// The library's digest of a verifying key.
pub(crate) fn key_digest(key: &VerifyingKey<G1Affine>) -> [u8; 32] {
    key.transcript_repr().to_repr()
}
