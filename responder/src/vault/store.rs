//! Tables, checksums and opening of the store.

use super::Ask;
use super::error::VaultError;
use super::key::{self, Key};
use super::record::{MemberKey, read_path};
use super::seal::{Place, Sealer};
use duces_protocol::bytes::{Malformed, Reader, Writer};
use duces_protocol::commitment::{Commitment, Notes};
use duces_protocol::digest::Digest;
use duces_protocol::profile::Profile;
use redb::{Builder, Database, DatabaseError, ReadTransaction, TableDefinition, TableError};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Name of the store in its folder.
pub const FILE: &str = "vault.redb";
/// Version of everything below.
pub const FORMAT: &[u8] = b"duces-vault-v1";

/// Names to values: see the constants `META_…`.
pub const META: TableDefinition<&str, &[u8]> = TableDefinition::new("meta");
/// Number of an entry of the corpus, in the order in which it was listed, to the entry, sealed.
pub const ENTRIES: TableDefinition<u64, &[u8]> = TableDefinition::new("entries");
/// Member to [`super::Member`], sealed.
pub const MEMBERS: TableDefinition<(u64, u32), &[u8]> = TableDefinition::new("members");
/// Index of the view in the profile and member to blind and tensor, sealed.
pub const VIEWS: TableDefinition<(u8, u64, u32), &[u8]> = TableDefinition::new("views");
/// Member to the rendition that a program of the profile made, sealed.
pub const RENDITIONS: TableDefinition<(u64, u32), &[u8]> = TableDefinition::new("renditions");
/// Digest of a file, as the sealer hides it, to the first member that has its bytes.
pub const FIRST: TableDefinition<[u8; 32], (u64, u32)> = TableDefinition::new("first");
/// Random key to member, sealed: the sort order is the random order of positions. Removed when the
/// vault is finished.
pub const SHUFFLE: TableDefinition<[u8; 16], &[u8]> = TableDefinition::new("shuffle");
/// Member to position, sealed.
pub const POSITIONS: TableDefinition<(u64, u32), &[u8]> = TableDefinition::new("positions");
/// Position to [`Placed`], sealed.
pub const ORDER: TableDefinition<u64, &[u8]> = TableDefinition::new("order");
/// Digest of a path, as the sealer hides it, to the entry of an earlier commitment that stands there. Kept while the corpus is
/// listed.
pub const KNOWN: TableDefinition<[u8; 32], u64> = TableDefinition::new("known");

/// Who stands at a position.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Placed {
    /// The member.
    pub key: MemberKey,
    /// The position that heads its family.
    pub family: u64,
    /// Which views it has: bit `i` for view `i` of the profile.
    pub views: u32,
}

impl Placed {
    pub fn encode(self) -> Vec<u8> {
        let mut out = Writer::new();
        out.u64(self.key.entry)
            .u32(self.key.place)
            .u64(self.family)
            .u32(self.views);
        out.finish()
    }

    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut from = Reader::new(bytes);
        let placed = Self {
            key: MemberKey {
                entry: from.u64()?,
                place: from.u32()?,
            },
            family: from.u64()?,
            views: from.u32()?,
        };
        from.finish()?;
        Ok(placed)
    }

    /// Checks and reads a sealed record.
    pub fn unseal(sealer: &Sealer, position: u64, sealed: &[u8]) -> Result<Self, VaultError> {
        let bytes = sealer.unseal(order_place(position), sealed)?;
        Ok(Self::decode(&bytes)?)
    }
}

pub const META_FORMAT: &str = "format";
/// In a vault under a passphrase: nothing, sealed under its key.
pub const META_SEALED: &str = "sealed";
pub const META_PROFILE: &str = "profile";
pub const META_ORIGIN: &str = "origin";
/// The folders of documents, each with the number of its first entry, sealed.
pub const META_CORPORA: &str = "corpora";
/// The commitment that this vault's extends.
pub const META_EARLIER: &str = "earlier";
/// The proof that it does, once the vault is finished.
pub const META_CONSISTENCY: &str = "consistency";
/// Number of entries, once the corpus has been listed.
pub const META_PLANNED: &str = "planned";
/// Number of entries whose members are all stored.
pub const META_DONE: &str = "done";
/// What the commitment will state beside its positions: links, folders, and the list of exclusions.
pub const META_NOTES: &str = "notes";
pub const META_COMMITMENT: &str = "commitment";

