//! The way from a leaf to the root: what shows that one position holds a leaf, without the others.

use super::{SUBTREE, TreeHasher, empty_root};
use crate::bytes::Malformed;
use crate::digest::Digest;
use rs_merkle::{Hasher, MerkleTree};

/// The siblings on the way from a leaf to the root, the leaf's own first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MerklePath(Vec<Digest>);

impl MerklePath {
    /// A path of these siblings.
    #[must_use]
    pub fn new(siblings: Vec<Digest>) -> Self {
        Self(siblings)
    }

    /// The siblings, the leaf's own first.
    #[must_use]
    pub fn siblings(&self) -> &[Digest] {
        &self.0
    }

    /// The root of the tree over `items` leaves that has `leaf` at `position`, if the siblings are
    /// right.
    ///
    /// # Errors
    /// When there is no such position, or a tree of that size has paths of another length.
    pub fn root(&self, leaf: Digest, position: u64, items: u64) -> Result<Digest, Malformed> {
        if position >= items {
            return Err(Malformed::new("there is no such position"));
        }
        let depth = items.next_power_of_two().ilog2() as usize;
        if self.0.len() != depth {
            return Err(Malformed::new(format!(
                "the path has {} siblings and must have {depth}",
                self.0.len()
            )));
        }
        let mut node = leaf.0;
        for (level, sibling) in self.0.iter().enumerate() {
            node = if position >> level & 1 == 0 {
                TreeHasher::concat_and_hash(&node, Some(&sibling.0))
            } else {
                TreeHasher::concat_and_hash(&sibling.0, Some(&node))
            };
        }
        Ok(Digest(node))
    }
}

/// The paths of `positions`, ascending and below `items`, in the tree over `items` leaves, which
/// `leaves` yields in order. Memory is one subtree, the roots of all, and the paths.
///
/// # Errors
/// The first error that `leaves` yields.
///
/// # Panics
/// When there are fewer leaves than `items`, or a position is out of range.
pub fn paths<E>(
    mut leaves: impl Iterator<Item = Result<Digest, E>>,
    items: u64,
    positions: &[u64],
) -> Result<Vec<MerklePath>, E> {
    let width = items.next_power_of_two();
    let size = width.min(SUBTREE as u64);
    let mut paths: Vec<MerklePath> = Vec::with_capacity(positions.len());
    let mut roots = Vec::new();
    let mut wanted = positions.iter().copied().peekable();
    for first in (0..width).step_by(SUBTREE) {
        let mut subtree = Vec::with_capacity(SUBTREE);
        for position in first..first + size {
            subtree.push(if position < items {
                leaves.next().expect("there are as many leaves as items")?.0
            } else {
                empty_root(0)
            });
        }
        let tree = MerkleTree::<TreeHasher>::from_leaves(&subtree);
        while let Some(position) = wanted.next_if(|position| *position < first + size) {
            paths.push(MerklePath(siblings(&tree, position - first)));
        }
        roots.push(tree.root().expect("the subtree is not empty"));
    }
    assert_eq!(paths.len(), positions.len(), "positions are below items");
    let top = MerkleTree::<TreeHasher>::from_leaves(&roots);
    for (path, position) in paths.iter_mut().zip(positions) {
        path.0.extend(siblings(&top, position / size));
    }
    Ok(paths)
}

fn siblings(tree: &MerkleTree<TreeHasher>, index: u64) -> Vec<Digest> {
    let index = usize::try_from(index).expect("subtrees fit in memory");
    let proof = tree.proof(&[index]);
    proof.proof_hashes().iter().copied().map(Digest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{hash_leaf, root};

    fn leaves(n: u64) -> Vec<Digest> {
        (0..n).map(|i| hash_leaf(&i.to_le_bytes())).collect()
    }

    fn all_paths(leaves: &[Digest], positions: &[u64]) -> Vec<MerklePath> {
        let stream = leaves.iter().copied().map(Ok::<_, Malformed>);
        paths(stream, leaves.len() as u64, positions).unwrap()
    }

    #[test]
    fn every_path_leads_to_the_root() {
        for n in [1, 2, 3, 4, 5, 7, 8, 4095, 4096, 4097, 8193, 13000_u64] {
            let leaves = leaves(n);
            let root = root(leaves.iter().copied()).unwrap();
            let positions: Vec<u64> = (0..n).filter(|i| n < 10 || i % 997 == 0).collect();
            let positions = [&positions[..], &[n - 1]].concat();
            let mut positions: Vec<u64> = positions;
            positions.dedup();
            for (path, position) in all_paths(&leaves, &positions).iter().zip(&positions) {
                let leaf = leaves[*position as usize];
                assert_eq!(path.root(leaf, *position, n), Ok(root), "{position} of {n}");
            }
        }
    }

    #[test]
    fn no_other_leaf_place_or_length_leads_there() {
        let leaves = leaves(5);
        let root = root(leaves.iter().copied()).unwrap();
        let paths = all_paths(&leaves, &[0, 1, 4]);
        let leads = |path: &MerklePath, leaf: Digest, position: u64, items: u64| {
            path.root(leaf, position, items) == Ok(root)
        };
        assert!(leads(&paths[0], leaves[0], 0, 5));
        assert!(!leads(&paths[0], leaves[1], 0, 5));
        assert!(!leads(&paths[0], leaves[0], 1, 5));
        assert!(!leads(&paths[1], leaves[0], 0, 5));
        // An inner node as a leaf, on the path that is left of it: refused by the length alone.
        let inner = TreeHasher::concat_and_hash(&leaves[0].0, Some(&leaves[1].0));
        let short = MerklePath::new(paths[0].siblings()[1..].to_vec());
        assert!(!leads(&short, Digest(inner), 0, 5));
        assert!(
            leads(&short, Digest(inner), 0, 4),
            "so n must be bound beside the root"
        );
        let mut long = paths[0].siblings().to_vec();
        long.push(Digest([0; 32]));
        assert!(!leads(&MerklePath::new(long), leaves[0], 0, 5));
        // Padding is not a document.
        let padding = Digest(empty_root(0));
        let beside = MerklePath::new(vec![
            leaves[4],
            paths[2].siblings()[1],
            paths[2].siblings()[2],
        ]);
        assert!(!leads(&beside, padding, 5, 5));
        assert!(
            leads(&beside, padding, 5, 6),
            "so n must be bound beside the root"
        );
    }
}
