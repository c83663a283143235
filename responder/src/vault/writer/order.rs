//! Positions: the members of all families in the order of random keys.

use super::super::error::VaultError;
use super::super::record::{Member, MemberKey};
use super::super::seal::Sealer;
use super::super::store::{self, MEMBERS, ORDER, POSITIONS, Placed, SHUFFLE};
use super::VaultWriter;
use duces_protocol::digest::Digest;
use duces_protocol::exceptions::Exceptions;
use duces_protocol::leaf::Status;
use duces_protocol::tree::{ConsistencyProof, Prover, TreeBuilder};
use duces_protocol::view::View;
use rand_core::{OsRng, RngCore};
use rayon::prelude::*;
use redb::{ReadTransaction, ReadableDatabase, ReadableTableMetadata};
use std::ops::Bound;

/// Members placed in one transaction.
const CHUNK: usize = 1 << 15;

/// All positions.
pub struct Order {
    /// How many there are.
    pub items: u64,
    /// The root of the tree over their leaves; `None` when there are none.
    pub root: Option<Digest>,
    /// That the tree of an earlier commitment is its beginning, if there is one.
    pub consistency: Option<ConsistencyProof>,
}

/// A fresh place in the order.
pub fn random_key() -> [u8; 16] {
    let mut key = [0; 16];
    OsRng.fill_bytes(&mut key);
    key
}

impl VaultWriter {
    /// Gives every stored member its position. The outcome follows from the keys, so that a process
    /// may do again what an earlier one did not complete.
    pub fn place_all(&self) -> Result<Order, VaultError> {
        let before = self.positions_before();
        self.clear_places(before)?;
        let read = self.database.begin_read()?;
        for_each_chunk(&read, &self.sealer, before, |first, keys| {
            let write = self.database.begin_write()?;
            {
                let mut positions = write.open_table(POSITIONS)?;
                for (key, position) in keys.iter().zip(first..) {
                    let place = store::position_place(*key);
                    let sealed = self.sealer.seal(place, position.to_le_bytes().to_vec());
                    positions.insert((key.entry, key.place), sealed.as_slice())?;
                }
            }
            write.commit()?;
            Ok(())
        })?;
        let views = self.profile().views();
        let mut items = before + read.open_table(SHUFFLE)?.len()?;
        let mut tree = Tree {
            builder: TreeBuilder::new(),
            prover: (before > 0).then(|| Prover::new(before, items)),
        };
        self.place_earlier(before, &views, &mut tree)?;
        for_each_chunk(&read, &self.sealer, before, |first, keys| {
            let placed = self.leaves(first, keys, &views)?;
            let write = self.database.begin_write()?;
            {
                let mut order = write.open_table(ORDER)?;
                for (leaf, position) in placed.iter().zip(first..) {
                    let place = store::order_place(position);
                    let sealed = self.sealer.seal(place, leaf.placed.encode());
                    order.insert(position, sealed.as_slice())?;
                    tree.push(leaf.hash);
                }
            }
            write.commit()?;
            items = first + placed.len() as u64;
            Ok(())
        })?;
        Ok(Order {
            items,
            root: tree.builder.finish(),
            consistency: tree.prover.map(Prover::finish),
        })
    }

    /// Takes back the positions from `before` on.
    fn clear_places(&self, before: u64) -> Result<(), VaultError> {
        let entries = self.entries_before();
        let write = self.database.begin_write()?;
        write
            .open_table(POSITIONS)?
            .retain_in((entries, 0).., |_, _| false)?;
        write.open_table(ORDER)?.retain_in(before.., |_, _| false)?;
        write.commit()?;
        Ok(())
    }

