//! The memory that a program took.

use std::fs;

/// The largest resident memory of this process so far, in bytes; `None` where the system does not
/// tell (outside Linux).
///
/// Source: `VmHWM` in `/proc/self/status`, which counts units of 1024 bytes and calls them kB.
#[must_use]
pub fn peak() -> Option<u64> {
    parse(&fs::read_to_string("/proc/self/status").ok()?)
}

fn parse(status: &str) -> Option<u64> {
    let mut lines = status.lines();
    let value = lines.find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = value.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_read_in_bytes() {
        let status = "Name:\tx\nVmPeak:\t  9000 kB\nVmHWM:\t   120 kB\n";
        assert_eq!(parse(status), Some(120 * 1024));
        for other in ["", "VmHWM:\t120\n", "VmHWM:\t-1 kB\n"] {
            assert_eq!(parse(other), None, "{other}");
        }
    }
}
