//! The vault: everything secret that later steps need, in one embedded store.
//!
//! `MATTER/vault/` (mode 0700) holds `vault.redb` (mode 0600): for every member of every family name,
//! type, size and digest of its file, the salts, and for every view the blind, the commitment and the
//! tensor; the order of positions; beside them profile, corpus folders and commitment. Files and
//! renditions are not in it, but those renditions that a program of the profile made.
//!
//! A commitment that extends an earlier one has a vault of its own, which begins as a copy of the other:
//! what is in that one keeps its numbers and secrets (`writer/extend.rs`).
//!
//! * Every write is a transaction: after a crash the store is as the last transaction left it.
//! * One process writes, or several read, on one machine or on many: the store locks its file. Where
//!   the file system has no locks, a finished store is read without.
//! * Every record is sealed at its place (`seal.rs`), so that damage is an error here and not a wrong
//!   proof later. Without a passphrase the seal is a checksum: it guards against accidents, not
//!   against a person who can write to the vault.
//! * Under a passphrase the records are encrypted, and their key is in `key.age` (`key.rs`). Then the
//!   store shows to others how many files, parts and records there are, and how long each record is;
//!   profile, origin, notes and commitment, which are handed over anyway; and nothing else.
//!
//! A [`Vault`] is finished: it has a commitment, and nothing in it changes any more.

mod error;
mod key;
mod reading;
mod record;
mod seal;
mod store;
mod tensor;
mod unlocked;
pub(crate) mod writer;

pub use error::VaultError;
pub use key::Passphrase;
pub use record::{CommittedRendition, Member, MemberKey, VaultItem, ViewOpening};

use crate::corpus::Entry;
use duces_protocol::commitment::Commitment;
use duces_protocol::profile::Profile;
use duces_protocol::view::View;
use reading::OpenStore;
use redb::{Database, ReadOnlyTable, ReadableTableMetadata};
use seal::Sealer;
use std::ops::Range;
use std::path::{Path, PathBuf};
use store::{ENTRIES, MEMBERS, ORDER, POSITIONS, Placed, RENDITIONS, VIEWS};

/// Asks for the passphrase of a vault.
pub type Ask<'a> = &'a dyn Fn() -> Result<Passphrase, VaultError>;

/// A finished vault, open for reading. Several threads and processes may read at once.
pub struct Vault {
    folder: PathBuf,
    commitment: Commitment,
    profile: Profile,
    corpora: Vec<(u64, PathBuf)>,
    views: Vec<View>,
    sealer: Sealer,
    order: ReadOnlyTable<u64, &'static [u8]>,
    positions: ReadOnlyTable<(u64, u32), &'static [u8]>,
    entries: ReadOnlyTable<u64, &'static [u8]>,
    members: ReadOnlyTable<(u64, u32), &'static [u8]>,
    tensors: ReadOnlyTable<(u8, u64, u32), &'static [u8]>,
    renditions: ReadOnlyTable<(u64, u32), &'static [u8]>,
    /// Closed after the tables.
    _unlocked: Option<Database>,
}

impl Vault {
    /// Opens the vault in `folder` (`MATTER/vault`), which is under no passphrase.
    ///
    /// # Errors
    /// When it is missing, damaged, in use by a writer, under a passphrase, or its commitment is not
    /// finished.
    pub fn open(folder: &Path) -> Result<Self, VaultError> {
        Self::unlock(folder, &|| Err(VaultError::Locked(folder.into())))
    }

    /// The same of a vault that may be under a passphrase, for which `ask` is asked if it is.
    ///
    /// # Errors
    /// As [`Self::open`], those of `ask`, and when the passphrase is not the vault's.
    pub fn unlock(folder: &Path, ask: Ask<'_>) -> Result<Self, VaultError> {
        Self::from_store(folder, reading::open_read_only(folder)?, ask)
    }

    fn from_store(folder: &Path, store: OpenStore, ask: Ask<'_>) -> Result<Self, VaultError> {
        let OpenStore { read, unlocked } = store;
        let sealer = store::sealer(&read, folder, ask)?;
        let meta = store::Meta::read(&read, &sealer)?;
        let commitment = meta
            .commitment
            .ok_or_else(|| VaultError::Unfinished(folder.into()))?;
        let order = read.open_table(ORDER)?;
        if order.len()? != commitment.items() || meta.profile.digest() != commitment.profile() {
            return Err(VaultError::damaged("its parts do not belong together"));
        }
        Ok(Self {
            folder: folder.to_owned(),
            commitment,
            views: meta.profile.views(),
            profile: meta.profile,
            corpora: meta.corpora,
            sealer,
            order,
            positions: read.open_table(POSITIONS)?,
            entries: read.open_table(ENTRIES)?,
            members: read.open_table(MEMBERS)?,
            tensors: read.open_table(VIEWS)?,
            renditions: read.open_table(RENDITIONS)?,
            _unlocked: unlocked,
        })
    }

