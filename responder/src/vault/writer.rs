//! Filling a vault: list the corpus, then chunk after chunk of items, then the commitment.
//!
//! Each step is one transaction, so a killed process loses at most the chunk in hand. Positions
//! are the ranks of random keys: the store's own order is the shuffle, in memory that does not
//! grow with the corpus.

use super::error::VaultError;
use super::record::{VaultItem, ViewOpening};
use super::store::{
    self, Cursor, FILE, FORMAT, ITEMS, LEAVES, META, META_COMMITMENT, META_CORPUS, META_CURSOR,
    META_FORMAT, META_ORIGIN, META_PLANNED, META_PROFILE, Meta, SHUFFLE, VIEWS,
};
use crate::corpus::Entry;
use duces_protocol::bytes::Writer as Bytes;
use duces_protocol::commitment::{Commitment, Origin};
use duces_protocol::digest::Digest;
use duces_protocol::exceptions::{Exceptions, Reason};
use duces_protocol::leaf::Status;
use duces_protocol::profile::Profile;
use duces_protocol::tree::TreeBuilder;
use rand_core::{OsRng, RngCore};
use redb::{Database, ReadableDatabase, ReadableTable, ReadableTableMetadata};
use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// A vault that this process fills.
pub struct VaultWriter {
    database: Database,
    meta: Meta,
}

/// One item with its views, ready to be stored.
pub struct NewItem {
    /// What the vault holds of it.
    pub item: VaultItem,
    /// Its leaf.
    pub leaf: Digest,
    /// Its views, ascending.
    pub views: Vec<NewView>,
}

/// One view of a new item.
pub struct NewView {
    /// The index of the view in the profile.
    pub index: u8,
    /// Its bytes and its blind.
    pub opening: ViewOpening,
}

