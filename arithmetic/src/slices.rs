//! Products and sums of slices, element by element.
//!
//! The slices stay as the library keeps them; eight elements at a time are unpacked, worked on and
//! packed. Bounds, with inputs below `p`: `16·a·b/R + p < 1.2·p`, with a third element added below `2.2·p`.

use crate::engine::{Engine, Kernel};
use crate::lanes::Lanes;
use crate::layout::{integers, integers_mut};
use crate::packing::{pack, unpack, unpack_sixteenfold};
use crate::prime::Prime;
use crate::product::{Field, Wide};
use halo2curves::bn256::Fr;
use std::marker::PhantomData;

impl Engine {
    /// `a[i] ← a[i]·b[i]`.
    ///
    /// # Panics
    /// When the lengths differ, as everywhere here.
    pub fn multiply(self, a: &mut [Fr], b: &[Fr]) {
        self.each::<Product>(a, b, Fr::zero());
    }

    /// `a[i] ← a[i]·factor`.
    pub fn scale(self, a: &mut [Fr], factor: Fr) {
        self.run(Scaled { a, factor });
    }

    /// `a[i] ← a[i] + factor·b[i]`.
    pub fn add_scaled(self, a: &mut [Fr], factor: Fr, b: &[Fr]) {
        self.each::<PlusScaled>(a, b, factor);
    }

    /// `a[i] ← a[i]·factor + b[i]`.
    pub fn scale_and_add(self, a: &mut [Fr], factor: Fr, b: &[Fr]) {
        self.each::<ScaledPlus>(a, b, factor);
    }

    /// `a[i] ← a[i] + b[i]`.
    pub fn add(self, a: &mut [Fr], b: &[Fr]) {
        self.each::<Sum>(a, b, Fr::zero());
    }

    /// `a[i] ← a[i] − b[i]`.
    pub fn subtract(self, a: &mut [Fr], b: &[Fr]) {
        self.each::<Difference>(a, b, Fr::zero());
    }

    fn each<O: Operation>(self, a: &mut [Fr], b: &[Fr], factor: Fr) {
        assert_eq!(a.len(), b.len(), "slices of one length");
        self.run(Each {
            a,
            b,
            factor,
            operation: PhantomData::<O>,
        });
    }
}

/// What is done with an element of each slice and a factor.
trait Operation {
    fn scalar(a: Fr, b: Fr, factor: Fr) -> Fr;
    /// `a` and `b` are the library's integers, `factor` sixteen times such; so is the result,
    /// below `p`.
    fn lanes<S: Lanes>(
        field: &Field<S, Fr>,
        a: [S::V; 4],
        b: [S::V; 4],
        factor: Wide<S>,
    ) -> Wide<S>;
}

struct Each<'a, O> {
    a: &'a mut [Fr],
    b: &'a [Fr],
    factor: Fr,
    operation: PhantomData<O>,
}

impl<O: Operation> Each<'_, O> {
    fn one_by_one(a: &mut [Fr], b: &[Fr], factor: Fr) {
        for (a, b) in a.iter_mut().zip(b) {
            *a = O::scalar(*a, *b, factor);
        }
    }
}

impl<O: Operation> Kernel for Each<'_, O> {
    type Output = ();

    fn scalar(self) {
        Self::one_by_one(self.a, self.b, self.factor);
    }

    #[inline(always)]
    fn lanes<S: Lanes>(self, s: S) {
        let field = Field::new(s);
        let factor = splat_sixteenfold(&field, self.factor);
        let whole = self.a.len() / 8 * 8;
        let (a, rest_a) = self.a.split_at_mut(whole);
        let (b, rest_b) = self.b.split_at(whole);
        let (a, _) = integers_mut(a).as_chunks_mut::<8>();
        let (b, _) = integers(b).as_chunks::<8>();
        for (a, b) in a.iter_mut().zip(b) {
            let result = O::lanes(&field, s.spread(a), s.spread(b), factor);
            s.join(pack(s, result), a);
        }
        Self::one_by_one(rest_a, rest_b, self.factor);
    }
}

struct Scaled<'a> {
    a: &'a mut [Fr],
    factor: Fr,
}

