//! Products and reductions in lanes of five 52-bit limbs, and the proof of their bounds.
//!
//! Let `R = 2^260`. An element is a vector of limbs `x_0 … x_4`, and its *value* is
//! `Σ x_i·2^(52·i)`. Limbs are *proper* when all are below `2^52`; then the value is below `R`.
//! Values are *lazy*: any representative of the residue class, in the bounds that each function
//! states. Only [`Field::canonical`] makes the representative below `p`.
//!
//! `84·p < R < 85·p`, and more precisely `84·(p_4 + 1) ≤ 2^52 − 2^43` and `2^52 < 85·p_4` (`prime` has
//! the compiler check it).
//!
//! # Bounds
//!
//! | function | input | output |
//! |---|---|---|
//! | [`Field::carry`] | limbs below `2^63`, value below `R` | the same value, proper |
//! | [`Field::carry_signed`] | limbs of absolute value below `2^62`, value in `0 .. R` | the same value, proper |
//! | [`Field::multiply`] | proper | `a·b/R mod p`, below `a·b/R + p`, proper |
//! | [`Field::multiply_by`] | `b` proper, below `84·p` | `b·w mod p`, below `2p`, proper |
//! | [`Field::reduce`] | proper | the same residue, below `p + p/2^36`, proper |
//! | [`Field::canonical`] | proper, below `2p` | the same residue, below `p` |
//! | [`Field::sixteenth`] | proper, below `m·p` | `x/16 mod p`, below `(m/16 + 15/16)·p`, proper |
//!
//! # Proofs
//!
//! *multiply* (Montgomery 1985, by limbs of `b`). With `m_i` the multipliers,
//! `M = Σ m_i·2^(52·i) ≤ R − 1`, the result is `(a·b + M·p)/R < a·b/R + p`. It is below `R`, as `a·b/R < R`
//! and `a·b/R + p < R + p`; the callers multiply factors with `a·b/R + p < R`. Each of the five steps adds to an accumulator at
//! most four numbers below `2^52` and a carry, so that none exceeds `2^57`, and no sum wraps. The
//! low limb `t` of a step plus `lo(m·p_0) < 2^52` is a multiple of `2^52`, the least that is not below `t`: the carry is
//! `⌊(t + 2^52 − 1)/2^52⌋`, without the product.
//!
//! *multiply_by* (Shoup; Harvey 2014). `w < p`, `w' = ⌊w·R/p⌋`, so `w·R = w'·p + s` with `0 ≤ s < p`.
//! Let `S = b·w'`. The columns below the fourth are left out of the quotient. They are worth at most
//! `7·2^52·2^156 + 5·2^52·2^104 + 3·2^52·2^52 + 2^52 < 8·2^208`, so that the quotient `q = ⌊(S − δ)/R⌋`
//! has `S/R − q < 1 + 8/2^52`. The result is
//! `b·w − q·p = b·s/R + (S/R − q)·p < (b/R + 1 + 2^-49)·p`, and not negative. As `b < 84·p` and
//! `84·p/R < 1 − 2^-9`, this is below `2p`. It is below `R`, so that it may be computed modulo `R`: as
//! `b·w + q·(R − p)`, of which the columns from the fifth on are multiples of `R`. `q ≤ S/R < w'` is below
//! `R`, so its limbs are proper after the carries. No accumulator gets more than 18 numbers
//! below `2^52`.
//!
//! *reduce* (Barrett 1986). Let `c = ⌊2^97/(p_4 + 1)⌋` and `q = ⌊x_4·c/2^97⌋`. As
//! `x ≥ x_4·2^208` and `p < (p_4 + 1)·2^208`, `q ≤ x/p`. As `x < (x_4 + 1)·2^208`, `p ≥ p_4·2^208`, `p_4 > 2^45`
//! and `x_4 < 2^52`, `x_4·c/2^97 > x_4/(p_4 + 1) − 2^-45 > x/p − 2^-45 − 2^-38 − 2^-45`, and so
//! `x/p − q < 1 + 2^-37`. `q < 85`, and again the difference is computed modulo `R`.
//!
//! *sixteenth*: `(x + m·p)/16` with `m = −x/p mod 16 ≤ 15`.

use crate::lanes::{LIMB, Lanes};
use crate::prime::{Limbs, Prime};
use std::marker::PhantomData;

/// Eight elements.
pub(crate) type Wide<S> = [<S as Lanes>::V; 5];

