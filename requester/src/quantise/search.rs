//! Tries table sizes and keeps the classifier whose scores are nearest to the float model's.

use super::adjustments::Adjustments;
use super::budget::{search, size, steps};
use super::calibrated::Ranges;
use super::emit::{AttemptFailed, Emitted, emit};
use super::error::QuantiseError;
use super::groups::ScaleGroups;
use super::scales::{Choice, Scales};
use super::tables::{Candidate, TableSizes, count_functions, packed_entries, window};
use super::trial::Trial;
use crate::float::{Func, Node, Program, ValueId};
use duces_circuits::tables::Tables;
use duces_protocol::classifier::{self as integer, Classifier};
use std::collections::{BTreeMap, BTreeSet};

/// The classifier chosen.
pub struct Quantised {
    /// The classifier.
    pub classifier: Classifier,
    /// For each value of the program, its value in the classifier.
    pub values: Vec<integer::ValueId>,
    /// The scale of each score.
    pub score_scales: Vec<f64>,
    /// For each saturated value of the program, the shifts of its stages of saturation.
    pub saturation_shifts: BTreeMap<ValueId, Vec<u8>>,
    /// Table sizes and saturated layers.
    pub candidate: Candidate,
}

/// Chooses an integer classifier for a program in legal form, `scores` being the value that the
/// first steps read. Candidates are compared on `views`, without any on synthetic ones.
///
/// Tables that cover every worst case come first. Where they leave too little resolution for the
/// calibration data, the coarsest layers saturate, more of them until it is enough.
///
/// # Errors
/// When no candidate stays within its tables, with the layer that does not.
pub fn quantise(
    program: &Program,
    scores: ValueId,
    ranges: &Ranges,
    views: &[Vec<u8>],
) -> Result<Quantised, QuantiseError> {
    check_functions(program)?;
    let search = Search {
        program,
        functions: count_functions(program),
        groups: ScaleGroups::new(program),
        scores,
        ranges,
        trial: Trial::new(program, scores, views),
        heavy: program.multiplications() > search::HEAVY,
    };
    let mut adjustments = Adjustments::default();
    let sizes = search.worst_case_sizes();
    let best = search.best_for_worst_case(&sizes, &mut adjustments);
    let done = views.is_empty()
        || search.functions == 0
        || best.as_ref().is_ok_and(|best| search.is_enough(best));
    let best = if done {
        best
    } else {
        search.best_saturated(best, &adjustments)
    };
    best.map(|best| best.quantised)
}

/// Refuses functions without a limit, and too many of them.
fn check_functions(program: &Program) -> Result<(), QuantiseError> {
    for (value, node) in (1..).zip(&program.nodes) {
        if let Node::Pointwise(pointwise) = node
            && matches!(pointwise.func, Func::Exp { cap } if cap.is_infinite())
        {
            let reason = "its exponentials have no upper limit in this rule";
            return Err(QuantiseError::layer(program, value, reason));
        }
    }
    let (functions, most) = (count_functions(program), size::FUNCTIONS);
    if functions > most {
        let reason = format!("it uses {functions} different functions, at most {most} fit");
        return Err(QuantiseError::classifier(reason));
    }
    Ok(())
}

/// The best classifier so far.
struct Best {
    quantised: Quantised,
    error: f64,
}

struct Search<'a> {
    program: &'a Program,
    /// Number of different functions.
    functions: usize,
    groups: ScaleGroups,
    scores: ValueId,
    ranges: &'a Ranges,
    trial: Trial<'a>,
    /// Whether evaluation takes so long that fewer sizes are tried.
    heavy: bool,
}

