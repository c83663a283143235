//! Renditions `[format-rendition]`: what a view is computed from, in one canonical form.
//!
//! A rendition is a text, or one upright image. An extractor makes it from a file; the leaf binds it
//! with a salt of its own ([`crate::leaf::Salt::commit_rendition`]), so that a document can be shown as
//! it was searched without its file. Its digest is
//!
//! * `H("duces/text/v1", UTF-8)` of a text;
//! * `H("duces/image/v1", width, height, channels, samples)` of an image, numbers in 8 bytes.
//!
//! A production carries it as `.txt`, the bytes of the text and nothing else, or as `.png`, an 8-bit
//! gray or RGB image ([`png`]).
//!
//! Not proved: that the rendition of an undisclosed item was made from its file.

pub mod png;

use crate::bytes::Malformed;
use crate::digest::{Digest, TaggedHash};
use crate::view::Kind;
use std::fmt;

/// The most bytes of a text, in UTF-8.
pub const MAX_TEXT_BYTES: u64 = 64 << 20;

/// What a view is computed from.
#[derive(Clone, PartialEq, Eq)]
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

impl Rendition {
    /// Reads the bytes of a `.txt` of a production.
    ///
    /// # Errors
    /// When they are not UTF-8, hold NUL or a carriage return, or nothing but white space.
    pub fn from_text_file(bytes: Vec<u8>) -> Result<Self, Malformed> {
        let text = String::from_utf8(bytes).map_err(|_| Malformed::new("it is not UTF-8"))?;
        if text.contains(['\0', '\r']) {
            return Err(Malformed::new("it holds NUL or a carriage return"));
        }
        if text.chars().all(char::is_whitespace) {
            return Err(Malformed::new("it holds nothing but white space"));
        }
        Ok(Self::Text(text))
    }

    /// Text or image.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Text(_) => Kind::Text,
            Self::Image(_) => Kind::Image,
        }
    }

    /// Its digest.
    #[must_use]
    pub fn digest(&self) -> Digest {
        match self {
            Self::Text(text) => TaggedHash::new("duces/text/v1").part(text.as_bytes()),
            Self::Image(raster) => TaggedHash::new("duces/image/v1")
                .number(raster.width.into())
                .number(raster.height.into())
                .number(raster.channels.into())
                .part(&raster.samples),
        }
        .finish()
    }

    /// The bytes of its file in a production: `.txt` or `.png`.
    #[must_use]
    pub fn to_file(&self) -> Vec<u8> {
        match self {
            Self::Text(text) => text.clone().into_bytes(),
            Self::Image(raster) => png::encode(raster),
        }
    }
}

impl fmt::Debug for Rendition {
    /// Never the text itself: it may be privileged.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::Image(raster) => raster.fmt(f),
        }
    }
}

impl Raster {
    /// An image, if there are as many samples as its dimensions say.
    #[must_use]
    pub fn new(width: u32, height: u32, channels: u8, samples: Vec<u8>) -> Option<Self> {
        let expected = u64::from(width) * u64::from(height) * u64::from(channels);
        let fits = matches!(channels, 1 | 3) && expected > 0 && samples.len() as u64 == expected;
        fits.then_some(Self {
            width,
            height,
            channels,
            samples,
        })
    }
}

impl fmt::Debug for Raster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { width, height, .. } = self;
        write!(f, "Raster({width} x {height} x {})", self.channels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_in_the_digest() {
        let raster = |width, height, channels| {
            let samples = vec![7; width as usize * height as usize * channels as usize];
            Rendition::Image(Raster::new(width, height, channels, samples).unwrap())
        };
        let all = [
            raster(6, 1, 1),
            raster(1, 6, 1),
            raster(2, 1, 3),
            raster(1, 2, 3),
            Rendition::Text("\u{7}".repeat(6)),
            Rendition::Text("\u{7}".repeat(5)),
        ];
        let mut digests: Vec<Digest> = all.iter().map(Rendition::digest).collect();
        digests.sort();
        digests.dedup();
        assert_eq!(digests.len(), all.len());
    }

    #[test]
    fn text_files_have_one_form() {
        let read = |bytes: &[u8]| Rendition::from_text_file(bytes.to_vec());
        let text = read("Über\n".as_bytes()).unwrap();
        assert_eq!(text.to_file(), "Über\n".as_bytes());
        for bytes in [&b""[..], b" \n", b"a\r\nb", b"a\0b", b"\xff"] {
            assert!(read(bytes).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn a_raster_has_its_samples() {
        assert!(Raster::new(2, 2, 1, vec![0; 4]).is_some());
        for (width, height, channels, len) in [(2, 2, 1, 3), (0, 2, 1, 0), (1, 1, 2, 2)] {
            assert!(Raster::new(width, height, channels, vec![0; len]).is_none());
        }
    }

    #[test]
    fn debug_shows_no_content() {
        let text = Rendition::Text("privileged".to_owned());
        assert_eq!(format!("{text:?}"), "Text(10 bytes)");
    }
}
