//! Filling a vault: list the corpus, then chunk after chunk of families, then the order of positions,
//! then the commitment.
//!
//! Each chunk is one transaction, so a killed process loses at most the chunk in hand. Positions are
//! the ranks of random keys: the store's own order is the shuffle, in memory that does not grow with
//! the corpus.

mod order;

use super::error::VaultError;
use super::record::{Member, MemberKey, ViewOpening};
use super::store::{
    self, ENTRIES, FILE, FIRST, FORMAT, MEMBERS, META, META_COMMITMENT, META_CORPUS, META_DONE,
    META_FORMAT, META_NOTES, META_ORIGIN, META_PLANNED, META_PROFILE, Meta, ORDER, POSITIONS,
    RENDITIONS, SHUFFLE, VIEWS,
};
use crate::corpus::Entry;
use duces_protocol::bytes::Writer as Bytes;
use duces_protocol::commitment::{Commitment, Notes, Origin};
use duces_protocol::profile::Profile;
use order::random_key;
use redb::{Database, ReadableDatabase, ReadableTable};
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

/// One member with its views, ready to be stored.
pub struct NewMember {
    /// Which it is.
    pub key: MemberKey,
    /// What the vault holds of it; whether it repeats an earlier one is filled in here.
    pub member: Member,
    /// Its views, ascending.
    pub views: Vec<NewView>,
    /// The rendition that a program of the profile made.
    pub kept: Option<String>,
}

/// One view of a new member.
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

    /// Number of entries, if the corpus has been listed.
    pub fn planned(&self) -> Option<u64> {
        self.meta.planned
    }

    /// Number of entries whose members an earlier process stored.
    pub fn done(&self) -> u64 {
        self.meta.done
    }

    /// What the commitment will state beside its positions.
    pub fn notes(&self) -> &Notes {
        &self.meta.notes
    }

    /// Lists the corpus. A list that an earlier process did not complete is made anew. A corpus
    /// without entries still counts as not listed. `notes` is asked once all entries were seen.
    pub fn plan<E: From<VaultError>>(
        &mut self,
        entries: impl Iterator<Item = Result<Entry, E>>,
        notes: impl FnOnce() -> Notes,
    ) -> Result<u64, E> {
        self.clear_plan()?;
        let (mut batch, mut count) = (Vec::new(), 0);
        for entry in entries {
            batch.push(entry?);
            if batch.len() == 1 << 14 {
                count = self.insert_entries(count, &batch)?;
                batch.clear();
            }
        }
        count = self.insert_entries(count, &batch)?;
        if count > 0 {
            self.end_plan(count, notes())?;
        }
        Ok(count)
    }

    fn clear_plan(&self) -> Result<(), VaultError> {
        let write = self.database.begin_write()?;
        write.delete_table(ENTRIES)?;
        write.commit()?;
        Ok(())
    }

    fn insert_entries(&self, from: u64, entries: &[Entry]) -> Result<u64, VaultError> {
        let write = self.database.begin_write()?;
        {
            let mut table = write.open_table(ENTRIES)?;
            for (entry, number) in entries.iter().zip(from..) {
                let sealed = store::seal(store::entry_place(number), entry.encode());
                table.insert(number, sealed.as_slice())?;
            }
        }
        write.commit()?;
        Ok(from + entries.len() as u64)
    }

    fn end_plan(&mut self, count: u64, notes: Notes) -> Result<(), VaultError> {
        let write = self.database.begin_write()?;
        {
            let mut meta = write.open_table(META)?;
            meta.insert(META_PLANNED, count.to_le_bytes().as_slice())?;
            meta.insert(META_NOTES, store::write_notes(&notes).as_slice())?;
            write.open_table(MEMBERS)?;
            write.open_table(VIEWS)?;
            write.open_table(RENDITIONS)?;
            write.open_table(FIRST)?;
            write.open_table(SHUFFLE)?;
            write.open_table(POSITIONS)?;
            write.open_table(ORDER)?;
        }
        write.commit()?;
        self.meta.planned = Some(count);
        self.meta.notes = notes;
        Ok(())
    }

    /// Up to `count` entries from the number `from` on.
    pub fn entries(&self, from: u64, count: usize) -> Result<Vec<Entry>, VaultError> {
        let read = self.database.begin_read()?;
        let table = read.open_table(ENTRIES)?;
        table
            .range(from..)?
            .take(count)
            .map(|entry| {
                let (number, sealed) = entry?;
                let bytes = store::unseal(store::entry_place(number.value()), sealed.value())?;
                Ok(Entry::decode(bytes)?)
            })
            .collect()
    }

    /// Stores all members of a chunk of entries, in one transaction; `done` entries are stored then.
    pub fn store(&self, members: Vec<NewMember>, done: u64) -> Result<(), VaultError> {
        let write = self.database.begin_write()?;
        {
            let mut records = write.open_table(MEMBERS)?;
            let mut views = write.open_table(VIEWS)?;
            let mut renditions = write.open_table(RENDITIONS)?;
            let mut first = write.open_table(FIRST)?;
            let mut shuffle = write.open_table(SHUFFLE)?;
            for mut new in members {
                let key = (new.key.entry, new.key.place);
                if new.member.size > 0 && new.member.page.is_none() {
                    let digest = new.member.sha256.0;
                    let earlier = first.get(digest)?.map(|earlier| earlier.value());
                    match earlier {
                        Some((entry, place)) => {
                            new.member.duplicate_of = Some(MemberKey { entry, place });
                        }
                        None => {
                            first.insert(digest, key)?;
                        }
                    }
                }
                let sealed = store::seal(store::member_place(new.key), new.member.encode());
                records.insert(key, sealed.as_slice())?;
                if shuffle.insert(random_key(), key)?.is_some() {
                    return Err(VaultError::damaged("the system's random numbers repeat"));
                }
                for view in &new.views {
                    let place = store::view_place(view.index, new.key);
                    let sealed = store::seal(place, view.opening.encode());
                    views.insert((view.index, key.0, key.1), sealed.as_slice())?;
                }
                if let Some(text) = new.kept {
                    let sealed = store::seal(store::rendition_place(new.key), text.into_bytes());
                    renditions.insert(key, sealed.as_slice())?;
                }
            }
            write
                .open_table(META)?
                .insert(META_DONE, done.to_le_bytes().as_slice())?;
        }
        write.commit()?;
        Ok(())
    }

    /// Stores the commitment and drops what was needed for filling only: the vault is finished.
    pub fn finish(&mut self, commitment: Commitment) -> Result<(), VaultError> {
        let write = self.database.begin_write()?;
        write
            .open_table(META)?
            .insert(META_COMMITMENT, commitment.to_string().as_bytes())?;
        write.delete_table(SHUFFLE)?;
        write.commit()?;
        self.meta.commitment = Some(commitment);
        Ok(())
    }
}
