//! The samples of an image: gray or RGB of 8 bits, in integers.
//!
//! JPEG, facsimile (CCITT), JBIG2, and uncompressed or losslessly compressed samples of 1 to 16 bits in gray,
//! RGB or a palette of these; profiles of colour are ignored. JPEG 2000, CMYK and other colours have no reader here.

use crate::extraction::{Limits, Raster, Reason};
use crate::image::jpeg;
use hayro_interpret::hayro_syntax::Filter;
use hayro_interpret::hayro_syntax::object::stream::ImageDecodeParams;
use hayro_interpret::hayro_syntax::object::{Array, Number, Object, Stream};
use hayro_interpret::hayro_syntax::page::Resources;

/// Colours that have a reader.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Colours {
    Gray,
    Rgb,
    /// Entries of 1 or 3 bytes.
    Palette {
        channels: usize,
        entries: Vec<u8>,
    },
}

/// Decodes an image.
///
/// # Errors
/// [`Reason::UnsupportedType`], [`Reason::Limit`], [`Reason::Damaged`].
pub fn decode(
    stream: &Stream,
    is_mask: bool,
    resources: &Resources,
    limits: &Limits,
) -> Result<Raster, Reason> {
    let dict = stream.dict();
    let number = |keys: [&str; 2]| keys.into_iter().find_map(|key| dict.get::<u32>(key));
    let width = number(["Width", "W"])
        .filter(|n| *n > 0)
        .ok_or(Reason::Damaged)?;
    let height = number(["Height", "H"])
        .filter(|n| *n > 0)
        .ok_or(Reason::Damaged)?;
    if u64::from(width) * u64::from(height) > limits.pixels {
        return Err(Reason::Limit);
    }
    let filters = stream.filters();
    if filters[..] == [Filter::DctDecode] {
        return jpeg::stored(&stream.raw_data(), true, limits).map(|(raster, _)| raster);
    }
    if filters
        .iter()
        .any(|filter| matches!(filter, Filter::DctDecode | Filter::JpxDecode))
    {
        return Err(Reason::UnsupportedType);
    }
    let colours = if is_mask {
        Colours::Gray
    } else {
        let space = ["ColorSpace", "CS"]
            .into_iter()
            .find_map(|key| dict.get::<Object>(key));
        colours(&space.ok_or(Reason::UnsupportedType)?, resources, 0)
            .ok_or(Reason::UnsupportedType)?
    };
    let channels = if colours == Colours::Rgb { 3 } else { 1 };
    let stated = number(["BitsPerComponent", "BPC"]).and_then(|bits| u8::try_from(bits).ok());
    let bits = if is_mask { 1 } else { stated.unwrap_or(1) };
    let params = ImageDecodeParams {
        is_indexed: matches!(colours, Colours::Palette { .. }),
        bpc: Some(bits),
        num_components: Some(channels),
        target_dimension: None,
        width,
        height,
    };
    let result = stream.decoded_image(&params).map_err(|_| Reason::Damaged)?;
    let bits = result
        .image_data
        .map_or(bits, |data| data.bits_per_component);
    let inverted = ["Decode", "D"]
        .into_iter()
        .find_map(|key| dict.get::<Array>(key))
        .is_some_and(|decode| {
            let mut numbers = decode.iter::<Number>().map(|n| n.as_f64());
            matches!((numbers.next(), numbers.next()), (Some(low), Some(high)) if low > high)
        });
    let samples = unpack(
        &result.data,
        width as usize * usize::from(channels),
        height as usize,
        bits,
    )?;
    Ok(match colours {
        Colours::Palette { channels, entries } => {
            let entry = |sample: u16| {
                entries
                    .get(usize::from(sample) * channels..)
                    .and_then(|e| e.get(..channels))
            };
            let colour = |sample: u16| entry(sample).unwrap_or(&[0; 3][..channels]).to_vec();
            let out = samples.into_iter().flat_map(colour).collect();
            Raster::of(width, height, if channels == 3 { 3 } else { 1 }, out)?
        }
        _ => {
            // 8 bits of each: v · 255 / (2^bits − 1), rounded down; exact for 1, 2, 4 and 8 bits.
            let most = (1_u32 << bits) - 1;
            let eight = |sample: u16| (u32::from(sample) * 255 / most) as u8;
            let out = samples
                .into_iter()
                .map(|s| if inverted { 255 - eight(s) } else { eight(s) })
                .collect();
            Raster::of(width, height, channels, out)?
        }
    })
}

