//! How far the integer classifier and the float model agree on calibration data.

use crate::decision::Decided;
use crate::float::{Func, Node, Program};
use crate::quantise::{Quantised, Ranges};
use duces_circuits::tables::limbs;
use duces_protocol::answers::AnswerKind;
use duces_protocol::classifier::{self as integer, ValueId};
use duces_shell::one_line;
use rayon::prelude::*;
use std::fmt::Write as _;

/// The most items that are listed one by one.
const LISTED: usize = 20;

/// Agreement on calibration data.
pub struct Fidelity {
    /// Items compared.
    pub items: usize,
    /// Of a rule for a match: items that the float model matches, and the integer classifier.
    pub matches: Option<(usize, usize)>,
    /// Items decided differently (of another match or class, or another largest score): index, and
    /// the float score nearest to its cutoff.
    pub differing: Vec<(usize, f64)>,
    /// The largest difference of a score, in the model's own units.
    pub worst_error: f64,
    /// The usual size of a score (root mean square), in the same units.
    pub usual_score: f64,
}

struct One {
    float: usize,
    integer: usize,
    margin: f64,
    worst: f64,
    squares: f64,
}

impl Fidelity {
    /// Evaluates both on every view.
    #[must_use]
    pub fn measure(
        decided: &Decided,
        program: &Program,
        quantised: &Quantised,
        scores: usize,
        views: &[Vec<u8>],
    ) -> Self {
        let emitted = quantised.values[scores].index();
        // Where no expression was clipped, both programs compute the same.
        let clipped = |node: &Node| {
            matches!(node, Node::Pointwise(p)
                if matches!(p.func, Func::Formula { reach, .. } if reach.is_finite()))
        };
        let clipped = program.nodes.iter().any(clipped);
        let compare = |view: &Vec<u8>| {
            let mut values = program.values(view);
            let mut float = values.pop().unwrap_or_default();
            let expected = if scores == values.len() {
                float.clone()
            } else {
                values.swap_remove(scores)
            };
            let mut margins = expected.clone();
            if clipped {
                let mut values = decided.program.values(view);
                float = values.last().cloned().unwrap_or_default();
                margins = values.swap_remove(decided.scores);
            }
            let actual = quantised.classifier.values(view);
            let integers: Vec<f64> = actual
                .last()
                .map_or_else(Vec::new, |z| z.iter().map(|&z| z as f64).collect());
            let ys = actual[emitted].iter().zip(&quantised.score_scales);
            let errors = ys
                .zip(&expected)
                .map(|((&y, scale), e)| (y as f64 * scale - e).abs());
            let small = |a: f64, b: &f64| if b.abs() < a.abs() { *b } else { a };
            One {
                float: program.compared(&float),
                integer: program.compared(&integers),
                margin: match program.answers {
                    AnswerKind::Scores => lead(&margins),
                    _ => margins.iter().fold(f64::INFINITY, small),
                },
                worst: errors.fold(0.0, f64::max),
                squares: expected.iter().map(|e| e * e).sum::<f64>() / expected.len() as f64,
            }
        };
        let all: Vec<One> = views.par_iter().map(compare).collect();
        let differing = all
            .iter()
            .enumerate()
            .filter(|(_, one)| one.float != one.integer);
        Self {
            items: all.len(),
            matches: (program.answers == AnswerKind::Match).then(|| {
                let count = |of: fn(&One) -> usize| all.iter().filter(|one| of(one) == 1).count();
                (count(|one| one.float), count(|one| one.integer))
            }),
            differing: differing.map(|(index, one)| (index, one.margin)).collect(),
            worst_error: all.iter().map(|one| one.worst).fold(0.0, f64::max),
            usual_score: (all.iter().map(|one| one.squares).sum::<f64>() / all.len().max(1) as f64)
                .sqrt(),
        }
    }

    /// Agreement as a percentage.
    #[must_use]
    pub fn percent(&self) -> f64 {
        100.0 * (self.items - self.differing.len()) as f64 / self.items.max(1) as f64
    }

