//! Bates numbers on pages `[format-stamp]`: what an image of a production has below the picture.
//!
//! The stamp stands in a strip of its own, so it covers nothing, and whoever takes the strip away has the
//! rendition again. It follows from the width of the picture and the name of the page alone: the judge
//! draws it again, and compares.

use crate::bytes::Malformed;
use crate::rendition::Raster;

/// Columns and rows of a cell: a glyph of 5 by 7 dots, and what is blank around it.
const CELL: [usize; 2] = [6, 9];

/// Pictures that are wider have no strip.
const MAX_WIDTH: u32 = 1 << 14;

/// The most pixels of a strip.
pub const MAX_PIXELS: u64 = 1 << 21;

/// How a name is laid out below a picture.
#[derive(Clone, Copy)]
struct Layout {
    /// Pixels of a dot.
    scale: usize,
    /// Characters of a line.
    line: usize,
    /// Rows of the strip.
    rows: usize,
}

impl Layout {
    fn new(width: u32, characters: usize) -> Self {
        let width = if width > MAX_WIDTH { 0 } else { width as usize };
        let scale = (width / 600).clamp(1, 8);
        let line = (width / (CELL[0] * scale)).max(1);
        let lines = if width == 0 {
            0
        } else {
            characters.div_ceil(line)
        };
        Self {
            scale,
            line,
            rows: lines * CELL[1] * scale,
        }
    }
}

/// The samples of the strip below a picture of this width, with as many channels.
fn strip(width: u32, channels: u8, name: &str) -> Vec<u8> {
    let layout = Layout::new(width, name.len());
    let Layout { scale, line, rows } = layout;
    let (width, channels) = (width as usize, usize::from(channels));
    let mut samples = vec![255; width * rows * channels];
    if rows == 0 {
        return samples;
    }
    for (number, characters) in name.as_bytes().chunks(line).enumerate() {
        let left = width.saturating_sub(CELL[0] * scale * characters.len());
        for (place, character) in characters.iter().enumerate() {
            let (x, y) = (left + CELL[0] * scale * place, CELL[1] * scale * number);
            for (column, row) in dots(*character) {
                let (x, y) = (x + scale * column, y + scale * (row + 1));
                for pixel in (0..scale * scale).map(|i| (x + i % scale, y + i / scale)) {
                    if pixel.0 < width {
                        let at = (pixel.1 * width + pixel.0) * channels;
                        samples[at..at + channels].fill(0);
                    }
                }
            }
        }
    }
    samples
}

/// Columns and rows of the dots of a character.
fn dots(character: u8) -> impl Iterator<Item = (usize, usize)> {
    let found = GLYPHS.binary_search_by_key(&character, |glyph| glyph.0);
    let rows = found.map_or([0; 7], |index| GLYPHS[index].1);
    (0..7).flat_map(move |row| {
        let columns = (0..5).filter(move |column| rows[row] >> (4 - column) & 1 == 1);
        columns.map(move |column| (column, row))
    })
}

/// The picture with its name below it.
///
/// # Panics
/// When the picture has more rows than can be counted.
#[must_use]
pub fn stamp(picture: &Raster, name: &str) -> Raster {
    let below = strip(picture.width, picture.channels, name);
    let rows = Layout::new(picture.width, name.len()).rows;
    let rows = u32::try_from(rows).expect("a strip has few rows");
    let height = picture.height.checked_add(rows);
    Raster {
        height: height.expect("a picture has fewer than 2^32 rows"),
        samples: [&picture.samples[..], &below].concat(),
        ..*picture
    }
}

/// The picture, without the name that must be below it.
///
/// # Errors
/// When what is below it is not this name.
pub fn unstamp(stamped: Raster, name: &str) -> Result<Raster, Malformed> {
    let rows = Layout::new(stamped.width, name.len()).rows;
    let other = || Malformed::new(format!("the stamp below the picture is not {name}"));
    let rows = u32::try_from(rows).map_err(|_| other())?;
    let height = stamped
        .height
        .checked_sub(rows)
        .filter(|height| *height > 0);
    let height = height.ok_or_else(other)?;
    let Raster {
        width,
        channels,
        mut samples,
        ..
    } = stamped;
    let below = strip(width, channels, name);
    let length = samples.len() - below.len();
    if samples[length..] != below {
        return Err(other());
    }
    samples.truncate(length);
    Ok(Raster {
        width,
        height,
        channels,
        samples,
    })
}

