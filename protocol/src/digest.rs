//! SHA-256 with domain separation, and the 32-byte digests that name things.

use sha2::{Digest as _, Sha256};
use std::fmt;

/// A SHA-256 digest (FIPS 180-4), printed as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// Reads exactly 64 lower-case hexadecimal digits.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        if text.bytes().any(|b| b.is_ascii_uppercase()) {
            return None;
        }
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        Some(Self(bytes))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A running SHA-256 over tagged, length-prefixed parts, so that no two lists of parts
/// share an encoding.
///
/// The hash input is `len(tag) ‖ tag ‖ (len(part) ‖ part)*`, lengths as 8-byte little-endian.
pub struct TaggedHash(Sha256);

impl TaggedHash {
    /// Starts a hash in the domain `tag`.
    #[must_use]
    pub fn new(tag: &str) -> Self {
        Self(Sha256::new()).part(tag.as_bytes())
    }

    /// Appends one part with its length.
    #[must_use]
    pub fn part(mut self, part: &[u8]) -> Self {
        self.0.update((part.len() as u64).to_le_bytes());
        self.0.update(part);
        self
    }

    /// Appends one part that is held in pieces: as [`Self::part`] of them one after the other.
    #[must_use]
    pub fn pieces(mut self, pieces: &[&[u8]]) -> Self {
        let len: usize = pieces.iter().map(|piece| piece.len()).sum();
        self.0.update((len as u64).to_le_bytes());
        pieces.iter().for_each(|piece| self.0.update(piece));
        self
    }

    /// Appends an integer as an 8-byte little-endian part.
    #[must_use]
    pub fn number(self, number: u64) -> Self {
        self.part(&number.to_le_bytes())
    }

    /// Ends the hash.
    #[must_use]
    pub fn finish(self) -> Digest {
        Digest(self.0.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_separated() {
        let one = TaggedHash::new("t").part(b"ab").part(b"c").finish();
        let other = TaggedHash::new("t").part(b"a").part(b"bc").finish();
        assert_ne!(one, other);
        let pieces = TaggedHash::new("t").pieces(&[b"a", b"", b"b"]).part(b"c");
        assert_eq!(pieces.finish(), one);
    }

    #[test]
    fn hex_is_canonical() {
        let digest = TaggedHash::new("t").finish();
        assert_eq!(Digest::from_hex(&digest.to_string()), Some(digest));
        assert_eq!(Digest::from_hex(&digest.to_string().to_uppercase()), None);
        assert_eq!(Digest::from_hex("00"), None);
    }
}
