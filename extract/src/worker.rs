//! Confined processes: one for each file, or a [`Pool`] of them for many small ones.
//!
//! ```text
//! caller ── request ──► extract --worker ── confine ── read the request ── reader, own stack ──► answer
//!        ◄── kill after `wall` ──┘
//! ```
//!
//! Whatever a file does to its reader ends with that process. What the caller states of it:
//!
//! | the process | reason |
//! |---|---|
//! | the reader panicked; stack overflow, another signal, an answer that breaks the form | `reader-failed` |
//! | an allocation failed within [`Budget::memory_bytes`]; the answer has no room | `limit` |
//! | it used [`Budget::cpu_seconds`], or [`Budget::wall`] passed | `timed-out` |
//! | it could not be started or confined, or was killed from outside | none: [`Unavailable`] |
//!
//! The last line is a fault of the machine, not of the file: no exception may state it.

#[cfg(feature = "readers")]
mod confine;
mod confinement;
mod pool;
#[cfg(feature = "readers")]
mod serve;
mod stream;
mod walk;

use crate::external::External;
use crate::extraction::{Decoded, Extraction, Options, Reason};
use crate::frame::{self, Answer, Outcome, Request, Wanted};
use crate::kind::Kind;
use crate::process::{reason, run};
use std::path::{Path, PathBuf};
use std::process::Command;
use stream::Stream;

pub use crate::process::{Budget, Unavailable};
pub use confinement::Confinement;
pub use pool::{BYTES, FILES, Isolation, PATIENCE, Pool, SHARED_FILE_BYTES};
#[cfg(feature = "readers")]
pub use serve::{Reader, Readers, as_extractor, become_program, serve, serve_stream};
pub use walk::{Family, Member, Source, walk};

/// What a process answered, or why it gave no answer.
type Answered = Result<Answer, Reason>;

/// An extractor program, started anew for every file.
#[derive(Clone, Debug)]
pub struct Extractor {
    program: PathBuf,
    budget: Budget,
    options: Options,
    version: String,
    confinement: Confinement,
    externals: Vec<External>,
}

impl Extractor {
    /// Takes `program` (`extract`, called with `--worker`) and asks it for its version.
    ///
    /// # Errors
    /// It is not there, does not answer, or cannot confine itself.
    pub fn start(program: &Path, options: Options, budget: Budget) -> Result<Self, Unavailable> {
        let mut extractor = Self {
            program: program.to_owned(),
            budget,
            options,
            version: String::new(),
            confinement: Confinement::default(),
            externals: Vec::new(),
        };
        let answer = extractor.ask(Wanted::Kind, b"", "")?;
        let Ok(answer) = answer else {
            return Err(extractor.unavailable("does not answer as an extractor"));
        };
        extractor.confinement = Confinement::from_bits(answer.confinement);
        extractor.version = answer.version;
        Ok(extractor)
    }

    /// Adds a program that gives the text of some types in place of the own readers.
    #[must_use]
    pub fn with_external(mut self, external: External) -> Self {
        self.externals.push(external);
        self
    }

    /// The programs of others that were added.
    pub(crate) fn externals(&self) -> &[External] {
        &self.externals
    }

    /// The version that the program states.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Which confinement its processes are under.
    #[must_use]
    pub fn confinement(&self) -> Confinement {
        self.confinement
    }

    /// How files are read.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// What a process may use.
    #[must_use]
    pub fn budget(&self) -> Budget {
        self.budget
    }

    /// Extracts one file in a process of its own.
    ///
    /// # Errors
    /// The machine failed, not the file.
    pub fn extract(&self, bytes: &[u8], name: &str) -> Result<Extraction, Unavailable> {
        if bytes.len() as u64 > self.options.limits.input_bytes {
            return Ok(Extraction::unread(Kind::Binary, Reason::Limit));
        }
        let extraction = match self.ask(Wanted::Extraction, bytes, name)? {
            Ok(Answer {
                outcome: Outcome::Extraction(extraction),
                ..
            }) => extraction,
            Ok(_) => Extraction::unread(self.kind(bytes, name)?, Reason::ReaderFailed),
            Err(reason) => Extraction::unread(self.kind(bytes, name)?, reason),
        };
        self.finish(bytes, extraction)
    }

    /// Puts the text of another program in place of the own one, where one is named for the kind.
    fn finish(&self, bytes: &[u8], mut extraction: Extraction) -> Result<Extraction, Unavailable> {
        let external = self.externals.iter().find(|e| e.reads(extraction.kind));
        if let Some(external) = external {
            extraction.rendition = external.text(bytes, &self.options.limits)?;
            extraction.reading = Some(external.reading());
        }
        Ok(extraction)
    }

    /// Decodes the page of this number, from 0, of a file whose extraction names it.
    ///
    /// # Errors
    /// The machine failed, not the file.
    pub fn page(&self, bytes: &[u8], name: &str, number: u32) -> Result<Decoded, Unavailable> {
        Ok(match self.ask(Wanted::Page(number), bytes, name)? {
            Ok(Answer {
                outcome: Outcome::Page(page),
                ..
            }) => page,
            Ok(_) => Err(Reason::ReaderFailed),
            Err(reason) => Err(reason),
        })
    }

    /// The kind of a file whose reader failed; without one, bytes of an unknown type.
    fn kind(&self, bytes: &[u8], name: &str) -> Result<Kind, Unavailable> {
        Ok(match self.ask(Wanted::Kind, bytes, name)? {
            Ok(Answer {
                outcome: Outcome::Kind(kind),
                ..
            }) => kind,
            _ => Kind::Binary,
        })
    }

    /// One process: its answer, or why it gave none.
    fn ask(&self, wanted: Wanted, bytes: &[u8], name: &str) -> Result<Answered, Unavailable> {
        let request = Request {
            wanted,
            options: self.options,
            name,
            bytes,
        };
        let Ok(head) = request.head() else {
            return Ok(Err(Reason::Limit));
        };
        let mut command = self.command("--worker");
        let most = Answer::most_bytes(&self.options.limits);
        let finished = run(&mut command, &[&head, bytes], most, self.budget.wall)
            .map_err(|error| self.unavailable(&format!("cannot be started: {error}")))?;
        match reason(&finished) {
            Err(what) => Err(self.unavailable(what)),
            Ok(Some(reason)) => Ok(Err(reason)),
            Ok(None) => {
                let answer = frame::answer(&finished.output, wanted, &self.options);
                Ok(answer.map_err(|_| Reason::ReaderFailed))
            }
        }
    }

    /// A process that serves many requests.
    fn stream(&self) -> Result<Stream, Unavailable> {
        Stream::start(&mut self.command("--stream"))
            .map_err(|error| self.unavailable(&format!("cannot be started: {error}")))
    }

    fn command(&self, mode: &str) -> Command {
        let mut command = Command::new(&self.program);
        command
            .env_clear()
            .current_dir("/")
            .arg(mode)
            .args(self.budget.arguments());
        command
    }

    fn unavailable(&self, what: &str) -> Unavailable {
        Unavailable {
            what: format!("the extractor {} {what}", self.program.display()),
            remedy: "install the program `extract` of this release beside this one, see that the \
                     machine has memory and processes left, and start again",
        }
    }
}
