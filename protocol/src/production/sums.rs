//! `sha256sums.txt` `[format-sums]`: the digest of every file of the production except itself, in
//! the form that `sha256sum -c` accepts.
//!
//! ```text
//! 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08  ledger.bin
//! 60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752  natives/EPA0000001.png
//! ```
//!
//! Lines are in ascending order of path bytes, each path once, every line ended by a line feed.

use super::path::RelativePath;
use crate::bytes::Malformed;
use crate::digest::Digest;
use std::collections::BTreeMap;

/// SHA-256 of each file by its path in the production.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Sums(BTreeMap<RelativePath, Digest>);

impl Sums {
    /// No files.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Records the digest of a file.
    pub fn insert(&mut self, path: RelativePath, digest: Digest) {
        self.0.insert(path, digest);
    }

    /// Files and digests in ascending order of path.
    pub fn iter(&self) -> impl Iterator<Item = (&RelativePath, &Digest)> {
        self.0.iter()
    }

    /// The digest of one file.
    #[must_use]
    pub fn get(&self, path: &RelativePath) -> Option<&Digest> {
        self.0.get(path)
    }

    /// The file's text.
    #[must_use]
    pub fn to_text(&self) -> String {
        self.0
            .iter()
            .map(|(path, digest)| format!("{digest}  {path}\n"))
            .collect()
    }

    /// Reads the file's bytes.
    ///
    /// # Errors
    /// When a line is not a digest, two spaces and a path, or the order is not ascending.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let text = std::str::from_utf8(bytes).map_err(|_| Malformed::new("it is not UTF-8"))?;
        let mut sums = BTreeMap::new();
        for (index, line) in text.split_inclusive('\n').enumerate() {
            let malformed = |reason: &str| Malformed::new(format!("line {}: {reason}", index + 1));
            let line = line
                .strip_suffix('\n')
                .ok_or_else(|| malformed("it has no line end"))?;
            let (digest, path) = line
                .split_once("  ")
                .ok_or_else(|| malformed("it is not a digest and a path"))?;
            let digest = Digest::from_hex(digest)
                .ok_or_else(|| malformed("it does not begin with 64 lower-case hex digits"))?;
            let path: RelativePath = path
                .parse()
                .map_err(|error: Malformed| malformed(&error.to_string()))?;
            if sums.last_key_value().is_some_and(|(last, _)| *last >= path) {
                return Err(malformed("the paths are not in ascending order"));
            }
            sums.insert(path, digest);
        }
        Ok(Self(sums))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::TaggedHash;

    fn sample() -> Sums {
        let mut sums = Sums::new();
        for path in ["natives/EPA0000001.png", "ledger.bin", "manifest.json"] {
            sums.insert(path.parse().unwrap(), TaggedHash::new(path).finish());
        }
        sums
    }

    #[test]
    fn round_trips() {
        let text = sample().to_text();
        assert_eq!(Sums::parse(text.as_bytes()).unwrap(), sample());
        assert_eq!(Sums::parse(b"").unwrap(), Sums::new());
    }

    #[test]
    fn refuses_what_sha256sum_would_read_differently() {
        let text = sample().to_text();
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let cases = [
            text.trim_end().to_owned(),
            text.replace("  ", " "),
            text.replace("  ", " *"),
            text.replace('\n', "\r\n"),
            text.replace("natives/", "../"),
            text.replace("natives/", "/natives/"),
            text.to_uppercase(),
            format!("{}{}", lines[1], lines[0]),
            format!("{}{}", lines[0], lines[0]),
            format!("{text}\n"),
            format!("\\{text}"),
        ];
        for case in cases {
            assert!(Sums::parse(case.as_bytes()).is_err(), "{case}");
        }
        assert!(Sums::parse(&[0xff]).is_err());
    }
}
