//! The identities of docs/protocol.md section 10.2, "The form", in clear numbers, and what proofs look
//! like to who knows no weights.
#![allow(clippy::unwrap_used, reason = "a test may end at any surprise")]

use super::*;
use crate::domain::powers;
use crate::equation::{answer_weights, place_weights, relation_weights};
use crate::linear_form::inner_product;
use crate::prover::params::engines;
use crate::sealed::factor::factor;
use duces_protocol::classifier::adjoint::to_field;
use duces_protocol::classifier::{
    Classifier, Conv, Linear, Map, Node, Padding, Pointwise, Table, Term, ValueId,
};
use duces_protocol::digest::Digest;
use duces_protocol::pedersen::{self, Committer, ViewBlind, ViewCommitment};
use duces_protocol::request::Scheme;
use rand_core::{OsRng, SeedableRng};

fn random(n: usize) -> Vec<Fr> {
    (0..n).map(|_| Fr::random(OsRng)).collect()
}

fn term(source: u32, map: Map) -> Term {
    let source = ValueId(source);
    Term { source, map }
}

fn linear(len: u32, terms: Vec<Term>, bias: Vec<i64>) -> Node {
    Node::Linear(Linear { len, terms, bias })
}

fn table(source: u32, shift: u8, table: u32) -> Node {
    let source = ValueId(source);
    Node::Pointwise(Pointwise {
        source,
        shift,
        table,
    })
}

fn conv(in_channels: u32, groups: u32, kernel: u32, weights: Vec<i32>) -> Map {
    Map::Conv(Conv {
        in_channels,
        in_height: 4,
        in_width: 4,
        out_channels: 2,
        kernel_height: kernel,
        kernel_width: kernel,
        stride: [1, 1],
        dilation: [1, 1],
        padding: Padding {
            top: kernel / 2,
            left: kernel / 2,
            bottom: kernel / 2,
            right: kernel / 2,
        },
        groups,
        weights,
    })
}

/// A saturated convolution, another beside a shortcut, a pooling, a selection, a matrix with a view.
fn network() -> Classifier {
    let weights = |n: i32, m: i32| (0..n).map(|i| (i * 37 + 11) % m - m / 2).collect();
    let ramp = |f: &dyn Fn(i32) -> i32| Table {
        lo: -4096,
        outputs: (-4096..4096).map(f).collect(),
    };
    let nodes = vec![
        linear(
            32,
            vec![term(0, conv(1, 1, 3, weights(18, 9)))],
            vec![100, -50],
        ),
        table(1, 4, 0),
        linear(
            32,
            vec![term(1, Map::Scale(1)), term(2, Map::Scale(-16))],
            vec![],
        ),
        table(3, 4, 1),
        linear(
            32,
            vec![
                term(4, conv(2, 1, 3, weights(36, 7))),
                term(4, Map::Scale(3)),
            ],
            vec![],
        ),
        table(5, 3, 1),
        linear(32, vec![term(6, conv(2, 2, 3, vec![2; 18]))], vec![]),
        linear(
            8,
            vec![term(7, Map::Select((0..8).map(|i| i * 4).collect()))],
            vec![],
        ),
        linear(
            2,
            vec![
                term(8, Map::Dense(weights(16, 5))),
                term(0, Map::Dense(weights(32, 3))),
            ],
            vec![-700, 30],
        ),
        table(9, 4, 2),
    ];
    let tables = vec![
        ramp(&|q| q - q.clamp(-60, 60)),
        ramp(&|q| q.clamp(0, 60)),
        ramp(&|q| q / 16),
    ];
    let kind = duces_protocol::answers::AnswerKind::Scores;
    Classifier::answering(kind, 16, nodes, tables).unwrap()
}

fn views(items: usize) -> Vec<Vec<u8>> {
    (0..items)
        .map(|i| (0..16).map(|j| (i * 131 + j * j * 17 + 5) as u8).collect())
        .collect()
}

