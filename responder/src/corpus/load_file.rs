//! A Concordance load file: what it names for each document of an earlier production.
//!
//! ```text
//! þBEGBATESþ¶þNATIVELINKþ¶þTEXTLINKþ
//! þEPA0000001þ¶þnatives\EPA0000001.docxþ¶þtext\EPA0000001.txtþ
//! ```
//!
//! The first line has the names of the fields. Fields stand between `þ` (byte FE in a single-byte code
//! page) and are parted by the character 14 hex, which shows as `¶`, or by `¶` itself. A field may hold
//! line ends. The charset is UTF-16 or UTF-8 by a byte order mark, UTF-8 if it is valid, else
//! Windows-1252. Fields are known by their names, without regard to case and signs: [`ID`], [`NATIVE`],
//! [`TEXT`], [`IMAGE`].

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};
use std::borrow::Cow;

/// The largest load file, in bytes.
pub const MAX_BYTES: u64 = 1 << 30;

const QUOTE: char = 'þ';
const SEPARATORS: [char; 2] = ['\u{14}', '¶'];

/// Names of the field that numbers a document.
const ID: [&str; 9] = [
    "DOCID",
    "BEGBATES",
    "BEGDOC",
    "BEGNO",
    "BATES",
    "PRODBEG",
    "BEGPROD",
    "CONTROLNUMBER",
    "ID",
];
/// Names of the field that leads to its native file.
const NATIVE: [&str; 8] = [
    "NATIVELINK",
    "NATIVE",
    "NATIVES",
    "NATIVEPATH",
    "NATIVEFILE",
    "NATIVEFILEPATH",
    "DOCLINK",
    "ITEMPATH",
];
/// Names of the field that leads to its text.
const TEXT: [&str; 9] = [
    "TEXTLINK",
    "TEXT",
    "TEXTPATH",
    "TEXTFILE",
    "TEXTFILEPATH",
    "EXTRACTEDTEXT",
    "OCRPATH",
    "OCRTEXT",
    "FULLTEXT",
];
/// Names of the field that leads to its image.
const IMAGE: [&str; 5] = [
    "IMAGELINK",
    "IMAGE",
    "IMAGEPATH",
    "IMAGEFILE",
    "IMAGEFILEPATH",
];

/// What a load file says of one document: links as it has them, parted by `/`, none where a field is
/// empty.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// Its number, or which row it is.
    pub id: String,
    /// The native file.
    pub native: Option<String>,
    /// The text.
    pub text: Option<String>,
    /// The image.
    pub image: Option<String>,
}

/// Reads a load file.
///
/// # Errors
/// What is wrong with it: a clause.
pub fn parse(bytes: &[u8]) -> Result<Vec<Row>, String> {
    let text = decode(bytes);
    let mut rows = Records {
        rest: &text,
        line: 1,
    };
    let head = rows.next().ok_or("it is empty")??;
    let names: Vec<String> = head.iter().map(|name| plain(name)).collect();
    let place = |name: &&str| names.iter().position(|own| own == name);
    let column = |known: &[&str]| known.iter().find_map(place);
    let [id, native, text, image] = [&ID[..], &NATIVE, &TEXT, &IMAGE].map(column);
    if native.is_none() && text.is_none() {
        return Err(format!(
            "none of its fields is one for texts or natives (TEXTLINK, NATIVELINK): {}",
            head.join(", ")
        ));
    }
    rows.zip(1_u64..)
        .map(|(row, number)| {
            let row = row?;
            if row.len() != head.len() {
                return Err(format!(
                    "row {number} has {} fields, and the first line names {}",
                    row.len(),
                    head.len()
                ));
            }
            let field = |column: Option<usize>| {
                let value = row[column?].trim();
                (!value.is_empty()).then(|| value.to_owned())
            };
            let link = |column| field(column).map(|link| link.replace('\\', "/"));
            Ok(Row {
                id: field(id).unwrap_or_else(|| format!("row {number}")),
                native: link(native),
                text: link(text),
                image: link(image),
            })
        })
        .collect()
}

/// A text that came with a document, in the form of a rendition: line ends `\n`, without NUL.
#[must_use]
pub fn text(bytes: &[u8]) -> String {
    let text = decode(bytes).replace("\r\n", "\n").replace('\r', "\n");
    text.replace('\0', "")
}

