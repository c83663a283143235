//! The file's header, directories and the numbers in them.

use crate::extraction::Reason;
use std::collections::BTreeMap;

/// Tags of a directory (TIFF 6.0, parts 1 and 2; DNG 1.4).
pub mod tag {
    pub const NEW_SUBFILE_TYPE: u16 = 254;
    pub const WIDTH: u16 = 256;
    pub const HEIGHT: u16 = 257;
    pub const BITS: u16 = 258;
    pub const COMPRESSION: u16 = 259;
    pub const PHOTOMETRIC: u16 = 262;
    pub const FILL_ORDER: u16 = 266;
    pub const STRIP_OFFSETS: u16 = 273;
    pub const ORIENTATION: u16 = 274;
    pub const SAMPLES_PER_PIXEL: u16 = 277;
    pub const ROWS_PER_STRIP: u16 = 278;
    pub const STRIP_BYTES: u16 = 279;
    pub const PLANAR: u16 = 284;
    pub const T4_OPTIONS: u16 = 292;
    pub const PREDICTOR: u16 = 317;
    pub const COLOUR_MAP: u16 = 320;
    pub const TILE_WIDTH: u16 = 322;
    pub const TILE_HEIGHT: u16 = 323;
    pub const TILE_OFFSETS: u16 = 324;
    pub const TILE_BYTES: u16 = 325;
    pub const SUB_DIRECTORIES: u16 = 330;
    pub const EXTRA_SAMPLES: u16 = 338;
    pub const SAMPLE_FORMAT: u16 = 339;
    pub const JPEG_TABLES: u16 = 347;
    pub const JPEG_FILE: u16 = 513;
    pub const DNG_VERSION: u16 = 50_706;
}

/// The most entries of one directory.
const MOST_ENTRIES: u64 = 4_096;

/// A TIFF file.
pub struct File<'a> {
    /// All of it.
    pub bytes: &'a [u8],
    /// Whether numbers begin with their highest byte.
    pub is_big_endian: bool,
    /// Whether offsets have 8 bytes.
    is_big: bool,
}

/// The entries of a directory by their tag.
#[derive(Clone, Default)]
pub struct Directory {
    entries: BTreeMap<u16, Entry>,
}

#[derive(Clone, Copy)]
struct Entry {
    /// Bytes of each value, if it is a whole number.
    size: u64,
    count: u64,
    /// Where the values are.
    at: u64,
}

impl<'a> File<'a> {
    /// Takes bytes with the header of a TIFF.
    pub fn new(bytes: &'a [u8]) -> Result<Self, Reason> {
        let (is_big_endian, is_big) = match bytes.get(..4) {
            Some(b"II\x2a\0") => (false, false),
            Some(b"MM\0\x2a") => (true, false),
            Some(b"II\x2b\0") => (false, true),
            Some(b"MM\0\x2b") => (true, true),
            _ => return Err(Reason::UnsupportedType),
        };
        Ok(Self {
            bytes,
            is_big_endian,
            is_big,
        })
    }

    /// Whether it is Canon's raw file.
    pub fn is_canon_raw(&self) -> bool {
        self.bytes.get(8..10) == Some(b"CR")
    }

    /// Where the first directory is.
    pub fn first(&self) -> Result<u64, Reason> {
        if self.is_big {
            self.number(8, 8)
        } else {
            self.number(4, 4)
        }
    }

    /// The directory at an offset, and the offset of the next one, or 0.
    pub fn directory(&self, at: u64) -> Result<(Directory, u64), Reason> {
        let (count_size, entry_size, inline, offset_size) = match self.is_big {
            true => (8, 20, 8, 8),
            false => (2, 12, 4, 4),
        };
        let count = self.number(at, count_size)?;
        if count > MOST_ENTRIES {
            return Err(Reason::Damaged);
        }
        let mut directory = Directory::default();
        let first = at + count_size;
        for entry in (0..count).map(|number| first + number * entry_size) {
            let tag = self.number(entry, 2)?;
            let kind = self.number(entry + 2, 2)?;
            let count = self.number(entry + 4, offset_size)?;
            let place = entry + 4 + offset_size;
            let (width, size) = match kind {
                1 | 7 => (1, 1),
                3 => (2, 2),
                4 | 13 => (4, 4),
                16 | 18 => (8, 8),
                2 | 6 => (1, 0),
                8 => (2, 0),
                9 | 11 => (4, 0),
                _ => (8, 0),
            };
            let at = match count.checked_mul(width) {
                Some(bytes) if bytes <= inline => place,
                _ => self.number(place, offset_size)?,
            };
            let tag = u16::try_from(tag).expect("two bytes");
            directory
                .entries
                .entry(tag)
                .or_insert(Entry { size, count, at });
        }
        let next = self.number(first + count * entry_size, offset_size);
        // A file cut off right after its last directory has no offset there.
        Ok((directory, next.unwrap_or(0)))
    }

    /// The number of so many bytes, at most 8, at an offset.
    pub fn number(&self, at: u64, size: u64) -> Result<u64, Reason> {
        let bytes = self.slice(at, size)?;
        let join = |sum: u64, &byte: &u8| sum << 8 | u64::from(byte);
        Ok(if self.is_big_endian {
            bytes.iter().fold(0, join)
        } else {
            bytes.iter().rev().fold(0, join)
        })
    }

    /// So many bytes at an offset.
    pub fn slice(&self, at: u64, count: u64) -> Result<&'a [u8], Reason> {
        let range = usize::try_from(at)
            .ok()
            .zip(usize::try_from(count).ok())
            .and_then(|(at, count)| Some(at..at.checked_add(count)?));
        range
            .and_then(|range| self.bytes.get(range))
            .ok_or(Reason::Damaged)
    }
}

impl Directory {
    /// Whether the tag is there.
    pub fn has(&self, tag: u16) -> bool {
        self.entries.contains_key(&tag)
    }

    /// The first number of a tag.
    pub fn number(&self, file: &File<'_>, tag: u16) -> Result<Option<u64>, Reason> {
        match self.entries.get(&tag) {
            Some(entry) if entry.size > 0 && entry.count > 0 => {
                file.number(entry.at, entry.size).map(Some)
            }
            Some(_) => Err(Reason::Damaged),
            None => Ok(None),
        }
    }

    /// The numbers of a tag.
    pub fn numbers(&self, file: &File<'_>, tag: u16) -> Result<Option<Vec<u64>>, Reason> {
        let Some(entry) = self.entries.get(&tag) else {
            return Ok(None);
        };
        if entry.size == 0 {
            return Err(Reason::Damaged);
        }
        // All of them lie in the file, so that their count is bounded by its length.
        let bytes = entry.count.checked_mul(entry.size).ok_or(Reason::Damaged)?;
        file.slice(entry.at, bytes)?;
        let numbers = (0..entry.count).map(|n| file.number(entry.at + n * entry.size, entry.size));
        numbers.collect::<Result<_, _>>().map(Some)
    }

    /// The bytes of a tag.
    pub fn bytes<'a>(&self, file: &File<'a>, tag: u16) -> Result<Option<&'a [u8]>, Reason> {
        match self.entries.get(&tag) {
            Some(entry) if entry.size == 1 => file.slice(entry.at, entry.count).map(Some),
            Some(_) => Err(Reason::Damaged),
            None => Ok(None),
        }
    }
}
