//! The caller's side of a confined process: what it may use, its input, its output, its end.

use crate::extraction::Reason;
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::Pid;
use std::ffi::OsString;
use std::fmt;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How much of the error stream is kept.
const ERROR_BYTES: usize = 16 << 10;

/// How much is read or written at a time: the room of a pipe.
const PIPE_BYTES: usize = 64 << 10;

/// What the standard library writes before it aborts for want of memory.
const NO_MEMORY: &str = "memory allocation of ";

/// The exit code of a process that could not confine itself or read its request.
pub const CANNOT_SERVE: u8 = 3;

/// What a process may use. Bytes of memory and seconds of a processor are a last resort: what
/// decides an outcome is [`crate::extraction::Limits`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Budget {
    /// Address space, in bytes.
    pub memory_bytes: u64,
    /// Seconds of a processor.
    pub cpu_seconds: u32,
    /// Time until it is killed, however little it did.
    pub wall: Duration,
}

impl Budget {
    /// 2 GiB, one minute of a processor, five minutes in all.
    pub const DEFAULT: Self = Self {
        memory_bytes: 2 << 30,
        cpu_seconds: 60,
        wall: Duration::from_secs(300),
    };

    /// The two that the process sets itself, as arguments.
    pub(crate) fn arguments(&self) -> [OsString; 2] {
        [
            self.memory_bytes.to_string().into(),
            self.cpu_seconds.to_string().into(),
        ]
    }

    /// Reads what [`Self::arguments`] wrote.
    #[cfg(feature = "readers")]
    pub(crate) fn from_arguments(memory: &str, cpu: &str) -> Option<Self> {
        Some(Self {
            memory_bytes: memory.parse().ok()?,
            cpu_seconds: cpu.parse().ok()?,
            ..Self::DEFAULT
        })
    }
}

/// Why no file can be extracted: a fault of the machine or of the installation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unavailable {
    /// What happened.
    pub what: String,
    /// What to do.
    pub remedy: &'static str,
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}", self.what, self.remedy)
    }
}

impl std::error::Error for Unavailable {}

/// How a process ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ended {
    /// With exit code 0.
    Done,
    /// Killed here, or by the kernel for its seconds of a processor.
    OutOfTime,
    /// Killed here: it wrote more than it may.
    TooMuchOutput,
    /// An allocation failed.
    OutOfMemory,
    /// It says that it could not begin.
    CannotServe,
    /// By a signal that neither the process nor this program sends.
    KilledFromOutside,
    /// In any other way.
    Failed,
}

/// A process that has ended.
pub struct Finished {
    /// How.
    pub ended: Ended,
    /// What it wrote.
    pub output: Vec<u8>,
}

/// Runs a command in a process group of its own: writes the input, reads at most `most` bytes of
/// output, and kills the group when `wall` has passed.
///
/// # Errors
/// It could not be started, or a pipe failed.
pub fn run(
    command: &mut Command,
    input: &[&[u8]],
    most: u64,
    wall: Duration,
) -> io::Result<Finished> {
    let deadline = Instant::now() + wall;
    let mut child = command
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut streams = Streams::default();
    let cut = streams.exchange(&mut child, input, most, deadline);
    let ended = matches!(cut, Ok(None)) && has_ended(&child, deadline)?;
    // What the process started and left behind goes with it, before its number is free again.
    let _ = killpg(pid(&child), Signal::SIGKILL);
    let status = child.wait()?;
    if !ended {
        return Ok(Finished {
            ended: cut?.unwrap_or(Ended::OutOfTime),
            output: Vec::new(),
        });
    }
    Ok(Finished {
        ended: how(status, &streams.errors),
        output: streams.output,
    })
}

/// Why a process gave no answer; an error where the file is not the cause.
pub fn reason(finished: &Finished) -> Result<Option<Reason>, &'static str> {
    Ok(match finished.ended {
        Ended::Done => None,
        Ended::OutOfTime => Some(Reason::TimedOut),
        Ended::TooMuchOutput | Ended::OutOfMemory => Some(Reason::Limit),
        Ended::Failed => Some(Reason::ReaderFailed),
        Ended::CannotServe => return Err("could not confine its process or read its request"),
        Ended::KilledFromOutside => return Err("was killed from outside"),
    })
}

/// What a process has written.
#[derive(Default)]
struct Streams {
    output: Vec<u8>,
    errors: Vec<u8>,
}

