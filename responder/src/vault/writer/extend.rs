//! Extending: a new vault that takes over what an earlier one holds, and what is known of its paths.

use super::super::error::VaultError;
use super::super::key::{self, Key};
use super::super::record::MemberKey;
use super::super::store::{
    self, KNOWN, META, META_COMMITMENT, META_CONSISTENCY, META_CORPORA, META_EARLIER, META_NOTES,
    META_ORIGIN, META_PLANNED,
};
use super::super::{Member, Vault};
use super::{VaultWriter, make_folder, publish};
use crate::corpus::Entry;
use duces_protocol::commitment::{Commitment, Origin};
use duces_protocol::digest::TaggedHash;
use redb::ReadableDatabase;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

impl VaultWriter {
    /// Makes a vault in `folder` that holds all that `earlier` holds, under the same numbers and with the
    /// same secrets, under the same passphrase if there is one, and takes more files, from `corpus`.
    pub fn extend(
        folder: &Path,
        earlier: &Vault,
        origin: &Origin,
        corpus: &Path,
    ) -> Result<(), VaultError> {
        make_folder(folder)?;
        let part = store::part(folder);
        // Nobody writes to it: `earlier` is open for reading.
        fs::copy(earlier.folder().join(store::FILE), &part)?;
        if Key::is_in(earlier.folder()) {
            fs::copy(earlier.folder().join(key::FILE), folder.join(key::FILE))?;
        }
        let database = store::builder().open(&part);
        let database = database.map_err(|error| store::explain(error, folder))?;
        let mut corpora = earlier.corpora().to_vec();
        corpora.push((earlier.entries()?, corpus.to_owned()));
        let write = database.begin_write()?;
        {
            let mut meta = write.open_table(META)?;
            for name in [META_COMMITMENT, META_CONSISTENCY, META_PLANNED, META_NOTES] {
                meta.remove(name)?;
            }
            let commitment = earlier.commitment().to_string();
            meta.insert(META_EARLIER, commitment.as_bytes())?;
            meta.insert(META_ORIGIN, origin.as_str().as_bytes())?;
            let corpora = store::write_corpora(&corpora);
            let corpora = earlier.sealer.seal(store::corpora_place(), corpora);
            meta.insert(META_CORPORA, corpora.as_slice())?;
        }
        write.commit()?;
        drop(database);
        publish(folder)
    }

    /// The commitment that this vault's extends.
    pub fn earlier(&self) -> Option<&Commitment> {
        self.meta.earlier.as_ref()
    }

    /// Positions of the commitment that this one extends; 0 if there is none.
    pub fn positions_before(&self) -> u64 {
        self.earlier().map_or(0, Commitment::items)
    }

    /// Entries of the commitment that this one extends; 0 if there is none.
    pub fn entries_before(&self) -> u64 {
        self.meta.corpora.last().map_or(0, |(first, _)| *first)
    }

    /// Notes which paths the commitment that this one extends has of the same folder.
    pub fn note_known(&self) -> Result<(), VaultError> {
        let write = self.database.begin_write()?;
        write.delete_table(KNOWN)?;
        {
            let mut known = write.open_table(KNOWN)?;
            for range in self.meta.corpora.windows(2) {
                let ([(first, path), (end, _)], own) = (range, self.corpus()) else {
                    continue;
                };
                let mut from = if path == own { *first } else { *end };
                while from < *end {
                    let entries = self.entries(from, 1 << 14)?;
                    for (entry, number) in entries.iter().zip(from..*end) {
                        known.insert(self.hidden(&entry.path), number)?;
                    }
                    from += entries.len().max(1) as u64;
                }
            }
        }
        write.commit()?;
        Ok(())
    }

    /// What an earlier commitment has at this path: the entry, and the member that its file is.
    pub fn known(&self, path: &Path) -> Result<Option<(Entry, Member)>, VaultError> {
        if self.positions_before() == 0 {
            return Ok(None);
        }
        let read = self.database.begin_read()?;
        let known = read.open_table(KNOWN)?.get(self.hidden(path))?;
        let Some(number) = known.map(|number| number.value()) else {
            return Ok(None);
        };
        let entry = self.entries(number, 1)?.pop();
        let entry = entry.ok_or_else(|| VaultError::damaged("an entry is missing"))?;
        let key = MemberKey {
            entry: number,
            place: 0,
        };
        let members = read.open_table(store::MEMBERS)?;
        let sealed = members.get((number, 0))?;
        let sealed = sealed.ok_or_else(|| VaultError::damaged("a member is missing"))?;
        let place = store::member_place(key);
        let bytes = self.sealer.unseal(place, sealed.value())?;
        Ok(Some((entry, Member::decode(&bytes)?)))
    }

    /// What stands for a path where it is looked up.
    fn hidden(&self, path: &Path) -> [u8; 32] {
        let digest = TaggedHash::new("duces/vault-path/v1");
        let digest = digest.part(path.as_os_str().as_bytes()).finish();
        self.sealer.hide(digest)
    }
}