/// `⟨eq(r), U⟩` from the adjoint of the whole classifier is `f0 + ⟨F, θ⟩`.
#[test]
fn the_factor_is_linear_in_the_weights() {
    let classifier = network();
    let (architecture, values) = Architecture::split(&classifier).unwrap();
    assert_eq!(architecture.hidden().count(), 3);
    let places = Places::new(&architecture);
    let rho = random(1)[0];
    let weights = relation_weights(&architecture, rho);
    let r = random(places.variables() as usize);
    let eq = Extension::new(&places, &r);
    let mut form = vec![Fr::ZERO; values.len()];
    let constant = factor(&architecture, &weights, &eq, rho, |at, piece| {
        form[at..at + piece.len()].copy_from_slice(&piece);
    });
    let adjoint = classifier.adjoint(rho);
    let u = [
        adjoint.outputs.concat(),
        adjoint.rest.input,
        vec![-adjoint.rest.bias, Fr::ZERO, Fr::ONE],
    ];
    let theta: Vec<Fr> = values.iter().map(|&w| to_field(w)).collect();
    let direct = inner_product(
        &u.concat(),
        &crate::sealed::places::weights(&r)[..places.len()],
    );
    assert_eq!(constant + inner_product(&form, &theta), direct);
    assert!(form.iter().all(|f| *f != Fr::ZERO));
}

/// Equation (3): true of honest items, and the residuals of all others.
#[test]
fn the_form_says_what_the_relations_say() {
    let classifier = network();
    let places = Places::new(&classifier);
    let (groups, levels) = (3, 2);
    let [rho, eta, kappa, second] = random(4).try_into().unwrap();
    let (weights, answer_weights) = (
        relation_weights(&classifier, rho),
        answer_weights(&classifier, rho),
    );
    let adjoint = classifier.adjoint(rho);
    let parts = [
        adjoint.outputs.concat(),
        adjoint.rest.input,
        vec![-adjoint.rest.bias, Fr::ZERO, Fr::ONE],
    ];
    let u = parts.concat();
    let (of_groups, of_places) = (powers(Fr::ONE, kappa, groups), place_weights(eta, levels));
    // What is added to an answer, and to an output.
    let check = |answer_error: i64, output_error: i64| {
        let mut vector = vec![Fr::ZERO; places.len()];
        vector[places.first_mask()] = random(1)[0];
        vector[places.second_mask()] = second;
        let (mut forms, mut residuals) = (Fr::ZERO, Fr::ZERO);
        for (i, view) in views(groups * levels).iter().enumerate() {
            let weight = of_groups[i % groups] * of_places[i / groups];
            let mut evaluation = classifier.evaluate(view);
            let answers = evaluation.layers.last().unwrap().post.clone();
            if i == 4 {
                // An output that no relation has: those that read it have a residual.
                evaluation.layers[0].post[3] += output_error as i32;
                residuals += weight * adjoint.outputs[0][3] * to_field::<Fr>(output_error);
                residuals -= weight * answer_weights[1] * to_field::<Fr>(answer_error);
            }
            let layers = &evaluation.layers;
            let z: Vec<i64> = layers
                .iter()
                .flat_map(|l| &l.post)
                .map(|&z| i64::from(z))
                .collect();
            let bytes = view.iter().map(|&byte| i64::from(byte));
            let item = z.into_iter().chain(bytes).chain([1]);
            for (cell, value) in vector.iter_mut().zip(item) {
                *cell += weight * to_field::<Fr>(value);
            }
            let y: Vec<i64> = layers.iter().flat_map(|l| l.pre.clone()).collect();
            let s = weights.concat();
            for (s, y) in s.iter().zip(y) {
                forms += weight * s * to_field::<Fr>(y);
            }
            let last = &layers.last().unwrap().post;
            for (j, (zeta, z)) in answer_weights.iter().zip(last).enumerate() {
                let error = if i == 4 && j == 1 { answer_error } else { 0 };
                let answer = i64::from(answers[j]) + error;
                forms += weight * zeta * to_field::<Fr>(i64::from(*z) - answer);
            }
        }
        assert_eq!(forms + inner_product(&u, &vector) - second, residuals);
        residuals
    };
    assert_eq!(check(0, 0), Fr::ZERO);
    assert_ne!(check(1, 0), Fr::ZERO);
    assert_ne!(check(0, 1), Fr::ZERO);
    assert_ne!(check(-3, 7), Fr::ZERO);
}

