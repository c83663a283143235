//! From image files to [`Raster`]: dimensions are checked against the limits before the decoder
//! allocates for them.

use super::Raster;
use crate::{Limits, Unreadable};
use image::error::ImageError;
use image::metadata::Orientation;
use image::{ColorType, DynamicImage, ImageDecoder, ImageFormat, ImageReader};
use std::io::Cursor;
use tiff::tags::Tag;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// TIFF compression schemes that hold a JPEG.
const TIFF_JPEG: [u16; 2] = [6, 7];

impl Raster {
    /// Decodes a JPEG with portable integer code. A file that ends within its pixels is kept, as
    /// far as it goes: every viewer shows it.
    pub(crate) fn from_jpeg(bytes: &[u8], limits: &Limits) -> Result<Self, Unreadable> {
        let side = usize::from(u16::MAX);
        let options = DecoderOptions::default()
            .set_use_unsafe(false)
            .set_strict_mode(false)
            .set_max_width(side)
            .set_max_height(side);
        let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
        decoder.decode_headers().map_err(jpeg_reason)?;
        let (width, height) = decoder.dimensions().ok_or(Unreadable::Damaged)?;
        let (width, height) = dimensions(width, height, limits)?;
        let is_gray = decoder.input_colorspace() == Some(ColorSpace::Luma);
        let colours = if is_gray {
            ColorSpace::Luma
        } else {
            ColorSpace::RGB
        };
        decoder.set_options(options.jpeg_set_out_colorspace(colours));
        let orientation = decoder
            .exif()
            .and_then(|exif| Orientation::from_exif_chunk(exif))
            .unwrap_or(Orientation::NoTransforms);
        let samples = decoder.decode().map_err(jpeg_reason)?;
        let image = if is_gray {
            Self::gray(width, height, samples)
        } else {
            Self::rgb(width, height, samples.as_chunks::<3>().0.to_vec())
        };
        Ok(image
            .ok_or(Unreadable::Damaged)?
            .upright(orientation.to_exif()))
    }

    /// Decodes any other format: the first page or frame.
    pub(crate) fn decode(
        bytes: &[u8],
        format: ImageFormat,
        limits: &Limits,
    ) -> Result<Self, Unreadable> {
        if format == ImageFormat::Tiff {
            refuse_jpeg_in_tiff(bytes)?;
        }
        let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
        let mut decoder_limits = image::Limits::no_limits();
        decoder_limits.max_alloc = Some(limits.decoder_bytes());
        let side = u32::try_from(limits.pixels).unwrap_or(u32::MAX);
        decoder_limits.max_image_width = Some(side);
        decoder_limits.max_image_height = Some(side);
        reader.limits(decoder_limits);
        let mut decoder = reader.into_decoder().map_err(reason)?;
        let (width, height) = decoder.dimensions();
        let (width, height) = dimensions(width as usize, height as usize, limits)?;
        if matches!(decoder.color_type(), ColorType::Rgb32F | ColorType::Rgba32F) {
            return Err(Unreadable::Unsupported);
        }
        // Metadata that cannot be read leaves the image as it is stored.
        let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
        let image = match DynamicImage::from_decoder(decoder).map_err(reason)? {
            DynamicImage::ImageLuma8(image) => Self::gray(width, height, image.into_raw()),
            DynamicImage::ImageLumaA8(image) => {
                Self::gray(width, height, over_white(image.into_raw().as_chunks().0))
            }
            DynamicImage::ImageRgb8(image) => {
                Self::rgb(width, height, image.into_raw().as_chunks().0.to_vec())
            }
            DynamicImage::ImageRgba8(image) => Self::rgb(
                width,
                height,
                rgb_over_white(image.into_raw().as_chunks().0),
            ),
            DynamicImage::ImageLuma16(image) => {
                Self::gray(width, height, eight_bits(&image.into_raw()))
            }
            DynamicImage::ImageLumaA16(image) => {
                let samples = eight_bits(&image.into_raw());
                Self::gray(width, height, over_white(samples.as_chunks().0))
            }
            DynamicImage::ImageRgb16(image) => Self::rgb(
                width,
                height,
                eight_bits(&image.into_raw()).as_chunks().0.to_vec(),
            ),
            DynamicImage::ImageRgba16(image) => {
                let samples = eight_bits(&image.into_raw());
                Self::rgb(width, height, rgb_over_white(samples.as_chunks().0))
            }
            _ => return Err(Unreadable::Unsupported),
        };
        Ok(image
            .ok_or(Unreadable::Damaged)?
            .upright(orientation.to_exif()))
    }
}

/// The dimensions, if they are within the limit.
fn dimensions(width: usize, height: usize, limits: &Limits) -> Result<(u32, u32), Unreadable> {
    let (Ok(width), Ok(height)) = (u32::try_from(width), u32::try_from(height)) else {
        return Err(Unreadable::TooLarge);
    };
    match u64::from(width) * u64::from(height) {
        0 => Err(Unreadable::Damaged),
        pixels if pixels > limits.pixels => Err(Unreadable::TooLarge),
        _ => Ok((width, height)),
    }
}

fn refuse_jpeg_in_tiff(bytes: &[u8]) -> Result<(), Unreadable> {
    let mut decoder =
        tiff::decoder::Decoder::new(Cursor::new(bytes)).map_err(|_| Unreadable::Damaged)?;
    let compression = decoder.find_tag_unsigned::<u16>(Tag::Compression);
    match compression.map_err(|_| Unreadable::Damaged)? {
        Some(scheme) if TIFF_JPEG.contains(&scheme) => Err(Unreadable::Unsupported),
        _ => Ok(()),
    }
}

fn reason(error: ImageError) -> Unreadable {
    match error {
        ImageError::Unsupported(_) => Unreadable::Unsupported,
        ImageError::Limits(_) => Unreadable::TooLarge,
        _ => Unreadable::Damaged,
    }
}

fn jpeg_reason(error: DecodeErrors) -> Unreadable {
    match error {
        DecodeErrors::Unsupported(_) => Unreadable::Unsupported,
        DecodeErrors::LargeDimensions(_) => Unreadable::TooLarge,
        _ => Unreadable::Damaged,
    }
}

fn eight_bits(samples: &[u16]) -> Vec<u8> {
    let reduce = |&v: &u16| u8::try_from((u32::from(v) + 128) / 257);
    samples
        .iter()
        .map(|v| reduce(v).expect("65535 + 128 is less than 256 times 257"))
        .collect()
}

fn over_white(pixels: &[[u8; 2]]) -> Vec<u8> {
    pixels
        .iter()
        .map(|&[value, alpha]| blend(value, alpha))
        .collect()
}

fn rgb_over_white(pixels: &[[u8; 4]]) -> Vec<[u8; 3]> {
    pixels
        .iter()
        .map(|&[r, g, b, alpha]| [r, g, b].map(|value| blend(value, alpha)))
        .collect()
}

fn blend(value: u8, alpha: u8) -> u8 {
    let (value, alpha) = (u32::from(value), u32::from(alpha));
    u8::try_from((value * alpha + 255 * (255 - alpha) + 127) / 255)
        .expect("a mean of bytes is a byte")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_bits_become_eight() {
        assert_eq!(
            eight_bits(&[0, 128, 129, 32_768, 65_535]),
            [0, 0, 1, 128, 255]
        );
    }

    #[test]
    fn alpha_goes_over_white() {
        assert_eq!(over_white(&[[7, 255], [7, 0], [0, 128]]), [7, 255, 127]);
        assert_eq!(rgb_over_white(&[[0, 255, 100, 51]]), [[204, 255, 224]]);
    }
}
