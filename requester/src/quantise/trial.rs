//! The error of a candidate: how far its scores are from the float model's.

use super::budget::search;
use crate::float::{Program, ValueId};
use duces_protocol::classifier::Classifier;
use rayon::prelude::*;
use std::sync::OnceLock;

/// Views on which candidates are compared, with the float model's scores.
pub struct Trial<'a> {
    /// All calibration data.
    pub views: &'a [Vec<u8>],
    /// A part of it; synthetic views where there are none.
    sample: Vec<Vec<u8>>,
    /// The float model's scores on the sample.
    reference: Vec<Vec<f64>>,
    /// What is compared of its answers on as many views as can be evaluated in reasonable time, once it
    /// is asked for.
    answers: OnceLock<Vec<(&'a Vec<u8>, usize)>>,
}

impl<'a> Trial<'a> {
    /// Evaluates the float model.
    pub fn new(program: &Program, scores: ValueId, views: &'a [Vec<u8>]) -> Self {
        let count = affordable(search::ERROR_EFFORT, search::ERROR_VIEWS, program);
        let sample: Vec<Vec<u8>> = if views.is_empty() {
            synthetic(program.input_len)
        } else {
            let step = views.len().div_ceil(count);
            views.iter().step_by(step).cloned().collect()
        };
        let reference = sample
            .par_iter()
            .map(|view| program.values(view).swap_remove(scores))
            .collect();
        Self {
            views,
            sample,
            reference,
            answers: OnceLock::new(),
        }
    }

    /// Root mean square error of the scores on the sample, relative to their root mean square.
    /// `scores` is their value in the classifier.
    pub fn error(&self, classifier: &Classifier, scores: usize, scales: &[f64]) -> f64 {
        let one = |(view, expected): (&Vec<u8>, &Vec<f64>)| {
            let values = classifier.values(view);
            let pairs = values[scores].iter().zip(expected).zip(scales);
            let error = pairs.map(|((&y, e), scale)| (y as f64 * scale - e).powi(2));
            let size = expected.iter().map(|e| e.powi(2));
            (error.sum::<f64>(), size.sum::<f64>())
        };
        let all = self.sample.par_iter().zip(&self.reference).map(one);
        // Collected first, so that floats are added in one order.
        let all: Vec<(f64, f64)> = all.collect();
        let sum = |(a, b): (f64, f64), &(c, d): &(f64, f64)| (a + c, b + d);
        let (error, size) = all.iter().fold((0.0, 0.0), sum);
        (error / size.max(f64::MIN_POSITIVE)).sqrt()
    }

    /// Whether at most one decision (or class, or largest score) in a thousand differs from the float
    /// model's, or a single one, on as many calibration views as can be evaluated in reasonable time.
    pub fn agrees(&self, program: &Program, classifier: &Classifier) -> bool {
        let answers = self.answers.get_or_init(|| {
            let count = affordable(search::AGREEMENT_EFFORT, search::AGREEMENT_VIEWS, program);
            let step = self.views.len().div_ceil(count).max(1);
            let views: Vec<&Vec<u8>> = self.views.iter().step_by(step).collect();
            let answer = |view: &&'a Vec<u8>| {
                let values = program.values(view);
                let last = values.last().map_or(&[][..], Vec::as_slice);
                (*view, program.compared(last))
            };
            views.par_iter().map(answer).collect()
        });
        let differs = |(view, expected): &&(&Vec<u8>, usize)| {
            program.compared(&classifier.answer(view)) != *expected
        };
        let differing = answers.par_iter().filter(differs).count();
        differing <= (answers.len() / 1000).max(1)
    }
}

/// How many views can be evaluated with at most `effort` multiplications, `least` in any case.
fn affordable(effort: u64, least: usize, program: &Program) -> usize {
    let count = usize::try_from(effort / program.multiplications().max(1)).unwrap_or(0);
    count.clamp(least, search::VIEWS)
}

/// Synthetic views: noise of several densities and levels.
fn synthetic(len: usize) -> Vec<Vec<u8>> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move || {
        // xorshift64
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u32
    };
    let view = |kind: u32| {
        let byte = |random: u32| {
            if random >> 16 & 3 < kind % 4 + 1 {
                random as u8
            } else {
                0
            }
        };
        (0..len).map(|_| byte(next()) >> (kind / 4)).collect()
    };
    (0..16).map(view).collect()
}
