//! The relation to sealed weights: no point of it takes the place of another (docs/protocol.md
//! section 10.5, "Soundness").

use super::*;
use crate::linear_form::Round;
use crate::sealed::check::Steps;

/// All challenges of the relation, and the points that were drawn once.
#[derive(Clone)]
struct Draw {
    r: Vec<Fr>,
    gammas: Vec<Fr>,
    c: Fr,
    x: Fr,
    columns: Vec<Fr>,
}

/// A round of messages, in the order in which they are sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Message {
    Commitments,
    Sum(usize),
    Row(usize),
    First,
    Column(usize),
}

const SUM: usize = 4;
const ROWS: usize = 2;
const COLUMNS: usize = 3;

impl Draw {
    fn new() -> Self {
        let many = |n: usize| (0..n).map(|_| random()).collect();
        Self {
            r: many(SUM),
            gammas: many(ROWS),
            c: random(),
            x: random(),
            columns: many(COLUMNS),
        }
    }

    /// The same up to the challenges that follow a message, fresh from there.
    fn from(&self, message: Message) -> Self {
        let mut draw = Self::new();
        let (r, gammas, columns) = match message {
            Message::Commitments => (0, 0, 0),
            Message::Sum(round) => (round, 0, 0),
            Message::Row(round) => (SUM, round, 0),
            Message::First => (SUM, ROWS, 0),
            Message::Column(round) => {
                (draw.c, draw.x) = (self.c, self.x);
                (SUM, ROWS, round)
            }
        };
        draw.r[..r].copy_from_slice(&self.r[..r]);
        draw.gammas[..gammas].copy_from_slice(&self.gammas[..gammas]);
        draw.columns[..columns].copy_from_slice(&self.columns[..columns]);
        draw
    }

    /// The coefficients of every point in the order in which they are sent, as the judge computes
    /// them. `b̂` is the same in all draws: it is bound elsewhere, and must not help here.
    fn coefficients(&self, points: &[G1Affine]) -> Vec<Fr> {
        let mut rest = points.chunks_exact(2).map(|pair| [pair[0], pair[1]]);
        let mut next = || rest.next().unwrap();
        let sum = self.r.iter().map(|&r| (next(), r)).collect();
        let rows = self.gammas.iter().map(|&gamma| (next(), gamma)).collect();
        let first = next();
        let round = |&gamma: &Fr| {
            let [left, right] = next();
            Round { left, right, gamma }
        };
        let steps = Steps {
            sum,
            value: random(),
            scale: Fr::ONE,
            constant: random(),
            rows,
            form: &[Fr::ONE; 1 << COLUMNS],
            first,
            c: self.c,
            blinds: [random(), random()],
            x: self.x,
            columns: self.columns.iter().map(round).collect(),
            last: random(),
        };
        let relation = steps.relation(1 << ROWS);
        let of = |point: &G1Affine| {
            let found = relation.points.iter().find(|(_, other)| other == point);
            found.unwrap().0
        };
        relation
            .t
            .iter()
            .copied()
            .chain(points.iter().map(of))
            .collect()
    }
}

/// Commitments to rows, the rounds of the sum-check, those over rows, `D` and `E`, those within a row.
#[test]
fn no_point_of_the_relation_to_weights_absorbs_another() {
    let base = Draw::new();
    let mut messages = vec![(Message::Commitments, 1 << ROWS)];
    messages.extend((0..SUM).map(|round| (Message::Sum(round), 2)));
    messages.extend((0..ROWS).map(|round| (Message::Row(round), 2)));
    messages.push((Message::First, 2));
    messages.extend((0..COLUMNS).map(|round| (Message::Column(round), 2)));
    let all: usize = messages.iter().map(|(_, new)| new).sum();
    let points: Vec<G1Affine> = (0..all - (1 << ROWS)).map(|_| random_point()).collect();
    let mut old = 0;
    for (message, new) in messages {
        let rows: Vec<Vec<Fr>> = (0..old + new + 4)
            .map(|_| base.from(message).coefficients(&points))
            .collect();
        let found = independent(&rows, old, new);
        println!("{message:?}: {new} points, {found} independent of {old}");
        assert_eq!(new, found, "{message:?}");
        old += new;
    }
}
