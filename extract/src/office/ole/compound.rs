//! The streams of a compound file ([MS-CFB]), read leniently.
//!
//! Writers leave rubbish in unused entries of the allocation tables and cut off the last sector: what no
//! chain reaches does not matter here, and names are compared without regard to case. A chain that leaves
//! the file, or comes back to itself, ends the reading of its stream.

use crate::extraction::Reason;
use std::collections::BTreeMap;

const MAGIC: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
const END: u32 = 0xffff_fffa;
const HEADER: usize = 512;
const ENTRY: usize = 128;
/// Entries of the directory that are read.
const MOST_ENTRIES: usize = 1 << 18;

/// An entry of the directory.
#[derive(Clone, Debug)]
struct Entry {
    name: String,
    is_storage: bool,
    /// The entries beside and below it.
    left: u32,
    right: u32,
    child: u32,
    start: u32,
    size: u64,
}

/// An open compound file.
#[derive(Debug)]
pub struct Compound<'a> {
    bytes: &'a [u8],
    sector: usize,
    mini: usize,
    cutoff: u64,
    table: Vec<u32>,
    mini_table: Vec<u32>,
    mini_stream: Vec<u8>,
    /// By path in lower case, with a slash before each name.
    streams: BTreeMap<String, (u32, u64)>,
    /// What each storage holds, in the order of its tree; the root's path is empty.
    storages: BTreeMap<String, Vec<(String, bool)>>,
}

impl<'a> Compound<'a> {
    /// Reads the tables and the directory.
    ///
    /// # Errors
    /// [`Reason::Damaged`].
    pub fn open(bytes: &'a [u8]) -> Result<Self, Reason> {
        let head = bytes
            .get(..HEADER)
            .filter(|head| head.starts_with(MAGIC))
            .ok_or(Reason::Damaged)?;
        let shift = |at: usize, most: u16| {
            Some(u16::from_le_bytes([head[at], head[at + 1]])).filter(|s| *s <= most)
        };
        let sector = 1 << shift(30, 20).filter(|s| *s >= 7).ok_or(Reason::Damaged)?;
        let mini = 1 << shift(32, 12).filter(|s| *s >= 2).ok_or(Reason::Damaged)?;
        let mut file = Self {
            bytes,
            sector,
            mini,
            cutoff: u64::from(u32_at(head, 56)),
            table: Vec::new(),
            mini_table: Vec::new(),
            mini_stream: Vec::new(),
            streams: BTreeMap::new(),
            storages: BTreeMap::new(),
        };
        file.read_table(head);
        let mini_table = file.chain(u32_at(head, 60), u64::MAX);
        file.mini_table = numbers(&mini_table).collect();
        let directory = file.chain(u32_at(head, 48), u64::MAX);
        let entries: Vec<Entry> = directory
            .chunks_exact(ENTRY)
            .take(MOST_ENTRIES)
            .map(entry)
            .collect();
        let root = entries.first().ok_or(Reason::Damaged)?;
        file.mini_stream = file.chain(root.start, root.size);
        file.read_tree(&entries, root.child);
        Ok(file)
    }

    /// The allocation table: its sectors are listed in the header and in a chain of lists.
    fn read_table(&mut self, head: &[u8]) {
        let mut lists = head[76..].to_vec();
        let mut next = u32_at(head, 68);
        let per_list = self.sector - 4;
        let mut left = self.bytes.len() / self.sector;
        while next < END && left > 0 {
            let Some(list) = self
                .sector_at(next)
                .filter(|list| list.len() == self.sector)
            else {
                break;
            };
            lists.extend_from_slice(&list[..per_list]);
            next = u32_at(list, per_list);
            left -= 1;
        }
        let most = self.bytes.len() / self.sector / (self.sector / 4) + 2;
        let places: Vec<u32> = numbers(&lists)
            .filter(|place| *place < END)
            .take(most)
            .collect();
        for place in places {
            if let Some(sector) = self.sector_at(place) {
                let part: Vec<u32> = numbers(sector).collect();
                self.table.extend(part);
            }
        }
    }

