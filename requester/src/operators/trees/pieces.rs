//! Cuts trees into pieces, each of which takes one row.
//!
//! With `D(node)` the leaf that a node leads to when every comparison fails, a tree is
//! `D(root) + Σ [path to the piece] · (its exit − D(piece))` over pieces that partition its
//! comparisons. A piece of one comparison is a conjunction: a step of a sum of literals. A larger one
//! is a table over packed bits: `Σ 2^i·bit_i + 2^m·(literals of the path that hold)`.

use super::prune::{Child, LiteralId, Pruned, Split, Tree};
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// Entries that the packed pieces of a forest may take together.
const ENTRIES: usize = 1 << 16;
/// The most bits of a packed piece.
const MAX_BITS: usize = 8;
/// Columns of a batch beside those of the table, to compare the cost of rows and of entries.
const COLUMNS: usize = 150;
/// Entries of a column of the table.
const COLUMN: usize = 1 << 13;

/// Some connected comparisons of a tree.
pub struct Piece {
    /// Which tree.
    pub tree: usize,
    /// The comparisons, the first above all others.
    pub splits: Vec<usize>,
    /// The different literals that they compare.
    pub bits: Vec<LiteralId>,
}

impl Piece {
    /// The entries of the piece's table.
    #[must_use]
    pub fn entries(&self, trees: &[Tree]) -> usize {
        let path = &trees[self.tree].splits[self.splits[0]].path;
        (path.len() + 1) << self.bits.len()
    }
}

/// Cuts all trees so that proving costs least. Trees for which `packable` is false (their leaves have
/// weights for several outputs) are cut into single comparisons.
#[must_use]
pub fn cut(pruned: &Pruned, packable: &[bool]) -> Vec<Piece> {
    let trees = &pruned.trees;
    let splits = trees.iter().flat_map(|tree| &tree.splits);
    let literals = splits
        .map(|split| split.literal)
        .collect::<BTreeSet<_>>()
        .len();
    let mut best: Option<(usize, Vec<Piece>)> = None;
    for size in 1..=MAX_BITS {
        let mut pieces = Vec::new();
        for (tree, own) in trees.iter().enumerate() {
            let size = if packable[tree] { size } else { 1 };
            pieces.extend(partition(tree, &own.splits, size));
        }
        let (pieces, entries) = within_budget(pruned, pieces);
        let cost = (pieces.len() + literals) * (COLUMNS + 2 * entries.div_ceil(COLUMN));
        if best.as_ref().is_none_or(|(least, _)| cost < *least) {
            best = Some((cost, pieces));
        }
    }
    best.map(|(_, pieces)| pieces).unwrap_or_default()
}

/// The fewest pieces of at most `size` comparisons: from the leaves upwards, the largest branch is
/// cut off where a piece becomes too large.
fn partition(tree: usize, splits: &[Split], size: usize) -> Vec<Piece> {
    let mut sizes = vec![0; splits.len()];
    let mut first = vec![false; splits.len()];
    for (index, split) in splits.iter().enumerate().rev() {
        let mut below: Vec<usize> = [split.no, split.yes].into_iter().filter_map(own).collect();
        below.sort_by_key(|&child| sizes[child]);
        while 1 + below.iter().map(|&child| sizes[child]).sum::<usize>() > size {
            match below.pop() {
                Some(child) => first[child] = true,
                None => break,
            }
        }
        sizes[index] = 1 + below.iter().map(|&child| sizes[child]).sum::<usize>();
    }
    if let Some(root) = first.first_mut() {
        *root = true;
    }
    let gather = |start: usize| {
        let mut members = vec![start];
        let mut next = 0;
        while let Some(&index) = members.get(next) {
            let children = [splits[index].no, splits[index].yes]
                .into_iter()
                .filter_map(own);
            members.extend(children.filter(|&child| !first[child]));
            next += 1;
        }
        piece(tree, splits, members)
    };
    (0..splits.len())
        .filter(|&index| first[index])
        .map(gather)
        .collect()
}

fn own(child: Child) -> Option<usize> {
    match child {
        Child::Split(split) => Some(split),
        Child::Leaf(_) => None,
    }
}

fn piece(tree: usize, splits: &[Split], members: Vec<usize>) -> Piece {
    let mut bits: Vec<LiteralId> = members.iter().map(|&split| splits[split].literal).collect();
    bits.sort_unstable();
    bits.dedup();
    Piece {
        tree,
        splits: members,
        bits,
    }
}

/// Splits packed pieces again until the tables fit, first those that save the fewest rows for an
/// entry.
fn within_budget(pruned: &Pruned, mut pieces: Vec<Piece>) -> (Vec<Piece>, usize) {
    let trees = &pruned.trees;
    let one_step = |literal: &LiteralId| pruned.literals.is_one_step(*literal);
    let packable = |piece: &Piece| {
        let path = &trees[piece.tree].splits[piece.splits[0]].path;
        piece.bits.iter().chain(path).all(one_step)
    };
    let saved_by_an_entry = |piece: &Piece| {
        Reverse(((piece.splits.len() as u64 - 1) << 32) / piece.entries(trees) as u64)
    };
    pieces.sort_by_cached_key(saved_by_an_entry);
    let mut entries = 0;
    let mut result = Vec::with_capacity(pieces.len());
    for own in pieces {
        let needed = own.entries(trees);
        if own.splits.len() == 1 {
            result.push(own);
        } else if entries + needed <= ENTRIES && packable(&own) {
            entries += needed;
            result.push(own);
        } else {
            let splits = &trees[own.tree].splits;
            result.extend(
                own.splits
                    .iter()
                    .map(|&split| piece(own.tree, splits, vec![split])),
            );
        }
    }
    (result, entries)
}
