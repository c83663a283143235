//! That a tree has all leaves of an earlier one, at their places, before its own (`[format-consistency]`).
//!
//! Cut positions `0 .. m` into the largest subtrees whose first position is a multiple of their size,
//! and so the positions from `m` to the end of the padded tree. The proof has the roots of these
//! subtrees in order, but of those that are all padding. From the first part and padding follows the
//! root of the earlier tree over `m` leaves, from all of it the root of the tree over `n`. This is the
//! consistency proof of RFC 6962 (2.1.2), for a tree that is padded.
//!
//! Why it suffices: a subtree below `m` is a node of both trees, at the same place. So the way from a
//! position below `m` to either root goes through the same node, and a position with two leaves, one in
//! each tree, would be a collision.

use super::{NODE, TreeBuilder, TreeHasher, empty_root};
use crate::bytes::Malformed;
use crate::digest::Digest;

/// The roots of the subtrees, in order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConsistencyProof(Vec<Digest>);

/// A subtree of `2^layers` leaves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Subtree {
    first: u64,
    layers: u32,
}

impl Subtree {
    fn end(self) -> u64 {
        self.first + (1 << self.layers)
    }
}

/// Positions `first .. end` as the largest aligned subtrees.
fn cut(mut first: u64, end: u64) -> Vec<Subtree> {
    let mut all = Vec::new();
    while first < end {
        let layers = first.trailing_zeros().min((end - first).ilog2());
        let subtree = Subtree { first, layers };
        first = subtree.end();
        all.push(subtree);
    }
    all
}

/// The subtrees of both trees: those below `earlier`, then the others up to the end of the padding.
fn subtrees(earlier: u64, later: u64) -> Vec<Subtree> {
    let mut all = cut(0, earlier);
    all.extend(cut(earlier, later.next_power_of_two()));
    all
}

impl ConsistencyProof {
    /// A proof of these roots.
    #[must_use]
    pub fn new(roots: Vec<Digest>) -> Self {
        Self(roots)
    }

    /// The roots of the subtrees, in order.
    #[must_use]
    pub fn roots(&self) -> &[Digest] {
        &self.0
    }

    /// The roots of the trees over the first `earlier` and over all `later` leaves, if the proof is
    /// right.
    ///
    /// # Errors
    /// When the earlier tree is empty or has not fewer leaves, or a proof of these sizes has another
    /// number of roots.
    pub fn trees(&self, earlier: u64, later: u64) -> Result<[Digest; 2], Malformed> {
        if earlier == 0 || earlier >= later {
            return Err(Malformed::new(format!(
                "a tree of {later} leaves does not extend one of {earlier}"
            )));
        }
        let all = subtrees(earlier, later);
        let named = all.iter().filter(|subtree| subtree.first < later).count();
        if self.0.len() != named {
            return Err(Malformed::new(format!(
                "it has {} roots of subtrees and must have {named}",
                self.0.len()
            )));
        }
        let below = cut(0, earlier).len();
        let old_end = cut(earlier, earlier.next_power_of_two());
        let padding = |subtree: &Subtree| (*subtree, empty_root(subtree.layers));
        let given = all.iter().zip(&self.0).map(|(one, root)| (*one, root.0));
        let old = given.clone().take(below).chain(old_end.iter().map(padding));
        let new = given.chain(all[named..].iter().map(padding));
        Ok([fold(old), fold(new)])
    }
}

/// The root over subtrees that stand side by side and fill a tree.
fn fold(subtrees: impl Iterator<Item = (Subtree, [u8; 32])>) -> Digest {
    let mut left: Vec<(Subtree, [u8; 32])> = Vec::new();
    for mut last in subtrees {
        // A right half meets its left half.
        while let Some((before, root)) = left.last()
            && before.layers == last.0.layers
            && before.first % (2 << before.layers) == 0
        {
            let subtree = Subtree {
                first: before.first,
                layers: before.layers + 1,
            };
            last = (subtree, TreeHasher::tagged(NODE, &[root, &last.1]));
            left.pop();
        }
        left.push(last);
    }
    assert_eq!(left.len(), 1, "the subtrees fill the tree");
    Digest(left[0].1)
}

/// Makes a proof from the leaves, one after the other.
pub struct Prover {
    /// Subtrees whose root is not known yet, the next one last.
    waiting: Vec<Subtree>,
    later: u64,
    position: u64,
    builder: TreeBuilder,
    roots: Vec<Digest>,
}

impl Prover {
    /// Of the tree over `later` leaves, which extends that over `earlier`.
    #[must_use]
    pub fn new(earlier: u64, later: u64) -> Self {
        let mut waiting = subtrees(earlier, later);
        waiting.retain(|subtree| subtree.first < later);
        waiting.reverse();
        Self {
            waiting,
            later,
            position: 0,
            builder: TreeBuilder::new(),
            roots: Vec::new(),
        }
    }

