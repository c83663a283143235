//! Images: PNG, JPEG, TIFF and the rest, upright, 8 bits a sample, gray or colour.

mod png;

use crate::extraction::{Extraction, Options, Raster, Reason};
use crate::kind::Kind;

pub use png::{from_png, to_png};

/// Reads an image file.
pub(crate) fn read(_bytes: &[u8], kind: Kind, _options: &Options) -> Extraction {
    Extraction::unread(kind, Reason::UnsupportedType)
}

/// Decodes a page of it.
pub(crate) fn page(_: &[u8], _: Kind, _: u32, _: &Options) -> Result<Raster, Reason> {
    Err(Reason::UnsupportedType)
}
