//! A document: what a file shows, as pixels or as text.

use crate::raster::Raster;
use crate::sniff::{Format, sniff};
use crate::{Limits, Unreadable, mail, text};
use duces_protocol::view::Kind;
use std::fs::File;
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// A file that could be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Document {
    /// What it shows.
    pub content: Content,
}

/// What a document shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Content {
    /// Pixels: the image, its first page or its first frame, upright.
    Image(Raster),
    /// Text: of a plain text the whole file, of an e-mail its headers and body.
    Text(String),
}

impl Document {
    /// Reads a file.
    ///
    /// # Errors
    /// Why it is unreadable.
    pub fn read(path: &Path, limits: &Limits) -> Result<Self, Unreadable> {
        Self::parse(&read_bytes(path, limits)?, path, limits)
    }

    /// Reads the bytes of a file called `name`, of which only the extension matters.
    ///
    /// # Errors
    /// Why it is unreadable.
    pub fn parse(bytes: &[u8], name: &Path, limits: &Limits) -> Result<Self, Unreadable> {
        if bytes.is_empty() {
            return Err(Unreadable::Empty);
        }
        if bytes.len() as u64 > limits.file_bytes {
            return Err(Unreadable::TooLarge);
        }
        let extension = name
            .extension()
            .and_then(|e| e.to_str())
            .unwrap_or("")
            .to_ascii_lowercase();
        let content = catch_unwind(AssertUnwindSafe(|| match sniff(bytes, &extension) {
            Format::Jpeg => Raster::from_jpeg(bytes, limits).map(Content::Image),
            Format::Raster(format) => Raster::decode(bytes, format, limits).map(Content::Image),
            Format::Mail => mail::text(bytes, limits).map(Content::Text),
            Format::Text => text::decode(bytes, limits).map(Content::Text),
            Format::Unsupported => Err(Unreadable::Unsupported),
        }));
        Ok(Self {
            content: content.unwrap_or(Err(Unreadable::Damaged))?,
        })
    }

    /// Whether it is an image or a text.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self.content {
            Content::Image(_) => Kind::Image,
            Content::Text(_) => Kind::Text,
        }
    }
}

/// The bytes of a regular file, for a caller that also commits to them.
///
/// # Errors
/// [`Unreadable::TooLarge`] and [`Unreadable::Io`].
pub fn read_bytes(path: &Path, limits: &Limits) -> Result<Vec<u8>, Unreadable> {
    let about = std::fs::metadata(path)?;
    if !about.is_file() {
        return Err(Unreadable::Io);
    }
    if about.len() > limits.file_bytes {
        return Err(Unreadable::TooLarge);
    }
    let mut bytes = Vec::new();
    File::open(path)?
        .take(limits.file_bytes.saturating_add(1))
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limits.file_bytes {
        return Err(Unreadable::TooLarge);
    }
    Ok(bytes)
}
