//! Word 6 to 2003 ([MS-DOC]): the text, by its piece table.
//!
//! A document's characters lie in one sequence: the body, footnotes, headers and footers, comments,
//! endnotes and text boxes one after the other. The piece table tells where each stretch of it lies in the
//! file, and whether it is 8-bit (Windows-1252) or UTF-16. Deleted text of tracked changes is part of the
//! sequence. Codes of fields are left out, their results read. Embedded objects are parts.
//!
//! # Not proved
//! Whether a stretch is formatted as hidden: it is read all the same.

use crate::extraction::{Extraction, Options, Part, Reason};
use crate::kind::Kind;
use crate::office::legacy::embedded;
use crate::office::ole::Compound;
use crate::text::lines::Lines;
use crate::text::plain;
use encoding_rs::{UTF_16LE, WINDOWS_1252};

/// Reads a document.
pub fn read(bytes: &[u8], options: &Options) -> Extraction {
    match parse(bytes, options) {
        Ok((text, parts)) => {
            Extraction::new(Kind::Doc, plain::rendition(&text, options)).with_parts(parts)
        }
        Err(reason) => Extraction::unread(Kind::Doc, reason),
    }
}

fn parse(bytes: &[u8], options: &Options) -> Result<(String, Vec<Part>), Reason> {
    let mut file = Compound::open(bytes, options)?;
    let main = file.read("/WordDocument")?.ok_or(Reason::Damaged)?;
    let flags = u16_at(&main, 10).ok_or(Reason::Damaged)?;
    if flags & 0x100 != 0 {
        return Err(Reason::Encrypted);
    }
    let version = u16_at(&main, 2).ok_or(Reason::Damaged)?;
    let raw = if version < 0xc1 {
        old(&main, flags & 4 != 0)?
    } else {
        let name = if flags & 0x200 != 0 {
            "/1Table"
        } else {
            "/0Table"
        };
        let table = file.read(name)?.ok_or(Reason::Damaged)?;
        let at = u32_at(&main, 0x1a2).ok_or(Reason::Damaged)? as usize;
        let length = u32_at(&main, 0x1a6).ok_or(Reason::Damaged)? as usize;
        let pieces = table
            .get(at..)
            .and_then(|t| t.get(..length))
            .ok_or(Reason::Damaged)?;
        pieces_text(&main, pieces, false, options)?
    };
    Ok((shown(&raw, options)?, embedded(&mut file, options)?))
}

/// Word 6 and 95: one stretch of 8-bit characters, or a piece table within the main stream.
fn old(main: &[u8], complex: bool) -> Result<String, Reason> {
    let field = |at| u32_at(main, at).map(|n| n as usize).ok_or(Reason::Damaged);
    if complex {
        let (at, length) = (field(0x160)?, field(0x164)?);
        let pieces = main
            .get(at..)
            .and_then(|t| t.get(..length))
            .ok_or(Reason::Damaged)?;
        let unlimited = Options {
            pages: false,
            limits: crate::Limits::DEFAULT,
        };
        return pieces_text(main, pieces, true, &unlimited);
    }
    let (from, to) = (field(0x18)?, field(0x1c)?);
    let text = main.get(from..to).ok_or(Reason::Damaged)?;
    Ok(WINDOWS_1252
        .decode_without_bom_handling(text)
        .0
        .into_owned())
}