/// Samples of 1, 2, 4, 8 or 16 bits, rows begun at a byte.
fn unpack(data: &[u8], row: usize, rows: usize, bits: u8) -> Result<Vec<u16>, Reason> {
    if !matches!(bits, 1 | 2 | 4 | 8 | 16) {
        return Err(Reason::UnsupportedType);
    }
    let stride = (row * usize::from(bits)).div_ceil(8);
    if data.len() < stride * rows {
        return Err(Reason::Damaged);
    }
    let mut out = Vec::with_capacity(row * rows);
    for line in data.chunks_exact(stride).take(rows) {
        match bits {
            16 => out.extend(
                line.as_chunks::<2>()
                    .0
                    .iter()
                    .map(|pair| u16::from_be_bytes(*pair)),
            ),
            8 => out.extend(line.iter().map(|&byte| u16::from(byte))),
            _ => {
                let per_byte = 8 / usize::from(bits);
                let sample = |at: usize| {
                    let shift = 8 - usize::from(bits) * (at % per_byte + 1);
                    u16::from(line[at / per_byte] >> shift & ((1 << bits) - 1))
                };
                out.extend((0..row).map(sample));
            }
        }
    }
    Ok(out)
}

/// Levels of colour spaces within colour spaces.
const MOST_SPACES: u32 = 4;

fn colours(space: &Object, resources: &Resources, level: u32) -> Option<Colours> {
    if level == MOST_SPACES {
        return None;
    }
    match space {
        Object::Name(name) => match &**name {
            b"DeviceGray" | b"G" | b"CalGray" => Some(Colours::Gray),
            b"DeviceRGB" | b"RGB" | b"CalRGB" => Some(Colours::Rgb),
            _ => colours(&resources.get_color_space(name)?, resources, level + 1),
        },
        Object::Array(array) => {
            let mut items = array.iter::<Object>();
            let Some(Object::Name(family)) = items.next() else {
                return None;
            };
            match &*family {
                b"ICCBased" => match items.next()?.into_stream()?.dict().get::<u32>("N")? {
                    1 => Some(Colours::Gray),
                    3 => Some(Colours::Rgb),
                    _ => None,
                },
                b"Indexed" | b"I" => {
                    let channels = match colours(&items.next()?, resources, level + 1)? {
                        Colours::Gray => 1,
                        Colours::Rgb => 3,
                        Colours::Palette { .. } => return None,
                    };
                    let entries = match items.nth(1)? {
                        Object::String(string) => string.as_bytes().to_vec(),
                        Object::Stream(stream) => stream.decoded().ok()?.into_owned(),
                        _ => return None,
                    };
                    Some(Colours::Palette { channels, entries })
                }
                _ => colours(&Object::Name(family), resources, level + 1),
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_of_all_widths() {
        assert_eq!(
            unpack(&[0b1010_0000, 0b0100_0000], 3, 2, 1),
            Ok(vec![1, 0, 1, 0, 1, 0])
        );
        assert_eq!(unpack(&[0x1f], 2, 1, 4), Ok(vec![1, 15]));
        assert_eq!(unpack(&[1, 2], 1, 1, 16), Ok(vec![258]));
        assert_eq!(unpack(&[1], 2, 1, 8), Err(Reason::Damaged));
        assert_eq!(unpack(&[1], 1, 1, 3), Err(Reason::UnsupportedType));
    }
}