/// Arithmetic modulo the prime of `F`, eight elements at a time.
pub(crate) struct Field<S, F> {
    /// The lanes.
    pub(crate) s: S,
    prime: PhantomData<F>,
}

impl<S: Lanes, F: Prime> Field<S, F> {
    #[inline(always)]
    pub(crate) fn new(s: S) -> Self {
        let () = F::CHECKED;
        Self {
            s,
            prime: PhantomData,
        }
    }

    /// The same limbs in every lane.
    #[inline(always)]
    pub(crate) fn splat(&self, limbs: &Limbs) -> Wide<S> {
        let s = self.s;
        [
            s.splat(limbs[0]),
            s.splat(limbs[1]),
            s.splat(limbs[2]),
            s.splat(limbs[3]),
            s.splat(limbs[4]),
        ]
    }

    #[inline(always)]
    pub(crate) fn load(&self, block: &[[u64; 8]; 5]) -> Wide<S> {
        let s = self.s;
        [
            s.load(&block[0]),
            s.load(&block[1]),
            s.load(&block[2]),
            s.load(&block[3]),
            s.load(&block[4]),
        ]
    }

    #[inline(always)]
    pub(crate) fn store(&self, value: Wide<S>, block: &mut [[u64; 8]; 5]) {
        for i in 0..5 {
            self.s.store(value[i], &mut block[i]);
        }
    }

    /// Sums of limbs, not carried.
    #[inline(always)]
    pub(crate) fn sum(&self, a: Wide<S>, b: Wide<S>) -> Wide<S> {
        let s = self.s;
        [
            s.add(a[0], b[0]),
            s.add(a[1], b[1]),
            s.add(a[2], b[2]),
            s.add(a[3], b[3]),
            s.add(a[4], b[4]),
        ]
    }

    /// Differences of limbs, not carried.
    #[inline(always)]
    pub(crate) fn difference(&self, a: Wide<S>, b: Wide<S>) -> Wide<S> {
        let s = self.s;
        [
            s.sub(a[0], b[0]),
            s.sub(a[1], b[1]),
            s.sub(a[2], b[2]),
            s.sub(a[3], b[3]),
            s.sub(a[4], b[4]),
        ]
    }

    /// `a − b + k·p`, not carried.
    #[inline(always)]
    pub(crate) fn difference_plus<const K: u64>(&self, a: Wide<S>, b: Wide<S>) -> Wide<S> {
        let multiple = const { crate::prime::multiple(F::INTEGERS, K) };
        self.difference(self.sum(a, self.splat(&multiple)), b)
    }

    /// Carries, so that all limbs are proper; see the table above.
    #[inline(always)]
    pub(crate) fn carry(&self, mut x: Wide<S>) -> Wide<S> {
        let s = self.s;
        let mask = s.splat(LIMB);
        for i in 0..4 {
            x[i + 1] = s.add(x[i + 1], s.shr::<52>(x[i]));
            x[i] = s.and(x[i], mask);
        }
        x
    }

    /// [`Field::carry`] where limbs may be negative.
    #[inline(always)]
    pub(crate) fn carry_signed(&self, mut x: Wide<S>) -> Wide<S> {
        let s = self.s;
        let mask = s.splat(LIMB);
        for i in 0..4 {
            x[i + 1] = s.add(x[i + 1], s.sar::<52>(x[i]));
            x[i] = s.and(x[i], mask);
        }
        x
    }

    /// [`Field::carry`] modulo `R`.
    #[inline(always)]
    fn carry_modulo(&self, x: Wide<S>) -> Wide<S> {
        let mut x = self.carry(x);
        x[4] = self.s.and(x[4], self.s.splat(LIMB));
        x
    }

    /// Montgomery's product `a·b/R`; see the table above.
    #[inline(always)]
    pub(crate) fn multiply(&self, a: Wide<S>, b: Wide<S>) -> Wide<S> {
        let s = self.s;
        let zero = s.splat(0);
        let p = self.splat(&F::P);
        let (inverse, mask) = (s.splat(F::NEGATIVE_INVERSE), s.splat(LIMB));
        let mut t = [zero; 5];
        for i in 0..5 {
            for j in 0..5 {
                t[j] = s.madd_lo(t[j], a[j], b[i]);
            }
            let m = s.madd_lo(zero, t[0], inverse);
            let carry = s.shr::<52>(s.add(t[0], mask));
            let mut next = [t[1], t[2], t[3], t[4], zero];
            for j in 0..5 {
                next[j] = s.madd_hi(next[j], a[j], b[i]);
            }
            for j in 1..5 {
                next[j - 1] = s.madd_lo(next[j - 1], m, p[j]);
            }
            for j in 0..5 {
                next[j] = s.madd_hi(next[j], m, p[j]);
            }
            next[0] = s.add(next[0], carry);
            t = next;
        }
        self.carry(t)
    }

