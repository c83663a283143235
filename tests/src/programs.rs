//! Starts the programs as a user would and captures what they print.
//!
//! One executable (`programs` for the tests, `demo` for the demo) holds all three programs, and its
//! first argument chooses. It is its own extractor too. So neither needs an installed program, and
//! each call still is a process of its own: exit codes, streams and locks are the real ones.

use duces_extract::worker::as_extractor;
use duces_shell::extractor;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output};

/// One of the three programs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Program {
    /// The responding party's.
    Responder,
    /// The requesting party's.
    Requester,
    /// The judge's.
    JudgeVerify,
}

impl Program {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Responder, Self::Requester, Self::JudgeVerify];

    /// The name that a user types.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Responder => "responder",
            Self::Requester => "requester",
            Self::JudgeVerify => "judge-verify",
        }
    }

    /// Runs the program in this process; `args` begin with its name.
    pub fn run(self, args: impl IntoIterator<Item = OsString>) -> ExitCode {
        match self {
            Self::Responder => duces_responder::run(args),
            Self::Requester => duces_requester::run(args),
            Self::JudgeVerify => duces_judge_verify::run(args),
        }
    }

    /// Runs the program that the first of `args` names, or the extractor where they ask for that, in
    /// this process; none otherwise. The executable stands for the program `extract` beside it.
    #[must_use]
    pub fn start(args: &[OsString]) -> Option<ExitCode> {
        if let Some(code) = as_extractor(args) {
            return Some(code);
        }
        let program = Self::named(args.first()?)?;
        // Without its path there is no extractor, and the program says so.
        if let Ok(executable) = std::env::current_exe() {
            extractor::stand_in(executable);
        }
        Some(duces_shell::start(|_| program.run(args.iter().cloned())))
    }

    /// The program of that name.
    #[must_use]
    pub fn named(name: &OsStr) -> Option<Self> {
        Self::ALL.into_iter().find(|program| name == program.name())
    }
}

/// Where the executable is that holds the programs.
#[derive(Clone, Debug)]
pub struct Programs {
    executable: PathBuf,
    /// Another program in the place of `judge-verify`.
    judge: Option<PathBuf>,
}

impl Programs {
    /// The programs inside `executable`.
    #[must_use]
    pub fn new(executable: impl Into<PathBuf>) -> Self {
        Self {
            executable: executable.into(),
            judge: None,
        }
    }

    /// The same with another judge: a program with the command line of `judge-verify`.
    #[must_use]
    pub fn with_judge(self, judge: impl Into<PathBuf>) -> Self {
        Self {
            judge: Some(judge.into()),
            ..self
        }
    }

    /// Whether the judge is the one inside the executable.
    #[must_use]
    pub fn has_own_judge(&self) -> bool {
        self.judge.is_none()
    }

    /// The executable that holds the programs, and is their extractor.
    #[must_use]
    pub fn executable(&self) -> &Path {
        &self.executable
    }

    /// A command that is not started yet: `line` is what a user would type, words separated by
    /// spaces, a word with spaces in double quotes; paths are relative to `folder`.
    ///
    /// # Panics
    /// When the line does not begin with the name of a program.
    #[must_use]
    pub fn command(&self, folder: &Path, line: &str) -> Command {
        let words = words(line);
        let program = words
            .first()
            .and_then(|word| Program::named(OsStr::new(word)));
        assert!(program.is_some(), "'{line}' does not begin with a program");
        let (executable, arguments) = match (&self.judge, program) {
            (Some(judge), Some(Program::JudgeVerify)) => (judge, &words[1..]),
            _ => (&self.executable, &words[..]),
        };
        let mut command = Command::new(executable);
        command.args(arguments).current_dir(folder);
        command
    }

    /// Runs a line to its end.
    ///
    /// # Panics
    /// When the executable cannot be started.
    #[must_use]
    pub fn run(&self, folder: &Path, line: &str) -> Outcome {
        let output = self
            .command(folder, line)
            .output()
            .expect("the executable starts");
        Outcome::new(line, &output)
    }
}

/// Splits a line into words at spaces, keeping what stands in double quotes together.
#[must_use]
pub fn words(line: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let (mut quoted, mut inside) = (false, false);
    for c in line.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                if !inside {
                    words.push(String::new());
                }
                inside = true;
            }
            ' ' if !quoted => inside = false,
            _ => {
                if !inside {
                    words.push(String::new());
                }
                inside = true;
                if let Some(word) = words.last_mut() {
                    word.push(c);
                }
            }
        }
    }
    words
}

/// What one call of a program did.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What was typed.
    pub line: String,
    /// The exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// What it wrote to its standard output.
    pub stdout: String,
    /// What it wrote to its standard error.
    pub stderr: String,
}

impl Outcome {
    /// What `line` did.
    #[must_use]
    pub fn new(line: &str, output: &Output) -> Self {
        Self {
            line: line.to_owned(),
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Demands exit code 0.
    ///
    /// # Panics
    /// When the program failed; shows all that it printed.
    #[must_use]
    pub fn done(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:#?}");
        self
    }

    /// Demands an exit code and an error of exactly two lines, `error: …` and `  fix: …`, the
    /// first of which mentions `needle`.
    ///
    /// # Panics
    /// When anything of that is otherwise; shows all that the program printed.
    pub fn failed(&self, code: i32, needle: &str) {
        assert_eq!(self.code, Some(code), "{self:#?}");
        let lines: Vec<&str> = self.stderr.lines().collect();
        let from = lines.iter().position(|line| line.starts_with("error: "));
        let from = from.unwrap_or_else(|| panic!("no line begins 'error: ': {self:#?}"));
        assert_eq!(
            lines.len(),
            from + 2,
            "the error is not two lines: {self:#?}"
        );
        assert!(lines[from + 1].starts_with("  fix: "), "{self:#?}");
        let error = lines[from].to_lowercase();
        assert!(
            error.contains(&needle.to_lowercase()),
            "'{needle}' is not mentioned: {self:#?}"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_keep_words_together() {
        let line = r#"requester draft --match "argmax = 1"  --out "" x"#;
        let expected = [
            "requester",
            "draft",
            "--match",
            "argmax = 1",
            "--out",
            "",
            "x",
        ];
        assert_eq!(words(line), expected);
    }
}
