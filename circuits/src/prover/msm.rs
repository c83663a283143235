//! Multi-scalar multiplication on fixed bases.
//!
//! For every base `G` the multiples `2^(12·w)·G` are precomputed, so that all digits of all
//! scalars fall into one set of buckets: no doublings, one final sum. Terms are sorted by bucket
//! and added by pairs in affine coordinates, the additions of a round sharing one inversion.
//! Scalars are cut into signed digits, small ones into few: most cells of a batch are small
//! integers.

use super::column::Column;
use duces_protocol::pedersen::normalise;
use ff::{Field, PrimeField};
use group::prime::PrimeCurveAffine;
use group::{Curve, Group};
use halo2curves::bn256::{Fq, Fr, G1, G1Affine};
use rayon::prelude::*;

/// Bits of a digit.
pub const DIGIT_BITS: usize = 12;
/// Digits of a scalar: 254 bits and a carry.
pub const DIGITS: usize = 22;
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
        let part = values
            .len()
            .div_ceil(rayon::current_num_threads())
            .max(1024);
        let parts = values.par_chunks(part).enumerate();
        parts
            .map(|(i, values)| self.sums().of_values(i * part, values))
            .reduce(G1::identity, |a, b| a + b)
    }

    /// A place to add up in, for many multiplications on one core.
    #[must_use]
    pub fn sums(&self) -> Sums<'_> {
        Sums {
            bases: self,
            buckets: vec![IDENTITY; BUCKETS],
            waiting: Vec::with_capacity(CHUNK),
            sorted: Vec::new(),
            rounds: Rounds::default(),
        }
    }
}

/// The library's identity, for comparisons in variable time.
const IDENTITY: G1Affine = G1Affine {
    x: Fq::ZERO,
    y: Fq::ZERO,
};

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
pub struct Sums<'a> {
    bases: &'a FixedBases,
    buckets: Vec<G1Affine>,
    waiting: Vec<(u16, TermRef)>,
    sorted: Vec<TermRef>,
    rounds: Rounds,
}

impl Sums<'_> {
    /// `Σ values[i]·G_{first + i}`.
    ///
    /// # Panics
    /// When there are more values than bases.
    pub fn of_values(&mut self, first: usize, values: &[Fr]) -> G1 {
        assert!(
            first + values.len() <= self.bases.len,
            "more values than bases"
        );
        for (i, value) in (first..).zip(values) {
            self.push_scalar(i, value);
        }
        self.finish()
    }

    /// `Σ cell[i]·G_i`.
    ///
    /// # Panics
    /// When the column is longer than the bases.
    pub fn of_column(&mut self, column: &Column) -> G1 {
        assert!(column.len() <= self.bases.len, "more cells than bases");
        for (i, &cell) in column.small().iter().enumerate() {
            if cell != 0 {
                self.push_digits(i, [u64::from(cell.unsigned_abs()), 0, 0, 0], cell < 0);
            }
        }
        for (i, value) in column.large() {
            self.push_scalar(i, &value);
        }
        self.finish()
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

    /// Sorts what waits by bucket, and adds it to the buckets.
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
        self.sorted.resize(total, TermRef(0));
        for (bucket, term) in self.waiting.drain(..) {
            let place = &mut next[usize::from(bucket)];
            self.sorted[*place] = term;
            *place += 1;
        }
        // A bucket's sum so far is one more term.
        let points = &mut self.rounds.points;
        points.clear();
        let mut rest = self.sorted.as_slice();
        for (len, bucket) in lens.iter_mut().zip(&self.buckets) {
            let (terms, others) = rest.split_at(*len);
            rest = others;
            points.extend(terms.iter().map(|term| term.point(&self.bases.multiples)));
            if *bucket != IDENTITY {
                points.push(*bucket);
                *len += 1;
            }
        }
        self.rounds.add_runs(&mut lens);
        let mut added = self.rounds.points.iter().peekable();
        for (bucket, len) in self.buckets.iter_mut().zip(lens) {
            *bucket = added.next_if(|_| len > 0).copied().unwrap_or(IDENTITY);
        }
    }

    /// `Σ (bucket + 1)·sum`; empties the buckets.
    fn finish(&mut self) -> G1 {
        if !self.waiting.is_empty() {
            self.add_up();
        }
        let (mut running, mut total) = (G1::identity(), G1::identity());
        let used = self.buckets.iter().rposition(|sum| *sum != IDENTITY);
        for sum in self.buckets[..used.map_or(0, |last| last + 1)].iter().rev() {
            if *sum != IDENTITY {
                running += sum;
            }
            total += running;
        }
        self.buckets.fill(IDENTITY);
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

/// Additions by pairs, round by round.
#[derive(Default)]
struct Rounds {
    points: Vec<G1Affine>,
    sums: Vec<G1Affine>,
    pairs: Vec<Pair>,
}

/// Two neighbours that are added up: where they stand, where their sum goes, the difference of their
/// abscissas, and the product of all such differences before.
struct Pair {
    from: usize,
    to: usize,
    run: Fq,
    before: Fq,
}

impl Rounds {
    /// Adds up each run of points (`lens[i]` of them) until at most one is left of each.
    fn add_runs(&mut self, lens: &mut [usize]) {
        while lens.iter().any(|&len| len > 1) {
            let product = self.pair_up(lens);
            // One inversion for the round (Montgomery's trick), undone pair by pair.
            let mut inverse = product.invert().expect("no factor is zero");
            for pair in self.pairs.iter().rev() {
                let (a, b) = (&self.points[pair.from], &self.points[pair.from + 1]);
                let slope = (b.y - a.y) * (inverse * pair.before);
                inverse *= pair.run;
                let x = slope.square() - a.x - b.x;
                self.sums[pair.to] = G1Affine {
                    x,
                    y: slope * (a.x - x) - a.y,
                };
            }
            std::mem::swap(&mut self.points, &mut self.sums);
        }
    }

    /// Pairs neighbours of a run; adds those at once to which the affine formula does not apply, and
    /// copies a last one without a neighbour. Returns the product of the differences.
    fn pair_up(&mut self, lens: &mut [usize]) -> Fq {
        self.sums.clear();
        self.pairs.clear();
        let mut product = Fq::ONE;
        let mut from = 0;
        for len in lens {
            for _ in 0..*len / 2 {
                let (a, b) = (&self.points[from], &self.points[from + 1]);
                let run = b.x - a.x;
                if run == Fq::ZERO || *a == IDENTITY || *b == IDENTITY {
                    self.sums.push((a.to_curve() + b).to_affine());
                } else {
                    let (to, before) = (self.sums.len(), product);
                    self.pairs.push(Pair {
                        from,
                        to,
                        run,
                        before,
                    });
                    product *= run;
                    self.sums.push(*a);
                }
                from += 2;
            }
            if *len % 2 == 1 {
                self.sums.push(self.points[from]);
                from += 1;
            }
            *len = len.div_ceil(2);
        }
        product
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use duces_protocol::classifier::adjoint::to_field;
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
                        to_field(if OsRng.next_u32().is_multiple_of(2) {
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
            values[23] = to_field(i64::MIN);
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
            fixed.sums().of_column(&column),
            best_multiexp(&column.values(3000), &bases)
        );
        assert_eq!(fixed.multiply(&[]), G1::identity());
        assert_eq!(fixed.multiply(&[Fr::ZERO; 9]), G1::identity());
        let same = vec![Fr::from(2047); 2];
        assert_eq!(fixed.multiply(&same), best_multiexp(&same, &bases[..2]));
    }
}
