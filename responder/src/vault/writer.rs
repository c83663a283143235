//! Filling a vault: list the corpus, then chunk after chunk of families, then the order of positions,
//! then the commitment.
//!
//! Each chunk is one transaction, so a killed process loses at most the chunk in hand. Positions are
//! the ranks of random keys: the store's own order is the shuffle, in memory that does not grow with
//! the corpus.

mod extend;
mod order;

use super::error::VaultError;
use super::key::Key;
use super::record::{Member, MemberKey, ViewOpening};
use super::seal::Sealer;
use super::store::{
    self, ENTRIES, FILE, FIRST, FORMAT, KNOWN, MEMBERS, META, META_COMMITMENT, META_CONSISTENCY,
    META_CORPORA, META_DONE, META_FORMAT, META_NOTES, META_ORIGIN, META_PLANNED, META_PROFILE,
    META_SEALED, Meta, ORDER, POSITIONS, RENDITIONS, SHUFFLE, VIEWS,
};
use super::{Ask, Passphrase};
use crate::corpus::Entry;
use duces_protocol::commitment::{Commitment, Consistency, Notes, Origin};
use duces_protocol::profile::Profile;
use order::random_key;
use redb::{Database, ReadableDatabase, ReadableTable};
use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// A vault that this process fills.
pub struct VaultWriter {
    database: Database,
    meta: Meta,
    sealer: Sealer,
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
    /// Makes an empty vault in `folder`, which is created with mode 0700, under a passphrase if one is
    /// given.
    pub fn create(
        folder: &Path,
        profile: &Profile,
        origin: &Origin,
        corpus: &Path,
        passphrase: Option<&Passphrase>,
    ) -> Result<Self, VaultError> {
        make_folder(folder)?;
        let key = passphrase.map(|_| Key::random());
        if let (Some(key), Some(passphrase)) = (&key, passphrase) {
            key.write(folder, passphrase)?;
        }
        let sealer = Sealer::new(key.as_ref());
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(store::part(folder))?;
        let database = store::builder()
            .create_file(file)
            .map_err(|error| store::explain(error, folder))?;
        let corpora = store::write_corpora(&[(0, corpus.to_owned())]);
        let corpora = sealer.seal(store::corpora_place(), corpora);
        let write = database.begin_write()?;
        {
            let mut meta = write.open_table(META)?;
            meta.insert(META_FORMAT, FORMAT)?;
            meta.insert(META_PROFILE, profile.to_string().as_bytes())?;
            meta.insert(META_ORIGIN, origin.as_str().as_bytes())?;
            meta.insert(META_CORPORA, corpora.as_slice())?;
            if key.is_some() {
                let sealed = sealer.seal(store::sealed_place(), Vec::new());
                meta.insert(META_SEALED, sealed.as_slice())?;
            }
        }
        write.commit()?;
        drop(database);
        publish(folder)?;
        let database = store::open(folder)?;
        let meta = Meta::read(&database.begin_read()?, &sealer)?;
        Ok(Self {
            database,
            meta,
            sealer,
        })
    }

    /// Opens a vault that may not be finished; `ask` is asked for its passphrase, if it has one.
    pub fn open(folder: &Path, ask: Ask<'_>) -> Result<Self, VaultError> {
        let database = store::open(folder)?;
        let read = database.begin_read()?;
        let sealer = store::sealer(&read, folder, ask)?;
        let meta = Meta::read(&read, &sealer)?;
        drop(read);
        Ok(Self {
            database,
            meta,
            sealer,
        })
    }

    pub fn profile(&self) -> &Profile {
        &self.meta.profile
    }

    pub fn origin(&self) -> &str {
        &self.meta.origin
    }

    /// The folder of documents that is committed to now.
    pub fn corpus(&self) -> &PathBuf {
        let last = self.meta.corpora.last();
        &last.expect("a vault has a folder of documents").1
    }

