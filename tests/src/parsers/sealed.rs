//! The readers that sealed models and answers of other kinds than matches have.

use duces_circuits::prover::sealed::seal;
use duces_circuits::{Context, Dimensions, Prover, PublicItem, SecretItem, Verifier};
use duces_kit::classifier::{four_bytes, network};
use duces_kit::corpus::Corpus;
use duces_protocol::answers::{AnswerForm, AnswerKind};
use duces_protocol::audit::labels::{LabelForm, parse, parse_names};
use duces_protocol::digest::Digest;
use duces_protocol::pedersen::{Committer, ViewBlind};
use duces_protocol::request::{Request, Scheme};
use duces_protocol::sealed::{Architecture, Generators, SealedClassifier, Weights};
use std::sync::LazyLock;

const REQUEST: Digest = Digest([7; 32]);

/// A sealed classifier whose commitments are the same in every process: nobody knows weights that they
/// commit to, which no reader of files notices.
static SEALED: LazyLock<(SealedClassifier, Vec<i64>)> = LazyLock::new(|| {
    let (architecture, values) = Architecture::split(&four_bytes()).expect("it can be sealed");
    (sealed(architecture, "gray-2x2"), values)
});

fn sealed(architecture: Architecture, view: &str) -> SealedClassifier {
    let rows = Generators::derive(architecture.rows().present).s;
    let view = view.parse().expect("it is a view");
    SealedClassifier::new(view, "output[0] >= 1".to_owned(), architecture, rows)
        .expect("the parts fit each other")
}

fn forms() -> [AnswerForm; 2] {
    [
        AnswerForm::new(AnswerKind::Class, 1, &[0, 1, 2]),
        AnswerForm::new(AnswerKind::Scores, 3, &[-2, -1, 0, 1, 2]),
    ]
}

/// `answers.bin`.
pub fn answers(bytes: &[u8]) {
    for form in forms() {
        let count = bytes.get(53..57).map_or(0, |count| {
            u32::from_le_bytes([count[0], count[1], count[2], count[3]]) as usize
        });
        if let Ok(read) = form.decode(REQUEST, count, bytes) {
            assert_eq!(form.encode(REQUEST, &read).as_deref(), Ok(bytes));
        }
    }
}

/// `model.sealed`.
pub fn model(bytes: &[u8]) {
    if let Ok(read) = SealedClassifier::decode(bytes) {
        assert_eq!(read.encode(), bytes);
    }
}

/// `weights`, as far as a classifier.
pub fn weights(bytes: &[u8]) {
    let (sealed, _) = &*SEALED;
    if let Ok(read) = Weights::decode(sealed, bytes) {
        assert_eq!(*read.encode(sealed.digest()), bytes);
        if let Ok(classifier) = read.classifier(sealed) {
            let _ = classifier.matches(&[0, 1, 255, 128]);
        }
    }
}

/// The proof of a batch of a sealed classifier. None that is found by search holds.
pub fn proof(bytes: &[u8]) {
    static BENCH: LazyLock<(Verifier, PublicItem)> = LazyLock::new(|| {
        let (sealed, _) = &*SEALED;
        let request = Request::sealed(REQUEST, Scheme::Ipa, sealed.clone());
        let verifier = Verifier::sealed(&request, context(&request), dimensions(), None);
        let committer = Committer::new(&duces_protocol::pedersen::Generators::derive(4), 4);
        let item = PublicItem {
            position: 0,
            commitment: committer.commit(&VIEW, &ViewBlind::random()),
            matches: true,
        };
        (verifier.expect("the classifier fits"), item)
    });
    let (verifier, item) = &*BENCH;
    let mut check = verifier.start();
    let added = check.add(0, std::slice::from_ref(item), bytes);
    assert!(added.and_then(|()| check.finish()).is_err());
}

const VIEW: [u8; 4] = [255, 9, 0, 80];

fn dimensions() -> Dimensions {
    Dimensions::new(11, 11, 1).expect("they are in their ranges")
}

fn context(request: &Request<SealedClassifier>) -> Context {
    Context {
        commitment: request.commitment,
        request: request.digest(),
    }
}

/// An honest proof, of a classifier that was sealed apart.
fn proved() -> Vec<u8> {
    let (sealed, weights) = seal(
        &four_bytes(),
        "gray-2x2".parse().expect("it is a view"),
        "output[0] >= 1".to_owned(),
    )
    .expect("it can be sealed");
    let request = Request::sealed(REQUEST, Scheme::Ipa, sealed);
    let prover = Prover::sealed(&request, &weights, context(&request), dimensions(), None)
        .expect("the classifier fits");
    let corpus = Corpus::new(vec![VIEW.to_vec()]);
    let items = corpus.list(|position, view, blind, commitment| SecretItem {
        position,
        view,
        blind,
        commitment,
    });
    prover.prove(0, &items).expect("it can be proved").0
}

/// `labels.csv` of matches and of classes, and a list of names.
pub fn labels(bytes: &[u8]) {
    let names = parse_names(bytes).unwrap_or_default();
    let _ = parse(bytes, LabelForm::YesOrNo);
    let _ = parse(bytes, LabelForm::Class(&names));
    let names = ["ham".to_owned(), "spam".to_owned()];
    let _ = parse(bytes, LabelForm::Class(&names));
}

/// Well-formed inputs for each of them.
pub(super) fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let (small, values) = &*SEALED;
    let (architecture, _) = Architecture::split(&network()).expect("it can be sealed");
    let rows = small.architecture().rows().present;
    let secret = Weights::with_fresh_blinds(values.clone(), rows);
    let [classes, scores] = forms();
    let file = |form: &AnswerForm, integers: &[i32]| {
        let mut bytes = b"duces-answers-v1".to_vec();
        bytes.extend_from_slice(&REQUEST.0);
        bytes.push(form.kind().to_byte());
        for number in [form.len(), integers.len() / form.len()] {
            bytes.extend_from_slice(&u32::try_from(number).expect("it is small").to_le_bytes());
        }
        bytes.extend(integers.iter().flat_map(|z| z.to_le_bytes()));
        bytes
    };
    let digest = "ab".repeat(32);
    vec![
        ("answers", file(&classes, &[0, 2, 1, 1])),
        ("answers", file(&scores, &[-2, 0, 1, 2, 2, -1])),
        ("sealed", small.encode()),
        ("sealed", sealed(architecture, "gray-6x6").encode()),
        ("weights", secret.encode(small.digest()).to_vec()),
        ("sealedproof", proved()),
        ("labels", b"position,label\n3,yes\n17,no\n".to_vec()),
        (
            "labels",
            b"position,label,who\r\n3,7,a\r\n17,spam,b\r\n".to_vec(),
        ),
        ("labels", format!("sha256,label\n{digest},1\n").into_bytes()),
        ("labels", "other\nspill\n".as_bytes().to_vec()),
    ]
}
