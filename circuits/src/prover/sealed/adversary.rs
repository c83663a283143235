//! Provers that send something else (docs/protocol.md section 10.5, "Soundness"): each is refused by
//! the check that binds the message.
#![allow(clippy::unwrap_used, reason = "a test may end at any surprise")]

use super::tests::{Corpus, prover, sealed_prover};
use super::*;
use crate::encoding::linear_combination;
use crate::refusal::ProofError;
use crate::scheme::ipa;
use crate::{AnsweredItem, Verifier};
use duces_protocol::answers::Answer;
use duces_protocol::classifier::{Classifier, Linear, Map, Node, Pointwise, Table, Term, ValueId};
use group::Curve;
use group::prime::PrimeCurveAffine;
use halo2curves::bn256::{G1, G1Affine};
use rand_core::{OsRng, SeedableRng};

/// Four bytes, three rectified sums, one decision: 19 weights in three rows of eight.
fn classifier(first: [i32; 12]) -> Classifier {
    let dense = |source: u32, len: u32, weights: &[i32], bias: Vec<i64>| {
        let map = Map::Dense(weights.to_vec());
        let source = ValueId(source);
        let terms = vec![Term { source, map }];
        Node::Linear(Linear { len, terms, bias })
    };
    let pointwise = |source: u32, shift: u8, table: u32| {
        let source = ValueId(source);
        Node::Pointwise(Pointwise {
            source,
            shift,
            table,
        })
    };
    let table = |f: &dyn Fn(i32) -> i32| Table {
        lo: -600,
        outputs: (-600..600).map(f).collect(),
    };
    let nodes = vec![
        dense(0, 3, &first, vec![11, -20, 5]),
        pointwise(1, 4, 0),
        dense(2, 1, &[4, -3, 2], vec![-40]),
        pointwise(3, 2, 1),
    ];
    let tables = vec![table(&|q| q.max(0)), table(&|q| i32::from(q >= 0))];
    Classifier::new(4, nodes, tables).unwrap()
}

const FIRST: [i32; 12] = [9, -7, 3, 5, 3, 8, -9, 2, -1, 8, 7, -6];

/// A sealed classifier with both sides' keys, and a batch.
struct Stage {
    prover: Prover,
    request: Request<SealedClassifier>,
    verifier: Verifier,
    corpus: Corpus,
}

impl Stage {
    fn new(items: u8) -> Self {
        let (prover, request) = prover(&classifier(FIRST));
        let verifier = verifier(&request);
        let view = |i: u8| {
            vec![
                i.wrapping_mul(83),
                i.wrapping_mul(247),
                i.wrapping_mul(31),
                40,
            ]
        };
        Self {
            prover,
            request,
            verifier,
            corpus: Corpus::new((0..items).map(view).collect()),
        }
    }

