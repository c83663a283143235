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
use duces_kit::classifier::{lookup, step, sum, table, term};
use duces_protocol::classifier::Map;
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
        let len = weights.len() / if source == 0 { 4 } else { 3 };
        let map = Map::Dense(weights.to_vec());
        sum(len as u32, vec![term(source, map)], vec![bias])
    };
    let first = [90_000, -7, 12, 5, 3, 80_000, -9, 2, -1, 8, 70_000, 60_000];
    let tables = vec![table(-64..64, |q| q.max(0)), step(-600..600)];
    let nodes = vec![
        dense(0, &first, 11),
        lookup(1, 20, 0),
        dense(2, &[4, -3, 2], -6),
        lookup(3, 0, 1),
    ];
    Classifier::new(4, nodes, tables).unwrap()
}

fn request(scheme: Scheme) -> Request {
    Request {
        scheme,
        ..duces_kit::request::of(classifier())
    }
}

/// The judge's verifier of that request, in these dimensions: width, `k`, lanes.
fn verifier([width, k, lanes]: [u32; 3]) -> Verifier {
    let request = request(Scheme::Ipa);
    let dimensions = Dimensions::new(width, k, lanes).unwrap();
    Verifier::new(&request, Context::of(&request), dimensions, None).unwrap()
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
