//! Coefficients of points: in the circuit's proof (I), in the opening (O), and under KZG.

use super::*;
use crate::columns::EquationColumns;
use crate::linear_form::{Answer, Round};
use halo2_proofs::transcript::{EncodedChallenge, Transcript, TranscriptRead};
use rand_core::RngCore;
use std::io;

type Challenge = Challenge255<G1Affine>;

/// Challenges of the library: the first are fixed, those after them random.
struct Fixed {
    bytes: Vec<[u8; 64]>,
    count: usize,
}

/// A transcript that gives points of its own making, the same in every run, and challenges that
/// are the same up to a point.
struct Script<'a> {
    /// Every point that was read, and how many challenges had been drawn by then.
    points: &'a mut Vec<(G1Affine, usize)>,
    read: usize,
    fixed: &'a Fixed,
    drawn: usize,
}

impl Transcript<G1Affine, Challenge> for Script<'_> {
    fn squeeze_challenge(&mut self) -> Challenge {
        let mut bytes = [0; 64];
        OsRng.fill_bytes(&mut bytes);
        if self.drawn < self.fixed.count {
            bytes = self.fixed.bytes[self.drawn];
        }
        self.drawn += 1;
        Challenge::new(&bytes)
    }

    fn common_point(&mut self, _: G1Affine) -> io::Result<()> {
        Ok(())
    }

    fn common_scalar(&mut self, _: Fr) -> io::Result<()> {
        Ok(())
    }
}

impl TranscriptRead<G1Affine, Challenge> for Script<'_> {
    fn read_point(&mut self) -> io::Result<G1Affine> {
        if self.read == self.points.len() {
            self.points.push((random_point(), self.drawn));
        }
        let (point, after) = self.points[self.read];
        assert_eq!(after, self.drawn, "messages come in a fixed order");
        self.read += 1;
        Ok(point)
    }

    fn read_scalar(&mut self) -> io::Result<Fr> {
        Ok(random())
    }
}

/// The equation of a batch with two full places.
fn equation(verifier: &Verifier) -> EquationColumns<Vec<Fr>> {
    let layout = &verifier.layout;
    let mut equation = Equation::new(verifier.classifier(), layout, random());
    let decisions = vec![vec![vec![1]; 2]; layout.groups()];
    let y = vec![random(); layout.groups()];
    equation.instance(layout, random(), &decisions, &y)
}

/// For every round of points: the challenges before it, new points, points before, and how many of
/// the new are independent. `row` runs the verifier and returns the coefficient of every point
/// and the number of challenges.
fn rounds(
    row: impl Fn(&mut Vec<(G1Affine, usize)>, &Fixed) -> (Vec<Fr>, usize),
) -> Vec<[usize; 4]> {
    let mut points = Vec::new();
    let none = Fixed {
        bytes: Vec::new(),
        count: 0,
    };
    let (_, challenges) = row(&mut points, &none);
    let mut bytes = vec![[0; 64]; challenges];
    bytes.iter_mut().for_each(|bytes| OsRng.fill_bytes(bytes));
    let mut fixed = Fixed { bytes, count: 0 };
    let mut starts: Vec<usize> = points.iter().map(|(_, after)| *after).collect();
    starts.dedup();
    starts
        .into_iter()
        .map(|start| {
            let old = points.iter().filter(|(_, after)| *after < start).count();
            let new = points.iter().filter(|(_, after)| *after == start).count();
            fixed.count = start;
            let rows: Vec<Vec<Fr>> = (0..old + new + 4)
                .map(|_| row(&mut points, &fixed).0)
                .collect();
            [start, new, old, independent(&rows, old, new)]
        })
        .collect()
}

