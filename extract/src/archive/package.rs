//! A ZIP file whose entries are read by name, within a limit on what they unpack to.
//!
//! The limit counts the bytes that come out, not those that the directory states.

use crate::extraction::{Options, Reason};
use std::io::{Cursor, Read};
use zip::ZipArchive;
use zip::result::ZipError;

/// An open ZIP file.
#[derive(Debug)]
pub struct Package<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    /// Names in the order of the directory.
    names: Vec<String>,
    /// Bytes that may still come out.
    left: u64,
    /// Bytes that one entry may have.
    entry: u64,
}

impl<'a> Package<'a> {
    /// Reads the directory.
    ///
    /// # Errors
    /// [`Reason::Damaged`].
    pub fn open(bytes: &'a [u8], options: &Options) -> Result<Self, Reason> {
        let archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| Reason::Damaged)?;
        let names = (0..archive.len()).map(|at| name(&archive, at)).collect();
        Ok(Self {
            archive,
            names,
            left: options.limits.unpacked_bytes,
            entry: options.limits.input_bytes,
        })
    }

    /// The names of all entries, in the order of the directory.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Whether an entry of that name is there, in upper or lower case.
    pub fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// The number of the entry of that name, in upper or lower case.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|n| n.eq_ignore_ascii_case(name))
    }

    /// The bytes of an entry, if it is there.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_name(&mut self, name: &str) -> Result<Option<Vec<u8>>, Reason> {
        self.find(name).map(|at| self.read(at)).transpose()
    }

    /// The bytes of an entry.
    ///
    /// # Errors
    /// [`Reason::Encrypted`], [`Reason::UnsupportedType`] for a compression without a reader,
    /// [`Reason::Limit`], [`Reason::Damaged`].
    pub fn read(&mut self, at: usize) -> Result<Vec<u8>, Reason> {
        let entry = self.archive.by_index(at).map_err(|error| reason(&error))?;
        let most = self.left.min(self.entry);
        let mut bytes = Vec::new();
        entry
            .take(most.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|_| Reason::Damaged)?;
        self.left = self.left.saturating_sub(bytes.len() as u64);
        if bytes.len() as u64 > most {
            return Err(Reason::Limit);
        }
        Ok(bytes)
    }

    /// Unpacks everything once and keeps nothing, for a reader that has no limit of its own.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn check(&mut self) -> Result<(), Reason> {
        let left = self.left;
        for at in 0..self.names.len() {
            self.read(at)?;
        }
        self.left = left;
        Ok(())
    }
}

/// An entry's name: UTF-8 where its flag or its bytes say so, else in the charset that is likeliest.
fn name(archive: &ZipArchive<Cursor<&[u8]>>, at: usize) -> String {
    archive.by_index_data(at).map_or_else(
        |_| String::new(),
        |entry| crate::text::charset::decode(entry.name_raw(), None).text,
    )
}

fn reason(error: &ZipError) -> Reason {
    match error {
        ZipError::UnsupportedArchive(text) if *text == ZipError::PASSWORD_REQUIRED => {
            Reason::Encrypted
        }
        ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_) => {
            Reason::UnsupportedType
        }
        _ => Reason::Damaged,
    }
}
