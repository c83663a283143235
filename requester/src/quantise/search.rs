//! Tries table sizes and keeps the classifier whose scores are nearest to the float model's.

use super::emit::{Emitted, Failed, emit};
use super::groups::Groups;
use super::scales::{Lessons, Scales};
use super::tables::{Plan, Shape, functions, packed_entries, window};
use super::trial::Trial;
use super::{QuantiseError, Ranges, budget};
use crate::float::{Func, Node, Program, ValueId};
use duces_circuits::tables::Tables;
use duces_protocol::classifier::{self as integer, Classifier, Map};
use std::collections::{BTreeMap, BTreeSet};

/// The classifier chosen.
pub struct Quantised {
    /// The classifier.
    pub classifier: Classifier,
    /// For each value of the program, its value in the classifier.
    pub names: Vec<integer::ValueId>,
    /// The scale of each score.
    pub score_scales: Vec<f64>,
    /// For each saturated value of the program, the shifts of the stages that cut it down.
    pub cuts: BTreeMap<ValueId, Vec<u8>>,
    /// Table sizes and saturated layers.
    pub plan: Plan,
}

/// Multiplications of one evaluation above which fewer table sizes are tried.
const HEAVY: u64 = 1 << 24;
/// A root mean square error of the scores, relative to their size, that is small enough.
const TOLERANCE: f64 = 0.02;
/// An error that one more row for each step is not worth mending.
const EXACT: f64 = 0.0001;
/// An error that no other table sizes will mend.
const HOPELESS: f64 = 0.25;
/// Layers saturate whose tables tell apart fewer calibrated values than this, by degrees.
const LEVELS: [f64; 6] = [16.0, 32.0, 64.0, 128.0, 256.0, 1024.0];
/// The most different functions: their tables share a budget.
const MAX_FUNCTIONS: usize = 8;
/// Attempts at one candidate.
const ATTEMPTS: usize = 60;

/// Chooses an integer classifier for a program in legal form, `scores` being the value that the
/// first steps read. Candidates are compared on `views`, without views on made-up ones.
///
/// Tables that cover every worst case come first. Where they leave too little resolution for the
/// calibration data, the coarsest layers saturate, more of them until it is enough.
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
    let search = Search {
        program,
        groups: Groups::new(program),
        scores,
        ranges,
        trial: Trial::new(program, scores, views),
    };
    let mut shapes = candidates(program, functions);
    let mut saturating = saturating(&shapes, functions);
    let heavy = program.multiplications() > HEAVY;
    if heavy {
        for shapes in [&mut shapes, &mut saturating] {
            shapes.retain(|s| s.below == 0.5 && matches!(s.saturation, 1 | 511 | 1023));
        }
    }
    let mut lessons = Lessons::default();
    let plain = search.plain(&shapes, functions, &mut lessons);
    let enough = |best: &Best| best.error <= TOLERANCE && search.agrees(best);
    if views.is_empty() || functions == 0 || plain.as_ref().is_ok_and(enough) {
        return plain.map(|best| best.quantised);
    }
    let mut best = plain;
    for saturated in search.saturated(&lessons) {
        for shape in &saturating {
            let plan = Plan {
                shape: *shape,
                saturated: saturated.clone(),
            };
            let Ok(found) = search.attempt(&plan, &mut Lessons::default()) else {
                continue;
            };
            if best.as_ref().is_ok_and(|best| best.error <= found.error) {
                continue;
            }
            best = Ok(found);
            if heavy && best.as_ref().is_ok_and(enough) {
                break;
            }
        }
        if best.as_ref().is_ok_and(enough) {
            break;
        }
    }
    best.map(|best| best.quantised)
}

/// The candidate that is ahead.
struct Best {
    quantised: Quantised,
    error: f64,
}

struct Search<'a> {
    program: &'a Program,
    groups: Groups,
    scores: ValueId,
    ranges: &'a Ranges,
    trial: Trial<'a>,
}

