//! Decoded pixels: 8 bits a sample, gray or RGB, upright.
//!
//! Reductions, all in integers: 16-bit samples to 8 bits by `(v + 128) / 257` (rounded), then alpha
//! over white by `(c·a + 255·(255 − a) + 127) / 255`, then the orientation of EXIF or TIFF.
//! Luma is that of ITU-R BT.601 in 16-bit fixed point,
//! `Y = (19595·R + 38470·G + 7471·B + 32768) / 65536`, which leaves gray as it is.

mod decode;

/// An image.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Raster {
    width: u32,
    height: u32,
    samples: Samples,
}

/// Rows from the top, pixels from the left.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Samples {
    Gray(Vec<u8>),
    Rgb(Vec<[u8; 3]>),
}

/// A scalar image within an image.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Plane {
    Luma,
    Red,
    Green,
    Blue,
}

impl Raster {
    /// A gray image; `None` unless there are `width` by `height` ≥ 1 samples.
    #[must_use]
    pub fn gray(width: u32, height: u32, samples: Vec<u8>) -> Option<Self> {
        let fits = is_area(width, height, samples.len());
        fits.then_some(Self {
            width,
            height,
            samples: Samples::Gray(samples),
        })
    }

    /// A colour image; `None` unless there are `width` by `height` ≥ 1 pixels.
    #[must_use]
    pub fn rgb(width: u32, height: u32, pixels: Vec<[u8; 3]>) -> Option<Self> {
        let fits = is_area(width, height, pixels.len());
        fits.then_some(Self {
            width,
            height,
            samples: Samples::Rgb(pixels),
        })
    }

    /// Pixels in a row, at least one.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Rows, at least one.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Copies a row of a plane to `out`, which has the image's width.
    pub(crate) fn copy_row(&self, plane: Plane, row: usize, out: &mut [u8]) {
        let at = row * self.width as usize;
        match &self.samples {
            Samples::Gray(samples) => out.copy_from_slice(&samples[at..at + out.len()]),
            Samples::Rgb(pixels) => {
                let row = &pixels[at..at + out.len()];
                let fill = |out: &mut [u8], value: fn(&[u8; 3]) -> u8| {
                    for (sample, pixel) in out.iter_mut().zip(row) {
                        *sample = value(pixel);
                    }
                };
                match plane {
                    Plane::Luma => fill(out, luma),
                    Plane::Red => fill(out, |pixel| pixel[0]),
                    Plane::Green => fill(out, |pixel| pixel[1]),
                    Plane::Blue => fill(out, |pixel| pixel[2]),
                }
            }
        }
    }

    /// Brings the image upright; `orientation` as EXIF numbers it, 1 to 8.
    fn upright(self, orientation: u8) -> Self {
        if !(2..=8).contains(&orientation) {
            return self;
        }
        let (width, height) = if orientation >= 5 {
            (self.height, self.width)
        } else {
            (self.width, self.height)
        };
        let from = (self.width as usize, self.height as usize);
        let samples = match self.samples {
            Samples::Gray(samples) => Samples::Gray(turned(&samples, from, orientation)),
            Samples::Rgb(pixels) => Samples::Rgb(turned(&pixels, from, orientation)),
        };
        Self {
            width,
            height,
            samples,
        }
    }
}

fn is_area(width: u32, height: u32, len: usize) -> bool {
    len > 0 && len as u64 == u64::from(width) * u64::from(height)
}

fn luma(&[r, g, b]: &[u8; 3]) -> u8 {
    let sum = 19_595 * u32::from(r) + 38_470 * u32::from(g) + 7_471 * u32::from(b) + 32_768;
    u8::try_from(sum >> 16).expect("the weights sum to 2^16")
}

/// For every pixel of the upright image, the stored one (TIFF 6.0, tag 274).
fn turned<T: Copy>(stored: &[T], (width, height): (usize, usize), orientation: u8) -> Vec<T> {
    let (to_width, to_height) = if orientation >= 5 {
        (height, width)
    } else {
        (width, height)
    };
    let mut out = Vec::with_capacity(stored.len());
    for y in 0..to_height {
        for x in 0..to_width {
            let (column, row) = match orientation {
                2 => (width - 1 - x, y),
                3 => (width - 1 - x, height - 1 - y),
                4 => (x, height - 1 - y),
                5 => (y, x),
                6 => (y, height - 1 - x),
                7 => (width - 1 - y, height - 1 - x),
                8 => (width - 1 - y, x),
                _ => (x, y),
            };
            out.push(stored[row * width + column]);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn luma_keeps_gray_and_weighs_colours() {
        for v in 0..=255 {
            assert_eq!(luma(&[v; 3]), v);
        }
        assert_eq!(
            [[255, 0, 0], [0, 255, 0], [0, 0, 255]].map(|p| luma(&p)),
            [76, 150, 29]
        );
    }

    #[test]
    fn eight_orientations() {
        // The upright image is 123/456; each row is how that is stored.
        let stored: [(u32, &[u8]); 8] = [
            (3, b"123456"),
            (3, b"321654"),
            (3, b"654321"),
            (3, b"456123"),
            (2, b"142536"),
            (2, b"362514"),
            (2, b"635241"),
            (2, b"415263"),
        ];
        let upright = Raster::gray(3, 2, b"123456".to_vec()).unwrap();
        for (orientation, (width, samples)) in (1..).zip(stored) {
            let image = Raster::gray(width, 6 / width, samples.to_vec()).unwrap();
            assert_eq!(
                image.upright(orientation),
                upright,
                "orientation {orientation}"
            );
        }
    }
}