impl Kernel for Scaled<'_> {
    type Output = ();

    fn scalar(self) {
        self.a.iter_mut().for_each(|a| *a *= self.factor);
    }

    #[inline(always)]
    fn lanes<S: Lanes>(self, s: S) {
        let field = Field::new(s);
        let factor = splat_sixteenfold(&field, self.factor);
        let whole = self.a.len() / 8 * 8;
        let (a, rest) = self.a.split_at_mut(whole);
        let (chunks, _) = integers_mut(a).as_chunks_mut::<8>();
        for chunk in chunks {
            let a = unpack(s, s.spread(chunk));
            let product = field.canonical(field.multiply(a, factor));
            s.join(pack(s, product), chunk);
        }
        rest.iter_mut().for_each(|a| *a *= self.factor);
    }
}

/// The limbs of an element in every lane.
#[inline(always)]
pub(crate) fn splat<S: Lanes, F: Prime>(field: &Field<S, F>, element: F) -> Wide<S> {
    let s = field.s;
    let [a, b, c, d] = integers(&[element])[0];
    unpack(s, [s.splat(a), s.splat(b), s.splat(c), s.splat(d)])
}

/// Those of sixteen times the element.
#[inline(always)]
pub(crate) fn splat_sixteenfold<S: Lanes, F: Prime>(field: &Field<S, F>, factor: F) -> Wide<S> {
    let s = field.s;
    let [a, b, c, d] = integers(&[factor])[0];
    unpack_sixteenfold(s, [s.splat(a), s.splat(b), s.splat(c), s.splat(d)])
}

struct Product;

impl Operation for Product {
    fn scalar(a: Fr, b: Fr, _: Fr) -> Fr {
        a * b
    }

    #[inline(always)]
    fn lanes<S: Lanes>(f: &Field<S, Fr>, a: [S::V; 4], b: [S::V; 4], _: Wide<S>) -> Wide<S> {
        let product = f.multiply(unpack(f.s, a), unpack_sixteenfold(f.s, b));
        f.canonical(product)
    }
}

struct PlusScaled;

impl Operation for PlusScaled {
    fn scalar(a: Fr, b: Fr, factor: Fr) -> Fr {
        a + factor * b
    }

    #[inline(always)]
    fn lanes<S: Lanes>(f: &Field<S, Fr>, a: [S::V; 4], b: [S::V; 4], factor: Wide<S>) -> Wide<S> {
        let product = f.multiply(unpack(f.s, b), factor);
        below_three(f, f.sum(product, unpack(f.s, a)))
    }
}

struct ScaledPlus;

impl Operation for ScaledPlus {
    fn scalar(a: Fr, b: Fr, factor: Fr) -> Fr {
        a * factor + b
    }

    #[inline(always)]
    fn lanes<S: Lanes>(f: &Field<S, Fr>, a: [S::V; 4], b: [S::V; 4], factor: Wide<S>) -> Wide<S> {
        let product = f.multiply(unpack(f.s, a), factor);
        below_three(f, f.sum(product, unpack(f.s, b)))
    }
}

/// The canonical representative of a value below `3p`, not yet carried.
#[inline(always)]
pub(crate) fn below_three<S: Lanes>(field: &Field<S, Fr>, x: Wide<S>) -> Wide<S> {
    let x = field.less(field.carry(x), field.splat(&Fr::P2));
    field.canonical(x)
}

struct Sum;

impl Operation for Sum {
    fn scalar(a: Fr, b: Fr, _: Fr) -> Fr {
        a + b
    }

    #[inline(always)]
    fn lanes<S: Lanes>(f: &Field<S, Fr>, a: [S::V; 4], b: [S::V; 4], _: Wide<S>) -> Wide<S> {
        f.canonical(f.carry(f.sum(unpack(f.s, a), unpack(f.s, b))))
    }
}

struct Difference;

impl Operation for Difference {
    fn scalar(a: Fr, b: Fr, _: Fr) -> Fr {
        a - b
    }

    #[inline(always)]
    fn lanes<S: Lanes>(f: &Field<S, Fr>, a: [S::V; 4], b: [S::V; 4], _: Wide<S>) -> Wide<S> {
        let difference = f.difference_plus::<1>(unpack(f.s, a), unpack(f.s, b));
        f.canonical(f.carry_signed(difference))
    }
}
