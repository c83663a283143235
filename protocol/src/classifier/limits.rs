//! Upper limits on a classifier (docs/protocol.md section 4, "Limits of a classifier").
//!
//! A request comes from the other side, and everyone who reads it analyses it. So its memory and
//! its work are weighed from its bytes alone, before either is spent: whatever is accepted is
//! described in 2 seconds and 300 MB. What is counted is memory and work, not weights: a network
//! with 3.5 million weights and 6.7 million activations (MobileNet v2 on 224×224 pixels) has room.

use super::{Map, Node, Table};

/// Bytes of the canonical form. In memory the weights, indices, biases and tables take as much
/// again: 64 MiB read and 64 MiB kept.
pub const BYTES: usize = 1 << 26;

/// Nodes.
pub const NODES: usize = 1 << 16;

/// Pointwise nodes.
pub const POINTWISE: usize = 1 << 12;

/// Terms of one linear node.
pub const TERMS: usize = 1 << 12;

/// Terms of all linear nodes together: in memory one takes 112 bytes, ten times its shortest
/// form in a file.
pub const ALL_TERMS: usize = 1 << 16;

/// Elements of one value.
pub const VALUE_LEN: usize = 1 << 22;

/// Elements of all values together.
pub const VALUES_LEN: usize = 1 << 26;

/// Elements that are needed at one time: a value is needed from its node to the last node that
/// reads it. The analysis of bounds takes 16 bytes for each (80 MiB), the coefficients of the
/// judge's equation 48. Four times the largest layer of MobileNet v2.
pub const LIVE: usize = 5 << 20;

/// Elements of a pointwise node that stand side by side in the widest batch (docs/protocol.md section
/// 5.2, "Layout"): width 23 and `k` 14.
pub const LANES: usize = 1 << 9;

/// Rows of one item in the widest batch, whose only group it is: a classifier that takes more fits no
/// layout, so nothing could be proved of it. They hold 8.4 million elements of pointwise nodes, of each of
/// which the analysis keeps 2 bytes; MobileNet v2 has 6.7 million outputs of convolutions.
pub const ITEM_ROWS: usize = (1 << 14) - 8;

/// Integers of one answer.
pub const ANSWER_LEN: usize = crate::answers::MAX_LEN;

/// Tables.
pub const TABLES: usize = 256;

/// Entries of one table. With so many one table covers the worst case of a deep network's layers and
/// still tells documents apart, so that nothing has to saturate.
pub const TABLE_LEN: usize = 1 << 20;

/// Entries of a table `f` up to which a sum `Y + c·f(Y >> s)` is analysed as a function of `Y`: what is
/// prepared of such a table takes 4 MB.
pub const SUM_TABLE_LEN: usize = 1 << 16;

/// Entries of all tables together.
pub const ALL_ENTRIES: usize = 1 << 20;

/// The largest right shift of a pointwise node, in bits.
pub const SHIFT: u8 = 48;

/// Work of the analysis of bounds, in units of about a nanosecond: see [`of_node`]. An evaluation
/// takes a third of the time. MobileNet v2 takes about 590 million, and what its tables are looked up.
pub const WORK: u64 = 1 << 30;

/// The rows of a pointwise node in the widest batch: for quotients and first limbs, and for each further
/// pair of limbs.
#[must_use]
pub fn rows_of(shift: u8, len: usize) -> u64 {
    let pairs = u64::from(shift.saturating_sub(FIRST_LIMB).div_ceil(PAIR));
    (1 + pairs) * len.div_ceil(LANES) as u64
}

/// Bits of a remainder that one limb holds, and a further pair of them.
const FIRST_LIMB: u8 = 13;
const PAIR: u8 = 26;

/// Units of work for an element of a value: its memory is taken, written, read and freed.
const ELEMENT: u64 = 8;

/// Units of work for looking up an interval in a table of at most [`SUM_TABLE_LEN`] entries.
const LOOKUP: u64 = 32;

/// The same in a larger table, of which little is in the processor's caches.
const LARGE_LOOKUP: u64 = 128;

/// Units of work for looking up an interval in a sum `Y + c·f(Y >> s)`.
const SATURATED: u64 = 80;

/// Units of work for a run of multiplications, on top of one for each.
const RUN: u64 = 8;

/// Units of work for a node or a term, on top of what it computes.
const PIECE: u64 = 256;

/// How often a linear node counts whose sums must be watched for overflow one by one.
pub(super) const WATCHED: u64 = 4;

/// The work of a node with `len` elements: 8 units for each of them, 1 for each multiplication,
/// 8 for each run of multiplications, 256 for the node and for each of its terms. A run is a whole [`Map::Scale`], one entry of a selection, dense or sparse
/// map, or one row of output that meets one weight of a convolution.
#[must_use]
pub fn of_node(node: &Node, len: usize) -> u64 {
    match node {
        Node::Pointwise(_) => PIECE + ELEMENT * len as u64,
        Node::Linear(linear) => {
            let terms = linear.terms.iter().map(|term| of_map(&term.map, len));
            terms.fold(PIECE + ELEMENT * len as u64, |sum, one| {
                sum.saturating_add(PIECE).saturating_add(one)
            })
        }
    }
}

/// The work of one map into `len` elements.
pub(crate) fn of_map(map: &Map, len: usize) -> u64 {
    let runs = match map {
        Map::Scale(_) => 1,
        Map::Select(index) => index.len() as u64,
        Map::Dense(weights) => weights.len() as u64,
        Map::Sparse(sparse) => sparse.values.len() as u64,
        Map::Conv(conv) => {
            let rows = conv.out_size().map_or(0, |(height, _)| height as u64);
            (conv.weights.len() as u64).saturating_mul(rows)
        }
    };
    map.multiplications(len)
        .saturating_add(runs.saturating_mul(RUN))
}

/// The work of a hidden map with so many weights: as of one whose weights are known. Each is met
/// in `rows` rows of `row` outputs.
pub(crate) fn of_hidden(weights: u64, rows: u64, row: u64) -> u64 {
    let runs = weights.saturating_mul(rows);
    PIECE
        .saturating_add(runs.saturating_mul(row))
        .saturating_add(runs.saturating_mul(RUN))
}

/// What a pointwise node takes beside [`of_node`]: 32 units for each element whose interval is not
/// that of the element before, 128 in a table of more than `2^16` entries.
pub(super) fn of_lookups(table: &Table, lookups: usize) -> u64 {
    let large = table.outputs.len() > SUM_TABLE_LEN;
    let units = if large { LARGE_LOOKUP } else { LOOKUP };
    units * lookups as u64
}

/// What a sum `Y + c·f(Y >> s)` takes beside [`of_node`]: 80 units for each element whose interval
/// is not that of the element before, and 16 for each entry of `f`, unless one of the last four
/// sums had the same `f`, `c` and `s`.
pub(super) fn of_sum(table: &Table, known: bool, lookups: usize) -> u64 {
    let entries = if known { 0 } else { table.outputs.len() };
    16 * entries as u64 + SATURATED * lookups as u64
}
