//! Reading a ledger in parts: its structure is checked once, and a part is read again when it is
//! wanted.
//!
//! A ledger of a hundred million positions has ten gigabytes. So it stays where it is, in a file or in
//! memory, and what is kept is where each part of [`PART`] positions begins and its SHA-256: a part
//! that is read again has to be the one that was checked. A file that somebody changes in between,
//! which may lie on a storage of the other party, is found ([`LedgerError::Changed`]).

use super::heads::Heads;
use super::line::{self, Line, at};
use super::outcome::Disposition;
use super::{MAGIC, MAX_VIEW_NAME, MAX_VIEWS};
use crate::bytes::{Malformed, Reader};
use crate::digest::Digest;
use crate::leaf::FileHasher;
use crate::tree::MAX_ITEMS;
use crate::view::View;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::{Arc, Mutex, PoisonError};
use thiserror::Error;

/// Positions of a part.
const PART: u64 = 1 << 12;

/// Bytes that are read at a time.
const PIECE: usize = 1 << 20;

/// Why a ledger cannot be read or written.
#[derive(Debug, Error)]
pub enum LedgerError {
    /// It breaks its form.
    #[error("{0}")]
    Malformed(#[from] Malformed),
    /// What was read again is not what was checked.
    #[error("the ledger was changed while it was read")]
    Changed,
    /// The system refused.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Where the bytes of a ledger are.
enum Storage {
    Memory(Vec<u8>),
    File(File),
}

impl Storage {
    fn len(&self) -> io::Result<u64> {
        match self {
            Self::Memory(bytes) => Ok(bytes.len() as u64),
            Self::File(file) => Ok(file.metadata()?.len()),
        }
    }

    fn read(&self, offset: u64, len: usize) -> io::Result<Vec<u8>> {
        let mut out = vec![0; len];
        match self {
            Self::Memory(bytes) => {
                let from = usize::try_from(offset).unwrap_or(usize::MAX);
                let found = bytes.get(from..).and_then(|rest| rest.get(..len));
                out.copy_from_slice(found.ok_or(io::ErrorKind::UnexpectedEof)?);
            }
            Self::File(file) => file.read_exact_at(&mut out, offset)?,
        }
        Ok(out)
    }
}

/// A part of a ledger.
struct Part {
    offset: u64,
    len: usize,
    digest: Digest,
}

/// The records of a part.
type Records = Arc<Vec<Line>>;

/// A ledger whose structure has been checked.
pub struct Ledger {
    views: Vec<View>,
    items: u64,
    produced: u64,
    redacted: u64,
    answered: u64,
    storage: Storage,
    len: u64,
    digest: Digest,
    parts: Vec<Part>,
    /// The part that was read last for [`Ledger::line`].
    last: Mutex<Option<(usize, Records)>>,
}

impl Ledger {
    /// The largest ledger of `items` positions over `views` views, in bytes.
    #[must_use]
    pub fn max_bytes(items: u64, views: usize) -> u64 {
        let header = 28 + views.min(MAX_VIEWS) as u64 * (4 + MAX_VIEW_NAME as u64);
        header.saturating_add(items.saturating_mul(line::max_bytes(views) as u64))
    }

    /// Reads a ledger's bytes.
    ///
    /// # Errors
    /// When anything but a view commitment is malformed; names the position where there is one.
    pub fn parse(bytes: Vec<u8>) -> Result<Self, LedgerError> {
        Self::open(Storage::Memory(bytes))
    }

    /// Reads a file, and keeps it open: its bytes stay there.
    ///
    /// # Errors
    /// As [`Self::parse`], and when the system refuses.
    pub fn read(file: File) -> Result<Self, LedgerError> {
        Self::open(Storage::File(file))
    }

    fn open(storage: Storage) -> Result<Self, LedgerError> {
        let len = storage.len()?;
        let mut scan = Scan {
            storage: &storage,
            len,
            buffer: Vec::new(),
            at: 0,
            read: 0,
            hasher: FileHasher::new(),
        };
        let (items, views) = scan.header()?;
        let mut heads = Heads::new(items);
        let mut parts = Vec::new();
        let (mut produced, mut redacted, mut answered) = (0, 0, 0);
        for first in (0..items).step_by(PART as usize) {
            parts.push(scan.part(first..items.min(first + PART), &views, |line| {
                heads.add(&line);
                produced += u64::from(line.outcome.is_produced());
                redacted += u64::from(line.outcome.is_redacted());
                answered += u64::from(line.outcome.disposition == Disposition::Answered);
            })?);
        }
        let digest = scan.finish()?;
        let ledger = Self {
            views,
            items,
            produced,
            redacted,
            answered,
            storage,
            len,
            digest,
            parts,
            last: Mutex::new(None),
        };
        if !heads.all_fit() {
            for line in ledger.lines() {
                heads.check(&line?)?;
            }
        }
        Ok(ledger)
    }

    /// Number of positions.
    #[must_use]
    pub fn items(&self) -> u64 {
        self.items
    }

    /// Number of positions of which a redacted rendition is handed over.
    #[must_use]
    pub fn redacted(&self) -> u64 {
        self.redacted
    }

    /// Number of positions that are handed over as a whole.
    #[must_use]
    pub fn produced(&self) -> u64 {
        self.produced
    }

    /// Number of positions that are listed as answered.
    #[must_use]
    pub fn answered(&self) -> u64 {
        self.answered
    }

    /// Its length in bytes.
    #[must_use]
    pub fn byte_len(&self) -> u64 {
        self.len
    }

    /// SHA-256 of its bytes.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The views that leaves can have, in ascending order.
    #[must_use]
    pub fn views(&self) -> &[View] {
        &self.views
    }

    /// The record at a position. Records near to each other are read together.
    ///
    /// # Errors
    /// When it cannot be read again, or is not what was checked.
    ///
    /// # Panics
    /// When the position is not below [`Self::items`].
    pub fn line(&self, position: u64) -> Result<Line, LedgerError> {
        assert!(position < self.items, "there is no position {position}");
        let (part, place) = (position / PART, (position % PART) as usize);
        let part = usize::try_from(part).expect("the list of parts is in memory");
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let records = match &*last {
            Some((number, records)) if *number == part => Arc::clone(records),
            _ => {
                let records = Arc::new(self.records(part)?);
                *last = Some((part, Arc::clone(&records)));
                records
            }
        };
        drop(last);
        Ok(records[place].clone())
    }

    /// All records in order of position.
    pub fn lines(&self) -> impl Iterator<Item = Result<Line, LedgerError>> {
        (0..self.parts.len()).flat_map(|part| {
            let (records, error) = match self.records(part) {
                Ok(records) => (records, None),
                Err(error) => (Vec::new(), Some(Err(error))),
            };
            records.into_iter().map(Ok).chain(error)
        })
    }

    fn records(&self, number: usize) -> Result<Vec<Line>, LedgerError> {
        let part = &self.parts[number];
        let bytes = self.storage.read(part.offset, part.len)?;
        if FileHasher::of(&bytes) != part.digest {
            return Err(LedgerError::Changed);
        }
        let first = number as u64 * PART;
        let mut from = Reader::new(&bytes);
        (first..self.items.min(first + PART))
            .map(|position| Ok(Line::read(&mut from, position, &self.views)?))
            .collect()
    }
}

/// The first reading, from the beginning to the end.
struct Scan<'a> {
    storage: &'a Storage,
    len: u64,
    /// Bytes that were read and belong to no complete part.
    buffer: Vec<u8>,
    /// How many of them are understood.
    at: usize,
    /// Bytes that were read.
    read: u64,
    hasher: FileHasher,
}

impl Scan<'_> {
    /// Makes so many bytes ready, or all that there are.
    fn fill(&mut self, wanted: usize) -> io::Result<()> {
        while self.buffer.len() - self.at < wanted && self.read < self.len {
            let piece = PIECE.min(usize::try_from(self.len - self.read).unwrap_or(PIECE));
            let bytes = self.storage.read(self.read, piece)?;
            self.hasher.update(&bytes);
            self.read += piece as u64;
            self.buffer.extend(bytes);
        }
        Ok(())
    }

