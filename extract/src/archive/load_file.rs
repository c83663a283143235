//! Concordance load files (`.dat`): the fields of an earlier production.
//!
//! The text is the table: a row on each line, fields parted by tabs, and lines within a field on lines of their
//! own. The texts and natives that it names are files beside it, and items of their own.

use crate::extraction::{Extraction, Options};
use crate::kind::Kind;
use crate::text::{charset, plain};

/// What stands around a field, between fields, and for a line end within one.
const QUOTE: char = '\u{fe}';
const DELIMITER: char = '\u{14}';
const LINE_END: char = '\u{ae}';

/// Reads a load file.
pub fn read(bytes: &[u8], options: &Options) -> Extraction {
    let decoded = charset::decode(bytes, None);
    let shown = |c: char| match c {
        QUOTE => None,
        DELIMITER => Some('\t'),
        LINE_END => Some('\n'),
        c => Some(c),
    };
    let text: String = decoded.text.chars().filter_map(shown).collect();
    let extraction = Extraction::new(Kind::LoadFile, plain::rendition(&text, options));
    match decoded.guessed {
        Some(charset) => extraction.with_reading(format!("charset {charset}")),
        None => extraction,
    }
}
