//! Scalar images within an image.
//!
//! Luma is that of ITU-R BT.601 in 16-bit fixed point,
//! `Y = (19595·R + 38470·G + 7471·B + 32768) / 65536`, which leaves gray as it is.

use duces_protocol::rendition::Raster;

/// A scalar image within an image.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Plane {
    Luma,
    Red,
    Green,
    Blue,
}

impl Plane {
    /// Copies a row of the plane to `out`, which has the image's width.
    pub fn copy_row(self, image: &Raster, row: usize, out: &mut [u8]) {
        let stride = image.width as usize * usize::from(image.channels);
        let line = &image.samples[row * stride..][..stride];
        if image.channels == 1 {
            out.copy_from_slice(line);
            return;
        }
        let fill = |out: &mut [u8], value: fn(&[u8; 3]) -> u8| {
            for (sample, pixel) in out.iter_mut().zip(line.as_chunks::<3>().0) {
                *sample = value(pixel);
            }
        };
        match self {
            Self::Luma => fill(out, luma),
            Self::Red => fill(out, |pixel| pixel[0]),
            Self::Green => fill(out, |pixel| pixel[1]),
            Self::Blue => fill(out, |pixel| pixel[2]),
        }
    }
}

fn luma(&[r, g, b]: &[u8; 3]) -> u8 {
    let sum = 19_595 * u32::from(r) + 38_470 * u32::from(g) + 7_471 * u32::from(b) + 32_768;
    u8::try_from(sum >> 16).expect("the weights sum to 2^16")
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
    fn planes_of_colour_and_of_gray() {
        let colour = Raster::new(2, 1, 3, vec![255, 0, 7, 0, 255, 8]).unwrap();
        let gray = Raster::new(2, 1, 1, vec![3, 4]).unwrap();
        let row = |image: &Raster, plane: Plane| {
            let mut out = [0; 2];
            plane.copy_row(image, 0, &mut out);
            out
        };
        assert_eq!(row(&colour, Plane::Red), [255, 0]);
        assert_eq!(row(&colour, Plane::Green), [0, 255]);
        assert_eq!(row(&colour, Plane::Blue), [7, 8]);
        assert_eq!(row(&colour, Plane::Luma), [77, 151]);
        assert_eq!(row(&gray, Plane::Blue), [3, 4]);
    }
}
