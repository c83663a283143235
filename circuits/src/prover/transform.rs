//! Number-theoretic transforms between the values of a polynomial and its coefficients.
//!
//! A transform runs on one core: a batch has hundreds of columns, which are shared out instead.
//! Coefficients are kept in bit-reversed order, so that nothing is ever permuted.

use crate::columns::LOOKUPS_PER_HELPER;
use crate::domain::{powers, reverse_bits, root};
use duces_arithmetic::Engine;
use ff::{Field, WithSmallOrderMulGroup};
use halo2curves::bn256::Fr;

/// Cosets on which the quotient is evaluated: its degree is below `COSETS·n`, because a gate has a
/// selector, a helper and its lookups as factors, and division by the vanishing polynomial takes
/// one away.
pub const COSETS: usize = LOOKUPS_PER_HELPER + 1;

/// Roots of unity for `2^k` values, and cosets of them.
#[derive(Debug)]
pub struct Transform {
    engine: Engine,
    k: u32,
    /// On the cosets, then on the domain itself.
    transform: duces_arithmetic::Transform,
    /// `g` of each coset.
    shifts: [Fr; COSETS],
    omega: Fr,
}

impl Transform {
    /// Prepares transforms of `2^k` values.
    ///
    /// # Panics
    /// When the field has no root of order `8·2^k`.
    #[must_use]
    pub fn new(engine: Engine, k: u32) -> Self {
        let finer = k + COSETS.next_power_of_two().ilog2();
        let mut shifts = powers(Fr::ZETA, root(finer), COSETS);
        shifts.push(Fr::ONE);
        Self {
            engine,
            k,
            transform: duces_arithmetic::Transform::new(engine, k, &shifts),
            shifts: std::array::from_fn(|coset| shifts[coset]),
            omega: root(k),
        }
    }

    /// The number of values.
    #[must_use]
    pub fn len(&self) -> usize {
        1 << self.k
    }

    /// The root of order `n` whose powers are the points of the values.
    #[must_use]
    pub fn omega(&self) -> Fr {
        self.omega
    }

    /// `g` of each coset `g·H`: a cube root of unity times powers of a root of order `8n`.
    #[must_use]
    pub fn shifts(&self) -> [Fr; COSETS] {
        self.shifts
    }

    /// From values to coefficients in bit-reversed order.
    ///
    /// # Panics
    /// When there are not `n` values.
    pub fn interpolate(&self, values: &mut [Fr]) {
        self.transform.interpolate(values);
    }

    /// The values on a coset of a polynomial given by coefficients in bit-reversed order.
    ///
    /// # Panics
    /// When there are not `n` coefficients, or not so many cosets.
    #[must_use]
    pub fn evaluate(&self, coefficients: &[Fr], coset: usize) -> Vec<Fr> {
        assert!(coset < COSETS, "a coset");
        self.transform.evaluate(coefficients, coset)
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
        self.transform.evaluate(&reversed, COSETS)
    }

    /// The values on all cosets of the polynomial of degree below `2n` that has these values on the
    /// domain and these on the first coset.
    ///
    /// # Panics
    /// When there are not `n` of each.
    #[must_use]
    pub fn extend(&self, domain: &[Fr], mut first_coset: Vec<Fr>) -> [Vec<Fr>; COSETS] {
        // The polynomial is low + (X^n − 1)·high, both of degree below n. On the domain it is low.
        let engine = self.engine;
        let n = self.len();
        let vanishing = self
            .shifts
            .map(|shift| shift.pow_vartime([n as u64]) - Fr::ONE);
        let mut low = domain.to_vec();
        self.interpolate(&mut low);
        engine.subtract(&mut first_coset, &self.evaluate(&low, 0));
        let inverse = vanishing[0].invert().expect("no coset meets the domain");
        engine.scale(&mut first_coset, inverse);
        let mut high = first_coset;
        self.interpolate(&mut high);
        let inverse = self.shifts[0].invert().expect("a shift is not zero");
        let mut powers = powers(Fr::ONE, inverse, n);
        reverse_bits(&mut powers);
        engine.multiply(&mut high, &powers);
        std::array::from_fn(|coset| {
            let mut values = self.evaluate(&low, coset);
            engine.add_scaled(&mut values, vanishing[coset], &self.evaluate(&high, coset));
            values
        })
    }

