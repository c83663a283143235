//! TIFF and BigTIFF: pages of strips or tiles.
//!
//! | | read |
//! |---|---|
//! | compression | none, CCITT RLE, Group 3 and Group 4, LZW, JPEG (both kinds), Deflate, PackBits |
//! | colours | bilevel, gray, palette, RGB, CMYK, YCbCr within JPEG; alpha over white |
//! | samples | 1, 2, 4, 8 or 16 bits, side by side or in planes; horizontal prediction |
//!
//! Anything else is `unsupported-type`, camera raw files among it: they are TIFF by form, but their
//! pixels are a sensor's. A page is a directory of the main chain that is not marked as a smaller
//! copy or a mask. Facsimile data that end or break off leave the rest of the page white.

mod chunks;
mod colours;
mod directory;
mod fax;

use super::{jpeg, pixels};
use crate::extraction::{Limits, Raster, Reason};
use chunks::Layout;
use directory::{Directory, File, tag};

/// Kinds of pixels that a sensor made.
const SENSOR: [u64; 2] = [32_803, 34_892];

/// Compressions that only camera raw files have: Sony, Samsung, Nikon, Kodak, Pentax.
const RAW_COMPRESSIONS: [u64; 8] = [
    32_767, 32_769, 32_770, 32_772, 34_713, 65_000, 65_024, 65_535,
];

/// The number of pages.
pub(super) fn page_count(bytes: &[u8], limits: &Limits) -> Result<u32, Reason> {
    let pages = pages(&File::new(bytes)?, limits)?;
    Ok(u32::try_from(pages.len()).expect("the limit on pages is a u32"))
}

/// Decodes the page of this number, upright.
pub(super) fn page(bytes: &[u8], number: u32, limits: &Limits) -> Result<Raster, Reason> {
    let file = File::new(bytes)?;
    let pages = pages(&file, limits)?;
    let page = pages.get(number as usize).ok_or(Reason::Damaged)?;
    let orientation = page.number(&file, tag::ORIENTATION)?.unwrap_or(1);
    let image = image(&file, page, limits)?;
    Ok(image.upright(u32::try_from(orientation).unwrap_or(1)))
}

/// The directories of the main chain that are pages.
fn pages(file: &File<'_>, limits: &Limits) -> Result<Vec<Directory>, Reason> {
    let mut all = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    let mut at = file.first()?;
    while at != 0 && seen.insert(at) {
        if all.len() as u64 > u64::from(limits.pages) {
            return Err(Reason::Limit);
        }
        // A chain that breaks off after a page still shows that page.
        match file.directory(at) {
            Ok((directory, next)) => {
                all.push(directory);
                at = next;
            }
            Err(_) if !all.is_empty() => break,
            Err(reason) => return Err(reason),
        }
    }
    for directory in &all {
        if is_sensor(file, directory)? {
            return Err(Reason::UnsupportedType);
        }
    }
    let is_copy = |directory: &Directory| {
        let marks = directory.number(file, tag::NEW_SUBFILE_TYPE);
        marks.ok().flatten().is_some_and(|marks| marks & 0b101 != 0)
    };
    if all.iter().all(is_copy) {
        all.truncate(1);
    } else {
        all.retain(|directory| !is_copy(directory));
    }
    if all.len() as u64 > u64::from(limits.pages) {
        return Err(Reason::Limit);
    }
    Ok(all)
}

/// Whether the directory, or one below it, is of a camera raw file.
fn is_sensor(file: &File<'_>, directory: &Directory) -> Result<bool, Reason> {
    if file.is_canon_raw() || directory.has(tag::DNG_VERSION) {
        return Ok(true);
    }
    let below = directory
        .numbers(file, tag::SUB_DIRECTORIES)?
        .unwrap_or_default();
    let below = below
        .into_iter()
        .take(16)
        .filter_map(|at| file.directory(at).ok().map(|(directory, _)| directory));
    for directory in std::iter::once(directory.clone()).chain(below) {
        let is = |tag, values: &[u64]| {
            let number = directory.number(file, tag).ok().flatten();
            number.is_some_and(|number| values.contains(&number))
        };
        if is(tag::PHOTOMETRIC, &SENSOR) || is(tag::COMPRESSION, &RAW_COMPRESSIONS) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The image of a directory as it is stored.
fn image(file: &File<'_>, page: &Directory, limits: &Limits) -> Result<Raster, Reason> {
    let layout = Layout::of(file, page, limits)?;
    if layout.compression == 6 {
        return old_jpeg(file, page, limits);
    }
    if layout.compression == 7 {
        return chunks::jpeg(file, page, &layout, limits);
    }
    let samples = chunks::samples(file, &layout)?;
    colours::raster(file, page, &layout, samples)
}

/// The first way to hold a JPEG: a whole file at a stated place, or as the first strip. Without
/// strips it is the preview of a picture that is not there, as camera raw files have it.
fn old_jpeg(file: &File<'_>, page: &Directory, limits: &Limits) -> Result<Raster, Reason> {
    let stated = page.number(file, tag::JPEG_FILE)?;
    let Some(strip) = page.number(file, tag::STRIP_OFFSETS)? else {
        return Err(Reason::UnsupportedType);
    };
    for at in [stated, Some(strip)].into_iter().flatten() {
        let stream = usize::try_from(at).ok().and_then(|at| file.bytes.get(at..));
        if let Some(stream) = stream.filter(|stream| stream.starts_with(b"\xff\xd8")) {
            return Ok(jpeg::stored(stream, true, limits)?.0);
        }
    }
    Err(Reason::UnsupportedType)
}

/// A side or a count of a directory that has to be there.
fn required(file: &File<'_>, page: &Directory, tag: u16) -> Result<u32, Reason> {
    let number = page.number(file, tag)?.ok_or(Reason::Damaged)?;
    u32::try_from(number).map_err(|_| Reason::Limit)
}

/// A number of a directory that has a value when it is not there.
fn or(file: &File<'_>, page: &Directory, tag: u16, otherwise: u32) -> Result<u32, Reason> {
    match page.number(file, tag)? {
        Some(number) => u32::try_from(number).map_err(|_| Reason::Limit),
        None => Ok(otherwise),
    }
}
