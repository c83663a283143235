//! What could a message of the prover absorb? (docs/protocol.md section 5.6, "Every message
//! of the prover".)
//!
//! The judge's final equations are linear in the points that a prover sends. Their coefficients are
//! taken from the code that the judge runs, under challenges that the test chooses: a message may
//! depend on the challenges before it, so those are fixed, and the later ones are random. Messages
//! whose coefficients are linearly independent as functions of the later challenges, among themselves
//! and from everything known before, cannot take each other's place. Independence is a rank.
//!
//! That challenges really come after the messages that they must follow is measured too: every
//! message is exchanged for another, and the challenges that move are those that the table lists.

mod equation;
#[cfg(feature = "prover")]
mod order;
mod points;
mod weights;

use super::*;
use duces_protocol::classifier::{Linear, Map, Node, Pointwise, Table, Term, ValueId};
use duces_protocol::digest::Digest;
use duces_protocol::request::Scheme;
use group::Curve;
use halo2curves::bn256::G1Affine;
use rand_core::OsRng;

/// The rank of a matrix over the field.
fn rank(mut rows: Vec<Vec<Fr>>) -> usize {
    let columns = rows.first().map_or(0, Vec::len);
    let mut rank = 0;
    for column in 0..columns {
        let Some(pivot) = (rank..rows.len()).find(|&row| rows[row][column] != Fr::ZERO) else {
            continue;
        };
        rows.swap(rank, pivot);
        let (done, rest) = rows.split_at_mut(rank + 1);
        let pivot = &done[rank];
        let inverse = pivot[column].invert().unwrap();
        for row in rest {
            let factor = row[column] * inverse;
            if factor != Fr::ZERO {
                for (cell, above) in row[column..].iter_mut().zip(&pivot[column..]) {
                    *cell -= factor * above;
                }
            }
        }
        rank += 1;
    }
    rank
}

/// How many of the `new` functions after the first `old` are independent of all before them. A row
/// holds the values of all functions under one draw of the challenges.
fn independent(rows: &[Vec<Fr>], old: usize, new: usize) -> usize {
    let first = |columns: usize| rank(rows.iter().map(|row| row[..columns].to_vec()).collect());
    first(old + new) - first(old)
}

fn random() -> Fr {
    Fr::random(OsRng)
}

fn random_point() -> G1Affine {
    (G1Affine::generator() * random()).to_affine()
}

/// Four bytes, three rectified sums whose shift takes two rows each, one decision.
fn classifier() -> Classifier {
    let dense = |source: u32, weights: &[i32], bias: i64| {
        Node::Linear(Linear {
            len: (weights.len() / if source == 0 { 4 } else { 3 }) as u32,
            terms: vec![Term {
                source: ValueId(source),
                map: Map::Dense(weights.to_vec()),
            }],
            bias: vec![bias],
        })
    };
    let pointwise = |source: u32, shift: u8, table: u32| {
        Node::Pointwise(Pointwise {
            source: ValueId(source),
            shift,
            table,
        })
    };
    let first = [90_000, -7, 12, 5, 3, 80_000, -9, 2, -1, 8, 70_000, 60_000];
    let rectifier = (-64..64).map(|q: i32| q.max(0)).collect();
    let step = (-600..600).map(|q| i32::from(q >= 0)).collect();
    let tables = [(-64, rectifier), (-600, step)];
    Classifier::new(
        4,
        vec![
            dense(0, &first, 11),
            pointwise(1, 20, 0),
            dense(2, &[4, -3, 2], -6),
            pointwise(3, 0, 1),
        ],
        tables.map(|(lo, outputs)| Table { lo, outputs }).to_vec(),
    )
    .unwrap()
}

fn request(scheme: Scheme) -> Request {
    Request {
        commitment: Digest([1; 32]),
        view: "text-hash-4".parse().unwrap(),
        scheme,
        rule: String::new(),
        model: Digest([2; 32]),
        classifier: classifier(),
    }
}

/// The judge's verifier of that request, in these dimensions: width, `k`, lanes.
fn verifier([width, k, lanes]: [u32; 3]) -> Verifier {
    let request = request(Scheme::Ipa);
    let dimensions = Dimensions::new(width, k, lanes).unwrap();
    Verifier::new(&request, context(&request), dimensions, None).unwrap()
}

fn context(request: &Request) -> Context {
    Context {
        commitment: request.commitment,
        request: request.digest(),
    }
}

#[test]
fn ranks_are_those_of_small_matrices() {
    let matrix = |rows: &[&[u64]]| -> Vec<Vec<Fr>> {
        let row = |row: &&[u64]| row.iter().map(|&cell| Fr::from(cell)).collect();
        rows.iter().map(row).collect()
    };
    assert_eq!(rank(matrix(&[&[1, 2, 3], &[2, 4, 6], &[0, 0, 1]])), 2);
    assert_eq!(rank(matrix(&[&[0, 1], &[1, 0]])), 2);
    assert_eq!(rank(matrix(&[&[0, 0], &[0, 0]])), 0);
    let rows = matrix(&[&[1, 1, 2], &[3, 3, 5], &[4, 4, 7]]);
    assert_eq!([independent(&rows, 1, 1), independent(&rows, 1, 2)], [0, 1]);
}
