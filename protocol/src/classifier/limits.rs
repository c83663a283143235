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

/// Pointwise nodes. Each takes up to three rows of a column in the circuit, whatever its length,
/// and the longest column has `2^14` rows.
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
/// reads it. The analysis of bounds takes 16 bytes for each (96 MiB), the coefficients of the
/// judge's equation 48. Five times the largest layer of MobileNet v2.
pub const LIVE: usize = 6 << 20;

/// Elements of all pointwise nodes together. The analysis looks each up in its table.
pub const ACTIVATIONS: usize = 1 << 23;

/// Elements of all sums `Y + c·f(Y >> s)` together. The analysis looks each up three times.
pub const SATURATED: usize = 1 << 23;

/// Tables.
pub const TABLES: usize = 256;

/// Entries of one table.
pub const TABLE_LEN: usize = 1 << 16;

/// Entries of all tables together.
pub const ALL_ENTRIES: usize = 1 << 20;

/// The largest right shift of a pointwise node, in bits.
pub const SHIFT: u8 = 48;

/// Work of one evaluation, in units of about a nanosecond: see [`of_node`]. MobileNet v2 has 300
/// million multiplications, and some 430 million units.
pub const WORK: u64 = 1 << 29;

/// Units of work for an element of a value: it is written, read and freed.
const ELEMENT: u64 = 2;

/// Units of work for a run of multiplications, on top of one for each.
const RUN: u64 = 4;

/// Units of work for a node or a term, on top of what it computes.
const PIECE: u64 = 256;

/// How often a node counts whose sums must be watched for overflow one by one.
pub(super) const WATCHED: u64 = 4;

/// The work of a node with `len` elements: 2 units for each of them, 1 for each multiplication,
/// 4 for each run of multiplications, 256 for the node and for each of its terms. A run is a
/// whole [`Map::Scale`], one entry of a selection, dense or sparse map, or one row of output that
/// meets one weight of a convolution.
#[must_use]
pub fn of_node(node: &Node, len: usize) -> u64 {
    let mut work = PIECE + ELEMENT * len as u64;
    if let Node::Linear(linear) = node {
        for term in &linear.terms {
            let one = PIECE + of_map(&term.map, len);
            work = work.saturating_add(one);
        }
    }
    work
}

fn of_map(map: &Map, len: usize) -> u64 {
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

/// The work of analysing a sum `Y + c·f(Y >> s)`: every entry of `f` is looked at, unless one of
/// the last sums had the same `f`, `c` and `s`.
#[must_use]
pub fn of_sum(table: &Table) -> u64 {
    4 * table.outputs.len() as u64
}
