//! Multi-scalar multiplication on fixed bases.
//!
//! For every base `G` the multiples `2^(12·w)·G` are precomputed, so that all digits of all
//! scalars fall into one set of buckets: no doublings, one final sum. Points are sorted by bucket
//! and added by pairs in affine coordinates, the additions of a round sharing one inversion.
//! Scalars are cut into signed digits, those near zero on either side into few: most cells of a
//! batch are small integers.

use duces_protocol::pedersen::normalise;
use ff::{Field, PrimeField};
use group::ff::BatchInvert;
use group::prime::PrimeCurveAffine;
use group::{Curve, Group};
use halo2curves::bn256::{Fq, Fr, G1, G1Affine};
use rayon::prelude::*;

/// Bits of a digit.
const DIGIT_BITS: usize = 12;
/// Digits of a scalar: 254 bits and a carry.
const DIGITS: usize = 22;
/// Signed digits have absolute values `1 ..= BUCKETS`.
const BUCKETS: usize = 1 << (DIGIT_BITS - 1);
/// Points that are added up at a time: what fits a core's cache.
const CHUNK: usize = 1 << 15;

/// Bases with their precomputed multiples: 1.4 KB a base.
#[derive(Debug)]
pub struct FixedBases {
    /// `multiples[w][i] = 2^(12·w)·G_i`.
    multiples: Vec<Vec<G1Affine>>,
}

impl FixedBases {
    /// Precomputes the multiples; about 0.1 ms a base on one core.
    #[must_use]
    pub fn new(bases: &[G1Affine]) -> Self {
        let mut multiples = vec![bases.to_vec()];
        for _ in 1..DIGITS {
            let last = &multiples[multiples.len() - 1];
            let next = last
                .par_chunks(1024)
                .flat_map_iter(|chunk| {
                    let points: Vec<G1> = chunk
                        .iter()
                        .map(|point| (0..DIGIT_BITS).fold(point.to_curve(), |p, _| p.double()))
                        .collect();
                    normalise(&points)
                })
                .collect();
            multiples.push(next);
        }
        Self { multiples }
    }

    /// `Σ values[i]·G_i`.
    ///
    /// # Panics
    /// When there are more values than bases.
    #[must_use]
    pub fn multiply(&self, values: &[Fr]) -> G1 {
        let half = values.len().div_ceil(2).max(1024);
        let parts = values.par_chunks(half).enumerate();
        parts
            .map(|(part, values)| self.multiply_from(part * half, values))
            .reduce(G1::identity, |a, b| a + b)
    }

    fn multiply_from(&self, start: usize, values: &[Fr]) -> G1 {
        let mut sums = Buckets::new();
        for (i, value) in (start..).zip(values) {
            for_each_digit(value, |w, digit| {
                let point = self.multiples[w][i];
                let point = if digit < 0 { -point } else { point };
                sums.push(usize::from(digit.unsigned_abs()) - 1, point);
            });
        }
        sums.finish()
    }
}

/// Calls `visit(w, digit)` for the non-zero digits of a scalar: `value = Σ digit·2^(12·w)`.
fn for_each_digit(value: &Fr, mut visit: impl FnMut(usize, i16)) {
    let limbs = |value: &Fr| {
        let repr = value.to_repr();
        let mut limbs = [0u64; 4];
        for (limb, bytes) in limbs.iter_mut().zip(repr.as_ref().chunks_exact(8)) {
            *limb = bytes.iter().rev().fold(0, |n, &b| n << 8 | u64::from(b));
        }
        limbs
    };
    let mut scalar = limbs(value);
    let mut negative = false;
    if scalar[3] != 0 {
        let opposite = limbs(&-*value);
        if opposite[1..] == [0; 3] {
            (scalar, negative) = (opposite, true);
        }
    }
    let mut carry = 0;
    for w in 0..DIGITS {
        if carry == 0 && scalar == [0; 4] {
            break;
        }
        let mut digit = (scalar[0] & ((1 << DIGIT_BITS) - 1)) as i16 + carry;
        carry = i16::from(digit > BUCKETS as i16);
        digit -= carry << DIGIT_BITS;
        if digit != 0 {
            visit(w, if negative { -digit } else { digit });
        }
        for i in 0..4 {
            let above = scalar
                .get(i + 1)
                .map_or(0, |limb| limb << (64 - DIGIT_BITS));
            scalar[i] = scalar[i] >> DIGIT_BITS | above;
        }
    }
}

/// Sums of points by bucket, added up a chunk at a time.
struct Buckets {
    /// At most one point for each bucket.
    sums: Vec<Option<G1Affine>>,
    waiting: Vec<(u16, G1Affine)>,
}

impl Buckets {
    fn new() -> Self {
        Self {
            sums: vec![None; BUCKETS],
            waiting: Vec::with_capacity(CHUNK),
        }
    }

    fn push(&mut self, bucket: usize, point: G1Affine) {
        self.waiting.push((bucket as u16, point));
        if self.waiting.len() == CHUNK {
            self.add_up();
        }
    }