impl Search<'_> {
    /// The best candidate whose tables cover every worst case.
    fn best_for_worst_case(
        &self,
        sizes: &[TableSizes],
        adjustments: &mut Adjustments,
    ) -> Result<Best, QuantiseError> {
        let mut best: Option<Best> = None;
        let mut refusal = None;
        for sizes in sizes {
            let hopeless = |best: &Best| best.error > search::HOPELESS && self.functions > 0;
            if best
                .as_ref()
                .is_some_and(|best| sizes.shift_spacing > 1 || hopeless(best))
            {
                break;
            }
            let candidate = Candidate {
                sizes: *sizes,
                saturated: BTreeSet::new(),
            };
            let mut own = Adjustments::default();
            let found = self.attempt(&candidate, &mut own);
            adjustments.resolutions = own.resolutions;
            match found {
                Ok(found) if best.as_ref().is_none_or(|best| self.improves(best, &found)) => {
                    best = Some(found);
                }
                Ok(_) => {}
                Err(error) => {
                    refusal.get_or_insert(error);
                }
            }
        }
        best.ok_or_else(|| {
            refusal.unwrap_or_else(|| QuantiseError::classifier("no table sizes fit"))
        })
    }

    /// Whether a candidate without saturation is better than the best before it. Where there are
    /// only steps, the new one takes a further row for each step, which has to be worth it.
    fn improves(&self, best: &Best, found: &Best) -> bool {
        if !found.quantised.candidate.sizes.only_steps {
            found.error < best.error
        } else if self.trial.views.is_empty() {
            best.quantised.classifier.largest_weight() < steps::COARSE_WEIGHT
        } else {
            best.error > search::NEGLIGIBLE || !self.agrees(best)
        }
    }

    /// The best candidate of all, once layers saturate: more layers until it is enough.
    fn best_saturated(
        &self,
        mut best: Result<Best, QuantiseError>,
        adjustments: &Adjustments,
    ) -> Result<Best, QuantiseError> {
        let sizes = self.saturated_sizes();
        let is_enough = |best: &Result<Best, _>| best.as_ref().is_ok_and(|b| self.is_enough(b));
        for saturated in self.saturated_sets(adjustments) {
            for sizes in &sizes {
                let candidate = Candidate {
                    sizes: *sizes,
                    saturated: saturated.clone(),
                };
                let Ok(found) = self.attempt(&candidate, &mut Adjustments::default()) else {
                    continue;
                };
                if best.as_ref().is_ok_and(|best| best.error <= found.error) {
                    continue;
                }
                best = Ok(found);
                if self.heavy && is_enough(&best) {
                    break;
                }
            }
            if is_enough(&best) {
                break;
            }
        }
        best
    }

    /// Sets of layers to saturate, the smallest first: those whose tables tell apart the fewest
    /// calibrated values. Layers whose functions share one scale go together.
    fn saturated_sets(&self, adjustments: &Adjustments) -> Vec<BTreeSet<ValueId>> {
        let mut sets: Vec<BTreeSet<ValueId>> = Vec::new();
        for enough in search::RESOLUTIONS {
            let coarse = |value: ValueId| {
                let resolution = adjustments.resolutions.get(&value);
                resolution.is_some_and(|resolution| *resolution < enough)
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
    fn attempt(
        &self,
        candidate: &Candidate,
        adjustments: &mut Adjustments,
    ) -> Result<Best, QuantiseError> {
        let program = self.program;
        for _ in 0..search::ATTEMPTS {
            let choice =
                Scales::choose(program, &self.groups, self.ranges, candidate, adjustments)?;
            let Choice::Made(scales) = choice else {
                continue;
            };
            match emit(program, &scales, candidate, adjustments) {
                Ok(emitted) => return self.measured(emitted, &scales, candidate),
                Err(AttemptFailed::Adjusted) => {}
                Err(AttemptFailed::Refused(error)) => {
                    return Err(QuantiseError::classifier(error.to_string()));
                }
            }
        }
        let factors = adjustments.scale_factors.iter();
        let coarsest = factors.max_by(|a, b| a.1.total_cmp(b.1));
        let reason = "its worst case over all documents does not fit a table";
        Err(match coarsest {
            Some((&value, _)) => QuantiseError::layer(program, value, reason),
            None => QuantiseError::classifier(reason),
        })
    }

    /// Checks the size of the tables and measures the error of the scores.
    fn measured(
        &self,
        emitted: Emitted,
        scales: &Scales<'_>,
        candidate: &Candidate,
    ) -> Result<Best, QuantiseError> {
        let entries = Tables::new(&emitted.classifier).entries().len();
        let room = if candidate.saturated.is_empty() {
            size::TABLES
        } else {
            size::SATURATED_TABLES
        };
        if entries > room + packed_entries(self.program) {
            let reason = format!("its tables have {entries} entries");
            return Err(QuantiseError::classifier(reason));
        }
        let elements = 0..self.program.len_of(self.scores);
        let score_scales: Vec<f64> = elements.map(|i| scales.of(self.scores, i)).collect();
        let scores = emitted.values[self.scores].index();
        let error = self.trial.error(&emitted.classifier, scores, &score_scales);
        let quantised = Quantised {
            classifier: emitted.classifier,
            values: emitted.values,
            saturation_shifts: emitted.saturation_shifts,
            score_scales,
            candidate: candidate.clone(),
        };
        Ok(Best { quantised, error })
    }

    /// Whether the search may end.
    fn is_enough(&self, best: &Best) -> bool {
        best.error <= search::ENOUGH && self.agrees(best)
    }

    fn agrees(&self, best: &Best) -> bool {
        self.trial.agrees(self.program, &best.quantised.classifier)
    }

    /// Table sizes to try where tables cover every worst case.
    fn worst_case_sizes(&self) -> Vec<TableSizes> {
        let mut sizes = if self.functions == 0 {
            step_sizes()
        } else {
            function_sizes(self.functions, step_shift(self.program))
        };
        self.keep_affordable(&mut sizes);
        sizes
    }

    /// Table sizes to try with saturated accumulators, whose excesses take a table more.
    fn saturated_sizes(&self) -> Vec<TableSizes> {
        let step_shift = step_shift(self.program);
        let sizes = |saturation| TableSizes {
            saturation,
            entries: (room(size::SATURATED_TABLES) / (self.functions + 1)).min(size::TABLE),
            negative_share: 0.5,
            step_shift,
            only_steps: false,
            shift_spacing: 1,
        };
        let mut sizes: Vec<TableSizes> = [4095, 2047, 1023, 511, 255].map(sizes).into();
        self.keep_affordable(&mut sizes);
        sizes
    }

    /// Leaves out most sizes where evaluation takes long.
    fn keep_affordable(&self, sizes: &mut Vec<TableSizes>) {
        if self.heavy {
            sizes.retain(|s| s.negative_share == 0.5 && matches!(s.saturation, 1 | 511 | 1023));
        }
    }
}

/// Table sizes to try where all tables are those of steps.
fn step_sizes() -> Vec<TableSizes> {
    let narrow = TableSizes {
        saturation: 1,
        entries: 2,
        negative_share: 0.5,
        step_shift: size::SHIFT,
        only_steps: true,
        shift_spacing: 1,
    };
    let wide = TableSizes {
        step_shift: size::WIDE_SHIFT,
        ..narrow
    };
    // Sums of different widths need range tables of different widths: then a small step table.
    let small = TableSizes {
        only_steps: false,
        shift_spacing: 3,
        ..wide
    };
    vec![narrow, wide, small]
}

/// Table sizes to try where functions other than steps have tables.
fn function_sizes(functions: usize, step_shift: u8) -> Vec<TableSizes> {
    let room = room(size::TABLES);
    let mut sizes = Vec::new();
    for (shift_spacing, parts) in [(1, 1), (1, 2), (3, 2)] {
        let entries = room / (parts * functions);
        for saturation in [511, 1023, 255, 2047] {
            for negative_share in [0.5, 0.35, 0.65] {
                if (saturation as usize) < entries / 2 {
                    sizes.push(TableSizes {
                        saturation,
                        entries,
                        negative_share,
                        step_shift,
                        only_steps: false,
                        shift_spacing,
                    });
                }
            }
        }
    }
    sizes
}

/// The largest shift of step functions beside other functions.
fn step_shift(program: &Program) -> u8 {
    let is_step = |value: &ValueId| {
        let node = program.pointwise(*value);
        node.is_some_and(|node| matches!(node.func, Func::Step { .. }))
    };
    let values = (1..=program.nodes.len()).filter(is_step);
    let elements: usize = values.map(|value| program.len_of(value)).sum();
    if elements <= steps::FEW || elements * steps::WIDE_SHARE <= program.activations() {
        size::WIDE_SHIFT
    } else {
        size::SHIFT
    }
}

/// The entries of `tables` that are left to functions.
fn room(tables: usize) -> usize {
    tables - (1 << size::SHIFT) - 2 * size::STEP - 1
}
