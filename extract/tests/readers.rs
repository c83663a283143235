//! Every reader on small documents that the tests write themselves, and on real ones where they are.

#![allow(clippy::unwrap_used, reason = "a test may end at any surprise")]

#[path = "readers/archives.rs"]
mod archives;
#[path = "readers/hostile.rs"]
mod hostile;
#[path = "readers/mail.rs"]
mod mail;
#[path = "readers/office.rs"]
mod office;
#[path = "readers/pdf.rs"]
mod pdf;
#[path = "readers/real.rs"]
mod real;

use duces_extract::{Content, Extraction, Limits, Options, Part, Reason, extract};
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;

/// All that can be asked for.
const OPTIONS: Options = Options {
    pages: false,
    limits: Limits::DEFAULT,
};

/// Reads bytes under a name that says nothing.
fn read(bytes: &[u8]) -> Extraction {
    extract(bytes, "file", &OPTIONS)
}

/// The text; panics where there is none.
fn text(bytes: &[u8]) -> String {
    let extraction = read(bytes);
    extraction
        .text()
        .unwrap_or_else(|| panic!("no text: {extraction:?}"))
        .to_owned()
}

/// The reason; panics where there is a rendition.
fn reason(bytes: &[u8]) -> Reason {
    read(bytes).rendition.unwrap_err()
}

/// The bytes of a part; panics where there are none.
fn bytes(part: &Part) -> &[u8] {
    match &part.content {
        Content::Bytes(bytes) => bytes,
        other => panic!("{}: {other:?}", part.name),
    }
}

/// A ZIP file of these entries.
fn zipped(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer
            .start_file(*name, SimpleFileOptions::default())
            .unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}
