//! Images of a production as PNG (ISO/IEC 15948): 8 bits a sample, gray or RGB, not interlaced.
//!
//! Nothing but dimensions and samples is read: gamma, profiles and text in the file are ignored.

use super::Raster;
use crate::bytes::Malformed;
use png::{BitDepth, ColorType, Decoder, Encoder, Limits, Transformations};
use std::io::Cursor;

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
    let broken = |error: png::DecodingError| Malformed::new(format!("it is no PNG: {error}"));
    let mut decoder = Decoder::new_with_limits(
        Cursor::new(bytes),
        Limits {
            bytes: usize::try_from(pixels.saturating_mul(4)).unwrap_or(usize::MAX),
        },
    );
    decoder.set_transformations(Transformations::IDENTITY);
    decoder.ignore_checksums(false);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let mut reader = decoder.read_info().map_err(broken)?;
    let info = reader.info();
    let (width, height) = (info.width, info.height);
    let channels = match (info.color_type, info.bit_depth, info.interlaced) {
        (ColorType::Grayscale, BitDepth::Eight, false) => 1,
        (ColorType::Rgb, BitDepth::Eight, false) => 3,
        _ => {
            return Err(Malformed::new(
                "it is not an 8-bit gray or RGB image without interlacing",
            ));
        }
    };
    if u64::from(width) * u64::from(height) > pixels {
        return Err(Malformed::new(format!("it has more than {pixels} pixels")));
    }
    let size = reader
        .output_buffer_size()
        .ok_or_else(|| Malformed::new("it does not fit in memory"))?;
    let mut samples = vec![0; size];
    reader.next_frame(&mut samples).map_err(broken)?;
    reader.finish().map_err(broken)?;
    Raster::new(width, height, channels, samples).ok_or_else(|| Malformed::new("it has no pixels"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips() {
        for channels in [1, 3] {
            let samples = (0..7 * 5 * channels).map(|i| i as u8).collect();
            let raster = Raster::new(7, 5, channels, samples).unwrap();
            let bytes = encode(&raster);
            assert!(bytes.len() as u64 <= max_bytes(35));
            assert_eq!(decode(&bytes, 35), Ok(raster));
            assert!(decode(&bytes, 34).is_err());
            for cut in 0..bytes.len() - 12 {
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
    }
}
