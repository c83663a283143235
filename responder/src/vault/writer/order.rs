//! Positions: the members of all families in the order of random keys.

use super::super::error::VaultError;
use super::super::record::{Member, MemberKey};
use super::super::store::{self, MEMBERS, ORDER, POSITIONS, Placed, SHUFFLE};
use super::VaultWriter;
use duces_protocol::digest::Digest;
use duces_protocol::exceptions::Exceptions;
use duces_protocol::leaf::Status;
use duces_protocol::tree::TreeBuilder;
use duces_protocol::view::View;
use rand_core::{OsRng, RngCore};
use rayon::prelude::*;
use redb::{ReadTransaction, ReadableDatabase};
use std::ops::Bound;

/// Members placed in one transaction.
const CHUNK: usize = 1 << 15;

/// All positions.
pub struct Order {
    /// How many there are.
    pub items: u64,
    /// The root of the tree over their leaves; `None` when there are none.
    pub root: Option<Digest>,
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
        let write = self.database.begin_write()?;
        write.delete_table(POSITIONS)?;
        write.delete_table(ORDER)?;
        write.open_table(POSITIONS)?;
        write.open_table(ORDER)?;
        write.commit()?;
        let read = self.database.begin_read()?;
        for_each_chunk(&read, |first, keys| {
            let write = self.database.begin_write()?;
            {
                let mut positions = write.open_table(POSITIONS)?;
                for (key, position) in keys.iter().zip(first..) {
                    positions.insert((key.entry, key.place), position)?;
                }
            }
            write.commit()?;
            Ok(())
        })?;
        let views = self.profile().views();
        let mut tree = TreeBuilder::new();
        let mut items = 0;
        for_each_chunk(&read, |first, keys| {
            let placed = self.leaves(first, keys, &views)?;
            let write = self.database.begin_write()?;
            {
                let mut order = write.open_table(ORDER)?;
                for (leaf, position) in placed.iter().zip(first..) {
                    let sealed = store::seal(store::order_place(position), leaf.placed.encode());
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
            root: tree.finish(),
        })
    }

    /// The positions that could not be read, once all have been placed.
    pub fn exceptions(&self) -> Result<Exceptions, VaultError> {
        let read = self.database.begin_read()?;
        let (order, members) = (read.open_table(ORDER)?, read.open_table(MEMBERS)?);
        let mut list = Vec::new();
        for entry in order.range(0..)? {
            let (position, placed) = entry?;
            let key = Placed::unseal(position.value(), placed.value())?.key;
            let sealed = members.get((key.entry, key.place))?;
            let sealed = sealed.ok_or_else(|| VaultError::damaged("a member is missing"))?;
            let bytes = store::unseal(store::member_place(key), sealed.value())?;
            if let Status::Exception(reason) = Member::decode(bytes)?.status {
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
                let family = head.value();
                let sealed = members.get((key.entry, key.place))?.ok_or_else(missing)?;
                let bytes = store::unseal(store::member_place(key), sealed.value())?;
                let member = Member::decode(bytes)?;
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

struct Leaf {
    placed: Placed,
    hash: Digest,
}

/// Calls `visit` for the members in the order of their keys, with the position of the first.
fn for_each_chunk(
    read: &ReadTransaction,
    mut visit: impl FnMut(u64, &[MemberKey]) -> Result<(), VaultError>,
) -> Result<(), VaultError> {
    let table = read.open_table(SHUFFLE)?;
    let (mut from, mut first) = (Bound::Unbounded, 0);
    loop {
        let mut keys = Vec::with_capacity(CHUNK);
        for entry in table
            .range::<[u8; 16]>((from, Bound::Unbounded))?
            .take(CHUNK)
        {
            let (key, member) = entry?;
            let (entry, place) = member.value();
            keys.push(MemberKey { entry, place });
            from = Bound::Excluded(key.value());
        }
        if keys.is_empty() {
            return Ok(());
        }
        visit(first, &keys)?;
        first += keys.len() as u64;
    }
}
