//! Reading the public files that a command is given.

use duces_extract::cache::Cache;
use duces_protocol::profile::{self, Profile};
use duces_shell::{Failure, read, shown};
use std::path::Path;

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
    let bytes = read::named(path, profile::MAX_BYTES as u64, "profile")?;
    let text = String::from_utf8(bytes).map_err(|_| refused("it is not UTF-8 text".to_owned()))?;
    Profile::parse(&text).map_err(|error| refused(error.to_string()))
}

/// Opens a cache of extracted families, and makes its folder if it is not there.
///
/// # Errors
/// When the folder cannot be made.
pub fn cache(folder: &Path) -> Result<Cache, Failure> {
    Cache::open(folder).map_err(|error| Failure::io("use", folder, &error))
}