    /// The table that `draft` prints. `name` gives an item's name.
    #[must_use]
    pub fn table(&self, name: impl Fn(usize) -> String) -> String {
        let mut text = String::new();
        let mut line = |label: &str, value: String| {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "  {label:<24}{value}");
        };
        line("items compared", self.items.to_string());
        if let Some((float, integer)) = self.matches {
            line("matches, float model", float.to_string());
            line("matches, integers", integer.to_string());
        }
        line(
            "same decision",
            format!(
                "{} of {} ({:.3} %)",
                self.items - self.differing.len(),
                self.items,
                self.percent()
            ),
        );
        line(
            "worst error of a score",
            format!(
                "{:.3e}, where scores are about {:.3e}",
                self.worst_error, self.usual_score
            ),
        );
        for (index, margin) in self.differing.iter().take(LISTED) {
            line(
                "decided differently",
                format!("{}: {margin:.3e} from its cutoff", name(*index)),
            );
        }
        if self.differing.len() > LISTED {
            line("", format!("and {} more", self.differing.len() - LISTED));
        }
        text
    }
}

/// How far the largest score is above the next.
fn lead(scores: &[f64]) -> f64 {
    let mut sorted = scores.to_vec();
    sorted.sort_unstable_by(|a, b| b.total_cmp(a));
    match sorted[..] {
        [first, second, ..] => first - second,
        _ => f64::INFINITY,
    }
}

/// One line for each table: what it reads and what it can tell apart.
#[must_use]
pub fn layers(program: &Program, quantised: &Quantised, ranges: &Ranges) -> String {
    let classifier = &quantised.classifier;
    let mut text = format!(
        "  {:<34} {:>10} {:>8} {:>11} {:>13} {:>5} {:>9} {:>8}\n",
        "layer", "function", "elements", "calibrated", "argument", "shift", "weights", "rows"
    );
    let mut saturated = 0;
    for (value, node) in (1..).zip(&program.nodes) {
        let Node::Pointwise(pointwise) = node else {
            continue;
        };
        let Some(integer::Node::Pointwise(own)) = classifier
            .nodes()
            .get(quantised.values[value].index().wrapping_sub(1))
        else {
            continue;
        };
        let (lo, hi) = classifier.bounds().values[own.source.index()];
        let len = program.len_of(value);
        let reached = (0..len)
            .filter_map(|i| ranges.largest(value, i))
            .reduce(f64::max);
        let reached = match (&pointwise.func, reached) {
            (Func::Step { .. }, _) | (_, None) => "-".to_owned(),
            (_, Some(reached)) => format!("{reached:.3}"),
        };
        let stages = quantised.saturation_shifts.get(&value);
        let stages = stages.map_or(&[][..], Vec::as_slice);
        let more = len * stages.iter().map(|&shift| rows(shift)).sum::<usize>();
        saturated += more;
        let origin: String = one_line(&pointwise.origin).chars().take(34).collect();
        let _ = writeln!(
            text,
            "  {origin:<34} {:>10} {len:>8} {reached:>11} {:>13} {:>5} {:>9} {:>8}",
            pointwise.func.name(),
            format!("{}..{}", lo >> own.shift, hi >> own.shift),
            own.shift,
            weights(classifier, quantised.values[pointwise.source]),
            format!(
                "{}{}",
                len * rows(own.shift) + more,
                if more > 0 { "*" } else { "" }
            ),
        );
    }
    if saturated > 0 {
        let _ = writeln!(
            text,
            "  * saturates: outside the calibrated range it is constant. That takes {saturated} of \
             the rows of each document."
        );
    }
    text
}

/// Rows that an element takes whose remainder has `shift` bits.
fn rows(shift: u8) -> usize {
    limbs(shift).len().div_ceil(2)
}

/// The largest weight of a linear node, in bits.
fn weights(classifier: &integer::Classifier, value: ValueId) -> String {
    let Some(integer::Node::Linear(linear)) = classifier.nodes().get(value.index().wrapping_sub(1))
    else {
        return String::new();
    };
    format!(
        "{} bit",
        u32::BITS - linear.largest_weight().leading_zeros()
    )
}