    /// The coefficients, lowest first, of the polynomial of degree below `COSETS·n` that has
    /// these values on the cosets.
    #[must_use]
    pub fn interpolate_cosets(&self, mut cosets: [Vec<Fr>; COSETS]) -> Vec<Fr> {
        // On the coset g·H, X^n is the constant g^n; the parts p_0 + p_1·X^n + … of the
        // polynomial follow from a Vandermonde system for each coefficient.
        let n = self.len();
        let shifts = self.shifts();
        for (values, shift) in cosets.iter_mut().zip(&shifts) {
            self.interpolate(values);
            reverse_bits(values);
            let inverse = shift.invert().expect("a shift is not zero");
            let mut power = Fr::ONE;
            for value in values {
                *value *= power;
                power *= inverse;
            }
        }
        let nodes = shifts.map(|shift| shift.pow_vartime([n as u64]));
        let rows = inverse_vandermonde(&nodes);
        let mut coefficients = Vec::with_capacity(COSETS * n);
        for row in rows {
            coefficients.extend((0..n).map(|i| -> Fr {
                row.iter()
                    .zip(&cosets)
                    .map(|(c, values)| *c * values[i])
                    .sum()
            }));
        }
        coefficients
    }
}

/// Row `i`, column `j`: the coefficient of `X^i` in the polynomial that is 1 at node `j` and 0 at
/// the others.
fn inverse_vandermonde(nodes: &[Fr; COSETS]) -> [[Fr; COSETS]; COSETS] {
    let mut rows = [[Fr::ZERO; COSETS]; COSETS];
    for (j, node) in nodes.iter().enumerate() {
        let mut basis = vec![Fr::ONE];
        for other in nodes.iter().filter(|other| *other != node) {
            let scale = (*node - other).invert().expect("nodes differ");
            let mut product = vec![Fr::ZERO; basis.len() + 1];
            for (i, coefficient) in basis.iter().enumerate() {
                product[i] -= *coefficient * other * scale;
                product[i + 1] += *coefficient * scale;
            }
            basis = product;
        }
        for (row, coefficient) in rows.iter_mut().zip(basis) {
            row[j] = coefficient;
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prover::params::engines;
    use rand_core::OsRng;

    fn at(coefficients: &[Fr], x: Fr) -> Fr {
        coefficients
            .iter()
            .rev()
            .fold(Fr::ZERO, |sum, c| sum * x + c)
    }

    #[test]
    fn values_and_coefficients_agree_with_the_definition() {
        for (engine, k) in engines()
            .into_iter()
            .flat_map(|e| [1, 2, 5, 8].map(|k| (e, k)))
        {
            let transform = Transform::new(engine, k);
            let values: Vec<Fr> = (0..transform.len()).map(|_| Fr::random(OsRng)).collect();
            let mut reversed = values.clone();
            transform.interpolate(&mut reversed);
            let mut coefficients = reversed.clone();
            reverse_bits(&mut coefficients);
            assert_eq!(transform.values(&coefficients), values);
            for (coset, shift) in transform.shifts().into_iter().enumerate() {
                let points = powers(shift, transform.omega(), transform.len());
                for (x, value) in points.into_iter().zip(transform.evaluate(&reversed, coset)) {
                    assert_eq!(at(&coefficients, x), value);
                }
            }
        }
    }

    #[test]
    fn the_domain_and_a_coset_determine_a_product() {
        for engine in engines() {
            let transform = Transform::new(engine, 5);
            let coefficients: Vec<Fr> = (0..64).map(|_| Fr::random(OsRng)).collect();
            let on = |shift: Fr| -> Vec<Fr> {
                let points = powers(shift, transform.omega(), 32);
                points.into_iter().map(|x| at(&coefficients, x)).collect()
            };
            let cosets = transform.shifts().map(on);
            let extended = transform.extend(&on(Fr::ONE), cosets[0].clone());
            assert_eq!(extended, cosets);
        }
    }

    #[test]
    fn the_cosets_determine_a_long_polynomial() {
        let transform = Transform::new(Engine::detect(), 3);
        let coefficients: Vec<Fr> = (0..8 * COSETS).map(|_| Fr::random(OsRng)).collect();
        let cosets = transform.shifts().map(|shift| {
            powers(shift, transform.omega(), 8)
                .into_iter()
                .map(|x| at(&coefficients, x))
                .collect()
        });
        assert_eq!(transform.interpolate_cosets(cosets), coefficients);
    }
}