    /// Takes the leaves of the earlier commitment into the tree; they must be those that it has.
    fn place_earlier(
        &self,
        before: u64,
        views: &[View],
        tree: &mut Tree,
    ) -> Result<(), VaultError> {
        let read = self.database.begin_read()?;
        let order = read.open_table(ORDER)?;
        for first in (0..before).step_by(CHUNK) {
            let end = before.min(first + CHUNK as u64);
            let keys = order
                .range(first..end)?
                .map(|entry| {
                    let (position, placed) = entry?;
                    let position = position.value();
                    Ok(Placed::unseal(&self.sealer, position, placed.value())?.key)
                })
                .collect::<Result<Vec<_>, VaultError>>()?;
            for leaf in self.leaves(first, &keys, views)? {
                tree.push(leaf.hash);
            }
        }
        let Some(earlier) = self.earlier() else {
            return Ok(());
        };
        let root = tree.builder.clone().finish();
        match root.map(|root| earlier.check_tree(root)) {
            Some(Ok(())) => Ok(()),
            _ => Err(VaultError::damaged(
                "what it took over does not lead to the root of the earlier commitment",
            )),
        }
    }

    /// The positions that could not be read, once all have been placed.
    pub fn exceptions(&self) -> Result<Exceptions, VaultError> {
        let read = self.database.begin_read()?;
        let (order, members) = (read.open_table(ORDER)?, read.open_table(MEMBERS)?);
        let mut list = Vec::new();
        for entry in order.range(0..)? {
            let (position, placed) = entry?;
            let key = Placed::unseal(&self.sealer, position.value(), placed.value())?.key;
            let sealed = members.get((key.entry, key.place))?;
            let sealed = sealed.ok_or_else(|| VaultError::damaged("a member is missing"))?;
            let place = store::member_place(key);
            let bytes = self.sealer.unseal(place, sealed.value())?;
            if let Status::Exception(reason) = Member::decode(&bytes)?.status {
                list.push((position.value(), reason));
            }
        }
        Ok(Exceptions::new(list)?)
    }

    /// The leaves of members at the positions from `first` on.
    fn leaves(
        &self,
        first: u64,
        keys: &[MemberKey],
        views: &[View],
    ) -> Result<Vec<Leaf>, VaultError> {
        let read = self.database.begin_read()?;
        let (members, positions) = (read.open_table(MEMBERS)?, read.open_table(POSITIONS)?);
        keys.par_iter()
            .enumerate()
            .map(|(index, &key)| {
                let missing = || VaultError::damaged("a member is missing");
                let head = positions.get((key.entry, 0))?.ok_or_else(missing)?;
                let family = store::unseal_position(&self.sealer, key.head(), head.value())?;
                let sealed = members.get((key.entry, key.place))?.ok_or_else(missing)?;
                let place = store::member_place(key);
                let bytes = self.sealer.unseal(place, sealed.value())?;
                let member = Member::decode(&bytes)?;
                let bit = |(view, _): &(View, _)| {
                    views
                        .iter()
                        .position(|known| known == view)
                        .map_or(0, |i| 1_u32 << i)
                };
                Ok(Leaf {
                    placed: Placed {
                        key,
                        family,
                        views: member.points.iter().map(bit).sum(),
                    },
                    hash: member.leaf_hash(first + index as u64, family),
                })
            })
            .collect()
    }
}

/// The tree, and the proof that another one is its beginning.
struct Tree {
    builder: TreeBuilder,
    prover: Option<Prover>,
}

impl Tree {
    fn push(&mut self, leaf: Digest) {
        self.builder.push(leaf);
        if let Some(prover) = &mut self.prover {
            prover.push(leaf);
        }
    }
}

struct Leaf {
    placed: Placed,
    hash: Digest,
}

/// Calls `visit` for the members in the order of their keys, with the position of the first; positions
/// begin with `before`.
fn for_each_chunk(
    read: &ReadTransaction,
    sealer: &Sealer,
    before: u64,
    mut visit: impl FnMut(u64, &[MemberKey]) -> Result<(), VaultError>,
) -> Result<(), VaultError> {
    let table = read.open_table(SHUFFLE)?;
    let (mut from, mut first) = (Bound::Unbounded, before);
    loop {
        let mut keys = Vec::with_capacity(CHUNK);
        for entry in table
            .range::<[u8; 16]>((from, Bound::Unbounded))?
            .take(CHUNK)
        {
            let (key, member) = entry?;
            let place = store::shuffle_place(key.value());
            let bytes = sealer.unseal(place, member.value())?;
            keys.push(store::decode_key(&bytes)?);
            from = Bound::Excluded(key.value());
        }
        if keys.is_empty() {
            return Ok(());
        }
        visit(first, &keys)?;
        first += keys.len() as u64;
    }
}
