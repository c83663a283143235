//! What larger tables and saturation cost, and which of the two is cheaper.
//!
//! A layer is *coarse* where its table tells apart too few of the values that documents reach, because it
//! covers the worst case. Saturation mends that with one or two further rows for each element of the layer, in
//! every document; a larger table does it with entries that all documents of a batch share. An entry
//! costs the prover about as much as a row, so that a large batch can carry a large table.

use super::budget::{search, size};
use super::tables::window;
use crate::float::{Program, ValueId};
use std::collections::{BTreeMap, BTreeSet};

/// How many calibrated values the tables tell apart while they cover the worst case.
#[derive(Clone, Default)]
pub struct Resolutions {
    /// By pointwise node, the median over its elements.
    pub of: BTreeMap<ValueId, f64>,
    /// Entries of the tables with which that was so: with twice as many it is twice as much.
    pub entries: usize,
}

/// What is tried where small tables are not enough.
#[derive(Clone, PartialEq, Debug)]
pub struct Trade {
    /// Entries of each function's table; `None` for as many as a small batch carries.
    pub entries: Option<usize>,
    /// The pointwise nodes whose accumulators saturate.
    pub saturated: BTreeSet<ValueId>,
}

/// What to try, in the order of the resolution that every layer gets: for each resolution that which
/// takes the fewest rows for `items` documents.
pub fn list(
    program: &Program,
    functions: usize,
    resolutions: &Resolutions,
    items: u64,
) -> Vec<Trade> {
    let mut list: Vec<Trade> = Vec::new();
    let each = |entries: usize| entries / functions.max(1);
    let sizes = std::iter::once(None).chain(size::LARGE.map(each).map(Some));
    let sizes: Vec<Option<usize>> = sizes
        .filter(|entries| entries.is_none_or(|entries| entries > resolutions.entries))
        .collect();
    for enough in search::RESOLUTIONS {
        let trades = sizes.iter().map(|&entries| Trade {
            entries,
            saturated: saturated(program, resolutions, entries, enough),
        });
        let small = |trade: &Trade| trade.entries.is_none() && trade.saturated.is_empty();
        let trades = trades.filter(|trade| !small(trade));
        let cheapest = trades.min_by_key(|trade| rows(program, functions, trade, items));
        list.extend(cheapest.filter(|trade| list.last() != Some(trade)));
    }
    list
}

/// The rows that proving `items` documents takes, and the entries of the tables with each batch.
fn rows(program: &Program, functions: usize, trade: &Trade, items: u64) -> u64 {
    let saturated = trade.saturated.iter().map(|&value| program.len_of(value));
    // A row for the excess, and mostly one for the limbs of its wide shift.
    let own = program.activations() + 2 * saturated.sum::<usize>();
    let entries = functions * trade.entries.unwrap_or_default();
    let batch = ((1 << search::BATCH_BITS) / own.max(1) as u64).max(1);
    let batches = items.div_ceil(batch).max(1);
    (items * own as u64).saturating_add(batches * entries as u64)
}

/// The layers to saturate: those whose tables tell apart fewer than `enough` calibrated values. Layers
/// whose functions share one scale go together.
fn saturated(
    program: &Program,
    resolutions: &Resolutions,
    entries: Option<usize>,
    enough: f64,
) -> BTreeSet<ValueId> {
    let growth = entries.map_or(1.0, |entries| entries as f64 / resolutions.entries as f64);
    let coarse = |value: ValueId| {
        let resolution = resolutions.of.get(&value);
        resolution.is_some_and(|resolution| resolution * growth < enough)
    };
    let func = |value: ValueId| program.pointwise(value).map(|p| &p.func);
    let together = |value: ValueId| {
        let shares = func(value).filter(|func| !func.is_homogeneous());
        let others = (1..=program.nodes.len()).filter(|&other| func(other) == shares);
        shares.is_some() && others.into_iter().any(coarse)
    };
    let can = |value: ValueId| func(value).is_some_and(|func| window(func).is_some());
    (1..=program.nodes.len())
        .filter(|&value| can(value) && (coarse(value) || together(value)))
        .collect()
}
