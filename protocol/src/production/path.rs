//! Paths inside the production that cannot leave it.

use crate::bytes::Malformed;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// A file's path relative to the production's folder: one or two components of ASCII letters,
/// digits, `.`, `-` and `_`, beginning with a letter or digit, at most 64 bytes each.
///
/// So it is never absolute, has no `..`, and means the same on every file system.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct RelativePath(String);

impl RelativePath {
    /// The path below a folder.
    #[must_use]
    pub fn below(&self, folder: &Path) -> PathBuf {
        folder.join(&self.0)
    }

    /// As text, components separated by `/`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RelativePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for RelativePath {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
        let component = |part: &str| {
            (1..=64).contains(&part.len())
                && part.bytes().all(allowed)
                && part.as_bytes()[0].is_ascii_alphanumeric()
        };
        if text.split('/').count() <= 2 && text.split('/').all(component) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Malformed::new("the path is not one of a production"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leaves_the_folder() {
        for good in ["ledger.bin", "natives/EPA-1_0000001.png"] {
            assert_eq!(good.parse::<RelativePath>().unwrap().as_str(), good);
        }
        let long = "a".repeat(65);
        for bad in [
            "",
            "/",
            "/etc",
            "..",
            "../a",
            "a/..",
            "a/../b",
            "a//b",
            "a/",
            "./a",
            ".a",
            "a\\b",
            "a b",
            "C:x",
            "a/b/c",
            "a\0",
            "a\n",
            "é",
            "\u{202e}a",
            &long,
        ] {
            assert!(bad.parse::<RelativePath>().is_err(), "{bad:?}");
        }
    }
}
