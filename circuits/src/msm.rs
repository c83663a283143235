//! Multi-scalar multiplication over columns of which most entries are small signed integers:
//! quotients, remainders, outputs, multiplicities.
//!
//! Small entries are cut into signed digits of [`DIGIT_BITS`] bits. For each digit position the
//! bases are sorted by digit and added up in affine coordinates, all additions of a round sharing
//! one inversion. Entries that are not small go to the library.

use ff::{Field, PrimeField};
use group::ff::BatchInvert;
use group::prime::PrimeCurveAffine;
use group::{Curve, Group};
use halo2_proofs::arithmetic::best_multiexp;
use halo2curves::bn256::{Fq, Fr, G1, G1Affine};

const DIGIT_BITS: u32 = 8;
const BUCKETS: usize = 1 << (DIGIT_BITS - 1);

/// `Σ values[i]·bases[i]`.
///
/// # Panics
/// When there are fewer bases than values.
#[must_use]
pub fn commit(values: &[Fr], bases: &[G1Affine]) -> G1 {
    let mut small = Vec::with_capacity(values.len());
    let (mut scalars, mut points) = (Vec::new(), Vec::new());
    for (value, base) in values.iter().zip(bases) {
        match to_small(value) {
            Some(0) => {}
            Some(number) => small.push((number, *base)),
            None => {
                scalars.push(*value);
                points.push(*base);
            }
        }
    }
    let sum = commit_small(small);
    if scalars.is_empty() {
        sum
    } else {
        sum + best_multiexp(&scalars, &points)
    }
}

/// The integer in `±2^31` that a scalar stands for, if there is one.
fn to_small(value: &Fr) -> Option<i64> {
    let magnitude = |value: &Fr| {
        let repr = value.to_repr();
        let bytes: &[u8] = repr.as_ref();
        let low = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        (low < 1 << 31 && bytes[4..].iter().all(|&b| b == 0)).then_some(i64::from(low))
    };
    magnitude(value).or_else(|| magnitude(&-*value).map(|n| -n))
}

fn commit_small(mut entries: Vec<(i64, G1Affine)>) -> G1 {
    let mut digits = Vec::new();
    // Balanced digits in (−128, 128]; the carry moves to the next position.
    while !entries.is_empty() {
        let mut buckets: Vec<(usize, G1Affine)> = Vec::with_capacity(entries.len());
        entries.retain_mut(|(number, base)| {
            let mut digit = *number & ((1 << DIGIT_BITS) - 1);
            if digit > BUCKETS as i64 {
                digit -= 1 << DIGIT_BITS;
            }
            *number = (*number - digit) >> DIGIT_BITS;
            if digit != 0 {
                let point = if digit < 0 { -*base } else { *base };
                buckets.push((digit.unsigned_abs() as usize - 1, point));
            }
            *number != 0
        });
        digits.push(weighted_sum(&buckets));
    }
    let mut sum = G1::identity();
    for digit in digits.iter().rev() {
        for _ in 0..DIGIT_BITS {
            sum = sum.double();
        }
        sum += digit;
    }
    sum
}

/// `Σ (bucket + 1)·point`.
fn weighted_sum(entries: &[(usize, G1Affine)]) -> G1 {
    // Counting sort by bucket.
    let mut lens = [0; BUCKETS];
    for (bucket, _) in entries {
        lens[*bucket] += 1;
    }
    let mut next = [0; BUCKETS];
    for bucket in 1..BUCKETS {
        next[bucket] = next[bucket - 1] + lens[bucket - 1];
    }
    let mut points = vec![G1Affine::identity(); entries.len()];
    for (bucket, point) in entries {
        points[next[*bucket]] = *point;
        next[*bucket] += 1;
    }
    let mut sums = add_runs(points, &mut lens).into_iter();
    let (mut running, mut total) = (G1::identity(), G1::identity());
    let points: Vec<Option<G1Affine>> = lens
        .iter()
        .map(|&len| if len == 0 { None } else { sums.next() })
        .collect();
    for point in points.iter().rev() {
        if let Some(point) = point {
            running += point;
        }
        total += running;
    }
    total
}

/// Adds up each run of points (`lens[i]` of them) by pairs until at most one is left of each.
fn add_runs(mut points: Vec<G1Affine>, lens: &mut [usize; BUCKETS]) -> Vec<G1Affine> {
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
        let mut sums = Vec::with_capacity(points.len() / 2 + BUCKETS);
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
fn for_each_pair(lens: &[usize; BUCKETS], mut visit: impl FnMut(Option<usize>)) {
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
    use rand_core::{OsRng, RngCore};

    #[test]
    fn agrees_with_the_library() {
        let mut bases = Generators::derive(300).g;
        // Equal and opposite bases meet in one bucket.
        bases[7] = bases[6];
        bases[9] = -bases[8];
        for bits in [1, 7, 8, 9, 13, 20, 31, 40] {
            let mut values: Vec<Fr> = (0..300)
                .map(|_| {
                    let number = (OsRng.next_u64() >> (64 - bits)) as i64;
                    small(if OsRng.next_u32() % 2 == 0 {
                        number
                    } else {
                        -number
                    })
                })
                .collect();
            for i in [6, 8] {
                values[i + 1] = values[i];
            }
            values[20] = Fr::random(OsRng);
            values[21] = -Fr::ONE;
            values[22] = small(i64::from(u32::MAX));
            assert_eq!(
                commit(&values, &bases),
                best_multiexp(&values, &bases),
                "{bits} bits"
            );
        }
        assert_eq!(commit(&[], &bases), G1::identity());
        assert_eq!(commit(&[Fr::ZERO; 9], &bases), G1::identity());
    }
}