/// The first phase, the second, the random polynomial, the quotient, `q'`, `S`, and the rounds of
/// the inner-product argument.
#[test]
fn no_point_of_the_circuits_proof_absorbs_another() {
    let verifier = verifier([12, 11, 1]);
    let SchemeParams::Ipa(params) = &verifier.params else {
        unreachable!("the request names IPA")
    };
    let found = rounds(|points, fixed| {
        let equation = equation(&verifier);
        let columns = columns::instance(&equation, &verifier.public);
        let mut script = Script {
            points,
            read: 0,
            fixed,
            drawn: 0,
        };
        let relation = verify_proof::<Library, IpaVerifier<'_>, Challenge, _, _>(
            params.library(),
            &verifier.key,
            ipa::Unfinished::new(params.library()),
            &[&columns],
            &mut script,
        )
        .unwrap();
        let drawn = script.drawn;
        let row = points.iter().map(|(point, _)| relation.coefficient(point));
        (row.collect(), drawn)
    });
    let k = verifier.layout.k() as usize;
    assert_eq!(found.len(), 6 + k, "{found:?}");
    for [challenges, new, old, independent] in found {
        println!("after {challenges} challenges: {new} points, {independent} independent of {old}");
        assert_eq!(new, independent, "after {challenges} challenges");
    }
}

/// All challenges of the opening's equation.
#[derive(Clone)]
struct Draw {
    eta: Fr,
    theta: Fr,
    c: Fr,
    x: Fr,
    gammas: Vec<Fr>,
}

impl Draw {
    fn new(rounds: usize) -> Self {
        Self {
            eta: random(),
            theta: random(),
            c: random(),
            x: random(),
            gammas: (0..rounds).map(|_| random()).collect(),
        }
    }

    /// The same up to the challenges that follow a message, fresh from there.
    fn from(&self, message: Message) -> Self {
        let fresh = Self::new(self.gammas.len());
        match message {
            Message::BeforeWeights => fresh,
            Message::First => Self {
                eta: self.eta,
                theta: self.theta,
                ..fresh
            },
            Message::Round(round) => {
                let mut draw = self.clone();
                draw.gammas[round..].copy_from_slice(&fresh.gammas[round..]);
                draw
            }
        }
    }

    /// The coefficients of view commitments, masks, `D`, and `L`, `R` of every round, as the judge
    /// computes them.
    fn coefficients(&self, groups: usize, items: usize) -> Vec<Fr> {
        let round = |&gamma: &Fr| Round {
            left: random_point(),
            right: random_point(),
            gamma,
        };
        let opening = Opening {
            first: random_point(),
            e: random(),
            c: self.c,
            blind: random(),
            answer: Answer::Folded {
                x: self.x,
                rounds: self.gammas.iter().map(round).collect(),
                last: random(),
            },
        };
        let form: Vec<Fr> = (0..5).map(|_| random()).collect();
        let relation = opening.relation(&form, random()).unwrap();
        let weights = opening_weights(relation.q, groups, items, self.eta, self.theta);
        let (masks, items) = weights.split_at(groups);
        let points = relation.points.iter().map(|(scalar, _)| scalar);
        items.iter().chain(masks).chain(points).copied().collect()
    }
}

#[derive(Clone, Copy, Debug)]
enum Message {
    BeforeWeights,
    First,
    Round(usize),
}

/// View commitments, masks, `D`, and the rounds.
#[test]
fn no_point_of_the_opening_absorbs_another() {
    let (groups, items, rounds) = (3, 8, 3);
    let base = Draw::new(rounds);
    let mut messages = vec![
        ("view commitments", Message::BeforeWeights, items),
        ("masks", Message::BeforeWeights, groups),
        ("D", Message::First, 1),
    ];
    messages.extend((0..rounds).map(|round| ("L, R", Message::Round(round), 2)));
    let mut old = 0;
    for (name, message, new) in messages {
        let rows: Vec<Vec<Fr>> = (0..old + new + 4)
            .map(|_| base.from(message).coefficients(groups, items))
            .collect();
        let found = independent(&rows, old, new);
        println!("{name} {message:?}: {new} points, {found} independent of {old}");
        assert_eq!(new, found, "{name} {message:?}");
        old += new;
    }
}
