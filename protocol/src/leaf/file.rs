//! The commitment to a file's bytes.
//!
//! `H("duces/file/v1", salt', SHA-256(file bytes))`, with [`TaggedHash`] for `H`. The salt is 32
//! fresh bytes from the operating system, so that nobody can confirm a guessed document. The
//! inner digest lets a file of any size be committed in one pass and fixed memory, and it is the
//! digest that productions list beside a file anyway.

use crate::digest::{Digest, TaggedHash};
use rand_core::{OsRng, RngCore};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroize;

/// The secret salt of one file commitment. It is disclosed with the file.
pub struct FileSalt([u8; 32]);

impl FileSalt {
    /// Draws a salt from the operating system.
    #[must_use]
    pub fn random() -> Self {
        let mut bytes = [0; 32];
        OsRng.fill_bytes(&mut bytes);
        Self(bytes)
    }

    /// The salt of an opening or of a vault.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes, for a vault or for the opening of a produced file.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0
    }

    /// The commitment to `file` under this salt. Where a file's bytes could not be read, the
    /// empty string stands for them.
    #[must_use]
    pub fn commit(&self, file: &[u8]) -> Digest {
        self.commit_digest(FileHasher::of(file))
    }

    /// The commitment to the file with this SHA-256 digest.
    #[must_use]
    pub fn commit_digest(&self, sha256: Digest) -> Digest {
        TaggedHash::new("duces/file/v1")
            .part(&self.0)
            .part(&sha256.0)
            .finish()
    }
}

impl Drop for FileSalt {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// SHA-256 of a file that is read piece by piece.
#[derive(Default)]
pub struct FileHasher(Sha256);

impl FileHasher {
    /// Starts at the first byte.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The digest of bytes in memory.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Digest {
        let mut hasher = Self::new();
        hasher.update(bytes);
        hasher.finish()
    }

    /// Appends the next piece.
    pub fn update(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    /// The digest, as `sha256sum` prints it.
    #[must_use]
    pub fn finish(self) -> Digest {
        Digest(self.0.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn salt_and_bytes_are_bound() {
        let salt = FileSalt::from_bytes([7; 32]);
        let commitment = salt.commit(b"memo");
        assert_eq!(
            commitment,
            FileSalt::from_bytes(salt.to_bytes()).commit(b"memo")
        );
        assert_ne!(commitment, salt.commit(b"memo\0"));
        assert_ne!(commitment, FileSalt::from_bytes([8; 32]).commit(b"memo"));
        assert_ne!(FileSalt::random().to_bytes(), FileSalt::random().to_bytes());
    }

    #[test]
    fn pieces_make_the_same_digest() {
        let mut hasher = FileHasher::new();
        hasher.update(b"me");
        hasher.update(b"mo");
        let salt = FileSalt::from_bytes([7; 32]);
        assert_eq!(salt.commit_digest(hasher.finish()), salt.commit(b"memo"));
    }
}
