//! Progress of long work: a bar on a terminal, a plain line every few seconds elsewhere.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

const PLAIN_INTERVAL: Duration = Duration::from_secs(10);

/// Progress on standard error. It may be advanced from several threads.
pub struct Progress {
    what: &'static str,
    unit: &'static str,
    total: Option<u64>,
    start: Instant,
    done: AtomicU64,
    bar: Option<ProgressBar>,
    next_line: Mutex<Instant>,
}

impl Progress {
    /// Starts; `total` is `None` where it is not known.
    #[must_use]
    pub fn new(what: &'static str, unit: &'static str, total: Option<u64>) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let template = match total {
                Some(_) => "{msg} {bar:30} {human_pos}/{human_len}, {per_sec}, {eta} left",
                None => "{msg} {human_pos}, {per_sec}",
            };
            let style = ProgressStyle::with_template(template).expect("the template is valid");
            let bar = match total {
                Some(total) => ProgressBar::new(total),
                None => ProgressBar::no_length(),
            };
            bar.with_style(style).with_message(what)
        });
        let start = Instant::now();
        Self {
            what,
            unit,
            total,
            start,
            done: AtomicU64::new(0),
            bar,
            next_line: Mutex::new(start + PLAIN_INTERVAL),
        }
    }

    /// Advances.
    pub fn add(&self, count: u64) {
        let done = self.done.fetch_add(count, Ordering::Relaxed) + count;
        if let Some(bar) = &self.bar {
            bar.inc(count);
            return;
        }
        // Whoever holds the lock is printing already.
        if let Ok(mut next) = self.next_line.try_lock()
            && Instant::now() >= *next
        {
            *next = Instant::now() + PLAIN_INTERVAL;
            eprintln!("{}", self.line(done, self.start.elapsed()));
        }
    }

    /// Ends; returns the seconds that it took.
    pub fn finish(self) -> f64 {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        self.start.elapsed().as_secs_f64()
    }

    fn line(&self, done: u64, elapsed: Duration) -> String {
        let rate = done as f64 / elapsed.as_secs_f64().max(1e-3);
        match self.total {
            Some(total) => {
                let left = total.saturating_sub(done) as f64 / rate.max(1e-9);
                format!(
                    "{}: {done} of {total} {}, {rate:.1} per second, {left:.0} s left",
                    self.what, self.unit
                )
            }
            None => format!("{}: {done} {}, {rate:.0} per second", self.what, self.unit),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_lines_give_rate_and_time_left() {
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
