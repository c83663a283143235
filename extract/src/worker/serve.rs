//! The process's side: confine, read one request, answer it.

use super::{Budget, CANNOT_SERVE, confine};
use crate::extraction::{Extraction, Options, Raster, Reason};
use crate::frame::{self, Answer, Outcome, Request, Wanted};
use crate::kind::Kind;
use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;
use std::thread;

/// The stack of the reader, in bytes: the same whatever the shell allows.
const STACK_BYTES: usize = 16 << 20;

/// What reads files within a process.
pub trait Reader: Send + 'static {
    /// See [`crate::extract`].
    fn extract(&self, bytes: &[u8], name: &str, options: &Options) -> Extraction;

    /// See [`crate::page`].
    ///
    /// # Errors
    /// Why there is no image.
    fn page(
        &self,
        bytes: &[u8],
        name: &str,
        number: u32,
        options: &Options,
    ) -> Result<Raster, Reason>;

    /// The kind of the file.
    fn kind(&self, bytes: &[u8], name: &str) -> Kind;
}

/// The readers of this crate.
#[derive(Clone, Copy, Debug)]
pub struct Readers;

impl Reader for Readers {
    fn extract(&self, bytes: &[u8], name: &str, options: &Options) -> Extraction {
        crate::extract(bytes, name, options)
    }

    fn page(
        &self,
        bytes: &[u8],
        name: &str,
        number: u32,
        options: &Options,
    ) -> Result<Raster, Reason> {
        crate::page(bytes, name, number, options)
    }

    fn kind(&self, bytes: &[u8], name: &str) -> Kind {
        crate::kind::find(bytes, name).kind
    }
}

/// Confines this process, reads one request from its input and answers it on its output.
///
/// `arguments` are what follows `--worker`.
pub fn serve(reader: impl Reader, arguments: &[String]) -> ExitCode {
    let [memory, cpu] = arguments else {
        return ExitCode::from(CANNOT_SERVE);
    };
    let Some(budget) = Budget::from_arguments(memory, cpu) else {
        return ExitCode::from(CANNOT_SERVE);
    };
    let Ok(mut confinement) = confine::worker(&budget) else {
        return ExitCode::from(CANNOT_SERVE);
    };
    let answering = thread::Builder::new()
        .stack_size(STACK_BYTES)
        .spawn(move || {
            confinement.seccomp = confine::reader_thread();
            answer(&reader, confinement.bits())
        });
    match answering.map(thread::JoinHandle::join) {
        Ok(Ok(code)) => code,
        _ => ExitCode::from(CANNOT_SERVE),
    }
}

/// Confines this process and becomes the program that a profile names.
///
/// `arguments` are what follows `--program`: bytes of memory, seconds of a processor, the scratch
/// folder, the count of readable folders, these folders, the program, its arguments.
#[must_use]
pub fn become_program(arguments: &[OsString]) -> ExitCode {
    if let Some(error) = started(arguments) {
        // The caller states that the program cannot be run; this says why to who tries by hand.
        let _ = writeln!(io::stderr(), "{error}");
    }
    ExitCode::from(CANNOT_SERVE)
}

/// Comes back only where the program did not start: why, or nothing if the arguments are others.
fn started(arguments: &[OsString]) -> Option<io::Error> {
    let [memory, cpu, scratch, count, rest @ ..] = arguments else {
        return None;
    };
    let budget = Budget::from_arguments(memory.to_str()?, cpu.to_str()?)?;
    let (readable, rest) = rest.split_at_checked(count.to_str()?.parse().ok()?)?;
    let [program, arguments @ ..] = rest else {
        return None;
    };
    let readable: Vec<&Path> = readable.iter().map(Path::new).collect();
    Some(confine::become_program(
        &budget,
        &readable,
        Path::new(scratch),
        Path::new(program),
        arguments,
    ))
}

fn answer(reader: &impl Reader, confinement: u8) -> ExitCode {
    let mut input = Vec::new();
    if io::stdin().lock().read_to_end(&mut input).is_err() {
        return ExitCode::from(CANNOT_SERVE);
    }
    let Ok(request) = frame::request(&input) else {
        return ExitCode::from(CANNOT_SERVE);
    };
    let outcome = catch_unwind(AssertUnwindSafe(|| outcome(reader, &request)));
    let Ok(outcome) = outcome else {
        return ExitCode::FAILURE;
    };
    let answer = Answer {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        confinement,
        outcome,
    };
    let Some(frame) = answer.encode() else {
        return ExitCode::FAILURE;
    };
    let mut output = io::stdout().lock();
    match output.write_all(&frame).and_then(|()| output.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn outcome(reader: &impl Reader, request: &Request<'_>) -> Outcome {
    let Request {
        wanted,
        options,
        name,
        bytes,
    } = request;
    match *wanted {
        Wanted::Extraction => Outcome::Extraction(reader.extract(bytes, name, options)),
        Wanted::Page(number) => Outcome::Page(reader.page(bytes, name, number, options)),
        Wanted::Kind => Outcome::Kind(reader.kind(bytes, name)),
    }
}
