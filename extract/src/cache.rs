//! Families that were extracted before, in a folder that processes and machines share.
//!
//! ```text
//! folder/ab/cd/ef…  one family: what was read of a file and of all that it holds, not their bytes
//! ```
//!
//! An entry is found by what decides it: SHA-256 over the file's digest, its extension, the
//! extractor's version, options and budget, and the programs of others with their versions, types and
//! arguments. So nothing is ever out of date, and entries of several versions lie side by side.
//!
//! Entries are written beside their place and renamed, so that a reader sees all of one or none. An
//! entry that is cut off, changed, too large, of another form or no file is *absent*: the family is
//! extracted again. What a busy or small machine may have caused (`timed-out`, `reader-failed`) is not
//! kept, nor is a family whose entry would have more than [`ENTRY_BYTES`].
//!
//! # Not proved
//! That an entry is true. Its checksum finds accidents; whoever may write to the folder may state any
//! text of any file. It wants the same protection as the collection, whose text it holds: folders and
//! files are made for their owner alone.

mod entry;

use crate::external::External;
use crate::extraction::{Limits, Reason, Rendition, Role};
use crate::frame::{Request, Wanted};
use crate::kind::{Kind, extension};
use crate::worker::{Extractor, Member};
use nix::fcntl::OFlag;
use sha2::{Digest, Sha256};
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The most bytes of an entry before it is compressed, and of its file.
pub const ENTRY_BYTES: u64 = 128 << 20;

/// What the digest of a key begins with; the last byte is the version of the entries.
const DOMAIN: &[u8] = b"DUCESXK\x01";

/// What of a family's member is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CachedMember {
    /// The index of the member that holds it; none for the file itself.
    pub parent: Option<u32>,
    /// How many containers it lies in.
    pub depth: u32,
    /// Its name, as its container states it; empty for the file itself, which may have any.
    pub name: String,
    /// What it is to its container; none for the file itself.
    pub role: Option<Role>,
    /// Its kind, where it was read.
    pub kind: Option<Kind>,
    /// Which reading was taken.
    pub reading: Option<String>,
    /// The count of its bytes and their SHA-256, where it has bytes.
    pub bytes: Option<(u64, [u8; 32])>,
    /// Which page of the member that holds it, from 0, where it is a page.
    pub page: Option<u32>,
    /// What a view is computed from, or why there is nothing.
    pub rendition: Result<Rendition, Reason>,
}

impl From<Member> for CachedMember {
    fn from(member: Member) -> Self {
        Self {
            parent: member.parent,
            depth: member.depth,
            name: match member.parent {
                Some(_) => member.name,
                None => String::new(),
            },
            role: member.role,
            kind: member.kind,
            reading: member.reading,
            bytes: member
                .bytes
                .as_ref()
                .map(|bytes| (bytes.len() as u64, Sha256::digest(&***bytes).into())),
            page: member.page,
            rendition: member.rendition,
        }
    }
}

/// What decides a family.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Key {
    digest: [u8; 32],
    /// What an entry may hold.
    limits: Limits,
}

impl Key {
    /// The key of a file with this SHA-256 and this name, of which only the extension matters.
    #[must_use]
    pub fn new(file: &[u8; 32], name: &str, extractor: &Extractor) -> Self {
        let options = *extractor.options();
        let request = Request {
            wanted: Wanted::Extraction,
            options,
            name: &extension(name),
            bytes: b"",
        };
        let head = request.head().expect("no bytes are few");
        let mut hash = Sha256::new();
        hash.update(DOMAIN);
        hash.update(file);
        let mut field = |bytes: &[u8]| {
            hash.update((bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        };
        field(&head);
        field(extractor.version().as_bytes());
        field(&extractor.budget().memory_bytes.to_le_bytes());
        field(&extractor.budget().cpu_seconds.to_le_bytes());
        for external in extractor.externals() {
            external.described(&mut field);
        }
        Self {
            digest: hash.finalize().into(),
            limits: options.limits,
        }
    }
}

impl External {
    /// What of a program decides its text, each with its count where there may be several.
    fn described(&self, field: &mut impl FnMut(&[u8])) {
        let setup = self.setup();
        field(setup.name.as_bytes());
        field(self.version().as_bytes());
        field(&(setup.kinds.len() as u64).to_le_bytes());
        for kind in &setup.kinds {
            field(kind.name().as_bytes());
        }
        field(&(setup.arguments.len() as u64).to_le_bytes());
        for argument in &setup.arguments {
            field(argument.as_bytes());
        }
    }
}

/// A folder of entries.
#[derive(Clone, Debug)]
pub struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// Takes a folder, and makes it if it is not there.
    ///
    /// # Errors
    /// It cannot be made, or is no folder.
    pub fn open(folder: &Path) -> io::Result<Self> {
        private_folder(folder)?;
        Ok(Self {
            folder: folder.to_owned(),
        })
    }

    /// The family of this key, in the order of [`crate::worker::walk`]; none if there is no sound
    /// entry.
    #[must_use]
    pub fn get(&self, key: &Key) -> Option<Vec<CachedMember>> {
        // A pipe in the place of a file must not hold the reader.
        let file = OpenOptions::new()
            .read(true)
            .custom_flags(OFlag::O_NONBLOCK.bits())
            .open(self.path(key))
            .ok()?;
        let about = file.metadata().ok()?;
        if !about.is_file() || about.len() > ENTRY_BYTES {
            return None;
        }
        let mut bytes = Vec::new();
        file.take(ENTRY_BYTES).read_to_end(&mut bytes).ok()?;
        entry::open(&bytes, key)
    }

    /// Keeps a family; whether it is one that may be kept. An earlier entry is replaced.
    ///
    /// # Errors
    /// The folder cannot be written to.
    pub fn put(&self, key: &Key, family: &[CachedMember]) -> io::Result<bool> {
        let is_chance = |member: &CachedMember| {
            let rendition = &member.rendition;
            matches!(rendition, Err(Reason::TimedOut | Reason::ReaderFailed))
        };
        if family.iter().any(is_chance) {
            return Ok(false);
        }
        let Some(bytes) = entry::seal(family, key) else {
            return Ok(false);
        };
        let path = self.path(key);
        let folder = path.parent().expect("an entry lies in two folders");
        private_folder(folder)?;
        let mut file = tempfile::Builder::new()
            .prefix(".new-")
            .tempfile_in(folder)?;
        file.write_all(&bytes)?;
        file.persist(&path).map_err(|error| error.error)?;
        Ok(true)
    }

    fn path(&self, key: &Key) -> PathBuf {
        let name: String = key
            .digest
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let (first, rest) = name.split_at(2);
        let (second, rest) = rest.split_at(2);
        self.folder.join(first).join(second).join(rest)
    }
}

/// Makes a folder for its owner alone, where there is none.
fn private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    if fs::metadata(path)?.is_dir() {
        Ok(())
    } else {
        Err(io::ErrorKind::NotADirectory.into())
    }
}

#[cfg(test)]
mod tests;
