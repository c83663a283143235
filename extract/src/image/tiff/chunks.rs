//! Strips and tiles: where they lie, how they are unpacked, what they hold.

use super::directory::{Directory, File, tag};
use super::fax::{self, Scheme};
use super::{or, pixels, required};
use crate::extraction::{Limits, Raster, Reason};
use crate::image::jpeg as stream;
use crate::image::raster::eight_bits;
use flate2::read::ZlibDecoder;
use std::io::Read;
use weezl::{BitOrder, LzwStatus, decode::Decoder};

/// The most samples of a pixel: four colours and alpha, or three and what else there may be.
const MOST_SAMPLES: u32 = 8;

/// The shape of a page and of its chunks.
pub struct Layout {
    pub width: u32,
    pub height: u32,
    /// Bits of a sample: 1, 2, 4, 8 or 16.
    pub bits: u32,
    /// Samples of a pixel.
    pub samples: u32,
    pub compression: u32,
    pub photometric: u32,
    /// Whether each sample has chunks of its own.
    is_planar: bool,
    is_predicted: bool,
    is_reversed: bool,
    t4_options: u32,
    chunk_width: u32,
    chunk_height: u32,
    is_tiled: bool,
    /// Offset and length of each chunk.
    chunks: Vec<(u64, u64)>,
}

/// A chunk's place on the page.
struct Place {
    /// The first sample that it holds.
    sample: u32,
    x: u32,
    y: u32,
}

impl Layout {
    /// Reads the shape, and checks it against the limits before anything is allocated for it.
    pub fn of(file: &File<'_>, page: &Directory, limits: &Limits) -> Result<Self, Reason> {
        let width = required(file, page, tag::WIDTH)?;
        let height = required(file, page, tag::HEIGHT)?;
        pixels(width, height, limits)?;
        let samples = or(file, page, tag::SAMPLES_PER_PIXEL, 1)?;
        let bits = page.numbers(file, tag::BITS)?.unwrap_or_else(|| vec![1]);
        let formats = page.numbers(file, tag::SAMPLE_FORMAT)?.unwrap_or_default();
        let first = bits.first().copied().ok_or(Reason::Damaged)?;
        let is_read = matches!(first, 1 | 2 | 4 | 8 | 16)
            && bits.iter().all(|&bits| bits == first)
            && formats.iter().all(|&format| format == 1 || format == 4)
            && (1..=MOST_SAMPLES).contains(&samples);
        if !is_read {
            return Err(Reason::UnsupportedType);
        }
        let is_tiled = page.has(tag::TILE_OFFSETS);
        let [offsets, lengths] = match is_tiled {
            true => [tag::TILE_OFFSETS, tag::TILE_BYTES],
            false => [tag::STRIP_OFFSETS, tag::STRIP_BYTES],
        };
        let (chunk_width, chunk_height) = match is_tiled {
            true => (
                required(file, page, tag::TILE_WIDTH)?,
                required(file, page, tag::TILE_HEIGHT)?,
            ),
            false => (
                width,
                or(file, page, tag::ROWS_PER_STRIP, height)?.min(height),
            ),
        };
        let in_chunk = pixels(chunk_width, chunk_height, limits)? as u64;
        let count =
            u64::from(width.div_ceil(chunk_width)) * u64::from(height.div_ceil(chunk_height));
        // Tiles that are mostly outside the page would cost more than the page.
        if in_chunk.saturating_mul(count) > limits.pixels.saturating_mul(4) {
            return Err(Reason::Limit);
        }
        let offsets = page.numbers(file, offsets)?.unwrap_or_default();
        let lengths = match page.numbers(file, lengths)? {
            Some(lengths) => lengths,
            // Some old writers leave out the length of a single strip.
            None => vec![u64::MAX],
        };
        Ok(Self {
            width,
            height,
            bits: u32::try_from(first).expect("one of five"),
            samples,
            compression: or(file, page, tag::COMPRESSION, 1)?,
            photometric: or(file, page, tag::PHOTOMETRIC, 0)?,
            is_planar: samples > 1 && or(file, page, tag::PLANAR, 1)? == 2,
            is_predicted: match or(file, page, tag::PREDICTOR, 1)? {
                1 => false,
                2 => true,
                _ => return Err(Reason::UnsupportedType),
            },
            is_reversed: or(file, page, tag::FILL_ORDER, 1)? == 2,
            t4_options: or(file, page, tag::T4_OPTIONS, 0)?,
            chunk_width,
            chunk_height,
            is_tiled,
            chunks: offsets.into_iter().zip(lengths).collect(),
        })
    }