impl Streams {
    /// Writes and reads until the process closes its streams; why it was broken off, if it was.
    fn exchange(
        &mut self,
        child: &mut Child,
        input: &[&[u8]],
        most: u64,
        deadline: Instant,
    ) -> io::Result<Option<Ended>> {
        let mut stdin = child.stdin.take();
        let mut stdout = child.stdout.take();
        let mut stderr = child.stderr.take();
        unblocked(stdin.as_ref())?;
        unblocked(stdout.as_ref())?;
        unblocked(stderr.as_ref())?;
        let mut left: Vec<&[u8]> = input.iter().rev().copied().collect();
        while stdout.is_some() || stderr.is_some() {
            let Some(time) = deadline.checked_duration_since(Instant::now()) else {
                return Ok(Some(Ended::OutOfTime));
            };
            let [write, read, errors] = ready(&stdin, &stdout, &stderr, time)?;
            if write && put(&mut stdin, &mut left)? {
                stdin = None;
            }
            if read && get(&mut stdout, &mut self.output)? {
                stdout = None;
            }
            if self.output.len() as u64 > most {
                return Ok(Some(Ended::TooMuchOutput));
            }
            if errors && get(&mut stderr, &mut self.errors)? {
                stderr = None;
            }
            self.errors.truncate(ERROR_BYTES);
        }
        Ok(None)
    }
}

pub fn unblocked(stream: Option<&impl AsFd>) -> io::Result<()> {
    if let Some(stream) = stream {
        fcntl(stream, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
    }
    Ok(())
}

/// Which of the streams can be used, or have ended.
pub fn ready(
    stdin: &Option<impl AsFd>,
    stdout: &Option<impl AsFd>,
    stderr: &Option<impl AsFd>,
    time: Duration,
) -> io::Result<[bool; 3]> {
    let mut asked = Vec::with_capacity(3);
    let mut which = Vec::with_capacity(3);
    if let Some(stream) = stdin {
        asked.push(PollFd::new(stream.as_fd(), PollFlags::POLLOUT));
        which.push(0);
    }
    for (place, stream) in [
        (1, stdout.as_ref().map(AsFd::as_fd)),
        (2, stderr.as_ref().map(AsFd::as_fd)),
    ] {
        if let Some(stream) = stream {
            asked.push(PollFd::new(stream, PollFlags::POLLIN));
            which.push(place);
        }
    }
    let time = PollTimeout::try_from(time + Duration::from_millis(1)).unwrap_or(PollTimeout::MAX);
    let mut ready = [false; 3];
    match poll(&mut asked, time) {
        Ok(_) => {
            for (polled, place) in asked.iter().zip(which) {
                ready[place] = polled.any().unwrap_or(true);
            }
        }
        Err(Errno::EINTR) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(ready)
}

/// Writes what fits; whether there is no more to write, or nobody who reads.
pub fn put(stream: &mut Option<impl Write>, left: &mut Vec<&[u8]>) -> io::Result<bool> {
    let Some(stream) = stream else {
        return Ok(true);
    };
    while let Some(next) = left.last_mut() {
        if next.is_empty() {
            left.pop();
            continue;
        }
        match stream.write(&next[..next.len().min(PIPE_BYTES)]) {
            Ok(written) => *next = &next[written..],
            Err(error) => match error.kind() {
                io::ErrorKind::WouldBlock => return Ok(false),
                io::ErrorKind::Interrupted => {}
                io::ErrorKind::BrokenPipe => return Ok(true),
                _ => return Err(error),
            },
        }
    }
    Ok(true)
}

/// Reads what is there; whether the stream has ended.
pub fn get(stream: &mut Option<impl Read>, into: &mut Vec<u8>) -> io::Result<bool> {
    let Some(stream) = stream else {
        return Ok(true);
    };
    let before = into.len();
    into.resize(before + PIPE_BYTES, 0);
    let read = stream.read(&mut into[before..]);
    into.truncate(before + *read.as_ref().unwrap_or(&0));
    match read {
        Ok(count) => Ok(count == 0),
        Err(error) => match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted => Ok(false),
            _ => Err(error),
        },
    }
}

/// Waits for the end of a process that has closed its streams, without collecting it; whether it
/// came in time.
fn has_ended(child: &Child, deadline: Instant) -> io::Result<bool> {
    let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
    let mut pause = Duration::from_micros(20);
    loop {
        if waitid(Id::Pid(pid(child)), flags)? != WaitStatus::StillAlive {
            return Ok(true);
        }
        if Instant::now() >= deadline {
            return Ok(false);
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(5));
    }
}

/// The process's number, which is also that of its group.
pub fn pid(child: &Child) -> Pid {
    Pid::from_raw(i32::try_from(child.id()).expect("a process id is an i32"))
}

fn how(status: ExitStatus, errors: &[u8]) -> Ended {
    let signal = status
        .signal()
        .and_then(|signal| Signal::try_from(signal).ok());
    match (status.code(), signal) {
        (Some(0), _) => Ended::Done,
        (Some(code), _) if code == i32::from(CANNOT_SERVE) => Ended::CannotServe,
        (_, Some(Signal::SIGXCPU)) => Ended::OutOfTime,
        (_, Some(Signal::SIGABRT)) if says(errors, NO_MEMORY) => Ended::OutOfMemory,
        (_, Some(Signal::SIGKILL | Signal::SIGTERM | Signal::SIGINT | Signal::SIGHUP)) => {
            Ended::KilledFromOutside
        }
        _ => Ended::Failed,
    }
}

fn says(errors: &[u8], words: &str) -> bool {
    errors
        .windows(words.len())
        .any(|window| window == words.as_bytes())
}
