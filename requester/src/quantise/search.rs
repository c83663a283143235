//! Tries table sizes and keeps the classifier whose scores are nearest to the float model's.

use super::adjustments::Adjustments;
use super::budget::{search, size, steps};
use super::calibrated::Ranges;
use super::emit::{AttemptFailed, Emitted, emit};
use super::error::QuantiseError;
use super::groups::ScaleGroups;
use super::scales::{Choice, Scales};
use super::sizes;
use super::tables::{Candidate, TableSizes, count_functions, packed_entries};
use super::trade::{self, Resolutions};
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
/// Small tables that cover every worst case come first. Where they leave too little resolution for the
/// calibration data, tables become larger or the coarsest layers saturate, whichever is cheaper to prove
/// for `items` documents, until it is enough.
///
/// # Errors
/// When no candidate stays within its tables, with the layer that does not.
pub fn quantise(
    program: &Program,
    scores: ValueId,
    ranges: &Ranges,
    views: &[Vec<u8>],
    items: u64,
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
        items,
    };
    let mut resolutions = Resolutions::default();
    let sizes = search.worst_case_sizes();
    if let Some(coarse) = search.coarse(&sizes)
        && let Ok(best) =
            search.best_larger(Err(QuantiseError::classifier("no table fits")), &coarse)
    {
        return Ok(best.quantised);
    }
    let best = search.best_for_worst_case(&sizes, &mut resolutions);
    let done = views.is_empty()
        || search.functions == 0
        || best.as_ref().is_err_and(|error| error.too_large)
        || best.as_ref().is_ok_and(|best| search.is_enough(best));
    let best = if done {
        best
    } else {
        search.best_larger(best, &resolutions)
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
    /// How many documents will be proved, about.
    items: u64,
}

impl Search<'_> {
    /// The best candidate whose tables cover every worst case.
    fn best_for_worst_case(
        &self,
        sizes: &[TableSizes],
        resolutions: &mut Resolutions,
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
            *resolutions = Resolutions {
                of: own.resolutions,
                entries: sizes.entries,
            };
            match found {
                Ok(found) if best.as_ref().is_none_or(|best| self.improves(best, &found)) => {
                    best = Some(found);
                }
                Ok(_) => {}
                Err(error) if error.too_large => return Err(error),
                Err(error) => {
                    refusal.get_or_insert(error);
                }
            }
        }
        best.ok_or_else(|| {
            refusal.unwrap_or_else(|| QuantiseError::classifier("no table sizes fit"))
        })
    }

    /// The resolutions of small tables that cover every worst case, where evaluation takes long and the scales
    /// alone tell that these will not do.
    fn coarse(&self, sizes: &[TableSizes]) -> Option<Resolutions> {
        let sizes = *sizes.first()?;
        if !self.heavy || self.trial.views.is_empty() || self.functions == 0 {
            return None;
        }
        let candidate = Candidate {
            sizes,
            saturated: BTreeSet::new(),
        };
        let mut own = Adjustments::default();
        for _ in 0..search::ATTEMPTS {
            let (program, groups) = (self.program, &self.groups);
            match Scales::choose(program, groups, self.ranges, &candidate, &mut own) {
                Ok(Choice::Adjusted) => {}
                Ok(Choice::Made(_)) => break,
                Err(_) => return None,
            }
        }
        let coarse = |resolution: &f64| *resolution < search::RESOLUTIONS[0];
        own.resolutions.values().any(coarse).then_some(Resolutions {
            of: own.resolutions,
            entries: sizes.entries,
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

    /// The best candidate of all with larger tables and saturation: more of both until it is enough.
    fn best_larger(
        &self,
        mut best: Result<Best, QuantiseError>,
        resolutions: &Resolutions,
    ) -> Result<Best, QuantiseError> {
        let is_enough = |best: &Result<Best, _>| best.as_ref().is_ok_and(|b| self.is_enough(b));
        for trade in trade::list(self.program, self.functions, resolutions, self.items) {
            let step_shift = sizes::step_shift(self.program);
            let mut sizes = sizes::larger_sizes(self.functions, trade.entries, step_shift);
            self.keep_affordable(&mut sizes);
            for sizes in sizes {
                let candidate = Candidate {
                    sizes,
                    saturated: trade.saturated.clone(),
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
                    return Err(QuantiseError::too_large(error.to_string()));
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
        let sizes = &candidate.sizes;
        let room = if sizes.excess_entries == 0 {
            size::TABLES
        } else {
            let functions = self.functions * sizes.entries + sizes.excess_entries;
            size::SATURATED_TABLES.max(functions + size::TABLES)
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
            sizes::step_sizes()
        } else {
            sizes::function_sizes(self.functions, sizes::step_shift(self.program))
        };
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
