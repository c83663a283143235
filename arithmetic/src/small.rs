//! Small integers times field elements, and inner products.
//!
//! A product with an integer below `2^32` has six limbs, and one step of Montgomery's reduction leaves five.
//! Inner products are summed up in integers, limb by limb, and reduced once.

use crate::engine::{Engine, Kernel};
use crate::lanes::{LIMB, Lanes};
use crate::layout::{integers, integers_mut};
use crate::packing::{pack, unpack};
use crate::prime::Prime;
use crate::product::{Field, Wide};
use crate::slices::{below_three, splat};
use ff::{Field as _, PrimeField as _};
use halo2curves::bn256::Fr;
use std::slice::from_mut;

/// Eights of terms that are summed up before the sums are carried: a column of a product of five limbs gets ten
/// numbers below `2^52` from each, so that it stays below `2^63`.
const TERMS: usize = 128;

impl Engine {
    /// `sum[i] ← sum[i] + weight·cells[i]`.
    ///
    /// # Panics
    /// When the lengths differ, as everywhere here.
    pub fn add_small(self, sum: &mut [Fr], cells: &[i32], weight: Fr) {
        assert_eq!(sum.len(), cells.len(), "slices of one length");
        self.run(AddSmall { sum, cells, weight });
    }

    /// `Σ weights[i]·cells[i]`.
    #[must_use]
    pub fn dot_small(self, weights: &[Fr], cells: &[i32]) -> Fr {
        assert_eq!(weights.len(), cells.len(), "slices of one length");
        self.run(DotSmall { weights, cells })
    }

    /// `Σ a[i]·b[i]`.
    #[must_use]
    pub fn dot(self, a: &[Fr], b: &[Fr]) -> Fr {
        assert_eq!(a.len(), b.len(), "slices of one length");
        self.run(Dot { a, b })
    }
}

fn to_field(cell: i32) -> Fr {
    let magnitude = Fr::from(u64::from(cell.unsigned_abs()));
    if cell < 0 { -magnitude } else { magnitude }
}

struct AddSmall<'a> {
    sum: &'a mut [Fr],
    cells: &'a [i32],
    weight: Fr,
}

fn add_one_by_one(sum: &mut [Fr], cells: &[i32], weight: Fr) {
    for (sum, &cell) in sum.iter_mut().zip(cells) {
        if cell != 0 {
            *sum += weight * to_field(cell);
        }
    }
}

impl Kernel for AddSmall<'_> {
    type Output = ();

    fn scalar(self) {
        if self.weight == Fr::ONE {
            let terms = self.sum.iter_mut().zip(self.cells);
            terms.for_each(|(sum, &cell)| *sum += to_field(cell));
        } else {
            add_one_by_one(self.sum, self.cells, self.weight);
        }
    }

    #[inline(always)]
    fn lanes<S: Lanes>(self, s: S) {
        let field = Field::<S, Fr>::new(s);
        // The step of the reduction divides by 2^52.
        let scaled = self.weight * Fr::from(1 << 52);
        let (positive, negative) = (splat(&field, scaled), splat(&field, -scaled));
        let whole = self.sum.len() / 8 * 8;
        let (sum, rest) = self.sum.split_at_mut(whole);
        let (sums, _) = integers_mut(sum).as_chunks_mut::<8>();
        let (eights, last) = self.cells.as_chunks::<8>();
        for (sum, cells) in sums.iter_mut().zip(eights) {
            if *cells == [0; 8] {
                continue;
            }
            let magnitude = s.load(&cells.map(|cell| u64::from(cell.unsigned_abs())));
            let sign = s.load(&cells.map(|cell| i64::from(cell) as u64));
            let mut weight = positive;
            for i in 0..5 {
                weight[i] = s.if_negative(sign, negative[i], positive[i]);
            }
            let product = times_small(&field, weight, magnitude);
            let total = field.sum(product, unpack(s, s.spread(sum)));
            s.join(pack(s, below_three(&field, total)), sum);
        }
        add_one_by_one(rest, last, self.weight);
    }
}

/// `a·w/2^52 mod p` for `a ≤ 2^31` and `w < p`, below `p + p/2^21`; limbs below `2^55`, not carried.
#[inline(always)]
fn times_small<S: Lanes>(field: &Field<S, Fr>, w: Wide<S>, a: S::V) -> Wide<S> {
    let s = field.s;
    let zero = s.splat(0);
    let p = field.splat(&Fr::P);
    let low = s.madd_lo(zero, w[0], a);
    let m = s.madd_lo(zero, low, s.splat(Fr::NEGATIVE_INVERSE));
    // As in `Field::multiply`: the low limb of the sum is zero, and its carry is one unless both are.
    let carry = s.shr::<52>(s.add(low, s.splat(LIMB)));
    let mut result = [carry, zero, zero, zero, zero];
    for i in 0..5 {
        result[i] = s.madd_hi(result[i], w[i], a);
        result[i] = s.madd_hi(result[i], m, p[i]);
        if i < 4 {
            result[i] = s.madd_lo(result[i], w[i + 1], a);
            result[i] = s.madd_lo(result[i], m, p[i + 1]);
        }
    }
    result
}

