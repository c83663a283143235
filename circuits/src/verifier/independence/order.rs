//! Which challenges move when a message is exchanged: exactly those that are drawn after it.

use super::*;
use crate::columns::FirstColumns;
use crate::encoding::compress;
use crate::linear_form::Answer;
use crate::{Prover, SecretItem};
use duces_kit::corpus::Corpus;
use ff::PrimeField;
use halo2_proofs::transcript::{Transcript, TranscriptRead};
use std::io;

/// An honest batch and its proof.
struct Batch {
    verifier: Verifier,
    items: Vec<PublicItem>,
    proof: Vec<u8>,
    response: Response,
}

impl Batch {
    fn new(items: usize) -> Self {
        let request = request(Scheme::Ipa);
        let dimensions = Dimensions::new(12, 11, 1).unwrap();
        let prover = Prover::new(&request, Context::of(&request), dimensions, None).unwrap();
        let views = (0..items).map(|i| vec![i as u8, 200, 3, 90]);
        let corpus = Corpus::new(views.collect());
        let secret = corpus.list(|position, view, blind, commitment| SecretItem {
            position,
            view,
            blind,
            commitment,
        });
        let public = secret.iter().map(|item| PublicItem {
            position: item.position,
            commitment: item.commitment,
            matches: request.classifier.matches(item.view),
        });
        Self {
            verifier: verifier([12, 11, 1]),
            items: public.collect(),
            proof: prover.prove(0, &secret).unwrap().0,
            response: Response::choose(4, items),
        }
    }

    /// Name and value of every challenge that the judge draws for these items and this proof, in
    /// the order in which it draws them.
    fn challenges(&self, items: &[PublicItem], proof: &[u8]) -> Vec<(String, Fr)> {
        let v = &self.verifier;
        let parts = Parts::read(proof, &v.layout, 4, self.response, &v.words).unwrap();
        let answered: Vec<AnsweredItem> = items.iter().map(AnsweredItem::from).collect();
        let weights = v.weights(0, &answered, &parts);
        let mut all = vec![
            ("rho".to_owned(), weights.rho),
            ("eta".to_owned(), weights.eta),
        ];
        let library = self.library_challenges(items, &weights, &parts);
        all.extend((0..).zip(library).map(|(i, c)| (format!("library {i}"), c)));
        let (state, theta) = theta(&weights, parts.y.bytes, parts.circuit.bytes);
        all.push(("theta".to_owned(), theta));
        let opening =
            Opening::read(v.bases.len(), 5, self.response, &state, parts.opening).unwrap();
        all.push(("c".to_owned(), opening.c));
        if let Answer::Folded { x, rounds, .. } = opening.answer {
            all.push(("x".to_owned(), x));
            let gammas = (0..).zip(rounds);
            all.extend(gammas.map(|(i, round)| (format!("gamma {i}"), round.gamma)));
        }
        all
    }

    fn library_challenges(
        &self,
        items: &[PublicItem],
        weights: &Weights,
        parts: &Parts<'_>,
    ) -> Vec<Fr> {
        let v = &self.verifier;
        let SchemeParams::Ipa(params) = &v.params else {
            unreachable!("the request names IPA")
        };
        let mut equation = Equation::new(v.classifier(), &v.layout, weights.rho);
        let outputs: Vec<Vec<i32>> = items
            .iter()
            .map(|item| vec![i32::from(item.matches)])
            .collect();
        let answers = group_answers(v.classifier(), &v.layout, &outputs);
        let equation = equation.instance(&v.layout, weights.eta, &answers, &parts.y.read);
        let columns = columns::instance(&equation, &v.public);
        let mut recorder = Recorder {
            inner: Blake2bRead::init(parts.circuit.bytes),
            challenges: Vec::new(),
        };
        // A changed proof need not be a true one: only its challenges are of interest. The gates
        // are checked after the last of them.
        let _ = verify_proof::<Library, IpaVerifier<'_>, _, _, _>(
            params.library(),
            &v.key,
            ipa::Unfinished::new(params.library()),
            &[&columns],
            &mut recorder,
        );
        recorder.challenges
    }
}

/// The library's transcript, which notes every challenge.
struct Recorder<'a> {
    inner: Blake2bRead<&'a [u8], G1Affine, Challenge255<G1Affine>>,
    challenges: Vec<Fr>,
}

impl Transcript<G1Affine, Challenge255<G1Affine>> for Recorder<'_> {
    fn squeeze_challenge(&mut self) -> Challenge255<G1Affine> {
        use halo2_proofs::transcript::EncodedChallenge;
        let challenge = self.inner.squeeze_challenge();
        self.challenges.push(challenge.get_scalar());
        challenge
    }

    fn common_point(&mut self, point: G1Affine) -> io::Result<()> {
        self.inner.common_point(point)
    }

    fn common_scalar(&mut self, scalar: Fr) -> io::Result<()> {
        self.inner.common_scalar(scalar)
    }
}

