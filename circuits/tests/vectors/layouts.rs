//! The layouts that are pinned: docs/protocol.md section 5.2, "Layout".

use duces_circuits::Dimensions;
use duces_circuits::circuit::public_columns;
use duces_circuits::columns::{EquationColumns, FirstColumns, LayoutColumns, SecondColumns};
use duces_circuits::layout::{Block, Layout};
use duces_circuits::tables::{Part, Tables};
use duces_kit::classifier::{lookup, sum, table, term};
use duces_kit::mobilenet::{Convolution, MobileNet};
use duces_protocol::classifier::{Classifier, Map};
use duces_protocol::digest::Digest;
use ff::PrimeField;
use halo2curves::bn256::Fr;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;

/// A table `max(least, min(argument, most))` of `entries` arguments from `lo`.
#[derive(Clone, Copy)]
struct Clamp {
    lo: i32,
    entries: i32,
    least: i32,
    most: i32,
}

const STEP: Clamp = Clamp {
    lo: -256,
    entries: 512,
    least: 0,
    most: 1,
};

const RELU: Clamp = Clamp {
    lo: -1024,
    entries: 2049,
    least: 0,
    most: 255,
};

const WIDE: Clamp = Clamp {
    lo: -30_000,
    entries: 65_536,
    least: -7,
    most: 20_000,
};

const WIDE_STEP: Clamp = Clamp {
    least: 0,
    most: 1,
    ..WIDE
};

/// With [`STEP`] as many entries as tables may have.
const LARGEST: Clamp = Clamp {
    lo: -500_000,
    entries: (1 << 20) - 512,
    least: -3,
    most: 400_000,
};

const LARGE: Clamp = Clamp {
    lo: -1 << 17,
    entries: 1 << 18,
    least: 0,
    most: 1023,
};

/// One vector of a layout: dimensions `[width, k, lanes]`, and what a layout reads of a classifier,
/// for each pointwise node its length, shift and table.
struct Case {
    name: &'static str,
    view_len: u32,
    nodes: Vec<(u32, u8, u32)>,
    tables: Vec<Clamp>,
    dimensions: [u32; 3],
}

impl Case {
    fn new(
        name: &'static str,
        dimensions: [u32; 3],
        view_len: u32,
        nodes: &[(u32, u8, u32)],
        tables: &[Clamp],
    ) -> Self {
        Self {
            name,
            view_len,
            nodes: nodes.to_vec(),
            tables: tables.to_vec(),
            dimensions,
        }
    }

    /// A chain: before each pointwise node a linear one that brings the value to its length.
    fn classifier(&self) -> Classifier {
        let mut nodes = Vec::new();
        let (mut source, mut before) = (0, self.view_len);
        for &(len, shift, table) in &self.nodes {
            let map = if len == 1 && before <= 64 {
                Map::Dense(vec![1; before as usize])
            } else if len == before {
                Map::Scale(1)
            } else {
                Map::Select((0..len).map(|i| i % before).collect())
            };
            nodes.push(sum(len, vec![term(source, map)], vec![]));
            nodes.push(lookup(source + 1, shift, table));
            (source, before) = (source + 2, len);
        }
        let tables = self.tables.iter().map(|clamp| {
            let arguments = clamp.lo..clamp.lo + clamp.entries;
            table(arguments, |q| q.clamp(clamp.least, clamp.most))
        });
        Classifier::new(self.view_len, nodes, tables.collect()).unwrap()
    }

    fn vector(&self) -> Value {
        let classifier = self.classifier();
        let [width, k, lanes] = self.dimensions;
        let layout = Dimensions::new(width, k, lanes).and_then(|d| Layout::new(&classifier, d));
        let node = |&(len, shift, table): &(u32, u8, u32)| json!({"len": len, "shift": shift, "table": table});
        let table = |clamp: &Clamp| {
            let Clamp {
                lo,
                entries,
                least,
                most,
            } = clamp;
            json!({"lo": lo, "entries": entries, "least": least, "most": most})
        };
        json!({
            "name": self.name,
            "input": {
                "dimensions": {"width": width, "k": k, "lanes": lanes},
                "nodes": self.nodes.iter().map(node).collect::<Vec<_>>(),
                "tables": self.tables.iter().map(table).collect::<Vec<_>>(),
            },
            "output": layout.map_or(Value::Null, |layout| describe(&layout)),
        })
    }
}