    /// `b·w` for a factor known before, with its quotient `⌊w·R/p⌋`; see the table above.
    #[inline(always)]
    pub(crate) fn multiply_by(&self, b: Wide<S>, w: Wide<S>, quotient: Wide<S>) -> Wide<S> {
        let s = self.s;
        let zero = s.splat(0);
        // Columns 4 to 9 of b·w'.
        let mut high = [zero; 6];
        for i in 0..5 {
            for j in 0..5 {
                if i + j >= 4 {
                    high[i + j - 4] = s.madd_lo(high[i + j - 4], b[i], quotient[j]);
                }
                if i + j >= 3 {
                    high[i + j - 3] = s.madd_hi(high[i + j - 3], b[i], quotient[j]);
                }
            }
        }
        let low = s.add(high[1], s.shr::<52>(high[0]));
        let q = self.carry([low, high[2], high[3], high[4], high[5]]);
        let minus_p = self.splat(&F::COMPLEMENT);
        let mut result = [zero; 5];
        for i in 0..5 {
            for j in 0..5 - i {
                result[i + j] = s.madd_lo(result[i + j], b[i], w[j]);
                result[i + j] = s.madd_lo(result[i + j], q[i], minus_p[j]);
                if i + j < 4 {
                    result[i + j + 1] = s.madd_hi(result[i + j + 1], b[i], w[j]);
                    result[i + j + 1] = s.madd_hi(result[i + j + 1], q[i], minus_p[j]);
                }
            }
        }
        self.carry_modulo(result)
    }

    /// A representative just above `p` at most; see the table above.
    #[inline(always)]
    pub(crate) fn reduce(&self, x: Wide<S>) -> Wide<S> {
        let s = self.s;
        let scaled = s.madd_hi(s.splat(0), x[4], s.splat(F::RECIPROCAL));
        let q = s.shr::<45>(scaled);
        let minus_p = self.splat(&F::COMPLEMENT);
        let mut result = x;
        for i in 0..5 {
            result[i] = s.madd_lo(result[i], q, minus_p[i]);
            if i < 4 {
                result[i + 1] = s.madd_hi(result[i + 1], q, minus_p[i]);
            }
        }
        self.carry_modulo(result)
    }

    /// The representative below `p`; see the table above.
    #[inline(always)]
    pub(crate) fn canonical(&self, x: Wide<S>) -> Wide<S> {
        self.less(x, self.splat(&F::P))
    }

    /// `x − m` where that is not negative, `x` elsewhere; `x` and `m` proper.
    #[inline(always)]
    pub(crate) fn less(&self, x: Wide<S>, m: Wide<S>) -> Wide<S> {
        let less = self.carry_signed(self.difference(x, m));
        let s = self.s;
        [
            s.if_negative(less[4], x[0], less[0]),
            s.if_negative(less[4], x[1], less[1]),
            s.if_negative(less[4], x[2], less[2]),
            s.if_negative(less[4], x[3], less[3]),
            s.if_negative(less[4], x[4], less[4]),
        ]
    }

    /// `x/16 mod p`; see the table above.
    #[inline(always)]
    pub(crate) fn sixteenth(&self, x: Wide<S>) -> Wide<S> {
        let s = self.s;
        let m = s.madd_lo(s.splat(0), x[0], s.splat(F::NEGATIVE_INVERSE & 15));
        let m = s.and(m, s.splat(15));
        let p = self.splat(&F::P);
        let mut sum = x;
        for i in 0..5 {
            sum[i] = s.madd_lo(sum[i], m, p[i]);
            if i < 4 {
                sum[i + 1] = s.madd_hi(sum[i + 1], m, p[i]);
            }
        }
        let sum = self.carry(sum);
        let mask = s.splat(LIMB);
        let mut shifted = sum;
        for i in 0..4 {
            let high = s.and(s.shl::<48>(sum[i + 1]), mask);
            shifted[i] = s.or(s.shr::<4>(sum[i]), high);
        }
        shifted[4] = s.shr::<4>(sum[4]);
        shifted
    }
}

#[cfg(test)]
mod tests;
