//! What a command reports when it does not succeed: what happened, what to do, and an exit code.

use duces_protocol::text::one_line;
use std::any::Any;
use std::fmt;
use std::path::Path;
use std::process::ExitCode;

/// An error for the user: exactly two lines on standard error.
#[derive(Debug)]
pub struct Failure {
    code: u8,
    what: String,
    fix: String,
}

impl Failure {
    /// A check failed or bytes were malformed: exit code 1.
    pub fn refused(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            code: 1,
            what: what.into(),
            fix: fix.into(),
        }
    }

    /// The command could not run (missing file, bad flag): exit code 2.
    pub fn unable(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            code: 2,
            what: what.into(),
            fix: fix.into(),
        }
    }

    /// A file operation failed: exit code 2.
    pub fn io(doing: &str, path: &Path, error: &std::io::Error) -> Self {
        Self::unable(
            format!("cannot {doing} {}: {error}", shown(path)),
            "check that the path is right, that you may use it, and that the disk has room",
        )
    }

    /// A fault that the program did not expect: exit code 1.
    pub fn from_panic(panic: &(dyn Any + Send)) -> Self {
        let text = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("no description");
        Self::refused(
            format!("a file is damaged or the program is at fault: {text}"),
            "restore the vault from a copy and run the command again; report it if it happens again",
        )
    }

    /// Writes the two lines; returns the exit code.
    pub fn report(&self) -> ExitCode {
        eprintln!("{self}");
        ExitCode::from(self.code)
    }

    /// The exit code.
    #[cfg(test)]
    pub fn code(&self) -> u8 {
        self.code
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "error: {}\n  fix: {}",
            one_line(&self.what),
            one_line(&self.fix)
        )
    }
}

impl From<clap::Error> for Failure {
    fn from(error: clap::Error) -> Self {
        let text = error.to_string();
        let first = text.split("\n\n").next().unwrap_or_default();
        let words: Vec<&str> = first.split_whitespace().collect();
        let what = words.join(" ");
        Self::unable(
            what.strip_prefix("error: ").unwrap_or(&what),
            "see 'responder --help', or '--help' after the command",
        )
    }
}

/// A file of the corpus is not what was committed: exit code 1.
pub fn changed_since(path: &Path, what: &str) -> Failure {
    Failure::refused(
        format!(
            "the file {} {what} since the commitment was made",
            shown(path)
        ),
        "put the file back as it was then, from a copy",
    )
}

/// A path in quotes, with characters that would break a line or hide in it escaped.
pub fn shown(path: &Path) -> String {
    format!("'{}'", one_line(&path.to_string_lossy()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_stays_on_two_lines() {
        let failure = Failure::refused("a\nb\r\u{202e}c", "d\u{2028}e");
        let text = failure.to_string();
        assert_eq!(text.lines().count(), 2);
        assert_eq!(text, "error: a\\u{a}b\\u{d}\\u{202e}c\n  fix: d\\u{2028}e");
    }
}