/// One step over weighted bytes.
pub(super) fn small(weights: Vec<i32>, bias: i64) -> Classifier {
    let step = Table {
        lo: -1024,
        outputs: (-1024..1024).map(|q| i32::from(q >= 0)).collect(),
    };
    let len = weights.len() as u32;
    let nodes = vec![
        linear(1, vec![term(0, Map::Dense(weights))], vec![bias]),
        table(1, 2, 0),
    ];
    Classifier::new(len, nodes, vec![step]).unwrap()
}

pub(super) fn prover(classifier: &Classifier) -> (Prover, Request<SealedClassifier>) {
    let view = format!("text-hash-{}", classifier.input_len());
    let (sealed, weights) = seal(classifier, view.parse().unwrap(), "r".to_owned()).unwrap();
    let request = Request::sealed(Digest([1; 32]), Scheme::Ipa, sealed);
    (sealed_prover(&request, &weights).unwrap(), request)
}

pub(super) fn sealed_prover(
    request: &Request<SealedClassifier>,
    weights: &Weights,
) -> Result<Prover, OwnerError> {
    let context = Context {
        commitment: request.commitment,
        request: request.digest(),
    };
    let dimensions = Dimensions::new(11, 11, 1).unwrap();
    Prover::sealed(request, weights, context, dimensions, None)
}

pub(super) struct Corpus {
    pub views: Vec<Vec<u8>>,
    pub blinds: Vec<ViewBlind>,
    pub commitments: Vec<ViewCommitment>,
}

impl Corpus {
    pub(super) fn new(views: Vec<Vec<u8>>) -> Self {
        let len = views[0].len();
        let committer = Committer::new(&pedersen::Generators::derive(len), len);
        let blinds: Vec<ViewBlind> = views.iter().map(|_| ViewBlind::random()).collect();
        let pairs = views.iter().zip(&blinds);
        let commitments = pairs.map(|(v, b)| committer.commit(v, b)).collect();
        Self {
            views,
            blinds,
            commitments,
        }
    }

    pub(super) fn items(&self) -> Vec<SecretItem<'_>> {
        (0..self.views.len())
            .map(|i| SecretItem {
                position: i as u64,
                view: &self.views[i],
                blind: &self.blinds[i],
                commitment: self.commitments[i],
            })
            .collect()
    }
}

#[test]
fn bytes_follow_from_the_seed_on_any_number_of_threads() {
    let (prover, _) = prover(&small(vec![1, 2, 3, 4], -1000));
    let corpus = Corpus::new((0..20u8).map(|i| vec![i * 12; 4]).collect());
    let secret = prover.sealed.as_ref().unwrap();
    let prove = |threads: usize, seed: u8| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        pool.build().unwrap().install(|| {
            let rng = ChaCha20Rng::from_seed([seed; 32]);
            prover
                .prove_sealed(secret, 0, &corpus.items(), rng)
                .unwrap()
        })
    };
    let one = prove(1, 7);
    assert!(one == prove(2, 7) && one == prove(5, 7));
    assert!(one != prove(1, 8));
}

