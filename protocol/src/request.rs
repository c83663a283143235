//! The request: one file that names the commitment it is directed at, the view, the classifier
//! and the rule for a match.
//!
//! It is the whole of what the requesting party asks: all three parties read these bytes, and
//! their digest is bound into every proof (`[format-request]`).

use crate::bytes::{Malformed, Reader, Writer};
use crate::classifier::Classifier;
use crate::digest::{Digest, TaggedHash};
use crate::view::View;

/// First bytes of a request file.
pub const MAGIC: &[u8; 16] = b"duces-request-v1";

/// The largest request file, in bytes: the largest classifier, and what stands before it.
pub const MAX_BYTES: usize = crate::classifier::limits::BYTES + (1 << 13);

/// The polynomial commitment scheme of the proofs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scheme {
    /// Inner-product argument over BN254 G1: no trusted setup.
    Ipa,
    /// KZG over BN254 with the ceremony file of this SHA-256 digest, which the parties agreed on.
    Kzg {
        /// SHA-256 of the file.
        srs: Digest,
    },
}

/// A request for production.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Request {
    /// Digest of the commitment that the request is directed at.
    pub commitment: Digest,
    /// The view that the classifier reads.
    pub view: View,
    /// The commitment scheme of the proofs.
    pub scheme: Scheme,
    /// The rule for a match as the requesting party wrote it. The classifier computes it.
    pub rule: String,
    /// SHA-256 of the model file that the classifier was made from, for the parties' records.
    pub model: Digest,
    /// The classifier, decision included.
    pub classifier: Classifier,
}

impl Request {
    /// The canonical byte form.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = self.head();
        out.extend_from_slice(&self.classifier.encode());
        out
    }

    /// What stands before the classifier.
    fn head(&self) -> Vec<u8> {
        let mut out = Writer::new();
        out.raw(MAGIC)
            .raw(&self.commitment.0)
            .string(&self.view.to_string());
        match self.scheme {
            Scheme::Ipa => out.u8(0),
            Scheme::Kzg { srs } => out.u8(1).raw(&srs.0),
        };
        out.string(&self.rule).raw(&self.model.0);
        out.finish()
    }

    /// Reads the canonical byte form; checks the classifier's structure and bounds again.
    ///
    /// # Errors
    /// When the bytes are malformed or the classifier is refused.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut from = Reader::new(bytes);
        if &from.array::<16>()? != MAGIC {
            return Err(Malformed::new("it does not begin with 'duces-request-v1'"));
        }
        let commitment = Digest(from.array()?);
        let view: View = from.string(64, "the view's name")?.parse()?;
        let scheme = match from.u8()? {
            0 => Scheme::Ipa,
            1 => Scheme::Kzg {
                srs: Digest(from.array()?),
            },
            other => {
                return Err(Malformed::new(format!(
                    "{other} is not a commitment scheme"
                )));
            }
        };
        let rule = from.string(4096, "the match rule")?;
        let model = Digest(from.array()?);
        let classifier = Classifier::decode(from.take(from.remaining())?)?;
        if classifier.input_len() != view.byte_len() {
            return Err(Malformed::new(format!(
                "the classifier reads {} bytes, {view} has {}",
                classifier.input_len(),
                view.byte_len()
            )));
        }
        Ok(Self {
            commitment,
            view,
            scheme,
            rule,
            model,
            classifier,
        })
    }

    /// Digest of the canonical byte form: the request's name in proofs and reports.
    #[must_use]
    pub fn digest(&self) -> Digest {
        TaggedHash::new("duces/request/v1")
            .pieces(&[&self.head(), &self.classifier.encode()])
            .finish()
    }
}
