//! Reading and writing files: limits before allocation, no links inside a production, output
//! beside and renamed.

use crate::verdict::{CannotRun, Failure, Fault};
use duces_protocol::digest::Digest;
use duces_protocol::leaf::FileHasher;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Reads a file that the judge named; links are followed.
///
/// # Errors
/// [`Failure::CannotRun`] when it cannot be read, [`Failure::Rejected`] when it is too large.
pub fn read_named(path: &Path, limit: u64, what: &str) -> Result<Vec<u8>, Failure> {
    let cannot = |error: &io::Error| {
        CannotRun::new(
            format!("the {what} {} cannot be read: {error}", path.display()),
            format!("give the path of the {what}"),
        )
    };
    let about = fs::metadata(path).map_err(|error| cannot(&error))?;
    if !about.is_file() {
        return Err(cannot(&io::Error::other("it is not a file")).into());
    }
    read_limited(path, limit)
        .map_err(|error| cannot(&error))?
        .ok_or_else(|| {
            Fault::new(
                path.display().to_string(),
                format!("it is larger than {limit} bytes"),
            )
            .into()
        })
}

/// Reads a file of the production, `name` being its path there for messages.
///
/// # Errors
/// [`Failure::Rejected`] when it is missing, not a regular file, or larger than the limit;
/// [`Failure::CannotRun`] when the system does not give its bytes.
pub fn read_produced(folder: &Path, name: &str, limit: u64) -> Result<Vec<u8>, Failure> {
    let path = regular(folder, name)?;
    read_limited(&path, limit)
        .map_err(|error| cannot_read(&path, &error))?
        .ok_or_else(|| Fault::new(name, format!("it is larger than {limit} bytes")).into())
}

/// Length and SHA-256 of a file of the production, read piece by piece.
///
/// # Errors
/// As [`read_produced`], without a limit.
pub fn digest_produced(folder: &Path, name: &str) -> Result<(u64, Digest), Failure> {
    let path = regular(folder, name)?;
    let hashed = File::open(&path).and_then(|mut file| {
        let mut hasher = FileHasher::new();
        let mut piece = vec![0; 1 << 16];
        let mut size = 0;
        loop {
            match file.read(&mut piece)? {
                0 => return Ok((size, hasher.finish())),
                count => {
                    hasher.update(&piece[..count]);
                    size += count as u64;
                }
            }
        }
    });
    hashed.map_err(|error| cannot_read(&path, &error).into())
}

/// The path of a file of the production that is there and no link.
fn regular(folder: &Path, name: &str) -> Result<PathBuf, Failure> {
    let path = folder.join(name);
    match fs::symlink_metadata(&path) {
        Ok(about) if about.is_file() => Ok(path),
        Ok(_) => Err(Fault::new(name, "it is not a regular file").into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(Fault::new(name, "the file is missing").into())
        }
        Err(error) => Err(cannot_read(&path, &error).into()),
    }
}

fn cannot_read(path: &Path, error: &io::Error) -> CannotRun {
    CannotRun::new(
        format!("{} cannot be read: {error}", path.display()),
        "make the folder and its files readable, then run again",
    )
}

/// The bytes of a file, or `None` beyond the limit.
fn read_limited(path: &Path, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    if size > limit {
        return Ok(None);
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
    Read::by_ref(&mut file)
        .take(limit.saturating_add(1))
        .read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= limit).then_some(bytes))
}

/// The names in a folder of the production, ascending; `""` is the production itself.
///
/// # Errors
/// [`Failure::Rejected`] when the folder is missing or a link, has more than `limit` entries, or
/// a name that is not Unicode; [`Failure::CannotRun`] when the system does not list it.
pub fn list(folder: &Path, name: &str, limit: u64) -> Result<Vec<String>, Failure> {
    let path = if name.is_empty() {
        folder.to_owned()
    } else {
        folder.join(name)
    };
    if !name.is_empty() && !fs::symlink_metadata(&path).is_ok_and(|about| about.is_dir()) {
        return Err(Fault::new(format!("{name}/"), "the folder is missing").into());
    }
    let cannot = |error: io::Error| {
        CannotRun::new(
            format!("the folder {} cannot be listed: {error}", path.display()),
            "give the folder that was handed over, with permission to read it",
        )
    };
    let mut names = Vec::new();
    for entry in fs::read_dir(&path).map_err(cannot)? {
        let entry = entry.map_err(cannot)?.file_name().into_string();
        names.push(entry.map_err(|_| Fault::new(format!("{name}/"), "a name is not Unicode"))?);
        if names.len() as u64 > limit {
            return Err(Fault::new(format!("{name}/"), "it has more files than are due").into());
        }
    }
    names.sort();
    Ok(names)
}

/// Refuses a report's path that is taken, before any work is done.
///
/// # Errors
/// When the file exists and `force` is not set.
pub fn check_free(path: &Path, force: bool) -> Result<(), CannotRun> {
    if !force && fs::symlink_metadata(path).is_ok() {
        return Err(CannotRun::new(
            format!("{} is there already", path.display()),
            "name another file, or add --force to replace it",
        ));
    }
    Ok(())
}

/// Writes beside the path and renames, so that the file is there whole or not at all.
///
/// # Errors
/// When the system refuses.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), CannotRun> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.part", std::process::id()));
    let beside = PathBuf::from(beside);
    let written = File::create(&beside)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&beside, path));
    written.map_err(|error| {
        // The error that matters is the first one; a leftover is removed where that is possible.
        let _ = fs::remove_file(&beside);
        CannotRun::new(
            format!("{} cannot be written: {error}", path.display()),
            "name a file in a folder that exists and can be written to",
        )
    })
}
