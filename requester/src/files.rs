//! Reading files with a limit, and writing them whole or not at all.

use crate::failure::Failure;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// Reads a file of at most `limit` bytes.
///
/// # Errors
/// When it is missing, unreadable or larger.
pub fn read(path: &Path, limit: u64) -> Result<Vec<u8>, Failure> {
    let unreadable = |error: std::io::Error| {
        Failure::could_not_run(
            format!("{} cannot be read: {error}", path.display()),
            "check the path and the permissions",
        )
    };
    let file = File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 > limit {
        return Err(Failure::check(
            format!("{} has more than {limit} bytes", path.display()),
            "this is the largest file of its kind that is read",
        ));
    }
    Ok(bytes)
}

/// Fails when a file would be overwritten without `force`, or has no place to go: called before
/// long work.
///
/// # Errors
/// In these cases.
pub fn may_write(path: &Path, force: bool) -> Result<(), Failure> {
    if path.is_dir() {
        let what = format!("{} is a folder", path.display());
        return Err(Failure::could_not_run(what, "name a file with --out"));
    }
    if !force && path.symlink_metadata().is_ok() {
        return Err(Failure::could_not_run(
            format!("{} exists", path.display()),
            "name another file with --out, or pass --force to replace it",
        ));
    }
    let folder = folder(path);
    if !folder.is_dir() {
        return Err(Failure::could_not_run(
            format!("the folder {} does not exist", folder.display()),
            "create it first",
        ));
    }
    Ok(())
}

fn folder(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Writes a file beside its place under another name, then renames it.
///
/// # Errors
/// When writing fails; then nothing is left behind.
pub fn write(path: &Path, bytes: &[u8], force: bool) -> Result<(), Failure> {
    may_write(path, force)?;
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.part", std::process::id()));
    let part = folder(path).join(name);
    let written = (|| {
        let mut file = File::create(&part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&part, path)
    })();
    written.map_err(|error| {
        // The first error is the one to report.
        let _ = fs::remove_file(&part);
        Failure::could_not_run(
            format!("{} cannot be written: {error}", path.display()),
            "check the free space and the permissions",
        )
    })
}
