//! The tables: one for each function and resolution.

use super::budget;
use crate::float::{Func, Node, Program, ValueId};
use duces_protocol::classifier::Table;
use std::collections::BTreeSet;

/// Cells from zero to saturation. One more on each side holds what lies outside a window: more cells
/// waste less of the function's table on that, and need a larger table of excesses.
const CELLS: i32 = 4;

/// What one candidate of the search fixes before scales are chosen.
#[derive(Clone, PartialEq, Debug)]
pub struct Plan {
    /// Sizes of the tables.
    pub shape: Shape,
    /// The pointwise nodes whose accumulators saturate ([`super::saturate`]).
    pub saturated: BTreeSet<ValueId>,
}

/// The largest output of a table, where a function has a pole beside the values that it meets.
const LARGEST: f64 = (1 << 24) as f64;

/// How large the tables are: what the search over candidates varies.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Shape {
    /// Where tables of unbounded functions saturate, and the largest output of bounded ones.
    pub saturation: i32,
    /// Entries of each table.
    pub entries: usize,
    /// The share of a table's entries below zero.
    pub below: f64,
    /// Bits of the remainder of steps.
    pub step_shift: u8,
    /// Whether there are no tables but those of steps.
    pub only_steps: bool,
    /// Shifts are this many bits apart, counted from the widest: fewer range tables.
    pub spacing: u8,
}

impl Plan {
    /// The arguments `lo ..= hi` of a function's table, those of saturated accumulators included.
    #[must_use]
    pub fn domain(&self, func: &Func) -> (i32, i32) {
        let (lo, hi) = self.shape.domain(func);
        match self.shape.saturated_domain(func) {
            Some((a, b)) if !self.saturated.is_empty() => (lo.min(a), hi.max(b)),
            _ => (lo, hi),
        }
    }
}

impl Shape {
    /// The next shift from `shift` upwards that the spacing allows.
    #[must_use]
    pub fn spaced(&self, shift: u8) -> u8 {
        match budget::SHIFT.checked_sub(shift) {
            Some(below) if shift > 0 => budget::SHIFT - below / self.spacing * self.spacing,
            _ => shift,
        }
    }

    /// Arguments from zero to saturation, a power of two.
    #[must_use]
    pub fn span(&self) -> i32 {
        self.saturation + 1
    }

    /// Arguments in one cell of a window, a power of two.
    #[must_use]
    pub fn cell(&self) -> i32 {
        self.span() / CELLS
    }

    /// The arguments that a saturated accumulator can have: the window and a cell on each side.
    #[must_use]
    pub fn saturated_domain(&self, func: &Func) -> Option<(i32, i32)> {
        let (a, b) = window(func)?;
        Some(((a - 1) * self.cell(), (b + 1) * self.cell() - 1))
    }

    /// The arguments `lo ..= hi` of a function's table.
    #[must_use]
    pub fn domain(&self, func: &Func) -> (i32, i32) {
        let sides = |below: f64, entries: usize| {
            let low = (entries as f64 * below) as i32;
            (-low, entries as i32 - 1 - low)
        };
        match func {
            Func::Step { .. } if self.only_steps => sides(0.5, budget::TABLE),
            Func::Step { .. } => sides(0.5, 2 * budget::STEP),
            Func::Lookup { outputs } => (0, outputs.len() as i32 - 1),
            Func::Round | Func::Tanh | Func::Sigmoid => sides(0.5, self.entries),
            _ => sides(self.below, self.entries),
        }
    }
}

/// For a function whose table may be read through a saturated accumulator: the multiples `(a, b)` of
/// [`Shape::cell`] between which the function is told apart; below `a` and from `b` on it is constant.
#[must_use]
pub fn window(func: &Func) -> Option<(i32, i32)> {
    match func {
        Func::Relu => Some((0, CELLS)),
        Func::LeakyRelu(_) | Func::Round | Func::Sigmoid | Func::Tanh => Some((-CELLS, CELLS)),
        Func::Exp { .. } => Some((-CELLS, CELLS)),
        Func::Formula { reach, .. } => reach.is_finite().then_some((-CELLS, CELLS)),
        Func::Clip { lo, hi } if *lo == 0.0 && hi.is_finite() => Some((0, CELLS)),
        Func::Clip { lo, hi } if lo.is_finite() && hi.is_finite() => Some((-CELLS, CELLS)),
        Func::Clip { .. } | Func::Step { .. } | Func::Lookup { .. } => None,
    }
}

/// The number of different tables, exact ones (steps and packed bits) aside.
#[must_use]
pub fn functions(program: &Program) -> usize {
    let mut seen: Vec<&Func> = Vec::new();
    for node in &program.nodes {
        if let Node::Pointwise(pointwise) = node {
            let exact = matches!(pointwise.func, Func::Step { .. } | Func::Lookup { .. });
            if !exact && !seen.contains(&&pointwise.func) {
                seen.push(&pointwise.func);
            }
        }
    }
    seen.len()
}

/// Entries of the tables over packed bits.
#[must_use]
pub fn packed_entries(program: &Program) -> usize {
    let entries = program.nodes.iter().filter_map(|node| match node {
        Node::Pointwise(pointwise) => match &pointwise.func {
            Func::Lookup { outputs } => Some(outputs.len()),
            _ => None,
        },
        Node::Linear(_) => None,
    });
    entries.sum()
}

/// The scale of the output of a function that is not homogeneous, its argument's scale being
/// `step`.
#[must_use]
pub fn output_scale(func: &Func, step: f64, saturation: i32) -> f64 {
    match func {
        Func::Sigmoid | Func::Tanh => 1.0 / f64::from(saturation),
        Func::Exp { cap } => cap / f64::from(saturation),
        Func::Step { .. } | Func::Lookup { .. } => 1.0,
        Func::Clip { .. } | Func::Relu | Func::LeakyRelu(_) | Func::Round => step,
        Func::Formula { formula, reach } => formula.output_scale(step, *reach),
    }
}

/// The table of a function on `lo ..= hi`, `step` being the scale of its argument.
#[must_use]
pub fn table(func: &Func, (lo, hi): (i32, i32), step: f64, saturation: i32) -> Table {
    let scale = output_scale(func, step, saturation);
    let at = |q: i32| match func {
        Func::Relu => q.clamp(0, saturation),
        Func::Round => q.clamp(-saturation, saturation),
        Func::LeakyRelu(_) => {
            let z = func.apply(f64::from(q.clamp(-saturation, saturation)), 0);
            (z.round() as i32).clamp(-saturation, saturation)
        }
        Func::Step { .. } => i32::from(q >= 0),
        func => (func.apply(f64::from(q) * step, 0) / scale)
            .round()
            .clamp(-LARGEST, LARGEST) as i32,
    };
    Table {
        lo,
        outputs: (lo..=hi).map(at).collect(),
    }
}
