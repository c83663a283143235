//! What the prover puts into the first-phase columns.
//!
//! Nothing here is trusted: the circuit binds every cell (docs/protocol.md section 5.6,
//! "Soundness").

use super::column::Column;
use crate::columns::{FirstColumns, Triple};
use crate::layout::Layout;
use duces_protocol::classifier::Classifier;
use duces_protocol::classifier::evaluate::Evaluation;
use halo2curves::bn256::Fr;
use rayon::prelude::*;

/// The private inputs of one batch.
#[derive(Clone)]
pub struct Witness {
    /// The first-phase columns, each with at most the rows up to the end of the running sum.
    pub columns: FirstColumns<Column>,
}

impl Witness {
    /// Evaluates the classifier on the views of a batch; slots of occupied levels without an item
    /// hold the all-zero view.
    #[must_use]
    pub fn new(classifier: &Classifier, layout: &Layout, views: &[&[u8]], masks: &[Fr]) -> Self {
        let slots = views.len().div_ceil(layout.groups()) * layout.groups();
        let zero = vec![0; classifier.input_len()];
        let filler = Filler::new(layout);
        let groups: Vec<Group> = (0..layout.groups())
            .into_par_iter()
            .map(|c| {
                let mut group = filler.group(layout);
                for i in (c..slots).step_by(layout.groups()) {
                    let view = views.get(i).copied().unwrap_or(&zero);
                    group.place(layout, layout.place(i).1, &classifier.evaluate(view));
                }
                group
            })
            .collect();

        let mut counts = vec![0u64; layout.tables().entries().len()];
        for group in &groups {
            for (total, count) in counts.iter_mut().zip(&group.counts) {
                *total += u64::from(*count);
            }
        }
        let multiplicities =
            counts.chunks(layout.body_rows()).map(|entries| {
                let mut column = vec![0; layout.body_start()];
                column.extend(entries.iter().map(|&count| {
                    i32::try_from(count).expect("a batch has fewer than 2^25 lookups")
                }));
                Column::new(column)
            });
        // Row i holds the mask of group C − 1 − i, as the right-hand sides do.
        let mut mask = Column::default();
        for (row, value) in masks.iter().rev().enumerate() {
            mask.set(row, *value);
        }
        Self {
            columns: FirstColumns {
                triples: groups.into_iter().flat_map(|g| g.triples).collect(),
                multiplicities: multiplicities.collect(),
                mask,
            },
        }
    }

    /// The outputs of the last node, `len` of them, for the batch's first `items` items.
    #[must_use]
    pub fn answers(&self, layout: &Layout, len: usize, items: usize) -> Vec<Vec<i32>> {
        let (lanes, decision) = (layout.lanes(), layout.decision());
        let output = |group: usize, start: usize, i: usize| {
            let z = &self.columns.triples[group * lanes + i % lanes].z;
            z.small()[start + i / lanes]
        };
        (0..items)
            .map(|i| {
                let (group, place) = layout.place(i);
                let start = layout.item_start(place) + decision;
                (0..len).map(|i| output(group, start, i)).collect()
            })
            .collect()
    }
}

/// The triples of one group, and how often each table entry is looked up in them.
#[derive(Clone)]
struct Group {
    triples: Vec<Triple<Column>>,
    counts: Vec<u32>,
}

/// What rows without an activation hold: an entry that their lookups accept.
struct Filler {
    /// Table indices of `(q, z)` and of `r` for every body row.
    indices: Vec<[usize; 2]>,
}

impl Filler {
    fn new(layout: &Layout) -> Self {
        let tables = layout.tables();
        let first = |part| {
            let argument = i64::from(tables.filler(part).argument);
            tables.index(part, argument)
        };
        let indices = layout
            .row_kinds()
            .iter()
            .map(|k| [first(k.quotient), first(k.remainder)])
            .collect();
        Self { indices }
    }

    fn group(&self, layout: &Layout) -> Group {
        let entries = layout.tables().entries();
        let mut triple = Triple::build(|| vec![0; layout.end_row()]);
        let mut counts = vec![0; entries.len()];
        for (row, [quotient, remainder]) in (layout.body_start()..).zip(&self.indices) {
            triple.q[row] = entries[*quotient].argument;
            triple.r[row] = entries[*remainder].argument;
            triple.z[row] = entries[*quotient].value;
            for index in [*quotient, *remainder] {
                counts[index] += layout.lanes() as u32;
            }
        }
        let triple = Triple {
            q: Column::new(triple.q),
            r: Column::new(triple.r),
            z: Column::new(triple.z),
        };
        Group {
            triples: vec![triple; layout.lanes()],
            counts,
        }
    }
}

impl Group {
    /// Writes one item's rows at place `b` of the stack.
    fn place(&mut self, layout: &Layout, b: usize, evaluation: &Evaluation) {
        let tables = layout.tables();
        let entries = tables.entries();
        for block in layout.blocks() {
            let kind = block.kind;
            let (quotient_bits, remainder_bits) = (kind.quotient_shift, kind.remainder_shift);
            let old_quotient = tables.filler(kind.quotient).argument;
            let old = [
                tables.index(kind.quotient, i64::from(old_quotient)),
                tables.index(kind.remainder, 0),
            ];
            let layer = &evaluation.layers[block.node];
            for (i, &y) in layer.pre.iter().enumerate() {
                let left = block.splits.map_or(y, |bits| y & ((1 << bits) - 1));
                let q = left >> quotient_bits;
                let r = (left & ((1 << quotient_bits) - 1)) >> remainder_bits;
                let new = [
                    tables.index(kind.quotient, q),
                    tables.index(kind.remainder, r),
                ];
                let row = layout.item_start(b) + block.start + i / layout.lanes();
                let cells = &mut self.triples[i % layout.lanes()];
                let [quotient, remainder] = new.map(|index| entries[index]);
                cells.q.set_small(row, quotient.argument);
                cells.r.set_small(row, remainder.argument);
                cells.z.set_small(row, quotient.value);
                for (old, new) in old.iter().zip(new) {
                    self.counts[*old] -= 1;
                    self.counts[new] += 1;
                }
            }
        }
    }
}
