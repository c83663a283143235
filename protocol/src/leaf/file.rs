//! The commitments to a file's bytes and to its rendition.
//!
//! `H("duces/file/v1", salt, SHA-256(file bytes), suffix)`, with [`TaggedHash`] for `H` and the end of the
//! file's name as [`Suffix`] has it; for a page of a document
//! `H("duces/page/v1", salt, SHA-256(document), page number)`; for a rendition
//! `H("duces/rendition/v1", salt, digest of the rendition)`, and for a text that a load file stated
//! `H("duces/stated-text/v1", salt, digest of the text)`. A salt is 32 fresh bytes from the operating
//! system and serves one commitment, so that nobody can confirm a guessed document. The inner digest
//! lets a file of any size be committed in one pass and fixed memory, and it is the digest that
//! productions list beside a file anyway.

use super::Suffix;
use crate::digest::{Digest, TaggedHash};
use crate::rendition::Rendition;
use crate::view::Kind;
use rand_core::{OsRng, RngCore};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroize;

/// Where a rendition comes from, as its commitment says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Source {
    /// From the file: by the extractor, or by a program of the profile.
    File,
    /// From a load file, which stated a text for the file.
    LoadFile,
}

impl Source {
    const ALL: [Self; 2] = [Self::File, Self::LoadFile];

    fn tag(self) -> &'static str {
        match self {
            Self::File => "duces/rendition/v1",
            Self::LoadFile => "duces/stated-text/v1",
        }
    }
}

/// The secret salt of one commitment. It is disclosed with what it commits to.
pub struct Salt([u8; 32]);

impl Salt {
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

    /// Its bytes, for a vault or for an opening.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0
    }

    /// The commitment to a file with these bytes and this end of its name.
    #[must_use]
    pub fn commit_file(&self, file: &[u8], suffix: &Suffix) -> Digest {
        self.commit_file_digest(FileHasher::of(file), suffix)
    }

    /// The commitment to the file with this SHA-256 digest and this end of its name. Where a file's
    /// bytes could not be read, the empty file stands for them, with an empty suffix.
    #[must_use]
    pub fn commit_file_digest(&self, sha256: Digest, suffix: &Suffix) -> Digest {
        TaggedHash::new("duces/file/v1")
            .part(&self.0)
            .part(&sha256.0)
            .part(suffix.as_str().as_bytes())
            .finish()
    }

    /// The commitment to a page, from 0, of the document with this SHA-256 digest.
    #[must_use]
    pub fn commit_page(&self, document: Digest, page: u32) -> Digest {
        TaggedHash::new("duces/page/v1")
            .part(&self.0)
            .part(&document.0)
            .number(page.into())
            .finish()
    }

    /// The commitment to the rendition with this digest ([`Rendition::digest`]).
    #[must_use]
    pub fn commit_rendition(&self, rendition: Digest, source: Source) -> Digest {
        TaggedHash::new(source.tag())
            .part(&self.0)
            .part(&rendition.0)
            .finish()
    }

    /// Where the rendition comes from, as the commitment says that it and this salt open; none if
    /// they open nothing. A load file states texts alone, and only under a profile that takes them.
    #[must_use]
    pub fn open_rendition(
        &self,
        rendition: &Rendition,
        commitment: Digest,
        load_files: bool,
    ) -> Option<Source> {
        let may_be_stated = load_files && rendition.kind() == Kind::Text;
        let digest = rendition.digest();
        Source::ALL
            .into_iter()
            .filter(|source| *source == Source::File || may_be_stated)
            .find(|source| self.commit_rendition(digest, *source) == commitment)
    }
}

impl Drop for Salt {
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
    use crate::rendition::Raster;

    fn txt() -> Suffix {
        Suffix::of("a.txt")
    }

    #[test]
    fn salt_content_and_suffix_are_bound() {
        let salt = Salt::from_bytes([7; 32]);
        let commitment = salt.commit_file(b"memo", &txt());
        let again = Salt::from_bytes(salt.to_bytes());
        assert_eq!(commitment, again.commit_file(b"memo", &txt()));
        assert_ne!(commitment, salt.commit_file(b"memo\0", &txt()));
        assert_ne!(commitment, salt.commit_file(b"memo", &Suffix::of("a.csv")));
        assert_ne!(commitment, salt.commit_file(b"memo", &Suffix::default()));
        let other = Salt::from_bytes([8; 32]);
        assert_ne!(commitment, other.commit_file(b"memo", &txt()));
        assert_ne!(Salt::random().to_bytes(), Salt::random().to_bytes());
    }

    #[test]
    fn a_file_a_page_and_a_rendition_are_told_apart() {
        let (salt, digest) = (Salt::from_bytes([7; 32]), Digest([1; 32]));
        let mut all = vec![
            salt.commit_file_digest(digest, &Suffix::default()),
            salt.commit_page(digest, 0),
            salt.commit_page(digest, 1),
            salt.commit_rendition(digest, Source::File),
            salt.commit_rendition(digest, Source::LoadFile),
        ];
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 5);
    }

    #[test]
    fn a_commitment_says_where_a_rendition_comes_from() {
        let salt = Salt::from_bytes([7; 32]);
        let text = Rendition::Text("memo".to_owned());
        let image = Rendition::Image(Raster::new(1, 1, 1, vec![7]).unwrap());
        let commit =
            |rendition: &Rendition, source| salt.commit_rendition(rendition.digest(), source);
        for load_files in [false, true] {
            let opened = |rendition, source| {
                salt.open_rendition(rendition, commit(rendition, source), load_files)
            };
            let stated = load_files.then_some(Source::LoadFile);
            assert_eq!(opened(&text, Source::File), Some(Source::File));
            assert_eq!(opened(&text, Source::LoadFile), stated);
            assert_eq!(opened(&image, Source::File), Some(Source::File));
            assert_eq!(opened(&image, Source::LoadFile), None);
            let other = salt.open_rendition(&image, commit(&text, Source::File), load_files);
            assert_eq!(other, None);
        }
    }

    #[test]
    fn pieces_make_the_same_digest() {
        let mut hasher = FileHasher::new();
        hasher.update(b"me");
        hasher.update(b"mo");
        let salt = Salt::from_bytes([7; 32]);
        assert_eq!(
            salt.commit_file_digest(hasher.finish(), &txt()),
            salt.commit_file(b"memo", &txt())
        );
    }
}
