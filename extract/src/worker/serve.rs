//! The process's side: confine, read requests, answer them.

use super::stream::LENGTH_BYTES;
use super::{Budget, confine};
use crate::extraction::{Extraction, Options, Raster, Reason};
use crate::frame::{self, Answer, Outcome, Request, Wanted};
use crate::kind::Kind;
use crate::process::CANNOT_SERVE;
use nix::errno::Errno;
use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;
use std::thread;

/// The stack of the reader, in bytes: the same whatever the shell allows.
const STACK_BYTES: usize = 16 << 20;

/// Bytes that are read at a time from a stream of requests: the room of a pipe.
const INPUT_BYTES: usize = 64 << 10;

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
        crate::detect::find(bytes, name).kind
    }
}

/// Serves as the confined process that an [`super::Extractor`] or a pool starts, if the arguments of
/// this program, its name left out, say so.
#[must_use]
pub fn as_extractor(arguments: &[OsString]) -> Option<ExitCode> {
    let (first, rest) = arguments.split_first()?;
    let serve = match first.to_str()? {
        "--worker" => serve::<Readers>,
        "--stream" => serve_stream::<Readers>,
        "--program" => return Some(become_program(rest)),
        _ => return None,
    };
    // The caller sees that the process failed; nobody reads its words.
    std::panic::set_hook(Box::new(|_| {}));
    let rest: Vec<String> = rest
        .iter()
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect();
    Some(serve(Readers, &rest))
}

/// Confines this process, reads one request from its input and answers it on its output.
///
/// `arguments` are what follows `--worker`.
pub fn serve<R: Reader>(reader: R, arguments: &[String]) -> ExitCode {
    confined(arguments, move |confinement| {
        let mut input = Vec::new();
        if io::stdin().lock().read_to_end(&mut input).is_err() {
            return ExitCode::from(CANNOT_SERVE);
        }
        match answer(&reader, confinement, &input) {
            Ok(frame) => write(&frame).map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS),
            Err(code) => code,
        }
    })
}

/// Confines this process and answers one request after the other, each behind its length, until the
/// input ends.
///
/// `arguments` are what follows `--stream`.
pub fn serve_stream<R: Reader>(reader: R, arguments: &[String]) -> ExitCode {
    confined(arguments, move |confinement| {
        let mut input = BufReader::with_capacity(INPUT_BYTES, io::stdin().lock());
        loop {
            let request = match next(&mut input) {
                Ok(Some(request)) => request,
                Ok(None) => return ExitCode::SUCCESS,
                Err(_) => return ExitCode::from(CANNOT_SERVE),
            };
            let frame = match answer(&reader, confinement, &request) {
                Ok(frame) => frame,
                Err(code) => return code,
            };
            let length = (frame.len() as u64).to_le_bytes();
            if write(&[&length[..], &frame].concat()).is_err() {
                return ExitCode::FAILURE;
            }
        }
    })
}

/// The next request behind its length; nothing at the end of the input.
fn next(input: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    if input.fill_buf()?.is_empty() {
        return Ok(None);
    }
    let mut length = [0; LENGTH_BYTES];
    input.read_exact(&mut length)?;
    let length = u64::from_le_bytes(length);
    let mut request = Vec::new();
    input.by_ref().take(length).read_to_end(&mut request)?;
    if request.len() as u64 != length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Some(request))
}

/// Confines this process and goes on in a thread with a stack of its own.
fn confined(arguments: &[String], serve: impl FnOnce(u8) -> ExitCode + Send + 'static) -> ExitCode {
    let [memory, cpu] = arguments else {
        return ExitCode::from(CANNOT_SERVE);
    };
    let Some(budget) = Budget::from_arguments(memory, cpu) else {
        return ExitCode::from(CANNOT_SERVE);
    };
    let Ok(mut confinement) = confine::worker(&budget) else {
        return ExitCode::from(CANNOT_SERVE);
    };
    let serving = thread::Builder::new()
        .stack_size(STACK_BYTES)
        .spawn(move || {
            confinement.seccomp = confine::reader_thread();
            serve(confinement.bits())
        });
    match serving.map(thread::JoinHandle::join) {
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

/// The answer to a request, or the code to end with.
fn answer(reader: &impl Reader, confinement: u8, request: &[u8]) -> Result<Vec<u8>, ExitCode> {
    let request = frame::request(request).map_err(|_| ExitCode::from(CANNOT_SERVE))?;
    let outcome = catch_unwind(AssertUnwindSafe(|| outcome(reader, &request)))
        .map_err(|_| ExitCode::FAILURE)?;
    let answer = Answer {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        confinement,
        outcome,
    };
    answer.encode().ok_or(ExitCode::FAILURE)
}

/// Writes past the buffer of the standard library, which would cut at line ends.
fn write(mut bytes: &[u8]) -> nix::Result<()> {
    let output = io::stdout();
    while !bytes.is_empty() {
        match nix::unistd::write(&output, bytes) {
            Ok(written) => bytes = &bytes[written..],
            Err(Errno::EINTR) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
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
