//! The Merkle tree over the leaves of all positions (`[format-leaf]`).
//!
//! * leaf: `SHA-256(0x00 ‖ leaf body)`, see [`crate::leaf`];
//! * node: `SHA-256(0x01 ‖ left ‖ right)`;
//! * padding: positions `n ..` up to the next power of two hold the empty leaf
//!   `SHA-256(0x02 ‖ tag)`, tag `duces/empty/v1` with a 4-byte length, little-endian.
//!
//! The first byte tells the three apart, so that no node passes for a leaf and no padding for a
//! document. The tree of one leaf is that leaf. The tree alone does not fix `n`: the root of a
//! commitment does, which hashes `n`, the profile and the version with it
//! ([`crate::commitment`]).
//!
//! All padding is alike, so that the root of a subtree of padding takes as many hashes as the subtree
//! has layers. A tree to which leaves are appended keeps every node below which no padding stood:
//! [`ConsistencyProof`].
//!
//! [`TreeBuilder`] keeps one subtree and the roots of those before it, so memory is `n / 4096`
//! digests.

mod consistency;
mod path;

pub use consistency::{ConsistencyProof, Prover};
pub use path::{MerklePath, paths};

use crate::bytes::Writer;
use crate::digest::Digest;
use rs_merkle::{Hasher, MerkleTree};
use sha2::{Digest as _, Sha256};

/// The largest number of positions.
pub const MAX_ITEMS: u64 = 1 << 32;

const LEAF: u8 = 0;
const NODE: u8 = 1;
const EMPTY: u8 = 2;

/// Leaves of one subtree.
const SUBTREE: usize = 1 << 12;

/// SHA-256 with one leading byte that tells leaves, nodes and padding apart.
#[derive(Clone)]
struct TreeHasher;

impl TreeHasher {
    fn tagged(tag: u8, parts: &[&[u8]]) -> [u8; 32] {
        let mut sha = Sha256::new();
        sha.update([tag]);
        for part in parts {
            sha.update(part);
        }
        sha.finalize().into()
    }
}

impl Hasher for TreeHasher {
    type Hash = [u8; 32];

    fn hash(data: &[u8]) -> [u8; 32] {
        Self::tagged(LEAF, &[data])
    }

    /// `rs_merkle` passes the root of a perfect tree through here once more, without a sibling.
    /// No other layer of a padded tree is odd, so nothing else is ever promoted.
    fn concat_and_hash(left: &[u8; 32], right: Option<&[u8; 32]>) -> [u8; 32] {
        match right {
            Some(right) => Self::tagged(NODE, &[left, right]),
            None => *left,
        }
    }
}

/// The leaf with this body.
#[must_use]
pub fn hash_leaf(body: &[u8]) -> Digest {
    Digest(TreeHasher::hash(body))
}

/// The root of a subtree of `2^layers` leaves, all of them padding.
fn empty_root(layers: u32) -> [u8; 32] {
    let mut out = Writer::new();
    out.string("duces/empty/v1");
    let leaf = TreeHasher::tagged(EMPTY, &[&out.finish()]);
    (0..layers).fold(leaf, |below, _| TreeHasher::tagged(NODE, &[&below, &below]))
}

/// Root of the tree over leaves `0 ..`, or `None` when there are none.
#[must_use]
pub fn root(leaves: impl IntoIterator<Item = Digest>) -> Option<Digest> {
    let mut builder = TreeBuilder::new();
    leaves.into_iter().for_each(|leaf| builder.push(leaf));
    builder.finish()
}

/// Builds the tree leaf by leaf.
#[derive(Clone, Default)]
pub struct TreeBuilder {
    subtree: Vec<[u8; 32]>,
    roots: Vec<[u8; 32]>,
}

impl TreeBuilder {
    /// No leaves yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends the leaf of the next position.
    pub fn push(&mut self, leaf: Digest) {
        self.subtree.push(leaf.0);
        if self.subtree.len() == SUBTREE {
            self.roots.push(perfect_root(&self.subtree));
            self.subtree.clear();
        }
    }

    /// Leaves so far.
    #[must_use]
    pub fn len(&self) -> u64 {
        (self.roots.len() * SUBTREE + self.subtree.len()) as u64
    }

