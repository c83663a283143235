//! `loadfile.dat` `[format-load-file]`: the Concordance load file that review platforms import.
//!
//! One header line, then one line for each produced item in ascending order of Bates number.
//! Fields are quoted by byte `0xFE` (þ), separated by byte `0x14` (shown as ¶), lines end in
//! CR LF. Every value is ASCII, so the file reads the same in any single-byte code page.
//! The judge writes the file again from what it has checked and compares.

use super::bates::{BatesNumber, Extension};
use crate::digest::Digest;

/// Names of the fields.
pub const FIELDS: [&str; 7] = [
    "BEGBATES",
    "ENDBATES",
    "POSITION",
    "DOCEXT",
    "FILESIZE",
    "SHA256",
    "NATIVELINK",
];

const QUOTE: u8 = 0xfe;
const SEPARATOR: u8 = 0x14;

/// What the load file says of one produced item.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// Its Bates number.
    pub bates: BatesNumber,
    /// Its position in the commitment.
    pub position: u64,
    /// The extension of its native file.
    pub extension: Extension,
    /// Bytes of its native file.
    pub size: u64,
    /// SHA-256 of its native file.
    pub sha256: Digest,
}

/// The file's bytes.
#[must_use]
pub fn render<'a>(rows: impl IntoIterator<Item = &'a Row>) -> Vec<u8> {
    let mut out = Vec::new();
    write_line(&mut out, &FIELDS.map(str::to_owned));
    for row in rows {
        let bates = row.bates.to_string();
        let link = format!("natives\\{}", row.bates.native(row.extension));
        let values = [
            bates.clone(),
            bates,
            row.position.to_string(),
            row.extension.to_string(),
            row.size.to_string(),
            row.sha256.to_string(),
            link,
        ];
        write_line(&mut out, &values);
    }
    out
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

    #[test]
    fn a_line_for_each_item() {
        let row = Row {
            bates: "EPA"
                .parse::<super::super::bates::BatesPrefix>()
                .unwrap()
                .number(1),
            position: 17,
            extension: "png".parse().unwrap(),
            size: 512,
            sha256: TaggedHash::new("x").finish(),
        };
        let bytes = render([&row]);
        let lines: Vec<&[u8]> = bytes.split(|&b| b == b'\n').collect();
        assert_eq!(lines.len(), 3);
        assert!(lines[0].starts_with(b"\xfeBEGBATES\xfe\x14\xfeENDBATES\xfe\x14"));
        assert!(
            lines[1].starts_with(b"\xfeEPA0000001\xfe\x14\xfeEPA0000001\xfe\x14\xfe17\xfe\x14")
        );
        assert!(lines[1].ends_with(b"\xfenatives\\EPA0000001.png\xfe\r"));
    }
}