pub fn entry_place(number: u64) -> Place {
    Place("entries", [0, number])
}

pub fn corpora_place() -> Place {
    Place("meta", [0, 0])
}

/// Of the record that shows whether a key is the vault's.
pub fn sealed_place() -> Place {
    Place("meta", [0, 1])
}

pub fn position_place(key: MemberKey) -> Place {
    Place("positions", [key.entry, key.place.into()])
}

pub fn shuffle_place(key: [u8; 16]) -> Place {
    let key = u128::from_le_bytes(key);
    Place("shuffle", [(key >> 64) as u64, key as u64])
}

pub fn order_place(position: u64) -> Place {
    Place("order", [0, position])
}

pub fn member_place(key: MemberKey) -> Place {
    Place("members", [key.entry, key.place.into()])
}

pub fn rendition_place(key: MemberKey) -> Place {
    Place("renditions", [key.entry, key.place.into()])
}

pub fn view_place(view: u8, key: MemberKey) -> Place {
    Place(
        "views",
        [u64::from(view) << 32 | u64::from(key.place), key.entry],
    )
}

/// The bytes of a member's key.
pub fn encode_key(key: MemberKey) -> Vec<u8> {
    let mut out = Writer::new();
    out.u64(key.entry).u32(key.place);
    out.finish()
}

/// The counterpart of [`encode_key`].
pub fn decode_key(bytes: &[u8]) -> Result<MemberKey, Malformed> {
    let mut from = Reader::new(bytes);
    let key = MemberKey {
        entry: from.u64()?,
        place: from.u32()?,
    };
    from.finish()?;
    Ok(key)
}

/// Reads a position.
pub fn unseal_position(sealer: &Sealer, key: MemberKey, sealed: &[u8]) -> Result<u64, VaultError> {
    let bytes = sealer.unseal(position_place(key), sealed)?;
    Ok(Reader::new(&bytes).u64()?)
}

/// What the records of the store in `folder` are sealed with.
pub fn sealer(read: &ReadTransaction, folder: &Path, ask: Ask<'_>) -> Result<Sealer, VaultError> {
    if !is_keyed(read)? {
        return Ok(Sealer::new(None));
    }
    if !Key::is_in(folder) {
        let what = format!(
            "its {} is missing, without which nothing can be read",
            key::FILE
        );
        return Err(VaultError::Damaged(what));
    }
    Ok(Sealer::new(Some(&Key::read(folder, &ask()?)?)))
}

/// Whether the store is sealed under a key.
fn is_keyed(read: &ReadTransaction) -> Result<bool, VaultError> {
    match read.open_table(META) {
        Ok(table) => Ok(table.get(META_SEALED)?.is_some()),
        Err(TableError::TableDoesNotExist(_)) => Err(VaultError::damaged("it is not a vault")),
        Err(error) => Err(error.into()),
    }
}

/// The values of [`META`].
pub struct Meta {
    pub profile: Profile,
    pub origin: String,
    /// The folders of documents, each with the number of its first entry; at least one.
    pub corpora: Vec<(u64, PathBuf)>,
    /// The commitment that this vault's extends.
    pub earlier: Option<Commitment>,
    /// The proof that it does, once the vault is finished.
    pub consistency: Option<String>,
    /// Number of entries, once the corpus has been listed.
    pub planned: Option<u64>,
    /// Number of entries whose members are all stored.
    pub done: u64,
    pub notes: Notes,
    pub commitment: Option<Commitment>,
}

