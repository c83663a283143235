//! The tables: one for each function and resolution.

use super::budget;
use crate::float::{Func, Node, Program};
use duces_protocol::classifier::Table;

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

impl Shape {
    /// The next shift from `shift` upwards that the spacing allows.
    #[must_use]
    pub fn spaced(&self, shift: u8) -> u8 {
        match budget::SHIFT.checked_sub(shift) {
            Some(below) if shift > 0 => budget::SHIFT - below / self.spacing * self.spacing,
            _ => shift,
        }
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
    }
}

/// The table of a function on `lo ..= hi`, `step` being the scale of its argument.
#[must_use]
pub fn table(func: &Func, (lo, hi): (i32, i32), step: f64, saturation: i32) -> Table {
    let scale = output_scale(func, step, saturation);
    let at = |q: i32| match func {
        Func::Relu => q.clamp(0, saturation),
        Func::Round => q.clamp(-saturation, saturation),
        Func::LeakyRelu(slope) => {
            let z = if q >= 0 {
                f64::from(q)
            } else {
                slope * f64::from(q)
            };
            (z.round() as i32).clamp(-saturation, saturation)
        }
        Func::Step { .. } => i32::from(q >= 0),
        func => (func.apply(f64::from(q) * step, 0) / scale).round() as i32,
    };
    Table {
        lo,
        outputs: (lo..=hi).map(at).collect(),
    }
}
