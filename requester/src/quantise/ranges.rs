//! What the tables' arguments reach on calibration data.

use crate::float::{Node, Program};
use rayon::prelude::*;

/// For each value that a table reads: the largest magnitude that matters to the table, per
/// element. Without calibration data there are none.
#[derive(Clone, Debug)]
pub struct Ranges {
    largest: Option<Vec<Vec<f64>>>,
}

/// Views evaluated together by one thread.
const CHUNK: usize = 64;

impl Ranges {
    /// No calibration data: worst cases take their place.
    #[must_use]
    pub fn unknown() -> Self {
        Self { largest: None }
    }

    /// Evaluates a program on calibration data.
    #[must_use]
    pub fn measure(program: &Program, views: &[Vec<u8>]) -> Self {
        if views.is_empty() {
            return Self::unknown();
        }
        let empty = || vec![Vec::new(); program.nodes.len() + 1];
        let largest = views
            .par_chunks(CHUNK)
            .map(|views| {
                let mut largest = empty();
                for view in views {
                    merge(program, &mut largest, &program.values(view));
                }
                largest
            })
            .reduce(empty, |mut all, part| {
                for (all, part) in all.iter_mut().zip(part) {
                    join(all, part.into_iter());
                }
                all
            });
        Self {
            largest: Some(largest),
        }
    }

    /// The largest magnitude of an element of a pointwise node, or `None` without data.
    #[must_use]
    pub fn largest(&self, pointwise: usize, element: usize) -> Option<f64> {
        self.largest
            .as_ref()
            .and_then(|values| values[pointwise].get(element).copied())
    }
}

fn merge(program: &Program, largest: &mut [Vec<f64>], values: &[Vec<f64>]) {
    for (value, node) in (1..).zip(&program.nodes) {
        if let Node::Pointwise(_) = node {
            join(&mut largest[value], values[value].iter().map(|z| z.abs()));
        }
    }
}

fn join(all: &mut Vec<f64>, part: impl ExactSizeIterator<Item = f64>) {
    if all.is_empty() {
        all.extend(part);
    } else {
        for (all, part) in all.iter_mut().zip(part) {
            *all = all.max(part);
        }
    }
}