    fn prove(&self, items: &[SecretItem<'_>], publish: &mut impl Publish) -> Vec<u8> {
        let secret = self.prover.sealed.as_ref().unwrap();
        let rng = ChaCha20Rng::from_rng(OsRng).unwrap();
        let proof = self
            .prover
            .prove_and_publish(secret, 0, items, rng, publish);
        proof.unwrap().0
    }

    /// The verdict on the answers that the prover's classifier gives for the views of `items`.
    fn verdict(&self, items: &[SecretItem<'_>], proof: &[u8]) -> Result<(), ProofError> {
        let public: Vec<AnsweredItem> = items
            .iter()
            .map(|item| AnsweredItem {
                position: item.position,
                commitment: item.commitment,
                answer: Answer::Match(self.prover.classifier.matches(item.view)),
            })
            .collect();
        verdict(&self.verifier, &public, proof)
    }

    fn attempt(&self, publish: &mut impl Publish) -> Result<(), ProofError> {
        let items = self.corpus.items();
        self.verdict(&items, &self.prove(&items, publish))
    }

    /// Points that everybody knows.
    fn known(&self, number: usize) -> G1 {
        let (bases, keys) = (&self.prover.bases, self.prover.sealed.as_ref().unwrap());
        let committed = &self.corpus.commitments;
        let rows = self.request.classifier.commitments();
        let point: G1Affine = match number % 13 {
            0 => keys.generators.h,
            1 => keys.generators.s[0],
            2 => bases.vector.w,
            3 => rows[0],
            4 => rows[rows.len() - 1],
            5 => keys.generators.s[keys.generators.s.len() - 1],
            6 => bases.vector.g[0],
            7 => bases.vector.g[4],
            8 => bases.vector.g[bases.len() - 1],
            9 => bases.value,
            10 => committed[0].point(),
            11 => ipa::value_generators(2)[1],
            _ => ipa::blind_generator(),
        };
        point.to_curve()
    }
}

fn verifier(request: &Request<SealedClassifier>) -> Verifier {
    let context = Context {
        commitment: request.commitment,
        request: request.digest(),
    };
    let dimensions = Dimensions::new(11, 11, 1).unwrap();
    Verifier::sealed(request, context, dimensions, None).unwrap()
}

fn verdict(verifier: &Verifier, items: &[AnsweredItem], proof: &[u8]) -> Result<(), ProofError> {
    let mut check = verifier.start();
    check.add_answers(0, items, proof)?;
    check.finish()
}

/// Adds a point, or one, to one message.
struct Altered {
    message: Message,
    point: G1,
    met: bool,
}

impl Altered {
    fn new(message: Message, point: G1) -> Self {
        let met = false;
        Self {
            message,
            point,
            met,
        }
    }
}

impl Publish for Altered {
    fn point(&mut self, message: Message, point: G1) -> G1 {
        if message == self.message {
            self.met = true;
            return point + self.point;
        }
        point
    }

    fn scalar(&mut self, message: Message, scalar: Fr) -> Fr {
        if message == self.message {
            self.met = true;
            return scalar + Fr::ONE;
        }
        scalar
    }
}

/// Every message of the prover, each with the check that refuses another one.
fn messages(sizes: &Sizes) -> Vec<(Message, ProofError)> {
    let (opening, weights) = (ProofError::Opening, ProofError::Weights);
    let mut all = vec![
        (Message::Mask, opening.clone()),
        (Message::Value, opening.clone()),
        (Message::Factor, opening.clone()),
        (Message::Values(0), ProofError::Circuit),
    ];
    let two = |n: usize| (0..n).flat_map(|i| [(i, 0), (i, 1)]);
    all.extend(two(sizes.sum).map(|(i, j)| (Message::Sum(i, j), weights.clone())));
    all.extend(two(sizes.rows).map(|(i, j)| (Message::Row(i, j), weights.clone())));
    all.extend((0..2).map(|i| (Message::First(i), weights.clone())));
    all.extend((0..2).map(|i| (Message::Blind(i), weights.clone())));
    all.extend((0..2 * sizes.columns).map(|i| (Message::Column(i), weights.clone())));
    let rounds = 2 * sizes.opened.next_power_of_two().ilog2() as usize;
    all.extend((0..=rounds).map(|i| (Message::Opening(i), opening.clone())));
    all
}

/// The prover goes on from what it really sent.
#[test]
fn every_altered_message_is_refused_by_its_check() {
    let stage = Stage::new(3);
    assert_eq!(stage.attempt(&mut publish::Honest), Ok(()));
    let secret = stage.prover.sealed.as_ref().unwrap();
    let sizes = Sizes::new(&secret.architecture, &stage.prover.layout, 3);
    assert_eq!((sizes.sum, sizes.rows, sizes.columns), (4, 2, 3));
    for (number, (message, error)) in messages(&sizes).into_iter().enumerate() {
        let mut altered = Altered::new(message, stage.known(number));
        assert_eq!(
            stage.attempt(&mut altered),
            Err(error),
            "{message:?}, {number}"
        );
        assert!(altered.met, "{message:?}");
    }
}

/// Zero in place of `b̂`: then `S` would count nothing.
struct Zero;

impl Publish for Zero {
    fn point(&mut self, _: Message, point: G1) -> G1 {
        point
    }

    fn scalar(&mut self, message: Message, scalar: Fr) -> Fr {
        if message == Message::Factor {
            Fr::ZERO
        } else {
            scalar
        }
    }
}

#[test]
fn a_factor_of_zero_is_refused() {
    let verdict = Stage::new(3).attempt(&mut Zero);
    assert_eq!(verdict, Err(ProofError::ZeroFactor));
}

/// The false decision of another view, hidden in the commitment to the masks.
#[test]
fn a_mask_that_absorbs_a_view_is_refused() {
    // The opening folded and in full.
    for count in [4, 40] {
        let stage = Stage::new(count);
        let decision = |view: &[u8]| stage.prover.classifier.matches(view);
        let views = &stage.corpus.views;
        let other = views.iter().find(|v| decision(v) != decision(&views[0]));
        let other = other.expect("both decisions occur");
        let mut items = stage.corpus.items();
        items[0].view = other;
        let bases = &stage.prover.bases.vector;
        let bytes: Vec<Fr> = other.iter().map(|&b| Fr::from(u64::from(b))).collect();
        let claimed =
            linear_combination(&bytes, &bases.g[..4]) + bases.w * stage.corpus.blinds[0].scalar();
        let difference = claimed - stage.corpus.commitments[0].point();
        for point in [difference, -difference, G1::default()] {
            let proof = stage.prove(&items, &mut Altered::new(Message::Mask, point));
            assert_eq!(stage.verdict(&items, &proof), Err(ProofError::Opening));
        }
    }
}

/// Sends what another batch sent as `M`.
struct Reused(G1);

impl Publish for Reused {
    fn point(&mut self, message: Message, point: G1) -> G1 {
        if message == Message::Mask {
            self.0
        } else {
            point
        }
    }

    fn scalar(&mut self, _: Message, scalar: Fr) -> Fr {
        scalar
    }
}

#[test]
fn the_masks_of_another_batch_are_refused() {
    let stage = Stage::new(3);
    let items = stage.corpus.items();
    let before = stage.prove(&items, &mut publish::Honest);
    let mask = crate::encoding::point(&before[..32]).unwrap();
    let verdict = stage.attempt(&mut Reused(mask.to_curve()));
    assert_eq!(verdict, Err(ProofError::Opening));
}

/// Claims the answers of two items the wrong way round.
struct Exchanged;

impl Publish for Exchanged {
    fn point(&mut self, _: Message, point: G1) -> G1 {
        point
    }

    fn scalar(&mut self, _: Message, scalar: Fr) -> Fr {
        scalar
    }

    fn answers(&mut self, answers: &mut [Vec<i32>]) {
        let other = answers.iter().position(|answer| *answer != answers[0]);
        answers.swap(0, other.expect("both decisions occur"));
    }
}

#[test]
fn exchanged_answers_are_refused() {
    let stage = Stage::new(6);
    let items = stage.corpus.items();
    let proof = stage.prove(&items, &mut Exchanged);
    let mut answers: Vec<Vec<i32>> = items
        .iter()
        .map(|item| stage.prover.classifier.answer(item.view))
        .collect();
    Exchanged.answers(&mut answers);
    let public: Vec<AnsweredItem> = items
        .iter()
        .zip(&answers)
        .map(|(item, answer)| AnsweredItem {
            position: item.position,
            commitment: item.commitment,
            answer: Answer::Match(answer == &[1]),
        })
        .collect();
    let outcome = verdict(&stage.verifier, &public, &proof);
    assert_eq!(outcome, Err(ProofError::Opening));
}

/// The classifier that is proved differs from the sealed one in one weight, or in all: with the sealed
/// weights in the last steps, or with its own.
#[test]
fn other_weights_are_refused() {
    let mut one = FIRST;
    one[5] += 1;
    let mut all = FIRST;
    all.iter_mut().for_each(|w| *w = -*w);
    for first in [one, all] {
        let mut stage = Stage::new(5);
        stage.prover.classifier = classifier(first);
        let verdict = stage.attempt(&mut publish::Honest);
        assert_eq!(verdict, Err(ProofError::Weights), "the sealed weights");
        let (_, values) = Architecture::split(&stage.prover.classifier).unwrap();
        let secret = stage.prover.sealed.as_mut().unwrap();
        for (own, value) in secret.weights.iter_mut().zip(&values) {
            *own = duces_protocol::classifier::adjoint::to_field(*value);
        }
        let verdict = stage.attempt(&mut publish::Honest);
        assert_eq!(verdict, Err(ProofError::Weights), "their own");
    }
}

/// An honest owner is told before anything is proved.
#[test]
fn weights_of_another_model_are_refused_by_the_prover() {
    let (_, request) = prover(&classifier(FIRST));
    let view = "text-hash-4".parse().unwrap();
    let (_, weights) = seal(&classifier(FIRST), view, "r".to_owned()).unwrap();
    // The same weights under other blinds are others, too.
    let refused = sealed_prover(&request, &weights).err().unwrap();
    assert!(matches!(refused, OwnerError::Weights(_)), "{refused}");
}

/// A commitment is not the one that was made: the proof is bound to it, but nothing else is wrong.
#[test]
fn an_altered_commitment_to_weights_is_refused() {
    let mut stage = Stage::new(3);
    let sealed = &stage.request.classifier;
    for (row, number) in [(0, 1), (2, 2), (1, 6)] {
        let mut rows = sealed.commitments().to_vec();
        rows[row] = (stage.known(number) + rows[row]).to_affine();
        let architecture = sealed.architecture().clone();
        let altered = SealedClassifier::new(sealed.view(), "r".to_owned(), architecture, rows);
        let request = Request::sealed(
            stage.request.commitment,
            stage.request.scheme,
            altered.unwrap(),
        );
        stage.verifier = verifier(&request);
        stage.prover.context.request = request.digest();
        assert_eq!(
            stage.attempt(&mut publish::Honest),
            Err(ProofError::Weights)
        );
    }
}
