//! Reading one item: once, so that digest, document and views are of the same bytes.

use super::{Entry, EntryKind};
use duces_protocol::digest::Digest;
use duces_protocol::exceptions::Reason;
use duces_protocol::leaf::FileHasher;
use duces_protocol::profile::Profile;
use duces_protocol::view::View;
use duces_views::{Document, Limits, Unreadable, derive};
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use zeroize::Zeroizing;

/// The views of one item, ascending; erased when they are dropped.
type Views = Vec<(View, Zeroizing<Vec<u8>>)>;

/// What one item holds.
pub struct Reading {
    /// Bytes read.
    pub size: u64,
    /// SHA-256 of the bytes read; of the empty string where none could be.
    pub sha256: Digest,
    /// The views that the profile names for its kind, ascending, or why there are none.
    pub views: Result<Views, Reason>,
}

/// Reads an item of the corpus and derives its views. Never fails: what cannot be read is an
/// exception.
pub fn read(corpus: &Path, entry: &Entry, profile: &Profile, limits: &Limits) -> Reading {
    let nothing = |reason| Reading {
        size: 0,
        sha256: FileHasher::new().finish(),
        views: Err(reason),
    };
    match entry.kind {
        EntryKind::Link => return nothing(Reason::SymbolicLink),
        EntryKind::Special => return nothing(Reason::SpecialFile),
        EntryKind::Unreadable => return nothing(Reason::ReadError),
        EntryKind::File => {}
    }
    match load(&corpus.join(&entry.path), limits.file_bytes) {
        Err(_) => nothing(Reason::ReadError),
        Ok(Loaded::TooLarge { size, sha256 }) => Reading {
            size,
            sha256,
            views: Err(Reason::TooLarge),
        },
        Ok(Loaded::Bytes(bytes)) => {
            let mut hasher = FileHasher::new();
            hasher.update(&bytes);
            let views = views(&bytes, &entry.path, profile, limits).map_err(Reason::from);
            Reading {
                size: bytes.len() as u64,
                sha256: hasher.finish(),
                views,
            }
        }
    }
}

fn views(
    bytes: &[u8],
    name: &Path,
    profile: &Profile,
    limits: &Limits,
) -> Result<Views, Unreadable> {
    let document = Document::parse(bytes, name, limits)?;
    let views = profile.views_of(document.kind());
    Ok(views
        .iter()
        .filter_map(|&view| Some((view, derive(&document, view)?.into())))
        .collect())
}

enum Loaded {
    Bytes(Vec<u8>),
    TooLarge { size: u64, sha256: Digest },
}

/// Reads a regular file: all of it if it is within the limit, else its digest piece by piece, up to
/// the length that it had when it was opened.
fn load(path: &Path, limit: u64) -> io::Result<Loaded> {
    let listed = fs::symlink_metadata(path)?;
    if !listed.is_file() {
        return Err(io::Error::other("it is no longer a regular file"));
    }
    let mut file = File::open(path)?;
    let opened = file.metadata()?;
    if (listed.dev(), listed.ino()) != (opened.dev(), opened.ino()) {
        return Err(io::Error::other("it was replaced while it was opened"));
    }
    if opened.len() > limit {
        return digest(file.take(opened.len()), FileHasher::new(), 0);
    }
    let mut bytes = Vec::new();
    (&mut file).take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 <= limit {
        return Ok(Loaded::Bytes(bytes));
    }
    // It grew beyond the limit since it was opened.
    let mut hasher = FileHasher::new();
    hasher.update(&bytes);
    Ok(Loaded::TooLarge {
        size: bytes.len() as u64,
        sha256: hasher.finish(),
    })
}

fn digest(mut from: impl Read, mut hasher: FileHasher, mut size: u64) -> io::Result<Loaded> {
    let mut piece = vec![0; 1 << 16];
    loop {
        match from.read(&mut piece)? {
            0 => {
                return Ok(Loaded::TooLarge {
                    size,
                    sha256: hasher.finish(),
                });
            }
            count => {
                hasher.update(&piece[..count]);
                size += count as u64;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use duces_protocol::view::Kind;
    use std::path::PathBuf;

    fn read_one(folder: &Path, name: &str, kind: EntryKind) -> Reading {
        let profile = Profile::parse("[views]\ntexts = [\"text-hash-64\"]\n").unwrap();
        let limits = Limits {
            file_bytes: 1 << 20,
            ..Limits::DEFAULT
        };
        read(
            folder,
            &Entry {
                kind,
                path: PathBuf::from(name),
            },
            &profile,
            &limits,
        )
    }

    fn sha256(bytes: &[u8]) -> Digest {
        let mut hasher = FileHasher::new();
        hasher.update(bytes);
        hasher.finish()
    }

    #[test]
    fn every_kind_of_entry_becomes_an_item_or_an_exception() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::write(root.join("memo.txt"), "the quick brown fox").unwrap();
        fs::write(root.join("empty.txt"), "").unwrap();
        fs::write(root.join("large.txt"), vec![b'a'; (1 << 20) + 1]).unwrap();
        std::os::unix::fs::symlink("memo.txt", root.join("link")).unwrap();

        let memo = read_one(root, "memo.txt", EntryKind::File);
        assert_eq!(memo.sha256, sha256(b"the quick brown fox"));
        assert_eq!(memo.size, 19);
        let views = memo.views.unwrap();
        assert_eq!(views.len(), 1);
        assert_eq!(views[0].0.kind(), Kind::Text);

        let large = read_one(root, "large.txt", EntryKind::File);
        assert_eq!(large.views.unwrap_err(), Reason::TooLarge);
        assert_eq!(large.sha256, sha256(&vec![b'a'; (1 << 20) + 1]));

        let cases = [
            ("empty.txt", EntryKind::File, Reason::Empty),
            ("gone.txt", EntryKind::File, Reason::ReadError),
            ("link", EntryKind::File, Reason::ReadError),
            ("link", EntryKind::Link, Reason::SymbolicLink),
            ("pipe", EntryKind::Special, Reason::SpecialFile),
            ("folder", EntryKind::Unreadable, Reason::ReadError),
        ];
        for (name, kind, reason) in cases {
            let reading = read_one(root, name, kind);
            assert_eq!(reading.views.unwrap_err(), reason, "{name}");
            assert_eq!(reading.sha256, sha256(b""));
        }
    }
}
