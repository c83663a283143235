//! The bytes between a caller and an extractor: one request, one answer, nothing after either.
//!
//! `docs/extraction-interface.md` states them byte by byte. Integers are little-endian; a string or a
//! byte string is its length (`u32`) and then its bytes. Every length is checked against the limits
//! of the request before anything is allocated for it, and bytes after the end are refused: the
//! caller takes nothing from an extractor that it did not ask for.

pub(crate) mod read;

use crate::extraction::{Content, Extraction, Limits, Options, Raster, Reason, Rendition};
use crate::kind::Kind;
use std::fmt;

pub use read::{answer, request};

/// The first bytes of a request; the last one is the version.
pub const REQUEST_MAGIC: [u8; 8] = *b"DUCESXQ\x01";

/// The first bytes of an answer; the last one is the version.
pub const ANSWER_MAGIC: [u8; 8] = *b"DUCESXA\x01";

/// The longest name of a file or a part, and the longest reading, in bytes. Longer ones are cut at
/// the end of a character when they are written.
pub const NAME_BYTES: usize = 4_096;

/// The longest version of an extractor, in bytes.
pub const VERSION_BYTES: usize = 64;

/// What is wanted of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wanted {
    /// Its rendition and its parts.
    Extraction,
    /// The page of this number, from 0, as an image.
    Page(u32),
    /// Its kind alone: for a file whose reader failed.
    Kind,
}

/// What a caller sends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Request<'a> {
    /// What is wanted.
    pub wanted: Wanted,
    /// How it is to be read.
    pub options: Options,
    /// The file's name, for types that its bytes leave open.
    pub name: &'a str,
    /// The file.
    pub bytes: &'a [u8],
}

/// What an extractor sends back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// Its version.
    pub version: String,
    /// Which confinement is in force, as bits: see [`crate::worker::Confinement`].
    pub confinement: u8,
    /// What was wanted.
    pub outcome: Outcome,
}

/// The answer's content.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// To [`Wanted::Extraction`].
    Extraction(Extraction),
    /// To [`Wanted::Page`].
    Page(Result<Raster, Reason>),
    /// To [`Wanted::Kind`].
    Kind(Kind),
}

/// Why bytes are no request or no answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Malformed {
    /// Where, in bytes from the start.
    pub at: usize,
    /// What is wrong there.
    pub what: &'static str,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "byte {}: {}", self.at, self.what)
    }
}

impl std::error::Error for Malformed {}

impl Request<'_> {
    /// The bytes of the request without those of the file, which follow.
    ///
    /// # Errors
    /// The file has 2^32 bytes or more.
    pub fn head(&self) -> Result<Vec<u8>, Malformed> {
        let Limits {
            input_bytes,
            text_bytes,
            unpacked_bytes,
            parts,
            depth,
            nesting,
            pages,
            pixels,
            operators,
        } = self.options.limits;
        let mut out = REQUEST_MAGIC.to_vec();
        let (wanted, number) = match self.wanted {
            Wanted::Extraction => (0, 0),
            Wanted::Page(number) => (1, number),
            Wanted::Kind => (2, 0),
        };
        out.extend([wanted, u8::from(self.options.pages)]);
        out.extend(number.to_le_bytes());
        for limit in [input_bytes, text_bytes, unpacked_bytes, pixels, operators] {
            out.extend(limit.to_le_bytes());
        }
        for limit in [parts, depth, nesting, pages] {
            out.extend(limit.to_le_bytes());
        }
        put_name(&mut out, self.name);
        let length = u32::try_from(self.bytes.len()).map_err(|_| Malformed {
            at: out.len(),
            what: "the file has 2^32 bytes or more",
        })?;
        out.extend(length.to_le_bytes());
        Ok(out)
    }
}

