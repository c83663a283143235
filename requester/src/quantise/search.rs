//! Tries table sizes and keeps the classifier whose scores are nearest to the float model's.

use super::emit::{Emitted, Failed, emit};
use super::groups::Groups;
use super::scales::{Attempt, Lessons, Scales};
use super::tables::{Shape, functions, packed_entries};
use super::{QuantiseError, Ranges, budget};
use crate::float::{Func, Node, Program, ValueId};
use duces_protocol::classifier::{self as integer, Classifier, Map};
use rayon::prelude::*;
use std::collections::BTreeSet;

/// The classifier chosen.
pub struct Quantised {
    /// The classifier.
    pub classifier: Classifier,
    /// For each value of the program, its value in the classifier.
    pub names: Vec<integer::ValueId>,
    /// The scale of each score.
    pub score_scales: Vec<f64>,
    /// For each pointwise node of the program: scale of the argument's first element and shift.
    pub shape: Shape,
}

/// Multiplications that comparing candidates may cost.
const EFFORT: u64 = 1 << 32;
/// The most different functions: their tables share a budget.
const MAX_FUNCTIONS: usize = 8;
/// Attempts at one candidate.
const ATTEMPTS: usize = 60;

/// Chooses an integer classifier for a program in legal form, `scores` being the value that the
/// first steps read. Candidates are compared on `views`, without views on made-up ones.
///
/// # Errors
/// When no candidate stays within its tables, with the layer that stands in the way.
pub fn quantise(
    program: &Program,
    scores: ValueId,
    ranges: &Ranges,
    views: &[Vec<u8>],
) -> Result<Quantised, QuantiseError> {
    for node in &program.nodes {
        if let Node::Pointwise(pointwise) = node
            && matches!(pointwise.func, Func::Exp { cap } if cap.is_infinite())
        {
            return Err(QuantiseError {
                layer: pointwise.origin.clone(),
                reason: "its exponentials have no upper limit in this rule".to_owned(),
            });
        }
    }
    let functions = functions(program);
    if functions > MAX_FUNCTIONS {
        return Err(QuantiseError {
            layer: "the classifier".to_owned(),
            reason: format!("it uses {functions} different functions, at most {MAX_FUNCTIONS} fit"),
        });
    }
    let groups = Groups::new(program);
    let shapes = candidates(program, functions);
    let cost = program.multiplications().max(1) * shapes.len() as u64;
    let count = usize::try_from(EFFORT / cost).unwrap_or(0).clamp(16, 1024);
    let sample: Vec<Vec<u8>> = if views.is_empty() {
        synthetic(program.input_len)
    } else {
        views
            .iter()
            .step_by(views.len().div_ceil(count))
            .cloned()
            .collect()
    };
    let reference: Vec<Vec<f64>> = sample
        .par_iter()
        .map(|view| program.values(view).swap_remove(scores))
        .collect();
    let mut best: Option<(f64, Quantised)> = None;
    let mut refusal = None;
    for shape in shapes {
        if shape.spacing > 1 && best.is_some() {
            break;
        }
        let quantised = match attempt(program, &groups, scores, ranges, &shape) {
            Ok(quantised) => quantised,
            Err(error) => {
                refusal.get_or_insert(error);
                continue;
            }
        };
        let error = error(&quantised, scores, &sample, &reference);
        let better = match &best {
            None => true,
            // A further row for each step has to be worth it.
            Some((_, narrow)) if shape.only_steps => {
                if views.is_empty() {
                    largest_weight(&narrow.classifier) < budget::COARSE
                } else {
                    1000 * disagreements(program, narrow, views) > views.len()
                }
            }
            Some((least, _)) => error < *least,
        };
        if better {
            best = Some((error, quantised));
        }
    }
    best.map(|(_, quantised)| quantised).ok_or_else(|| {
        refusal.unwrap_or_else(|| QuantiseError {
            layer: "the classifier".to_owned(),
            reason: "no table sizes fit".to_owned(),
        })
    })
}

/// Table sizes to try.
fn candidates(program: &Program, functions: usize) -> Vec<Shape> {
    let base = Shape {
        saturation: 1,
        entries: 2,
        below: 0.5,
        step_shift: budget::SHIFT,
        only_steps: functions == 0,
        spacing: 1,
    };
    let wide = Shape {
        step_shift: budget::WIDE_SHIFT,
        ..base
    };
    if functions == 0 {
        // Sums of different widths need range tables of different widths: then a small step table.
        let small = Shape {
            only_steps: false,
            spacing: 3,
            ..wide
        };
        return vec![base, wide, small];
    }
    let steps: usize = (1..=program.nodes.len())
        .filter(|&value| {
            program
                .pointwise(value)
                .is_some_and(|p| matches!(p.func, Func::Step { .. }))
        })
        .map(|value| program.len_of(value))
        .sum();
    let start = if steps * budget::WIDE_SHARE <= program.activations() {
        wide
    } else {
        base
    };
    let room = budget::TABLES - (1 << budget::SHIFT) - 2 * budget::STEP - 1;
    let mut shapes = Vec::new();
    for (spacing, parts) in [(1, 1), (1, 2), (3, 2)] {
        let entries = room / (parts * functions);
        for saturation in [511, 1023, 255, 2047] {
            for below in [0.5, 0.35, 0.65] {
                if (saturation as usize) < entries / 2 {
                    shapes.push(Shape {
                        saturation,
                        entries,
                        below,
                        spacing,
                        ..start
                    });
                }
            }
        }
    }
    shapes
}

