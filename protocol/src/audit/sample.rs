//! `sample.csv` `[format-sample]`: the positions that are to be opened.
//!
//! ```text
//! position
//! 3
//! 17
//! ```
//!
//! [`render`] writes them in ascending order. [`parse`] also takes a table that a person made or
//! added to: any order, further columns, the line ends of a spreadsheet.

use super::draw::MAX_SIZE;
use crate::bytes::Malformed;

/// The largest file, in bytes.
pub const MAX_BYTES: u64 = 1 << 26;

/// The file's text.
#[must_use]
pub fn render(positions: &[u64]) -> String {
    let lines = positions.iter().map(|position| format!("{position}\n"));
    std::iter::once("position\n".to_owned())
        .chain(lines)
        .collect()
}

/// Reads the positions, and returns them in ascending order.
///
/// # Errors
/// When the first column is not called `position`, a cell of it is not a number or occurs twice,
/// there are none, or more than [`MAX_SIZE`].
pub fn parse(bytes: &[u8]) -> Result<Vec<u64>, Malformed> {
    let column = read_columns(bytes, &["position"])?;
    let mut positions = Vec::with_capacity(column.len());
    for (cells, line) in &column {
        positions.push(position(&cells[0], *line)?);
    }
    positions.sort_unstable();
    if let Some(pair) = positions.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(Malformed::new(format!("position {} occurs twice", pair[0])));
    }
    Ok(positions)
}

/// Reads a reviewer's table with the columns `position` and `relevant`, the latter `yes` or `no`:
/// the same list with a mark on every line, in any order. Returns it by position, ascending.
///
/// # Errors
/// As [`parse`], and when a mark is neither.
pub fn parse_reviewed(bytes: &[u8]) -> Result<Vec<(u64, bool)>, Malformed> {
    let rows = read_columns(bytes, &["position", "relevant"])?;
    let mut marks = Vec::with_capacity(rows.len());
    for (cells, line) in &rows {
        let relevant = match cells[1].to_ascii_lowercase().as_str() {
            "yes" => true,
            "no" => false,
            _ => {
                return Err(Malformed::new(format!(
                    "line {line}: 'relevant' is neither yes nor no"
                )));
            }
        };
        marks.push((position(&cells[0], *line)?, relevant));
    }
    marks.sort_unstable();
    if let Some(pair) = marks.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        return Err(Malformed::new(format!(
            "position {} occurs twice",
            pair[0].0
        )));
    }
    Ok(marks)
}

/// The cells of the first columns, which have these names, with the number of each line.
pub(super) fn read_columns(
    bytes: &[u8],
    names: &[&str],
) -> Result<Vec<(Vec<String>, u64)>, Malformed> {
    let unreadable = |error: csv::Error| Malformed::new(error.to_string().replace('\n', " "));
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(bytes);
    let header = reader.headers().map_err(unreadable)?;
    if !names.iter().copied().eq(header.iter().take(names.len())) {
        return Err(Malformed::new(format!(
            "its first columns are not called {}",
            names.join(", ")
        )));
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(unreadable)?;
        if rows.len() as u64 == MAX_SIZE {
            return Err(Malformed::new(format!(
                "it has more than {MAX_SIZE} positions"
            )));
        }
        let line = record.position().map_or(0, csv::Position::line);
        let cells = record.iter().take(names.len()).map(str::to_owned);
        rows.push((cells.collect(), line));
    }
    if rows.is_empty() {
        return Err(Malformed::new("it has no positions"));
    }
    Ok(rows)
}

/// A position in a cell.
pub(super) fn position(cell: &str, line: u64) -> Result<u64, Malformed> {
    let number: Option<u64> = cell.parse().ok();
    number
        .filter(|number| number.to_string() == cell)
        .ok_or_else(|| Malformed::new(format!("line {line}: the position is not a number")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_round_trip_and_hand_made_ones_are_read() {
        let positions = [3, 17, 4_000_000_000];
        assert_eq!(parse(render(&positions).as_bytes()).unwrap(), positions);
        let by_hand = "\u{feff}position,note\r\n17,\"a, b\"\r\n 3 ,\r\n";
        assert_eq!(parse(by_hand.as_bytes()).unwrap(), [3, 17]);
        let marks = "position,relevant\n17,Yes\n3,no\n";
        assert_eq!(
            parse_reviewed(marks.as_bytes()).unwrap(),
            [(3, false), (17, true)]
        );
    }

    #[test]
    fn other_tables_are_refused() {
        for text in [
            "",
            "position\n",
            "3\n17\n",
            "item\n3\n",
            "position\n3\n3\n",
            "position\n-3\n",
            "position\n03\n",
            "position\n3.0\n",
            "position\n\"\"\n",
            "position\n99999999999999999999999\n",
            "position\n3,4\n",
        ] {
            assert!(parse(text.as_bytes()).is_err(), "{text:?}");
        }
        assert!(parse(&[b'p', 0xff]).is_err());
        for text in [
            "position\n3\n",
            "position,relevant\n3,maybe\n",
            "position,relevant\n3,yes\n3,no\n",
            "position,relevant\n",
        ] {
            assert!(parse_reviewed(text.as_bytes()).is_err(), "{text:?}");
        }
    }
}
