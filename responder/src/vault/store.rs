//! Tables, checksums and opening of the store.

use super::error::VaultError;
use super::record::{MemberKey, read_path};
use super::unlocked::Unlocked;
use duces_protocol::bytes::{Malformed, Reader, Writer};
use duces_protocol::commitment::{Commitment, Notes};
use duces_protocol::digest::{Digest, TaggedHash};
use duces_protocol::profile::Profile;
use nix::errno::Errno;
use redb::{
    Database, DatabaseError, ReadOnlyDatabase, ReadTransaction, ReadableDatabase, StorageError,
    TableDefinition, TableError,
};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;
use zeroize::Zeroizing;

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
/// Digest of a file to the first member that has its bytes.
pub const FIRST: TableDefinition<[u8; 32], (u64, u32)> = TableDefinition::new("first");
/// Random key to member: the sort order is the random order of positions. Removed when the vault is
/// finished.
pub const SHUFFLE: TableDefinition<[u8; 16], (u64, u32)> = TableDefinition::new("shuffle");
/// Member to position.
pub const POSITIONS: TableDefinition<(u64, u32), u64> = TableDefinition::new("positions");
/// Position to [`Placed`], sealed.
pub const ORDER: TableDefinition<u64, &[u8]> = TableDefinition::new("order");

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
    pub fn unseal(position: u64, sealed: &[u8]) -> Result<Self, VaultError> {
        Ok(Self::decode(unseal(order_place(position), sealed)?)?)
    }
}

pub const META_FORMAT: &str = "format";
pub const META_PROFILE: &str = "profile";
pub const META_ORIGIN: &str = "origin";
pub const META_CORPUS: &str = "corpus";
/// Number of entries, once the corpus has been listed.
pub const META_PLANNED: &str = "planned";
/// Number of entries whose members are all stored.
pub const META_DONE: &str = "done";
/// What the commitment will state beside its positions: links, folders, and the list of exclusions.
pub const META_NOTES: &str = "notes";
pub const META_COMMITMENT: &str = "commitment";

const SEAL: usize = 16;

/// Where a record stands, for its checksum.
pub struct Place(&'static str, [u64; 2]);

pub fn entry_place(number: u64) -> Place {
    Place("entries", [0, number])
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

fn checksum(place: &Place, content: &[u8]) -> [u8; SEAL] {
    let hash = TaggedHash::new("duces/vault/v1").part(place.0.as_bytes());
    let digest = hash
        .number(place.1[0])
        .number(place.1[1])
        .part(content)
        .finish();
    let mut sum = [0; SEAL];
    sum.copy_from_slice(&digest.0[..SEAL]);
    sum
}

/// Appends the checksum. The bytes are erased when they are dropped.
pub fn seal(place: Place, mut content: Vec<u8>) -> Zeroizing<Vec<u8>> {
    let sum = checksum(&place, &content);
    content.extend(sum);
    Zeroizing::new(content)
}

/// Checks and removes the checksum.
pub fn unseal(place: Place, sealed: &[u8]) -> Result<&[u8], VaultError> {
    match sealed.split_last_chunk::<SEAL>() {
        Some((content, sum)) if checksum(&place, content) == *sum => Ok(content),
        _ => Err(VaultError::damaged(format!(
            "a checksum in its table '{}' is wrong",
            place.0
        ))),
    }
}

/// The values of [`META`].
pub struct Meta {
    pub profile: Profile,
    pub origin: String,
    pub corpus: PathBuf,
    /// Number of entries, once the corpus has been listed.
    pub planned: Option<u64>,
    /// Number of entries whose members are all stored.
    pub done: u64,
    pub notes: Notes,
    pub commitment: Option<Commitment>,
}

impl Meta {
    pub fn read(read: &ReadTransaction) -> Result<Self, VaultError> {
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
        let profile = text(META_PROFILE)?.ok_or_else(|| lacks(META_PROFILE))?;
        let corpus = get(META_CORPUS)?.ok_or_else(|| lacks(META_CORPUS))?;
        let mut from = Reader::new(&corpus);
        let corpus = read_path(&mut from)?;
        from.finish()?;
        let number = |name: &str| -> Result<Option<u64>, VaultError> {
            Ok(get(name)?
                .map(|bytes| Reader::new(&bytes).u64())
                .transpose()?)
        };
        let notes = get(META_NOTES)?
            .map(|bytes| read_notes(&bytes))
            .transpose()?;
        let commitment = text(META_COMMITMENT)?.map(|text| Commitment::parse(&text));
        Ok(Self {
            profile: Profile::parse(&profile)?,
            origin: text(META_ORIGIN)?.ok_or_else(|| lacks(META_ORIGIN))?,
            corpus,
            planned: number(META_PLANNED)?,
            done: number(META_DONE)?.unwrap_or(0),
            notes: notes.unwrap_or_default(),
            commitment: commitment.transpose()?,
        })
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

/// A store that is open for reading.
pub struct OpenStore {
    /// All of it, as it was when it was opened.
    pub read: ReadTransaction,
    /// What must stay open for it, where the file system has no locks.
    pub unlocked: Option<Database>,
}

/// Opens the store in `folder` for one reader among several, of this machine and of others.
pub fn open_read_only(folder: &Path) -> Result<OpenStore, VaultError> {
    let path = folder.join(FILE);
    let database = match ReadOnlyDatabase::open(&path) {
        Err(DatabaseError::RepairAborted) => {
            // A writer was killed; opening the store for writing repairs it.
            repair(folder)?;
            ReadOnlyDatabase::open(&path)
        }
        other => other,
    };
    match database {
        Err(DatabaseError::Storage(StorageError::Io(error))) if has_no_locks(&error) => {
            open_unlocked(folder)
        }
        database => Ok(OpenStore {
            read: database
                .map_err(|error| explain(error, folder))?
                .begin_read()?,
            unlocked: None,
        }),
    }
}

/// Whether a file system says that it has no locks. Where it says so in the other way (`ENOSYS`,
/// `EOPNOTSUPP`), the library reads without.
fn has_no_locks(error: &io::Error) -> bool {
    error.raw_os_error() == Some(Errno::ENOLCK as i32)
}

/// Opens the store without a lock: see [`super::unlocked`].
pub fn open_unlocked(folder: &Path) -> Result<OpenStore, VaultError> {
    let backend = Unlocked::new(File::open(folder.join(FILE))?)?;
    let database = Database::builder().create_with_backend(backend);
    let database = database.map_err(|error| explain(error, folder))?;
    Ok(OpenStore {
        read: database.begin_read()?,
        unlocked: Some(database),
    })
}

/// Lets one process repair the store, and the others wait for it.
fn repair(folder: &Path) -> Result<(), VaultError> {
    for _ in 0..REPAIR_TRIES {
        match open(folder) {
            Err(VaultError::Busy(_)) => thread::sleep(REPAIR_PAUSE),
            other => return other.map(drop),
        }
        if ReadOnlyDatabase::open(folder.join(FILE)).is_ok() {
            return Ok(());
        }
    }
    open(folder).map(drop)
}

/// How often, and how long in between, a reader asks whether another process has repaired the store.
const REPAIR_TRIES: u32 = 100;
const REPAIR_PAUSE: Duration = Duration::from_millis(100);

/// Opens the store in `folder` for the only writer.
pub fn open(folder: &Path) -> Result<Database, VaultError> {
    Database::open(folder.join(FILE)).map_err(|error| explain(error, folder))
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
