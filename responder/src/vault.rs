//! The vault: everything secret that later steps need, in one embedded store.
//!
//! `MATTER/vault/` (mode 0700) holds `vault.redb` (mode 0600): for every position the path, size,
//! kind and digest of its file, the salt, and for every view the blind, the commitment and the
//! tensor; beside them profile, corpus folder and commitment.
//!
//! * Every write is a transaction: after a crash the store is as the last transaction left it.
//! * One process writes, or several read: the store locks its file.
//! * Every record carries a checksum over its place and content, so that damage is an error here
//!   and not a wrong proof later. It guards against accidents, not against a person who can
//!   write to the vault.
//!
//! A [`Vault`] is finished: it has a commitment, and nothing in it changes any more.

mod error;
mod record;
mod store;
mod tensor;
pub(crate) mod writer;

pub use error::VaultError;
pub use record::{VaultItem, ViewOpening};

use duces_protocol::commitment::Commitment;
use duces_protocol::profile::Profile;
use duces_protocol::view::View;
use redb::{ReadOnlyTable, ReadableTableMetadata};
use std::ops::Range;
use std::path::{Path, PathBuf};
use store::{ITEMS, VIEWS};

/// A finished vault, open for reading. Several threads and processes may read at once.
pub struct Vault {
    folder: PathBuf,
    commitment: Commitment,
    profile: Profile,
    corpus: PathBuf,
    views: Vec<View>,
    items: ReadOnlyTable<u64, &'static [u8]>,
    tensors: ReadOnlyTable<(u8, u64), &'static [u8]>,
}

impl Vault {
    /// Opens the vault in `folder` (`MATTER/vault`).
    ///
    /// # Errors
    /// When it is missing, damaged, in use by a writer, or its commitment is not finished.
    pub fn open(folder: &Path) -> Result<Self, VaultError> {
        let read = store::open_read_only(folder)?;
        let meta = store::Meta::read(&read)?;
        let commitment = meta
            .commitment
            .ok_or_else(|| VaultError::Unfinished(folder.into()))?;
        let items = read.open_table(ITEMS)?;
        let tensors = read.open_table(VIEWS)?;
        if items.len()? != commitment.items() || meta.profile.digest() != commitment.profile() {
            return Err(VaultError::damaged("its parts do not belong together"));
        }
        Ok(Self {
            folder: folder.to_owned(),
            commitment,
            views: meta.profile.views(),
            profile: meta.profile,
            corpus: meta.corpus,
            items,
            tensors,
        })
    }

    /// The folder that it was opened from.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
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

    /// The folder of documents; paths of items are relative to it.
    #[must_use]
    pub fn corpus(&self) -> &Path {
        &self.corpus
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
        let sealed = self
            .items
            .get(position)?
            .ok_or_else(|| VaultError::missing(position))?;
        let bytes = store::unseal(store::item_place(position), sealed.value())?;
        Ok(VaultItem::decode(bytes)?)
    }

    /// The records of a range of positions, in order.
    ///
    /// # Errors
    /// When one is missing or damaged.
    pub fn items(&self, positions: Range<u64>) -> Result<Vec<VaultItem>, VaultError> {
        positions.map(|position| self.item(position)).collect()
    }

    /// The positions whose item has `view`, ascending: the provable positions of a request that
    /// reads it.
    ///
    /// # Errors
    /// When the profile does not name the view, or the store is damaged.
    pub fn provable(&self, view: View) -> Result<Vec<u64>, VaultError> {
        let index = self.view_index(view)?;
        self.tensors
            .range((index, 0)..=(index, u64::MAX))?
            .map(|entry| Ok(entry?.0.value().1))
            .collect()
    }

    /// The tensor of an item's view and the blind of its commitment.
    ///
    /// # Errors
    /// When the item does not have the view, or the record is damaged.
    pub fn view(&self, view: View, position: u64) -> Result<ViewOpening, VaultError> {
        let index = self.view_index(view)?;
        let sealed = self
            .tensors
            .get((index, position))?
            .ok_or_else(|| VaultError::missing(position))?;
        let bytes = store::unseal(store::view_place(index, position), sealed.value())?;
        Ok(ViewOpening::decode(bytes, view.byte_len())?)
    }

    fn view_index(&self, view: View) -> Result<u8, VaultError> {
        let index = self.views.iter().position(|&v| v == view);
        index
            .and_then(|i| u8::try_from(i).ok())
            .ok_or(VaultError::NoSuchView(view))
    }
}

#[cfg(test)]
mod tests;
