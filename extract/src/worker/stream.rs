//! The caller's side of a process that serves one request after the other.

use crate::process::{get, pid, put, ready, unblocked};
use nix::sys::signal::{Signal, killpg};
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// The bytes of a length, which stand before each request and each answer.
pub const LENGTH_BYTES: usize = 8;

/// A process that is killed when this is dropped.
#[derive(Debug)]
pub struct Stream {
    child: Child,
    input: Option<ChildStdin>,
    output: Option<ChildStdout>,
    /// Requests that it has answered.
    pub files: u32,
    /// Bytes that went both ways.
    pub bytes: u64,
    /// Time in which it was at work: no less than its seconds of a processor.
    pub busy: Duration,
}

impl Stream {
    /// Starts a process, in a group of its own.
    ///
    /// # Errors
    /// It could not be started.
    pub fn start(command: &mut Command) -> io::Result<Self> {
        let mut child = command
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let input = child.stdin.take();
        let output = child.stdout.take();
        let stream = Self {
            child,
            input,
            output,
            files: 0,
            bytes: 0,
            busy: Duration::ZERO,
        };
        unblocked(stream.input.as_ref())?;
        unblocked(stream.output.as_ref())?;
        Ok(stream)
    }

    /// Whether the process is still there.
    pub fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Sends one request and returns the answer behind its length; nothing if anything at all went
    /// wrong, and then the process is of no further use.
    pub fn ask(&mut self, request: &[u8], most: u64, wall: Duration) -> Option<Vec<u8>> {
        let start = Instant::now();
        let answer = self.exchange(request, most, start + wall)?;
        self.files += 1;
        self.bytes += (request.len() + answer.len()) as u64;
        self.busy += start.elapsed();
        Some(answer)
    }

    fn exchange(&mut self, request: &[u8], most: u64, deadline: Instant) -> Option<Vec<u8>> {
        let length = (request.len() as u64).to_le_bytes();
        // The next slice is the last one.
        let mut left = vec![request, &length[..]];
        let mut is_sent = put(&mut self.input, &mut left).ok()?;
        let mut received = Vec::new();
        loop {
            let time = deadline.checked_duration_since(Instant::now())?;
            let input = if is_sent { &None } else { &self.input };
            let [write, read, _] = ready(input, &self.output, &None::<ChildStderr>, time).ok()?;
            if write {
                is_sent = put(&mut self.input, &mut left).ok()?;
            }
            if read && get(&mut self.output, &mut received).ok()? {
                return None;
            }
            let Some((length, answer)) = received.split_first_chunk() else {
                continue;
            };
            let length = u64::from_le_bytes(*length);
            // Nothing may follow the answer, and none may come before the request was taken.
            if length > most || answer.len() as u64 > length {
                return None;
            }
            if answer.len() as u64 == length {
                return is_sent.then_some(received);
            }
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let _ = killpg(pid(&self.child), Signal::SIGKILL);
        let _ = self.child.wait();
    }
}
