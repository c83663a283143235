//! A request for a classifier, and one for the texts with a word.

use crate::classifier::decision;
use duces_protocol::classifier::Classifier;
use duces_protocol::digest::Digest;
use duces_protocol::rendition::Rendition;
use duces_protocol::request::{Request, Scheme};
use duces_views::derive;

/// A request that names some commitment and some model.
///
/// # Panics
/// When no view is as long as the classifier's input.
#[must_use]
pub fn of(classifier: Classifier) -> Request {
    let view = format!("text-hash-{}", classifier.input_len());
    Request {
        commitment: Digest([7; 32]),
        view: view.parse().expect("a view has that length"),
        scheme: Scheme::Ipa,
        rule: "output[0] >= 0".to_owned(),
        model: Digest([8; 32]),
        classifier,
    }
}

/// A request for texts with `least` words or more in the bucket of `word`; it reads the view
/// `text-hash-64`.
///
/// # Panics
/// When `least` does not lie between 0 and 256.
#[must_use]
pub fn for_word(commitment: Digest, word: &str, least: i64) -> Request {
    let view = "text-hash-64".parse().expect("it is a view");
    let counts = derive(&Rendition::Text(word.to_owned()), view).expect("it is a text");
    let weights = counts.into_iter().map(i32::from).collect();
    Request {
        commitment,
        view,
        scheme: Scheme::Ipa,
        rule: format!("output[0] >= {least}"),
        model: Digest([0; 32]),
        classifier: decision(weights, -least, 0, -256..256),
    }
}
