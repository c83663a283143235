//! `withholding.csv` `[format-withholding]`: the basis on which each matching item is withheld, as a whole
//! or in part.
//!
//! ```text
//! position,basis,description,author
//! 17,attorney-client privilege,Memorandum to counsel on discharge permit,plant manager
//! 41,5 U.S.C. 552(b)(6),Personnel record of an employee,
//! ```
//!
//! What is withheld as a whole has one entry, what is redacted one for each redaction, in their order.
//! The first three columns are fixed, up to 29 more are the responding party's. The same entries
//! are rendered as a privilege log or as a Vaughn index ([`super::logs`]).
//!
//! A responding party's own log may be in any order and spelling of CSV; [`WithholdingLog::draft`]
//! reads it. The production holds the canonical spelling, which [`WithholdingLog::parse`] demands:
//! ascending positions, quotes only where needed, no cell that a spreadsheet would run.
//!
//! Not proved: that a basis is valid, or that a description is true.

use super::redaction::MAX_REDACTIONS;
use crate::bytes::Malformed;
use crate::text::{has_ink, is_unprintable, plain_spaces};
use std::collections::BTreeSet;

/// The largest file, in bytes.
pub const MAX_BYTES: u64 = 1 << 28;

/// The columns that every log begins with.
pub const FIXED: [&str; 3] = ["position", "basis", "description"];

/// A column of the responding party's own log that says which file a line is about. It names a document,
/// so [`WithholdingLog::draft`] leaves it out.
pub const FILE_COLUMN: &str = "file";

const MAX_COLUMNS: usize = 32;
const MAX_BASIS: usize = 256;
const MAX_CELL: usize = 1 << 16;

/// One withheld item, or one redaction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Its position in the commitment.
    pub position: u64,
    /// The privilege or exemption. Never empty.
    pub basis: String,
    /// What the document is, so that the other side can assess the claim. Never empty.
    pub description: String,
    /// Cells of the further columns.
    pub more: Vec<String>,
}

/// Which of its two renderings an entry belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rendering {
    /// A privilege log.
    PrivilegeLog,
    /// A Vaughn index.
    VaughnIndex,
}

impl Entry {
    /// A Vaughn index where the basis, without blanks and in lower case, holds one of `(b)(1)` to
    /// `(b)(9)`, or `foia`; else a privilege log.
    #[must_use]
    pub fn rendering(&self) -> Rendering {
        let basis: String = self
            .basis
            .chars()
            .filter(|c| !c.is_whitespace())
            .map(|c| c.to_ascii_lowercase())
            .collect();
        let exemption = ('1'..='9').any(|digit| basis.contains(&format!("(b)({digit})")));
        if exemption || basis.contains("foia") {
            Rendering::VaughnIndex
        } else {
            Rendering::PrivilegeLog
        }
    }
}

/// All entries, in ascending order of position; those of a position in the order of its redactions.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct WithholdingLog {
    columns: Vec<String>,
    entries: Vec<Entry>,
}

impl WithholdingLog {
    /// Names of the further columns.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The entries in ascending order of position.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Whether a position has an entry.
    #[must_use]
    pub fn contains(&self, position: u64) -> bool {
        self.entries
            .binary_search_by_key(&position, |entry| entry.position)
            .is_ok()
    }

    /// The entries of a position.
    #[must_use]
    pub fn of(&self, position: u64) -> &[Entry] {
        let from = self.entries.partition_point(|e| e.position < position);
        let to = self.entries.partition_point(|e| e.position <= position);
        &self.entries[from..to]
    }

    /// Reads the log that a responding party wrote, in any order of positions, without its column [`FILE_COLUMN`]. A
    /// cell that a spreadsheet would run as a formula gets an apostrophe in front.
    ///
    /// # Errors
    /// Names the line: a missing or repeated column, a position that is not a number or has more than
    /// [`MAX_REDACTIONS`] entries, an empty basis or description, a control character, a limit exceeded.
    pub fn draft(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut log = Self::read(bytes, u64::MAX)?;
        if let Some(own) = log.columns.iter().position(|name| name == FILE_COLUMN) {
            log.columns.remove(own);
            for entry in &mut log.entries {
                entry.more.remove(own);
            }
        }
        Ok(log)
    }