impl VaultWriter {
    /// Makes an empty vault in `folder`, which is created with mode 0700.
    pub fn create(
        folder: &Path,
        profile: &Profile,
        origin: &Origin,
        corpus: &Path,
    ) -> Result<Self, VaultError> {
        match DirBuilder::new().mode(0o700).create(folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error.into()),
            _ => {}
        }
        fs::set_permissions(folder, Permissions::from_mode(0o700))?;
        // Made under another name, so that a store that exists is complete.
        let part = folder.join("vault.redb.part");
        match fs::remove_file(&part) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&part)?;
        let database = Database::builder()
            .create_file(file)
            .map_err(|error| store::explain(error, folder))?;
        let mut path = Bytes::new();
        path.length(corpus.as_os_str().len())
            .raw(corpus.as_os_str().as_bytes());
        let write = database.begin_write()?;
        {
            let mut meta = write.open_table(META)?;
            meta.insert(META_FORMAT, FORMAT)?;
            meta.insert(META_PROFILE, profile.to_string().as_bytes())?;
            meta.insert(META_ORIGIN, origin.as_str().as_bytes())?;
            meta.insert(META_CORPUS, path.finish().as_slice())?;
        }
        write.commit()?;
        drop(database);
        fs::rename(&part, folder.join(FILE))?;
        fs::File::open(folder)?.sync_all()?;
        Self::open(folder)
    }

    /// Opens a vault that may not be finished.
    pub fn open(folder: &Path) -> Result<Self, VaultError> {
        let database = store::open(folder)?;
        let meta = Meta::read(&database.begin_read()?)?;
        Ok(Self { database, meta })
    }

    pub fn profile(&self) -> &Profile {
        &self.meta.profile
    }

    pub fn origin(&self) -> &str {
        &self.meta.origin
    }

    pub fn corpus(&self) -> &PathBuf {
        &self.meta.corpus
    }

    /// The commitment, if the vault is finished.
    pub fn commitment(&self) -> Option<&Commitment> {
        self.meta.commitment.as_ref()
    }

    /// Number of items, if the corpus has been listed.
    pub fn planned(&self) -> Option<u64> {
        self.meta.planned
    }

    /// Lists the corpus: `entries` get positions in random order. A list that an earlier process
    /// did not complete is made anew. A corpus without entries still counts as not listed.
    pub fn plan<E>(&mut self, entries: impl Iterator<Item = Result<Entry, E>>) -> Result<u64, E>
    where
        E: From<VaultError>,
    {
        self.clear_plan()?;
        let mut batch = Vec::new();
        for entry in entries {
            batch.push(entry?);
            if batch.len() == 1 << 14 {
                self.insert_entries(&batch)?;
                batch.clear();
            }
        }
        self.insert_entries(&batch)?;
        Ok(self.end_plan()?)
    }

    fn clear_plan(&self) -> Result<(), VaultError> {
        let write = self.database.begin_write()?;
        write.delete_table(SHUFFLE)?;
        write.commit()?;
        Ok(())
    }

    fn insert_entries(&self, entries: &[Entry]) -> Result<(), VaultError> {
        let write = self.database.begin_write()?;
        {
            let mut table = write.open_table(SHUFFLE)?;
            for entry in entries {
                let mut key = [0; 16];
                OsRng.fill_bytes(&mut key);
                if table.insert(key, entry.encode().as_slice())?.is_some() {
                    return Err(VaultError::damaged("the system's random numbers repeat"));
                }
            }
        }
        write.commit()?;
        Ok(())
    }

    fn end_plan(&mut self) -> Result<u64, VaultError> {
        let write = self.database.begin_write()?;
        let count = write.open_table(SHUFFLE)?.len()?;
        if count == 0 {
            return Ok(0);
        }
        {
            write
                .open_table(META)?
                .insert(META_PLANNED, count.to_le_bytes().as_slice())?;
            write.open_table(ITEMS)?;
            write.open_table(VIEWS)?;
            write.open_table(LEAVES)?;
        }
        write.commit()?;
        self.meta.planned = Some(count);
        Ok(count)
    }

    /// How much an earlier process stored.
    pub fn cursor(&self) -> Cursor {
        self.meta.cursor
    }

    /// Up to `count` entries from the cursor on, and the cursor after them.
    pub fn entries(&self, from: Cursor, count: usize) -> Result<(Vec<Entry>, Cursor), VaultError> {
        let read = self.database.begin_read()?;
        let table = read.open_table(SHUFFLE)?;
        let range = match from.key {
            Some(key) => {
                use std::ops::Bound::{Excluded, Unbounded};
                table.range::<[u8; 16]>((Excluded(key), Unbounded))?
            }
            None => table.range::<[u8; 16]>(..)?,
        };
        let mut entries = Vec::with_capacity(count);
        let mut cursor = from;
        for entry in range.take(count) {
            let (key, value) = entry?;
            entries.push(Entry::decode(value.value())?);
            cursor = Cursor {
                done: cursor.done + 1,
                key: Some(key.value()),
            };
        }
        Ok((entries, cursor))
    }

    /// Stores a chunk of items at the positions from `first` on, and the cursor after them, in one
    /// transaction.
    pub fn store(&self, first: u64, items: &[NewItem], after: Cursor) -> Result<(), VaultError> {
        let key = after
            .key
            .ok_or_else(|| VaultError::damaged("a chunk is empty"))?;
        let write = self.database.begin_write()?;
        {
            let mut records = write.open_table(ITEMS)?;
            let mut views = write.open_table(VIEWS)?;
            let mut leaves = write.open_table(LEAVES)?;
            for (item, position) in items.iter().zip(first..) {
                let sealed = store::seal(store::item_place(position), item.item.encode());
                records.insert(position, sealed.as_slice())?;
                leaves.insert(position, item.leaf.0)?;
                for view in &item.views {
                    let place = store::view_place(view.index, position);
                    let sealed = store::seal(place, view.opening.encode());
                    views.insert((view.index, position), sealed.as_slice())?;
                }
            }
            let mut cursor = Bytes::new();
            cursor.u64(after.done).raw(&key);
            write
                .open_table(META)?
                .insert(META_CURSOR, cursor.finish().as_slice())?;
        }
        write.commit()?;
        Ok(())
    }

    /// The root of the tree over all leaves; `None` when there are none.
    pub fn tree_root(&self) -> Result<Option<Digest>, VaultError> {
        let read = self.database.begin_read()?;
        let mut tree = TreeBuilder::new();
        for entry in read.open_table(LEAVES)?.iter()? {
            tree.push(Digest(entry?.1.value()));
        }
        Ok(tree.finish())
    }

    /// The exceptions among the items.
    pub fn exceptions(&self) -> Result<Exceptions, VaultError> {
        let read = self.database.begin_read()?;
        let mut list: Vec<(u64, Reason)> = Vec::new();
        for entry in read.open_table(ITEMS)?.iter()? {
            let (position, sealed) = entry?;
            let position = position.value();
            let bytes = store::unseal(store::item_place(position), sealed.value())?;
            if let Status::Exception(reason) = VaultItem::decode(bytes)?.status {
                list.push((position, reason));
            }
        }
        Ok(Exceptions::new(list)?)
    }

    /// Stores the commitment and drops what was needed for filling only: the vault is finished.
    pub fn finish(&mut self, commitment: Commitment) -> Result<(), VaultError> {
        let write = self.database.begin_write()?;
        write
            .open_table(META)?
            .insert(META_COMMITMENT, commitment.to_string().as_bytes())?;
        write.delete_table(SHUFFLE)?;
        write.delete_table(LEAVES)?;
        write.commit()?;
        self.meta.commitment = Some(commitment);
        Ok(())
    }
}
