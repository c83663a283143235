//! What a person reads when a command does not succeed: what happened, and what to do.

use std::fmt;

/// Whose move it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Blame {
    /// A check failed: exit code 1.
    Check,
    /// The command could not run: exit code 2.
    CouldNotRun,
}

/// A command's failure in two lines.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// Decides the exit code.
    pub blame: Blame,
    /// What happened.
    pub what: String,
    /// What to do.
    pub fix: String,
}

impl Failure {
    /// A check failed.
    pub fn check(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            blame: Blame::Check,
            what: what.into(),
            fix: fix.into(),
        }
    }

    /// The command could not run.
    pub fn could_not_run(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            blame: Blame::CouldNotRun,
            what: what.into(),
            fix: fix.into(),
        }
    }

    /// The exit code: 1 or 2.
    #[must_use]
    pub fn code(&self) -> u8 {
        match self.blame {
            Blame::Check => 1,
            Blame::CouldNotRun => 2,
        }
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

/// Replaces control characters and direction marks, so that text from a file can neither start a
/// new line nor rearrange the one that it stands in.
#[must_use]
pub fn one_line(text: &str) -> String {
    let hostile = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars()
        .map(|c| if hostile(c) { '\u{fffd}' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn always_two_lines() {
        let failure = Failure::check("a\nb\u{202e}", "c\r\nd");
        assert_eq!(failure.to_string().lines().count(), 2);
        assert!(!failure.to_string().contains('\u{202e}'));
        assert_eq!(failure.code(), 1);
    }
}
