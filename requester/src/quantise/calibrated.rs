//! Calibration: the ranges of all values on calibration data.

use super::budget::search;
use crate::float::{Func, Node, Program, ValueId};
use rayon::prelude::*;

/// Calibrated ranges; nothing without calibration data.
#[derive(Clone, Debug)]
pub struct Ranges {
    statistics: Option<Statistics>,
}

/// Statistics of each element of each value.
#[derive(Clone, Debug, Default)]
struct Statistics {
    /// For pointwise values: the largest magnitude of the output, or of the argument where that
    /// matters to the table.
    largest: Vec<Vec<f64>>,
    /// The sum of squares.
    squares: Vec<Vec<f64>>,
    items: usize,
}

/// Views evaluated together by one thread.
const CHUNK: usize = 8;

impl Ranges {
    /// Without calibration data: worst cases take their place.
    #[must_use]
    pub fn unknown() -> Self {
        Self { statistics: None }
    }

    /// Evaluates a program on calibration data: all of it, or as many views, evenly spread, as can be
    /// evaluated in reasonable time.
    #[must_use]
    pub fn measure(program: &Program, views: &[Vec<u8>]) -> Self {
        if views.is_empty() {
            return Self::unknown();
        }
        let count = search::RANGES_EFFORT / program.multiplications().max(1);
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let step = views.len().div_ceil(count.max(search::RANGES_VIEWS));
        let views: Vec<&Vec<u8>> = views.iter().step_by(step).collect();
        let values = program.nodes.len() + 1;
        let empty = || Statistics {
            largest: vec![Vec::new(); values],
            squares: vec![Vec::new(); values],
            items: 0,
        };
        let statistics = views
            .par_chunks(CHUNK)
            .map(|views| {
                let mut own = empty();
                for view in views {
                    own.add(program, &program.values(view));
                }
                own
            })
            .reduce(empty, |mut all, part| {
                for (all, part) in all.largest.iter_mut().zip(part.largest) {
                    join(all, part.into_iter(), f64::max);
                }
                for (all, part) in all.squares.iter_mut().zip(part.squares) {
                    join(all, part.into_iter(), |a, b| a + b);
                }
                all.items += part.items;
                all
            });
        Self {
            statistics: Some(statistics),
        }
    }

    /// The largest magnitude of an element of a pointwise node, or `None` without data.
    #[must_use]
    pub fn largest(&self, pointwise: ValueId, element: usize) -> Option<f64> {
        let statistics = self.statistics.as_ref()?;
        statistics.largest[pointwise].get(element).copied()
    }

    /// The mean square of an element; 0 without data.
    #[must_use]
    pub fn mean_square(&self, value: ValueId, element: usize) -> f64 {
        let mean = |all: &Statistics| all.squares[value][element] / all.items as f64;
        self.statistics.as_ref().map_or(0.0, mean)
    }
}

impl Statistics {
    fn add(&mut self, program: &Program, values: &[Vec<f64>]) {
        for (value, node) in (1..).zip(&program.nodes) {
            let Node::Pointwise(pointwise) = node else {
                continue;
            };
            let largest = &mut self.largest[value];
            let outputs = values[value].iter().map(|z| z.abs());
            if let Func::LeakyRelu(_) = pointwise.func {
                // A small negative output comes from a larger argument, which needs an entry too.
                let both = outputs.zip(&values[pointwise.source]);
                join(largest, both.map(|(z, y)| z.max(y.abs())), f64::max);
            } else {
                join(largest, outputs, f64::max);
            }
        }
        for (all, own) in self.squares.iter_mut().zip(values) {
            join(all, own.iter().map(|v| v * v), |a, b| a + b);
        }
        self.items += 1;
    }
}

fn join(all: &mut Vec<f64>, part: impl Iterator<Item = f64>, merge: impl Fn(f64, f64) -> f64) {
    if all.is_empty() {
        all.extend(part);
    } else {
        for (all, part) in all.iter_mut().zip(part) {
            *all = merge(*all, part);
        }
    }
}
