//! Reductions to 8 bits, over white, upright.

use crate::extraction::{Raster, Reason};

impl Raster {
    /// A raster of 1 or 3 channels.
    ///
    /// # Errors
    /// [`Reason::Damaged`] if the dimensions ask for another number of samples.
    pub(crate) fn of(
        width: u32,
        height: u32,
        channels: u8,
        samples: Vec<u8>,
    ) -> Result<Self, Reason> {
        let count = u64::from(width) * u64::from(height) * u64::from(channels);
        if count == 0 || count != samples.len() as u64 || !matches!(channels, 1 | 3) {
            return Err(Reason::Damaged);
        }
        Ok(Self {
            width,
            height,
            channels,
            samples,
        })
    }

    /// Brings the image upright; `orientation` as EXIF numbers it, 1 to 8.
    pub(crate) fn upright(self, orientation: u32) -> Self {
        if !(2..=8).contains(&orientation) {
            return self;
        }
        let samples = match self.channels {
            1 => turned(self.samples.as_chunks::<1>().0, &self, orientation),
            _ => turned(self.samples.as_chunks::<3>().0, &self, orientation),
        };
        let (width, height) = match orientation {
            5.. => (self.height, self.width),
            _ => (self.width, self.height),
        };
        Self {
            width,
            height,
            channels: self.channels,
            samples,
        }
    }
}

/// For every pixel of the upright image, the stored one (TIFF 6.0, tag 274).
fn turned<const N: usize>(stored: &[[u8; N]], image: &Raster, orientation: u32) -> Vec<u8> {
    let (width, height) = (image.width as usize, image.height as usize);
    let (to_width, to_height) = match orientation {
        5.. => (height, width),
        _ => (width, height),
    };
    let mut out = Vec::with_capacity(stored.len() * N);
    for y in 0..to_height {
        for x in 0..to_width {
            let (column, row) = match orientation {
                2 => (width - 1 - x, y),
                3 => (width - 1 - x, height - 1 - y),
                4 => (x, height - 1 - y),
                5 => (y, x),
                6 => (y, height - 1 - x),
                7 => (width - 1 - y, height - 1 - x),
                _ => (width - 1 - y, x),
            };
            out.extend(stored[row * width + column]);
        }
    }
    out
}

/// A sample of 16 bits as one of 8.
pub(crate) fn eight_bits(sample: u16) -> u8 {
    u8::try_from((u32::from(sample) + 128) / 257).expect("65535 + 128 is less than 256 times 257")
}

/// A sample over white.
pub(crate) fn over_white(value: u8, alpha: u8) -> u8 {
    let (value, alpha) = (u32::from(value), u32::from(alpha));
    u8::try_from((value * alpha + 255 * (255 - alpha) + 127) / 255)
        .expect("a mean of bytes is a byte")
}

/// A sample that is multiplied with its alpha already, over white.
pub(crate) fn premultiplied_over_white(value: u8, alpha: u8) -> u8 {
    value.saturating_add(255 - alpha)
}

/// Ink and black, 255 being full, as light.
pub(crate) fn ink(ink: u8, black: u8) -> u8 {
    let product = u32::from(255 - ink) * u32::from(255 - black);
    u8::try_from((product + 127) / 255).expect("a product of two shares is a share")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reductions() {
        let reduced = [0, 128, 129, 32_768, 65_535].map(eight_bits);
        assert_eq!(reduced, [0, 0, 1, 128, 255]);
        let seen = [(7, 255), (7, 0), (0, 128), (0, 51)].map(|(v, a)| over_white(v, a));
        assert_eq!(seen, [7, 255, 127, 204]);
        assert_eq!(premultiplied_over_white(0, 51), 204);
        assert_eq!(
            [ink(0, 0), ink(255, 0), ink(0, 255), ink(51, 0)],
            [255, 0, 0, 204]
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
        let upright = Raster::of(3, 2, 1, b"123456".to_vec()).unwrap();
        for (orientation, (width, samples)) in (1..).zip(stored) {
            let image = Raster::of(width, 6 / width, 1, samples.to_vec()).unwrap();
            assert_eq!(
                image.upright(orientation),
                upright,
                "orientation {orientation}"
            );
            let tripled = samples.iter().flat_map(|&s| [s, s, s]).collect();
            let colour = Raster::of(width, 6 / width, 3, tripled).unwrap();
            assert_eq!(colour.upright(orientation).samples[3..6], *b"222");
        }
    }
}
