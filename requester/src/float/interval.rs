//! Interval arithmetic in floating point: worst cases over all views, before scales are chosen.
//!
//! It only guides the choice of scales; that no accumulator leaves its table is proved afterwards
//! on integers, by `duces_protocol`.

use super::{Linear, Map};

/// Smallest and largest value of each element.
#[derive(Clone, Debug, Default)]
pub struct Interval {
    /// Smallest.
    pub lo: Vec<f64>,
    /// Largest.
    pub hi: Vec<f64>,
}

impl Interval {
    /// The same range for each of `len` elements.
    #[must_use]
    pub fn uniform(len: usize, lo: f64, hi: f64) -> Self {
        Self {
            lo: vec![lo; len],
            hi: vec![hi; len],
        }
    }

    /// The image of a linear node, its sources being given.
    #[must_use]
    pub fn linear(linear: &Linear, values: &[Self]) -> Self {
        let mut image = Self {
            lo: linear.bias_vector(),
            hi: linear.bias_vector(),
        };
        for term in &linear.terms {
            image.add(term.factor, &term.map, &values[term.source]);
        }
        image
    }

    fn add(&mut self, factor: f64, map: &Map, z: &Self) {
        let (lo, hi) = (&mut self.lo, &mut self.hi);
        map.for_each_run(
            z.lo.len(),
            lo.len(),
            |weight, output, input, step, count| {
                let weight = factor * weight;
                for j in 0..count {
                    let (a, b) = (z.lo[input + j * step], z.hi[input + j * step]);
                    let (a, b) = if weight < 0.0 { (b, a) } else { (a, b) };
                    lo[output + j] += weight * a;
                    hi[output + j] += weight * b;
                }
            },
        );
    }
}
