//! The bytes of a store, of which only so many are handed out.

use std::cell::Cell;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::rc::Rc;

/// What a single read counts besides its bytes, so that reads of nothing end too.
const READ_BYTES: u64 = 64;

/// How many bytes may still be read, for all readers of a store.
#[derive(Clone)]
pub struct Allowance(Rc<Cell<u64>>);

impl Allowance {
    pub fn new(bytes: u64) -> Self {
        Self(Rc::new(Cell::new(bytes)))
    }

    /// Whether a read was refused.
    pub fn is_spent(&self) -> bool {
        self.0.get() == 0
    }
}

/// A store in memory, read on account of an allowance.
pub struct Counted {
    bytes: Cursor<Vec<u8>>,
    allowance: Allowance,
}

impl Counted {
    pub fn new(bytes: &[u8], allowance: &Allowance) -> Self {
        Self {
            bytes: Cursor::new(bytes.to_vec()),
            allowance: allowance.clone(),
        }
    }
}

impl Read for Counted {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.bytes.read(into)?;
        let left = &self.allowance.0;
        let cost = (count as u64).saturating_add(READ_BYTES);
        left.set(left.get().saturating_sub(cost));
        if left.get() == 0 {
            return Err(io::ErrorKind::QuotaExceeded.into());
        }
        Ok(count)
    }
}

impl Seek for Counted {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.bytes.seek(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_round_and_round_ends() {
        let allowance = Allowance::new(1_000);
        let mut reader = Counted::new(&[7; 36], &allowance);
        let mut bytes = [0; 36];
        let mut reads = 0;
        while reader
            .rewind()
            .and_then(|()| reader.read_exact(&mut bytes))
            .is_ok()
        {
            reads += 1;
        }
        assert_eq!((reads, bytes), (9, [7; 36]), "100 a read, and none is left");
        assert!(allowance.is_spent());
        let mut other = Counted::new(b"x", &allowance);
        assert!(other.read(&mut bytes).is_err(), "all readers share it");
        let free = Allowance::new(1_000);
        let mut at_end = Counted::new(b"", &free);
        while at_end.read(&mut bytes).is_ok() {}
        assert!(free.is_spent(), "reads of nothing count too");
    }
}
