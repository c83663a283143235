//! How large a file, an image and a text may be.

/// Limits on what is read, filled from the profile that the parties agreed on. What exceeds one is
/// [`crate::Unreadable::TooLarge`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Bytes of a file.
    pub file_bytes: u64,
    /// Width times height of an image, before any reduction.
    pub pixels: u64,
    /// Bytes of a document's text in UTF-8.
    pub text_bytes: u64,
}

impl Limits {
    /// 64 MiB files, 100 million pixels, 64 MiB of text.
    pub const DEFAULT: Self = Self {
        file_bytes: 64 << 20,
        pixels: 100_000_000,
        text_bytes: 64 << 20,
    };

    /// What a decoder may allocate: the largest image at 8 bytes a pixel (16-bit RGBA), and as
    /// much again as the largest file for its tables.
    pub(crate) fn decoder_bytes(&self) -> u64 {
        self.pixels
            .saturating_mul(8)
            .saturating_add(self.file_bytes)
    }
}

impl From<duces_protocol::profile::Limits> for Limits {
    /// The limits that the parties agreed on; that of a document's text is fixed.
    fn from(agreed: duces_protocol::profile::Limits) -> Self {
        Self {
            file_bytes: agreed.max_file_bytes,
            pixels: agreed.max_pixels,
            text_bytes: Self::DEFAULT.text_bytes,
        }
    }
}
