//! The secret file `weights` (`[format-weights]`).
//!
//! ```text
//! duces-weights-v1                 16 bytes
//! digest of model.sealed           32 bytes
//! number of weights and biases     4 bytes
//! the weights and biases           8 bytes each, with their sign
//! number of blinds                 4 bytes
//! the blinds τ_j                   32 bytes each
//! ```

use super::SealedClassifier;
use super::architecture::MAX_PARAMETERS;
use crate::bytes::{Malformed, Reader, Writer};
use crate::classifier::Classifier;
use crate::digest::Digest;
use ff::{Field, PrimeField};
use halo2curves::bn256::Fr;
use rand_core::OsRng;
use zeroize::{Zeroize, Zeroizing};

/// First bytes of the file.
pub const MAGIC: &[u8; 16] = b"duces-weights-v1";

/// The largest file, in bytes.
pub const MAX_WEIGHTS_BYTES: usize = 56 + 8 * MAX_PARAMETERS + (32 << 12);

/// The hidden weights and biases of a sealed classifier, and the blinds of the commitments to them.
///
/// Secret: there is no `Debug`, and memory is cleared when it is given back.
pub struct Weights {
    values: Vec<i64>,
    blinds: Vec<Fr>,
}

impl Weights {
    /// Weights in the order of the architecture, with fresh blinds from the operating system for
    /// `rows` rows.
    #[must_use]
    pub fn with_fresh_blinds(values: Vec<i64>, rows: usize) -> Self {
        Self {
            values,
            blinds: (0..rows).map(|_| Fr::random(OsRng)).collect(),
        }
    }

    /// The weights and biases.
    #[must_use]
    pub fn values(&self) -> &[i64] {
        &self.values
    }

    /// The blinds `τ_j`.
    #[must_use]
    pub fn blinds(&self) -> &[Fr] {
        &self.blinds
    }

    /// The bytes of the secret file; `sealed` is the digest of `model.sealed`.
    #[must_use]
    pub fn encode(&self, sealed: Digest) -> Zeroizing<Vec<u8>> {
        let bytes = 56 + 8 * self.values.len() + 32 * self.blinds.len();
        let mut out = Writer::with_capacity(bytes);
        out.raw(MAGIC).raw(&sealed.0).i64s(&self.values);
        out.length(self.blinds.len());
        for blind in &self.blinds {
            let repr = Zeroizing::new(blind.to_repr());
            out.raw(&*repr);
        }
        Zeroizing::new(out.finish())
    }

    /// Reads the secret file of a sealed classifier.
    ///
    /// # Errors
    /// When it is malformed, or belongs to another sealed classifier. Whether the commitments are to
    /// these weights is not checked here.
    pub fn decode(sealed: &SealedClassifier, bytes: &[u8]) -> Result<Self, Malformed> {
        let mut from = Reader::new(bytes);
        if &from.array::<16>()? != MAGIC {
            return Err(Malformed::new("it does not begin with 'duces-weights-v1'"));
        }
        if from.array()? != sealed.digest().0 {
            return Err(Malformed::new(
                "the weights belong to another sealed classifier",
            ));
        }
        let architecture = sealed.architecture();
        let values = from.i64s(MAX_PARAMETERS, "the list of weights")?;
        let mut weights = Self {
            values,
            blinds: Vec::new(),
        };
        let rows = architecture.rows().present;
        let count = from.length(rows, 32, "the list of blinds")?;
        if count != rows || weights.values.len() != architecture.parameters() {
            return Err(Malformed::new(
                "it has more or fewer weights than its model",
            ));
        }
        for _ in 0..count {
            let repr = Zeroizing::new(from.array::<32>()?);
            let blind: Option<Fr> = Fr::from_repr(*repr).into();
            let blind = blind.ok_or_else(|| Malformed::new("a blind is not a canonical scalar"))?;
            weights.blinds.push(blind);
        }
        from.finish()?;
        Ok(weights)
    }

    /// The classifier with these weights.
    ///
    /// # Errors
    /// When they do not fit the architecture, or its bounds do not hold.
    pub fn classifier(&self, sealed: &SealedClassifier) -> Result<Classifier, Malformed> {
        let classifier = sealed.architecture().open(&self.values);
        classifier.map_err(|error| Malformed::new(format!("the weights do not fit: {error}")))
    }
}

impl Drop for Weights {
    fn drop(&mut self) {
        self.values.zeroize();
        for blind in &mut self.blinds {
            *blind = Fr::ZERO;
        }
        std::hint::black_box(&self.blinds);
    }
}
