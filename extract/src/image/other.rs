//! PNG, GIF, WebP, BMP, PNM and icons.

use super::pixels;
use super::raster::{eight_bits, over_white};
use crate::extraction::{Limits, Raster, Reason};
use crate::kind::Kind;
use image::error::ImageError;
use image::metadata::Orientation;
use image::{ColorType, DynamicImage, ImageDecoder, ImageFormat, ImageReader};
use std::io::Cursor;

/// Decodes the first frame.
pub(super) fn decode(bytes: &[u8], kind: Kind, limits: &Limits) -> Result<Raster, Reason> {
    let format = match kind {
        Kind::Png => ImageFormat::Png,
        Kind::Gif => ImageFormat::Gif,
        Kind::WebP => ImageFormat::WebP,
        Kind::Bmp => ImageFormat::Bmp,
        Kind::Pnm => ImageFormat::Pnm,
        Kind::Icon => ImageFormat::Ico,
        _ => return Err(Reason::UnsupportedType),
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut allowed = image::Limits::no_limits();
    // The largest image at 8 bytes a pixel (16-bit RGBA), and as much again as the file for tables.
    let room = limits
        .pixels
        .saturating_mul(8)
        .saturating_add(limits.input_bytes);
    allowed.max_alloc = Some(room);
    let side = u32::try_from(limits.pixels).unwrap_or(u32::MAX);
    allowed.max_image_width = Some(side);
    allowed.max_image_height = Some(side);
    reader.limits(allowed);
    let mut decoder = reader.into_decoder().map_err(reason)?;
    let (width, height) = decoder.dimensions();
    pixels(width, height, limits)?;
    if matches!(decoder.color_type(), ColorType::Rgb32F | ColorType::Rgba32F) {
        return Err(Reason::UnsupportedType);
    }
    // Metadata that cannot be read leaves the image as it is stored.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let (channels, samples) = match DynamicImage::from_decoder(decoder).map_err(reason)? {
        DynamicImage::ImageLuma8(image) => (1, image.into_raw()),
        DynamicImage::ImageRgb8(image) => (3, image.into_raw()),
        DynamicImage::ImageLumaA8(image) => (1, without_alpha::<2>(image.into_raw())),
        DynamicImage::ImageRgba8(image) => (3, without_alpha::<4>(image.into_raw())),
        DynamicImage::ImageLuma16(image) => (1, reduced(image.into_raw())),
        DynamicImage::ImageRgb16(image) => (3, reduced(image.into_raw())),
        DynamicImage::ImageLumaA16(image) => (1, without_alpha::<2>(reduced(image.into_raw()))),
        DynamicImage::ImageRgba16(image) => (3, without_alpha::<4>(reduced(image.into_raw()))),
        _ => return Err(Reason::UnsupportedType),
    };
    let image = Raster::of(width, height, channels, samples)?;
    Ok(image.upright(u32::from(orientation.to_exif())))
}

/// Lays pixels whose last sample is alpha over white.
fn without_alpha<const N: usize>(samples: Vec<u8>) -> Vec<u8> {
    let mut out = Vec::with_capacity(samples.len() / N * (N - 1));
    for pixel in samples.as_chunks::<N>().0 {
        let alpha = pixel[N - 1];
        out.extend(pixel[..N - 1].iter().map(|&value| over_white(value, alpha)));
    }
    out
}

fn reduced(samples: Vec<u16>) -> Vec<u8> {
    samples.into_iter().map(eight_bits).collect()
}

fn reason(error: ImageError) -> Reason {
    match error {
        ImageError::Unsupported(_) => Reason::UnsupportedType,
        ImageError::Limits(_) => Reason::Limit,
        _ => Reason::Damaged,
    }
}
