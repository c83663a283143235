//! Multi-scalar multiplication on fixed bases.
//!
//! For every base `G` the multiples `2^(12·w)·G` are precomputed, so that all digits of all
//! scalars fall into one set of buckets: no doublings, one final sum. Terms are sorted by bucket
//! and added by pairs in affine coordinates, the additions of a round sharing one inversion.
//! Scalars are cut into signed digits, small ones into few: most cells of a batch are small
//! integers.

use super::column::Column;
use duces_arithmetic::{Additions, Engine, Table, Term};
use duces_protocol::pedersen::normalise;
use ff::PrimeField;
use group::Group;
use group::prime::PrimeCurveAffine;
use halo2curves::bn256::{Fr, G1, G1Affine};
use rayon::prelude::*;

/// Bits of a digit.
pub const DIGIT_BITS: usize = 12;
/// Digits of a scalar: 254 bits and a carry.
pub const DIGITS: usize = 22;
/// Signed digits have absolute values `1 ..= BUCKETS`.
const BUCKETS: usize = 1 << (DIGIT_BITS - 1);
/// Buckets are summed up as a table with rows of this length.
const ROW: usize = 64;
/// Terms that are added up at a time: what fits a core's cache.
const CHUNK: usize = 1 << 13;

/// Bases with their precomputed multiples: 1.4 KB a base.
#[derive(Debug)]
pub struct FixedBases {
    engine: Engine,
    /// `multiples[len·w + i] = 2^(12·w)·G_i`.
    multiples: Table,
    len: usize,
}

impl FixedBases {
    /// Precomputes the multiples; about 0.1 ms a base on one core.
    #[must_use]
    pub fn new(engine: Engine, bases: &[G1Affine]) -> Self {
        let mut multiples = Table::default();
        let mut last = bases.to_vec();
        multiples.extend(&last);
        for _ in 1..DIGITS {
            last = last
                .par_chunks(1024)
                .flat_map_iter(|chunk| {
                    let points: Vec<G1> = chunk
                        .iter()
                        .map(|point| (0..DIGIT_BITS).fold(point.to_curve(), |p, _| p.double()))
                        .collect();
                    normalise(&points)
                })
                .collect();
            multiples.extend(&last);
        }
        Self {
            engine,
            multiples,
            len: bases.len(),
        }
    }

    /// The same on another engine.
    #[cfg(test)]
    pub fn on(&self, engine: Engine) -> Self {
        Self::new(engine, &self.multiples.points()[..self.len])
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
            buckets: vec![G1Affine::identity(); BUCKETS],
            waiting: Vec::with_capacity(CHUNK),
            sorted: Vec::new(),
            lens: Vec::new(),
            additions: Additions::new(self.engine),
        }
    }
}

/// Sums of terms by bucket, added up a chunk at a time.
pub struct Sums<'a> {
    bases: &'a FixedBases,
    buckets: Vec<G1Affine>,
    waiting: Vec<(u16, Term)>,
    sorted: Vec<Term>,
    /// Terms by bucket.
    lens: Vec<usize>,
    additions: Additions,
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
                let term = Term::new(self.bases.len * w + i, negative ^ (carry == 1));
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
        self.sort();
        let Self {
            bases,
            buckets,
            lens,
            additions,
            ..
        } = self;
        additions.add_terms(&bases.multiples, &self.sorted, lens);
        let added = additions.points().to_vec();
        additions.clear();
        let mut added = added.iter();
        for (len, bucket) in lens.iter_mut().zip(&*buckets) {
            if *len > 0 {
                additions.push(added.next().expect("a bucket with terms has a sum"));
            }
            if !bool::from(bucket.is_identity()) {
                additions.push(bucket);
                *len += 1;
            }
        }
        additions.add_runs(lens);
        let mut added = additions.points().iter();
        for (bucket, len) in buckets.iter_mut().zip(lens) {
            if *len > 0 {
                *bucket = *added.next().expect("a bucket with terms has a sum");
            }
        }
    }

    /// Counts what waits by bucket, and sorts it.
    fn sort(&mut self) {
        self.lens.clear();
        self.lens.resize(BUCKETS, 0);
        for (bucket, _) in &self.waiting {
            self.lens[usize::from(*bucket)] += 1;
        }
        let mut next = Vec::with_capacity(BUCKETS);
        let mut total = 0;
        for len in &self.lens {
            next.push(total);
            total += len;
        }
        self.sorted.resize(total, Term::new(0, false));
        for (bucket, term) in self.waiting.drain(..) {
            let place = &mut next[usize::from(bucket)];
            self.sorted[*place] = term;
            *place += 1;
        }
    }

    /// `Σ (bucket + 1)·sum`; empties the buckets.
    ///
    /// Bucket `64·r + c` stands in row `r` and column `c` of a table: the sum is
    /// `64·Σ r·row_r + Σ (c + 1)·column_c`, so that nearly all additions are in affine coordinates.
    fn finish(&mut self) -> G1 {
        if !self.waiting.is_empty() {
            self.add_up();
        }
        let Self {
            buckets, additions, ..
        } = self;
        additions.clear();
        let mut push = |mut line: &mut dyn Iterator<Item = &G1Affine>| {
            let filled = (&mut line).filter(|sum| !bool::from(sum.is_identity()));
            filled.map(|sum| additions.push(sum)).count()
        };
        let rows = buckets.chunks_exact(ROW);
        let mut lens: Vec<usize> = rows.map(|row| push(&mut row.iter())).collect();
        let columns = (0..ROW).map(|column| push(&mut buckets[column..].iter().step_by(ROW)));
        lens.extend(columns);
        additions.add_runs(&mut lens);
        let (rows, columns) = lens.split_at(BUCKETS / ROW);
        let (of_rows, of_columns) = additions.points().split_at(rows.iter().sum());
        let rows = (0..ROW.ilog2())
            .fold(weighted(&rows[1..], of_rows[rows[0]..].iter()), |sum, _| {
                sum.double()
            });
        let columns = weighted(columns, of_columns.iter());
        self.buckets.fill(G1Affine::identity());
        rows + columns
    }
}

/// `Σ (i + 1)·sum_i` of the sums that are there.
fn weighted<'a>(lens: &[usize], sums: impl DoubleEndedIterator<Item = &'a G1Affine>) -> G1 {
    let (mut running, mut total) = (G1::identity(), G1::identity());
    let mut sums = sums.rev();
    let empty = lens.iter().rev().take_while(|len| **len == 0).count();
    for len in lens.iter().rev().skip(empty) {
        if *len > 0 {
            running += sums.next().expect("a run with points has a sum");
        }
        total += running;
    }
    total
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prover::params::engines;
    use duces_protocol::classifier::adjoint::to_field;
    use duces_protocol::pedersen::Generators;
    use ff::Field;
    use halo2_proofs::arithmetic::best_multiexp;
    use rand_core::{OsRng, RngCore};

    #[test]
    fn agrees_with_the_library() {
        for engine in engines() {
            agrees(engine);
        }
    }

    fn agrees(engine: Engine) {
        let mut bases = Generators::derive(3000).g;
        // Equal and opposite bases meet in one bucket.
        bases[7] = bases[6];
        bases[9] = -bases[8];
        let fixed = FixedBases::new(engine, &bases);
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
