//! Opening of the store for readers, with locks and without.

use super::error::VaultError;
use super::store::{FILE, builder, explain, open};
use super::unlocked::Unlocked;
use nix::errno::Errno;
use redb::{Database, DatabaseError, ReadTransaction, ReadableDatabase, StorageError};
use std::fs::File;
use std::io;
use std::path::Path;
use std::thread;
use std::time::Duration;

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
    let database = match builder().open_read_only(&path) {
        Err(DatabaseError::RepairAborted) => {
            // A writer was killed; opening the store for writing repairs it.
            repair(folder)?;
            builder().open_read_only(&path)
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
    let database = builder().create_with_backend(backend);
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
        if builder().open_read_only(folder.join(FILE)).is_ok() {
            return Ok(());
        }
    }
    open(folder).map(drop)
}

/// How often, and how long in between, a reader asks whether another process has repaired the store.
const REPAIR_TRIES: u32 = 100;
const REPAIR_PAUSE: Duration = Duration::from_millis(100);
