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
    /// The float model's scores and decisions on the sample.
    reference: Vec<(Vec<f64>, bool)>,
}

/// Multiplications that one evaluation of the sample may cost.
const EFFORT: u64 = 1 << 27;

impl<'a> Trial<'a> {
    /// Evaluates the float model.
    pub fn new(program: &Program, scores: ValueId, views: &'a [Vec<u8>]) -> Self {
        let count = usize::try_from(EFFORT / program.multiplications().max(1)).unwrap_or(0);
        let count = count.clamp(16, 4096);
        let sample: Vec<Vec<u8>> = if views.is_empty() {
            synthetic(program.input_len)
        } else {
            let step = views.len().div_ceil(count);
            views.iter().step_by(step).cloned().collect()
        };
        let reference = sample
            .par_iter()
            .map(|view| {
                let mut values = program.values(view);
                let decision = values.last().is_some_and(|z| z[0] == 1.0);
                (values.swap_remove(scores), decision)
            })
            .collect();
        Self {
            views,
            sample,
            reference,
        }
    }

    /// Root mean square error of the scores, relative to their root mean square, and how many
    /// items of the sample are decided differently out of how many; made-up views do not count.
    /// `name` is the scores' value in the classifier.
    pub fn compare(
        &self,
        classifier: &Classifier,
        name: usize,
        scales: &[f64],
    ) -> (f64, (usize, usize)) {
        let one = |(view, (expected, decision)): (&Vec<u8>, &(Vec<f64>, bool))| {
            let values = classifier.values(view);
            let pairs = values[name].iter().zip(expected).zip(scales);
            let error = pairs.map(|((&y, e), scale)| (y as f64 * scale - e).powi(2));
            (
                error.sum::<f64>(),
                expected.iter().map(|e| e.powi(2)).sum::<f64>(),
                usize::from(*decision != values.last().is_some_and(|z| z[0] == 1)),
            )
        };
        let all = self.sample.par_iter().zip(&self.reference).map(one);
        // Collected first: the sum of floats has one order.
        let all: Vec<(f64, f64, usize)> = all.collect();
        let (error, size, differing) = all
            .iter()
            .fold((0.0, 0.0, 0), |a, b| (a.0 + b.0, a.1 + b.1, a.2 + b.2));
        let error = (error / size.max(f64::MIN_POSITIVE)).sqrt();
        if self.views.is_empty() {
            return (error, (0, 0));
        }
        (error, (differing, self.sample.len()))
    }
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