/// As `bytes_are_the_same_on_every_engine` of public classifiers.
#[test]
fn bytes_are_the_same_on_every_engine() {
    let classifier = small(vec![1, 2, 3, 4], -1000);
    let view = format!("text-hash-{}", classifier.input_len());
    let (sealed, weights) = seal(&classifier, view.parse().unwrap(), "r".to_owned()).unwrap();
    let request = Request::sealed(Digest([1; 32]), Scheme::Ipa, sealed);
    let corpus = Corpus::new((0..20u8).map(|i| vec![i * 12; 4]).collect());
    for lanes in [1, 2] {
        let context = Context {
            commitment: request.commitment,
            request: request.digest(),
        };
        let dimensions = Dimensions::new(10 + lanes, 11, lanes).unwrap();
        let mut prover = Prover::sealed(&request, &weights, context, dimensions, None).unwrap();
        let proofs = engines().into_iter().map(|engine| {
            prover.params = prover.params.on(engine, prover.layout.k());
            let secret = prover.sealed.as_ref().unwrap();
            let rng = ChaCha20Rng::from_seed([7; 32]);
            prover
                .prove_sealed(secret, 0, &corpus.items(), rng)
                .unwrap()
        });
        let proofs: Vec<BatchProof> = proofs.collect();
        assert!(
            proofs.iter().all(|proof| *proof == proofs[0]),
            "{lanes} lanes"
        );
    }
}

/// Proofs of two models and two corpora with the same answers: every 32-byte word of them is as
/// uniform for the one as for the other, and words of one proof say nothing of each other.
#[test]
fn proofs_of_different_models_are_alike() {
    const PROOFS: usize = 32;
    const CELLS: usize = 4;
    let classifiers = [small(vec![1; 4], -500), small(vec![-3, 7, 0, 2], 400)];
    let corpora = [
        Corpus::new(vec![vec![0; 4], vec![255; 4], vec![1, 2, 3, 4]]),
        Corpus::new(vec![
            vec![200, 0, 9, 7],
            vec![3, 125, 9, 9],
            vec![255, 40, 0, 20],
        ]),
    ];
    for (classifier, corpus) in classifiers.iter().zip(&corpora) {
        let bits: Vec<bool> = corpus.views.iter().map(|v| classifier.matches(v)).collect();
        assert_eq!(bits, [false, true, false]);
    }
    let proofs: Vec<Vec<Vec<u8>>> = classifiers
        .iter()
        .zip(&corpora)
        .map(|(classifier, corpus)| {
            let (prover, _) = prover(classifier);
            let prove = || prover.prove(0, &corpus.items()).unwrap().0;
            (0..PROOFS).map(|_| prove()).collect()
        })
        .collect();
    let words = proofs[0][0].len() / 32;
    assert!(
        proofs
            .iter()
            .flatten()
            .all(|proof| proof.len() == 32 * words)
    );
    let cell = |proof: &[u8], word: usize| usize::from(proof[32 * word + 1]) / (256 / CELLS);
    let chi_square = |counts: &[usize]| {
        let expected = counts.iter().sum::<usize>() as f64 / counts.len() as f64;
        let squares = counts.iter().map(|&n| (n as f64 - expected).powi(2));
        squares.sum::<f64>() / expected
    };
    let (mut worst, mut total) = (0.0f64, 0.0);
    for word in 0..words {
        for model in &proofs {
            let mut counts = [0; CELLS];
            for proof in model {
                counts[cell(proof, word)] += 1;
            }
            let score = chi_square(&counts);
            worst = worst.max(score);
            total += score;
        }
    }
    // Three degrees of freedom: a score above 40 has probability 1e-8, and the mean is three.
    assert!(worst < 40.0, "a word is not uniform: {worst}");
    let mean = total / (2 * words) as f64;
    assert!((2.2..3.8).contains(&mean), "{mean}");
    // v̂, the second published word, beside every other one.
    for other in 2..words {
        let mut counts = [0; 4];
        for proof in proofs.iter().flatten() {
            counts[2 * (cell(proof, 1) / 2) + cell(proof, other) / 2] += 1;
        }
        let score = chi_square(&counts);
        assert!(
            score < 45.0,
            "v̂ and word {other} depend on each other: {score}"
        );
    }
}
