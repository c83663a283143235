//! How near a candidate is to the float model.

use crate::float::{Program, ValueId};
use duces_protocol::classifier::Classifier;
use rayon::prelude::*;

/// Views on which candidates are compared, with what the float model makes of them.
pub struct Trial<'a> {
    /// All calibration data.
    pub views: &'a [Vec<u8>],
    /// A part of it; without any, made-up views.
    sample: Vec<Vec<u8>>,
    /// The float model's scores on the sample.
    reference: Vec<Vec<f64>>,
}

/// Multiplications that one evaluation of the sample may cost.
const EFFORT: u64 = 1 << 27;
/// Multiplications that counting decisions may cost.
const AGREEMENT: u64 = 1 << 31;

impl<'a> Trial<'a> {
    /// Evaluates the float model.
    pub fn new(program: &Program, scores: ValueId, views: &'a [Vec<u8>]) -> Self {
        let count = at_most(EFFORT, program);
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
        }
    }

    /// Root mean square error of the scores on the sample, relative to their root mean square.
    /// `name` is the scores' value in the classifier.
    pub fn error(&self, classifier: &Classifier, name: usize, scales: &[f64]) -> f64 {
        let one = |(view, expected): (&Vec<u8>, &Vec<f64>)| {
            let values = classifier.values(view);
            let pairs = values[name].iter().zip(expected).zip(scales);
            let error = pairs.map(|((&y, e), scale)| (y as f64 * scale - e).powi(2));
            let size = expected.iter().map(|e| e.powi(2));
            (error.sum::<f64>(), size.sum::<f64>())
        };
        let all = self.sample.par_iter().zip(&self.reference).map(one);
        // Collected first: the sum of floats has one order.
        let all: Vec<(f64, f64)> = all.collect();
        let sum = |(a, b): (f64, f64), &(c, d): &(f64, f64)| (a + c, b + d);
        let (error, size) = all.iter().fold((0.0, 0.0), sum);
        (error / size.max(f64::MIN_POSITIVE)).sqrt()
    }

    /// Whether at most one decision in a thousand differs from the float model's, or a single one,
    /// on as many calibration views as can be evaluated in reasonable time.
    pub fn agrees(&self, program: &Program, classifier: &Classifier) -> bool {
        let count = at_most(AGREEMENT, program);
        let step = self.views.len().div_ceil(count).max(1);
        let differs = |view: &&Vec<u8>| classifier.matches(view) != program.matches(view);
        let views: Vec<&Vec<u8>> = self.views.iter().step_by(step).collect();
        let differing = views.par_iter().copied().filter(differs).count();
        differing <= (views.len() / 1000).max(1)
    }
}

/// How many views can be evaluated with so many multiplications.
fn at_most(effort: u64, program: &Program) -> usize {
    let count = usize::try_from(effort / program.multiplications().max(1)).unwrap_or(0);
    count.clamp(16, 1 << 12)
}

/// Views that look like nothing in particular: noise of several densities and levels.
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
