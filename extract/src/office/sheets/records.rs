//! The records of an old workbook ([MS-XLS] 2.1.4): encryption, and text outside of cells.

use crate::extraction::Reason;
use crate::text::charset;
use crate::text::lines::Lines;

const HEADER: u16 = 0x14;
const FOOTER: u16 = 0x15;
const FILE_PASS: u16 = 0x2f;
const CONTINUE: u16 = 0x3c;
const TEXT_OBJECT: u16 = 0x1b6;

/// The records of a stream: kind and data, as far as it is well-formed.
fn records(stream: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    let mut rest = stream;
    std::iter::from_fn(move || {
        let (&[a, b, c, d], after) = rest.split_first_chunk()?;
        let (data, after) = after.split_at_checked(usize::from(u16::from_le_bytes([c, d])))?;
        rest = after;
        Some((u16::from_le_bytes([a, b]), data))
    })
}

/// Whether the stream is encrypted behind its first records. A method that only scrambles with the
/// password of Excel itself counts as well: there is no reader for it.
pub fn is_encrypted(stream: &[u8]) -> bool {
    records(stream).take(64).any(|(kind, _)| kind == FILE_PASS)
}

/// Comments, text boxes, headers and footers, in the order of the stream.
///
/// # Errors
/// [`Reason::Limit`].
pub fn beside_cells(stream: &[u8], lines: &mut Lines) -> Result<(), Reason> {
    let mut records = records(stream).peekable();
    while let Some((kind, data)) = records.next() {
        match kind {
            HEADER | FOOTER if data.len() > 3 => lines.words(&counted(data)),
            TEXT_OBJECT => {
                // Characters follow in records of their own, each with its own flag of width.
                let mut left = data
                    .get(10..12)
                    .map_or(0, |b| usize::from(u16::from_le_bytes([b[0], b[1]])));
                while left > 0
                    && let Some((_, data)) = records.next_if(|(kind, _)| *kind == CONTINUE)
                {
                    let (text, count) = characters(data, left);
                    lines.verbatim(&text.replace('\r', "\n"));
                    left -= count;
                    if count == 0 {
                        break;
                    }
                }
            }
            _ => continue,
        }
        lines.line();
        lines.check()?;
    }
    Ok(())
}

/// Up to `most` characters behind a byte that tells their width, and how many there were.
fn characters(data: &[u8], most: usize) -> (String, usize) {
    let Some((&flags, data)) = data.split_first() else {
        return (String::new(), 0);
    };
    if flags & 1 == 0 {
        let data = &data[..data.len().min(most)];
        return (data.iter().map(|&b| char::from(b)).collect(), data.len());
    }
    let (units, _) = data.as_chunks::<2>();
    let units = &units[..units.len().min(most)];
    let decoded = char::decode_utf16(units.iter().map(|&u| u16::from_le_bytes(u)));
    (
        decoded
            .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect(),
        units.len(),
    )
}

/// A header: of 16-bit length and width since Excel 97, of 8-bit length before.
fn counted(data: &[u8]) -> String {
    let length = usize::from(u16::from_le_bytes([data[0], data[1]]));
    let width = 1 + usize::from(data[2] & 1);
    if length * width + 3 == data.len() {
        characters(&data[2..], length).0
    } else {
        charset::decode(&data[1..], None).text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extraction::{Limits, Options};

    fn record(kind: u16, data: &[u8]) -> Vec<u8> {
        let length = u16::try_from(data.len()).unwrap();
        [&kind.to_le_bytes(), &length.to_le_bytes(), data].concat()
    }

    #[test]
    fn comments_and_headers() {
        let object = [&[0; 10][..], &6_u16.to_le_bytes(), &[0; 6]].concat();
        let stream = [
            record(0x809, &[0; 16]),
            record(HEADER, b"\x06\0\0Secret"),
            record(TEXT_OBJECT, &object),
            record(CONTINUE, b"\0gas"),
            record(CONTINUE, b"\x01!\0 \0\xac\x20"),
            record(CONTINUE, b"\0formatting"),
        ]
        .concat();
        let options = Options {
            pages: false,
            limits: Limits::DEFAULT,
        };
        let mut lines = Lines::new(&options);
        beside_cells(&stream, &mut lines).unwrap();
        assert_eq!(lines.finish(), "Secret\ngas! €\n");
        assert!(!is_encrypted(&stream));
        assert!(is_encrypted(&record(FILE_PASS, &[1, 0])));
    }
}
