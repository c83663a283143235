//! A request that this party can answer: with its classifier, all weights included.

use crate::failures::setup_failed;
use duces_circuits::encoding::linear_combination;
use duces_circuits::prover::sealed::OwnerError;
use duces_circuits::{Context, Dimensions, Prover, Srs, Verifier};
use duces_protocol::answers::{Answer, AnswerForm, AnswerKind};
use duces_protocol::classifier::Classifier;
use duces_protocol::classifier::adjoint::to_field;
use duces_protocol::digest::Digest;
use duces_protocol::pedersen;
use duces_protocol::request::{self, AnyRequest, Request, Scheme};
use duces_protocol::sealed::{Generators, MAX_WEIGHTS_BYTES, SealedClassifier, Weights};
use duces_protocol::view::View;
use duces_shell::{Failure, read, shown};
use ff::Field;
use halo2curves::bn256::Fr;
use rand_core::OsRng;
use std::path::Path;
use zeroize::Zeroizing;

/// A request, and what this party knows of its classifier.
pub struct Asked {
    request: AnyRequest,
    digest: Digest,
    form: AnswerForm,
    own: Option<Own>,
}

/// What the owner of a sealed classifier knows of it.
struct Own {
    weights: Weights,
    classifier: Classifier,
}

impl Asked {
    /// Reads a request, and the weights where it names a sealed model.
    ///
    /// # Errors
    /// When a file cannot be read or is malformed, weights are missing or not asked for, or they are
    /// not those that the sealed model commits to.
    pub fn read(path: &Path, weights: Option<&Path>) -> Result<Self, Failure> {
        let bytes = read::named(path, request::MAX_BYTES as u64, "request")?;
        let request = AnyRequest::decode(&bytes).map_err(|error| {
            Failure::refused(
                format!("{} is not a request: {error}", shown(path)),
                "ask the requesting party for the file again",
            )
        })?;
        drop(bytes);
        let own = match (&request, weights) {
            (AnyRequest::Public(_), None) => None,
            (AnyRequest::Public(_), Some(_)) => {
                return Err(Failure::unable(
                    "the request's classifier is public: it has no weights of yours",
                    "repeat the command without --weights",
                ));
            }
            (AnyRequest::Sealed(_), None) => {
                return Err(Failure::unable(
                    "the request names a sealed model, and its weights are not given",
                    "give the file that 'responder seal' wrote with --weights SEALED/weights",
                ));
            }
            (AnyRequest::Sealed(request), Some(path)) => Some(Own::read(request, path)?),
        };
        Ok(Self {
            digest: request.digest(),
            form: request.answer_form(),
            request,
            own,
        })
    }

    /// The classifier, with all its weights.
    pub fn classifier(&self) -> &Classifier {
        match (&self.request, &self.own) {
            (AnyRequest::Public(request), _) => &request.classifier,
            (AnyRequest::Sealed(_), own) => {
                let own = own.as_ref();
                &own.expect("a sealed request is read with its weights")
                    .classifier
            }
        }
    }

    /// What is answered.
    pub fn kind(&self) -> AnswerKind {
        self.form.kind()
    }

    /// Which answers are well formed.
    pub fn form(&self) -> &AnswerForm {
        &self.form
    }

    /// The answer for a view.
    pub fn answer(&self, view: &[u8]) -> Answer {
        let outputs = self.classifier().answer(view);
        Answer::of_outputs(self.kind(), &outputs)
            .expect("the last table of a classifier yields answers of its kind")
    }

    /// Digest of the commitment that the request is directed at.
    pub fn commitment(&self) -> Digest {
        self.request.commitment()
    }

    /// Digest of the request.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The view that the classifier reads.
    pub fn view(&self) -> View {
        self.request.view()
    }

    /// The commitment scheme of the proofs.
    pub fn scheme(&self) -> Scheme {
        self.request.scheme()
    }

    /// What every proof is bound to.
    pub fn context(&self) -> Context {
        Context {
            commitment: self.commitment(),
            request: self.digest,
        }
    }

    /// What checks the proofs.
    ///
    /// # Errors
    /// When the dimensions or the ceremony file do not fit.
    pub fn verifier(&self, dimensions: Dimensions, srs: Option<&Srs>) -> Result<Verifier, Failure> {
        Verifier::any(&self.request, self.context(), dimensions, srs).map_err(setup_failed)
    }

    /// What makes the proofs.
    ///
    /// # Errors
    /// As [`Self::verifier`].
    pub fn prover(&self, dimensions: Dimensions, srs: Option<&Srs>) -> Result<Prover, Failure> {
        let context = self.context();
        match (&self.request, &self.own) {
            (AnyRequest::Sealed(request), Some(own)) => {
                Prover::sealed(request, &own.weights, context, dimensions, srs).map_err(|error| {
                    match error {
                        OwnerError::Setup(error) => setup_failed(error),
                        OwnerError::Weights(why) => refused(&why),
                    }
                })
            }
            (AnyRequest::Sealed(_), None) => Err(refused("there are none")),
            (AnyRequest::Public(request), _) => {
                Prover::new(request, context, dimensions, srs).map_err(setup_failed)
            }
        }
    }
}

impl Own {
    fn read(request: &Request<SealedClassifier>, path: &Path) -> Result<Self, Failure> {
        let sealed = &request.classifier;
        let bytes = Zeroizing::new(read::named(
            path,
            MAX_WEIGHTS_BYTES as u64,
            "file of weights",
        )?);
        let here = |why: String| refused(&format!("{}: {why}", shown(path)));
        let weights = Weights::decode(sealed, &bytes).map_err(|error| here(error.to_string()))?;
        if !commits_to(sealed, &weights) {
            return Err(here("the sealed model does not commit to them".to_owned()));
        }
        let classifier = weights.classifier(sealed);
        let classifier = classifier.map_err(|error| here(error.to_string()))?;
        Ok(Self {
            weights,
            classifier,
        })
    }
}

fn refused(why: &str) -> Failure {
    Failure::refused(
        format!("the weights of the sealed model are refused: {why}"),
        "give the weights that 'responder seal' wrote beside the model.sealed of this request",
    )
}

/// Whether the commitments are to these weights: one random combination of all rows.
fn commits_to(sealed: &SealedClassifier, weights: &Weights) -> bool {
    let len = sealed.architecture().rows().len;
    let base = Fr::random(OsRng);
    let mut factors = Vec::new();
    let mut row = vec![Fr::ZERO; len];
    let (mut factor, mut blind) = (Fr::ONE, Fr::ZERO);
    for (values, own) in weights.values().chunks(len).zip(weights.blinds()) {
        for (sum, value) in row.iter_mut().zip(values) {
            *sum += factor * to_field::<Fr>(*value);
        }
        blind += factor * own;
        factors.push(factor);
        factor *= base;
    }
    let committed = linear_combination(&factors, sealed.commitments());
    let w = pedersen::Generators::derive(0).w;
    committed == linear_combination(&row, &Generators::derive(len).s) + w * blind
}
