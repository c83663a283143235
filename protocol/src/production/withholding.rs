//! `withholding.csv` `[format-withholding]`: the basis on which each matching item is withheld.
//!
//! ```text
//! position,basis,description,author
//! 17,attorney-client privilege,Memorandum to counsel on discharge permit,plant manager
//! 41,5 U.S.C. 552(b)(6),Personnel record of an employee,
//! ```
//!
//! The first three columns are fixed, up to 29 more are the responding party's. The same entries
//! are rendered as a privilege log (rule 26(b)(5)(A)) or, where the basis is an exemption of the
//! Freedom of Information Act, as a Vaughn index.
//!
//! A responding party's own log may be in any order and spelling of CSV; [`WithholdingLog::draft`]
//! reads it. The production holds the canonical spelling, which [`WithholdingLog::parse`] demands:
//! ascending positions, quotes only where needed, no cell that a spreadsheet would run.
//!
//! Not proved: that a basis is valid, or that a description is true.

use crate::bytes::Malformed;
use crate::text::{has_ink, is_unprintable, plain_spaces};
use std::collections::BTreeSet;

/// The largest file, in bytes.
pub const MAX_BYTES: u64 = 1 << 28;

/// The columns that every log begins with.
pub const FIXED: [&str; 3] = ["position", "basis", "description"];

const MAX_COLUMNS: usize = 32;
const MAX_BASIS: usize = 256;
const MAX_CELL: usize = 1 << 16;

/// One withheld item.
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
    /// A Vaughn index where the basis names an exemption `(b)(1)` to `(b)(9)` or the Freedom of
    /// Information Act, else a privilege log.
    #[must_use]
    pub fn rendering(&self) -> Rendering {
        let basis: String = self
            .basis
            .chars()
            .filter(|c| !c.is_whitespace())
            .flat_map(char::to_lowercase)
            .collect();
        let exemption = ('1'..='9').any(|digit| basis.contains(&format!("(b)({digit})")));
        if exemption || basis.contains("foia") {
            Rendering::VaughnIndex
        } else {
            Rendering::PrivilegeLog
        }
    }
}

