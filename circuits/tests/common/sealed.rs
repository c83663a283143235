//! Sealed classifiers for the tests.

use super::{Corpus, dimensions};
use duces_circuits::prover::sealed::seal;
use duces_circuits::{AnsweredItem, Context, Dimensions, ProofError, Prover, Verifier};
use duces_protocol::answers::Answer;
use duces_protocol::classifier::Classifier;
use duces_protocol::digest::Digest;
use duces_protocol::request::{Request, Scheme};
use duces_protocol::sealed::{SealedClassifier, Weights};

/// A classifier, sealed, with both sides' keys.
pub struct Sealed {
    pub classifier: Classifier,
    pub request: Request<SealedClassifier>,
    pub weights: Weights,
    pub context: Context,
    pub dimensions: Dimensions,
    pub prover: Prover,
    pub verifier: Verifier,
}

impl Sealed {
    pub fn new(classifier: Classifier, bits: u32) -> Self {
        let dimensions = dimensions(&classifier, bits);
        Self::at(classifier, dimensions)
    }

    pub fn at(classifier: Classifier, dimensions: Dimensions) -> Self {
        let view = format!("text-hash-{}", classifier.input_len());
        let rule = "output[0] >= 0".to_owned();
        let (sealed, weights) = seal(&classifier, view.parse().unwrap(), rule).unwrap();
        let request = Request::sealed(Digest([7; 32]), Scheme::Ipa, sealed);
        let context = Context {
            commitment: request.commitment,
            request: request.digest(),
        };
        Self {
            prover: Prover::sealed(&request, &weights, context, dimensions, None).unwrap(),
            verifier: Verifier::sealed(&request, context, dimensions, None).unwrap(),
            classifier,
            request,
            weights,
            context,
            dimensions,
        }
    }

    pub fn check(
        &self,
        batch: u64,
        items: &[AnsweredItem],
        proof: &[u8],
    ) -> Result<(), ProofError> {
        check(&self.verifier, batch, items, proof)
    }
}

pub fn check(
    verifier: &Verifier,
    batch: u64,
    items: &[AnsweredItem],
    proof: &[u8],
) -> Result<(), ProofError> {
    let mut batches = verifier.start();
    batches.add_answers(batch, items, proof)?;
    batches.finish()
}

/// The items of a corpus with the answers that the classifier gives.
pub fn answered(corpus: &Corpus, classifier: &Classifier) -> Vec<AnsweredItem> {
    corpus
        .views
        .iter()
        .zip(&corpus.commitments)
        .enumerate()
        .map(|(i, (view, commitment))| AnsweredItem {
            position: i as u64,
            commitment: *commitment,
            answer: Answer::of_outputs(classifier.answers(), &classifier.answer(view)).unwrap(),
        })
        .collect()
}
