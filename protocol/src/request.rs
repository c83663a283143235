//! The request: one file that names the commitment it is directed at, the view, the classifier
//! and the rule for a match.
//!
//! It is the whole of what the requesting party asks: all three parties read these bytes, and
//! their digest is bound into every proof (`[format-request]`).

use crate::answers::{AnswerForm, AnswerKind};
use crate::bytes::{Malformed, Reader, Writer};
use crate::classifier::{Classifier, Shape};
use crate::digest::{Digest, TaggedHash};
use crate::sealed::SealedClassifier;
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

/// What a request asks about: a public classifier, or a sealed one.
pub trait Subject: Sized {
    /// The byte of its kind in a request.
    fn kind(&self) -> u8;

    /// Its canonical bytes.
    fn encode(&self) -> Vec<u8>;

    /// Reads them, given the byte of the kind.
    ///
    /// # Errors
    /// When the kind is another one, or the bytes are malformed.
    fn decode(kind: u8, bytes: &[u8]) -> Result<Self, Malformed>;

    /// Checks that it fits what else the request says.
    ///
    /// # Errors
    /// When the view, or for a sealed classifier rule or model, is another one.
    fn check(&self, view: View, rule: &str, model: Digest) -> Result<(), Malformed>;
}

/// The kind of a sealed classifier; public ones have that of their answers.
const SEALED: u8 = 3;

impl Subject for Classifier {
    fn kind(&self) -> u8 {
        self.answers().to_byte()
    }

    fn encode(&self) -> Vec<u8> {
        self.encode()
    }

    fn decode(kind: u8, bytes: &[u8]) -> Result<Self, Malformed> {
        Self::decode_answering(AnswerKind::from_byte(kind)?, bytes)
    }

    fn check(&self, view: View, _: &str, _: Digest) -> Result<(), Malformed> {
        if self.input_len() == view.byte_len() {
            return Ok(());
        }
        Err(Malformed::new(format!(
            "the classifier reads {} bytes, {view} has {}",
            self.input_len(),
            view.byte_len()
        )))
    }
}

impl Subject for SealedClassifier {
    fn kind(&self) -> u8 {
        SEALED
    }

    fn encode(&self) -> Vec<u8> {
        self.encode()
    }

    fn decode(kind: u8, bytes: &[u8]) -> Result<Self, Malformed> {
        if kind == SEALED {
            Self::decode(bytes)
        } else {
            Err(Malformed::new("its classifier is not sealed"))
        }
    }

    fn check(&self, view: View, rule: &str, model: Digest) -> Result<(), Malformed> {
        if self.view() == view && self.rule() == rule && self.digest() == model {
            return Ok(());
        }
        Err(Malformed::new(
            "view, rule or model digest are not those of its sealed classifier",
        ))
    }
}

/// A request for production. `C` is [`Classifier`] or [`SealedClassifier`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Request<C = Classifier> {
    /// Digest of the commitment that the request is directed at.
    pub commitment: Digest,
    /// The view that the classifier reads.
    pub view: View,
    /// The commitment scheme of the proofs.
    pub scheme: Scheme,
    /// The rule as the requesting party wrote it: for a match, or for an answer. The classifier
    /// computes it. A sealed classifier brings its own.
    pub rule: String,
    /// SHA-256 of the model file that the classifier was made from, for the parties' records; of a
    /// sealed classifier, its digest.
    pub model: Digest,
    /// The classifier, decision included.
    pub classifier: C,
}

impl Request {
    /// Reads the canonical byte form of a request for matches by a public classifier; checks
    /// structure and bounds again. [`AnyRequest::decode`] reads every kind.
    ///
    /// # Errors
    /// When the bytes are malformed or the classifier is refused, or the request is of another kind.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let (head, kind, body) = Head::read(bytes)?;
        if kind != AnswerKind::Match.to_byte() {
            return Err(Malformed::new(
                "it does not ask for matches by a public classifier",
            ));
        }
        head.with(kind, body)
    }
}

