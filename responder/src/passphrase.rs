//! The passphrase of a vault: from a file, or asked for at the terminal.

use crate::cli::VaultArgs;
use crate::vault::writer::VaultWriter;
use crate::vault::{Passphrase, Vault, VaultError};
use duces_shell::{Failure, read, shown};
use std::path::Path;
use zeroize::Zeroizing;

/// The largest file of a passphrase, in bytes.
const MAX_BYTES: u64 = 1 << 16;

/// The passphrase that opens what there is.
///
/// # Errors
/// When the file cannot be read or has no passphrase, or there is no terminal to ask at.
pub fn known(file: Option<&Path>) -> Result<Passphrase, Failure> {
    match file {
        Some(path) => from_file(path),
        None => ask("Passphrase of the vault: "),
    }
}

/// A passphrase for something new: it is asked for twice.
///
/// # Errors
/// As [`known`], and when the two differ.
pub fn new(file: Option<&Path>) -> Result<Passphrase, Failure> {
    let Some(path) = file else {
        let first = ask("Passphrase for the vault: ")?;
        let again = ask("The same again: ")?;
        let text = |phrase: &Passphrase| Zeroizing::new(expose(phrase).to_owned());
        return match text(&first) == text(&again) {
            true => Ok(first),
            false => Err(Failure::unable(
                "the two passphrases differ",
                "run the command again, and type the same one twice",
            )),
        };
    };
    from_file(path)
}

fn expose(phrase: &Passphrase) -> &str {
    use age::secrecy::ExposeSecret;
    phrase.expose_secret()
}

/// The first line of a file.
fn from_file(path: &Path) -> Result<Passphrase, Failure> {
    let bytes = Zeroizing::new(read::named(path, MAX_BYTES, "passphrase")?);
    let line = bytes.split(|&b| b == b'\n').next().unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    match std::str::from_utf8(line) {
        Ok(text) if !text.is_empty() => Ok(Passphrase::from(text.to_owned())),
        _ => Err(Failure::unable(
            format!("the first line of {} is no passphrase", shown(path)),
            "write the passphrase into its first line, in UTF-8",
        )),
    }
}

fn ask(prompt: &str) -> Result<Passphrase, Failure> {
    let typed = rpassword::prompt_password(prompt).map_err(|error| {
        Failure::unable(
            format!("there is no terminal to ask for the passphrase at: {error}"),
            "run the command in a terminal, or give the passphrase in a file with --passphrase-file",
        )
    })?;
    match typed.is_empty() {
        false => Ok(Passphrase::from(typed)),
        true => Err(Failure::unable(
            "no passphrase was typed",
            "run the command again, and type it",
        )),
    }
}

impl VaultArgs {
    /// Opens the finished vault, and asks for its passphrase if it has one.
    ///
    /// # Errors
    /// As [`Vault::unlock`].
    pub fn open(&self) -> Result<Vault, VaultError> {
        Vault::unlock(&self.vault, &self.asking())
    }

    /// Opens the vault that may not be finished.
    ///
    /// # Errors
    /// As [`Vault::unlock`], but for a vault that is not finished.
    pub(crate) fn open_unfinished(&self) -> Result<VaultWriter, VaultError> {
        VaultWriter::open(&self.vault, &self.asking())
    }

    fn asking(&self) -> impl Fn() -> Result<Passphrase, VaultError> {
        asking(self.passphrase_file.as_deref())
    }
}

/// What asks for a passphrase once it is needed.
pub fn asking(file: Option<&Path>) -> impl Fn() -> Result<Passphrase, VaultError> {
    let file = file.map(Path::to_owned);
    move || {
        known(file.as_deref())
            .map_err(|failure| VaultError::NoPassphrase(failure.what, failure.fix))
    }
}
