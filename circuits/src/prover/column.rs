//! A column of a batch: small integers, and a few rows that hold any field element.
//!
//! Nearly all cells of the first phase are small. Kept as integers they take an eighth of the
//! memory of field elements, and committing to them takes a tenth of the additions.

use duces_arithmetic::Engine;
use duces_protocol::classifier::adjoint::to_field;
use ff::Field;
use halo2curves::bn256::Fr;
use std::collections::BTreeMap;
use zeroize::Zeroize;

/// A column; rows past the last are zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Column {
    small: Vec<i32>,
    /// The rows that hold a field element; their small integer is zero.
    large: BTreeMap<usize, Fr>,
}

impl Column {
    /// A column of small integers.
    #[must_use]
    pub fn new(cells: Vec<i32>) -> Self {
        Self {
            small: cells,
            large: BTreeMap::new(),
        }
    }

    /// The number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.small.len()
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.small.is_empty()
    }

    /// The cell at a row; zero past the last.
    #[must_use]
    pub fn get(&self, row: usize) -> Fr {
        match self.small.get(row) {
            None => Fr::ZERO,
            Some(0) => self.large.get(&row).copied().unwrap_or(Fr::ZERO),
            Some(&cell) => to_field(i64::from(cell)),
        }
    }

    /// Writes any field element, with zeros before it where the column is shorter.
    pub fn set(&mut self, row: usize, value: Fr) {
        if self.small.len() <= row {
            self.small.resize(row + 1, 0);
        }
        self.small[row] = 0;
        self.large.insert(row, value);
    }

    /// Writes a small integer.
    ///
    /// # Panics
    /// When the column is shorter.
    pub fn set_small(&mut self, row: usize, value: i32) {
        self.small[row] = value;
        if !self.large.is_empty() {
            self.large.remove(&row);
        }
    }

    /// The cells as small integers, zero where a field element stands.
    #[must_use]
    pub fn small(&self) -> &[i32] {
        &self.small
    }

    /// The rows that hold field elements.
    pub fn large(&self) -> impl Iterator<Item = (usize, Fr)> {
        self.large.iter().map(|(&row, &value)| (row, value))
    }

    /// All cells as field elements, in `rows` rows.
    #[must_use]
    pub fn values(&self, rows: usize) -> Vec<Fr> {
        let mut values: Vec<Fr> = self
            .small
            .iter()
            .map(|&cell| to_field(i64::from(cell)))
            .collect();
        values.resize(rows, Fr::ZERO);
        for (row, value) in self.large() {
            values[row] = value;
        }
        values
    }

    /// Adds `weight` times the column to `sum`, row by row.
    ///
    /// # Panics
    /// When the column is longer.
    pub(super) fn add_to(&self, engine: Engine, sum: &mut [Fr], weight: Fr) {
        engine.add_small(&mut sum[..self.small.len()], &self.small, weight);
        for (row, value) in self.large() {
            sum[row] += weight * value;
        }
    }

    /// `Σ weights[row]·cell[row]`.
    ///
    /// # Panics
    /// When the column is longer.
    #[must_use]
    pub(super) fn dot(&self, engine: Engine, weights: &[Fr]) -> Fr {
        let small_part = engine.dot_small(&weights[..self.small.len()], &self.small);
        let large_part: Fr = self.large().map(|(row, value)| weights[row] * value).sum();
        small_part + large_part
    }
}

impl Drop for Column {
    fn drop(&mut self) {
        self.small.zeroize();
        for value in self.large.values_mut() {
            *value = Fr::ZERO;
        }
        // So that the compiler may not leave out writes that nobody would read.
        std::hint::black_box(&self.large);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_core::OsRng;

    #[test]
    fn small_and_large_cells_are_one_column() {
        let mut column = Column::new(vec![3, 0, -7, i32::MIN]);
        let big = Fr::random(OsRng);
        column.set(2, big);
        column.set(5, -Fr::ONE);
        let minus = to_field::<Fr>(i64::from(i32::MIN));
        let cells = [
            Fr::from(3),
            Fr::ZERO,
            big,
            minus,
            Fr::ZERO,
            -Fr::ONE,
            Fr::ZERO,
        ];
        assert_eq!(column.values(7), cells);
        for (row, cell) in cells.iter().enumerate() {
            assert_eq!(column.get(row), *cell);
        }
        let weights: Vec<Fr> = cells.iter().map(|_| Fr::random(OsRng)).collect();
        let dot: Fr = weights.iter().zip(&cells).map(|(w, c)| *w * c).sum();
        assert_eq!(column.dot(Engine::detect(), &weights), dot);
        let mut sum = weights.clone();
        column.add_to(Engine::detect(), &mut sum, big);
        for ((sum, weight), cell) in sum.iter().zip(&weights).zip(&cells) {
            assert_eq!(*sum, *weight + big * cell);
        }
    }
}