/// What this crate says of a layout.
fn describe(layout: &Layout) -> Value {
    let (c, b) = layout.place(layout.items_per_batch() - 1);
    json!({
        "C": layout.groups(),
        "A": layout.body_rows(),
        "stack": layout.stack(),
        "items": layout.items_per_batch(),
        "item_rows": layout.item_rows(),
        "last_item": {"c": c, "b": b, "start": layout.item_start(b)},
        "end_row": layout.end_row(),
        "decision_row": layout.decision(),
        "blocks": layout.blocks().iter().map(|block| describe_block(layout, block)).collect::<Vec<_>>(),
        "parts": parts(layout),
        "entries": layout.tables().entries().len(),
        "table_columns": layout.table_columns(),
        "columns": {
            "first_phase": FirstColumns::build(layout, || ()).iter().count(),
            "second_phase": SecondColumns::build(layout, || ()).iter().count(),
            "equation": EquationColumns::build(layout, || ()).iter().count(),
            "layout": LayoutColumns::build(layout, || ()).iter().count(),
        },
        "cells_of_layout_columns": cells(layout),
        "digest": layout.digest().to_string(),
    })
}

fn describe_block(layout: &Layout, block: &Block) -> Value {
    let kind = block.kind;
    let limbs: Vec<u8> = [kind.quotient, kind.remainder]
        .into_iter()
        .filter_map(|part| match part {
            Part::Function(_) => None,
            Part::Range(bits) => Some(bits),
        })
        .collect();
    json!({
        "node": block.node,
        "start": block.start,
        "rows": block.rows(layout.lanes()),
        "limbs": limbs,
        "a": kind.quotient_shift,
        "b": kind.remainder_shift,
        "tag_q": layout.tables().tag(kind.quotient),
        "tag_r": layout.tables().tag(kind.remainder),
    })
}

/// The parts of the table in the order of their tags.
fn parts(layout: &Layout) -> Vec<Value> {
    let tables: &Tables = layout.tables();
    let kinds = layout.blocks().iter().map(|block| block.kind);
    let used: BTreeSet<Part> = kinds
        .flat_map(|kind| [kind.quotient, kind.remainder])
        .chain([Part::Range(0)])
        .collect();
    let mut parts: Vec<Part> = used.into_iter().collect();
    parts.sort_by_key(|part| tables.tag(*part));
    let counted = parts.into_iter().map(|part| {
        let tag = tables.tag(part);
        let of_part = tables.entries().iter().filter(|entry| entry.tag == tag);
        match part {
            Part::Function(index) => {
                json!({"tag": tag, "function": index, "entries": of_part.count()})
            }
            Part::Range(bits) => json!({"tag": tag, "range": bits, "entries": of_part.count()}),
        }
    });
    counted.collect()
}

/// SHA-256 of the cells of the instance columns that follow from the layout, column by column.
fn cells(layout: &Layout) -> String {
    let mut hash = Sha256::new();
    for column in public_columns(layout).iter() {
        for row in 0..layout.rows() {
            hash.update(column.get(row).map_or([0; 32], Fr::to_repr));
        }
    }
    Digest(hash.finalize().into()).to_string()
}

fn page_example() -> Case {
    Case::new(
        "the example of docs/protocol.md",
        [12, 11, 1],
        64,
        &[(1, 19, 0)],
        &[STEP],
    )
}