    /// The proof that the commitment extends an earlier one, if it does and is finished.
    pub fn consistency(&self) -> Option<&str> {
        self.meta.consistency.as_deref()
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

    /// Lists the corpus; the entries that it has then, those of an earlier commitment included. A list that
    /// an earlier process did not complete is made anew. A corpus without new entries still counts as not
    /// listed. `keep` says which entries are new; `notes` is asked once all were seen.
    pub fn plan<E: From<VaultError>>(
        &mut self,
        entries: impl Iterator<Item = Entry>,
        mut keep: impl FnMut(&Self, &Entry) -> Result<bool, E>,
        notes: impl FnOnce() -> Notes,
    ) -> Result<u64, E> {
        self.clear_plan()?;
        let before = self.entries_before();
        let (mut batch, mut count) = (Vec::new(), before);
        for entry in entries {
            if !keep(self, &entry)? {
                continue;
            }
            batch.push(entry);
            if batch.len() == 1 << 14 {
                count = self.insert_entries(count, &batch)?;
                batch.clear();
            }
        }
        count = self.insert_entries(count, &batch)?;
        if count > before {
            self.end_plan(count, notes())?;
        }
        Ok(count)
    }

    fn clear_plan(&self) -> Result<(), VaultError> {
        let before = self.entries_before();
        let write = self.database.begin_write()?;
        write
            .open_table(ENTRIES)?
            .retain_in(before.., |_, _| false)?;
        write.commit()?;
        Ok(())
    }

    fn insert_entries(&self, from: u64, entries: &[Entry]) -> Result<u64, VaultError> {
        let write = self.database.begin_write()?;
        {
            let mut table = write.open_table(ENTRIES)?;
            for (entry, number) in entries.iter().zip(from..) {
                let place = store::entry_place(number);
                let sealed = self.sealer.seal(place, entry.encode());
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
        write.delete_table(KNOWN)?;
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
                let place = store::entry_place(number.value());
                let bytes = self.sealer.unseal(place, sealed.value())?;
                Ok(Entry::decode(&bytes)?)
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
                    let digest = self.sealer.hide(new.member.sha256);
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
                let place = store::member_place(new.key);
                let sealed = self.sealer.seal(place, new.member.encode());
                records.insert(key, sealed.as_slice())?;
                let random = random_key();
                let place = store::shuffle_place(random);
                let sealed = self.sealer.seal(place, store::encode_key(new.key));
                if shuffle.insert(random, sealed.as_slice())?.is_some() {
                    return Err(VaultError::damaged("the system's random numbers repeat"));
                }
                for view in &new.views {
                    let place = store::view_place(view.index, new.key);
                    let sealed = self.sealer.seal(place, view.opening.encode());
                    views.insert((view.index, key.0, key.1), sealed.as_slice())?;
                }
                if let Some(text) = new.kept {
                    let place = store::rendition_place(new.key);
                    let sealed = self.sealer.seal(place, text.into_bytes());
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

    /// Stores the commitment, and the proof that it extends an earlier one if it does, and drops what was
    /// needed for filling only: the vault is finished.
    pub fn finish(
        &mut self,
        commitment: Commitment,
        consistency: Option<Consistency>,
    ) -> Result<(), VaultError> {
        let consistency = consistency.map(|proof| proof.to_string());
        let write = self.database.begin_write()?;
        {
            let mut meta = write.open_table(META)?;
            meta.insert(META_COMMITMENT, commitment.to_string().as_bytes())?;
            if let Some(proof) = &consistency {
                meta.insert(META_CONSISTENCY, proof.as_bytes())?;
            }
        }
        write.delete_table(SHUFFLE)?;
        write.commit()?;
        self.meta.commitment = Some(commitment);
        self.meta.consistency = consistency;
        Ok(())
    }
}

/// Makes the folder of a vault, for its owner alone, and removes a store that was not completed there.
fn make_folder(folder: &Path) -> Result<(), VaultError> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error.into()),
        _ => {}
    }
    fs::set_permissions(folder, Permissions::from_mode(0o700))?;
    match fs::remove_file(store::part(folder)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// Gives a store its name: one that has it is complete.
fn publish(folder: &Path) -> Result<(), VaultError> {
    fs::rename(store::part(folder), folder.join(FILE))?;
    fs::File::open(folder)?.sync_all()?;
    Ok(())
}
