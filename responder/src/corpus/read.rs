//! Reading one entry: once, so that digest, renditions and views are of the same bytes.

use super::{Entry, EntryKind};
use duces_extract::cache::{Cache, CachedMember, Key};
use duces_extract::worker::{Pool, walk};
use duces_protocol::digest::Digest;
use duces_protocol::exceptions::Reason;
use duces_protocol::leaf::{FileHasher, Source, Suffix};
use duces_protocol::profile::Profile;
use duces_protocol::rendition::{MAX_TEXT_BYTES, Rendition};
use duces_protocol::view::View;
use duces_shell::{Failure, extractor};
use duces_views::derive;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use zeroize::Zeroizing;

/// The views of one member, ascending; erased when they are dropped.
type Views = Vec<(View, Zeroizing<Vec<u8>>)>;

/// A member of a family, read and not yet committed to.
pub struct Draft {
    /// Its place in the family.
    pub place: u32,
    /// The member that holds it; none for a file of the corpus.
    pub parent: Option<u32>,
    /// Its name, as the folder or its container states it.
    pub name: String,
    /// Its type, as the extractor names it; empty where it was not read.
    pub kind: String,
    /// Bytes read; 0 where there are none.
    pub size: u64,
    /// SHA-256 of the bytes read, of a page that of the document; of the empty string where there
    /// are none.
    pub sha256: Digest,
    /// The end of its name that is committed to; empty where there are no bytes, and of a page.
    pub suffix: Suffix,
    /// Which page of the document it is, from 0.
    pub page: Option<u32>,
    /// Its rendition, or why there is none.
    pub rendition: Result<DraftRendition, Reason>,
}

impl Draft {
    /// About how many bytes it takes.
    pub fn bytes(&self) -> usize {
        const FIXED: usize = 512;
        let of_rendition = |rendition: &DraftRendition| {
            let views: usize = rendition.views.iter().map(|(_, bytes)| bytes.len()).sum();
            views + rendition.kept.as_ref().map_or(0, String::len)
        };
        FIXED + self.name.len() + self.rendition.as_ref().map_or(0, of_rendition)
    }
}

/// A rendition, reduced to what a vault needs.
pub struct DraftRendition {
    /// Its digest.
    pub digest: Digest,
    /// The views that the profile names for its kind, ascending.
    pub views: Views,
    /// Whether it comes from its file or from a load file.
    pub source: Source,
    /// Its text, where a program of the profile made it or a load file stated it.
    pub kept: Option<String>,
}

/// Reads entries of a corpus as a profile says.
pub struct FamilyReader<'a> {
    corpus: &'a Path,
    profile: &'a Profile,
    pool: &'a Pool,
    /// Digests of known files, ascending.
    exclusions: &'a [[u8; 32]],
    /// Families that were extracted before.
    cache: Option<&'a Cache>,
}

impl<'a> FamilyReader<'a> {
    /// A reader of the entries of `corpus`; `exclusions` are digests of known files, ascending; `cache`
    /// has families that were extracted before, and gets the others.
    pub fn new(
        corpus: &'a Path,
        profile: &'a Profile,
        pool: &'a Pool,
        exclusions: &'a [[u8; 32]],
        cache: Option<&'a Cache>,
    ) -> Self {
        Self {
            corpus,
            profile,
            pool,
            exclusions,
            cache,
        }
    }

