//! The corpus: a folder, every file of which is the head of a family.
//!
//! Folders are listed by name. A symbolic link is an entry and is not followed; a folder that cannot
//! be listed is one entry, so that nothing is skipped silently.

pub mod load_file;
pub mod production;
mod read;

pub use read::{Draft, FamilyReader, Loaded, load_file};

use duces_protocol::bytes::{Malformed, Reader, Writer};
use duces_shell::{Failure, shown};
use std::ffi::OsStr;
use std::fmt::Display;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use walkdir::{DirEntry, WalkDir};

/// What the folder says about an item before the item is opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A symbolic link.
    Link,
    /// A pipe, socket or device.
    Special,
    /// Something that could not be examined.
    Unreadable,
    /// A folder that could not be listed.
    UnlistedFolder,
    /// Nothing: a load file names it, and it is not there.
    Missing,
}

/// One entry of the corpus.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// What it is.
    pub kind: EntryKind,
    /// Its path relative to the corpus folder.
    pub path: PathBuf,
    /// The path of the text that a load file names for it.
    pub text: Option<PathBuf>,
}

impl Entry {
    /// An entry without a text beside it.
    pub fn new(kind: EntryKind, path: PathBuf) -> Self {
        Self {
            kind,
            path,
            text: None,
        }
    }

    /// Its bytes in the vault.
    pub fn encode(&self) -> Vec<u8> {
        let code = match self.kind {
            EntryKind::File => 0,
            EntryKind::Link => 1,
            EntryKind::Special => 2,
            EntryKind::Unreadable => 3,
            EntryKind::UnlistedFolder => 4,
            EntryKind::Missing => 5,
        };
        let text = self.text.as_deref().unwrap_or(Path::new("")).as_os_str();
        let mut out = Writer::new();
        out.u8(code).length(text.len()).raw(text.as_bytes());
        out.raw(self.path.as_os_str().as_bytes());
        out.finish()
    }

    /// The counterpart of [`Self::encode`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut from = Reader::new(bytes);
        let kind = match from.u8()? {
            0 => EntryKind::File,
            1 => EntryKind::Link,
            2 => EntryKind::Special,
            3 => EntryKind::Unreadable,
            4 => EntryKind::UnlistedFolder,
            5 => EntryKind::Missing,
            other => return Err(Malformed::new(format!("{other} is not a kind of entry"))),
        };
        let length = from.length(1 << 16, 1, "a path")?;
        let text = Path::new(OsStr::from_bytes(from.take(length)?)).to_owned();
        let path = Path::new(OsStr::from_bytes(from.take(from.remaining())?)).to_owned();
        Ok(Self {
            kind,
            path,
            text: (length > 0).then_some(text),
        })
    }
}

/// Lists the entries below `corpus`. That the folder itself can be listed, the caller checks first.
pub fn list(corpus: &Path) -> impl Iterator<Item = Entry> {
    WalkDir::new(corpus)
        .min_depth(1)
        .sort_by_file_name()
        .into_iter()
        .filter_map(|entry| match entry {
            Ok(entry) if entry.file_type().is_dir() => None,
            Ok(entry) => Some(Entry::new(kind(&entry), relative(entry.path(), corpus))),
            Err(error) => {
                let path = error.path().unwrap_or(corpus);
                let is_folder = fs::symlink_metadata(path).is_ok_and(|about| about.is_dir());
                let kind = match is_folder {
                    true => EntryKind::UnlistedFolder,
                    false => EntryKind::Unreadable,
                };
                Some(Entry::new(kind, relative(path, corpus)))
            }
        })
}

/// The error for a file whose bytes are not the committed ones.
pub fn changed(path: &Path) -> Failure {
    Failure::refused(
        format!(
            "the file {} has changed since the commitment was made",
            shown(path)
        ),
        RESTORE,
    )
}

/// The error for a file that was read for the commitment and cannot be read again.
pub fn lost(path: &Path, reason: &dyn Display) -> Failure {
    Failure::refused(
        format!(
            "the committed file {} cannot be read now: {reason}",
            shown(path)
        ),
        RESTORE,
    )
}

const RESTORE: &str = "put the file back as it was when the commitment was made, from a copy";

fn kind(entry: &DirEntry) -> EntryKind {
    let kind = entry.file_type();
    if kind.is_file() {
        EntryKind::File
    } else if kind.is_symlink() {
        EntryKind::Link
    } else {
        EntryKind::Special
    }
}

fn relative(path: &Path, corpus: &Path) -> PathBuf {
    path.strip_prefix(corpus).unwrap_or(path).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_below_the_folder_is_listed_once() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("b/empty")).unwrap();
        fs::write(root.join("b/2.txt"), "two").unwrap();
        fs::write(root.join("a.txt"), "one").unwrap();
        std::os::unix::fs::symlink(root, root.join("loop")).unwrap();
        let hostile = OsStr::from_bytes(b"new\nline\xff");
        fs::write(root.join(hostile), "x").unwrap();
        let entries: Vec<Entry> = list(root).collect();
        let expected = [
            (EntryKind::File, Path::new("a.txt")),
            (EntryKind::File, Path::new("b/2.txt")),
            (EntryKind::Link, Path::new("loop")),
            (EntryKind::File, Path::new(hostile)),
        ]
        .map(|(kind, path)| Entry::new(kind, path.to_owned()));
        assert_eq!(entries, expected);
        for entry in entries {
            assert_eq!(Entry::decode(&entry.encode()), Ok(entry));
        }
        let with_text = Entry {
            text: Some("text/a.txt".into()),
            ..Entry::new(EntryKind::File, "a.doc".into())
        };
        assert_eq!(Entry::decode(&with_text.encode()), Ok(with_text));
        assert!(Entry::decode(&[]).is_err() && Entry::decode(&[6, 0, 0, 0, 0, 65]).is_err());
    }
}