impl Request<SealedClassifier> {
    /// A request for the answers of a sealed classifier, directed at a commitment.
    #[must_use]
    pub fn sealed(commitment: Digest, scheme: Scheme, classifier: SealedClassifier) -> Self {
        Self {
            commitment,
            view: classifier.view(),
            scheme,
            rule: classifier.rule().to_owned(),
            model: classifier.digest(),
            classifier,
        }
    }
}

/// A request of either kind, for a program that takes both.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AnyRequest {
    /// The classifier is public.
    Public(Box<Request>),
    /// The classifier is sealed.
    Sealed(Box<Request<SealedClassifier>>),
}

impl AnyRequest {
    /// Reads the canonical byte form of a request of either kind.
    ///
    /// # Errors
    /// As [`Request::decode`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let (head, kind, body) = Head::read(bytes)?;
        if kind == SEALED {
            Ok(Self::Sealed(Box::new(head.with(kind, body)?)))
        } else {
            Ok(Self::Public(Box::new(head.with(kind, body)?)))
        }
    }

    /// Digest of the canonical byte form.
    #[must_use]
    pub fn digest(&self) -> Digest {
        match self {
            Self::Public(request) => request.digest(),
            Self::Sealed(request) => request.digest(),
        }
    }

    /// Digest of the commitment that the request is directed at.
    #[must_use]
    pub fn commitment(&self) -> Digest {
        match self {
            Self::Public(request) => request.commitment,
            Self::Sealed(request) => request.commitment,
        }
    }

    /// The view that the classifier reads.
    #[must_use]
    pub fn view(&self) -> View {
        match self {
            Self::Public(request) => request.view,
            Self::Sealed(request) => request.view,
        }
    }

    /// The commitment scheme of the proofs.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        match self {
            Self::Public(request) => request.scheme,
            Self::Sealed(request) => request.scheme,
        }
    }

    /// The rule for a match or for an answer.
    #[must_use]
    pub fn rule(&self) -> &str {
        match self {
            Self::Public(request) => &request.rule,
            Self::Sealed(request) => &request.rule,
        }
    }

    /// Digest of the model's file, or of the sealed classifier.
    #[must_use]
    pub fn model(&self) -> Digest {
        match self {
            Self::Public(request) => request.model,
            Self::Sealed(request) => request.model,
        }
    }

    /// Digest of the classifier.
    #[must_use]
    pub fn classifier_digest(&self) -> Digest {
        match self {
            Self::Public(request) => request.classifier.digest(),
            Self::Sealed(request) => request.classifier.digest(),
        }
    }

    /// Which answers are well formed.
    #[must_use]
    pub fn answer_form(&self) -> AnswerForm {
        match self {
            Self::Public(request) => request.classifier.answer_form(),
            Self::Sealed(request) => request.classifier.architecture().answer_form(),
        }
    }
}

/// What stands before the classifier.
struct Head {
    commitment: Digest,
    view: View,
    scheme: Scheme,
    rule: String,
    model: Digest,
}

impl Head {
    /// Reads a request up to its classifier: the head, the kind, and the classifier's bytes.
    fn read(bytes: &[u8]) -> Result<(Self, u8, &[u8]), Malformed> {
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
        let kind = from.u8()?;
        let body = from.take(from.remaining())?;
        let head = Self {
            commitment,
            view,
            scheme,
            rule,
            model,
        };
        Ok((head, kind, body))
    }

    fn with<C: Subject>(self, kind: u8, body: &[u8]) -> Result<Request<C>, Malformed> {
        let classifier = C::decode(kind, body)?;
        classifier.check(self.view, &self.rule, self.model)?;
        Ok(Request {
            commitment: self.commitment,
            view: self.view,
            scheme: self.scheme,
            rule: self.rule,
            model: self.model,
            classifier,
        })
    }
}

impl<C: Subject> Request<C> {
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
        out.u8(self.classifier.kind());
        out.finish()
    }

    /// Digest of the canonical byte form: the request's name in proofs and reports.
    #[must_use]
    pub fn digest(&self) -> Digest {
        TaggedHash::new("duces/request/v1")
            .pieces(&[&self.head(), &self.classifier.encode()])
            .finish()
    }
}
