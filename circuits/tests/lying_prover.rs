//! Lying provers on the circuit: honest input, other internals, everything downstream recomputed.
//!
//! The simulator draws its challenges independently of the witness, as a random oracle does, so a
//! lie that it accepts is a lie that the circuit accepts.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use common::batch::{Batch, add};
use common::linear;
use common::simulation::Change;
use duces_circuits::columns::{FirstColumns, SecondColumns};
use duces_circuits::layout::{Layout, RowKind};
use duces_kit::classifier::{decision, network};
use duces_protocol::classifier::adjoint::to_field;
use ff::Field;
use halo2curves::bn256::Fr;
use rand_core::OsRng;
use std::collections::BTreeMap;
use std::sync::Arc;

fn linear_batch() -> Batch {
    let weights = (0..32).map(|i| (i * 53 + 7) % 41 - 20).collect();
    Batch::new(linear(weights, 50, 11), 9, 11)
}

/// One whose shift takes more than one row.
fn wide_batch() -> Batch {
    let weights = (0..32).map(|i| ((i * 53 + 7) % 41 - 20) * 9_999).collect();
    Batch::new(linear(weights, 50, 22), 9, 11)
}

/// One whose function table extends over many columns: more entries than a 16-bit argument has.
fn large_batch() -> Batch {
    let weights = (0..32).map(|i| (i * 53 + 7) % 41 - 20).collect();
    let batch = Batch::new(decision(weights, 50, 2, -45_000..45_000), 9, 11);
    assert!(batch.layout.table_columns() > 40);
    batch
}

#[test]
fn honest_batches_are_accepted() {
    assert!(large_batch().accepts());
    assert!(linear_batch().accepts());
    assert!(Batch::new(network(), 7, 11).accepts());
    assert!(Batch::new(network(), 20, 13).accepts());
    assert!(wide_batch().accepts());
}

#[test]
fn the_opposite_decision_is_refused() {
    let mut batch = linear_batch();
    batch.bits[4] ^= true;
    assert!(!batch.accepts(), "another bit, the witness as it was");

    assert!(
        !opposite_decision().accepts(),
        "an entry of the table with the claimed decision"
    );
}

/// The prover also moves the activation to a table entry with the claimed decision, and keeps every
/// lookup and multiplicity right.
fn opposite_decision() -> Batch {
    let mut batch = linear_batch();
    let kind = batch.layout.row_kinds()[0];
    let (column, row) = batch.item(4);
    let bit = batch.bits[4];
    let honest = batch.cell(column, row);
    let (old, new) = (-256..256)
        .find(|q| to_field::<Fr>(*q) == honest)
        .map(|q| (q, if bit { -3 } else { 3 }))
        .unwrap();
    batch.set(column, row, to_field(new));
    batch.set(column + 2, row, if bit { Fr::ZERO } else { Fr::ONE });
    batch.recount(index(&batch, kind, old), index(&batch, kind, new));
    batch.bits[4] = !bit;
    batch
}

/// Had the prover known the challenges before it chose its mask, it could have put into it what a false
/// decision leaves in the equation: the change lies in the kernel of that one equation. Under every
/// other challenge it does not.
#[test]
fn a_change_in_the_kernel_of_a_known_challenge_is_refused() {
    let known = [Fr::random(OsRng), Fr::random(OsRng)];
    let honest = linear_batch();
    let mut lie = opposite_decision();
    lie.masks.clone_from(&honest.masks);
    let mask = lie.witness.columns.iter().count() - 1;
    lie.set(mask, 0, honest.masks[0]);
    assert!(honest.accepts_under(known) && !lie.accepts_under(known));
    let left = lie.residual(known) - honest.residual(known);
    // The mask is all that the honest witness leaves: so it is known how it counts.
    let weight = -honest.residual(known) * honest.masks[0].invert().unwrap();
    add(lie.column(mask), 0, -left * weight.invert().unwrap());
    assert!(lie.accepts_under(known), "the change is in the kernel");
    for _ in 0..3 {
        assert!(!lie.accepts(), "another challenge");
    }
    for changed in 0..2 {
        let mut other = known;
        other[changed] += Fr::ONE;
        assert!(!lie.accepts_under(other), "challenge {changed} is another");
    }
}

fn index(batch: &Batch, kind: RowKind, q: i64) -> usize {
    batch.layout.tables().index(kind.quotient, q)
}

