//! The instance columns that follow from the layout alone, which the judge computes.

use crate::columns::{LayoutColumns, TableColumn};
use crate::layout::Layout;
use crate::tables::Entry;
use ff::Field;
use halo2curves::bn256::Fr;
use std::ops::Range;

/// Tags of the lookups, the table, and the selectors; rows past the end of a column are zero.
#[must_use]
pub fn public_columns(layout: &Layout) -> LayoutColumns<Vec<Fr>> {
    let start = layout.body_start();
    let end = layout.end_row();
    let kinds = layout.row_kinds();
    let tags = |part: fn(&crate::layout::RowKind) -> crate::tables::Part| {
        let tag = |kind| Fr::from(u64::from(layout.tables().tag(part(kind))));
        below(start, kinds.iter().map(tag))
    };
    LayoutColumns {
        tag_q: tags(|kind| kind.quotient),
        tag_r: tags(|kind| kind.remainder),
        table: layout
            .tables()
            .entries()
            .chunks(layout.body_rows())
            .map(|entries| {
                let cells = |part: fn(&Entry) -> i64| {
                    let cell = |entry| duces_protocol::classifier::adjoint::to_field(part(entry));
                    below(start, entries.iter().map(cell))
                };
                TableColumn {
                    tag: cells(|entry| i64::from(entry.tag)),
                    argument: cells(|entry| i64::from(entry.argument)),
                    value: cells(|entry| i64::from(entry.value)),
                }
            })
            .collect(),
        select_first: ones(0..1),
        select_masks: ones(0..start),
        select_body: ones(start..end),
        select_end: ones(end..end + 1),
    }
}

/// Zero above row `start`, then these cells.
fn below(start: usize, cells: impl Iterator<Item = Fr>) -> Vec<Fr> {
    let mut column = vec![Fr::ZERO; start];
    column.extend(cells);
    column
}

/// 1 on these rows, 0 above them.
fn ones(rows: Range<usize>) -> Vec<Fr> {
    below(rows.start, std::iter::repeat_n(Fr::ONE, rows.len()))
}
