//! How records of a vault are sealed: by a checksum, or under a key that a passphrase opens.
//!
//! Each record is bound to its place, so that it fits no other. Without a passphrase `content ‖ sum`,
//! the sum being 16 bytes of SHA-256 over place and content: it finds accidents. With one
//! `nonce ‖ XChaCha20-Poly1305(key, nonce, content, place)`, with 24 fresh bytes of nonce: who has not the
//! key learns of a record its table, its number and its length, and can change none.

use super::error::VaultError;
use super::key::Key;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use duces_protocol::digest::{Digest, TaggedHash};
use rand_core::{OsRng, RngCore};
use zeroize::Zeroizing;

/// Bytes of a checksum.
const SUM: usize = 16;
/// Bytes of a nonce.
const NONCE: usize = 24;

/// Where a record stands: its table and its number there.
#[derive(Clone, Copy)]
pub struct Place(pub &'static str, pub [u64; 2]);

impl Place {
    fn digest(&self, tag: &str, content: &[u8]) -> Digest {
        TaggedHash::new(tag)
            .part(self.0.as_bytes())
            .number(self.1[0])
            .number(self.1[1])
            .part(content)
            .finish()
    }
}

/// Seals the records of one vault.
pub enum Sealer {
    /// By a checksum.
    Sum,
    /// Under a key.
    Key(Box<Keyed>),
}

/// What a key is used for.
pub struct Keyed {
    cipher: XChaCha20Poly1305,
    /// Hides digests by which records are found.
    hiding: Zeroizing<[u8; 32]>,
}

impl Sealer {
    /// Seals under this key, or by checksums if there is none.
    pub fn new(key: Option<&Key>) -> Self {
        let Some(key) = key else { return Self::Sum };
        let derived = |tag: &str| {
            let digest = TaggedHash::new(tag).part(key.bytes()).finish();
            Zeroizing::new(digest.0)
        };
        Self::Key(Box::new(Keyed {
            cipher: XChaCha20Poly1305::new((&*derived("duces/vault-records/v1")).into()),
            hiding: derived("duces/vault-digests/v1"),
        }))
    }

    /// Seals a record. What is not encrypted is erased when it is dropped.
    pub fn seal(&self, place: Place, content: Vec<u8>) -> Zeroizing<Vec<u8>> {
        let mut content = Zeroizing::new(content);
        match self {
            Self::Sum => {
                let sum = place.digest("duces/vault/v1", &content);
                content.extend(&sum.0[..SUM]);
                content
            }
            Self::Key(keyed) => {
                let mut nonce = [0; NONCE];
                OsRng.fill_bytes(&mut nonce);
                let sealed = keyed.cipher.encrypt(
                    XNonce::from_slice(&nonce),
                    Payload {
                        msg: &content,
                        aad: &place.digest("duces/vault-place/v1", b"").0,
                    },
                );
                let sealed = sealed.expect("a record is shorter than a cipher can take");
                Zeroizing::new([&nonce[..], &sealed].concat())
            }
        }
    }

    /// Reads a record.
    ///
    /// # Errors
    /// When it was changed, or was sealed at another place or under another key.
    pub fn unseal(&self, place: Place, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let content = match self {
            Self::Sum => sealed
                .split_last_chunk::<SUM>()
                .filter(|(content, sum)| place.digest("duces/vault/v1", content).0[..SUM] == **sum)
                .map(|(content, _)| content.to_vec()),
            Self::Key(keyed) => sealed
                .split_first_chunk::<NONCE>()
                .and_then(|(nonce, sealed)| {
                    let place = place.digest("duces/vault-place/v1", b"");
                    let payload = Payload {
                        msg: sealed,
                        aad: &place.0,
                    };
                    let nonce = XNonce::from_slice(nonce);
                    keyed.cipher.decrypt(nonce, payload).ok()
                }),
        };
        content.map(Zeroizing::new).ok_or_else(|| {
            VaultError::damaged(format!("a seal in its table '{}' is wrong", place.0))
        })
    }

    /// What stands for a digest where records are found by it: under a key nobody can try digests of
    /// documents that he has.
    pub fn hide(&self, digest: Digest) -> [u8; 32] {
        match self {
            Self::Sum => digest.0,
            Self::Key(keyed) => {
                TaggedHash::new("duces/vault-digest/v1")
                    .part(&*keyed.hiding)
                    .part(&digest.0)
                    .finish()
                    .0
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealers() -> [Sealer; 2] {
        [Sealer::Sum, Sealer::new(Some(&Key::random()))]
    }

    #[test]
    fn records_fit_their_place_alone() {
        let place = |number| Place("members", [1, number]);
        for sealer in sealers() {
            let sealed = sealer.seal(place(0), vec![1, 2, 3]);
            assert_eq!(*sealer.unseal(place(0), &sealed).unwrap(), [1, 2, 3]);
            assert!(sealer.unseal(place(1), &sealed).is_err());
            assert!(sealer.unseal(Place("views", [1, 0]), &sealed).is_err());
            for index in 0..sealed.len() {
                let mut other = sealed.clone();
                other[index] ^= 1;
                assert!(sealer.unseal(place(0), &other).is_err(), "byte {index}");
                assert!(sealer.unseal(place(0), &sealed[..index]).is_err());
            }
        }
    }

    #[test]
    fn a_key_hides_content_and_digests_and_fits_no_other() {
        let [sum, keyed] = sealers();
        let place = Place("members", [1, 0]);
        let content = b"a name of a document";
        let found = |sealed: &[u8]| sealed.windows(content.len()).any(|part| part == content);
        assert!(found(&sum.seal(place, content.to_vec())));
        let sealed = keyed.seal(place, content.to_vec());
        assert!(!found(&sealed));
        assert_ne!(
            *sealed,
            *keyed.seal(place, content.to_vec()),
            "a fresh nonce"
        );
        let [_, other] = sealers();
        assert!(other.unseal(place, &sealed).is_err());
        assert!(sum.unseal(place, &sealed).is_err());
        let digest = Digest([7; 32]);
        assert_eq!(sum.hide(digest), digest.0);
        assert_ne!(keyed.hide(digest), digest.0);
        assert_ne!(keyed.hide(digest), other.hide(digest));
        assert_eq!(keyed.hide(digest), keyed.hide(digest));
    }
}
