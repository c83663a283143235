//! `loadfile.dat` `[format-load-file]`: the Concordance load file that review platforms import.
//!
//! One header line, then one line for each produced document in ascending order of Bates number.
//! BEGATTACH and ENDATTACH are the first and the last number of a family of which more than one
//! document is produced. TEXTLINK and IMAGELINK lead to its rendition, of which there is one; of an
//! image to its first page ([`super::opticon`] has all). REDACTED is `Y` where they lead to a redaction.
//! Fields are quoted by byte `0xFE` (þ), separated by byte `0x14` (shown as ¶), lines end in
//! CR LF. Every value is ASCII, so the file reads the same in any single-byte code page.
//! The judge writes the file again from what it has checked and compares.

use super::bates::{BatesNumber, Extension};
use crate::digest::Digest;
use crate::view::Kind;

/// Names of the fields.
pub const FIELDS: [&str; 12] = [
    "BEGBATES",
    "ENDBATES",
    "BEGATTACH",
    "ENDATTACH",
    "POSITION",
    "DOCEXT",
    "FILESIZE",
    "SHA256",
    "NATIVELINK",
    "TEXTLINK",
    "IMAGELINK",
    "REDACTED",
];

/// What the load file says of one produced document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// Its Bates number.
    pub bates: BatesNumber,
    /// Its position in the commitment.
    pub position: u64,
    /// The position that heads its family.
    pub family: u64,
    /// Its native file; a page has none.
    pub native: Option<Native>,
    /// Whether it has a text in `text/`.
    pub text: bool,
    /// How many pages it has in `images/`.
    pub pages: u32,
    /// Whether text or pages are a redaction.
    pub redacted: bool,
}

impl Row {
    /// What an opening says of a document; an exception has no rendition.
    #[must_use]
    pub fn opened(
        bates: BatesNumber,
        position: u64,
        family: u64,
        native: Option<Native>,
        rendition: Option<Kind>,
    ) -> Self {
        Self {
            bates,
            position,
            family,
            native,
            text: rendition == Some(Kind::Text),
            pages: u32::from(rendition == Some(Kind::Image)),
            redacted: false,
        }
    }
}

/// A native file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Native {
    /// The extension of its name.
    pub extension: Extension,
    /// Its bytes.
    pub size: u64,
    /// Its SHA-256.
    pub sha256: Digest,
}

const QUOTE: u8 = 0xfe;
const SEPARATOR: u8 = 0x14;

/// The file's bytes. Rows are in the order of their Bates numbers.
#[must_use]
pub fn render(rows: &[Row]) -> Vec<u8> {
    let mut out = Vec::new();
    write_line(&mut out, &FIELDS.map(str::to_owned));
    for family in rows.chunk_by(|one, next| one.family == next.family) {
        let range = match family {
            [first, .., last] => [first.bates.to_string(), last.bates.to_string()],
            _ => Default::default(),
        };
        for row in family {
            write_line(&mut out, &row.values(&range));
        }
    }
    out
}

impl Row {
    fn values(&self, [first, last]: &[String; 2]) -> [String; 12] {
        let bates = self.bates.to_string();
        let native =
            |value: fn(&Native) -> String| self.native.as_ref().map_or(String::new(), value);
        let link = |is_there: bool, kind: Kind| match is_there {
            true => self.bates.rendition(kind).replace('/', "\\"),
            false => String::new(),
        };
        [
            bates.clone(),
            bates,
            first.clone(),
            last.clone(),
            self.position.to_string(),
            native(|native| native.extension.to_string()),
            native(|native| native.size.to_string()),
            native(|native| native.sha256.to_string()),
            self.native.as_ref().map_or(String::new(), |native| {
                format!("natives\\{}", self.bates.native(native.extension))
            }),
            link(self.text, Kind::Text),
            link(self.pages > 0, Kind::Image),
            if self.redacted { "Y" } else { "" }.to_owned(),
        ]
    }
}

fn write_line(out: &mut Vec<u8>, values: &[String]) {
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            out.push(SEPARATOR);
        }
        out.push(QUOTE);
        out.extend_from_slice(value.as_bytes());
        out.push(QUOTE);
    }
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::TaggedHash;

    fn row(serial: u64, position: u64, family: u64, is_page: bool) -> Row {
        let prefix: super::super::bates::BatesPrefix = "EPA".parse().unwrap();
        let native = Native {
            extension: "pdf".parse().unwrap(),
            size: 512,
            sha256: TaggedHash::new("x").finish(),
        };
        Row {
            bates: prefix.number(serial),
            position,
            family,
            native: (!is_page).then_some(native),
            text: !is_page,
            pages: u32::from(is_page),
            redacted: is_page,
        }
    }

    #[test]
    fn a_line_for_each_document() {
        let bytes = render(&[
            row(1, 17, 17, false),
            row(2, 3, 17, true),
            row(3, 20, 20, false),
        ]);
        let text: String = bytes.iter().map(|&b| char::from(b)).collect();
        let lines: Vec<Vec<&str>> = text
            .split_terminator("\r\n")
            .map(|line| {
                line.split('\u{14}')
                    .map(|field| field.trim_matches('þ'))
                    .collect()
            })
            .collect();
        let sha256 = TaggedHash::new("x").finish().to_string();
        assert_eq!(lines[0], FIELDS);
        assert_eq!(
            lines[1],
            [
                "EPA0000001",
                "EPA0000001",
                "EPA0000001",
                "EPA0000002",
                "17",
                "pdf",
                "512",
                &sha256,
                "natives\\EPA0000001.pdf",
                "text\\EPA0000001.txt",
                "",
                "",
            ]
        );
        assert_eq!(
            lines[2],
            [
                "EPA0000002",
                "EPA0000002",
                "EPA0000001",
                "EPA0000002",
                "3",
                "",
                "",
                "",
                "",
                "",
                "images\\EPA0000002.png",
                "Y",
            ]
        );
        assert_eq!(lines[3][2..4], ["", ""]);
        assert_eq!(lines.len(), 4);
    }
}