struct DotSmall<'a> {
    weights: &'a [Fr],
    cells: &'a [i32],
}

fn dot_small_one_by_one(weights: &[Fr], cells: &[i32]) -> Fr {
    let terms = cells.iter().zip(weights).filter(|(cell, _)| **cell != 0);
    terms.map(|(&cell, weight)| *weight * to_field(cell)).sum()
}

impl Kernel for DotSmall<'_> {
    type Output = Fr;

    fn scalar(self) -> Fr {
        dot_small_one_by_one(self.weights, self.cells)
    }

    #[inline(always)]
    fn lanes<S: Lanes>(self, s: S) -> Fr {
        let (eights, last) = self.cells.as_chunks::<8>();
        let (weights, rest) = self.weights.split_at(self.cells.len() - last.len());
        let (weights, _) = integers(weights).as_chunks::<8>();
        let mut total = dot_small_one_by_one(rest, last);
        for (cells, weights) in eights.chunks(TERMS).zip(weights.chunks(TERMS)) {
            // Sums with positive cells, and with negative ones.
            let mut sums = [[s.splat(0); 6]; 2];
            for (cells, weights) in cells.iter().zip(weights) {
                if *cells == [0; 8] {
                    continue;
                }
                let weight = unpack(s, s.spread(weights));
                let positive = cells.map(|cell| u64::from(cell.max(0).unsigned_abs()));
                let negative = cells.map(|cell| u64::from(cell.min(0).unsigned_abs()));
                add_products(s, &mut sums[0], weight, s.load(&positive));
                add_products(s, &mut sums[1], weight, s.load(&negative));
            }
            total += from_columns(s, sums[0]) - from_columns(s, sums[1]);
        }
        total
    }
}

#[inline(always)]
fn add_products<S: Lanes>(s: S, sum: &mut [S::V; 6], weight: Wide<S>, cells: S::V) {
    for i in 0..5 {
        sum[i] = s.madd_lo(sum[i], weight[i], cells);
        sum[i + 1] = s.madd_hi(sum[i + 1], weight[i], cells);
    }
}

struct Dot<'a> {
    a: &'a [Fr],
    b: &'a [Fr],
}

fn dot_one_by_one(a: &[Fr], b: &[Fr]) -> Fr {
    a.iter().zip(b).map(|(a, b)| *a * b).sum()
}

impl Kernel for Dot<'_> {
    type Output = Fr;

    fn scalar(self) -> Fr {
        dot_one_by_one(self.a, self.b)
    }

    #[inline(always)]
    fn lanes<S: Lanes>(self, s: S) -> Fr {
        let whole = self.a.len() / 8 * 8;
        let (a, rest_a) = self.a.split_at(whole);
        let (b, rest_b) = self.b.split_at(whole);
        let mut total = dot_one_by_one(rest_a, rest_b);
        let (a, _) = integers(a).as_chunks::<8>();
        let (b, _) = integers(b).as_chunks::<8>();
        // The library's numbers are 2^256 times too large, products once more than sums.
        let scale = element([1, 0, 0, 0]);
        for (a, b) in a.chunks(TERMS).zip(b.chunks(TERMS)) {
            let mut sum = [s.splat(0); 10];
            for (a, b) in a.iter().zip(b) {
                let (a, b) = (unpack(s, s.spread(a)), unpack(s, s.spread(b)));
                for i in 0..5 {
                    for j in 0..5 {
                        sum[i + j] = s.madd_lo(sum[i + j], a[i], b[j]);
                        sum[i + j + 1] = s.madd_hi(sum[i + j + 1], a[i], b[j]);
                    }
                }
            }
            total += from_columns(s, sum) * scale;
        }
        total
    }
}

/// The element that the library stores as these integers.
fn element(of: [u64; 4]) -> Fr {
    let mut element = Fr::ZERO;
    integers_mut(from_mut(&mut element))[0] = of;
    element
}

/// The element that the library stores as the sum of all lanes of `Σ columns[i]·2^(52·i)`, reduced.
#[inline(always)]
fn from_columns<S: Lanes, const N: usize>(s: S, columns: [S::V; N]) -> Fr {
    let mut sums = [0u128; N];
    for (sum, column) in sums.iter_mut().zip(columns) {
        let mut lanes = [0; 8];
        s.store(column, &mut lanes);
        *sum = lanes.into_iter().map(u128::from).sum();
    }
    reduced(&sums)
}

fn reduced(columns: &[u128]) -> Fr {
    let limb = Fr::from(1 << 52);
    let sum = columns
        .iter()
        .rev()
        .fold(Fr::ZERO, |sum, &column| sum * limb + Fr::from_u128(column));
    sum * element([1, 0, 0, 0])
}
