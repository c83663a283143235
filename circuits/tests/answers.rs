//! Answers of every kind, of public and of sealed classifiers: true ones verify, and no others.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use common::sealed::{Sealed, answered, check};
use common::{dimensions, secret};
use duces_circuits::{AnsweredItem, Context, ProofError, Prover, PublicItem, Verifier};
use duces_kit::classifier::term;
use duces_kit::corpus::Corpus;
use duces_kit::request;
use duces_protocol::answers::{Answer, AnswerKind};
use duces_protocol::classifier::{Classifier, Linear, Map, Node, Pointwise, Table, ValueId};
use duces_protocol::request::{AnyRequest, Request};

fn node(len: u32, terms: Vec<duces_protocol::classifier::Term>, bias: Vec<i64>) -> Node {
    Node::Linear(Linear { len, terms, bias })
}

fn table(source: u32, shift: u8, table: u32) -> Node {
    Node::Pointwise(Pointwise {
        source: ValueId(source),
        shift,
        table,
    })
}

fn ramp(f: impl Fn(i32) -> i32) -> Table {
    Table {
        lo: -4096,
        outputs: (-4096..4096).map(f).collect(),
    }
}

/// Three sums of eight bytes.
fn sums() -> Node {
    let weights = (0..24).map(|i| (i * 53 + 7) % 41 - 20).collect();
    node(3, vec![term(0, Map::Dense(weights))], vec![40, -900, 300])
}

/// The scores are three sums over bytes, rounded down.
fn scores() -> Classifier {
    let nodes = vec![sums(), table(1, 4, 0)];
    Classifier::answering(AnswerKind::Scores, 8, nodes, vec![ramp(|q| q)]).unwrap()
}

/// The class is the number of sums that are positive.
fn class() -> Classifier {
    let nodes = vec![
        sums(),
        table(1, 4, 1),
        node(1, vec![term(2, Map::Dense(vec![1; 3]))], vec![]),
        table(3, 0, 0),
    ];
    let classes = Table {
        lo: 0,
        outputs: vec![0, 1, 2, 3],
    };
    let tables = vec![classes, ramp(|q| i32::from(q > 0))];
    Classifier::answering(AnswerKind::Class, 8, nodes, tables).unwrap()
}

/// Refuses every change of the true answers.
fn only_these(verifier: &Verifier, items: &[AnsweredItem], proof: &[u8]) {
    assert_eq!(check(verifier, 0, items, proof), Ok(()));
    let (first, other) = (0, items.iter().position(|i| i.answer != items[0].answer));
    let other = other.expect("there are different answers");
    let lie = |change: &dyn Fn(&mut Vec<AnsweredItem>)| {
        let mut items = items.to_vec();
        change(&mut items);
        check(verifier, 0, &items, proof)
    };
    let exchanged = lie(&|items| {
        let answer = items[first].answer.clone();
        items[first].answer = std::mem::replace(&mut items[other].answer, answer);
    });
    assert_eq!(exchanged, Err(ProofError::Circuit));
    let another = lie(&|items| items[first].answer = items[other].answer.clone());
    assert_eq!(another, Err(ProofError::Circuit));
    let malformed: [Answer; 4] = [
        Answer::Class(7),
        Answer::Class(u32::MAX),
        Answer::Match(true),
        Answer::Scores(vec![5000, 0, 0]),
    ];
    for answer in malformed {
        let outcome = lie(&|items| items[first].answer = answer.clone());
        assert!(matches!(outcome, Err(ProofError::Answer(_))), "{outcome:?}");
    }
    if let Answer::Scores(scores) = &items[first].answer {
        let mut between = scores.clone();
        between.swap(0, 2);
        assert_ne!(&between, scores);
        let outcome = lie(&|items| items[first].answer = Answer::Scores(between.clone()));
        assert_eq!(outcome, Err(ProofError::Circuit), "between classes");
        let outcome = lie(&|items| items[first].answer = Answer::Scores(scores[1..].to_vec()));
        assert!(matches!(outcome, Err(ProofError::Answer(_))));
    }
    // Matches are no answers to this request.
    let bits: Vec<PublicItem> = items
        .iter()
        .map(|item| PublicItem {
            position: item.position,
            commitment: item.commitment,
            matches: true,
        })
        .collect();
    let outcome = verifier.start().add(0, &bits, proof);
    assert!(matches!(outcome, Err(ProofError::Answer(_))));
}

#[test]
fn answers_of_public_classifiers() {
    for (classifier, bits) in [(scores(), 11), (scores(), 12), (class(), 11)] {
        let corpus = Corpus::pseudo_random(8, 13);
        let dimensions = dimensions(&classifier, bits);
        let request = request::of(classifier);
        assert!(
            Request::decode(&request.encode()).is_err(),
            "not of matches"
        );
        let read = AnyRequest::decode(&request.encode()).unwrap();
        assert_eq!(read, AnyRequest::Public(Box::new(request.clone())));
        let context = Context::of(&request);
        let prover = Prover::new(&request, context, dimensions, None).unwrap();
        let proof = prover.prove(0, &secret(&corpus)).unwrap();
        let verifier = Verifier::any(&read, context, dimensions, None).unwrap();
        only_these(&verifier, &answered(&corpus, &request.classifier), &proof.0);
    }
}

#[test]
fn answers_of_sealed_classifiers() {
    for (classifier, bits) in [(scores(), 11), (class(), 12)] {
        let corpus = Corpus::pseudo_random(8, 13);
        let sealed = Sealed::new(classifier, bits);
        let proof = sealed.prover.prove(0, &secret(&corpus)).unwrap();
        let items = answered(&corpus, &sealed.classifier);
        only_these(&sealed.verifier, &items, &proof.0);
    }
}
