//! What a command reports when it does not succeed: what happened, what to do, and an exit code.

use duces_protocol::text::one_line;
use std::fmt;
use std::path::Path;

/// What failed; it decides the exit code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Blame {
    /// A check failed, or a file is malformed: exit code 1.
    Refused,
    /// The command could not run (a missing file, a wrong flag, a full disk): exit code 2.
    Unable,
}

/// An error for the user, in two lines.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// What failed.
    pub blame: Blame,
    /// What happened: a clause without a full stop.
    pub what: String,
    /// What to do about it.
    pub fix: String,
}

impl Failure {
    /// A check failed, or a file is malformed.
    pub fn refused(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            blame: Blame::Refused,
            what: what.into(),
            fix: fix.into(),
        }
    }

    /// The command could not run.
    pub fn unable(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            blame: Blame::Unable,
            what: what.into(),
            fix: fix.into(),
        }
    }

    /// The system refused to do something with a file; `doing` is a verb: "read", "write".
    #[must_use]
    pub fn io(doing: &str, path: &Path, error: &std::io::Error) -> Self {
        Self::unable(
            format!("cannot {doing} {}: {error}", shown(path)),
            "check the path, your permissions and the space on the disk",
        )
    }

    /// The exit code: 1 or 2.
    #[must_use]
    pub fn code(&self) -> u8 {
        match self.blame {
            Blame::Refused => 1,
            Blame::Unable => 2,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, fix) = (one_line(&self.what), one_line(&self.fix));
        write!(f, "error: {what}\n  fix: {fix}")
    }
}

/// A path in quotes, with characters that would break a line or hide in it escaped.
#[must_use]
pub fn shown(path: &Path) -> String {
    format!("'{}'", one_line(&path.to_string_lossy()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_stays_on_two_lines() {
        let failure = Failure::refused("a\nb\r\u{202e}c", "d\u{2028}e\u{3164}");
        assert_eq!(
            failure.to_string(),
            "error: a\\u{a}b\\u{d}\\u{202e}c\n  fix: d\\u{2028}e\\u{3164}"
        );
        assert_eq!(
            shown(Path::new("a\u{200b}\n.txt")),
            "'a\\u{200b}\\u{a}.txt'"
        );
    }

    #[test]
    fn blame_decides_the_exit_code() {
        assert_eq!(Failure::refused("", "").code(), 1);
        assert_eq!(Failure::unable("", "").code(), 2);
        let error = std::io::Error::other("no");
        assert_eq!(Failure::io("read", Path::new("x"), &error).code(), 2);
    }
}