    /// A sector, as far as it lies in the file.
    fn sector_at(&self, number: u32) -> Option<&'a [u8]> {
        let from = (number as usize).checked_add(1)?.checked_mul(self.sector)?;
        let bytes = self.bytes.get(from..)?;
        Some(&bytes[..bytes.len().min(self.sector)])
    }

    /// Up to `size` bytes of a chain of sectors.
    fn chain(&self, start: u32, size: u64) -> Vec<u8> {
        let mut out = Vec::new();
        let mut next = start;
        // A chain cannot be longer than the file.
        for _ in 0..=self.bytes.len() / self.sector {
            let Some(sector) = Some(next)
                .filter(|next| *next < END)
                .and_then(|next| self.sector_at(next))
            else {
                break;
            };
            out.extend_from_slice(sector);
            if out.len() as u64 >= size {
                break;
            }
            next = self.table.get(next as usize).copied().unwrap_or(END);
        }
        out.truncate(usize::try_from(size).unwrap_or(usize::MAX));
        out
    }

    fn mini_chain(&self, start: u32, size: u64) -> Vec<u8> {
        let mut out = Vec::new();
        let mut next = start;
        for _ in 0..=self.mini_stream.len() / self.mini {
            let from = (next as usize).saturating_mul(self.mini);
            let Some(rest) = self
                .mini_stream
                .get(from..)
                .filter(|_| next < END && (out.len() as u64) < size)
            else {
                break;
            };
            out.extend_from_slice(&rest[..rest.len().min(self.mini)]);
            next = self.mini_table.get(next as usize).copied().unwrap_or(END);
        }
        out.truncate(usize::try_from(size).unwrap_or(usize::MAX));
        out
    }

    /// Goes through the trees of all storages; an entry that is met twice is left out.
    fn read_tree(&mut self, entries: &[Entry], root: u32) {
        let mut met = vec![false; entries.len()];
        let mut storages = vec![(String::new(), root)];
        while let Some((path, child)) = storages.pop() {
            let mut held = Vec::new();
            // Left, the entry itself, right: those that are open, and whether their left was visited.
            let mut open = vec![(child, false)];
            while let Some((number, visited)) = open.pop() {
                let Some(entry) = entries.get(number as usize) else {
                    continue;
                };
                if !visited {
                    if std::mem::replace(&mut met[number as usize], true) {
                        continue;
                    }
                    open.push((number, true));
                    open.push((entry.left, false));
                    continue;
                }
                open.push((entry.right, false));
                let path = format!("{path}/{}", entry.name.to_lowercase());
                if entry.is_storage {
                    storages.push((path, entry.child));
                } else {
                    self.streams.insert(path, (entry.start, entry.size));
                }
                held.push((entry.name.clone(), entry.is_storage));
            }
            self.storages.insert(path, held);
        }
    }

    /// The size of the stream at a path, if it is there.
    pub fn size(&self, path: &str) -> Option<u64> {
        let (_, size) = self.streams.get(&path.to_lowercase())?;
        Some((*size).min(self.bytes.len() as u64))
    }

    /// The bytes of the stream at a path; fewer than its size where the file ends before.
    pub fn read(&self, path: &str) -> Option<Vec<u8>> {
        let (start, size) = *self.streams.get(&path.to_lowercase())?;
        Some(if size < self.cutoff {
            self.mini_chain(start, size)
        } else {
            self.chain(start, size)
        })
    }

    /// The names in a storage, and whether each is a storage.
    pub fn list(&self, path: &str) -> &[(String, bool)] {
        let path = path.trim_end_matches('/').to_lowercase();
        self.storages.get(&path).map_or(&[], Vec::as_slice)
    }
}

fn entry(bytes: &[u8]) -> Entry {
    let length = usize::from(u16::from_le_bytes([bytes[64], bytes[65]])).clamp(2, 64) - 2;
    let units = bytes[..length]
        .chunks_exact(2)
        .map(|u| u16::from_le_bytes([u[0], u[1]]));
    let name = char::decode_utf16(units)
        .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect();
    let size = u64::from(u32_at(bytes, 120)) | u64::from(u32_at(bytes, 124)) << 32;
    Entry {
        name,
        is_storage: bytes[66] == 1,
        left: u32_at(bytes, 68),
        right: u32_at(bytes, 72),
        child: u32_at(bytes, 76),
        start: u32_at(bytes, 116),
        // Old writers leave rubbish in the upper half.
        size: if size >> 40 == 0 {
            size
        } else {
            size & 0xffff_ffff
        },
    }
}

fn numbers(bytes: &[u8]) -> impl Iterator<Item = u32> {
    let (numbers, _) = bytes.as_chunks::<4>();
    numbers.iter().map(|n| u32::from_le_bytes(*n))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes
        .get(at..)
        .and_then(<[u8]>::first_chunk)
        .map_or(u32::MAX, |b| u32::from_le_bytes(*b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Cursor, Write};

    fn sample() -> Vec<u8> {
        let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
        file.create_storage("/Pool").unwrap();
        file.create_stream("/Pool/Small")
            .unwrap()
            .write_all(b"gas")
            .unwrap();
        file.create_stream("/Large")
            .unwrap()
            .write_all(&[7; 9000])
            .unwrap();
        file.into_inner().into_inner()
    }

    #[test]
    fn streams_of_both_sizes() {
        let bytes = sample();
        let file = Compound::open(&bytes).unwrap();
        assert_eq!(file.read("/pool/SMALL"), Some(b"gas".to_vec()));
        assert_eq!(file.read("/Large"), Some(vec![7; 9000]));
        assert_eq!(
            file.list("/"),
            [("Pool".to_owned(), true), ("Large".to_owned(), false)]
        );
        assert_eq!(
            (file.read("/none"), file.size("/large")),
            (None, Some(9000))
        );
    }

    #[test]
    fn any_damage_is_survived() {
        let bytes = sample();
        for at in 0..bytes.len().min(6000) {
            let mut bytes = bytes.clone();
            bytes[at] ^= 0xff;
            if let Ok(file) = Compound::open(&bytes) {
                let _bytes = (file.read("/Large"), file.read("/Pool/Small"));
            }
        }
        assert_eq!(Compound::open(&bytes[..100]).err(), Some(Reason::Damaged));
    }
}