    /// Number of positions, and the views.
    fn header(&mut self) -> Result<(u64, Vec<View>), LedgerError> {
        self.fill(28 + MAX_VIEWS * (4 + MAX_VIEW_NAME))?;
        let mut from = Reader::new(&self.buffer);
        if &from.array::<16>()? != MAGIC {
            return Err(Malformed::new("it does not begin with 'duces-ledger-v1'").into());
        }
        let items = from.u64()?;
        let count = from.length(MAX_VIEWS, 4, "the list of views")?;
        let mut views: Vec<View> = Vec::with_capacity(count);
        for _ in 0..count {
            views.push(from.string(MAX_VIEW_NAME, "a view's name")?.parse()?);
        }
        if views.windows(2).any(|pair| pair[0] >= pair[1]) {
            return Err(Malformed::new("its views are not in ascending order").into());
        }
        self.at = self.buffer.len() - from.remaining();
        let shortest = 34 + views.len().div_ceil(8) as u64;
        if items > MAX_ITEMS || items.saturating_mul(shortest) > self.len - self.at as u64 {
            return Err(Malformed::new(format!("{items} records do not fit in it")).into());
        }
        self.buffer.drain(..self.at);
        self.at = 0;
        Ok((items, views))
    }

    /// The part of these positions.
    fn part(
        &mut self,
        positions: std::ops::Range<u64>,
        views: &[View],
        mut each: impl FnMut(Line),
    ) -> Result<Part, LedgerError> {
        let offset = self.read - self.buffer.len() as u64;
        for position in positions {
            self.fill(line::max_bytes(views.len()))?;
            let mut from = Reader::new(&self.buffer[self.at..]);
            let line =
                Line::read(&mut from, position, views).map_err(|error| at(position, &error))?;
            self.at = self.buffer.len() - from.remaining();
            each(line);
        }
        let part = Part {
            offset,
            len: self.at,
            digest: FileHasher::of(&self.buffer[..self.at]),
        };
        self.buffer.drain(..self.at);
        self.at = 0;
        Ok(part)
    }

    /// The digest of all bytes, none of which may be left.
    fn finish(self) -> Result<Digest, LedgerError> {
        let left = self.len - self.read + self.buffer.len() as u64;
        if left > 0 {
            return Err(Malformed::new(format!("{left} bytes follow its end")).into());
        }
        Ok(self.hasher.finish())
    }
}
