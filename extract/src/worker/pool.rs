//! Many files to a process, without one file's fate reaching another's.
//!
//! A process of its own for each file costs milliseconds; a short message is read in microseconds.
//! Under [`Isolation::Shared`] small files go through processes that serve many in turn, and what
//! counts is either an answer without fault or what a fresh process says of that file alone:
//!
//! | in the shared process | then |
//! |---|---|
//! | a well-formed answer, and nothing in it is `damaged`, `limit`, `reader-failed` or `timed-out` | it counts |
//! | any other answer; it ended, or took longer than [`PATIENCE`] | the process is killed, the file is read alone |
//! | the file has more than [`SHARED_FILE_BYTES`] | it is read alone at once |
//!
//! So a bad file costs itself only, and what is said of a file does not depend on those before it,
//! as long as no file takes its reader *over*. One that does could have false answers given of the
//! at most [`FILES`] files that its process reads after it. [`Isolation::Each`] forbids that.

use super::stream::{LENGTH_BYTES, Stream};
use super::{Extractor, Source, Unavailable};
use crate::extraction::{Content, Decoded, Extraction, Options, Reason};
use crate::frame::{self, Answer, Outcome, Request, Wanted};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The most bytes of a file that goes through a shared process.
pub const SHARED_FILE_BYTES: usize = 256 << 10;

/// How long a shared process may take for a file.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// A shared process is replaced after so many files.
pub const FILES: u32 = 500;

/// A shared process is replaced after so many bytes, in and out.
pub const BYTES: u64 = 64 << 20;

/// How many files a process reads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Isolation {
    /// One.
    Each,
    /// Many small ones in turn.
    Shared,
}

/// An extractor with processes that are kept. Any number of threads may use it; there are as many
/// processes as threads that ask at the same time.
#[derive(Debug)]
pub struct Pool {
    extractor: Extractor,
    isolation: Isolation,
    idle: Mutex<Vec<Stream>>,
    again: AtomicU64,
}

impl Pool {
    /// Takes an extractor; processes are started when they are wanted.
    #[must_use]
    pub fn new(extractor: Extractor, isolation: Isolation) -> Self {
        Self {
            extractor,
            isolation,
            idle: Mutex::default(),
            again: AtomicU64::new(0),
        }
    }

    /// The extractor.
    #[must_use]
    pub fn extractor(&self) -> &Extractor {
        &self.extractor
    }

    /// How many files a process reads.
    #[must_use]
    pub fn isolation(&self) -> Isolation {
        self.isolation
    }

    /// How many requests were repeated in a process of their own.
    #[must_use]
    pub fn again(&self) -> u64 {
        self.again.load(Ordering::Relaxed)
    }

    /// Extracts one file.
    ///
    /// # Errors
    /// The machine failed, not the file.
    pub fn extract(&self, bytes: &[u8], name: &str) -> Result<Extraction, Unavailable> {
        match self.shared(Wanted::Extraction, bytes, name)? {
            Some(Outcome::Extraction(extraction)) => self.extractor.finish(bytes, extraction),
            _ => self.extractor.extract(bytes, name),
        }
    }

    /// Decodes the page of this number, from 0, of a file whose extraction names it.
    ///
    /// # Errors
    /// The machine failed, not the file.
    pub fn page(&self, bytes: &[u8], name: &str, number: u32) -> Result<Decoded, Unavailable> {
        match self.shared(Wanted::Page(number), bytes, name)? {
            Some(Outcome::Page(page)) => Ok(page),
            _ => self.extractor.page(bytes, name, number),
        }
    }

    /// What a shared process says, if it counts.
    fn shared(
        &self,
        wanted: Wanted,
        bytes: &[u8],
        name: &str,
    ) -> Result<Option<Outcome>, Unavailable> {
        let options = *self.extractor.options();
        let is_small =
            bytes.len() <= SHARED_FILE_BYTES && bytes.len() as u64 <= options.limits.input_bytes;
        if self.isolation == Isolation::Each || !is_small {
            return Ok(None);
        }
        let request = Request {
            wanted,
            options,
            name,
            bytes,
        };
        let Ok(mut frame) = request.head() else {
            return Ok(None);
        };
        frame.extend(bytes);
        let mut stream = match self.kept() {
            Some(stream) => stream,
            None => self.extractor.stream()?,
        };
        let budget = self.extractor.budget();
        let most = Answer::most_bytes(&options.limits);
        let outcome = stream
            .ask(&frame, most, PATIENCE.min(budget.wall))
            .and_then(|answer| frame::answer(&answer[LENGTH_BYTES..], wanted, &options).ok())
            .filter(|answer| answer.version == self.extractor.version())
            .map(|answer| answer.outcome)
            .filter(is_without_fault);
        if outcome.is_none() {
            self.again.fetch_add(1, Ordering::Relaxed);
            return Ok(None);
        }
        // The kernel counts seconds of a processor over all files: no later one is to meet the limit.
        let half = Duration::from_secs(budget.cpu_seconds.into()) / 2;
        if stream.files < FILES && stream.bytes < BYTES && stream.busy < half {
            self.idle().push(stream);
        }
        Ok(outcome)
    }

    /// A process that waits. One that the kernel ended, because the thread that started it is gone,
    /// is left out.
    fn kept(&self) -> Option<Stream> {
        loop {
            let mut stream = self.idle().pop()?;
            if stream.is_alive() {
                return Some(stream);
            }
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Stream>> {
        // A list is whole whatever happened to the thread that held it.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Source for Pool {
    fn extract(&self, bytes: &[u8], name: &str) -> Result<Extraction, Unavailable> {
        self.extract(bytes, name)
    }

    fn page(&self, bytes: &[u8], name: &str, number: u32) -> Result<Decoded, Unavailable> {
        self.page(bytes, name, number)
    }

    fn options(&self) -> &Options {
        self.extractor.options()
    }
}

/// Whether nothing in it may be owed to the process rather than to the file.
fn is_without_fault(outcome: &Outcome) -> bool {
    let is_fault = |reason: Reason| {
        matches!(
            reason,
            Reason::Damaged | Reason::Limit | Reason::ReaderFailed | Reason::TimedOut
        )
    };
    match outcome {
        Outcome::Extraction(extraction) => {
            let mut parts = extraction.parts.iter();
            !extraction.rendition.as_ref().is_err_and(|r| is_fault(*r))
                && !parts.any(|part| matches!(part.content, Content::Unread(r) if is_fault(r)))
        }
        Outcome::Page(page) => !page.as_ref().is_err_and(|reason| is_fault(*reason)),
        Outcome::Kind(_) => true,
    }
}
