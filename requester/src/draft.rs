//! `requester draft`: from a model to a request.

use crate::cli::{AnswerName, DraftArgs, SchemeName};
use crate::import::{ModelSource, import};
use crate::sealed;
use duces_protocol::classifier::Classifier;
use duces_protocol::commitment::{self, Commitment};
use duces_protocol::digest::Digest;
use duces_protocol::request::{Request, Scheme};
use duces_protocol::view::View;
use duces_shell::{Failure, output, read, say, shown};
use sha2::{Digest as _, Sha256};
use std::path::Path;

pub use crate::import::{CompiledModel, check_size, compile};

/// Runs the command.
///
/// # Errors
/// When a file is missing or malformed, or the model is refused.
pub fn run(args: &DraftArgs) -> Result<(), Failure> {
    output::check_file(&args.out, args.force)?;
    let scheme = scheme(args)?;
    let rule = args.rule.clone().or(args.answer.map(AnswerName::rule));
    let (bytes, digest) = match (&args.sealed, &args.model, args.view, &rule) {
        (Some(path), ..) => {
            let sealed = sealed::read(path)?;
            let commitment = read_commitment(&args.commitment, sealed.view())?;
            sealed::describe(&sealed)?;
            let request = Request::sealed(commitment.digest(), scheme, sealed);
            (request.encode(), request.digest())
        }
        (None, Some(model), Some(view), Some(rule)) => {
            let commitment = read_commitment(&args.commitment, view)?;
            let options = &args.import;
            let imported = import(&ModelSource {
                model,
                view,
                rule,
                options,
                hides_weights: false,
                items: Some(commitment.items()),
            })?;
            let request = Request {
                commitment: commitment.digest(),
                view,
                scheme,
                rule: imported.rule,
                model: imported.model,
                classifier: if args.prove_bytes {
                    proving_bytes(imported.classifier)?
                } else {
                    imported.classifier
                },
            };
            (request.encode(), request.digest())
        }
        _ => {
            return Err(Failure::unable(
                "neither a model nor a sealed model is named",
                "give --model, --view and --match or --answer, or give --sealed",
            ));
        }
    };
    output::write_file(&args.out, &bytes, args.force)?;
    say(format_args!(
        "request {digest} written to {}",
        shown(&args.out)
    ))
}

/// The classifier with the rows that prove views to be bytes, and what they cost.
fn proving_bytes(classifier: Classifier) -> Result<Classifier, Failure> {
    let before = classifier.activations();
    let classifier = classifier.proving_bytes().map_err(|error| {
        Failure::refused(
            format!("with rows that prove views to be bytes, the classifier is refused: {error}"),
            "leave --prove-bytes out, or use a smaller view",
        )
    })?;
    say(format_args!(
        "bytes     proved of every view: {} activations in place of {before}",
        classifier.activations()
    ))?;
    Ok(classifier)
}

fn read_commitment(file: &Path, view: View) -> Result<Commitment, Failure> {
    let path = shown(file);
    let bytes = read::named(file, commitment::MAX_BYTES as u64, "commitment")?;
    let malformed = |reason: String| {
        Failure::refused(
            format!("{path} is malformed: {reason}"),
            "ask for the commitment.txt as it was published, and do not edit it",
        )
    };
    let text = String::from_utf8(bytes).map_err(|_| malformed("it is not text".to_owned()))?;
    let commitment = Commitment::parse(&text).map_err(|error| malformed(error.to_string()))?;
    if !commitment.views().contains(&view) {
        let known: Vec<String> = commitment.views().iter().map(View::to_string).collect();
        return Err(Failure::unable(
            format!("{path} has no view {view}; it has {}", known.join(", ")),
            "train on one of the views that were committed to",
        ));
    }
    Ok(commitment)
}

fn scheme(args: &DraftArgs) -> Result<Scheme, Failure> {
    match (args.scheme, &args.srs) {
        (SchemeName::Ipa, None) => Ok(Scheme::Ipa),
        (SchemeName::Kzg, Some(path)) => {
            let mut hash = Sha256::new();
            let copied =
                std::fs::File::open(path).and_then(|mut file| std::io::copy(&mut file, &mut hash));
            copied.map_err(|error| {
                Failure::unable(
                    format!("{} cannot be read: {error}", shown(path)),
                    "name the ceremony file that the parties agreed on",
                )
            })?;
            Ok(Scheme::Kzg {
                srs: Digest(hash.finalize().into()),
            })
        }
        (SchemeName::Kzg, None) => Err(Failure::unable(
            "the scheme kzg needs a ceremony file",
            "name it with --srs, or leave --scheme out",
        )),
        (SchemeName::Ipa, Some(_)) => Err(Failure::unable(
            "a ceremony file is named, but the scheme ipa has none",
            "add --scheme kzg, or leave --srs out",
        )),
    }
}
