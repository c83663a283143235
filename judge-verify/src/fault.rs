//! How a check ends when it does not pass: something is at fault, or the check could not be made.

use duces_protocol::production::ledger::LedgerError;
use duces_protocol::production::names;
use duces_shell::Failure;
use std::fmt;

/// What is wrong with a file of the parties, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// What is wrong: a clause without a full stop.
    pub what: String,
    /// The file, position or batch.
    pub place: String,
}

impl Fault {
    /// A fault at a place.
    pub fn new(place: impl Into<String>, what: impl fmt::Display) -> Self {
        Self {
            what: what.to_string(),
            place: place.into(),
        }
    }
}

/// Why nothing can be said about a production.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CannotRun {
    /// What happened.
    pub what: String,
    /// What to do about it.
    pub fix: String,
}

impl CannotRun {
    /// What happened and what to do.
    pub fn new(what: impl fmt::Display, fix: impl Into<String>) -> Self {
        Self {
            what: what.to_string(),
            fix: fix.into(),
        }
    }
}

/// How a check ends when it does not pass.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NotPassed {
    /// A file of the parties is at fault.
    Rejected(Fault),
    /// The check could not be made.
    CannotRun(CannotRun),
}

impl From<Fault> for NotPassed {
    fn from(fault: Fault) -> Self {
        Self::Rejected(fault)
    }
}

impl From<CannotRun> for NotPassed {
    fn from(error: CannotRun) -> Self {
        Self::CannotRun(error)
    }
}

impl From<Failure> for CannotRun {
    fn from(failure: Failure) -> Self {
        Self {
            what: failure.what,
            fix: failure.fix,
        }
    }
}

impl From<CannotRun> for Failure {
    fn from(error: CannotRun) -> Self {
        Self::unable(error.what, error.fix)
    }
}

/// How a check ends when the ledger cannot be read. A ledger that changes is nobody's fault: it may lie
/// on a storage that others write to.
pub fn ledger_fault(error: LedgerError) -> NotPassed {
    match error {
        LedgerError::Malformed(error) => {
            Fault::new(names::LEDGER, format!("it is malformed: {error}")).into()
        }
        LedgerError::Changed => CannotRun::new(
            format!("{} was changed while it was read", names::LEDGER),
            "copy the production to a disk that nobody else writes to, then run again",
        )
        .into(),
        LedgerError::Io(error) => CannotRun::new(
            format!("{} cannot be read: {error}", names::LEDGER),
            "make the folder and its files readable, then run again",
        )
        .into(),
    }
}

impl NotPassed {
    /// For a command without numbered checks; `fix` is what to do where files are at fault.
    pub fn into_failure(self, fix: &str) -> Failure {
        match self {
            Self::Rejected(fault) => {
                Failure::refused(format!("{}: {}", fault.place, fault.what), fix)
            }
            Self::CannotRun(error) => error.into(),
        }
    }
}