fn decode(bytes: &[u8]) -> Cow<'_, str> {
    let marked = Encoding::for_bom(bytes).map(|(encoding, _)| encoding);
    let encoding = marked.unwrap_or_else(|| match std::str::from_utf8(bytes) {
        Ok(_) => UTF_8,
        Err(_) => WINDOWS_1252,
    });
    encoding.decode_with_bom_removal(bytes).0
}

/// A name without case and signs.
fn plain(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_alphanumeric());
    letters.collect::<String>().to_uppercase()
}

/// The rows, the first line among them.
struct Records<'a> {
    rest: &'a str,
    line: u64,
}

impl Iterator for Records<'_> {
    type Item = Result<Vec<String>, String>;

    fn next(&mut self) -> Option<Self::Item> {
        while let Some(rest) = self.rest.strip_prefix(['\r', '\n']) {
            self.rest = rest;
        }
        if self.rest.is_empty() {
            return None;
        }
        let row = self.row();
        if row.is_err() {
            self.rest = "";
        }
        self.line += 1;
        Some(row)
    }
}

impl Records<'_> {
    fn row(&mut self) -> Result<Vec<String>, String> {
        let mut fields = Vec::new();
        loop {
            let inner = self.rest.strip_prefix(QUOTE);
            let broken = || {
                format!(
                    "a field of line {} does not stand between þ and þ",
                    self.line
                )
            };
            let inner = inner.ok_or_else(broken)?;
            let end = inner.find(QUOTE).ok_or_else(broken)?;
            fields.push(inner[..end].to_owned());
            let after = &inner[end + QUOTE.len_utf8()..];
            match after.strip_prefix(SEPARATORS) {
                Some(rest) => self.rest = rest,
                None if after.is_empty() || after.starts_with(['\r', '\n']) => {
                    self.rest = after;
                    return Ok(fields);
                }
                None => return Err(broken()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "þDoc Idþ\u{14}þNative Linkþ\u{14}þTEXT_PATHþ\u{14}þNOTEþ\r\n\
                        þA-1þ\u{14}þnatives\\a.docþ\u{14}þ.\\text\\a.txtþ\u{14}þtwo\r\nlinesþ\r\n\
                        þþ\u{14}þþ\u{14}þtext\\é.txtþ\u{14}þþ\r\n";

    fn expected() -> Vec<Row> {
        let link = |text: &str| Some(text.to_owned());
        vec![
            Row {
                id: "A-1".to_owned(),
                native: link("natives/a.doc"),
                text: link("./text/a.txt"),
                image: None,
            },
            Row {
                id: "row 2".to_owned(),
                native: None,
                text: link("text/é.txt"),
                image: None,
            },
        ]
    }

    #[test]
    fn every_charset_and_separator_reads_the_same() {
        let utf16 = |order: fn(u16) -> [u8; 2]| {
            let units = std::iter::once(0xfeff).chain(FILE.encode_utf16());
            units.flat_map(order).collect::<Vec<u8>>()
        };
        let windows = |text: &str| text.chars().map(|c| u8::try_from(c).unwrap()).collect();
        let shown = FILE.replace('\u{14}', "¶");
        let all: [Vec<u8>; 7] = [
            FILE.as_bytes().to_vec(),
            [b"\xef\xbb\xbf", FILE.as_bytes()].concat(),
            utf16(u16::to_le_bytes),
            utf16(u16::to_be_bytes),
            windows(FILE),
            windows(&shown),
            FILE.replace("\r\n", "\n").into_bytes(),
        ];
        for bytes in all {
            assert_eq!(parse(&bytes), Ok(expected()));
        }
    }

    #[test]
    fn other_files_are_refused() {
        for (text, what) in [
            ("", "empty"),
            ("a,b\n", "does not stand between"),
            ("þAþ\u{14}þBþ\n", "none of its fields"),
            ("þTEXTþ\u{14}þBþ\nþaþ\n", "row 1 has 1 fields"),
            ("þTEXTþ\nþaþxþ\n", "line 2"),
            ("þTEXTþ\nþa\n", "line 2"),
        ] {
            let error = parse(text.as_bytes()).unwrap_err();
            assert!(error.contains(what), "{error}");
        }
    }

    #[test]
    fn texts_take_the_form_of_renditions() {
        assert_eq!(text(b"\xef\xbb\xbfa\r\nb\rc\0"), "a\nb\nc");
        assert_eq!(text(b"caf\xe9"), "café");
        assert_eq!(text(b"\xff\xfea\0"), "a");
    }
}
