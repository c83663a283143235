//! Reading of files that a user names, with a limit before any allocation.

use crate::failure::{Failure, shown};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Why a file is not read.
#[derive(Debug)]
pub enum ReadError {
    /// The system refused.
    Io(io::Error),
    /// It is a folder, a pipe or a device.
    NotAFile,
    /// It is longer than the limit.
    TooLong,
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// The bytes of a file of at most `limit` bytes. Links are followed.
///
/// # Errors
/// When it is missing, unreadable, no regular file, or too long.
pub fn bytes(path: &Path, limit: u64) -> Result<Vec<u8>, ReadError> {
    // Asked by name first: opening a pipe would wait for someone to write to it.
    if !path.metadata()?.is_file() {
        return Err(ReadError::NotAFile);
    }
    let file = File::open(path)?;
    let size = file.metadata()?.len();
    if size > limit {
        return Err(ReadError::TooLong);
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
    // The file may grow while it is read.
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(ReadError::TooLong);
    }
    Ok(bytes)
}

/// The bytes of a file that the user named; `what` names it in messages: "request", "profile".
///
/// # Errors
/// As [`bytes`]: exit code 1 when the file is too long, 2 otherwise.
pub fn named(path: &Path, limit: u64, what: &str) -> Result<Vec<u8>, Failure> {
    let path_shown = shown(path);
    bytes(path, limit).map_err(|error| match error {
        ReadError::Io(error) => Failure::unable(
            format!("the {what} {path_shown} cannot be read: {error}"),
            format!("give the path of the {what}, and check that you may read it"),
        ),
        ReadError::NotAFile => Failure::unable(
            format!("the {what} {path_shown} cannot be read: it is not a file"),
            format!("give the path of the {what}"),
        ),
        ReadError::TooLong => Failure::refused(
            format!("the {what} {path_shown} is longer than {limit} bytes"),
            format!("check that this file is the {what}"),
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn limits_hold_and_messages_blame() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("request");
        fs::write(&path, b"12345").unwrap();
        assert_eq!(named(&path, 5, "request").unwrap(), b"12345");
        let error = named(&path, 4, "request").unwrap_err();
        assert_eq!(error.code(), 1);
        assert!(error.what.contains("longer than 4 bytes"), "{error}");
        for missing in [folder.path().to_owned(), folder.path().join("none")] {
            let error = named(&missing, 5, "request").unwrap_err();
            assert_eq!(error.code(), 2);
            assert!(error.what.starts_with("the request '"), "{error}");
        }
    }

    #[test]
    fn devices_are_not_read() {
        // It has no end, and says that it is empty.
        let error = bytes(Path::new("/dev/zero"), 1 << 40).unwrap_err();
        assert!(matches!(error, ReadError::NotAFile), "{error:?}");
    }
}