impl Meta {
    pub fn read(read: &ReadTransaction, sealer: &Sealer) -> Result<Self, VaultError> {
        let table = read.open_table(META).map_err(|error| match error {
            TableError::TableDoesNotExist(_) => VaultError::damaged("it is not a vault"),
            other => other.into(),
        })?;
        let get = |name: &str| -> Result<Option<Vec<u8>>, VaultError> {
            Ok(table.get(name)?.map(|value| value.value().to_vec()))
        };
        let text = |name: &str| -> Result<Option<String>, VaultError> {
            let bytes = get(name)?;
            let text = bytes.map(String::from_utf8).transpose();
            text.map_err(|_| VaultError::damaged(format!("its {name} is not UTF-8")))
        };
        let lacks = |name: &str| VaultError::damaged(format!("it has no {name}"));
        if get(META_FORMAT)?.as_deref() != Some(FORMAT) {
            return Err(VaultError::damaged(
                "it was made by another version of this program",
            ));
        }
        if let Some(sealed) = get(META_SEALED)? {
            sealer.unseal(sealed_place(), &sealed)?;
        }
        let profile = text(META_PROFILE)?.ok_or_else(|| lacks(META_PROFILE))?;
        let corpora = get(META_CORPORA)?.ok_or_else(|| lacks(META_CORPORA))?;
        let corpora = read_corpora(&sealer.unseal(corpora_place(), &corpora)?)?;
        let number = |name: &str| -> Result<Option<u64>, VaultError> {
            Ok(get(name)?
                .map(|bytes| Reader::new(&bytes).u64())
                .transpose()?)
        };
        let notes = get(META_NOTES)?
            .map(|bytes| read_notes(&bytes))
            .transpose()?;
        let commitment = |name: &str| -> Result<Option<Commitment>, VaultError> {
            let text = text(name)?;
            Ok(text.map(|text| Commitment::parse(&text)).transpose()?)
        };
        Ok(Self {
            profile: Profile::parse(&profile)?,
            origin: text(META_ORIGIN)?.ok_or_else(|| lacks(META_ORIGIN))?,
            corpora,
            earlier: commitment(META_EARLIER)?,
            consistency: text(META_CONSISTENCY)?,
            planned: number(META_PLANNED)?,
            done: number(META_DONE)?.unwrap_or(0),
            notes: notes.unwrap_or_default(),
            commitment: commitment(META_COMMITMENT)?,
        })
    }
}

/// The bytes of the folders of documents in the store.
pub fn write_corpora(corpora: &[(u64, PathBuf)]) -> Vec<u8> {
    let mut out = Writer::new();
    out.length(corpora.len());
    for (first, path) in corpora {
        let path = path.as_os_str();
        out.u64(*first).length(path.len()).raw(path.as_bytes());
    }
    out.finish()
}

fn read_corpora(bytes: &[u8]) -> Result<Vec<(u64, PathBuf)>, Malformed> {
    let mut from = Reader::new(bytes);
    let count = from.length(1 << 16, 12, "the list of folders")?;
    let corpora = (0..count)
        .map(|_| Ok((from.u64()?, read_path(&mut from)?)))
        .collect::<Result<Vec<_>, Malformed>>()?;
    from.finish()?;
    match corpora.first() {
        Some((0, _)) if corpora.is_sorted_by_key(|(first, _)| *first) => Ok(corpora),
        _ => Err(Malformed::new("its folders are out of order")),
    }
}

/// The bytes of notes in the store.
pub fn write_notes(notes: &Notes) -> Vec<u8> {
    let mut out = Writer::new();
    out.u64(notes.links).u64(notes.folders);
    for digest in [notes.exclusions, notes.extends] {
        out.u8(digest.is_some().into());
        out.raw(&digest.unwrap_or(Digest([0; 32])).0);
    }
    out.finish()
}

fn read_notes(bytes: &[u8]) -> Result<Notes, Malformed> {
    let mut from = Reader::new(bytes);
    let (links, folders) = (from.u64()?, from.u64()?);
    let mut digest = || -> Result<Option<Digest>, Malformed> {
        let is_there = from.u8()? != 0;
        let digest = Digest(from.array()?);
        Ok(is_there.then_some(digest))
    };
    Ok(Notes {
        links,
        folders,
        exclusions: digest()?,
        extends: digest()?,
    })
}

/// Where a store is made before it is complete.
pub fn part(folder: &Path) -> PathBuf {
    folder.join("vault.redb.part")
}

/// Bytes of the store that are kept in memory, of any collection. The system keeps more where it has room.
const CACHE: usize = 256 << 20;

/// How a store is opened.
pub fn builder() -> Builder {
    let mut builder = Database::builder();
    builder.set_cache_size(CACHE);
    builder
}

/// Opens the store in `folder` for the only writer.
pub fn open(folder: &Path) -> Result<Database, VaultError> {
    let opened = builder().open(folder.join(FILE));
    opened.map_err(|error| explain(error, folder))
}

pub fn explain(error: DatabaseError, folder: &Path) -> VaultError {
    match error {
        DatabaseError::DatabaseAlreadyOpen => VaultError::Busy(folder.to_owned()),
        error => match redb::Error::from(error) {
            redb::Error::Io(error) if error.kind() == io::ErrorKind::NotFound => {
                VaultError::Missing(folder.to_owned())
            }
            other => other.into(),
        },
    }
}
