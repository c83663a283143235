//! Area resize with exact integer weights.
//!
//! Both images are stretched over the same rectangle of `w·W` by `h·H` units (`w`, `h` the source,
//! `W`, `H` the target; the aspect ratio is not kept). A target pixel is the mean of the source
//! pixels under it, weighted with the area that they share: with `S` the weighted sum, and `w·h` the
//! sum of the weights, its value is `⌊(2S + wh) / (2wh)⌋`, rounded half up. The rule is the same for
//! enlarging and reducing, and for equal sizes it is the identity.

use crate::raster::Plane;
use duces_protocol::rendition::Raster;

/// One plane of the image at `width` by `height` ≥ 1 pixels, row by row.
pub fn area(image: &Raster, plane: Plane, width: u32, height: u32) -> Vec<u8> {
    let columns = Overlap::of(image.width, width);
    let rows = Overlap::of(image.height, height);
    let stride = width as usize;
    let mut sums = vec![0_u64; stride * height as usize];
    let mut source = vec![0_u8; image.width as usize];
    let mut line = vec![0_u64; stride];
    let mut current = None;
    for row in rows {
        if current != Some(row.source) {
            plane.copy_row(image, row.source, &mut source);
            line.fill(0);
            for &Overlap {
                source: from,
                target,
                weight,
            } in &columns
            {
                line[target] += weight * u64::from(source[from]);
            }
            current = Some(row.source);
        }
        let target = &mut sums[row.target * stride..][..stride];
        for (sum, value) in target.iter_mut().zip(&line) {
            *sum += row.weight * value;
        }
    }
    let whole = u64::from(image.width) * u64::from(image.height);
    let mean = |sum: u64| u8::try_from((2 * sum + whole) / (2 * whole));
    sums.into_iter()
        .map(|sum| mean(sum).expect("a mean of bytes is a byte"))
        .collect()
}

/// A source pixel and a target pixel of one axis, and the units that they share (≥ 1).
struct Overlap {
    source: usize,
    target: usize,
    weight: u64,
}

impl Overlap {
    /// All overlaps of an axis, ascending in both pixels: fewer than `from + to`.
    fn of(from: u32, to: u32) -> Vec<Self> {
        let (wide, narrow) = (u64::from(to), u64::from(from));
        let mut all = Vec::with_capacity(from as usize + to as usize);
        let (mut source, mut target, mut at) = (0, 0, 0);
        while source < from as usize && target < to as usize {
            let source_end = (source as u64 + 1) * wide;
            let target_end = (target as u64 + 1) * narrow;
            let end = source_end.min(target_end);
            all.push(Self {
                source,
                target,
                weight: end - at,
            });
            at = end;
            source += usize::from(end == source_end);
            target += usize::from(end == target_end);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn gray(width: u32, height: u32, pixels: Vec<u8>) -> Raster {
        Raster::new(width, height, 1, pixels).unwrap()
    }

    #[test]
    fn known_answers() {
        let image = gray(2, 2, vec![0, 100, 200, 255]);
        assert_eq!(area(&image, Plane::Luma, 2, 2), [0, 100, 200, 255]);
        // 555 / 4 = 138.75
        assert_eq!(area(&image, Plane::Luma, 1, 1), [139]);
        // Halves are rounded up: (0 + 1) / 2.
        assert_eq!(area(&gray(2, 1, vec![0, 1]), Plane::Luma, 1, 1), [1]);
        // The middle pixel lies half on either side: (90 + 0) / 2.
        assert_eq!(
            area(&gray(2, 1, vec![90, 0]), Plane::Luma, 3, 1),
            [90, 45, 0]
        );
        assert_eq!(
            area(&gray(3, 1, vec![30, 60, 90]), Plane::Luma, 2, 1),
            [40, 80]
        );
    }

    proptest! {
        #[test]
        fn agrees_with_the_definition(
            (w, h) in (1_u32..9, 1_u32..9), (to_w, to_h) in (1_u32..9, 1_u32..9), seed in any::<u64>()
        ) {
            let pixel = |i: u64| (seed.wrapping_mul(i + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8;
            let pixels: Vec<u8> = (0..u64::from(w * h)).map(pixel).collect();
            let got = area(&gray(w, h, pixels.clone()), Plane::Luma, to_w, to_h);
            // Unit squares of the common grid, each counted by itself.
            for y in 0..to_h {
                for x in 0..to_w {
                    let mut sum = 0_u64;
                    for v in y * h..(y + 1) * h {
                        for u in x * w..(x + 1) * w {
                            sum += u64::from(pixels[(v / to_h * w + u / to_w) as usize]);
                        }
                    }
                    let whole = u64::from(w * h);
                    let expected = (2 * sum + whole) / (2 * whole);
                    prop_assert_eq!(u64::from(got[(y * to_w + x) as usize]), expected);
                }
            }
        }
    }
}
