//! Sums of fractions, row by row: what lookups by logarithmic derivatives take.
//!
//! In lanes `D` is the product of the denominators so far and `N` the numerator, both in the library's form.
//! Bounds, in `p`: a denominator is the sum of two elements, below 2, sixteen times it below 32; `D`
//! is below `2·32/84 + 1 < 1.8` after the first; `N`, one at first, is below `32/84·N + 1 + 2` after each
//! further one, and so always below 5. A claim is `h·D − N + 5p`, below `16·2/84 + 1 + 5 < 6.4`; with a weight
//! below `16·6.4/84 + 1 < 2.3`, and 3.3 with the sum it is added to.

use crate::engine::{Engine, Kernel};
use crate::lanes::Lanes;
use crate::layout::{integers, integers_mut};
use crate::packing::{pack, unpack, unpack_sixteenfold};
use crate::product::{Field, Wide};
use crate::slices::{splat, splat_sixteenfold};
use ff::Field as _;
use halo2curves::bn256::Fr;

/// A denominator of every row: the sum of two slices.
pub type Denominator<'a> = [&'a [Fr]; 2];

impl Engine {
    /// `Σ_j 1/d_j` of every row as one fraction: the numerators, and the denominators `Π_j d_j`.
    ///
    /// # Panics
    /// When there is no denominator or lengths differ.
    #[must_use]
    pub fn sum_fractions(self, denominators: &[Denominator<'_>]) -> [Vec<Fr>; 2] {
        let len = denominators[0][0].len();
        check(denominators, len);
        let [mut numerators, mut products] = [(); 2].map(|()| vec![Fr::ZERO; len]);
        self.run(Sums {
            denominators,
            numerators: &mut numerators,
            products: &mut products,
        });
        [numerators, products]
    }

    /// `sum ← sum + weight·(h·Π_j d_j − N)` in every row, where `N/Π_j d_j = Σ_j 1/d_j`: zero is added where
    /// `h` is that sum.
    ///
    /// # Panics
    /// When there is no denominator or lengths differ.
    pub fn add_claims(
        self,
        sum: &mut [Fr],
        weight: Fr,
        helper: &[Fr],
        denominators: &[Denominator<'_>],
    ) {
        assert_eq!(helper.len(), sum.len(), "slices of one length");
        check(denominators, sum.len());
        self.run(Claims {
            sum,
            weight,
            helper,
            denominators,
        });
    }
}

fn check(denominators: &[Denominator<'_>], len: usize) {
    assert!(!denominators.is_empty(), "a sum has a fraction");
    let mut slices = denominators.iter().flatten();
    assert!(
        slices.all(|slice| slice.len() == len),
        "slices of one length"
    );
}

/// The fraction of a row.
fn fraction(denominators: &[Denominator<'_>], row: usize) -> [Fr; 2] {
    let mut terms = denominators.iter().map(|[a, b]| a[row] + b[row]);
    let first = terms.next().expect("a sum has a fraction");
    terms.fold([Fr::ONE, first], |[n, d], term| [n * term + d, d * term])
}

/// The fractions of eight rows: proper, `N` below 5p, `D` below 2p.
#[inline(always)]
fn eight<S: Lanes>(
    field: &Field<S, Fr>,
    denominators: &[Denominator<'_>],
    one: Wide<S>,
    at: usize,
) -> [Wide<S>; 2] {
    let s = field.s;
    let [a, b] = denominators[0];
    let first = field.sum(unpack(s, load(s, a, at)), unpack(s, load(s, b, at)));
    let (mut n, mut d) = (one, field.carry(first));
    for [a, b] in &denominators[1..] {
        let a = unpack_sixteenfold(s, load(s, a, at));
        let b = unpack_sixteenfold(s, load(s, b, at));
        let term = field.carry(field.sum(a, b));
        n = field.carry(field.sum(field.multiply(n, term), d));
        d = field.multiply(d, term);
    }
    [n, d]
}

#[inline(always)]
fn load<S: Lanes>(s: S, slice: &[Fr], at: usize) -> [S::V; 4] {
    let rows: &[Fr; 8] = slice[at..].first_chunk().expect("eight rows are left");
    let (eights, _) = integers(rows).as_chunks::<8>();
    s.spread(&eights[0])
}

struct Sums<'a> {
    denominators: &'a [Denominator<'a>],
    numerators: &'a mut [Fr],
    products: &'a mut [Fr],
}

impl Sums<'_> {
    fn one_by_one(&mut self, from: usize) {
        for row in from..self.numerators.len() {
            [self.numerators[row], self.products[row]] = fraction(self.denominators, row);
        }
    }
}

impl Kernel for Sums<'_> {
    type Output = ();

    fn scalar(mut self) {
        self.one_by_one(0);
    }

    #[inline(always)]
    fn lanes<S: Lanes>(mut self, s: S) {
        let field = Field::<S, Fr>::new(s);
        let one = splat(&field, Fr::ONE);
        let whole = self.numerators.len() / 8 * 8;
        let (numerators, _) = integers_mut(self.numerators).as_chunks_mut::<8>();
        let (products, _) = integers_mut(self.products).as_chunks_mut::<8>();
        for (i, (numerator, product)) in numerators.iter_mut().zip(products).enumerate() {
            let [n, d] = eight(&field, self.denominators, one, 8 * i);
            s.join(pack(s, field.canonical(field.reduce(n))), numerator);
            s.join(pack(s, field.canonical(d)), product);
        }
        self.one_by_one(whole);
    }
}

struct Claims<'a> {
    sum: &'a mut [Fr],
    weight: Fr,
    helper: &'a [Fr],
    denominators: &'a [Denominator<'a>],
}

impl Claims<'_> {
    fn one_by_one(&mut self, from: usize) {
        for row in from..self.sum.len() {
            let [n, d] = fraction(self.denominators, row);
            self.sum[row] += self.weight * (self.helper[row] * d - n);
        }
    }
}

impl Kernel for Claims<'_> {
    type Output = ();

    fn scalar(mut self) {
        self.one_by_one(0);
    }

    #[inline(always)]
    fn lanes<S: Lanes>(mut self, s: S) {
        let field = Field::<S, Fr>::new(s);
        let one = splat(&field, Fr::ONE);
        let weight = splat_sixteenfold(&field, self.weight);
        let whole = self.sum.len() / 8 * 8;
        let (sums, _) = integers_mut(self.sum).as_chunks_mut::<8>();
        let (helpers, _) = integers(self.helper).as_chunks::<8>();
        for (i, (sum, helper)) in sums.iter_mut().zip(helpers).enumerate() {
            let [n, d] = eight(&field, self.denominators, one, 8 * i);
            let helper = unpack_sixteenfold(s, s.spread(helper));
            let claim = field.difference_plus::<5>(field.multiply(d, helper), n);
            let weighted = field.multiply(field.carry_signed(claim), weight);
            let total = field.carry(field.sum(weighted, unpack(s, s.spread(sum))));
            s.join(pack(s, field.canonical(field.reduce(total))), sum);
        }
        self.one_by_one(whole);
    }
}
