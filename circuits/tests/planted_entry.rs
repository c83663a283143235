//! A view commitment that holds something else than bytes (docs/protocol.md section 4, "Views that are
//! not bytes"): what a planted entry does to requests that read it, that do not, and that prove
//! bytes.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use common::batch::{Batch, add};
use common::linear;
use duces_protocol::classifier::Classifier;
use duces_protocol::classifier::adjoint::to_field;
use ff::Field;
use halo2curves::bn256::Fr;
use rand_core::OsRng;

/// One step over a weighted sum of 32 bytes, the first of which has this weight.
fn reads_first(weight: i32) -> Classifier {
    let mut weights: Vec<i32> = (0..32).map(|i| (i * 53 + 7) % 41 - 20).collect();
    weights[0] = weight;
    linear(weights, 50, 11)
}

/// What is planted: just beside the bytes, and anything.
fn planted() -> [Fr; 4] {
    [
        Fr::from(256),
        -Fr::ONE,
        Fr::from(1 << 40),
        Fr::random(OsRng),
    ]
}

fn batch(classifier: Classifier, planted: Fr) -> Batch {
    let mut batch = Batch::new(classifier, 3, 11);
    batch.planted = Some(planted);
    batch
}

/// Whether the circuit accepts with any entry of the first node's table in place of the planted one.
fn accepts_any(mut batch: Batch) -> bool {
    let kind = batch.layout.row_kinds()[0];
    let (column, row) = batch.item(0);
    let honest = i64::from(batch.views[0][0]);
    let entry = |batch: &Batch, q| batch.layout.tables().index(kind.quotient, q);
    let mut now = honest;
    (0..256).step_by(15).any(|q| {
        let (from, to) = (entry(&batch, now), entry(&batch, q));
        for cell in [column, column + 2] {
            add(batch.column(cell), row, to_field::<Fr>(q - now));
        }
        batch.recount(from, to);
        now = q;
        batch.accepts()
    })
}

/// Nothing notices it, and no decision is another.
#[test]
fn a_request_that_does_not_read_a_planted_entry_is_proved() {
    for planted in planted() {
        assert!(batch(reads_first(0), planted).accepts());
    }
}

/// The prover's own view of the item does not give the committed sum.
#[test]
fn a_request_that_reads_it_is_not_proved() {
    for planted in planted() {
        assert!(!batch(reads_first(7), planted).accepts());
    }
}

/// Whatever a prover puts in place of the planted entry, the table has bytes only: the request cannot
/// be proved, though its decision does not read the entry.
#[test]
fn a_request_that_proves_bytes_refuses_every_planted_entry() {
    let classifier = reads_first(0).proving_bytes().unwrap();
    let honest = Batch::new(classifier.clone(), 3, 11);
    assert!(accepts_any(honest), "the honest entry is among them");
    for planted in planted() {
        assert!(!accepts_any(batch(classifier.clone(), planted)));
    }
}
