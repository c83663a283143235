//! Sums of fractions: the log-derivative lookup argument (Haböck, eprint 2022/1530).
//!
//! A lookup of a tuple adds the inverse of its compression, a table entry subtracts it as often as
//! it is looked up. Written once for what the circuit states and what the prover computes.

use ff::Field;
use halo2_proofs::plonk::Expression;
use halo2curves::bn256::Fr;
use std::ops::{Add, Mul, Sub};

/// What fractions are made of: field elements, or expressions over columns.
pub trait Term: Clone + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> {
    /// 1.
    fn one() -> Self;
}

impl Term for Fr {
    fn one() -> Self {
        Self::ONE
    }
}

impl Term for Expression<Fr> {
    fn one() -> Self {
        Self::Constant(Fr::ONE)
    }
}

/// `argument + β·value + β²·tag + α`: one field element for a tuple. Tuples that differ coincide for
/// at most two of the `β`.
#[must_use]
pub fn compress<T: Term>([alpha, beta]: [T; 2], tag: T, argument: T, value: T) -> T {
    alpha + argument + beta.clone() * value + beta.clone() * beta * tag
}

/// `Σ m/d` as one fraction.
#[derive(Clone, Debug)]
pub struct FractionSum<T> {
    /// `Σ m·Π (other d)`.
    pub numerator: T,
    /// `Π d`.
    pub denominator: T,
}

impl<T: Term> FractionSum<T> {
    /// `m/d`.
    pub fn of(m: T, d: T) -> Self {
        Self {
            numerator: m,
            denominator: d,
        }
    }

    /// `1/d`.
    pub fn inverse(d: T) -> Self {
        Self::of(T::one(), d)
    }

    /// Adds `m/d`.
    #[must_use]
    pub fn plus(self, m: T, d: T) -> Self {
        Self {
            numerator: self.numerator * d.clone() + m * self.denominator.clone(),
            denominator: self.denominator * d,
        }
    }

    /// Adds `1/d`.
    #[must_use]
    pub fn plus_inverse(self, d: T) -> Self {
        Self {
            numerator: self.numerator * d.clone() + self.denominator.clone(),
            denominator: self.denominator * d,
        }
    }

    /// Zero exactly if `helper` is the sum, where no denominator is zero.
    pub fn claim(self, helper: T) -> T {
        helper * self.denominator - self.numerator
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_core::OsRng;

    #[test]
    fn the_sum_is_that_of_the_fractions() {
        let [m, n, d, e, f] = [(); 5].map(|()| Fr::random(OsRng));
        let inverse = |x: Fr| x.invert().unwrap();
        let direct = m * inverse(d) + n * inverse(e) + inverse(f);
        let sum = FractionSum::of(m, d).plus(n, e).plus_inverse(f);
        assert_eq!(sum.numerator * inverse(sum.denominator), direct);
        assert_eq!(sum.clone().claim(direct), Fr::ZERO);
        assert_ne!(sum.claim(direct + Fr::ONE), Fr::ZERO);
        assert_eq!(FractionSum::inverse(d).claim(inverse(d)), Fr::ZERO);
    }
}