/// Chooses scales for one candidate until its bounds hold.
fn attempt(
    program: &Program,
    groups: &Groups,
    scores: ValueId,
    ranges: &Ranges,
    shape: &Shape,
) -> Result<Quantised, QuantiseError> {
    let mut lessons = Lessons::default();
    for _ in 0..ATTEMPTS {
        let scales = match Scales::choose(program, groups, ranges, shape, &mut lessons)? {
            Attempt::Done(scales) => scales,
            Attempt::Again => continue,
        };
        match emit(program, &scales, shape, &mut lessons) {
            Ok(Emitted { classifier, names }) => {
                let entries = table_entries(&classifier);
                if entries > budget::TABLES + packed_entries(program) {
                    return Err(QuantiseError {
                        layer: "the classifier".to_owned(),
                        reason: format!("its tables have {entries} entries"),
                    });
                }
                let len = program.len_of(scores);
                let score_scales = (0..len).map(|i| scales.of(scores, i)).collect();
                return Ok(Quantised {
                    classifier,
                    names,
                    score_scales,
                    shape: *shape,
                });
            }
            Err(Failed::Again) => {}
            Err(Failed::Refused(error)) => {
                return Err(QuantiseError {
                    layer: "the classifier".to_owned(),
                    reason: error.to_string(),
                });
            }
        }
    }
    let layer = lessons
        .coarser
        .iter()
        .max_by(|a, b| a.1.total_cmp(b.1))
        .map(|(value, _)| *value);
    Err(QuantiseError {
        layer: layer.map_or("the classifier".to_owned(), |value| {
            program.nodes[value - 1].origin().to_owned()
        }),
        reason: "its worst case over all documents does not fit a table".to_owned(),
    })
}

/// Entries of all tables, those of the remainders' limbs included.
#[must_use]
pub fn table_entries(classifier: &Classifier) -> usize {
    let mut limbs = BTreeSet::new();
    for (_, pointwise) in classifier.pointwise() {
        // One limb beside q; further ones in pairs, as even as possible.
        let shift = pointwise.shift;
        let count = 1 + 2 * shift
            .saturating_sub(budget::SHIFT)
            .div_ceil(2 * budget::SHIFT);
        limbs.extend((0..count).map(|i| shift / count + u8::from(i < shift % count)));
    }
    let functions: usize = classifier
        .tables()
        .iter()
        .map(|table| table.outputs.len())
        .sum();
    functions + limbs.iter().map(|&bits| 1usize << bits).sum::<usize>()
}

/// Root mean square error of the scores, each relative to its usual size.
fn error(
    quantised: &Quantised,
    scores: ValueId,
    sample: &[Vec<u8>],
    reference: &[Vec<f64>],
) -> f64 {
    let name = quantised.names[scores].index();
    let squares: Vec<(f64, f64)> = sample
        .par_iter()
        .zip(reference)
        .map(|(view, expected)| {
            let values = quantised.classifier.values(view);
            let pairs = values[name]
                .iter()
                .zip(expected)
                .zip(&quantised.score_scales);
            pairs.fold((0.0, 0.0), |(error, size), ((&y, expected), scale)| {
                (
                    error + (y as f64 * scale - expected).powi(2),
                    size + expected.powi(2),
                )
            })
        })
        .collect();
    let (error, size) = squares
        .iter()
        .fold((0.0, 0.0), |(a, b), (c, d)| (a + c, b + d));
    (error / size.max(f64::MIN_POSITIVE)).sqrt()
}

fn disagreements(program: &Program, quantised: &Quantised, views: &[Vec<u8>]) -> usize {
    let differs = |view: &&Vec<u8>| quantised.classifier.matches(view) != program.matches(view);
    views.par_iter().filter(differs).count()
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

fn largest_weight(classifier: &Classifier) -> i64 {
    let largest = |map: &Map| match map {
        Map::Scale(w) => i64::from(w.unsigned_abs()),
        Map::Select(_) => 1,
        Map::Dense(w) | Map::Conv(integer::Conv { weights: w, .. }) => largest_of(w),
        Map::Sparse(sparse) => largest_of(&sparse.values),
    };
    let terms = classifier.nodes().iter().filter_map(|node| match node {
        integer::Node::Linear(linear) => Some(&linear.terms),
        integer::Node::Pointwise(_) => None,
    });
    terms
        .flatten()
        .map(|term| largest(&term.map))
        .max()
        .unwrap_or(0)
}

fn largest_of(weights: &[i32]) -> i64 {
    weights
        .iter()
        .map(|w| i64::from(w.unsigned_abs()))
        .max()
        .unwrap_or(0)
}
