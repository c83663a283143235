//! Multi-scalar multiplication on fixed bases.
//!
//! For every base `G` the multiples `2^(12·w)·G` are precomputed, so that all digits of all
//! scalars fall into one set of buckets: no doublings, one final sum. Terms are sorted by bucket
//! and added by pairs in affine coordinates, the additions of a round sharing one inversion.
//! Scalars are cut into signed digits, small ones into few: most cells of a batch are small
//! integers.

use crate::column::Column;
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
/// Terms that are added up at a time: what fits a core's cache.
const CHUNK: usize = 1 << 15;

/// Bases with their precomputed multiples: 1.4 KB a base.
#[derive(Debug)]
pub struct FixedBases {
    /// `multiples[len·w + i] = 2^(12·w)·G_i`.
    multiples: Vec<G1Affine>,
    len: usize,
}

impl FixedBases {
    /// Precomputes the multiples; about 0.1 ms a base on one core.
    #[must_use]
    pub fn new(bases: &[G1Affine]) -> Self {
        let mut multiples = bases.to_vec();
        for w in 1..DIGITS {
            let last = &multiples[(w - 1) * bases.len()..];
            let next: Vec<G1Affine> = last
                .par_chunks(1024)
                .flat_map_iter(|chunk| {
                    let points: Vec<G1> = chunk
                        .iter()
                        .map(|point| (0..DIGIT_BITS).fold(point.to_curve(), |p, _| p.double()))
                        .collect();
                    normalise(&points)
                })
                .collect();
            multiples.extend(next);
        }
        Self {
            multiples,
            len: bases.len(),
        }
    }

    /// `Σ values[i]·G_i`, on all cores.
    ///
    /// # Panics
    /// When there are more values than bases.
    #[must_use]
    pub fn multiply(&self, values: &[Fr]) -> G1 {
        assert!(values.len() <= self.len, "more values than bases");
        let half = values.len().div_ceil(2).max(1024);
        let parts = values.par_chunks(half).enumerate();
        parts
            .map(|(part, values)| {
                let mut sums = Buckets::new(self);
                for (i, value) in (part * half..).zip(values) {
                    sums.push_scalar(i, value);
                }
                sums.finish()
            })
            .reduce(G1::identity, |a, b| a + b)
    }

    /// `Σ cell[i]·G_i`, on one core.
    ///
    /// # Panics
    /// When the column is longer than the bases.
    #[must_use]
    pub fn multiply_column(&self, column: &Column) -> G1 {
        assert!(column.len() <= self.len, "more cells than bases");
        let mut sums = Buckets::new(self);
        for (i, &cell) in column.small().iter().enumerate() {
            if cell != 0 {
                sums.push_digits(i, [u64::from(cell.unsigned_abs()), 0, 0, 0], cell < 0);
            }
        }
        for (i, value) in column.large() {
            sums.push_scalar(i, &value);
        }
        sums.finish()
    }
}

/// A multiple of a base, or its negative: an index into the multiples and a sign.
#[derive(Clone, Copy)]
struct TermRef(u32);

impl TermRef {
    const NEGATIVE: u32 = 1 << 31;

    fn new(index: usize, negative: bool) -> Self {
        Self(index as u32 | if negative { Self::NEGATIVE } else { 0 })
    }

    fn point(self, multiples: &[G1Affine]) -> G1Affine {
        let point = multiples[(self.0 & !Self::NEGATIVE) as usize];
        if self.0 & Self::NEGATIVE == 0 {
            point
        } else {
            -point
        }
    }
}

/// Sums of terms by bucket, added up a chunk at a time.
struct Buckets<'a> {
    bases: &'a FixedBases,
    /// At most one point for each bucket.
    sums: Vec<Option<G1Affine>>,
    waiting: Vec<(u16, TermRef)>,
}

impl<'a> Buckets<'a> {
    fn new(bases: &'a FixedBases) -> Self {
        Self {
            bases,
            sums: vec![None; BUCKETS],
            waiting: Vec::with_capacity(CHUNK),
        }
    }

    /// Adds `value·G_i`: as the negative of its opposite where that is short.
    fn push_scalar(&mut self, i: usize, value: &Fr) {
        let scalar = limbs(value);
        if scalar[3] != 0 {
            let opposite = limbs(&-*value);
            if opposite[1..] == [0; 3] {
                return self.push_digits(i, opposite, true);
            }
        }
        self.push_digits(i, scalar, false);
    }