    /// The place of each chunk, in the file's order.
    fn places(&self) -> impl Iterator<Item = Place> {
        let planes = if self.is_planar { self.samples } else { 1 };
        let (wide, high) = (self.chunk_width, self.chunk_height);
        let across = self.width.div_ceil(wide);
        let down = self.height.div_ceil(high);
        (0..planes).flat_map(move |sample| {
            (0..down).flat_map(move |row| {
                (0..across).map(move |column| Place {
                    sample,
                    x: column * wide,
                    y: row * high,
                })
            })
        })
    }

    /// Samples of a pixel within one chunk.
    fn samples_of_chunk(&self) -> u32 {
        if self.is_planar { 1 } else { self.samples }
    }

    /// Rows of a chunk that the file holds: a strip ends with the page, a tile does not.
    fn rows(&self, place: &Place) -> u32 {
        match self.is_tiled {
            true => self.chunk_height,
            false => self.chunk_height.min(self.height - place.y),
        }
    }

    /// The bytes of each chunk, as the file has them.
    fn packed<'a>(&self, file: &File<'a>, number: usize) -> Result<&'a [u8], Reason> {
        let &(at, length) = self.chunks.get(number).ok_or(Reason::Damaged)?;
        let rest = (file.bytes.len() as u64)
            .checked_sub(at)
            .ok_or(Reason::Damaged)?;
        file.slice(at, length.min(rest))
    }
}

/// All samples of the page, pixel by pixel: of 8 bits those of 16, else as they are stored.
pub fn samples(file: &File<'_>, layout: &Layout) -> Result<Vec<u8>, Reason> {
    let per_pixel = layout.samples as usize;
    let width = layout.width as usize;
    let mut out = vec![0; width * layout.height as usize * per_pixel];
    let in_chunk = layout.samples_of_chunk() as usize;
    let row_bits = u64::from(layout.chunk_width) * in_chunk as u64 * u64::from(layout.bits);
    let stride = usize::try_from(row_bits.div_ceil(8)).map_err(|_| Reason::Limit)?;
    for (number, place) in layout.places().enumerate() {
        let rows = layout.rows(&place);
        let packed = layout.packed(file, number)?;
        let mut bytes = unpacked(packed, layout, rows, stride)?;
        let columns = layout.chunk_width.min(layout.width - place.x) as usize;
        let lines = rows.min(layout.height - place.y) as usize;
        for (line, row) in bytes.chunks_mut(stride).take(lines).enumerate() {
            let row = line_of_samples(row, layout, file.is_big_endian);
            let at = ((place.y as usize + line) * width + place.x as usize) * per_pixel;
            if in_chunk == per_pixel {
                let count = columns * per_pixel;
                out[at..at + count].copy_from_slice(&row[..count]);
            } else {
                let targets = out[at + place.sample as usize..]
                    .iter_mut()
                    .step_by(per_pixel);
                for (target, &sample) in targets.zip(&row[..columns]) {
                    *target = sample;
                }
            }
        }
    }
    Ok(out)
}

/// The chunk without its compression: exactly `rows` times `stride` bytes.
fn unpacked(packed: &[u8], layout: &Layout, rows: u32, stride: usize) -> Result<Vec<u8>, Reason> {
    let size = stride.checked_mul(rows as usize).ok_or(Reason::Limit)?;
    let reversed: Vec<u8>;
    let packed = if layout.is_reversed {
        reversed = packed.iter().map(|byte| byte.reverse_bits()).collect();
        &reversed
    } else {
        packed
    };
    let fax = |scheme| {
        if layout.bits != 1 || layout.samples_of_chunk() != 1 {
            return Err(Reason::UnsupportedType);
        }
        fax::decode(packed, scheme, layout.chunk_width, rows)
    };
    let bytes = match layout.compression {
        1 => packed.get(..size).ok_or(Reason::Damaged)?.to_vec(),
        2 => fax(Scheme::Rle)?,
        3 => fax(Scheme::Group3 {
            two: layout.t4_options & 1 == 1,
        })?,
        4 => fax(Scheme::Group4)?,
        5 => lzw(packed, size)?,
        8 | 32_946 => {
            let mut out = Vec::new();
            let read = ZlibDecoder::new(packed)
                .take(size as u64)
                .read_to_end(&mut out);
            read.map_err(|_| Reason::Damaged)?;
            out
        }
        32_773 => pack_bits(packed, size),
        _ => return Err(Reason::UnsupportedType),
    };
    if bytes.len() != size {
        return Err(Reason::Damaged);
    }
    Ok(bytes)
}