impl TranscriptRead<G1Affine, Challenge255<G1Affine>> for Recorder<'_> {
    fn read_point(&mut self) -> io::Result<G1Affine> {
        self.inner.read_point()
    }

    fn read_scalar(&mut self) -> io::Result<Fr> {
        self.inner.read_scalar()
    }
}

/// The words of a proof, in order, each with the first challenge that is drawn after it; `None`
/// for those that no challenge follows.
fn messages(batch: &Batch) -> Vec<(String, Option<String>)> {
    let v = &batch.verifier;
    let layout = &v.layout;
    let library = |n: usize| Some(format!("library {n}"));
    let some = |name: &str| Some(name.to_owned());
    let mut list = Vec::new();
    let mut push = |name: &str, count: usize, next: Option<String>| {
        list.extend((0..count).map(|i| (format!("{name} {i}"), next.clone())));
    };
    push("mask", layout.groups(), some("rho"));
    push("y", layout.groups(), library(0));
    push("D, e", 2, some("c"));
    match batch.response {
        Response::Plain => push("blind, response", 1 + 5, None),
        Response::Folded => {
            push("blind", 1, some("x"));
            for round in 0..v.bases.len().ilog2() {
                push("L, R", 2, Some(format!("gamma {round}")));
            }
            push("last scalar", 1, None);
        }
    }
    // alpha, beta, w; theta, beta, gamma of the library; y; x; x_1, x_2; x_3; x_4; xi, z; u_j.
    let first = FirstColumns::<()>::count(layout);
    let cs = v.key.cs();
    push("first phase", first, some("rho"));
    push("second phase", cs.num_advice_columns() - first, library(3));
    push("random polynomial", 1, library(6));
    push(
        "quotient",
        v.key.get_domain().get_quotient_poly_degree(),
        library(7),
    );
    push("value at x", cs.advice_queries().len() + 1, library(8));
    push("q'", 1, library(10));
    push("value at x_3", 2, library(11));
    push("S", 1, library(12));
    for round in 0..layout.k() as usize {
        push("library's L, R", 2, library(14 + round));
    }
    push("last scalars", 2, some("theta"));
    list
}

/// Every word of a proof, and every public value of an item, is exchanged for another.
#[test]
fn every_challenge_follows_what_it_must() {
    // A folded response, and one in full.
    for items in [5, 40] {
        let batch = Batch::new(items);
        let honest = batch.challenges(&batch.items, &batch.proof);
        let messages = messages(&batch);
        assert_eq!(32 * messages.len(), batch.proof.len());
        let moved = |items: &[PublicItem], proof: &[u8]| -> Vec<bool> {
            let changed = batch.challenges(items, proof);
            assert_eq!(changed.len(), honest.len());
            let pairs = honest.iter().zip(&changed);
            pairs.map(|(old, new)| old != new).collect()
        };
        // The opening and the circuit are absorbed by different chains: what follows y, the
        // circuit's words included, is theta and all after it.
        for (word, (name, next)) in messages.iter().enumerate() {
            let mut proof = batch.proof.clone();
            let place = &mut proof[32 * word..32 * (word + 1)];
            let other = match crate::encoding::point(place) {
                Ok(_) if is_point(name) => compress(&random_point()),
                _ => random().to_repr(),
            };
            place.copy_from_slice(&other);
            let moved = moved(&batch.items, &proof);
            let start = next.as_ref().map_or(honest.len(), |next| {
                let found = honest.iter().position(|(name, _)| name == next);
                found.unwrap_or_else(|| panic!("there is no challenge {next}"))
            });
            for (i, (challenge, _)) in honest.iter().enumerate() {
                assert_eq!(moved[i], i >= start, "{items} items, {name}: {challenge}");
            }
        }
        for change in [
            (|item| item.position += 1000) as fn(&mut PublicItem),
            |item| item.matches ^= true,
            |item| {
                item.commitment = ViewCommitment::from_bytes(&compress(&random_point())).unwrap()
            },
        ] {
            for i in [0, items - 1] {
                let mut items = batch.items.clone();
                change(&mut items[i]);
                assert!(moved(&items, &batch.proof).iter().all(|moved| *moved));
            }
        }
        println!(
            "{items} items: {} words, {} challenges, each moves with what it follows",
            messages.len(),
            honest.len()
        );
    }
}

/// Whether a message of this name is a point.
fn is_point(name: &str) -> bool {
    let scalars = ["y ", "blind", "value", "last", "D, e 1"];
    !scalars.iter().any(|scalar| name.starts_with(scalar))
}
