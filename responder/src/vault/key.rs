//! The key of a vault under a passphrase: `key.age`, in the format of age (age-encryption.org/v1) with
//! a recipient of type scrypt.
//!
//! The file holds one line, `duces-vault-key-v1 ` and 64 hexadecimal digits, and is encrypted as any such
//! file is: `age --decrypt` and `rage --decrypt` open it, and one of them can put it under another
//! passphrase. Without it the vault is lost, as it is without the passphrase.

use super::error::VaultError;
use age::scrypt::{Identity, Recipient};
use age::secrecy::SecretString;
use rand_core::{OsRng, RngCore};
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use zeroize::Zeroizing;

/// Name of the file in a vault's folder.
pub const FILE: &str = "key.age";
/// What the file begins with, once it is open.
const HEAD: &str = "duces-vault-key-v1 ";
/// The largest file, in bytes: a key takes some 300.
const MAX_BYTES: u64 = 1 << 16;
/// Binary logarithm of scrypt's cost: a second or so, and 256 MiB, as age itself takes.
const WORK: u8 = 18;
/// The largest cost that is accepted: 1 GiB.
const MOST_WORK: u8 = 20;

/// A passphrase.
pub type Passphrase = SecretString;

/// The key under which a vault's records are sealed; erased when it is dropped.
pub struct Key(Zeroizing<[u8; 32]>);

impl Key {
    /// A fresh key.
    pub fn random() -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        OsRng.fill_bytes(&mut *bytes);
        Self(bytes)
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Writes the key to the folder, under a passphrase.
    pub fn write(&self, folder: &Path, passphrase: &Passphrase) -> Result<(), VaultError> {
        let text = Zeroizing::new(format!(
            "{HEAD}{}\n",
            &*Zeroizing::new(hex::encode(*self.0))
        ));
        let mut recipient = Recipient::new(passphrase.clone());
        recipient.set_work_factor(WORK);
        let sealed = age::encrypt(&recipient, text.as_bytes())
            .map_err(|error| VaultError::Io(std::io::Error::other(error.to_string())))?;
        let path = folder.join(FILE);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)?;
        file.write_all(&sealed)?;
        file.sync_all()?;
        Ok(())
    }

    /// Whether a folder has a key.
    pub fn is_in(folder: &Path) -> bool {
        folder.join(FILE).is_file()
    }

    /// Opens the key in the folder.
    ///
    /// # Errors
    /// [`VaultError::WrongPassphrase`]; [`VaultError::Damaged`] when the file is no key.
    pub fn read(folder: &Path, passphrase: &Passphrase) -> Result<Self, VaultError> {
        let path = folder.join(FILE);
        if fs::metadata(&path)?.len() > MAX_BYTES {
            return Err(no_key());
        }
        let sealed = fs::read(&path)?;
        let mut identity = Identity::new(passphrase.clone());
        identity.set_max_work_factor(MOST_WORK);
        let text = age::decrypt(&identity, &sealed).map_err(|error| match error {
            age::DecryptError::DecryptionFailed
            | age::DecryptError::KeyDecryptionFailed
            | age::DecryptError::NoMatchingKeys => VaultError::WrongPassphrase(folder.into()),
            _ => no_key(),
        })?;
        let text = Zeroizing::new(text);
        let digits = text
            .strip_prefix(HEAD.as_bytes())
            .and_then(|rest| rest.strip_suffix(b"\n"))
            .ok_or_else(no_key)?;
        let mut bytes = Zeroizing::new([0; 32]);
        hex::decode_to_slice(digits, &mut *bytes).map_err(|_| no_key())?;
        Ok(Self(bytes))
    }
}

fn no_key() -> VaultError {
    VaultError::damaged(format!("its {FILE} is not the key of a vault"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_passphrase_opens_its_key_and_no_other_does() {
        let folder = tempfile::tempdir().unwrap();
        let phrase = |text: &str| Passphrase::from(text.to_owned());
        let key = Key::random();
        assert!(!Key::is_in(folder.path()));
        key.write(folder.path(), &phrase("correct horse")).unwrap();
        assert!(Key::is_in(folder.path()));
        let read = Key::read(folder.path(), &phrase("correct horse")).unwrap();
        assert_eq!(read.bytes(), key.bytes());
        for wrong in ["", "Correct horse", "correct horse "] {
            let error = Key::read(folder.path(), &phrase(wrong)).err();
            assert!(
                matches!(error, Some(VaultError::WrongPassphrase(_))),
                "{wrong}"
            );
        }
        let path = folder.path().join(FILE);
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        let sealed = fs::read(&path).unwrap();
        assert!(sealed.starts_with(b"age-encryption.org/v1\n-> scrypt "));
        let digits = hex::encode(key.bytes());
        assert!(!sealed.windows(64).any(|part| part == digits.as_bytes()));
        for damaged in [&sealed[..20], b"age-encryption.org/v1\n", b""] {
            fs::write(&path, damaged).unwrap();
            let error = Key::read(folder.path(), &phrase("correct horse")).err();
            assert!(matches!(error, Some(VaultError::Damaged(_))));
        }
    }
}
