//! Images of a production as PNG (ISO/IEC 15948): 8 bits a sample, gray or RGB, not interlaced.
//!
//! There are three types of chunk, `IHDR`, `IDAT` and `IEND`: nothing beside the pixels can change what
//! is shown, or travel with them. What is committed to is the raster, not the bytes of the PNG: another
//! encoder may pack them in another way.

use super::Raster;
use crate::bytes::Malformed;
use png::{BitDepth, ColorType, Decoder, Encoder, Limits};
use std::io::Cursor;

const SIGNATURE: &[u8; 8] = b"\x89PNG\r\n\x1a\n";

/// The largest file of an image of at most `pixels` pixels that [`encode`] writes, in bytes: samples
/// that do not compress, a filter byte for each row, and room for chunks.
#[must_use]
pub fn max_bytes(pixels: u64) -> u64 {
    pixels.saturating_mul(4).saturating_add(1 << 20)
}

/// The file's bytes.
///
/// # Panics
/// When the raster has not as many samples as it says.
#[must_use]
pub fn encode(raster: &Raster) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, raster.width, raster.height);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_color(if raster.channels == 1 {
        ColorType::Grayscale
    } else {
        ColorType::Rgb
    });
    encoder
        .write_header()
        .and_then(|mut writer| {
            writer.write_image_data(&raster.samples)?;
            writer.finish()
        })
        .expect("memory takes what the dimensions say");
    out
}

/// Reads an image of at most `pixels` pixels. Dimensions are checked before memory is taken for them.
///
/// # Errors
/// When it is no PNG, has another depth, colours or interlacing, is larger, or ends early.
pub fn decode(bytes: &[u8], pixels: u64) -> Result<Raster, Malformed> {
    let damaged = || Malformed::new("it is no PNG, or a damaged one");
    let (width, height) = header(bytes)?;
    if u64::from(width) * u64::from(height) > pixels {
        return Err(Malformed::new(format!("it has more than {pixels} pixels")));
    }
    let room = usize::try_from(pixels.saturating_mul(4)).unwrap_or(usize::MAX);
    let limits = Limits {
        bytes: room.saturating_add(1 << 20),
    };
    let decoder = Decoder::new_with_limits(Cursor::new(bytes), limits);
    let mut reader = decoder.read_info().map_err(|_| damaged())?;
    let info = reader.info();
    let channels = match (info.color_type, info.bit_depth, info.interlaced) {
        (ColorType::Grayscale, BitDepth::Eight, false) => 1,
        (ColorType::Rgb, BitDepth::Eight, false) => 3,
        _ => {
            return Err(Malformed::new(
                "it is not an 8-bit gray or RGB image without interlacing",
            ));
        }
    };
    let size = reader
        .output_buffer_size()
        .ok_or_else(|| Malformed::new("it does not fit in memory"))?;
    let mut samples = vec![0; size];
    reader
        .next_frame(&mut samples)
        .and_then(|_| reader.finish())
        .map_err(|_| damaged())?;
    Raster::new(width, height, channels, samples).ok_or_else(|| Malformed::new("it has no pixels"))
}

/// The dimensions, if the chunks are those of the form and end with the bytes.
fn header(bytes: &[u8]) -> Result<(u32, u32), Malformed> {
    let damaged = || Malformed::new("it is no PNG, or a damaged one");
    let mut rest = bytes.strip_prefix(SIGNATURE).ok_or_else(damaged)?;
    let mut dimensions = None;
    loop {
        let (length, after) = rest.split_first_chunk().ok_or_else(damaged)?;
        let (name, after) = after.split_first_chunk::<4>().ok_or_else(damaged)?;
        let length = u32::from_be_bytes(*length) as usize;
        let data = after.get(..length).ok_or_else(damaged)?;
        // Four bytes of checksum follow; the decoder looks at them.
        rest = after.get(length + 4..).ok_or_else(damaged)?;
        match (name, dimensions) {
            (b"IHDR", None) => {
                let number = |at: usize| {
                    let bytes = data.get(at..at + 4).ok_or_else(damaged)?;
                    let bytes: [u8; 4] = bytes.try_into().map_err(|_| damaged())?;
                    Ok::<_, Malformed>(u32::from_be_bytes(bytes))
                };
                dimensions = Some((number(0)?, number(4)?));
            }
            (b"IDAT", Some(_)) => {}
            (b"IEND", Some(dimensions)) if rest.is_empty() => return Ok(dimensions),
            _ => {
                return Err(Malformed::new(
                    "it has more than a header, pixels and an end",
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips() {
        for channels in [1, 3] {
            let samples = (0..7 * 5 * channels).collect();
            let raster = Raster::new(7, 5, channels, samples).unwrap();
            let bytes = encode(&raster);
            assert!(bytes.len() as u64 <= max_bytes(35));
            assert_eq!(decode(&bytes, 35), Ok(raster));
            assert!(decode(&bytes, 34).is_err());
            for cut in 0..bytes.len() {
                assert!(decode(&bytes[..cut], 35).is_err(), "{cut}");
            }
        }
    }

    #[test]
    fn other_forms_are_refused() {
        for (colours, depth) in [
            (ColorType::Rgba, BitDepth::Eight),
            (ColorType::Grayscale, BitDepth::Sixteen),
            (ColorType::Grayscale, BitDepth::One),
        ] {
            let mut out = Vec::new();
            let mut encoder = Encoder::new(&mut out, 1, 1);
            encoder.set_color(colours);
            encoder.set_depth(depth);
            let mut writer = encoder.write_header().unwrap();
            writer
                .write_image_data(&vec![
                    0;
                    if colours == ColorType::Rgba {
                        4
                    } else {
                        usize::from(depth == BitDepth::Sixteen) + 1
                    }
                ])
                .unwrap();
            writer.finish().unwrap();
            assert!(decode(&out, 100).is_err(), "{colours:?} {depth:?}");
        }
        assert!(decode(b"", 1).is_err());
        let plain = encode(&Raster::new(1, 1, 1, vec![7]).unwrap());
        assert!(decode(&[plain.clone(), vec![0]].concat(), 1).is_err());
        // A chunk of text, of no bytes, before the end.
        let text = [b"\0\0\0\0tEXt".as_slice(), &[0; 4]].concat();
        let at = plain.len() - 12;
        assert!(decode(&[&plain[..at], &text, &plain[at..]].concat(), 1).is_err());
    }
}
