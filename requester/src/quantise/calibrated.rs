//! What values reach on calibration data.

use crate::float::{Func, Node, Program, ValueId};
use rayon::prelude::*;

/// What calibration data showed. Without calibration data there is nothing.
#[derive(Clone, Debug)]
pub struct Ranges {
    seen: Option<Seen>,
}

/// For each value and element.
#[derive(Clone, Debug, Default)]
struct Seen {
    /// For pointwise values: the largest magnitude that matters to the table.
    largest: Vec<Vec<f64>>,
    /// The sum of squares.
    squares: Vec<Vec<f64>>,
    items: usize,
}

/// Views evaluated together by one thread.
const CHUNK: usize = 64;

impl Ranges {
    /// No calibration data: worst cases take their place.
    #[must_use]
    pub fn unknown() -> Self {
        Self { seen: None }
    }

    /// Evaluates a program on calibration data.
    #[must_use]
    pub fn measure(program: &Program, views: &[Vec<u8>]) -> Self {
        if views.is_empty() {
            return Self::unknown();
        }
        let values = program.nodes.len() + 1;
        let empty = || Seen {
            largest: vec![Vec::new(); values],
            squares: vec![Vec::new(); values],
            items: 0,
        };
        let seen = views
            .par_chunks(CHUNK)
            .map(|views| {
                let mut seen = empty();
                for view in views {
                    seen.add(program, &program.values(view));
                }
                seen
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
        Self { seen: Some(seen) }
    }

    /// The largest magnitude of an element of a pointwise node, or `None` without data.
    #[must_use]
    pub fn largest(&self, pointwise: ValueId, element: usize) -> Option<f64> {
        let seen = self.seen.as_ref()?;
        seen.largest[pointwise].get(element).copied()
    }

    /// The mean square of an element; 0 without data.
    #[must_use]
    pub fn square(&self, value: ValueId, element: usize) -> f64 {
        self.seen
            .as_ref()
            .map_or(0.0, |seen| seen.squares[value][element] / seen.items as f64)
    }
}

impl Seen {
    fn add(&mut self, program: &Program, values: &[Vec<f64>]) {
        for (value, node) in (1..).zip(&program.nodes) {
            let Node::Pointwise(pointwise) = node else {
                continue;
            };
            let largest = &mut self.largest[value];
            let outputs = values[value].iter().map(|z| z.abs());
            if let Func::LeakyRelu(_) = pointwise.func {
                // Its small outputs below zero come from arguments that matter as much.
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
