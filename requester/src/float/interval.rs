//! Interval arithmetic in floating point: worst cases over all views, before scales are chosen.
//!
//! It only guides the choice of scales; that no accumulator leaves its table is proved afterwards
//! on integers, by `duces_protocol`.

use super::{Func, Geometry, Linear, Map, Node, Program};
use std::collections::{BTreeMap, BTreeSet};

/// Smallest and largest value of each element.
#[derive(Clone, PartialEq, Debug, Default)]
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

    /// The same in the time of the weights: each channel that a convolution reads or writes has one range for
    /// all its elements, at least as wide as theirs. What lies at the border of an image misses weights,
    /// and so nearly all channels have elements that reach these ends.
    #[must_use]
    pub fn linear_by_channel(linear: &Linear, values: &[Self]) -> Self {
        let mut image = Self {
            lo: linear.bias_vector(),
            hi: linear.bias_vector(),
        };
        for term in &linear.terms {
            let z = &values[term.source];
            match &term.map {
                Map::Conv(g, weights) => {
                    image.add_channels(g, |index| term.factor * weights[index], z);
                }
                Map::Window(g) => image.add_channels(g, |_| term.factor, z),
                map => image.add(term.factor, map, z),
            }
        }
        image
    }

    fn add_channels(&mut self, g: &Geometry, weight: impl Fn(usize) -> f64, z: &Self) {
        let ends = by_channel(g, &z.lo, &z.hi);
        let sums = channel_sums(g, weight, &ends);
        let plane = g.output[0] * g.output[1];
        let planes = self.lo.chunks_mut(plane).zip(self.hi.chunks_mut(plane));
        for ((lo, hi), (low, high)) in planes.zip(sums) {
            lo.iter_mut().for_each(|y| *y += low);
            hi.iter_mut().for_each(|y| *y += high);
        }
    }

    /// The image of a pointwise node.
    #[must_use]
    pub fn pointwise(func: &Func, y: &Self) -> Self {
        // A formula is sampled, and most elements of a channel have the same range.
        let mut sampled = BTreeMap::new();
        let mut range = |(i, (&lo, &hi)): (usize, (&f64, &f64))| match func {
            Func::Formula { .. } => *sampled
                .entry((lo.to_bits(), hi.to_bits()))
                .or_insert_with(|| func.range(lo, hi, i)),
            _ => func.range(lo, hi, i),
        };
        let (lo, hi) = y.lo.iter().zip(&y.hi).enumerate().map(&mut range).unzip();
        Self { lo, hi }
    }

    /// Adds a term: the two ends on two cores.
    fn add(&mut self, factor: f64, map: &Map, z: &Self) {
        let (lo, hi) = (&mut self.lo, &mut self.hi);
        rayon::join(
            || add_end(factor, map, &z.lo, &z.hi, lo),
            || add_end(factor, map, &z.hi, &z.lo, hi),
        );
    }
}

/// The smallest and the largest element of each channel that a convolution reads; `lo` and `hi` have one number
/// for each element, or one for each of equal parts of a channel.
pub fn by_channel(g: &Geometry, lo: &[f64], hi: &[f64]) -> Vec<(f64, f64)> {
    let width = lo.len() / g.in_channels;
    let channels = lo.chunks(width).zip(hi.chunks(width));
    let least = |part: &[f64]| part.iter().copied().fold(f64::INFINITY, f64::min);
    let most = |part: &[f64]| part.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    channels.map(|(lo, hi)| (least(lo), most(hi))).collect()
}

/// What a convolution adds to every element of each channel that it writes, at least and at most, its
/// channels being in `ends`. Where it reads zeros around an image a weight may count or not.
pub fn channel_sums(
    g: &Geometry,
    weight: impl Fn(usize) -> f64,
    ends: &[(f64, f64)],
) -> Vec<(f64, f64)> {
    let padded = g.before.iter().chain(&g.after).any(|&zeros| zeros > 0);
    let per_channel = g.weights() / g.out_channels;
    let sum = |out_channel: usize| {
        let weights = per_channel * out_channel..per_channel * (out_channel + 1);
        weights.fold((0.0, 0.0), |(low, high), index| {
            let (weight, (lo, hi)) = (weight(index), ends[g.in_channel(index)]);
            let (a, b) = if weight < 0.0 { (hi, lo) } else { (lo, hi) };
            let (a, b) = (weight * a, weight * b);
            if padded {
                (low + a.min(0.0), high + b.max(0.0))
            } else {
                (low + a, high + b)
            }
        })
    };
    (0..g.out_channels).map(sum).collect()
}

