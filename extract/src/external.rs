//! Programs of others that read some types: an OCR engine, a platform's own text.
//!
//! A program gets the file on its input, or at the path that stands for the argument `{input}`, and
//! writes the text in UTF-8 to its output. It runs under the limits of a [`Budget`], without network,
//! and with Landlock it sees the folders of the system, those that were named, and a scratch folder
//! of its own that is removed afterwards: not the corpus, not the vault. Its environment is what
//! [`ENVIRONMENT`] says and the scratch folder as `TMPDIR`.

use crate::extraction::{Limits, Reason, Rendered, Rendition};
use crate::kind::Kind;
use crate::process::{Budget, Unavailable, reason, run};
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The environment of every program. One thread, so that a result does not depend on their number.
pub const ENVIRONMENT: [(&str, &str); 4] = [
    ("PATH", "/usr/local/bin:/usr/bin:/bin"),
    ("LANG", "C.UTF-8"),
    ("LC_ALL", "C.UTF-8"),
    ("OMP_THREAD_LIMIT", "1"),
];

/// The argument that the path of the file replaces.
pub const INPUT: &str = "{input}";

/// The most bytes that a program may write when it is asked for its version.
const VERSION_OUTPUT: u64 = 64 << 10;

/// What a program wrote, or why it wrote nothing.
type Written = Result<Vec<u8>, Reason>;

/// A program, as a profile names it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Setup {
    /// The name by which the profile calls it: `ocr`.
    pub name: String,
    /// Its path.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// What makes it state its version, in place of the arguments.
    pub version_arguments: Vec<String>,
    /// The types that it reads.
    pub kinds: Vec<Kind>,
    /// Folders that it may read besides those of the system.
    pub readable: Vec<PathBuf>,
    /// What it may use for one file.
    pub budget: Budget,
}

impl Setup {
    /// Tesseract from the distribution's packages: text of images, in these languages (`eng`,
    /// `eng+deu`).
    #[must_use]
    pub fn tesseract(program: PathBuf, languages: &str) -> Self {
        let arguments = [INPUT, "stdout", "-l", languages];
        Self {
            name: "ocr".to_owned(),
            program,
            arguments: arguments.map(str::to_owned).to_vec(),
            version_arguments: vec!["--version".to_owned()],
            kinds: Kind::ALL
                .iter()
                .copied()
                .filter(|kind| kind.is_image())
                .collect(),
            readable: Vec::new(),
            budget: Budget::DEFAULT,
        }
    }
}

/// A program that answers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct External {
    setup: Setup,
    /// The program that confines it: `extract`.
    confiner: PathBuf,
    version: String,
}

impl External {
    /// Asks the program for its version, under the same confinement as later for text.
    ///
    /// # Errors
    /// It cannot be run, or states none.
    pub fn start(setup: Setup, confiner: &Path) -> Result<Self, Unavailable> {
        let mut external = Self {
            setup,
            confiner: confiner.to_owned(),
            version: String::new(),
        };
        let arguments = &external.setup.version_arguments;
        let answer = external.run(arguments, b"", VERSION_OUTPUT)?;
        let stated = answer
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .and_then(|text| text.lines().next().map(|line| line.trim().to_owned()))
            .filter(|line| !line.is_empty() && line.chars().all(|c| !c.is_control()));
        let Some(version) = stated else {
            return Err(external.unavailable("does not state its version"));
        };
        external.version = version;
        Ok(external)
    }

    pub(crate) fn setup(&self) -> &Setup {
        &self.setup
    }

    /// The first line that it gave as its version.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Whether it reads files of this kind.
    #[must_use]
    pub fn reads(&self, kind: Kind) -> bool {
        self.setup.kinds.contains(&kind)
    }

    /// The reading that a rendition of it states: `by ocr, tesseract 5.3.0`.
    #[must_use]
    pub fn reading(&self) -> String {
        format!("by {}, {}", self.setup.name, self.version)
    }

    /// The text of a file; line ends become `\n`.
    ///
    /// # Errors
    /// The program or the machine failed, not the file.
    pub fn text(&self, bytes: &[u8], limits: &Limits) -> Result<Rendered, Unavailable> {
        let output = match self.run(&self.setup.arguments, bytes, limits.text_bytes)? {
            Ok(output) => output,
            Err(reason) => return Ok(Err(reason)),
        };
        Ok(match String::from_utf8(output) {
            Ok(text) if text.contains('\0') => Err(Reason::ReaderFailed),
            Ok(text) if text.trim().is_empty() => Err(Reason::NoText),
            Ok(text) => Ok(Rendition::Text(
                text.replace("\r\n", "\n").replace('\r', "\n"),
            )),
            Err(_) => Err(Reason::ReaderFailed),
        })
    }

    fn run(&self, arguments: &[String], bytes: &[u8], most: u64) -> Result<Written, Unavailable> {
        let no_scratch =
            |error: io::Error| self.unavailable(&format!("gets no scratch folder: {error}"));
        let scratch = tempfile::tempdir().map_err(no_scratch)?;
        let input = scratch.path().join("input");
        let by_path = arguments.iter().any(|argument| argument == INPUT);
        if by_path {
            std::fs::write(&input, bytes).map_err(no_scratch)?;
        }
        let streamed: &[&[u8]] = if by_path { &[] } else { &[bytes] };
        let mut command = self.command(arguments, scratch.path(), &input);
        let finished = run(&mut command, streamed, most, self.setup.budget.wall)
            .map_err(|error| self.unavailable(&format!("cannot be started: {error}")))?;
        match reason(&finished) {
            Err(what) => Err(self.unavailable(what)),
            Ok(Some(reason)) => Ok(Err(reason)),
            Ok(None) => Ok(Ok(finished.output)),
        }
    }

    /// The confined program; the path `input` stands for [`INPUT`].
    fn command(&self, arguments: &[String], scratch: &Path, input: &Path) -> Command {
        let argument = |argument: &String| match argument == INPUT {
            true => OsString::from(input),
            false => argument.into(),
        };
        let mut command = Command::new(&self.confiner);
        command
            .env_clear()
            .envs(ENVIRONMENT)
            .env("TMPDIR", scratch)
            .current_dir(scratch)
            .arg("--program")
            .args(self.setup.budget.arguments())
            .arg(scratch)
            .arg(self.setup.readable.len().to_string())
            .args(&self.setup.readable)
            .arg(&self.setup.program)
            .args(arguments.iter().map(argument));
        command
    }

    fn unavailable(&self, what: &str) -> Unavailable {
        Unavailable {
            what: format!("the program {} {what}", self.setup.program.display()),
            remedy: "install it, see that the profile names its path and what it has to read, and \
                     start again",
        }
    }
}