    /// Reads at most so many entries.
    fn read(bytes: &[u8], most: u64) -> Result<Self, Malformed> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .from_reader(bytes);
        let header = reader.headers().map_err(unreadable)?.clone();
        let header: Vec<String> = header.iter().map(neutral).collect();
        let columns = check_columns(&header)?;
        let mut entries = Vec::new();
        for record in reader.records() {
            let record = record.map_err(unreadable)?;
            if entries.len() as u64 == most {
                return Err(Malformed::new(format!("it has more than {most} entries")));
            }
            let line = record.position().map_or(0, csv::Position::line);
            let entry = entry(&record, line)?;
            entries.push(entry);
        }
        entries.sort_by_key(|entry| entry.position);
        let too_many = |pair: &&[Entry]| pair[0].position == pair[MAX_REDACTIONS].position;
        if let Some(pair) = entries.windows(MAX_REDACTIONS + 1).find(too_many) {
            return Err(Malformed::new(format!(
                "position {} has more than {MAX_REDACTIONS} entries",
                pair[0].position
            )));
        }
        Ok(Self { columns, entries })
    }

    /// Reads the canonical file of a production of `items` items, of which so many are redacted. An entry
    /// takes thirty times as much memory as the shortest line, so no more are read than there can be.
    ///
    /// # Errors
    /// As [`Self::draft`], when there are more entries than there can be, and when the bytes are not
    /// exactly what [`Self::to_csv`] writes.
    pub fn parse(bytes: &[u8], items: u64, redacted: u64) -> Result<Self, Malformed> {
        if bytes.len() as u64 > MAX_BYTES {
            return Err(Malformed::new(format!(
                "it is larger than {MAX_BYTES} bytes"
            )));
        }
        let most = items.saturating_add(redacted.saturating_mul(MAX_REDACTIONS as u64));
        let log = Self::read(bytes, most)?;
        if log.to_csv() == bytes {
            Ok(log)
        } else {
            Err(Malformed::new("it is not canonical"))
        }
    }

    /// The canonical file.
    #[must_use]
    pub fn to_csv(&self) -> Vec<u8> {
        const IN_MEMORY: &str = "writing to memory does not fail, and all rows have equal length";
        let mut writer = csv::Writer::from_writer(Vec::new());
        let header = FIXED
            .iter()
            .copied()
            .chain(self.columns.iter().map(String::as_str));
        writer.write_record(header).expect(IN_MEMORY);
        for entry in &self.entries {
            let position = entry.position.to_string();
            let fixed = [&position, &entry.basis, &entry.description];
            writer
                .write_record(fixed.into_iter().chain(&entry.more))
                .expect(IN_MEMORY);
        }
        writer.into_inner().expect(IN_MEMORY)
    }
}

fn unreadable(error: csv::Error) -> Malformed {
    Malformed::new(format!("it cannot be read as CSV: {error}"))
}

fn check_columns(header: &[String]) -> Result<Vec<String>, Malformed> {
    if header.len() < FIXED.len() || header[..FIXED.len()] != FIXED {
        return Err(Malformed::new(format!(
            "its header does not begin '{}'",
            FIXED.join(",")
        )));
    }
    if header.len() > MAX_COLUMNS {
        return Err(Malformed::new(format!(
            "it has more than {MAX_COLUMNS} columns"
        )));
    }
    let allowed = |name: &String| {
        (1..=64).contains(&name.len()) && has_ink(name) && !name.chars().any(is_unprintable)
    };
    if !header.iter().all(allowed) {
        return Err(Malformed::new(
            "a column's name is empty, too long or not printable",
        ));
    }
    if header.iter().collect::<BTreeSet<_>>().len() != header.len() {
        return Err(Malformed::new("two columns have one name"));
    }
    Ok(header[FIXED.len()..].to_vec())
}

fn entry(record: &csv::StringRecord, line: u64) -> Result<Entry, Malformed> {
    let malformed = |reason: &str| Malformed::new(format!("line {line}: {reason}"));
    let position = record.get(0).unwrap_or_default();
    let position: u64 = position
        .parse()
        .ok()
        .filter(|number: &u64| number.to_string() == position)
        .ok_or_else(|| malformed("the position is not a number"))?;
    let cells: Vec<String> = record.iter().skip(1).map(neutral).collect();
    if cells.iter().any(|cell| cell.len() > MAX_CELL) {
        return Err(malformed("a cell is too long"));
    }
    let hidden = |c: &char| is_unprintable(*c) && !matches!(c, '\n' | '\t');
    if let Some(c) = cells.iter().flat_map(|cell| cell.chars()).find(hidden) {
        return Err(malformed(&format!(
            "a cell has the character U+{:04X}, a control or one that readers do not see",
            c as u32
        )));
    }
    let mut cells = cells.into_iter();
    let mut required = |column: &str, limit: usize| {
        cells
            .next()
            .filter(|cell| has_ink(cell) && cell.len() <= limit)
            .ok_or_else(|| malformed(&format!("the {column} is empty or too long")))
    };
    let basis = required("basis", MAX_BASIS)?;
    let description = required("description", MAX_CELL)?;
    Ok(Entry {
        position,
        basis,
        description,
        more: cells.collect(),
    })
}

/// A cell that no spreadsheet runs: an apostrophe goes before `=`, `+`, `-` and `@`. Blanks that look
/// like a space become one.
fn neutral(cell: &str) -> String {
    let cell = plain_spaces(&cell.replace("\r\n", "\n"));
    let cell = cell.trim().to_owned();
    if cell.starts_with(['=', '+', '-', '@']) {
        format!("'{cell}")
    } else {
        cell
    }
}

#[cfg(test)]
mod tests;
