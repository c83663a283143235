//! Reading a store on a file system that has no locks: NFS without its lock service, some mounts of
//! object stores.
//!
//! A finished store never changes, so its readers need no lock. The library reads a store without one
//! only through a backend of the caller's, and it opens that for writing. So this backend keeps what is
//! written to itself: the file is opened for reading, and stays as it is.

use redb::StorageBackend;
use std::collections::btree_map::{BTreeMap, Entry};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Bytes that are kept together.
const BLOCK: u64 = 4096;

/// A file, and what was written over it in memory.
#[derive(Debug)]
pub struct Unlocked {
    file: File,
    /// Length of the file, which nobody changes.
    file_len: u64,
    over: Mutex<Over>,
}

#[derive(Debug)]
struct Over {
    len: u64,
    /// Blocks that were written to, by number.
    blocks: BTreeMap<u64, Vec<u8>>,
}

impl Unlocked {
    /// The file as it is.
    pub fn new(file: File) -> io::Result<Self> {
        let file_len = file.metadata()?.len();
        let over = Over {
            len: file_len,
            blocks: BTreeMap::new(),
        };
        Ok(Self {
            file,
            file_len,
            over: Mutex::new(over),
        })
    }

    fn over(&self) -> MutexGuard<'_, Over> {
        self.over.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The file's own bytes, and zeros behind its end.
    fn read_file(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let there = self.file_len.saturating_sub(offset).min(out.len() as u64);
        let (read, rest) = out.split_at_mut(usize::try_from(there).expect("it fits in a slice"));
        rest.fill(0);
        self.file.read_exact_at(read, offset)
    }
}

impl StorageBackend for Unlocked {
    fn len(&self) -> io::Result<u64> {
        Ok(self.over().len)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let over = self.over();
        let end = offset + out.len() as u64;
        if end > over.len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.read_file(offset, out)?;
        for (number, block) in over.blocks.range(offset / BLOCK..end.div_ceil(BLOCK)) {
            let start = number * BLOCK;
            let (from, to) = (offset.max(start), end.min(start + BLOCK));
            out[(from - offset) as usize..(to - offset) as usize]
                .copy_from_slice(&block[(from - start) as usize..(to - start) as usize]);
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.over().len = len;
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut over = self.over();
        let end = offset + data.len() as u64;
        for number in offset / BLOCK..end.div_ceil(BLOCK) {
            let start = number * BLOCK;
            let block = match over.blocks.entry(number) {
                Entry::Occupied(there) => there.into_mut(),
                Entry::Vacant(place) => {
                    let mut block = vec![0; BLOCK as usize];
                    self.read_file(start, &mut block)?;
                    place.insert(block)
                }
            };
            let (from, to) = (offset.max(start), end.min(start + BLOCK));
            block[(from - start) as usize..(to - start) as usize]
                .copy_from_slice(&data[(from - offset) as usize..(to - offset) as usize]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_the_file_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let before: Vec<u8> = (0..10_000_u32).map(|i| i as u8).collect();
        std::fs::write(&path, &before).unwrap();
        let backend = Unlocked::new(File::open(&path).unwrap()).unwrap();
        let mut expected = before.clone();
        for (offset, len) in [(0, 1), (4090, 20), (8000, 2000), (4096, 4096)] {
            let data = vec![0xee; len];
            backend.write(offset as u64, &data).unwrap();
            expected[offset..offset + len].copy_from_slice(&data);
        }
        backend.set_len(20_000).unwrap();
        expected.resize(20_000, 0);
        for (offset, len) in [
            (0, 20_000),
            (1, 9),
            (4095, 2),
            (9_999, 300),
            (12_000, 8_000),
        ] {
            let mut out = vec![1; len];
            backend.read(offset as u64, &mut out).unwrap();
            assert_eq!(out, expected[offset..offset + len], "{offset}");
        }
        assert!(backend.read(19_999, &mut [0; 2]).is_err());
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }
}
