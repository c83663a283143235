//! Which table sizes are tried, the likeliest first.

use super::budget::size;
use super::budget::steps;
use super::tables::TableSizes;
use crate::float::{Func, Program, ValueId};

/// Table sizes to try where all tables are those of steps.
pub fn step_sizes() -> Vec<TableSizes> {
    let narrow = TableSizes {
        saturation: 1,
        entries: 2,
        excess_entries: 0,
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
pub fn function_sizes(functions: usize, step_shift: u8) -> Vec<TableSizes> {
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
                        excess_entries: 0,
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
pub fn step_shift(program: &Program) -> u8 {
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

/// Table sizes to try once worst cases do not fit small tables: `entries` for each function's table, and
/// as many as there is room for in that of excesses.
pub fn larger_sizes(functions: usize, entries: Option<usize>, step_shift: u8) -> Vec<TableSizes> {
    let small = (room(size::SATURATED_TABLES) / (functions + 1)).min(size::TABLE);
    let sizes = |saturation| TableSizes {
        saturation,
        entries: entries.unwrap_or(small),
        excess_entries: small,
        negative_share: 0.5,
        step_shift,
        only_steps: false,
        shift_spacing: 1,
    };
    [4095, 2047, 1023, 511, 255].map(sizes).into()
}
