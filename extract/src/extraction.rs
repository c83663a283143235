//! What an extraction returns, and what it is asked for.

use crate::kind::Kind;
use crate::named::named;
use std::fmt;

/// What a file was found to be, and what can be searched in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Extraction {
    /// The type, by content.
    pub kind: Kind,
    /// Which reading was taken where the bytes leave it open: `charset windows-1252`, `by name .csv`.
    pub reading: Option<String>,
    /// What a view is computed from, or why there is nothing.
    pub rendition: Rendered,
    /// What the file holds, in a fixed order. Each part becomes an item of its own in the same family.
    pub parts: Vec<Part>,
}

impl Extraction {
    /// A file without parts.
    #[must_use]
    pub fn new(kind: Kind, rendition: Rendered) -> Self {
        Self {
            kind,
            reading: None,
            rendition,
            parts: Vec::new(),
        }
    }

    /// A file from which nothing can be read.
    #[must_use]
    pub fn unread(kind: Kind, reason: Reason) -> Self {
        Self::new(kind, Err(reason))
    }

    /// The same with its parts.
    #[must_use]
    pub fn with_parts(self, parts: Vec<Part>) -> Self {
        Self { parts, ..self }
    }

    /// The same with the reading that was taken.
    #[must_use]
    pub fn with_reading(self, reading: impl Into<String>) -> Self {
        Self {
            reading: Some(reading.into()),
            ..self
        }
    }

    /// The text, if the rendition is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.rendition {
            Ok(Rendition::Text(text)) => Some(text),
            _ => None,
        }
    }
}

/// What a view is computed from, or why there is nothing.
pub type Rendered = Result<Rendition, Reason>;

/// A page or an image, decoded, or why there is none.
pub type Decoded = Result<Raster, Reason>;

/// What a view is computed from, in one canonical form.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Rendition {
    /// UTF-8 with line ends `\n` and without NUL. It is not brought to a Unicode normal form.
    Text(String),
    /// One upright page or image.
    Image(Raster),
}

/// An upright image: rows from the top, pixels from the left, 8 bits a sample.
#[derive(Clone, PartialEq, Eq)]
pub struct Raster {
    /// Pixels in a row, at least 1.
    pub width: u32,
    /// Rows, at least 1.
    pub height: u32,
    /// 1 (gray) or 3 (red, green, blue).
    pub channels: u8,
    /// `width · height · channels` samples, those of a pixel side by side.
    pub samples: Vec<u8>,
}

impl fmt::Debug for Raster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { width, height, .. } = self;
        write!(f, "Raster({width} x {height} x {})", self.channels)
    }
}

/// A part of a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part {
    /// Its name as the file states it: any characters, `/` and line ends among them; never a path
    /// to write to.
    pub name: String,
    /// What it is to the file.
    pub role: Role,
    /// What there is of it.
    pub content: Content,
}

/// What there is of a part.
#[derive(Clone, PartialEq, Eq)]
pub enum Content {
    /// Its bytes, to be extracted in turn.
    Bytes(Vec<u8>),
    /// The page of this number, from 0: the function `page` decodes it when it is wanted.
    Page(u32),
    /// Nothing, and why: an encrypted entry, for example.
    Unread(Reason),
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
            Self::Page(number) => write!(f, "Page({number})"),
            Self::Unread(reason) => write!(f, "Unread({reason})"),
        }
    }
}

named! {
    /// What a part is to its file.
    Role {
        /// A file attached to a message or to a document.
        Attachment = "attachment",
        /// A message in a mailbox or a store, or forwarded within a message.
        Message = "message",
        /// An entry of an archive or a load file.
        Entry = "entry",
        /// A page as an image.
        Page = "page",
        /// The same content in another form.
        Alternative = "alternative",
        /// A picture or another file inside a document.
        Embedded = "embedded",
    }
}

named! {
    /// Why there is no rendition.
    Reason {
        /// It is readable with a password or a key only.
        Encrypted = "encrypted",
        /// It was read to its end, and holds no text and no image of its own.
        NoText = "no-text",
        /// Its type is known to have no reader, or is not known.
        UnsupportedType = "unsupported-type",
        /// It breaks the rules of its type.
        Damaged = "damaged",
        /// It exceeds a counted limit.
        Limit = "limit",
        /// The reader failed by its own fault: it panicked, or its process ended.
        ReaderFailed = "reader-failed",
        /// The reader did not end in time.
        TimedOut = "timed-out",
        /// It has no bytes.
        Empty = "empty",
        /// A page that is drawn, and whose words are not all in the document's text. Its pixels would
        /// depend on the processor.
        NotAnImage = "not-an-image",
    }
}

/// Limits that decide an outcome. They are counted, never timed, so that they are the same on every
/// machine. What exceeds one is [`Reason::Limit`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Bytes of a file or a part.
    pub input_bytes: u64,
    /// Bytes of a text in UTF-8.
    pub text_bytes: u64,
    /// Bytes that one file may unpack to: entries of an archive, streams of a document, attachments.
    pub unpacked_bytes: u64,
    /// Parts of one file.
    pub parts: u32,
    /// Levels of containers in containers, for a caller that extracts parts in turn.
    pub depth: u32,
    /// Levels of nesting within one file: multiparts, groups, elements, forms.
    pub nesting: u32,
    /// Pages of one document.
    pub pages: u32,
    /// Width times height of an image or a page, before any reduction.
    pub pixels: u64,
    /// Drawing operators of one document, those of forms at every use.
    pub operators: u64,
}

impl Limits {
    /// 64 MiB in and of text, 256 MiB unpacked, 10,000 parts, 16 levels, 256 levels within a file,
    /// 5,000 pages, 100 million pixels, 20 million operators.
    pub const DEFAULT: Self = Self {
        input_bytes: 64 << 20,
        text_bytes: 64 << 20,
        unpacked_bytes: 256 << 20,
        parts: 10_000,
        depth: 16,
        nesting: 256,
        pages: 5_000,
        pixels: 100_000_000,
        operators: 20_000_000,
    };
}

/// What is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Options {
    /// Whether the pages of a document are parts of it, for views of images.
    pub pages: bool,
    /// What may be spent.
    pub limits: Limits,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back() {
        for &reason in Reason::ALL {
            assert_eq!(Reason::from_name(reason.name()), Some(reason));
        }
        assert_eq!(Reason::from_name("Encrypted"), None);
    }
}
