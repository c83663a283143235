//! The file form of an image rendition: lossless PNG, 8 bits a sample, gray or RGB.
//!
//! What is committed to is the raster, not the PNG's bytes: another encoder may pack them in another
//! way. The writer here gives the same bytes on every machine. The reader takes three types of chunk,
//! `IHDR`, `IDAT` and `IEND`, so that nothing beside the pixels can change what is shown or travel
//! with them.

use crate::extraction::Raster;
use png::{BitDepth, ColorType, Compression, Decoder, Encoder, Filter, Limits};
use std::fmt;
use std::io::Cursor;

const SIGNATURE: &[u8; 8] = b"\x89PNG\r\n\x1a\n";

/// Why bytes are no rendition of an image.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotCanonical {
    /// They are no PNG, or a damaged one.
    Damaged,
    /// There is a chunk besides `IHDR`, `IDAT` and `IEND`, or bytes after the end.
    OtherChunk,
    /// It is not 8-bit gray or RGB, or it is interlaced.
    OtherForm,
    /// It has more pixels than allowed.
    TooLarge,
}

impl fmt::Display for NotCanonical {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Damaged => "it is no PNG, or a damaged one",
            Self::OtherChunk => "it has more than a header, pixels and an end",
            Self::OtherForm => "it is not an 8-bit gray or RGB image without interlacing",
            Self::TooLarge => "it has more pixels than allowed",
        })
    }
}

impl std::error::Error for NotCanonical {}

/// The PNG of a raster.
///
/// # Panics
/// If the raster does not have the samples that its dimensions say.
#[must_use]
pub fn to_png(raster: &Raster) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, raster.width, raster.height);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_color(match raster.channels {
        1 => ColorType::Grayscale,
        _ => ColorType::Rgb,
    });
    encoder.set_compression(Compression::Balanced);
    encoder.set_filter(Filter::Adaptive);
    encoder
        .write_header()
        .and_then(|mut writer| {
            writer.write_image_data(&raster.samples)?;
            writer.finish()
        })
        .expect("a raster has the samples that its dimensions say, and memory takes them");
    bytes
}

/// The raster of a PNG of this form.
///
/// # Errors
/// How it departs from the form.
pub fn from_png(bytes: &[u8], most_pixels: u64) -> Result<Raster, NotCanonical> {
    let (width, height) = header(bytes)?;
    if u64::from(width) * u64::from(height) > most_pixels {
        return Err(NotCanonical::TooLarge);
    }
    let room = usize::try_from(most_pixels.saturating_mul(4)).unwrap_or(usize::MAX);
    let limits = Limits {
        bytes: room.saturating_add(1 << 20),
    };
    let mut reader = Decoder::new_with_limits(Cursor::new(bytes), limits)
        .read_info()
        .map_err(|_| NotCanonical::Damaged)?;
    let info = reader.info();
    let channels = match (info.bit_depth, info.color_type, info.interlaced) {
        (BitDepth::Eight, ColorType::Grayscale, false) => 1,
        (BitDepth::Eight, ColorType::Rgb, false) => 3,
        _ => return Err(NotCanonical::OtherForm),
    };
    let size = reader.output_buffer_size().ok_or(NotCanonical::TooLarge)?;
    let mut samples = vec![0; size];
    reader
        .next_frame(&mut samples)
        .and_then(|_| reader.finish())
        .map_err(|_| NotCanonical::Damaged)?;
    Ok(Raster {
        width,
        height,
        channels,
        samples,
    })
}

/// The dimensions, if the chunks are those of the form and end with the bytes.
fn header(bytes: &[u8]) -> Result<(u32, u32), NotCanonical> {
    let mut rest = bytes.strip_prefix(SIGNATURE).ok_or(NotCanonical::Damaged)?;
    let mut dimensions = None;
    loop {
        let (length, after) = rest.split_first_chunk().ok_or(NotCanonical::Damaged)?;
        let (name, after) = after
            .split_first_chunk::<4>()
            .ok_or(NotCanonical::Damaged)?;
        let length = u32::from_be_bytes(*length) as usize;
        let data = after.get(..length).ok_or(NotCanonical::Damaged)?;
        // Four bytes of checksum follow; the decoder looks at them.
        rest = after.get(length + 4..).ok_or(NotCanonical::Damaged)?;
        match (name, dimensions) {
            (b"IHDR", None) => {
                let number = |at: usize| {
                    let bytes = data.get(at..at + 4).ok_or(NotCanonical::Damaged)?;
                    Ok(u32::from_be_bytes(bytes.try_into().expect("four bytes")))
                };
                dimensions = Some((number(0)?, number(4)?));
            }
            (b"IDAT", Some(_)) => {}
            (b"IEND", Some(dimensions)) if rest.is_empty() => return Ok(dimensions),
            _ => return Err(NotCanonical::OtherChunk),
        }
    }
}