/// Rows of five dots from the top, the leftmost in bit 4; ascending by character.
const GLYPHS: [(u8, [u8; 7]); 65] = [
    (b'-', [0x00, 0x00, 0x00, 0x1f, 0x00, 0x00, 0x00]),
    (b'.', [0x00, 0x00, 0x00, 0x00, 0x00, 0x0c, 0x0c]),
    (b'0', [0x0e, 0x11, 0x13, 0x15, 0x19, 0x11, 0x0e]),
    (b'1', [0x04, 0x0c, 0x04, 0x04, 0x04, 0x04, 0x0e]),
    (b'2', [0x0e, 0x11, 0x01, 0x02, 0x04, 0x08, 0x1f]),
    (b'3', [0x1f, 0x02, 0x04, 0x02, 0x01, 0x11, 0x0e]),
    (b'4', [0x02, 0x06, 0x0a, 0x12, 0x1f, 0x02, 0x02]),
    (b'5', [0x1f, 0x10, 0x1e, 0x01, 0x01, 0x11, 0x0e]),
    (b'6', [0x06, 0x08, 0x10, 0x1e, 0x11, 0x11, 0x0e]),
    (b'7', [0x1f, 0x01, 0x02, 0x04, 0x08, 0x08, 0x08]),
    (b'8', [0x0e, 0x11, 0x11, 0x0e, 0x11, 0x11, 0x0e]),
    (b'9', [0x0e, 0x11, 0x11, 0x0f, 0x01, 0x02, 0x0c]),
    (b'A', [0x0e, 0x11, 0x11, 0x1f, 0x11, 0x11, 0x11]),
    (b'B', [0x1e, 0x11, 0x11, 0x1e, 0x11, 0x11, 0x1e]),
    (b'C', [0x0e, 0x11, 0x10, 0x10, 0x10, 0x11, 0x0e]),
    (b'D', [0x1c, 0x12, 0x11, 0x11, 0x11, 0x12, 0x1c]),
    (b'E', [0x1f, 0x10, 0x10, 0x1e, 0x10, 0x10, 0x1f]),
    (b'F', [0x1f, 0x10, 0x10, 0x1e, 0x10, 0x10, 0x10]),
    (b'G', [0x0e, 0x11, 0x10, 0x17, 0x11, 0x11, 0x0f]),
    (b'H', [0x11, 0x11, 0x11, 0x1f, 0x11, 0x11, 0x11]),
    (b'I', [0x0e, 0x04, 0x04, 0x04, 0x04, 0x04, 0x0e]),
    (b'J', [0x07, 0x02, 0x02, 0x02, 0x02, 0x12, 0x0c]),
    (b'K', [0x11, 0x12, 0x14, 0x18, 0x14, 0x12, 0x11]),
    (b'L', [0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x1f]),
    (b'M', [0x11, 0x1b, 0x15, 0x15, 0x11, 0x11, 0x11]),
    (b'N', [0x11, 0x11, 0x19, 0x15, 0x13, 0x11, 0x11]),
    (b'O', [0x0e, 0x11, 0x11, 0x11, 0x11, 0x11, 0x0e]),
    (b'P', [0x1e, 0x11, 0x11, 0x1e, 0x10, 0x10, 0x10]),
    (b'Q', [0x0e, 0x11, 0x11, 0x11, 0x15, 0x12, 0x0d]),
    (b'R', [0x1e, 0x11, 0x11, 0x1e, 0x14, 0x12, 0x11]),
    (b'S', [0x0f, 0x10, 0x10, 0x0e, 0x01, 0x01, 0x1e]),
    (b'T', [0x1f, 0x04, 0x04, 0x04, 0x04, 0x04, 0x04]),
    (b'U', [0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x0e]),
    (b'V', [0x11, 0x11, 0x11, 0x11, 0x11, 0x0a, 0x04]),
    (b'W', [0x11, 0x11, 0x11, 0x15, 0x15, 0x15, 0x0a]),
    (b'X', [0x11, 0x11, 0x0a, 0x04, 0x0a, 0x11, 0x11]),
    (b'Y', [0x11, 0x11, 0x11, 0x0a, 0x04, 0x04, 0x04]),
    (b'Z', [0x1f, 0x01, 0x02, 0x04, 0x08, 0x10, 0x1f]),
    (b'_', [0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x1f]),
    (b'a', [0x00, 0x00, 0x0e, 0x01, 0x0f, 0x11, 0x0f]),
    (b'b', [0x10, 0x10, 0x16, 0x19, 0x11, 0x11, 0x1e]),
    (b'c', [0x00, 0x00, 0x0e, 0x10, 0x10, 0x11, 0x0e]),
    (b'd', [0x01, 0x01, 0x0d, 0x13, 0x11, 0x11, 0x0f]),
    (b'e', [0x00, 0x00, 0x0e, 0x11, 0x1f, 0x10, 0x0e]),
    (b'f', [0x06, 0x09, 0x08, 0x1c, 0x08, 0x08, 0x08]),
    (b'g', [0x00, 0x0f, 0x11, 0x11, 0x0f, 0x01, 0x0e]),
    (b'h', [0x10, 0x10, 0x16, 0x19, 0x11, 0x11, 0x11]),
    (b'i', [0x04, 0x00, 0x0c, 0x04, 0x04, 0x04, 0x0e]),
    (b'j', [0x02, 0x00, 0x06, 0x02, 0x02, 0x12, 0x0c]),
    (b'k', [0x10, 0x10, 0x12, 0x14, 0x18, 0x14, 0x12]),
    (b'l', [0x0c, 0x04, 0x04, 0x04, 0x04, 0x04, 0x0e]),
    (b'm', [0x00, 0x00, 0x1a, 0x15, 0x15, 0x11, 0x11]),
    (b'n', [0x00, 0x00, 0x16, 0x19, 0x11, 0x11, 0x11]),
    (b'o', [0x00, 0x00, 0x0e, 0x11, 0x11, 0x11, 0x0e]),
    (b'p', [0x00, 0x00, 0x1e, 0x11, 0x1e, 0x10, 0x10]),
    (b'q', [0x00, 0x00, 0x0d, 0x13, 0x0f, 0x01, 0x01]),
    (b'r', [0x00, 0x00, 0x16, 0x19, 0x10, 0x10, 0x10]),
    (b's', [0x00, 0x00, 0x0e, 0x10, 0x0e, 0x01, 0x1e]),
    (b't', [0x08, 0x08, 0x1c, 0x08, 0x08, 0x09, 0x06]),
    (b'u', [0x00, 0x00, 0x11, 0x11, 0x11, 0x13, 0x0d]),
    (b'v', [0x00, 0x00, 0x11, 0x11, 0x11, 0x0a, 0x04]),
    (b'w', [0x00, 0x00, 0x11, 0x11, 0x15, 0x15, 0x0a]),
    (b'x', [0x00, 0x00, 0x11, 0x0a, 0x04, 0x0a, 0x11]),
    (b'y', [0x00, 0x00, 0x11, 0x11, 0x0f, 0x01, 0x0e]),
    (b'z', [0x00, 0x00, 0x1f, 0x02, 0x04, 0x08, 0x1f]),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: u32, height: u32, channels: u8) -> Raster {
        let samples = width as usize * height as usize * usize::from(channels);
        Raster::new(width, height, channels, vec![7; samples]).unwrap()
    }

    /// The strip of a picture, a character for a pixel.
    fn drawn(width: u32, name: &str) -> Vec<String> {
        let stamped = stamp(&picture(width, 1, 1), name);
        let rows = stamped.samples.chunks(width as usize).skip(1);
        let pixel = |sample: &u8| if *sample == 0 { '#' } else { '.' };
        rows.map(|row| row.iter().map(pixel).collect()).collect()
    }

    #[test]
    fn a_number_can_be_read() {
        assert_eq!(
            drawn(14, "A7"),
            [
                "..............",
                "...###..#####.",
                "..#...#.....#.",
                "..#...#....#..",
                "..#####...#...",
                "..#...#..#....",
                "..#...#..#....",
                "..#...#..#....",
                "..............",
            ]
        );
        // A line for each two characters; what does not fit is cut.
        assert_eq!(drawn(14, "A7.").len(), 18);
        assert_eq!(drawn(3, "A")[1], ".##");
        assert_eq!(drawn(1200, "A").len(), 18);
    }

    #[test]
    fn the_picture_comes_back_and_only_with_its_name() {
        for (width, height, channels) in [(1, 1, 1), (28, 28, 1), (640, 3, 3), (2480, 2, 1)] {
            let picture = picture(width, height, channels);
            let stamped = stamp(&picture, "EPA0000001");
            assert!(stamped.height > height, "{width}");
            let strip = (u64::from(stamped.height) - u64::from(height)) * u64::from(width);
            assert!(strip <= MAX_PIXELS);
            assert_eq!(unstamp(stamped.clone(), "EPA0000001"), Ok(picture.clone()));
            for name in ["EPA0000002", "EPA00000010", "epa0000001"] {
                assert!(unstamp(stamped.clone(), name).is_err(), "{width} {name}");
            }
            let mut touched = stamped.clone();
            *touched.samples.last_mut().unwrap() ^= 1;
            assert!(unstamp(touched, "EPA0000001").is_err());
            assert!(unstamp(picture, "EPA0000001").is_err());
        }
        let wide = picture(MAX_WIDTH + 1, 1, 1);
        assert_eq!(stamp(&wide, "EPA0000001"), wide);
        assert_eq!(unstamp(wide.clone(), "EPA0000001"), Ok(wide));
    }

    #[test]
    fn a_strip_has_a_limit() {
        let longest = "A".repeat(49);
        for width in (1..=MAX_WIDTH).step_by(7) {
            let rows = Layout::new(width, longest.len()).rows as u64;
            assert!(rows * u64::from(width) <= MAX_PIXELS, "{width}");
        }
    }

    #[test]
    fn every_character_of_a_name_has_its_glyph() {
        let all = ('a'..='z')
            .chain('A'..='Z')
            .chain('0'..='9')
            .chain("-_.".chars());
        let mut shapes: Vec<[u8; 7]> = GLYPHS.iter().map(|glyph| glyph.1).collect();
        for c in all {
            assert!(dots(u8::try_from(c).unwrap()).next().is_some(), "{c}");
        }
        assert!(GLYPHS.is_sorted_by_key(|glyph| glyph.0));
        shapes.sort_unstable();
        shapes.dedup();
        assert_eq!(shapes.len(), GLYPHS.len());
    }
}