fn lzw(packed: &[u8], size: usize) -> Result<Vec<u8>, Reason> {
    // The first LZW of 1988 counts bits from the other end; its streams begin with this.
    if matches!(packed, [0, second, ..] if second & 1 == 1) {
        return Err(Reason::UnsupportedType);
    }
    let mut decoder = Decoder::with_tiff_size_switch(BitOrder::Msb, 8);
    let mut out = vec![0; size];
    let (mut read, mut written) = (0, 0);
    while written < size {
        let step = decoder.decode_bytes(&packed[read..], &mut out[written..]);
        read += step.consumed_in;
        written += step.consumed_out;
        match step.status {
            Ok(LzwStatus::Ok) if step.consumed_in + step.consumed_out > 0 => {}
            _ => break,
        }
    }
    out.truncate(written);
    Ok(out)
}

fn pack_bits(packed: &[u8], size: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = packed;
    while let [head, after @ ..] = rest {
        if out.len() >= size {
            break;
        }
        rest = after;
        match *head {
            128 => {}
            head @ 0..=127 => {
                let (run, after) = rest.split_at(rest.len().min(usize::from(head) + 1));
                out.extend(run);
                rest = after;
            }
            head => {
                let [value, after @ ..] = rest else { break };
                out.extend(std::iter::repeat_n(*value, 257 - usize::from(head)));
                rest = after;
            }
        }
    }
    out.truncate(size);
    out
}

/// The samples of a row, one a byte, with prediction undone.
fn line_of_samples(row: &mut [u8], layout: &Layout, is_big_endian: bool) -> Vec<u8> {
    let step = layout.samples_of_chunk() as usize;
    match layout.bits {
        8 => {
            if layout.is_predicted {
                for at in step..row.len() {
                    row[at] = row[at].wrapping_add(row[at - step]);
                }
            }
            row.to_vec()
        }
        16 => {
            let read = if is_big_endian {
                u16::from_be_bytes
            } else {
                u16::from_le_bytes
            };
            let mut words: Vec<u16> = row.as_chunks().0.iter().map(|&word| read(word)).collect();
            if layout.is_predicted {
                for at in step..words.len() {
                    words[at] = words[at].wrapping_add(words[at - step]);
                }
            }
            words.into_iter().map(eight_bits).collect()
        }
        bits => {
            let mask = (1_u8 << bits) - 1;
            let shifts = (0..8 / bits).rev().map(|place| place * bits);
            row.iter()
                .flat_map(|&byte| shifts.clone().map(move |shift| byte >> shift & mask))
                .collect()
        }
    }
}

/// A page whose chunks are JPEG streams, with tables that they share.
pub fn jpeg(
    file: &File<'_>,
    page: &Directory,
    layout: &Layout,
    limits: &Limits,
) -> Result<Raster, Reason> {
    // 0 and 1 are gray, 2 is RGB as it is stored, 6 is YCbCr.
    let convert = layout.photometric == 6;
    if layout.is_planar || layout.bits != 8 || !matches!(layout.photometric, 0 | 1 | 2 | 6) {
        return Err(Reason::UnsupportedType);
    }
    let tables = page.bytes(file, tag::JPEG_TABLES)?.unwrap_or_default();
    let tables = tables.strip_suffix(b"\xff\xd9").unwrap_or(tables);
    let channels = if layout.samples == 1 { 1 } else { 3 };
    let width = layout.width as usize;
    let mut out = vec![0; width * layout.height as usize * channels];
    for (number, place) in layout.places().enumerate() {
        let chunk = layout.packed(file, number)?;
        let joined = match tables.is_empty() {
            true => chunk.to_vec(),
            false => {
                let body = chunk.strip_prefix(b"\xff\xd8").ok_or(Reason::Damaged)?;
                [tables, body].concat()
            }
        };
        let (image, _) = stream::stored(&joined, convert, limits)?;
        if usize::from(image.channels) != channels {
            return Err(Reason::UnsupportedType);
        }
        let columns = layout.chunk_width.min(layout.width - place.x) as usize;
        let lines = layout.rows(&place).min(layout.height - place.y) as usize;
        if (image.width as usize) < columns || (image.height as usize) < lines {
            return Err(Reason::Damaged);
        }
        let rows = image.samples.chunks(image.width as usize * channels);
        for (line, row) in rows.take(lines).enumerate() {
            let at = ((place.y as usize + line) * width + place.x as usize) * channels;
            out[at..at + columns * channels].copy_from_slice(&row[..columns * channels]);
        }
    }
    if layout.photometric == 0 {
        out.iter_mut().for_each(|sample| *sample = 255 - *sample);
    }
    let channels = u8::try_from(channels).expect("one or three");
    Raster::of(layout.width, layout.height, channels, out)
}