    /// Sorts what waits and the sums so far by bucket, and adds up each bucket.
    fn add_up(&mut self) {
        let mut lens: Vec<usize> = self
            .sums
            .iter()
            .map(|sum| usize::from(sum.is_some()))
            .collect();
        for (bucket, _) in &self.waiting {
            lens[usize::from(*bucket)] += 1;
        }
        let mut next = Vec::with_capacity(BUCKETS);
        let mut total = 0;
        for len in &lens {
            next.push(total);
            total += len;
        }
        let mut points = vec![G1Affine::identity(); total];
        let sums = self
            .sums
            .iter()
            .enumerate()
            .filter_map(|(bucket, sum)| Some((bucket, (*sum)?)));
        let waiting = self
            .waiting
            .iter()
            .map(|(bucket, point)| (usize::from(*bucket), *point));
        for (bucket, point) in sums.chain(waiting) {
            points[next[bucket]] = point;
            next[bucket] += 1;
        }
        self.waiting.clear();
        let mut added = add_runs(points, &mut lens).into_iter();
        for (sum, len) in self.sums.iter_mut().zip(lens) {
            *sum = if len == 0 { None } else { added.next() };
        }
    }

    /// `Σ (bucket + 1)·sum`.
    fn finish(mut self) -> G1 {
        if !self.waiting.is_empty() {
            self.add_up();
        }
        let (mut running, mut total) = (G1::identity(), G1::identity());
        let used = self
            .sums
            .iter()
            .rposition(Option::is_some)
            .map_or(0, |last| last + 1);
        for sum in self.sums[..used].iter().rev() {
            if let Some(point) = sum {
                running += point;
            }
            total += running;
        }
        total
    }
}

/// Adds up each run of points (`lens[i]` of them) by pairs until at most one is left of each.
fn add_runs(mut points: Vec<G1Affine>, lens: &mut [usize]) -> Vec<G1Affine> {
    let mut denominators: Vec<Fq> = Vec::with_capacity(points.len() / 2);
    while lens.iter().any(|&len| len > 1) {
        denominators.clear();
        for_each_pair(lens, |pair| {
            if let Some(i) = pair {
                denominators.push(slope_denominator(&points[i], &points[i + 1]));
            }
        });
        denominators.batch_invert();
        let mut inverses = denominators.iter();
        let mut sums = Vec::with_capacity(points.len() / 2 + lens.len());
        let mut position = 0;
        for_each_pair(lens, |pair| match pair {
            Some(i) => {
                let inverse = inverses.next().expect("one denominator for each pair");
                sums.push(add(&points[i], &points[i + 1], inverse));
                position = i + 2;
            }
            None => {
                sums.push(points[position]);
                position += 1;
            }
        });
        points = sums;
        for len in lens.iter_mut() {
            *len = len.div_ceil(2);
        }
    }
    points
}

/// Calls `visit(Some(index))` for every pair of neighbours in a run, `visit(None)` for a last
/// point without a neighbour.
fn for_each_pair(lens: &[usize], mut visit: impl FnMut(Option<usize>)) {
    let mut start = 0;
    for &len in lens {
        for pair in 0..len / 2 {
            visit(Some(start + 2 * pair));
        }
        if len % 2 == 1 {
            visit(None);
        }
        start += len;
    }
}

/// `x2 − x1`, or zero where the affine formula does not apply.
fn slope_denominator(a: &G1Affine, b: &G1Affine) -> Fq {
    if bool::from(a.is_identity() | b.is_identity()) {
        return Fq::ZERO;
    }
    b.x - a.x
}

/// `a + b`, given the inverse of [`slope_denominator`] (zero stays zero).
fn add(a: &G1Affine, b: &G1Affine, inverse: &Fq) -> G1Affine {
    if bool::from(inverse.is_zero()) {
        return (a.to_curve() + b).to_affine();
    }
    let slope = (b.y - a.y) * inverse;
    let x = slope.square() - a.x - b.x;
    G1Affine {
        x,
        y: slope * (a.x - x) - a.y,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use duces_protocol::classifier::adjoint::small;
    use duces_protocol::pedersen::Generators;
    use halo2_proofs::arithmetic::best_multiexp;
    use rand_core::{OsRng, RngCore};

    #[test]
    fn agrees_with_the_library() {
        let mut bases = Generators::derive(3000).g;
        // Equal and opposite bases meet in one bucket.
        bases[7] = bases[6];
        bases[9] = -bases[8];
        let fixed = FixedBases::new(&bases);
        for bits in [1, 11, 12, 13, 24, 31, 60, 254] {
            let mut values: Vec<Fr> = (0..3000)
                .map(|_| match bits {
                    254 => Fr::random(OsRng),
                    _ => {
                        let number = (OsRng.next_u64() >> (64 - bits)) as i64;
                        small(if OsRng.next_u32().is_multiple_of(2) {
                            number
                        } else {
                            -number
                        })
                    }
                })
                .collect();
            for i in [6, 8] {
                values[i + 1] = values[i];
            }
            values[20] = Fr::random(OsRng);
            values[21] = -Fr::ONE;
            values[22] = Fr::ZERO;
            values[23] = small(i64::MIN);
            values[24] = -Fr::random(OsRng);
            assert_eq!(
                fixed.multiply(&values),
                best_multiexp(&values, &bases),
                "{bits} bits"
            );
        }
        assert_eq!(fixed.multiply(&[]), G1::identity());
        assert_eq!(fixed.multiply(&[Fr::ZERO; 9]), G1::identity());
        let same = vec![Fr::from(2047); 2];
        assert_eq!(fixed.multiply(&same), best_multiexp(&same, &bases[..2]));
    }
}
