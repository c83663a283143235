//! KZG over BN254 with a ceremony file, in the library's format or as a `.ptau` file (`ptau`).
//!
//! The file is read only when its SHA-256 is the one that the request names, and is checked to be
//! a list of consecutive powers. That its trapdoor is unknown is the ceremony's merit: nothing in
//! the file can show it.
//!
//! Commitments have no blinds here: a column hides behind its blinding rows. At a point of the
//! columns' domain a polynomial is a cell, and no other row counts, so that whoever made the file
//! would read that cell of every column. Such a file is refused.

mod ptau;

use super::SetupError;
use crate::layout::Dimensions;
use duces_protocol::digest::Digest;
use ff::Field;
use group::Curve;
use group::cofactor::CofactorGroup;
use group::prime::PrimeCurveAffine;
use halo2_proofs::SerdeFormat;
use halo2_proofs::arithmetic::best_multiexp;
use halo2_proofs::poly::commitment::{Params as _, ParamsProver as _};
use halo2_proofs::poly::kzg::commitment::ParamsKZG;
use halo2curves::bn256::{Bn256, Fr, G1Affine, G2Affine, pairing};
use rand_core::OsRng;
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Parameters of the scheme.
pub type Params = ParamsKZG<Bn256>;

/// The largest ceremony that is read: `2^22` powers.
const MAX_K: u32 = 22;

/// A ceremony file whose digest was compared.
pub struct Srs {
    path: PathBuf,
    digest: Digest,
    params: Params,
}

impl Srs {
    /// Reads a ceremony file and compares its SHA-256 with the expected one.
    ///
    /// # Errors
    /// When it cannot be read, has another digest, or does not hold consecutive powers.
    pub fn read(path: &Path, expected: Digest) -> Result<Self, SetupError> {
        let refused = |reason: &str| SetupError::SrsRefused {
            path: path.to_owned(),
            reason: reason.to_owned(),
        };
        let unreadable = |error: io::Error| SetupError::SrsUnreadable {
            path: path.to_owned(),
            reason: error.to_string(),
        };
        let mut file = File::open(path).map_err(unreadable)?;
        let mut hash = Sha256::new();
        io::copy(&mut file, &mut hash).map_err(unreadable)?;
        let digest = Digest(hash.finalize().into());
        if digest != expected {
            return Err(refused("its SHA-256 is not the one that the request names"));
        }
        let params = read(&mut file)
            .map_err(unreadable)?
            .map_err(|reason| refused(&reason))?;
        if !consecutive_powers(&params) {
            return Err(refused("it does not hold consecutive powers of one number"));
        }
        if is_root_of_unity(&params) {
            return Err(refused(
                "its number is a root of unity, which hides nothing",
            ));
        }
        Ok(Self {
            path: path.to_owned(),
            digest,
            params,
        })
    }

    /// Parameters for `2^k` rows.
    pub(crate) fn params(&self, named: Digest, k: u32) -> Result<Params, SetupError> {
        let refused = |reason: String| SetupError::SrsRefused {
            path: self.path.clone(),
            reason,
        };
        if self.digest != named {
            return Err(refused(
                "its SHA-256 is not the one that the request names".to_owned(),
            ));
        }
        if self.params.k() < k {
            return Err(refused(format!(
                "it has 2^{} powers, the circuit needs 2^{k}",
                self.params.k()
            )));
        }
        // The Lagrange basis of the file is not used: it is made from the powers.
        let g = self.params.get_g()[..1 << k].to_vec();
        Ok(self
            .params
            .from_parts(k, g, None, self.params.g2(), self.params.s_g2()))
    }
}

/// Reads a file of either form.
fn read(file: &mut File) -> io::Result<Result<Params, String>> {
    let mut first = [0; 4];
    let length = file.seek(SeekFrom::End(0))?;
    if length < 4 {
        return Ok(Err("it is empty".to_owned()));
    }
    file.seek(SeekFrom::Start(0))?;
    file.read_exact(&mut first)?;
    if first == *ptau::MAGIC {
        let powers = ptau::read(file, *Dimensions::COLUMN_BITS.end())?;
        return Ok(powers.map(of_powers).map_err(str::to_owned));
    }
    let k = u32::from_le_bytes(first);
    if !(1..=MAX_K).contains(&k) {
        return Ok(Err(
            "it does not begin with a size that is supported".to_owned()
        ));
    }
    if length != 4 + (1 << k) * 2 * 64 + 2 * 128 {
        return Ok(Err("its length does not fit its size".to_owned()));
    }
    file.seek(SeekFrom::Start(0))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let params = Params::read_custom(&mut bytes.as_slice(), SerdeFormat::RawBytes);
    Ok(params.map_err(|error| format!("it is malformed ({error})")))
}

/// Parameters of powers; those that they begin with are replaced one and all.
fn of_powers(powers: ptau::Powers) -> Params {
    let [one, s] = powers.g2;
    Params::setup(1, OsRng).from_parts(powers.k, powers.g, None, one, s)
}

/// `e(Σ r_i·g_{i+1}, [1]) = e(Σ r_i·g_i, [s])` for random `r`; `[s]` is in the group of prime order, and
/// `s` is neither 0 nor 1.
fn consecutive_powers(params: &Params) -> bool {
    let g = params.get_g();
    let r: Vec<Fr> = (1..g.len()).map(|_| Fr::random(OsRng)).collect();
    let low = best_multiexp(&r, &g[..g.len() - 1]).to_affine();
    let high = best_multiexp(&r, &g[1..]).to_affine();
    let (one, s) = (params.g2(), params.s_g2());
    g[0] == G1Affine::generator()
        && one == G2Affine::generator()
        && bool::from(s.to_curve().is_torsion_free())
        && !bool::from(s.is_identity())
        && s != one
        && pairing(&high, &one) == pairing(&low, &s)
}

/// `s^(2^k) = 1`: then `s` is a point of some column's domain.
fn is_root_of_unity(params: &Params) -> bool {
    let last = params.get_g()[params.get_g().len() - 1];
    let (one, s) = (params.g2(), params.s_g2());
    pairing(&last, &s) == pairing(&G1Affine::generator(), &one)
}
