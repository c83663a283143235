//! The tables: one for each function, with the same sizes for all of them.

use super::budget::size;
use crate::float::{Func, Node, Program, ValueId};
use duces_protocol::classifier::Table;
use std::collections::BTreeSet;

/// What one candidate of the search fixes before scales are chosen.
#[derive(Clone, PartialEq, Debug)]
pub struct Candidate {
    /// Sizes of the tables.
    pub sizes: TableSizes,
    /// The pointwise nodes whose accumulators saturate (`quantise/saturation.rs`).
    pub saturated: BTreeSet<ValueId>,
}

/// How large the tables are: what the search over candidates varies.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct TableSizes {
    /// Where tables of unbounded functions saturate, and the largest output of bounded ones.
    pub saturation: i32,
    /// Entries of each table of a function.
    pub entries: usize,
    /// Entries of the table of excesses, where accumulators saturate.
    pub excess_entries: usize,
    /// The share of a table's entries whose arguments are negative.
    pub negative_share: f64,
    /// The largest shift of step functions, in bits.
    pub step_shift: u8,
    /// Whether there are no tables but those of step functions.
    pub only_steps: bool,
    /// Shifts are this many bits apart, counted from the widest, so that they share range tables.
    pub shift_spacing: u8,
}

impl Candidate {
    /// The arguments `lo ..= hi` of a function's table, those of saturated accumulators included.
    #[must_use]
    pub fn domain(&self, func: &Func) -> (i32, i32) {
        let (lo, hi) = self.sizes.domain(func);
        match self.sizes.saturated_domain(func) {
            Some((a, b)) if !self.saturated.is_empty() => (lo.min(a), hi.max(b)),
            _ => (lo, hi),
        }
    }
}

impl TableSizes {
    /// The smallest shift that the spacing allows and that is at least `shift`.
    #[must_use]
    pub fn round_shift_up(&self, shift: u8) -> u8 {
        match size::SHIFT.checked_sub(shift) {
            Some(below) if shift > 0 => {
                size::SHIFT - below / self.shift_spacing * self.shift_spacing
            }
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
        self.span() / size::CELLS
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
        let sides = |negative_share: f64, entries: usize| {
            let low = (entries as f64 * negative_share) as i32;
            (-low, entries as i32 - 1 - low)
        };
        match func {
            Func::Step { .. } if self.only_steps => sides(0.5, size::TABLE),
            Func::Step { .. } => sides(0.5, 2 * size::STEP),
            Func::Lookup { outputs } => (0, outputs.len() as i32 - 1),
            Func::Round | Func::Tanh | Func::Sigmoid => sides(0.5, self.entries),
            _ => sides(self.negative_share, self.entries),
        }
    }
}

/// The window of a function that may read a saturated accumulator: from multiple `a` up to multiple
/// `b` of [`TableSizes::cell`] its arguments are told apart; below `a` and from `b` on it is constant.
#[must_use]
pub fn window(func: &Func) -> Option<(i32, i32)> {
    match func {
        Func::Relu => Some((0, size::CELLS)),
        Func::LeakyRelu(_) | Func::Round | Func::Sigmoid | Func::Tanh => {
            Some((-size::CELLS, size::CELLS))
        }
        Func::Exp { .. } => Some((-size::CELLS, size::CELLS)),
        Func::Formula { reach, .. } => reach.is_finite().then_some((-size::CELLS, size::CELLS)),
        Func::Clip { lo, hi } if *lo == 0.0 && hi.is_finite() => Some((0, size::CELLS)),
        Func::Clip { lo, hi } if lo.is_finite() && hi.is_finite() => {
            Some((-size::CELLS, size::CELLS))
        }
        Func::Clip { .. } | Func::Step { .. } | Func::Lookup { .. } => None,
    }
}

/// The number of different functions, exact ones (steps and packed bits) aside: each has a table.
#[must_use]
pub fn count_functions(program: &Program) -> usize {
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

/// The scale of the output of a function that is not homogeneous, its argument having
/// the scale `argument_scale`.
#[must_use]
pub fn output_scale(func: &Func, argument_scale: f64, saturation: i32) -> f64 {
    match func {
        Func::Sigmoid | Func::Tanh => 1.0 / f64::from(saturation),
        Func::Exp { cap } => cap / f64::from(saturation),
        Func::Step { .. } | Func::Lookup { .. } => 1.0,
        Func::Clip { .. } | Func::Relu | Func::LeakyRelu(_) | Func::Round => argument_scale,
        Func::Formula { formula, reach } => formula.output_scale(argument_scale, *reach),
    }
}

/// The table of a function on `lo ..= hi`, its argument having the scale `argument_scale`.
#[must_use]
pub fn table(func: &Func, (lo, hi): (i32, i32), argument_scale: f64, saturation: i32) -> Table {
    let scale = output_scale(func, argument_scale, saturation);
    let at = |q: i32| match func {
        Func::Relu => q.clamp(0, saturation),
        Func::Round => q.clamp(-saturation, saturation),
        Func::LeakyRelu(_) => {
            let z = func.apply(f64::from(q.clamp(-saturation, saturation)), 0);
            (z.round() as i32).clamp(-saturation, saturation)
        }
        Func::Step { .. } => i32::from(q >= 0),
        func => (func.apply(f64::from(q) * argument_scale, 0) / scale)
            .round()
            .clamp(-size::OUTPUT, size::OUTPUT) as i32,
    };
    Table {
        lo,
        outputs: (lo..=hi).map(at).collect(),
    }
}