/// Adds one end: positive weights meet the elements of `same`, negative ones those of `other`.
fn add_end(factor: f64, map: &Map, same: &[f64], other: &[f64], y: &mut [f64]) {
    map.walk(same.len(), y.len(), |run| {
        let weight = factor * run.weight;
        let z = if weight < 0.0 { other } else { same };
        let (y, z) = (
            y[run.output..][..run.count].iter_mut(),
            z[run.input..].iter(),
        );
        if run.input_step == 1 {
            y.zip(z).for_each(|(y, z)| *y += weight * z);
        } else {
            let z = z.step_by(run.input_step);
            y.zip(z).for_each(|(y, z)| *y += weight * z);
        }
    });
}

/// The origin of a node whose function has no finite value for some argument that a document may
/// lead to, and that argument.
#[must_use]
pub fn undefined(program: &Program) -> Option<(&str, f64)> {
    let is_formula =
        |node: &Node| matches!(node, Node::Pointwise(p) if matches!(p.func, Func::Formula { .. }));
    let last = program.nodes.iter().rposition(is_formula)?;
    let mut intervals = vec![Interval::uniform(program.input_len, 0.0, 255.0)];
    for node in &program.nodes[..=last] {
        intervals.push(match node {
            Node::Linear(linear) => Interval::linear(linear, &intervals),
            Node::Pointwise(pointwise) => {
                let y = &intervals[pointwise.source];
                if let Func::Formula { formula, reach } = &pointwise.func {
                    let mut seen = BTreeSet::new();
                    let ends = y.lo.iter().zip(&y.hi);
                    let mut ends =
                        ends.filter(|(lo, hi)| seen.insert((lo.to_bits(), hi.to_bits())));
                    if let Some(y) = ends.find_map(|(&lo, &hi)| {
                        formula.undefined_on(lo.clamp(-reach, *reach), hi.clamp(-reach, *reach))
                    }) {
                        return Some((&pointwise.origin, y));
                    }
                }
                Interval::pointwise(&pointwise.func, y)
            }
        });
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::float::Term;

    #[test]
    fn intervals_by_channel_hold_those_of_their_elements() {
        let g = Geometry {
            in_channels: 2,
            input: [5, 4],
            out_channels: 3,
            output: [5, 4],
            kernel: [3, 3],
            stride: [1, 1],
            dilation: [1, 1],
            before: [1, 1],
            after: [1, 1],
            groups: 1,
        };
        let weights = (0..g.weights()).map(|i| (i * 7 % 13) as f64 - 6.0);
        let linear = Linear {
            len: g.out_len(),
            channels: 3,
            terms: vec![Term {
                source: 0,
                factor: -0.5,
                map: Map::Conv(g, weights.collect()),
            }],
            bias: (0..g.out_len()).map(|i| (i / 20) as f64).collect(),
            origin: String::new(),
        };
        let mut view = Interval::uniform(40, 0.0, 3.0);
        view.lo[20..].fill(-1.0);
        let values = [view];
        let exact = Interval::linear(&linear, &values);
        let wide = Interval::linear_by_channel(&linear, &values);
        for i in 0..g.out_len() {
            assert!(wide.lo[i] <= exact.lo[i] && exact.hi[i] <= wide.hi[i]);
        }
        // Inside the image all weights count: element (2, 1) of each channel.
        for channel in 0..3 {
            let i = 20 * channel + 2 * 4 + 1;
            assert!((wide.lo[i] - exact.lo[i]).abs() < 1e-9);
            assert!((wide.hi[i] - exact.hi[i]).abs() < 1e-9);
        }
    }
}
