//! Reading the public files that a command is given.

use crate::failure::{Failure, shown};
use duces_protocol::profile::Profile;
use duces_protocol::request::Request;
use duces_protocol::{profile, request};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Reads a file of at most `limit` bytes.
///
/// # Errors
/// When it is missing, unreadable (exit 2) or too long (exit 1).
pub fn read(path: &Path, limit: usize) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(limit as u64 + 1).read_to_end(&mut bytes))
        .map_err(|e| Failure::io("read", path, &e))?;
    if bytes.len() > limit {
        return Err(Failure::refused(
            format!("{} is longer than {limit} bytes", shown(path)),
            "check that this is the file that you meant",
        ));
    }
    Ok(bytes)
}

/// Reads the profile.
///
/// # Errors
/// When it cannot be read or is malformed.
pub fn profile(path: &Path) -> Result<Profile, Failure> {
    let refused = |reason: String| {
        Failure::refused(
            format!("{} is not a profile: {reason}", shown(path)),
            "write it as agreed, for example: [views] images = [\"gray-28x28\"] texts = [\"text-hash-4096\"]",
        )
    };
    let bytes = read(path, profile::MAX_BYTES)?;
    let text = String::from_utf8(bytes).map_err(|_| refused("it is not UTF-8 text".to_owned()))?;
    Profile::parse(&text).map_err(|error| refused(error.to_string()))
}

/// Reads the request.
///
/// # Errors
/// When it cannot be read or is malformed.
pub fn request(path: &Path) -> Result<Request, Failure> {
    Request::decode(&read(path, request::MAX_BYTES)?).map_err(|error| {
        Failure::refused(
            format!("{} is not a request: {error}", shown(path)),
            "ask the requesting party for the file again",
        )
    })
}