    /// Reads an entry and all that it holds. What cannot be read is an exception.
    ///
    /// # Errors
    /// When the extractor cannot run: the machine failed, not a file.
    pub fn read(&self, entry: &Entry) -> Result<Vec<Draft>, Failure> {
        let name = entry.path.file_name().unwrap_or_default().to_string_lossy();
        let unread = |reason, size, sha256, suffix| {
            Ok(vec![Draft {
                place: 0,
                parent: None,
                name: name.clone().into_owned(),
                kind: String::new(),
                size,
                sha256,
                suffix,
                page: None,
                rendition: Err(reason),
            }])
        };
        let nothing = |reason| unread(reason, 0, FileHasher::of(b""), Suffix::default());
        match entry.kind {
            EntryKind::Link => return nothing(Reason::SymbolicLink),
            EntryKind::Special => return nothing(Reason::SpecialFile),
            EntryKind::Unreadable => return nothing(Reason::ReadError),
            EntryKind::UnlistedFolder => return nothing(Reason::UnlistedFolder),
            EntryKind::Missing => return nothing(Reason::Missing),
            EntryKind::File => {}
        }
        let limit = self.profile.limits().max_file_bytes;
        match load_file(&self.corpus.join(&entry.path), limit) {
            Err(_) => nothing(Reason::ReadError),
            Ok(Loaded::TooLarge { size, sha256 }) => {
                unread(Reason::Limit, size, sha256, Suffix::of(&name))
            }
            Ok(Loaded::Bytes(bytes)) => {
                let sha256 = FileHasher::of(&bytes);
                if self.exclusions.binary_search(&sha256.0).is_ok() {
                    let size = bytes.len() as u64;
                    return unread(Reason::Excluded, size, sha256, Suffix::of(&name));
                }
                let mut family = self.family(bytes, sha256, &name)?;
                if let (Some(text), Some(head)) = (&entry.text, family.first_mut()) {
                    head.rendition = self.stated(text);
                }
                Ok(family)
            }
        }
    }

    /// The text that a load file names, as a rendition that the vault keeps.
    fn stated(&self, path: &Path) -> Result<DraftRendition, Reason> {
        let limit = self.profile.limits().max_file_bytes.min(MAX_TEXT_BYTES);
        let bytes = match load_file(&self.corpus.join(path), limit) {
            Ok(Loaded::Bytes(bytes)) => bytes,
            Ok(Loaded::TooLarge { .. }) => return Err(Reason::Limit),
            Err(_) => return Err(Reason::ReadError),
        };
        let text = super::load_file::text(&bytes);
        match text.trim().is_empty() {
            true => Err(Reason::NoText),
            false if text.len() as u64 > MAX_TEXT_BYTES => Err(Reason::Limit),
            false => Ok(DraftRendition {
                source: Source::LoadFile,
                ..self.reduce(Rendition::Text(text), true)
            }),
        }
    }

    fn family(&self, bytes: Vec<u8>, sha256: Digest, name: &str) -> Result<Vec<Draft>, Failure> {
        let Some(cache) = self.cache else {
            return self.drafts(name, sha256, self.members(bytes, name));
        };
        let key = Key::new(&sha256.0, name, self.pool.extractor());
        let family = match cache.get(&key) {
            Some(family) => family,
            None => {
                let family = self.members(bytes, name).collect::<Result<Vec<_>, _>>()?;
                cache.put(&key, &family).map_err(|error| {
                    Failure::unable(
                        format!("the cache cannot be written: {error}"),
                        "make room, see that you may write to the folder, or leave --cache out",
                    )
                })?;
                family
            }
        };
        self.drafts(name, sha256, family.into_iter().map(Ok))
    }

    /// Extracts a file and all that it holds.
    fn members(
        &self,
        bytes: Vec<u8>,
        name: &str,
    ) -> impl Iterator<Item = Result<CachedMember, Failure>> {
        walk(self.pool, bytes, name).map(|member| {
            let member = member.map_err(extractor::failure)?;
            Ok(CachedMember::from(member))
        })
    }

