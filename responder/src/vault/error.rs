//! Why a vault cannot be used.

use duces_protocol::bytes::Malformed;
use duces_protocol::view::View;
use duces_shell::{Failure, shown};
use std::path::PathBuf;
use thiserror::Error;

/// Why a vault cannot be used.
#[derive(Debug, Error)]
pub enum VaultError {
    /// There is no vault in the folder.
    #[error("there is no vault in {}", shown(.0))]
    Missing(PathBuf),
    /// Another process writes it, or reads it while this one would write.
    #[error("the vault in {} is in use by another process", shown(.0))]
    Busy(PathBuf),
    /// `commit` has not finished it.
    #[error("the vault in {} has no commitment yet", shown(.0))]
    Unfinished(PathBuf),
    /// It is under a passphrase, and none was given.
    #[error("the vault in {} is under a passphrase", shown(.0))]
    Locked(PathBuf),
    /// The passphrase is another one.
    #[error("the passphrase does not open the vault in {}", shown(.0))]
    WrongPassphrase(PathBuf),
    /// No passphrase could be had: what happened, and what to do.
    #[error("{0}")]
    NoPassphrase(String, String),
    /// The profile does not name the view.
    #[error("the vault has no view {0}")]
    NoSuchView(View),
    /// The file is not a vault, or parts of it were changed.
    #[error("the vault is damaged: {0}")]
    Damaged(String),
    /// The operating system refused.
    #[error("the vault cannot be used: {0}")]
    Io(#[from] std::io::Error),
}

impl VaultError {
    pub(super) fn damaged(reason: impl Into<String>) -> Self {
        Self::Damaged(reason.into())
    }

    pub(super) fn missing(position: u64) -> Self {
        Self::Damaged(format!("it has no record of position {position}"))
    }
}

impl From<VaultError> for Failure {
    fn from(error: VaultError) -> Self {
        let what = error.to_string();
        match error {
            VaultError::Missing(_) => Self::unable(
                what,
                "give the folder 'vault' inside the folder that 'commit' wrote",
            ),
            VaultError::Busy(_) => Self::unable(what, "wait until the other command has finished"),
            VaultError::Unfinished(_) => Self::unable(
                what,
                "repeat the 'commit' command that made it; it continues where it stopped",
            ),
            VaultError::Locked(_) => Self::unable(
                what,
                "give it at the terminal, or in a file with --passphrase-file",
            ),
            VaultError::WrongPassphrase(_) => Self::unable(
                what,
                "give the one that the vault was made with; without it the vault cannot be used",
            ),
            VaultError::NoPassphrase(_, fix) => Self::unable(what, fix),
            VaultError::NoSuchView(_) => Self::unable(
                what,
                "ask for a request that reads one of the views listed in commitment.txt",
            ),
            VaultError::Damaged(_) => Self::refused(what, "restore the vault from a copy"),
            VaultError::Io(_) => Self::unable(
                what,
                "check that you may use the vault and that the disk has room",
            ),
        }
    }
}

impl From<Malformed> for VaultError {
    fn from(error: Malformed) -> Self {
        Self::Damaged(error.to_string())
    }
}

impl From<redb::StorageError> for VaultError {
    fn from(error: redb::StorageError) -> Self {
        redb::Error::from(error).into()
    }
}

impl From<redb::TableError> for VaultError {
    fn from(error: redb::TableError) -> Self {
        redb::Error::from(error).into()
    }
}

impl From<redb::TransactionError> for VaultError {
    fn from(error: redb::TransactionError) -> Self {
        redb::Error::from(error).into()
    }
}

impl From<redb::CommitError> for VaultError {
    fn from(error: redb::CommitError) -> Self {
        redb::Error::from(error).into()
    }
}

impl From<redb::Error> for VaultError {
    fn from(error: redb::Error) -> Self {
        match error {
            redb::Error::Io(error) if error.kind() != std::io::ErrorKind::InvalidData => {
                Self::Io(error)
            }
            other => Self::Damaged(other.to_string()),
        }
    }
}
