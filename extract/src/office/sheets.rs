//! Excel workbooks, read by `calamine`.
//!
//! A sheet is its name and its rows, a line each, the cells that hold something parted by tabs. Hidden
//! sheets, rows and columns are read. A cell shows its value, not its format: numbers with all their
//! digits, dates as `2006-01-25` or `2006-01-25T13:05:00`, times of day as `13:05:00`, durations as
//! `PT3600S`; formulas show their last result.
//!
//! Comments, text boxes, charts, headers and footers follow the cells.
//!
//! # Not proved
//! That a number is a date: that is read from its format, as Excel does.

mod records;

use crate::archive::package::Package;
use crate::extraction::{Extraction, Options, Part, Reason};
use crate::kind::Kind;
use crate::office::ole::Compound;
use crate::office::ooxml;
use crate::text::lines::Lines;
use crate::text::plain;
use calamine::{
    Cell, Data, DataRef, ExcelDateTime, Reader, Xls, XlsError, Xlsb, XlsbError, Xlsx, XlsxError,
};
use std::io::Cursor;

/// Reads a workbook.
pub fn read(bytes: &[u8], kind: Kind, options: &Options) -> Extraction {
    let mut lines = Lines::new(options);
    let read = match kind {
        Kind::Xls => old(bytes, &mut lines, options),
        _ => new(bytes, kind, &mut lines, options),
    };
    match read {
        Ok(parts) => {
            Extraction::new(kind, plain::rendition(&lines.finish(), options)).with_parts(parts)
        }
        Err(reason) => Extraction::unread(kind, reason),
    }
}

/// A workbook since 2007.
fn new(
    bytes: &[u8],
    kind: Kind,
    lines: &mut Lines,
    options: &Options,
) -> Result<Vec<Part>, Reason> {
    let mut package = Package::open(bytes, options)?;
    package.check()?;
    if kind == Kind::Xlsb {
        binary_cells(bytes, lines)?;
    } else {
        cells(bytes, lines)?;
    }
    ooxml::beside_cells(&mut package, lines)?;
    match ooxml::parts(&mut package, options) {
        (_, true) => Err(Reason::Limit),
        (parts, false) => Ok(parts),
    }
}

fn cells(bytes: &[u8], lines: &mut Lines) -> Result<(), Reason> {
    let reason = |error: XlsxError| match error {
        XlsxError::Password => Reason::Encrypted,
        _ => Reason::Damaged,
    };
    let mut workbook = Xlsx::new(Cursor::new(bytes)).map_err(reason)?;
    for name in workbook.sheet_names() {
        lines.words(&name);
        lines.line();
        let mut reader = match workbook.worksheet_cells_reader(&name) {
            Err(XlsxError::NotAWorksheet(_)) => continue,
            reader => reader.map_err(reason)?,
        };
        let mut rows = Rows::default();
        while let Some(cell) = reader.next_cell().map_err(reason)? {
            rows.cell(&cell, lines)?;
        }
        lines.line();
    }
    Ok(())
}

fn binary_cells(bytes: &[u8], lines: &mut Lines) -> Result<(), Reason> {
    let reason = |error: XlsbError| match error {
        XlsbError::Password => Reason::Encrypted,
        _ => Reason::Damaged,
    };
    let mut workbook = Xlsb::new(Cursor::new(bytes)).map_err(reason)?;
    for name in workbook.sheet_names() {
        lines.words(&name);
        lines.line();
        let mut reader = workbook.worksheet_cells_reader(&name).map_err(reason)?;
        let mut rows = Rows::default();
        while let Some(cell) = reader.next_cell().map_err(reason)? {
            rows.cell(&cell, lines)?;
        }
        lines.line();
    }
    Ok(())
}

/// A workbook until 2003.
fn old(bytes: &[u8], lines: &mut Lines, options: &Options) -> Result<Vec<Part>, Reason> {
    let mut file = Compound::open(bytes, options)?;
    let stream = match file.read("/Workbook")? {
        Some(stream) => stream,
        None => file.read("/Book")?.ok_or(Reason::Damaged)?,
    };
    if records::is_encrypted(&stream) {
        return Err(Reason::Encrypted);
    }
    let mut workbook = Xls::new(Cursor::new(bytes)).map_err(|error| match error {
        XlsError::Password => Reason::Encrypted,
        _ => Reason::Damaged,
    })?;
    for name in workbook.sheet_names() {
        lines.words(&name);
        lines.line();
        let Ok(range) = workbook.worksheet_range(&name) else {
            continue;
        };
        for row in range.rows() {
            for value in row {
                put(value, lines);
            }
            lines.line();
            lines.check()?;
        }
    }
    records::beside_cells(&stream, lines)?;
    crate::office::legacy::embedded(&mut file, options)
}

/// Cells as they come, row by row.
#[derive(Default)]
struct Rows {
    row: Option<u32>,
}

impl Rows {
    fn cell(&mut self, cell: &Cell<DataRef>, lines: &mut Lines) -> Result<(), Reason> {
        let (row, _) = cell.get_position();
        if self.row.replace(row) != Some(row) {
            lines.line();
        }
        put(&Data::from(cell.get_value().clone()), lines);
        lines.check()
    }
}

fn put(value: &Data, lines: &mut Lines) {
    let text = match value {
        Data::Empty => return,
        Data::DateTime(date) => date_text(date),
        Data::Bool(value) => value.to_string().to_ascii_uppercase(),
        value => value.to_string(),
    };
    lines.words(&text);
    lines.tab();
}

/// A date in its ISO form: without a time at midnight, without a date on day 0.
fn date_text(date: &ExcelDateTime) -> String {
    if date.is_duration() {
        // Whole seconds of what is stored as a share of days, rounded half up.
        let seconds = (date.as_f64() * 86_400.0 + 0.5).floor();
        return format!("PT{seconds}S");
    }
    let (year, month, day, hour, minute, second, milli) = date.to_ymd_hms_milli();
    let time = if milli == 0 {
        format!("{hour:02}:{minute:02}:{second:02}")
    } else {
        format!("{hour:02}:{minute:02}:{second:02}.{milli:03}")
    };
    if date.as_f64() < 1.0 {
        time
    } else if (hour, minute, second, milli) == (0, 0, 0, 0) {
        format!("{year:04}-{month:02}-{day:02}")
    } else {
        format!("{year:04}-{month:02}-{day:02}T{time}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use calamine::ExcelDateTimeType;

    #[test]
    fn dates_have_one_form() {
        let date = |value| {
            date_text(&ExcelDateTime::new(
                value,
                ExcelDateTimeType::DateTime,
                false,
            ))
        };
        assert_eq!(date(38_742.0), "2006-01-25");
        assert_eq!(date(45_943.5), "2025-10-13T12:00:00");
        assert_eq!(date(0.25), "06:00:00");
        let hours = ExcelDateTime::new(1.5, ExcelDateTimeType::TimeDelta, false);
        assert_eq!(date_text(&hours), "PT129600S");
    }
}
