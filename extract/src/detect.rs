//! What a file is, by its content; by its name only where the bytes leave it open.
//!
//! | decided by | kinds |
//! |---|---|
//! | first bytes | images, PDF, RTF, archives, mail stores, other binaries |
//! | a header within the first 1,024 bytes, and what follows it | PDF behind other bytes |
//! | directory inside | Office and OpenDocument files (ZIP), older Office and Outlook files (OLE) |
//! | well-formed to the last byte | DER, CBOR |
//! | share of control characters | text, or bytes of an unknown type |
//! | opening of the text | HTML, XML, e-mail, mailbox |
//! | extension of the name | CSV and TSV; HTML, XML, e-mail and mailbox whose opening says nothing |
//!
//! An e-mail is a text with a header block that holds `Received` or `Return-Path`, or `From`, `Date`
//! and `Message-ID`, or any field where the extension is `.eml`. A mailbox begins with a line
//! `From ` and a header block. A text that begins with one field and goes on in prose is plain text.

mod binary;
mod found;
mod opening;
mod pdf;

pub use binary::is_enveloped;
pub use found::Found;
pub use opening::without_from_line;

use crate::kind::{Kind, extension};
use crate::{archive, office, text};

/// Finds the kind of a file that is not empty.
pub fn find(bytes: &[u8], name: &str) -> Found {
    match binary::by_magic(bytes) {
        Some(Kind::Zip) => return archive::zip::kind(bytes).into(),
        Some(Kind::Ole) => return office::ole::kind(bytes).into(),
        Some(kind) => return kind.into(),
        None => {}
    }
    if !text::charset::is_text(bytes) {
        return binary::by_structure(bytes).unwrap_or(Kind::Binary).into();
    }
    if let Some(kind) = binary::by_structure(bytes) {
        return kind.into();
    }
    opening::find(bytes, &extension(name))
}
