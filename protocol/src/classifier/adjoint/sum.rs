//! Sums of field elements with small integer weights, reduced when they are complete.
//!
//! A reduction costs more than the four products of limbs that it reduces, and a coefficient of a
//! convolution is a sum of hundreds of terms.

use ff::{FromUniformBytes, PrimeField};
use halo2curves::bn256::Fr;

/// A field element as its least non-negative integer, little-endian limbs.
#[derive(Clone, Copy)]
pub struct Limbs([u64; 4]);

/// `Σ weight·element` as an integer, in two's complement. Elements are below 2^254 and weights at
/// most 2^31 in magnitude, so that 2^98 terms have room.
#[derive(Clone, Copy, Default)]
pub struct Sum([u64; 6]);

impl From<&Fr> for Limbs {
    fn from(element: &Fr) -> Self {
        let bytes = element.to_repr();
        let (words, _) = bytes.as_ref().as_chunks();
        Self(std::array::from_fn(|i| u64::from_le_bytes(words[i])))
    }
}

impl Sum {
    /// Adds an element `weight` times.
    pub fn add(&mut self, element: &Limbs, weight: i32) {
        let magnitude = u128::from(weight.unsigned_abs());
        let mut product = [0; 6];
        let mut carry = 0u128;
        for (limb, element) in product.iter_mut().zip(element.0) {
            carry += u128::from(element) * magnitude;
            *limb = carry as u64;
            carry >>= 64;
        }
        product[4] = carry as u64;
        if weight < 0 {
            *self = self.minus(&product);
        } else {
            let mut carry = 0u128;
            for (limb, other) in self.0.iter_mut().zip(product) {
                carry += u128::from(*limb) + u128::from(other);
                *limb = carry as u64;
                carry >>= 64;
            }
        }
    }

    fn minus(&self, other: &[u64; 6]) -> Self {
        let mut borrow = false;
        Self(std::array::from_fn(|i| {
            let (difference, first) = self.0[i].overflowing_sub(other[i]);
            let (difference, second) = difference.overflowing_sub(borrow.into());
            borrow = first | second;
            difference
        }))
    }

    /// The sum as an element of the field.
    pub fn reduce(&self) -> Fr {
        let negative = self.0[5].cast_signed() < 0;
        let magnitude = if negative {
            Self::default().minus(&self.0)
        } else {
            *self
        };
        let mut bytes = [0; 64];
        for (bytes, limb) in bytes.chunks_exact_mut(8).zip(magnitude.0) {
            bytes.copy_from_slice(&limb.to_le_bytes());
        }
        let element = Fr::from_uniform_bytes(&bytes);
        if negative { -element } else { element }
    }
}

#[cfg(test)]
mod tests {
    use super::super::to_field;
    use super::*;
    use ff::Field;
    use rand_core::OsRng;

    #[test]
    fn sums_are_those_of_the_field() {
        let mut sum = Sum::default();
        let mut expected = Fr::ZERO;
        let weights = [1, -1, 0, i32::MAX, i32::MIN, -7, i32::MIN, 1 << 20];
        for i in 0..4_000 {
            let element = match i % 5 {
                0 => -Fr::ONE,
                1 => Fr::ZERO,
                _ => Fr::random(OsRng),
            };
            let weight = weights[i % weights.len()];
            sum.add(&Limbs::from(&element), weight);
            expected += element * to_field::<Fr>(i64::from(weight));
            assert_eq!(sum.reduce(), expected, "{i}");
        }
        assert_eq!(Sum::default().reduce(), Fr::ZERO);
    }
}
