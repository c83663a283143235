//! `Clip`, and clipping for other operators.

use super::elementwise::apply_func;
use super::operator::{Operator, operator};
use crate::float::Func;
use crate::float::formula::{Binary, Formula};
use crate::graph::{Builder, Call, Symbol};
use crate::onnx::Refusal;
use std::sync::Arc;

pub(super) const OPERATORS: &[Operator] = &[operator!(
    "Clip",
    Onnx,
    Table,
    "Relu6 and the like; constant ends",
    &["min", "max"],
    clip
)];

/// `min(max(y, lo), hi)`.
pub(super) fn clipped(lo: f64, hi: f64) -> Arc<Formula> {
    let mut formula = Formula::argument();
    if lo.is_finite() {
        formula = Formula::binary(Binary::Max, &formula, &Formula::constant(lo));
    }
    if hi.is_finite() {
        formula = Formula::binary(Binary::Min, &formula, &Formula::constant(hi));
    }
    formula
}

/// Clips to an interval, either end of which may be infinite.
pub(super) fn clip_to(
    builder: &mut Builder,
    symbol: &Symbol,
    lo: f64,
    hi: f64,
) -> Result<Symbol, Refusal> {
    match (lo, hi) {
        (f64::NEG_INFINITY, f64::INFINITY) => Ok(symbol.clone()),
        (0.0, f64::INFINITY) => apply_func(builder, symbol, Func::Relu, &clipped(lo, hi)),
        _ => apply_func(builder, symbol, Func::Clip { lo, hi }, &clipped(lo, hi)),
    }
}

fn clip(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let end = |name: &str, index: usize, open: f64| match call.optional_constant(index)? {
        Some(tensor) if tensor.data.len() == 1 => Ok(tensor.data[0]),
        Some(_) => Err(Refusal::malformed(format!(
            "its input {index} is not one number"
        ))),
        None if call.has(name) => call.float(name, 0.0),
        None => Ok(open),
    };
    let (lo, hi) = (
        end("min", 1, f64::NEG_INFINITY)?,
        end("max", 2, f64::INFINITY)?,
    );
    // Old exports write the largest float for an open end.
    let open = |v: f64| {
        if v.abs() >= f64::from(f32::MAX) {
            v.signum() * f64::INFINITY
        } else {
            v
        }
    };
    let (lo, hi) = (open(lo), open(hi));
    if lo > hi {
        return Err(Refusal::malformed(format!("it clips to {lo} to {hi}")));
    }
    Ok(vec![clip_to(builder, call.symbol(0)?, lo, hi)?])
}