/// The entries of all withheld items, in ascending order of position.
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

    /// Reads the log that a responding party wrote, in any order. A cell that a spreadsheet would
    /// run as a formula gets an apostrophe in front.
    ///
    /// # Errors
    /// Names the line: a missing or repeated column, a position that is not a number or occurs
    /// twice, an empty basis or description, a control character, a limit exceeded.
    pub fn draft(bytes: &[u8]) -> Result<Self, Malformed> {
        Self::read(bytes, u64::MAX)
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
        if let Some(pair) = entries
            .windows(2)
            .find(|pair| pair[0].position == pair[1].position)
        {
            return Err(Malformed::new(format!(
                "position {} occurs twice",
                pair[0].position
            )));
        }
        Ok(Self { columns, entries })
    }

    /// Reads the canonical file of a production of `items` items. An entry takes thirty times as much
    /// memory as the shortest line, so no more are read than there can be.
    ///
    /// # Errors
    /// As [`Self::draft`], when there are more entries than items, and when the bytes are not
    /// exactly what [`Self::to_csv`] writes.
    pub fn parse(bytes: &[u8], items: u64) -> Result<Self, Malformed> {
        if bytes.len() as u64 > MAX_BYTES {
            return Err(Malformed::new(format!(
                "it is larger than {MAX_BYTES} bytes"
            )));
        }
        let log = Self::read(bytes, items)?;
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
mod tests {
    use super::*;

    const LOG: &str = "position,basis,description,author\n\
                       4,attorney-client,\"Memo, two pages\",plant manager\n\
                       9,5 U.S.C. 552 (B) (6),Personnel record,\n";

    #[test]
    fn drafts_become_canonical() {
        let log = WithholdingLog::draft(LOG.as_bytes()).unwrap();
        assert_eq!(log.to_csv(), LOG.as_bytes());
        assert_eq!(WithholdingLog::parse(LOG.as_bytes(), 100).unwrap(), log);
        assert_eq!(log.columns(), ["author"]);
        assert_eq!(log.entries()[0].rendering(), Rendering::PrivilegeLog);
        assert_eq!(log.entries()[1].rendering(), Rendering::VaughnIndex);
        assert!(log.contains(9) && !log.contains(5));

        let untidy = "\u{feff}position, basis ,description,author\r\n\
                      9, 5 U.S.C. 552 (B) (6),Personnel record,\r\n\
                      4,attorney-client,\"Memo, two pages\",\"plant manager\"\r\n";
        assert_eq!(WithholdingLog::draft(untidy.as_bytes()).unwrap(), log);
        assert!(WithholdingLog::parse(untidy.as_bytes(), 100).is_err());
    }

    #[test]
    fn the_empty_log_is_a_header() {
        let empty = WithholdingLog::default();
        assert_eq!(empty.to_csv(), b"position,basis,description\n");
        assert_eq!(WithholdingLog::parse(&empty.to_csv(), 100).unwrap(), empty);
    }

    #[test]
    fn formulas_are_neutralised_once() {
        let draft = "position,basis,description,=x\n1,=cmd|' /C calc'!A0,@SUM(A1),+1\n";
        let log = WithholdingLog::draft(draft.as_bytes()).unwrap();
        let entry = &log.entries()[0];
        assert_eq!(entry.basis, "'=cmd|' /C calc'!A0");
        assert_eq!(entry.description, "'@SUM(A1)");
        assert_eq!(
            (entry.more[0].as_str(), log.columns()[0].as_str()),
            ("'+1", "'=x")
        );
        assert_eq!(WithholdingLog::parse(&log.to_csv(), 100).unwrap(), log);
        assert!(WithholdingLog::parse(draft.as_bytes(), 100).is_err());
    }

    /// A basis of blanks is none, however blank; what a typist takes for a space becomes one.
    #[test]
    fn blanks_are_no_basis() {
        for blank in [
            "\u{200b}",
            "\u{3164}",
            "\u{2800}",
            "\u{feff}",
            "\u{ad}",
            "\u{115f}",
            "\u{180e}",
            "\u{e0041}",
            "\u{202e}x",
        ] {
            for row in [
                format!("1,{blank},y"),
                format!("1,x,{blank}"),
                format!("1,x,a{blank}b"),
            ] {
                let log = format!("position,basis,description\n{row}\n");
                let error = WithholdingLog::draft(log.as_bytes()).unwrap_err();
                assert!(error.to_string().contains("readers do not see"), "{error}");
                assert!(WithholdingLog::parse(log.as_bytes(), 5).is_err(), "{row:?}");
            }
        }
        let typed = "position,basis,description\n1,§\u{a0}552\u{a0},\u{3000}a\u{2003}b\n";
        let log = WithholdingLog::draft(typed.as_bytes()).unwrap();
        assert_eq!(
            log.to_csv(),
            "position,basis,description\n1,§ 552,a b\n".as_bytes()
        );
        assert!(WithholdingLog::parse(typed.as_bytes(), 5).is_err());
        assert_eq!(WithholdingLog::parse(&log.to_csv(), 5), Ok(log));
    }

    #[test]
    fn no_more_entries_are_read_than_there_are_items() {
        assert!(WithholdingLog::parse(LOG.as_bytes(), 2).is_ok());
        let error = WithholdingLog::parse(LOG.as_bytes(), 1).unwrap_err();
        assert!(error.to_string().contains("more than 1 entries"), "{error}");
    }

    #[test]
    fn malformed_logs_are_refused() {
        let cases = [
            ("", "header"),
            ("basis,position,description\n", "header"),
            ("position,basis\n1,x\n", "header"),
            ("position,basis,description,a,a\n", "one name"),
            ("position,basis,description,\n", "name is empty"),
            ("position,basis,description\n1,x\n", "CSV"),
            ("position,basis,description\n1,x,y,z\n", "CSV"),
            ("position,basis,description\n-1,x,y\n", "not a number"),
            ("position,basis,description\n01,x,y\n", "not a number"),
            (
                "position,basis,description\n99999999999999999999,x,y\n",
                "not a number",
            ),
            ("position,basis,description\n1,,y\n", "basis is empty"),
            (
                "position,basis,description\n1,x, \n",
                "description is empty",
            ),
            ("position,basis,description\n1,x,y\n1,x,y\n", "twice"),
            ("position,basis,description\n1,x,a\u{7}b\n", "control"),
            (
                "position,basis,description\n1,\u{301},y\n",
                "basis is empty",
            ),
            ("position,basis,description,\u{3164}\n", "not printable"),
        ];
        for (log, reason) in cases {
            let error = WithholdingLog::draft(log.as_bytes())
                .unwrap_err()
                .to_string();
            assert!(error.contains(reason), "{log:?}: {error}");
        }
        assert!(WithholdingLog::draft(b"position,basis,description\n1,x,\xff\n").is_err());
    }
}