#[test]
fn remainders_out_of_range_are_refused() {
    // The same pre-activation with a larger or negative remainder and a neighbouring quotient.
    for shift in [1i64, -1] {
        let mut batch = linear_batch();
        let kind = batch.layout.row_kinds()[0];
        let (column, row) = batch.item(2);
        let honest = batch.cell(column, row);
        let q = (-256..256).find(|q| to_field::<Fr>(*q) == honest).unwrap();
        add(batch.column(column), row, to_field::<Fr>(shift));
        add(
            batch.column(column + 1),
            row,
            -(to_field::<Fr>(shift * (1 << kind.quotient_shift))),
        );
        let z = i64::from(q + shift >= 0);
        batch.set(column + 2, row, to_field(z));
        batch.recount(index(&batch, kind, q), index(&batch, kind, q + shift));
        batch.bits[2] = z == 1;
        assert!(!batch.accepts(), "remainder moved by {shift} quotients");
    }
}

#[test]
fn quotients_modulo_the_field_are_refused() {
    // q = (Y − r)/2^e in the field for another r: the linear relation holds, the lookup cannot.
    let mut batch = linear_batch();
    let kind = batch.layout.row_kinds()[0];
    let (column, row) = batch.item(0);
    let inverse = Fr::from(1 << kind.quotient_shift).invert().unwrap();
    add(batch.column(column + 1), row, Fr::ONE);
    add(batch.column(column), row, -inverse);
    assert!(!batch.accepts());
}

/// A table over many columns is one table: a lookup meets its own entry and no other, whichever columns
/// they are in, and where the multiplicity is put changes nothing.
#[test]
fn entries_of_other_columns_are_refused() {
    let honest = large_batch();
    let kind = honest.layout.row_kinds()[0];
    let (column, row) = honest.item(4);
    let cell = honest.cell(column, row);
    let q = (-45_000..45_000)
        .find(|q| to_field::<Fr>(*q) == cell)
        .unwrap();
    let body = honest.layout.body_rows() as i64;
    let other = if q < 0 { 44_999 } else { -45_000 };

    let mut batch = honest.clone();
    batch.set(column, row, to_field(other));
    batch.set(column + 2, row, if q < 0 { Fr::ONE } else { Fr::ZERO });
    batch.recount(index(&batch, kind, q), index(&batch, kind, other));
    batch.bits[4] ^= true;
    assert!(!batch.accepts(), "an entry of another column, in its place");

    let mut batch = honest.clone();
    batch.set(column + 2, row, if q < 0 { Fr::ONE } else { Fr::ZERO });
    batch.recount(index(&batch, kind, q), index(&batch, kind, other));
    batch.bits[4] ^= true;
    assert!(!batch.accepts(), "the value of an entry of another column");

    for neighbour in [q - body, q + body] {
        let mut batch = honest.clone();
        batch.recount(index(&batch, kind, q), index(&batch, kind, neighbour));
        assert!(
            !batch.accepts(),
            "the multiplicity in the same row of another column"
        );
    }

    // An argument beside the table, and the rows past the last entry, which are zero.
    let entries = honest.layout.tables().entries().len();
    assert_ne!(entries % honest.layout.body_rows(), 0);
    for (argument, z) in [(45_000, 1), (-45_001, 0)] {
        let mut batch = honest.clone();
        batch.set(column, row, to_field(argument));
        batch.set(column + 2, row, to_field(z));
        batch.recount(index(&batch, kind, q), entries);
        batch.bits[4] = z == 1;
        assert!(!batch.accepts(), "the argument {argument}");
    }
}

#[test]
fn a_tuple_of_another_table_is_refused() {
    // In the network the first layers use the rectifier and the last the step. A rectifier row
    // that takes the step's tuple (5, 1) instead of (5, 5), all else recomputed by hand, fails.
    let mut batch = Batch::new(network(), 3, 11);
    let (column, row) = batch.item(1);
    let found = (0..72).find(|i| {
        let q = batch.cell(column, row + i);
        (2..200).any(|n| q == to_field::<Fr>(n))
    });
    let row = row + found.expect("an activation between 2 and 200");
    batch.set(column + 2, row, Fr::ONE);
    assert!(!batch.accepts());
}

#[test]
fn a_wrong_intermediate_value_that_passes_every_lookup_is_refused() {
    let mut batch = Batch::new(network(), 3, 11);
    let kind = batch.layout.row_kinds()[0];
    let (column, row) = batch.item(1);
    let tables = Arc::clone(&batch.layout);
    let entry = |q: i64| tables.tables().entries()[tables.tables().index(kind.quotient, q)];
    let honest = batch.cell(column, row);
    let q = (-1024..=1024)
        .find(|q| to_field::<Fr>(*q) == honest)
        .unwrap();
    let lie = if q == 40 { 41 } else { 40 };
    batch.set(column, row, to_field(lie));
    batch.set(column + 2, row, to_field(i64::from(entry(lie).value)));
    batch.recount(index(&batch, kind, q), index(&batch, kind, lie));
    assert!(!batch.accepts());
}

