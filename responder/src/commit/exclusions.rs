//! `--exclude-digests`: known files that are listed as exceptions, never left out silently.

use duces_protocol::digest::Digest;
use duces_protocol::leaf::FileHasher;
use duces_shell::{Failure, read, shown};
use std::path::Path;

/// The largest list, in bytes.
const MAX_BYTES: u64 = 1 << 30;

/// A list of digests.
#[derive(Default)]
pub struct Exclusions {
    digest: Option<Digest>,
    digests: Vec<[u8; 32]>,
}

impl Exclusions {
    /// Reads the list, if one is given: a SHA-256 digest at the beginning of each line, as `sha256sum`
    /// prints it; what follows behind white space is for people.
    ///
    /// # Errors
    /// Names the line that does not begin with a digest.
    pub fn read(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path else {
            return Ok(Self::default());
        };
        let bytes = read::named(path, MAX_BYTES, "list of digests")?;
        let mut digests = Vec::new();
        for (line, number) in bytes.split(|&b| b == b'\n').zip(1_u64..) {
            let word = line.split(u8::is_ascii_whitespace).next().unwrap_or(line);
            if line.is_empty() {
                continue;
            }
            let word = String::from_utf8_lossy(word).to_ascii_lowercase();
            let digest = Digest::from_hex(&word).ok_or_else(|| {
                Failure::refused(
                    format!("line {number} of {} does not begin with a SHA-256 digest", shown(path)),
                    "give a file as sha256sum prints it: 64 hexadecimal digits at the start of each line",
                )
            })?;
            digests.push(digest.0);
        }
        digests.sort_unstable();
        digests.dedup();
        Ok(Self {
            digest: Some(FileHasher::of(&bytes)),
            digests,
        })
    }

    /// SHA-256 of the list.
    pub fn digest(&self) -> Option<Digest> {
        self.digest
    }

    /// The digests on it, ascending.
    pub fn digests(&self) -> &[[u8; 32]] {
        &self.digests
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_as_sha256sum_prints_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list");
        let (a, b) = ("a".repeat(64), "B".repeat(64));
        std::fs::write(&path, format!("{b}  system.dll\n{a}\n\n{a} *again\n")).unwrap();
        let list = Exclusions::read(Some(&path)).unwrap();
        assert_eq!(list.digests(), [[0xaa; 32], [0xbb; 32]]);
        assert!(list.digest().is_some());
        std::fs::write(&path, format!("{a}\nsystem.dll\n")).unwrap();
        let failure = Exclusions::read(Some(&path)).err().unwrap();
        assert_eq!(failure.code(), 1);
        assert!(Exclusions::read(None).unwrap().digests().is_empty());
    }
}