    /// Whether there are no leaves yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Pads and returns the root, or `None` when there are no leaves.
    #[must_use]
    pub fn finish(mut self) -> Option<Digest> {
        let n = self.len();
        if n == 0 {
            return None;
        }
        let width = n.next_power_of_two();
        if width < SUBTREE as u64 {
            let width = usize::try_from(width).expect("a subtree fits in memory");
            self.subtree.resize(width, empty_root(0));
            return Some(Digest(perfect_root(&self.subtree)));
        }
        if !self.subtree.is_empty() {
            self.subtree.resize(SUBTREE, empty_root(0));
            self.roots.push(perfect_root(&self.subtree));
        }
        let subtrees = usize::try_from(width / SUBTREE as u64).expect("fewer than leaves");
        self.roots.resize(subtrees, empty_root(SUBTREE.ilog2()));
        Some(Digest(perfect_root(&self.roots)))
    }
}

/// Root over a power of two of leaves or of roots of equal subtrees.
fn perfect_root(layer: &[[u8; 32]]) -> [u8; 32] {
    MerkleTree::<TreeHasher>::from_leaves(layer)
        .root()
        .expect("the layer is not empty")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(n: u64) -> Vec<Digest> {
        (0..n).map(|i| hash_leaf(&i.to_le_bytes())).collect()
    }

    /// The definition, layer by layer.
    fn naive(leaves: &[Digest]) -> Digest {
        let n = leaves.len() as u64;
        let mut layer: Vec<[u8; 32]> = leaves.iter().map(|leaf| leaf.0).collect();
        layer.extend((n..n.next_power_of_two()).map(|_| empty_root(0)));
        while layer.len() > 1 {
            layer = layer
                .chunks(2)
                .map(|pair| TreeHasher::tagged(NODE, &[&pair[0], &pair[1]]))
                .collect();
        }
        Digest(layer[0])
    }

    #[test]
    fn equals_the_definition() {
        for n in [
            1, 2, 3, 4, 5, 7, 8, 9, 1000, 4095, 4096, 4097, 8192, 8193, 13000,
        ] {
            let leaves = leaves(n);
            assert_eq!(
                root(leaves.iter().copied()),
                Some(naive(&leaves)),
                "{n} leaves"
            );
        }
        assert_eq!(root([]), None);
    }

    #[test]
    fn frozen_root_of_five() {
        let root = root(leaves(5)).unwrap();
        assert_eq!(
            root.to_string(),
            "426178304f7823915622bcfe8ea8d87a92d29349e2f31a3217b7d6be331ac0a4"
        );
    }

    #[test]
    fn omission_reordering_and_duplication_change_the_root() {
        let base = leaves(5);
        let expected = root(base.clone()).unwrap();
        let mut others = vec![base[1..].to_vec(), base[..4].to_vec()];
        let mut swapped = base.clone();
        swapped.swap(0, 4);
        others.push(swapped);
        let mut middle = base.clone();
        middle.remove(2);
        others.push(middle);
        let mut duplicated = base.clone();
        duplicated[3] = duplicated[2];
        others.push(duplicated);
        let mut longer = base.clone();
        longer.push(base[4]);
        others.push(longer);
        for other in others {
            assert_ne!(root(other), Some(expected));
        }
    }

    #[test]
    fn leaves_nodes_and_padding_do_not_mix() {
        let base = leaves(4);
        let inner: Vec<Digest> = base
            .chunks(2)
            .map(|pair| Digest(TreeHasher::concat_and_hash(&pair[0].0, Some(&pair[1].0))))
            .collect();
        let as_leaf = hash_leaf(&[&base[0].0[..], &base[1].0[..]].concat());
        assert_ne!(as_leaf, inner[0]);
        assert_eq!(
            root(inner),
            root(base.clone()),
            "which is why n is bound beside the root"
        );
        let mut out = Writer::new();
        out.string("duces/empty/v1");
        assert_ne!(hash_leaf(&out.finish()).0, empty_root(0));
        let empty = empty_root(1);
        assert_eq!(Some(Digest(empty)), root([Digest(empty_root(0)); 2]));
        assert_ne!(hash_leaf(&[empty_root(0); 2].concat()).0, empty);
    }
}
