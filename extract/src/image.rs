//! Images, upright, 8 bits a sample, gray or colour.
//!
//! | reduced | by |
//! |---|---|
//! | 16 bits a sample | `(v + 128) / 257`, rounded down |
//! | 1, 2, 4 bits | `v · 255 / (2^bits − 1)`, exact |
//! | alpha | over white: `(c·a + 255·(255 − a) + 127) / 255` |
//! | palette | looked up |
//! | CMYK | `(255 − ink) · (255 − black)`, divided by 255 and rounded |
//! | orientation of EXIF or TIFF | applied |
//! | frames after the first (GIF, WebP), sizes besides the largest (icon) | left out |
//! | pages after the first (TIFF) | parts, where pages are asked for |
//! | colour profile, gamma | ignored |
//!
//! All of it is integer code with one path for all processors, but for bit fields narrower than 8
//! bits in BMP, which `image` scales in a few correctly rounded IEEE 754 operations. JPEG is decoded
//! by `zune-jpeg` with its vector code switched off.

pub(crate) mod jpeg;
mod other;
pub(crate) mod raster;
mod tiff;

use crate::extraction::{
    Content, Extraction, Limits, Options, Part, Raster, Reason, Rendition, Role,
};
use crate::kind::Kind;

pub use crate::png::{NotCanonical, from_png, to_png};

/// Reads an image file; `kind` is one of [`Kind::is_image`].
pub(crate) fn read(bytes: &[u8], kind: Kind, options: &Options) -> Extraction {
    let rendition = decode(bytes, kind, 0, &options.limits).map(Rendition::Image);
    let extraction = Extraction::new(kind, rendition);
    if kind != Kind::Tiff || !options.pages {
        return extraction;
    }
    match tiff::page_count(bytes, &options.limits) {
        Ok(count) => extraction.with_parts((1..count).map(page_part).collect()),
        Err(reason) if extraction.rendition.is_ok() => {
            let rest = Part {
                name: "further pages".to_owned(),
                role: Role::Page,
                content: Content::Unread(reason),
            };
            extraction.with_parts(vec![rest])
        }
        Err(_) => extraction,
    }
}

/// Decodes the page of this number, from 0.
pub(crate) fn page(
    bytes: &[u8],
    kind: Kind,
    number: u32,
    options: &Options,
) -> Result<Raster, Reason> {
    decode(bytes, kind, number, &options.limits)
}

fn page_part(number: u32) -> Part {
    Part {
        name: format!("page {}", number + 1),
        role: Role::Page,
        content: Content::Page(number),
    }
}

fn decode(bytes: &[u8], kind: Kind, number: u32, limits: &Limits) -> Result<Raster, Reason> {
    match kind {
        Kind::Tiff => tiff::page(bytes, number, limits),
        _ if number != 0 => Err(Reason::Damaged),
        Kind::Jpeg => jpeg::decode(bytes, limits),
        _ => other::decode(bytes, kind, limits),
    }
}

/// The pixels of an image of these dimensions, if they are within the limit.
pub(crate) fn pixels(width: u32, height: u32, limits: &Limits) -> Result<usize, Reason> {
    match u64::from(width) * u64::from(height) {
        0 => Err(Reason::Damaged),
        pixels if pixels > limits.pixels => Err(Reason::Limit),
        pixels => usize::try_from(pixels).map_err(|_| Reason::Limit),
    }
}