#[test]
fn masks_and_public_values_are_bound() {
    let mut batch = linear_batch();
    batch.y_error = Fr::ONE;
    assert!(!batch.accepts(), "y chosen freely");
    let mut batch = linear_batch();
    let last = batch.witness.columns.iter().count() - 1;
    add(batch.column(last), 0, Fr::ONE);
    assert!(
        !batch.accepts(),
        "a mask in the circuit that is not the one in y"
    );
}

#[test]
fn multiplicities_are_bound() {
    for change in [Fr::ONE, -Fr::ONE, Fr::random(OsRng)] {
        let mut batch = linear_batch();
        let column = 3 * batch.layout.triples();
        let row = batch.layout.body_start() + 10;
        add(batch.column(column), row, change);
        assert!(!batch.accepts());
    }
}

/// How many columns are committed to.
fn columns(layout: &Layout) -> usize {
    FirstColumns::<()>::count(layout) + SecondColumns::<()>::count(layout)
}

/// Why no constraint reads a cell, if none does: no lookup, no entry, no coefficient and no helper's
/// gate touches it.
fn free(layout: &Layout, first: usize, column: usize, row: usize) -> Option<&'static str> {
    let above = row < layout.body_start();
    let (multiplicities, mask) = (3 * layout.triples(), first - 1);
    if column == columns(layout) - 1 {
        None
    } else if column == mask {
        (!above).then_some("masks, below their rows")
    } else if column < multiplicities {
        above.then_some("triples, above the body")
    } else if column < mask {
        above.then_some("multiplicities, above the body")
    } else {
        above.then_some("helpers, above the body")
    }
}

/// The cells of a batch, first and second phase, every `step`-th row, +1, random and −1: who
/// survives is named, on all cores.
fn every_cell_is_bound_or_named(batch: &Batch, step: usize) {
    let layout = &batch.layout;
    let first = FirstColumns::<()>::count(layout);
    let cells: Vec<(usize, usize)> = (0..columns(layout))
        .flat_map(|column| {
            (0..layout.end_row())
                .step_by(step)
                .map(move |row| (column, row))
        })
        .collect();
    let survives = |column: usize, row: usize, change: Fr| {
        let mut lie = batch.clone();
        if column < first {
            add(lie.column(column), row, change);
        } else {
            lie.lie = Some(Change {
                column: column - first,
                row,
                by: change,
            });
        }
        lie.accepts()
    };
    let sweep = |part: &[(usize, usize)]| {
        let mut survivors = BTreeMap::new();
        for &(column, row) in part {
            for change in [Fr::ONE, Fr::random(OsRng), -Fr::ONE] {
                if survives(column, row, change) {
                    let why = free(layout, first, column, row)
                        .unwrap_or_else(|| panic!("column {column}, row {row} is free"));
                    *survivors.entry(why).or_insert(0) += 1;
                }
            }
        }
        survivors
    };
    let threads = std::thread::available_parallelism().map_or(1, Into::into);
    let survivors = std::thread::scope(|scope| {
        let parts = cells.chunks(cells.len().div_ceil(threads));
        let running: Vec<_> = parts.map(|part| scope.spawn(|| sweep(part))).collect();
        let mut all = BTreeMap::new();
        for part in running {
            for (why, n) in part.join().unwrap() {
                *all.entry(why).or_insert(0) += n;
            }
        }
        all
    });
    println!(
        "{} cells, {} changes, {} survivors: {survivors:?}",
        cells.len(),
        3 * cells.len(),
        survivors.values().sum::<usize>()
    );
    assert!(cells.len() > 100);
}

#[test]
fn some_cells_of_every_column() {
    every_cell_is_bound_or_named(&Batch::new(network(), 3, 11), 97);
    every_cell_is_bound_or_named(&wide_batch(), 97);
    every_cell_is_bound_or_named(&large_batch(), 1021);
}

#[test]
#[ignore = "takes long: cargo campaign cells"]
fn all_cells_of_every_column() {
    every_cell_is_bound_or_named(&Batch::new(network(), 3, 11), 1);
    every_cell_is_bound_or_named(&wide_batch(), 1);
}
