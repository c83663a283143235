//! Images of a production as PNG (ISO/IEC 15948): 8 bits a sample, gray or RGB, not interlaced.
//!
//! There are three types of chunk, `IHDR`, `IDAT` and `IEND`, and the compressed stream ends with the
//! pixels: nothing beside them can change what is shown, or travel with them. What is committed to is the
//! raster, not the bytes of the PNG: another encoder may pack them in another way.

use super::Raster;
use crate::bytes::Malformed;
use flate2::{Decompress, FlushDecompress, Status};
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
    let (width, height, packed) = chunks(bytes)?;
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
    // A filter byte stands before each row.
    ends_with(&packed, size as u64 + u64::from(height))?;
    Raster::new(width, height, channels, samples).ok_or_else(|| Malformed::new("it has no pixels"))
}

/// Whether a zlib stream (RFC 1950) has `length` bytes and its checksum, and nothing follows it.
fn ends_with(packed: &[u8], length: u64) -> Result<(), Malformed> {
    let other = || Malformed::new("its compressed stream does not end with its pixels");
    let mut stream = Decompress::new(true);
    let mut scratch = vec![0; 1 << 15];
    loop {
        let before = (stream.total_in(), stream.total_out());
        let rest = usize::try_from(stream.total_in()).ok();
        let rest = rest.and_then(|read| packed.get(read..)).ok_or_else(other)?;
        let status = stream
            .decompress(rest, &mut scratch, FlushDecompress::None)
            .map_err(|_| other())?;
        let now = (stream.total_in(), stream.total_out());
        match status {
            Status::StreamEnd if now == (packed.len() as u64, length) => return Ok(()),
            Status::StreamEnd => return Err(other()),
            _ if now == before || now.1 > length => return Err(other()),
            _ => {}
        }
    }
}

/// The dimensions, and the bytes of all `IDAT` chunks, if the chunks are those of the form and end with
/// the bytes.
fn chunks(bytes: &[u8]) -> Result<(u32, u32, Vec<u8>), Malformed> {
    let damaged = || Malformed::new("it is no PNG, or a damaged one");
    let mut rest = bytes.strip_prefix(SIGNATURE).ok_or_else(damaged)?;
    let mut dimensions = None;
    let mut packed = Vec::new();
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
            (b"IDAT", Some(_)) => packed.extend_from_slice(data),
            (b"IEND", Some((width, height))) if rest.is_empty() => {
                return Ok((width, height, packed));
            }
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

    /// A PNG with one `IDAT` chunk of this content.
    fn with_stream(plain: &[u8], packed: &[u8]) -> Vec<u8> {
        let chunk = [b"IDAT".as_slice(), packed].concat();
        let mut sum = flate2::Crc::new();
        sum.update(&chunk);
        // The signature and IHDR take 33 bytes, IEND 12.
        [
            &plain[..33],
            &u32::try_from(packed.len()).unwrap().to_be_bytes(),
            &chunk,
            &sum.sum().to_be_bytes(),
            &plain[plain.len() - 12..],
        ]
        .concat()
    }

    #[test]
    fn nothing_travels_behind_the_pixels() {
        use flate2::Compression;
        use flate2::write::ZlibEncoder;
        use std::io::Write;
        let pack = |bytes: &[u8]| {
            let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        };
        let raster = Raster::new(2, 1, 1, vec![7, 8]).unwrap();
        let plain = encode(&raster);
        let packed = pack(&[0, 7, 8]);
        assert_eq!(decode(&with_stream(&plain, &packed), 2), Ok(raster));
        let mut other_sum = packed.clone();
        *other_sum.last_mut().unwrap() ^= 1;
        let mut behind = packed.clone();
        behind.extend(b"a message");
        let again = [packed.as_slice(), &packed].concat();
        for hidden in [pack(&[0, 7, 8, 9]), other_sum, behind, again] {
            assert!(decode(&with_stream(&plain, &hidden), 2).is_err());
        }
        assert!(decode(&with_stream(&plain, &packed[..packed.len() - 1]), 2).is_err());
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