/// The layout of the example of docs/protocol.md.
pub fn example() -> Layout {
    let dimensions = Dimensions::new(12, 11, 1).unwrap();
    Layout::new(&page_example().classifier(), dimensions).unwrap()
}

/// The layouts that are pinned: the example of docs/protocol.md, edges, and sizes up to MobileNet's.
pub fn vectors() -> Vec<Value> {
    let two_layers = [(72, 5, 1), (72, 4, 1), (1, 15, 0)];
    let shifts = [(40, 13, 2), (41, 14, 0), (7, 39, 2), (7, 40, 2), (1, 48, 3)];
    let million = [
        (1 << 20, 0, 1),
        (1 << 20, 3, 1),
        (1 << 20, 14, 1),
        (1, 1, 0),
    ];
    let cases = [
        page_example(),
        Case::new(
            "one activation, lanes that leave a triple unused",
            [13, 11, 3],
            64,
            &[(1, 19, 0)],
            &[STEP],
        ),
        Case::new("the smallest batch", [11, 11, 1], 1, &[(1, 0, 0)], &[STEP]),
        Case::new(
            "two layers, one lane",
            [13, 12, 1],
            36,
            &two_layers,
            &[STEP, RELU],
        ),
        Case::new(
            "two layers, three lanes",
            [14, 11, 3],
            36,
            &two_layers,
            &[STEP, RELU],
        ),
        Case::new(
            "shifts of one, three and five limbs; a table that no node uses",
            [15, 12, 5],
            40,
            &shifts,
            &[STEP, WIDE, RELU, STEP],
        ),
        Case::new(
            "a table of 65 columns",
            [12, 11, 1],
            10,
            &[(10, 0, 0), (1, 0, 1)],
            &[WIDE, WIDE_STEP],
        ),
        Case::new(
            "the largest table, which begins within a column",
            [15, 14, 2],
            10,
            &[(10, 0, 1), (1, 4, 0)],
            &[STEP, LARGEST],
        ),
        Case::new(
            "a large table in short columns, with ranges after it",
            [13, 11, 3],
            10,
            &[(10, 15, 0), (1, 9, 1)],
            &[LARGE, STEP],
        ),
        Case::new("many groups", [21, 11, 1], 64, &two_layers, &[STEP, RELU]),
        Case::new(
            "an item that fills the body",
            [11, 11, 1],
            8,
            &[(2039, 2, 1), (1, 9, 0)],
            &[STEP, RELU],
        ),
        Case::new(
            "an item that is one row too long",
            [11, 11, 1],
            8,
            &[(2040, 2, 1), (1, 9, 0)],
            &[STEP, RELU],
        ),
        Case::new(
            "masks that leave no body",
            [23, 11, 1],
            64,
            &[(1, 19, 0)],
            &[STEP],
        ),
        Case::new(
            "more lanes than triples",
            [12, 11, 3],
            64,
            &[(1, 19, 0)],
            &[STEP],
        ),
        Case::new(
            "a longer column than the width",
            [12, 13, 1],
            64,
            &[(1, 19, 0)],
            &[STEP],
        ),
        Case::new(
            "layers of a million elements",
            [23, 14, 511],
            1 << 20,
            &million,
            &[STEP, RELU],
        ),
        Case::new(
            "the sizes of MobileNet v2",
            [23, 14, 512],
            3 * 224 * 224,
            &mobilenet(),
            &[STEP, RELU],
        ),
    ];
    cases.iter().map(Case::vector).collect()
}

/// The outputs of MobileNet v2's convolutions on 224 × 224 pixels, of the mean of each channel, and
/// the decision.
fn mobilenet() -> Vec<(u32, u8, u32)> {
    let network = MobileNet::new(100);
    let convolutions = network.convolutions(224);
    let lens = convolutions.iter().map(Convolution::elements);
    let lens = lens.chain([network.last]);
    let mut nodes: Vec<_> = lens.map(|len| (len, 10, 1)).collect();
    nodes.push((1, 13, 0));
    nodes
}
