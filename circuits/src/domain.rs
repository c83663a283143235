//! The domain of a column: the powers of a root of unity of order `2^k`.
//!
//! Coefficients are evaluated by decimation in time (Cooley and Tukey 1965), from bit-reversed
//! order, so that nothing is permuted on the way.

use ff::{Field, PrimeField};
use halo2curves::bn256::Fr;

/// The points at which a column's polynomial has its cells as values.
#[derive(Debug)]
pub struct Domain {
    /// What [`evaluate_on`] needs for the domain itself.
    levels: Vec<Vec<Fr>>,
}

impl Domain {
    /// The domain of `2^k` points.
    ///
    /// # Panics
    /// When the field has no root of that order.
    #[must_use]
    pub fn new(k: u32) -> Self {
        Self {
            levels: levels(Fr::ONE, k),
        }
    }

    /// Number of points.
    #[must_use]
    pub fn len(&self) -> usize {
        1 << self.levels.len()
    }

    /// The values of a polynomial with at most `n` coefficients, lowest first.
    ///
    /// # Panics
    /// When there are more coefficients.
    #[must_use]
    pub fn values(&self, coefficients: &[Fr]) -> Vec<Fr> {
        let mut reversed = coefficients.to_vec();
        reversed.resize(self.len().max(coefficients.len()), Fr::ZERO);
        reverse_bits(&mut reversed);
        evaluate_on(&self.levels, reversed)
    }
}

/// A root of unity of order `2^order`.
///
/// # Panics
/// When the field has none.
pub(crate) fn root(order: u32) -> Fr {
    assert!(order <= Fr::S, "the field has such roots");
    (order..Fr::S).fold(Fr::ROOT_OF_UNITY, |root, _| root.square())
}

/// For each level `l` the points of the coset `shift·H` to the power `n/2^(l+1)`, half of them.
pub(crate) fn levels(shift: Fr, k: u32) -> Vec<Vec<Fr>> {
    (0..k)
        .map(|level| {
            let first = shift.pow_vartime([1 << (k - level - 1)]);
            powers(first, root(level + 1), 1 << level)
        })
        .collect()
}

/// The values on the coset of these [`levels`] of a polynomial whose coefficients are given in
/// bit-reversed order.
///
/// # Panics
/// When there are not as many coefficients as points.
pub(crate) fn evaluate_on(levels: &[Vec<Fr>], mut values: Vec<Fr>) -> Vec<Fr> {
    assert_eq!(values.len(), 1 << levels.len());
    for points in levels {
        for block in values.chunks_exact_mut(2 * points.len()) {
            let (low, high) = block.split_at_mut(points.len());
            for ((a, b), point) in low.iter_mut().zip(high).zip(points) {
                let product = *b * point;
                *b = *a - product;
                *a += product;
            }
        }
    }
    values
}

/// `first·ratio^i` for `i < len`.
#[must_use]
pub fn powers(first: Fr, ratio: Fr, len: usize) -> Vec<Fr> {
    std::iter::successors(Some(first), |power| Some(*power * ratio))
        .take(len)
        .collect()
}

/// Moves element `i` to the index whose bits are those of `i` in reverse order.
///
/// # Panics
/// When the length is not a power of two.
pub fn reverse_bits(list: &mut [Fr]) {
    assert!(list.len().is_power_of_two());
    let bits = list.len().ilog2();
    if bits == 0 {
        return;
    }
    for i in 0..list.len() {
        let j = i.reverse_bits() >> (usize::BITS - bits);
        if i < j {
            list.swap(i, j);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_core::OsRng;

    #[test]
    fn values_are_those_of_the_polynomial() {
        for k in [1, 2, 5] {
            let domain = Domain::new(k);
            let coefficients: Vec<Fr> = (0..domain.len()).map(|_| Fr::random(OsRng)).collect();
            let at = |x: Fr| {
                let terms = coefficients.iter().rev();
                terms.fold(Fr::ZERO, |sum, c| sum * x + c)
            };
            let points = powers(Fr::ONE, root(k), domain.len());
            let direct: Vec<Fr> = points.into_iter().map(at).collect();
            assert_eq!(domain.values(&coefficients), direct);
        }
    }
}
