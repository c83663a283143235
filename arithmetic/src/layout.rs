//! The library's elements and points as the integers that they consist of.
//!
//! The library hands out integers as bytes in a new vector for each element, which costs more than
//! a product. Here they are read where they lie.

use crate::prime::Prime;
use halo2curves::bn256::{Fq, G1Affine};
use std::mem::{align_of, offset_of, size_of};
use std::ops::{Deref, DerefMut};
use std::slice::from_ref;

/// Eight elements in limbs: `limb[i][lane]`.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub(crate) struct Block(pub(crate) [[u64; 8]; 5]);

impl Block {
    pub(crate) const ZERO: Self = Self([[0; 8]; 5]);
}

/// A point that begins where a line of the cache does.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
struct Line([u64; 8]);

/// Points, each of which fills a line of the cache: a point that lay in two would take twice as long to fetch.
#[derive(Clone, Debug, Default)]
pub(crate) struct Points(Vec<Line>);

impl Points {
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn push(&mut self, point: &G1Affine) {
        self.0.push(Line(coordinates(from_ref(point))[0]));
    }

    /// Makes it so long; new points are the identity.
    pub(crate) fn resize(&mut self, len: usize) {
        self.0.resize(len, Line([0; 8]));
    }
}

impl Deref for Points {
    type Target = [G1Affine];

    #[allow(unsafe_code)]
    fn deref(&self) -> &[G1Affine] {
        // SAFETY: a point has the size of a line, as the compiler has checked, needs no stricter alignment, and may
        // hold any integers, as in `coordinates_mut`. The slice has the same length and lifetime.
        unsafe { std::slice::from_raw_parts(self.0.as_ptr().cast(), self.0.len()) }
    }
}

impl DerefMut for Points {
    #[allow(unsafe_code)]
    fn deref_mut(&mut self) -> &mut [G1Affine] {
        // SAFETY: as in `deref`; a line may hold any integers too.
        unsafe { std::slice::from_raw_parts_mut(self.0.as_mut_ptr().cast(), self.0.len()) }
    }
}

/// The size leaves room for the four integers alone, so that they begin where the element does.
struct Checked<F>(std::marker::PhantomData<F>);

impl<F: Prime> Checked<F> {
    const LAYOUT: () = {
        assert!(size_of::<F>() == size_of::<[u64; 4]>());
        assert!(align_of::<F>() == align_of::<[u64; 4]>());
        let () = F::CHECKED;
    };
}

const _: () = {
    assert!(size_of::<G1Affine>() == size_of::<[u64; 8]>());
    assert!(align_of::<G1Affine>() == align_of::<[u64; 8]>());
    assert!(size_of::<Line>() == size_of::<G1Affine>());
    assert!(align_of::<Line>() >= align_of::<G1Affine>());
    assert!(offset_of!(G1Affine, x) == 0 && offset_of!(G1Affine, y) == size_of::<Fq>());
};

/// The integers of elements: `x·2^256 mod p`, least significant first.
#[allow(unsafe_code)]
pub(crate) fn integers<F: Prime>(elements: &[F]) -> &[[u64; 4]] {
    let () = Checked::<F>::LAYOUT;
    // SAFETY: by the contract of `Prime` an element is four integers, and the compiler has checked
    // that it has no other size or alignment. The slice has the same length and lifetime.
    unsafe { std::slice::from_raw_parts(elements.as_ptr().cast(), elements.len()) }
}

/// The same, to be written: canonical integers, as the library expects them.
#[allow(unsafe_code)]
pub(crate) fn integers_mut<F: Prime>(elements: &mut [F]) -> &mut [[u64; 4]] {
    let () = Checked::<F>::LAYOUT;
    // SAFETY: as in `integers`; by the contract of `Prime` an element may hold any integers.
    unsafe { std::slice::from_raw_parts_mut(elements.as_mut_ptr().cast(), elements.len()) }
}

/// The integers of the coordinates of points.
#[allow(unsafe_code)]
pub(crate) fn coordinates(points: &[G1Affine]) -> &[[u64; 8]] {
    // SAFETY: a point is its two coordinates, one after the other, and nothing else, as the
    // compiler has checked; `Fq` is `Prime`. The slice has the same length and lifetime.
    unsafe { std::slice::from_raw_parts(points.as_ptr().cast(), points.len()) }
}

/// The same, to be written: canonical integers.
#[allow(unsafe_code)]
pub(crate) fn coordinates_mut(points: &mut [G1Affine]) -> &mut [[u64; 8]] {
    // SAFETY: as in `coordinates`; by the contract of `Prime` a coordinate may hold any integers.
    unsafe { std::slice::from_raw_parts_mut(points.as_mut_ptr().cast(), points.len()) }
}

/// Asks for a point ahead of its use.
#[inline(always)]
#[allow(unsafe_code)]
pub(crate) fn prefetch(points: &Points, index: usize) {
    #[cfg(target_arch = "x86_64")]
    if let Some(line) = points.0.get(index) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a prefetch reads nothing, at whatever address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(line).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (points, index);
}

#[cfg(test)]
mod tests {
    use super::*;
    use group::{Curve, Group};
    use halo2curves::bn256::{Fr, G1};
    use halo2curves::serde::SerdeObject;
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;

    fn read<F: Prime + SerdeObject>(rng: &mut ChaCha20Rng) {
        let mut elements: Vec<F> = (0..50).map(|_| F::random(&mut *rng)).collect();
        elements.extend([F::ZERO, F::ONE, -F::ONE]);
        let mut copies = vec![F::ZERO; elements.len()];
        integers_mut(&mut copies).copy_from_slice(integers(&elements));
        assert_eq!(copies, elements);
        for (element, integers) in elements.iter().zip(integers(&elements)) {
            let bytes: Vec<u8> = integers.iter().flat_map(|x| x.to_le_bytes()).collect();
            assert_eq!(element.to_raw_bytes(), bytes);
        }
    }

    #[test]
    fn integers_are_those_of_the_library() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        read::<Fr>(&mut rng);
        read::<Fq>(&mut rng);
        let points: Vec<G1Affine> = (0..9).map(|_| G1::random(&mut rng).to_affine()).collect();
        for (point, found) in points.iter().zip(coordinates(&points)) {
            let expected = integers(&[point.x, point.y]).as_flattened().to_vec();
            assert_eq!(found.to_vec(), expected);
        }
        let mut copies = vec![G1Affine::generator(); 9];
        coordinates_mut(&mut copies).copy_from_slice(coordinates(&points));
        assert_eq!(copies, points);
        let mut lines = Points::default();
        points.iter().for_each(|point| lines.push(point));
        assert_eq!(*lines, *points);
        lines.reverse();
        lines.resize(10);
        copies.reverse();
        assert_eq!((&lines[..9], lines[9]), (&copies[..], G1Affine::default()));
    }
}
