//! Number-theoretic transforms between the values of a polynomial and its coefficients.
//!
//! Coefficients are in bit-reversed order, so that nothing is ever permuted. Both directions use
//! butterflies `a ± w·b` (Cooley and Tukey 1965): those that lead to coefficients have one factor for
//! each block (`X^2m − w² = (X^m − w)·(X^m + w)`), those that lead to values one for each place in a block.
//! A transform runs on one core.

mod factors;
mod lanes;
mod scalar;

use crate::engine::Engine;
use ff::{Field, PrimeField};
use halo2curves::bn256::Fr;

/// Transforms of `2^k` values.
#[derive(Debug)]
pub struct Transform {
    engine: Engine,
    len: usize,
    tables: Tables,
}

#[derive(Debug)]
enum Tables {
    Scalar(scalar::Tables),
    Lanes(lanes::Tables),
}

impl Transform {
    /// Prepares transforms of `2^k` values, and the evaluation on cosets of their points with
    /// these shifts, none of them zero.
    ///
    /// # Panics
    /// When the field has no root of unity of order `2^k`.
    #[must_use]
    pub fn new(engine: Engine, k: u32, shifts: &[Fr]) -> Self {
        let tables = if engine.has_lanes() && k >= lanes::LEAST {
            Tables::Lanes(lanes::Tables::new(k, shifts))
        } else {
            Tables::Scalar(scalar::Tables::new(k, shifts))
        };
        Self {
            engine,
            len: 1 << k,
            tables,
        }
    }

    /// From values to coefficients in bit-reversed order.
    ///
    /// # Panics
    /// When there are not `2^k` values.
    pub fn interpolate(&self, values: &mut [Fr]) {
        assert_eq!(values.len(), self.len, "one value for each point");
        match &self.tables {
            Tables::Scalar(tables) => tables.interpolate(values),
            Tables::Lanes(tables) => self.engine.run(lanes::Interpolate { tables, values }),
        }
    }

    /// The values on a coset of a polynomial given by coefficients in bit-reversed order.
    ///
    /// # Panics
    /// When there are not `2^k` coefficients, or not so many cosets.
    #[must_use]
    pub fn evaluate(&self, coefficients: &[Fr], coset: usize) -> Vec<Fr> {
        assert_eq!(
            coefficients.len(),
            self.len,
            "one coefficient for each point"
        );
        match &self.tables {
            Tables::Scalar(tables) => tables.evaluate(coefficients, coset),
            Tables::Lanes(tables) => {
                let mut values = vec![Fr::ZERO; self.len];
                self.engine.run(lanes::Evaluate {
                    tables: tables.coset(coset),
                    coefficients,
                    values: &mut values,
                });
                values
            }
        }
    }
}

/// A root of unity of order `2^order`.
fn root(order: u32) -> Fr {
    assert!(order <= Fr::S, "the field has such roots");
    (order..Fr::S).fold(Fr::ROOT_OF_UNITY, |root, _| root.square())
}

/// `first·ratio^i` for `i < len`.
fn powers(first: Fr, ratio: Fr, len: usize) -> Vec<Fr> {
    std::iter::successors(Some(first), |power| Some(*power * ratio))
        .take(len)
        .collect()
}

/// For each level `l` the points of the coset `shift·H` to the power `n/2^(l+1)`, half of them.
fn levels(shift: Fr, k: u32) -> impl Iterator<Item = Vec<Fr>> {
    (0..k).map(move |level| {
        let first = shift.pow_vartime([1 << (k - level - 1)]);
        powers(first, root(level + 1), 1 << level)
    })
}

fn inverse(value: Fr) -> Fr {
    value.invert().expect("neither roots nor n are zero")
}