impl Answer {
    /// The bytes of the answer; `None` if a text or a part has 2^32 bytes or more.
    #[must_use]
    pub fn encode(&self) -> Option<Vec<u8>> {
        let mut out = ANSWER_MAGIC.to_vec();
        put_short(&mut out, cut(&self.version, VERSION_BYTES));
        out.push(self.confinement);
        match &self.outcome {
            Outcome::Extraction(extraction) => {
                out.push(0);
                put_extraction(&mut out, extraction)?;
            }
            Outcome::Page(page) => {
                out.push(1);
                match page {
                    Ok(raster) => put_raster(&mut out, raster),
                    Err(reason) => put_reason(&mut out, *reason),
                }
            }
            Outcome::Kind(kind) => {
                out.push(2);
                put_short(&mut out, kind.name());
            }
        }
        Some(out)
    }

    /// The most bytes that an answer can have under these limits.
    #[must_use]
    pub fn most_bytes(limits: &Limits) -> u64 {
        let name = NAME_BYTES as u64 + 64;
        limits
            .text_bytes
            .max(limits.pixels.saturating_mul(3))
            .saturating_add(limits.unpacked_bytes)
            .saturating_add(u64::from(limits.parts).saturating_mul(name))
            .saturating_add(4 * name)
    }
}

/// Tags of a rendition and of what there is of a part.
mod tag {
    pub const TEXT: u8 = 0;
    pub const IMAGE: u8 = 1;
    pub const REASON: u8 = 2;
    pub const BYTES: u8 = 0;
    pub const PAGE: u8 = 1;
    pub const UNREAD: u8 = 2;
}

fn put_extraction(out: &mut Vec<u8>, extraction: &Extraction) -> Option<()> {
    put_short(out, extraction.kind.name());
    out.push(u8::from(extraction.reading.is_some()));
    if let Some(reading) = &extraction.reading {
        put_name(out, reading);
    }
    put_rendition(out, &extraction.rendition)?;
    out.extend(u32::try_from(extraction.parts.len()).ok()?.to_le_bytes());
    for part in &extraction.parts {
        put_name(out, &part.name);
        put_short(out, part.role.name());
        match &part.content {
            Content::Bytes(bytes) => {
                out.push(tag::BYTES);
                put_bytes(out, bytes)?;
            }
            Content::Page(number) => {
                out.push(tag::PAGE);
                out.extend(number.to_le_bytes());
            }
            Content::Unread(reason) => {
                out.push(tag::UNREAD);
                put_short(out, reason.name());
            }
        }
    }
    Some(())
}

/// Nothing if the text has 2^32 bytes or more.
pub(crate) fn put_rendition(
    out: &mut Vec<u8>,
    rendition: &Result<Rendition, Reason>,
) -> Option<()> {
    match rendition {
        Ok(Rendition::Text(text)) => {
            out.push(tag::TEXT);
            put_bytes(out, text.as_bytes())?;
        }
        Ok(Rendition::Image(raster)) => put_raster(out, raster),
        Err(reason) => put_reason(out, *reason),
    }
    Some(())
}

fn put_raster(out: &mut Vec<u8>, raster: &Raster) {
    out.push(tag::IMAGE);
    out.extend(raster.width.to_le_bytes());
    out.extend(raster.height.to_le_bytes());
    out.push(raster.channels);
    out.extend(&raster.samples);
}

fn put_reason(out: &mut Vec<u8>, reason: Reason) {
    out.push(tag::REASON);
    put_short(out, reason.name());
}

/// A name of this program: its length in one byte.
pub(crate) fn put_short(out: &mut Vec<u8>, name: &str) {
    out.push(u8::try_from(name.len()).expect("names of this program are short"));
    out.extend(name.as_bytes());
}

pub(crate) fn put_name(out: &mut Vec<u8>, name: &str) {
    put_bytes(out, cut(name, NAME_BYTES).as_bytes()).expect("a cut name is short");
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) -> Option<()> {
    out.extend(u32::try_from(bytes.len()).ok()?.to_le_bytes());
    out.extend(bytes);
    Some(())
}

/// The text up to the last character that ends within so many bytes.
fn cut(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}