    /// Adds `±scalar·G_i` by signed digits: `scalar = Σ digit·2^(12·w)`.
    fn push_digits(&mut self, i: usize, mut scalar: [u64; 4], negative: bool) {
        let mut carry = 0;
        for w in 0..DIGITS {
            if carry == 0 && scalar == [0; 4] {
                break;
            }
            let digit = (scalar[0] & ((1 << DIGIT_BITS) - 1)) as usize + carry;
            carry = usize::from(digit > BUCKETS);
            let magnitude = if carry == 1 {
                (1 << DIGIT_BITS) - digit
            } else {
                digit
            };
            if magnitude != 0 {
                let term = TermRef::new(self.bases.len * w + i, negative ^ (carry == 1));
                self.waiting.push(((magnitude - 1) as u16, term));
                if self.waiting.len() == CHUNK {
                    self.add_up();
                }
            }
            for limb in 0..4 {
                let above = scalar
                    .get(limb + 1)
                    .map_or(0, |above| above << (64 - DIGIT_BITS));
                scalar[limb] = scalar[limb] >> DIGIT_BITS | above;
            }
        }
    }

    /// Sorts what waits by bucket, and adds it up together with the sums so far.
    fn add_up(&mut self) {
        let mut lens = vec![0; BUCKETS];
        for (bucket, _) in &self.waiting {
            lens[usize::from(*bucket)] += 1;
        }
        let mut next = Vec::with_capacity(BUCKETS);
        let mut total = 0;
        for len in &lens {
            next.push(total);
            total += len;
        }
        let mut sorted = vec![TermRef(0); total];
        for (bucket, term) in self.waiting.drain(..) {
            let place = &mut next[usize::from(bucket)];
            sorted[*place] = term;
            *place += 1;
        }
        // The first round reads the multiples; a bucket's sum so far joins it as one more term.
        let mut points = Vec::with_capacity(total + BUCKETS);
        let mut rest = sorted.as_slice();
        for (len, sum) in lens.iter_mut().zip(&mut self.sums) {
            let (terms, others) = rest.split_at(*len);
            rest = others;
            points.extend(terms.iter().map(|term| term.point(&self.bases.multiples)));
            if let Some(sum) = sum.take() {
                points.push(sum);
                *len += 1;
            }
        }
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

/// The integer below the field's prime, least significant limb first.
fn limbs(value: &Fr) -> [u64; 4] {
    let repr = value.to_repr();
    let mut limbs = [0; 4];
    for (limb, bytes) in limbs.iter_mut().zip(repr.as_ref().chunks_exact(8)) {
        *limb = bytes.iter().rev().fold(0, |n, &b| n << 8 | u64::from(b));
    }
    limbs
}

/// Adds up each run of points (`lens[i]` of them) by pairs, in place, until at most one is left
/// of each.
fn add_runs(mut points: Vec<G1Affine>, lens: &mut [usize]) -> Vec<G1Affine> {
    let mut denominators: Vec<Fq> = Vec::with_capacity(points.len() / 2);
    while lens.iter().any(|&len| len > 1) {
        denominators.clear();
        for_each_pair(lens, |from, _, pair| {
            if pair {
                denominators.push(slope_denominator(&points[from], &points[from + 1]));
            }
        });
        denominators.batch_invert();
        let mut inverses = denominators.iter();
        let mut left = 0;
        for_each_pair(lens, |from, to, pair| {
            points[to] = if pair {
                let inverse = inverses.next().expect("one denominator for each pair");
                add(&points[from], &points[from + 1], inverse)
            } else {
                points[from]
            };
            left = to + 1;
        });
        points.truncate(left);
        for len in lens.iter_mut() {
            *len = len.div_ceil(2);
        }
    }
    points
}

/// Calls `visit(from, to, true)` for every pair of neighbours in a run, which begins at `from` and
/// whose sum goes to `to`, and `visit(from, to, false)` for a last point without a neighbour.
fn for_each_pair(lens: &[usize], mut visit: impl FnMut(usize, usize, bool)) {
    let (mut from, mut to) = (0, 0);
    for &len in lens {
        for _ in 0..len / 2 {
            visit(from, to, true);
            from += 2;
            to += 1;
        }
        if len % 2 == 1 {
            visit(from, to, false);
            from += 1;
            to += 1;
        }
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
        let mut column = Column::new((0..3000).map(|i| (i * i - 4_000_000) * 400).collect());
        column.set(5, -Fr::random(OsRng));
        column.set_small(6, i32::MIN);
        assert_eq!(
            fixed.multiply_column(&column),
            best_multiexp(&column.values(3000), &bases)
        );
        assert_eq!(fixed.multiply(&[]), G1::identity());
        assert_eq!(fixed.multiply(&[Fr::ZERO; 9]), G1::identity());
        let same = vec![Fr::from(2047); 2];
        assert_eq!(fixed.multiply(&same), best_multiexp(&same, &bases[..2]));
    }
}
