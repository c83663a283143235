//! An honest witness never shows a tag that admits too much. For every row of an item: the tag beside
//! `(q, z)` and that beside `r` admit what the classifier says of the row and nothing else, and the
//! digits of a pre-activation are a mixed radix without a gap or an overlap. Read from the columns that
//! the judge computes, not from the functions that fill them.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use common::models::{Choices, random_classifier};
use duces_circuits::circuit::public_columns;
use duces_circuits::layout::Layout;
use duces_circuits::{Dimensions, Width, plan};
use duces_kit::classifier::{lookup, sum, table, term};
use duces_protocol::classifier::adjoint::to_field;
use duces_protocol::classifier::{Classifier, Map, Pointwise, Table};
use ff::{Field, PrimeField};
use halo2curves::bn256::Fr;
use std::collections::{BTreeMap, BTreeSet};

/// What a tag admits: arguments with their values, as field elements in bytes.
type Admitted = BTreeSet<[[u8; 32]; 2]>;

fn bytes(number: Fr) -> [u8; 32] {
    number.to_repr()
}

fn pair(argument: i64, value: i64) -> [[u8; 32]; 2] {
    [argument, value].map(|number| bytes(to_field(number)))
}

fn of_table(table: &Table) -> Admitted {
    let arguments = i64::from(table.lo)..;
    let entries = arguments.zip(&table.outputs);
    entries.map(|(q, &z)| pair(q, i64::from(z))).collect()
}

fn of_range(bits: u8) -> Admitted {
    (0..1 << bits).map(|a| pair(a, 0)).collect()
}

/// What the judge's columns say of a layout.
struct Columns {
    /// What each tag admits, by the tag's bytes.
    admitted: BTreeMap<[u8; 32], Admitted>,
    /// The tags of `(q, z)` and of `r`, row by row.
    tags: [Vec<Fr>; 2],
}

impl Columns {
    fn new(layout: &Layout) -> Self {
        let columns = public_columns(layout);
        let mut admitted: BTreeMap<[u8; 32], Admitted> = BTreeMap::new();
        let mut entries = 0;
        for part in &columns.table {
            for row in 0..layout.rows() {
                let cell = |column: &Vec<Fr>| column.get(row).copied().unwrap_or(Fr::ZERO);
                let tag = cell(&part.tag);
                let entry = [cell(&part.argument), cell(&part.value)];
                if tag == Fr::ZERO {
                    assert_eq!(entry, [Fr::ZERO; 2], "an entry without a tag");
                    continue;
                }
                let body = layout.body_start()..layout.end_row();
                assert!(body.contains(&row), "an entry outside the body");
                let of_tag = admitted.entry(bytes(tag)).or_default();
                assert!(of_tag.insert(entry.map(bytes)), "an entry stands twice");
                entries += 1;
            }
        }
        assert_eq!(entries, layout.tables().entries().len());
        Self {
            admitted,
            tags: [columns.tag_q, columns.tag_r],
        }
    }

    /// What the two tags of a row admit.
    fn admit(&self, row: usize) -> [&Admitted; 2] {
        let of = |tags: &Vec<Fr>| &self.admitted[&bytes(tags[row])];
        [of(&self.tags[0]), of(&self.tags[1])]
    }
}

/// Checks every row of an item at the first and the last place of the stack.
fn check(classifier: &Classifier, dimensions: Dimensions) {
    let layout = Layout::new(classifier, dimensions).unwrap();
    let columns = Columns::new(&layout);
    let nodes: Vec<Pointwise> = classifier.pointwise().map(|(_, node)| *node).collect();
    // The node, and the bits of its remainder that are still to be split.
    let mut open: Option<(usize, u8)> = None;
    for block in layout.blocks() {
        let node = nodes[block.node];
        let (high, low) = (block.kind.quotient_shift, block.kind.remainder_shift);
        let quotients = match (block.splits, open) {
            (None, before) => {
                assert!(
                    before.is_none_or(|(_, left)| left == 0),
                    "bits are left over"
                );
                assert_eq!(high, node.shift);
                of_table(&classifier.tables()[node.table as usize])
            }
            (Some(_), Some((of, left))) => {
                assert_eq!(of, block.node, "digits of another node");
                of_range(left - high)
            }
            (Some(_), None) => panic!("further digits come first"),
        };
        let remainders = of_range(high - low);
        for place in [0, layout.stack() - 1] {
            for row in 0..block.rows(layout.lanes()) {
                let row = layout.item_start(place) + block.start + row;
                assert_eq!(columns.admit(row), [&quotients, &remainders]);
            }
        }
        open = Some((block.node, low));
    }
    assert_eq!(open.map(|(_, left)| left), Some(0), "bits are left over");
    let decision = layout.item_start(0) + layout.decision();
    let last = &classifier.tables()[nodes[nodes.len() - 1].table as usize];
    assert_eq!(*columns.admit(decision)[0], of_table(last));
}

/// Two nodes of every shift there is, one of them shared by several elements.
#[test]
fn tags_admit_nothing_else() {
    for shift in 0..=48 {
        let nodes = vec![
            sum(
                5,
                vec![term(0, Map::Select(vec![0, 1, 2, 1, 0]))],
                vec![1 << shift],
            ),
            lookup(1, shift, 0),
            lookup(1, shift / 2, 1),
            sum(1, vec![term(2, Map::Select(vec![0]))], vec![]),
            lookup(4, 2, 2),
        ];
        // From the least to the largest argument that the sum can give.
        let reach = |by: u8| {
            let first = i32::try_from((1_i64 << shift) >> by).unwrap();
            let last = i32::try_from(((1_i64 << shift) + 255) >> by).unwrap();
            table(first..last + 1, |q| q % 5 - 2)
        };
        let tables = vec![
            reach(shift),
            reach(shift / 2),
            table(-1..2, |q| i32::from(q > 0)),
        ];
        let classifier = Classifier::new(3, nodes, tables).unwrap();
        let all = [(11, 11, 1), (13, 12, 2), (14, 14, 1), (13, 11, 3)];
        let (width, k, lanes) = all[usize::from(shift) % all.len()];
        check(&classifier, Dimensions::new(width, k, lanes).unwrap());
    }
}

#[test]
fn tags_of_random_models_admit_nothing_else() {
    for seed in 0..60 {
        let classifier = random_classifier(&mut Choices::seeded(seed));
        let width = Width::from_bits(11 + seed as u32 % 4).unwrap();
        check(
            &classifier,
            plan::best(&classifier, width).unwrap().dimensions(),
        );
    }
}