/// The characters of all pieces. The table may stand behind lists of formats ([MS-DOC] 2.9.38).
fn pieces_text(
    main: &[u8],
    mut table: &[u8],
    narrow: bool,
    options: &Options,
) -> Result<String, Reason> {
    while let [1, a, b, rest @ ..] = table {
        table = rest
            .get(usize::from(u16::from_le_bytes([*a, *b]))..)
            .ok_or(Reason::Damaged)?;
    }
    let [2, a, b, c, d, rest @ ..] = table else {
        return Err(Reason::Damaged);
    };
    let length = u32::from_le_bytes([*a, *b, *c, *d]) as usize;
    let table = rest.get(..length).ok_or(Reason::Damaged)?;
    // n + 1 positions of four bytes, and n descriptions of eight.
    let count = table.len().saturating_sub(4) / 12;
    let mut text = String::new();
    for piece in 0..count {
        let position = |n: usize| {
            u32_at(table, 4 * n)
                .map(|n| n as usize)
                .ok_or(Reason::Damaged)
        };
        let characters = position(piece + 1)?
            .checked_sub(position(piece)?)
            .ok_or(Reason::Damaged)?;
        let place = u32_at(table, 4 * (count + 1) + 8 * piece + 2).ok_or(Reason::Damaged)?;
        let is_narrow = narrow || place & 0x4000_0000 != 0;
        let from = match (narrow, is_narrow) {
            (false, true) => (place & 0x3fff_ffff) as usize / 2,
            _ => place as usize,
        };
        let bytes = if is_narrow {
            characters
        } else {
            characters.saturating_mul(2)
        };
        let stretch = main
            .get(from..)
            .and_then(|m| m.get(..bytes))
            .ok_or(Reason::Damaged)?;
        let encoding = if is_narrow { WINDOWS_1252 } else { UTF_16LE };
        text.push_str(&encoding.decode_without_bom_handling(stretch).0);
        // Pieces may point at the same bytes again and again.
        if text.len() as u64 > options.limits.text_bytes {
            return Err(Reason::Limit);
        }
    }
    Ok(text)
}

/// Word's own characters: the ends of paragraphs, cells and pages, fields, marks of notes.
fn shown(raw: &str, options: &Options) -> Result<String, Reason> {
    let mut lines = Lines::new(options);
    // For every open field: whether its code is over.
    let mut fields: Vec<bool> = Vec::new();
    for c in raw.chars() {
        match c {
            '\u{13}' => fields.push(false),
            '\u{14}' => {
                if let Some(result) = fields.last_mut() {
                    *result = true;
                }
            }
            '\u{15}' => {
                fields.pop();
            }
            '\r' | '\u{b}' | '\u{c}' | '\u{e}' => {
                // A code does not go beyond its paragraph: one that does is damaged, not shown.
                fields.retain(|result| *result);
                lines.line();
            }
            _ if fields.last() == Some(&false) => {}
            '\u{7}' | '\t' => lines.tab(),
            '\u{1e}' => lines.verbatim("-"),
            '\u{0}'..='\u{1f}' => {}
            c => lines.verbatim(c.encode_utf8(&mut [0; 4])),
        }
        lines.check()?;
    }
    Ok(lines.finish())
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes
        .get(at..)?
        .first_chunk()
        .map(|b| u16::from_le_bytes(*b))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes
        .get(at..)?
        .first_chunk()
        .map(|b| u32::from_le_bytes(*b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extraction::Limits;

    const OPTIONS: Options = Options {
        pages: false,
        limits: Limits::DEFAULT,
    };

    #[test]
    fn pieces_of_both_widths() {
        let main = b"....gas \xac\x20f\0.";
        let mut table = vec![1, 2, 0, 9, 9, 2, 28, 0, 0, 0];
        for position in [0_u32, 4, 6] {
            table.extend(position.to_le_bytes());
        }
        for place in [0x4000_0000_u32 | 8, 8] {
            table.extend([&[0, 0][..], &place.to_le_bytes(), &[0, 0]].concat());
        }
        assert_eq!(
            pieces_text(main, &table, false, &OPTIONS).unwrap(),
            "gas €f"
        );
        assert_eq!(
            pieces_text(b"", &table, false, &OPTIONS),
            Err(Reason::Damaged)
        );
    }

    #[test]
    fn results_of_fields_are_shown() {
        let raw = "see \u{13}HYPERLINK x\u{14}here\u{15}.\rcell\u{7}\u{7}\u{13}PAGE \rnext";
        assert_eq!(shown(raw, &OPTIONS).unwrap(), "see here.\ncell\nnext\n");
    }
}
