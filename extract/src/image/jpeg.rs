//! JPEG, by portable integer code.

use super::pixels;
use crate::extraction::{Limits, Raster, Reason};
use image::metadata::Orientation;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// Decodes a JPEG, upright. A file that ends within its pixels is kept, as far as it goes: every
/// viewer shows it.
pub(crate) fn decode(bytes: &[u8], limits: &Limits) -> Result<Raster, Reason> {
    let (image, orientation) = stored(bytes, true, limits)?;
    Ok(image.upright(orientation))
}

/// Decodes a JPEG without turning it, and gives its orientation as EXIF numbers it. Three channels
/// become RGB where `convert` says so; else they stay as they are.
pub(crate) fn stored(
    bytes: &[u8],
    convert: bool,
    limits: &Limits,
) -> Result<(Raster, u32), Reason> {
    let side = usize::from(u16::MAX);
    let options = DecoderOptions::default()
        .set_use_unsafe(false)
        .set_strict_mode(false)
        .set_max_width(side)
        .set_max_height(side);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(reason)?;
    let (width, height) = decoder.dimensions().ok_or(Reason::Damaged)?;
    let side = |side: usize| u32::try_from(side).map_err(|_| Reason::Limit);
    let (width, height) = (side(width)?, side(height)?);
    pixels(width, height, limits)?;
    let is_gray = decoder.input_colorspace() == Some(ColorSpace::Luma);
    let wanted = match decoder.input_colorspace() {
        Some(ColorSpace::Luma) => ColorSpace::Luma,
        Some(stored @ (ColorSpace::YCbCr | ColorSpace::RGB)) if !convert => stored,
        _ => ColorSpace::RGB,
    };
    decoder.set_options(options.jpeg_set_out_colorspace(wanted));
    let orientation = decoder
        .exif()
        .and_then(|exif| Orientation::from_exif_chunk(exif))
        .map_or(1, |orientation| u32::from(orientation.to_exif()));
    let samples = decoder.decode().map_err(reason)?;
    let channels = if is_gray { 1 } else { 3 };
    Ok((Raster::of(width, height, channels, samples)?, orientation))
}

fn reason(error: DecodeErrors) -> Reason {
    match error {
        DecodeErrors::Unsupported(_) => Reason::UnsupportedType,
        DecodeErrors::LargeDimensions(_) => Reason::Limit,
        _ => Reason::Damaged,
    }
}
