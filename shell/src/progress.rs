//! Progress of long work, on standard error: a line that renews itself on a terminal, a new line
//! every ten seconds elsewhere.

use crate::terminal::note;
use std::io::{self, IsTerminal, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Between two lines on a terminal.
const RENEWED: Duration = Duration::from_millis(200);
/// Between two lines in a log.
const LOGGED: Duration = Duration::from_secs(10);
/// Goes to the start of a terminal's line and empties it.
const CLEAR: &str = "\r\u{1b}[2K";

/// How far a piece of work is. It may be advanced from several threads.
pub struct Progress {
    what: &'static str,
    unit: &'static str,
    total: Option<u64>,
    start: Instant,
    done: AtomicU64,
    terminal: bool,
    next_line: Mutex<Instant>,
}

impl Progress {
    /// Starts, for example with "proving" and "documents"; `total` is `None` where it is not known.
    #[must_use]
    pub fn new(what: &'static str, unit: &'static str, total: Option<u64>) -> Self {
        let start = Instant::now();
        let terminal = io::stderr().is_terminal();
        Self {
            what,
            unit,
            total,
            start,
            done: AtomicU64::new(0),
            terminal,
            next_line: Mutex::new(start + if terminal { RENEWED } else { LOGGED }),
        }
    }

    /// Advances.
    pub fn add(&self, count: u64) {
        let done = self.done.fetch_add(count, Ordering::Relaxed) + count;
        // Whoever holds the lock is printing already.
        if let Ok(mut next) = self.next_line.try_lock()
            && Instant::now() >= *next
        {
            let line = self.line(done, self.start.elapsed());
            if self.terminal {
                *next = Instant::now() + RENEWED;
                renew(&line);
            } else {
                *next = Instant::now() + LOGGED;
                note(line);
            }
        }
    }

    /// Ends; returns how long it took.
    pub fn finish(self) -> Duration {
        self.start.elapsed()
    }

    fn line(&self, done: u64, elapsed: Duration) -> String {
        let Self {
            what, unit, total, ..
        } = self;
        let rate = done as f64 / elapsed.as_secs_f64().max(1e-3);
        match total {
            Some(total) => {
                let left = total.saturating_sub(done) as f64 / rate.max(1e-9);
                format!("{what}: {done} of {total} {unit}, {rate:.1} per second, {left:.0} s left")
            }
            None => format!("{what}: {done} {unit}, {rate:.0} per second"),
        }
    }
}

impl Drop for Progress {
    /// Work that ends, well or not, leaves no line on the terminal.
    fn drop(&mut self) {
        if self.terminal {
            renew("");
        }
    }
}

/// Puts a line in the place of the last one.
fn renew(line: &str) {
    let mut terminal = io::stderr().lock();
    // Where standard error takes no more, there is no place left to say so.
    let _ = write!(terminal, "{CLEAR}{line}").and_then(|()| terminal.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_give_rate_and_time_left() {
        let progress = Progress::new("proving", "batches", Some(40));
        assert_eq!(
            progress.line(10, Duration::from_secs(5)),
            "proving: 10 of 40 batches, 2.0 per second, 15 s left"
        );
        let open = Progress::new("listing", "files", None);
        assert_eq!(
            open.line(10, Duration::from_secs(5)),
            "listing: 10 files, 2 per second"
        );
    }
}
