//! Polynomials by their coefficients.

use ff::Field;
use halo2curves::bn256::Fr;
use rayon::prelude::*;

/// A polynomial by its coefficients, lowest first, and the blind of its commitment.
#[derive(Clone)]
pub(super) struct Polynomial {
    pub coefficients: Vec<Fr>,
    pub blind: Fr,
}

impl Polynomial {
    pub(super) fn at(&self, x: Fr) -> Fr {
        evaluate(&self.coefficients, x)
    }

    /// Adds `weight·other`, blinds too.
    pub(super) fn add(&mut self, weight: Fr, other: &Self) {
        for (sum, c) in self.coefficients.iter_mut().zip(&other.coefficients) {
            *sum += weight * c;
        }
        self.blind += weight * other.blind;
    }

    /// `self·factor + other`.
    pub(super) fn times_plus(mut self, factor: Fr, other: &Self) -> Self {
        for (a, b) in self.coefficients.iter_mut().zip(&other.coefficients) {
            *a = *a * factor + b;
        }
        self.blind = self.blind * factor + other.blind;
        self
    }
}

/// The value at `x` of a polynomial with these coefficients, lowest first.
pub(super) fn evaluate(coefficients: &[Fr], x: Fr) -> Fr {
    let part = coefficients
        .len()
        .div_ceil(2 * rayon::current_num_threads())
        .max(1);
    let horner = |part: &[Fr]| part.iter().rev().fold(Fr::ZERO, |sum, c| sum * x + c);
    let parts: Vec<Fr> = coefficients.par_chunks(part).map(horner).collect();
    let step = x.pow_vartime([part as u64]);
    parts.iter().rev().fold(Fr::ZERO, |sum, c| sum * step + c)
}

/// The quotient by `X − point`, without the remainder, in as many coefficients.
pub(super) fn divide(coefficients: &[Fr], point: Fr) -> Vec<Fr> {
    let mut quotient = vec![Fr::ZERO; coefficients.len()];
    for i in (1..coefficients.len()).rev() {
        let above = quotient[i];
        quotient[i - 1] = coefficients[i] + point * above;
    }
    quotient
}