    fn drafts(
        &self,
        name: &str,
        sha256: Digest,
        family: impl Iterator<Item = Result<CachedMember, Failure>>,
    ) -> Result<Vec<Draft>, Failure> {
        let mut digests = Vec::new();
        family
            .zip(0..)
            .map(|(member, place)| {
                let member = member?;
                let own = member.bytes.map(|(_, digest)| Digest(digest));
                digests.push(own);
                let document = member.parent.and_then(|parent| digests[parent as usize]);
                let sha256 = match (place, member.page) {
                    (0, _) => sha256,
                    (_, Some(_)) => {
                        document.expect("a document has bytes and comes before its pages")
                    }
                    (_, None) => own.unwrap_or_else(|| FileHasher::of(b"")),
                };
                Ok(self.draft(member, place, name, sha256))
            })
            .collect()
    }

    fn draft(&self, member: CachedMember, place: u32, name: &str, sha256: Digest) -> Draft {
        let by_program = |reading: &String| {
            let mut programs = self.profile.extraction().programs.iter();
            programs.any(|program| reading.starts_with(&format!("by {}, ", program.name)))
        };
        let is_kept = member.reading.as_ref().is_some_and(by_program);
        let rendition = member
            .rendition
            .map(|rendition| self.reduce(extractor::rendition(rendition), is_kept))
            .map_err(extractor::reason);
        let name = match member.parent {
            Some(_) => member.name,
            None => name.to_owned(),
        };
        let suffix = match member.bytes {
            Some(_) => Suffix::of(&name),
            None => Suffix::default(),
        };
        Draft {
            place,
            parent: member.parent,
            name,
            kind: member.kind.map_or("", |kind| kind.name()).to_owned(),
            size: member.bytes.map_or(0, |(count, _)| count),
            sha256,
            suffix,
            page: member.page,
            rendition,
        }
    }

    fn reduce(&self, rendition: Rendition, is_kept: bool) -> DraftRendition {
        let views = self.profile.views_of(rendition.kind()).iter();
        let views = views
            .filter_map(|&view| Some((view, derive(&rendition, view)?.into())))
            .collect();
        DraftRendition {
            digest: rendition.digest(),
            views,
            source: Source::File,
            kept: match rendition {
                Rendition::Text(text) if is_kept => Some(text),
                _ => None,
            },
        }
    }
}

/// A regular file in memory, or its digest.
pub enum Loaded {
    /// All of it.
    Bytes(Vec<u8>),
    /// It is larger than the limit.
    TooLarge {
        /// Bytes read.
        size: u64,
        /// Their SHA-256.
        sha256: Digest,
    },
}

/// Reads a regular file: all of it if it is within the limit, else its digest piece by piece, up to
/// the length that it had when it was opened. A file that changes meanwhile cannot be read.
///
/// # Errors
/// When the system does not give its bytes, or they changed.
pub fn load_file(path: &Path, limit: u64) -> io::Result<Loaded> {
    let listed = fs::symlink_metadata(path)?;
    if !listed.is_file() {
        return Err(io::Error::other("it is no longer a regular file"));
    }
    let mut file = File::open(path)?;
    let opened = file.metadata()?;
    if (listed.dev(), listed.ino()) != (opened.dev(), opened.ino()) {
        return Err(io::Error::other("it was replaced while it was opened"));
    }
    let loaded = if opened.len() > limit {
        digest(&file, opened.len())?
    } else {
        let mut bytes = Vec::with_capacity(usize::try_from(opened.len()).unwrap_or(0));
        (&mut file).take(limit + 1).read_to_end(&mut bytes)?;
        Loaded::Bytes(bytes)
    };
    let read = match &loaded {
        Loaded::Bytes(bytes) => bytes.len() as u64,
        Loaded::TooLarge { size, .. } => *size,
    };
    let after = file.metadata()?;
    let time = |about: &fs::Metadata| (about.mtime(), about.mtime_nsec());
    if read != after.len() || time(&opened) != time(&after) {
        return Err(io::Error::other("it changed while it was read"));
    }
    Ok(loaded)
}

fn digest(file: &File, length: u64) -> io::Result<Loaded> {
    let (mut hasher, mut size) = (FileHasher::new(), 0);
    let mut from = file.take(length);
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