impl Search<'_> {
    /// The best candidate whose tables cover every worst case.
    fn plain(
        &self,
        shapes: &[Shape],
        functions: usize,
        lessons: &mut Lessons,
    ) -> Result<Best, QuantiseError> {
        let mut best: Option<Best> = None;
        let mut refusal = None;
        for shape in shapes {
            let hopeless = |best: &Best| best.error > HOPELESS && functions > 0;
            if best
                .as_ref()
                .is_some_and(|best| shape.spacing > 1 || hopeless(best))
            {
                break;
            }
            let plan = Plan {
                shape: *shape,
                saturated: BTreeSet::new(),
            };
            let mut own = Lessons::default();
            let found = self.attempt(&plan, &mut own);
            lessons.levels = own.levels;
            let found = match found {
                Ok(found) => found,
                Err(error) => {
                    refusal.get_or_insert(error);
                    continue;
                }
            };
            let better = match &best {
                None => true,
                // A further row for each step has to be worth it.
                Some(narrow) if shape.only_steps => {
                    if self.trial.views.is_empty() {
                        largest_weight(&narrow.quantised.classifier) < budget::COARSE
                    } else {
                        narrow.error > EXACT || !self.agrees(narrow)
                    }
                }
                Some(least) => found.error < least.error,
            };
            if better {
                best = Some(found);
            }
        }
        best.ok_or_else(|| {
            refusal.unwrap_or_else(|| QuantiseError {
                layer: "the classifier".to_owned(),
                reason: "no table sizes fit".to_owned(),
            })
        })
    }

    /// Sets of layers to saturate, the smallest first: those whose tables tell apart the fewest
    /// calibrated values. Layers whose functions share one scale go together.
    fn saturated(&self, lessons: &Lessons) -> Vec<BTreeSet<ValueId>> {
        let mut sets: Vec<BTreeSet<ValueId>> = Vec::new();
        for enough in LEVELS {
            let coarse = |value: ValueId| {
                lessons
                    .levels
                    .get(&value)
                    .is_some_and(|levels| *levels < enough)
            };
            let func = |value: ValueId| self.program.pointwise(value).map(|p| &p.func);
            let together = |value: ValueId| {
                let shares = func(value).filter(|func| !func.is_homogeneous());
                let others = (1..=self.program.nodes.len()).filter(|&other| func(other) == shares);
                shares.is_some() && others.into_iter().any(coarse)
            };
            let set = (1..=self.program.nodes.len()).filter(|&value| {
                func(value).is_some_and(|func| window(func).is_some())
                    && (coarse(value) || together(value))
            });
            let set: BTreeSet<ValueId> = set.collect();
            if !set.is_empty() && sets.last() != Some(&set) {
                sets.push(set);
            }
        }
        sets
    }

    /// Chooses scales for one candidate until its bounds hold.
    fn attempt(&self, plan: &Plan, lessons: &mut Lessons) -> Result<Best, QuantiseError> {
        let program = self.program;
        for _ in 0..ATTEMPTS {
            let Some(scales) = Scales::choose(program, &self.groups, self.ranges, plan, lessons)?
            else {
                continue;
            };
            match emit(program, &scales, plan, lessons) {
                Ok(Emitted {
                    classifier,
                    names,
                    cuts,
                }) => {
                    let entries = Tables::new(&classifier).entries().len();
                    let room = if plan.saturated.is_empty() {
                        budget::TABLES
                    } else {
                        budget::SATURATED_TABLES
                    };
                    if entries > room + packed_entries(program) {
                        return Err(QuantiseError {
                            layer: "the classifier".to_owned(),
                            reason: format!("its tables have {entries} entries"),
                        });
                    }
                    let len = program.len_of(self.scores);
                    let quantised = Quantised {
                        classifier,
                        names,
                        cuts,
                        score_scales: (0..len).map(|i| scales.of(self.scores, i)).collect(),
                        plan: plan.clone(),
                    };
                    return Ok(self.measured(quantised));
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

    fn measured(&self, quantised: Quantised) -> Best {
        let name = quantised.names[self.scores].index();
        let scales = &quantised.score_scales;
        let error = self.trial.error(&quantised.classifier, name, scales);
        Best { quantised, error }
    }

    fn agrees(&self, best: &Best) -> bool {
        self.trial.agrees(self.program, &best.quantised.classifier)
    }
}

/// Table sizes to try with saturated accumulators, whose excesses take a table more.
fn saturating(shapes: &[Shape], functions: usize) -> Vec<Shape> {
    let Some(first) = shapes.first() else {
        return Vec::new();
    };
    let shape = |saturation| Shape {
        saturation,
        entries: (room(budget::SATURATED_TABLES) / (functions + 1)).min(budget::TABLE),
        below: 0.5,
        ..*first
    };
    [4095, 2047, 1023, 511, 255].map(shape).into()
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
    let start = if steps <= budget::FEW_STEPS || steps * budget::WIDE_SHARE <= program.activations()
    {
        wide
    } else {
        base
    };
    let room = room(budget::TABLES);
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

/// The entries that are left to functions.
fn room(tables: usize) -> usize {
    tables - (1 << budget::SHIFT) - 2 * budget::STEP - 1
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