    /// Takes the leaf of the next position.
    pub fn push(&mut self, leaf: Digest) {
        self.builder.push(leaf);
        self.position += 1;
        let Some(subtree) = self.waiting.last().copied() else {
            return;
        };
        if self.position == subtree.end().min(self.later) {
            let builder = std::mem::take(&mut self.builder);
            self.roots.push(padded(builder, subtree.layers));
            self.waiting.pop();
        }
    }

    /// The proof.
    ///
    /// # Panics
    /// When there were fewer leaves than the later tree has.
    #[must_use]
    pub fn finish(self) -> ConsistencyProof {
        assert_eq!(self.position, self.later, "all leaves were taken");
        ConsistencyProof(self.roots)
    }
}

/// The root of a subtree of which the builder has the leaves before the padding.
fn padded(builder: TreeBuilder, layers: u32) -> Digest {
    let own = builder.len().next_power_of_two().ilog2();
    let root = builder.finish().expect("a subtree has leaves");
    (own..layers).fold(root, |root, layer| {
        Digest(TreeHasher::tagged(NODE, &[&root.0, &empty_root(layer)]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{hash_leaf, root};

    fn leaves(n: u64) -> Vec<Digest> {
        (0..n).map(|i| hash_leaf(&i.to_le_bytes())).collect()
    }

    fn prove(leaves: &[Digest], earlier: u64) -> ConsistencyProof {
        let mut prover = Prover::new(earlier, leaves.len() as u64);
        leaves.iter().for_each(|leaf| prover.push(*leaf));
        prover.finish()
    }

    fn sizes() -> impl Iterator<Item = (u64, u64)> {
        let small = (2..=33).flat_map(|n| (1..n).map(move |m| (m, n)));
        let large = [
            (1, 8192),
            (4095, 4096),
            (4095, 4097),
            (4096, 4097),
            (4096, 13000),
            (8193, 13000),
            (8192, 16385),
        ];
        small.chain(large)
    }

    #[test]
    fn proofs_lead_to_both_roots() {
        for (m, n) in sizes() {
            let all = leaves(n);
            let proof = prove(&all, m);
            let expected =
                [&all[..m as usize], &all[..]].map(|leaves| root(leaves.iter().copied()).unwrap());
            assert_eq!(proof.trees(m, n), Ok(expected), "{m} of {n}");
            assert!(proof.roots().len() <= n.next_power_of_two().ilog2() as usize + 1);
        }
    }

    #[test]
    fn another_root_or_number_leads_elsewhere() {
        for (m, n) in sizes() {
            let proof = prove(&leaves(n), m);
            let expected = proof.trees(m, n).unwrap();
            for index in 0..proof.roots().len() {
                let mut other = proof.clone();
                other.0[index].0[31] ^= 1;
                let trees = other.trees(m, n).unwrap();
                assert_ne!(trees[1], expected[1], "{index} of {m} of {n}");
                assert_eq!(trees[0] == expected[0], index >= cut(0, m).len());
            }
            let mut fewer = proof.clone();
            fewer.0.pop();
            assert!(fewer.trees(m, n).is_err());
            let mut more = proof.clone();
            more.0.push(Digest([0; 32]));
            assert!(more.trees(m, n).is_err());
            for (m, n) in [(n, n), (n + 1, n), (0, n)] {
                assert!(proof.trees(m, n).is_err());
            }
        }
    }

    /// A later tree in which one old leaf was changed, moved or left out has no proof: none of the
    /// roots that lead to the earlier tree leads to it.
    #[test]
    fn a_changed_leaf_of_the_earlier_tree_shows() {
        for (m, n) in sizes().filter(|(_, n)| *n <= 33) {
            let honest = leaves(n);
            let proof = prove(&honest, m);
            for index in 0..m as usize {
                let mut changed = honest.clone();
                changed[index] = hash_leaf(b"another");
                let other = root(changed.iter().copied()).unwrap();
                let [earlier, later] = proof.trees(m, n).unwrap();
                assert_ne!(later, other);
                let theirs = prove(&changed, m).trees(m, n).unwrap();
                assert_eq!(theirs[1], other);
                assert_ne!(theirs[0], earlier, "{index} of {m} of {n}");
            }
        }
    }

    #[test]
    fn the_largest_trees_take_few_hashes() {
        let n = crate::tree::MAX_ITEMS;
        for m in [1, n / 2, n / 2 + 1, n - 1] {
            let named = subtrees(m, n).len();
            let proof = ConsistencyProof::new(vec![Digest([1; 32]); named]);
            assert!(proof.trees(m, n).is_ok());
        }
    }
}