    /// The folder that it was opened from.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether it is under a passphrase.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        matches!(self.sealer, Sealer::Key(_))
    }

    /// The public commitment.
    #[must_use]
    pub fn commitment(&self) -> &Commitment {
        &self.commitment
    }

    /// The profile.
    #[must_use]
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// The folders of documents, each with the number of its first entry: one, and one more for each
    /// time that the commitment was extended.
    #[must_use]
    pub fn corpora(&self) -> &[(u64, PathBuf)] {
        &self.corpora
    }

    /// The folder of documents that this entry is in; its path is relative to it.
    #[must_use]
    pub fn corpus_of(&self, entry: u64) -> &Path {
        let after = self.corpora.partition_point(|(first, _)| *first <= entry);
        &self.corpora[after.saturating_sub(1)].1
    }

    /// Number of entries of all folders.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn entries(&self) -> Result<u64, VaultError> {
        Ok(self.entries.len()?)
    }

    /// Number of positions.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.commitment.items()
    }

    /// A vault has at least one item.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        false
    }

    /// What the vault holds of one position.
    ///
    /// # Errors
    /// When there is no such position or its record is damaged.
    pub fn item(&self, position: u64) -> Result<VaultItem, VaultError> {
        let Placed { key, family, .. } = self.placed(position)?;
        Ok(VaultItem {
            key,
            path: self.entry(key.entry)?.path,
            family,
            member: self.member(key)?,
        })
    }

    /// The records of a range of positions, in order.
    ///
    /// # Errors
    /// When one is missing or damaged.
    pub fn items(&self, positions: Range<u64>) -> Result<Vec<VaultItem>, VaultError> {
        positions.map(|position| self.item(position)).collect()
    }

    /// The position of a member.
    ///
    /// # Errors
    /// When there is no such member.
    pub fn position(&self, key: MemberKey) -> Result<u64, VaultError> {
        let position = self.positions.get((key.entry, key.place))?;
        let position = position.ok_or_else(|| missing_member(key))?;
        let position = store::unseal_position(&self.sealer, key, position.value())?;
        match self.placed(position)?.key == key {
            true => Ok(position),
            false => Err(missing_member(key)),
        }
    }

    /// The positions of a family, the head first.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn family(&self, entry: u64) -> Result<Vec<u64>, VaultError> {
        self.positions
            .range((entry, 0)..=(entry, u32::MAX))?
            .map(|found| {
                let (key, sealed) = found?;
                let (entry, place) = key.value();
                let key = MemberKey { entry, place };
                store::unseal_position(&self.sealer, key, sealed.value())
            })
            .collect()
    }

    /// What the corpus has at this number.
    ///
    /// # Errors
    /// When the record is missing or damaged.
    pub fn entry(&self, number: u64) -> Result<Entry, VaultError> {
        let found = self.entries.get(number)?;
        let found = found.ok_or_else(|| VaultError::damaged("an entry is missing"))?;
        let place = store::entry_place(number);
        let bytes = self.sealer.unseal(place, found.value())?;
        Ok(Entry::decode(&bytes)?)
    }

    /// What the vault holds of a member.
    ///
    /// # Errors
    /// When the record is missing or damaged.
    pub fn member(&self, key: MemberKey) -> Result<Member, VaultError> {
        let sealed = self.members.get((key.entry, key.place))?;
        let sealed = sealed.ok_or_else(|| missing_member(key))?;
        let place = store::member_place(key);
        let bytes = self.sealer.unseal(place, sealed.value())?;
        Ok(Member::decode(&bytes)?)
    }

    /// The text that a program of the profile made of a member.
    ///
    /// # Errors
    /// When the record is missing or damaged.
    pub fn kept_rendition(&self, key: MemberKey) -> Result<String, VaultError> {
        let sealed = self.renditions.get((key.entry, key.place))?;
        let sealed = sealed.ok_or_else(|| missing_member(key))?;
        let place = store::rendition_place(key);
        let bytes = self.sealer.unseal(place, sealed.value())?;
        String::from_utf8(bytes.to_vec()).map_err(|_| VaultError::damaged("a text is not UTF-8"))
    }

    /// The positions that have `view`, ascending: the provable positions of a request that reads it.
    ///
    /// # Errors
    /// When the profile does not name the view, or the store is damaged.
    pub fn provable(&self, view: View) -> Result<Vec<u64>, VaultError> {
        let index = self.view_index(view)?;
        let mut positions = Vec::new();
        for entry in self.order.range(0..)? {
            let (position, placed) = entry?;
            let placed = Placed::unseal(&self.sealer, position.value(), placed.value())?;
            if placed.views >> index & 1 == 1 {
                positions.push(position.value());
            }
        }
        Ok(positions)
    }

    /// The tensor of an item's view and the blind of its commitment.
    ///
    /// # Errors
    /// When the item does not have the view, or the record is damaged.
    pub fn view(&self, view: View, position: u64) -> Result<ViewOpening, VaultError> {
        let index = self.view_index(view)?;
        let key = self.placed(position)?.key;
        let sealed = self
            .tensors
            .get((index, key.entry, key.place))?
            .ok_or_else(|| VaultError::missing(position))?;
        let place = store::view_place(index, key);
        let bytes = self.sealer.unseal(place, sealed.value())?;
        Ok(ViewOpening::decode(&bytes, view.byte_len())?)
    }

    fn placed(&self, position: u64) -> Result<Placed, VaultError> {
        let placed = self.order.get(position)?;
        let placed = placed.ok_or_else(|| VaultError::missing(position))?;
        Placed::unseal(&self.sealer, position, placed.value())
    }

    fn view_index(&self, view: View) -> Result<u8, VaultError> {
        let index = self.views.iter().position(|&v| v == view);
        index
            .and_then(|i| u8::try_from(i).ok())
            .ok_or(VaultError::NoSuchView(view))
    }
}

fn missing_member(key: MemberKey) -> VaultError {
    VaultError::damaged(format!(
        "it has no record of part {} of file {}",
        key.place, key.entry
    ))
}

#[cfg(test)]
mod tests;
