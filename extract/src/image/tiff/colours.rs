//! From samples to gray or RGB.

use super::chunks::Layout;
use super::directory::{Directory, File, tag};
use crate::extraction::{Raster, Reason};
use crate::image::raster::{ink, over_white, premultiplied_over_white};

/// What the last sample does to those before it.
#[derive(Clone, Copy)]
enum Alpha {
    None,
    Plain,
    Premultiplied,
}

impl Alpha {
    fn on(self, value: u8, alpha: u8) -> u8 {
        match self {
            Self::None => value,
            Self::Plain => over_white(value, alpha),
            Self::Premultiplied => premultiplied_over_white(value, alpha),
        }
    }
}

/// The image that these samples show.
pub fn raster(
    file: &File<'_>,
    page: &Directory,
    layout: &Layout,
    samples: Vec<u8>,
) -> Result<Raster, Reason> {
    let colours = match layout.photometric {
        0 | 1 | 3 => 1,
        2 => 3,
        5 => 4,
        _ => return Err(Reason::UnsupportedType),
    };
    let per_pixel = layout.samples as usize;
    if per_pixel < colours || (layout.bits < 8 && per_pixel != 1) {
        return Err(Reason::UnsupportedType);
    }
    let extra = page.number(file, tag::EXTRA_SAMPLES)?;
    let alpha = match extra {
        Some(1) if per_pixel > colours => Alpha::Premultiplied,
        Some(2) if per_pixel > colours => Alpha::Plain,
        // Writers that leave out the tag mean alpha by one sample more.
        None if per_pixel == colours + 1 => Alpha::Plain,
        _ => Alpha::None,
    };
    let pixels = samples.chunks_exact(per_pixel);
    let (channels, out) = match layout.photometric {
        3 => (3, palette(file, page, layout, &samples)?),
        2 => {
            let light = |pixel: &[u8]| {
                let over = pixel.get(3).copied().unwrap_or(255);
                [pixel[0], pixel[1], pixel[2]].map(|value| alpha.on(value, over))
            };
            (3, pixels.flat_map(light).collect())
        }
        5 => {
            let light = |pixel: &[u8]| {
                let over = pixel.get(4).copied().unwrap_or(255);
                [pixel[0], pixel[1], pixel[2]].map(|value| alpha.on(ink(value, pixel[3]), over))
            };
            (3, pixels.flat_map(light).collect())
        }
        _ => {
            let full = u8::try_from((1_u32 << layout.bits.min(8)) - 1).expect("at most 8 bits");
            let is_white_zero = layout.photometric == 0;
            let light = |pixel: &[u8]| {
                let value = pixel[0] * (255 / full);
                let value = if is_white_zero { 255 - value } else { value };
                alpha.on(value, pixel.get(1).copied().unwrap_or(255))
            };
            (1, pixels.map(light).collect())
        }
    };
    Raster::of(layout.width, layout.height, channels, out)
}

/// Looks up each sample in the page's map of 16-bit reds, greens and blues.
fn palette(
    file: &File<'_>,
    page: &Directory,
    layout: &Layout,
    samples: &[u8],
) -> Result<Vec<u8>, Reason> {
    if layout.bits > 8 || layout.samples != 1 {
        return Err(Reason::UnsupportedType);
    }
    let map = page
        .numbers(file, tag::COLOUR_MAP)?
        .ok_or(Reason::Damaged)?;
    let count = 1_usize << layout.bits;
    if map.len() != 3 * count {
        return Err(Reason::Damaged);
    }
    // Writers fill the map with 256 or 257 times a level, and some with the level itself.
    let shift = if map.iter().all(|&value| value < 256) {
        0
    } else {
        8
    };
    let level = |value: u64| u8::try_from(value >> shift & 0xff).expect("one byte");
    let colours: Vec<[u8; 3]> = (0..count)
        .map(|index| [0, 1, 2].map(|channel| level(map[channel * count + index])))
        .collect();
    Ok(samples
        .iter()
        .flat_map(|&sample| colours[usize::from(sample)])
        .collect())
}
