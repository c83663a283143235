//! Tables, checksums and opening of the store.

use super::error::VaultError;
use super::record::read_path;
use duces_protocol::bytes::Reader;
use duces_protocol::commitment::Commitment;
use duces_protocol::digest::TaggedHash;
use duces_protocol::profile::Profile;
use redb::{
    Database, DatabaseError, ReadOnlyDatabase, ReadTransaction, ReadableDatabase, TableDefinition,
    TableError,
};
use std::io;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Name of the store in its folder.
pub const FILE: &str = "vault.redb";
/// Version of everything below.
pub const FORMAT: &[u8] = b"duces-vault-v1";

/// Names to values: see the constants `META_…`.
pub const META: TableDefinition<&str, &[u8]> = TableDefinition::new("meta");
/// Random key to directory entry: the sort order is the random order of positions. Removed when
/// the vault is finished.
pub const SHUFFLE: TableDefinition<[u8; 16], &[u8]> = TableDefinition::new("shuffle");
/// Position to [`super::VaultItem`], sealed.
pub const ITEMS: TableDefinition<u64, &[u8]> = TableDefinition::new("items");
/// Index of the view in the profile and position to blind and tensor, sealed.
pub const VIEWS: TableDefinition<(u8, u64), &[u8]> = TableDefinition::new("views");
/// Position to leaf, so that the tree need not decode points.
pub const LEAVES: TableDefinition<u64, [u8; 32]> = TableDefinition::new("leaves");

pub const META_FORMAT: &str = "format";
pub const META_PROFILE: &str = "profile";
pub const META_ORIGIN: &str = "origin";
pub const META_CORPUS: &str = "corpus";
/// Number of items, once the corpus has been listed.
pub const META_PLANNED: &str = "planned";
/// A [`Cursor`], once the first chunk is stored.
pub const META_CURSOR: &str = "cursor";
pub const META_COMMITMENT: &str = "commitment";

const SEAL: usize = 16;

/// Where a record stands, for its checksum.
pub struct Place(&'static str, [u64; 2]);

pub fn item_place(position: u64) -> Place {
    Place("items", [0, position])
}

pub fn view_place(view: u8, position: u64) -> Place {
    Place("views", [u64::from(view), position])
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
            "the checksum of position {} is wrong",
            place.1[1]
        ))),
    }
}

/// How much of a vault has been filled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cursor {
    /// Items stored.
    pub done: u64,
    /// The random key of the last of them.
    pub key: Option<[u8; 16]>,
}

impl Cursor {
    /// Nothing is stored.
    pub const START: Self = Self { done: 0, key: None };
}

/// The values of [`META`].
pub struct Meta {
    pub profile: Profile,
    pub origin: String,
    pub corpus: PathBuf,
    /// Number of items, once the corpus has been listed.
    pub planned: Option<u64>,
    pub cursor: Cursor,
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
        let planned = get(META_PLANNED)?
            .map(|bytes| Reader::new(&bytes).u64())
            .transpose()?;
        let cursor = get(META_CURSOR)?.map(|bytes| {
            let mut from = Reader::new(&bytes);
            let (done, key) = (from.u64()?, Some(from.array()?));
            Ok::<_, VaultError>(Cursor { done, key })
        });
        let commitment = text(META_COMMITMENT)?.map(|text| Commitment::parse(&text));
        Ok(Self {
            profile: Profile::parse(&profile)?,
            origin: text(META_ORIGIN)?.ok_or_else(|| lacks(META_ORIGIN))?,
            corpus,
            planned,
            cursor: cursor.transpose()?.unwrap_or(Cursor::START),
            commitment: commitment.transpose()?,
        })
    }
}

/// Opens the store in `folder` for one reader among several.
pub fn open_read_only(folder: &Path) -> Result<ReadTransaction, VaultError> {
    let path = folder.join(FILE);
    let database = match ReadOnlyDatabase::open(&path) {
        Err(DatabaseError::RepairAborted) => {
            // A writer was killed; opening the store for writing repairs it.
            drop(open(folder)?);
            ReadOnlyDatabase::open(&path)
        }
        other => other,
    };
    Ok(database
        .map_err(|error| explain(error, folder))?
        .begin_read()?)
}

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
