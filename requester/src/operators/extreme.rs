//! Maxima and minima: of constants and a tensor, of branches, along axes.
//!
//! `max(a, b) = b + relu(a − b)`, `min(a, b) = a − relu(a − b)`.

use super::arithmetic::{combine, scale};
use super::clip::clip_to;
use super::elementwise::{fold, together};
use super::max_pool::tournament;
use super::operator::{Operator, operator};
use super::reduce::Axes;
use crate::float::Func;
use crate::float::formula::Binary;
use crate::graph::{Builder, Call, Symbol};
use crate::onnx::Refusal;
use crate::onnx::tensor::Tensor;
use std::rc::Rc;

const REDUCE: &[&str] = &["axes", "keepdims", "noop_with_empty_axes"];

pub(super) const OPERATORS: &[Operator] = &[
    operator!(
        "Max",
        Onnx,
        Table,
        "with constants and of branches",
        &[],
        |c, b| several(c, b, Binary::Max)
    ),
    operator!(
        "Min",
        Onnx,
        Table,
        "with constants and of branches",
        &[],
        |c, b| several(c, b, Binary::Min)
    ),
    operator!(
        "ReduceMax",
        Onnx,
        Table,
        "as a tournament; constant axes",
        REDUCE,
        |c, b| reduce(c, b, 1.0)
    ),
    operator!(
        "ReduceMin",
        Onnx,
        Table,
        "as a tournament; constant axes",
        REDUCE,
        |c, b| reduce(c, b, -1.0)
    ),
];

fn several(
    call: &Call<'_>,
    builder: &mut Builder,
    function: Binary,
) -> Result<Vec<Symbol>, Refusal> {
    let mut result = call.symbol(0)?.clone();
    for index in 1..call.len() {
        result = pair(builder, &result, call.symbol(index)?, function)?;
    }
    Ok(vec![result])
}

fn pair(
    builder: &mut Builder,
    a: &Symbol,
    b: &Symbol,
    function: Binary,
) -> Result<Symbol, Refusal> {
    match (a, b) {
        (Symbol::Constant(a), Symbol::Constant(b)) => {
            return fold(a, b, |a, b| function.apply(a, b));
        }
        (value @ Symbol::Value(own), Symbol::Constant(edge))
        | (Symbol::Constant(edge), value @ Symbol::Value(own))
            if edge.data.len() == 1 && edge.shape.len() <= own.shape.len() =>
        {
            let edge = edge.data[0];
            return match function {
                Binary::Min => clip_to(builder, value, f64::NEG_INFINITY, edge),
                _ => clip_to(builder, value, edge, f64::INFINITY),
            };
        }
        _ => {}
    }
    if let Some(result) = together(builder, function, a, b) {
        return Ok(result);
    }
    let difference = combine(builder, a, b, -1.0)?;
    let difference = builder.value(&difference)?;
    let excess = builder.pointwise(&difference, Func::Relu).into();
    match function {
        Binary::Min => combine(builder, a, &excess, -1.0),
        _ => combine(builder, b, &excess, 1.0),
    }
}

/// The largest of `sign·element` along the axes, times `sign`.
fn reduce(call: &Call<'_>, builder: &mut Builder, sign: f64) -> Result<Vec<Symbol>, Refusal> {
    let symbol = call.symbol(0)?;
    let Some(axes) = Axes::read(call)? else {
        return Ok(vec![symbol.clone()]);
    };
    let groups = axes.groups();
    if groups.iter().any(Vec::is_empty) {
        return Err(Refusal::malformed("it reduces an empty axis"));
    }
    if let Symbol::Constant(tensor) = symbol {
        let extreme = |group: &Vec<usize>| {
            let signed = group.iter().map(|&i| sign * tensor.data[i]);
            sign * signed.fold(f64::NEG_INFINITY, f64::max)
        };
        let data = groups.iter().map(extreme).collect();
        return Ok(vec![Symbol::Constant(Rc::new(Tensor {
            shape: axes.out,
            data,
        }))]);
    }
    let factor = Tensor {
        shape: Vec::new(),
        data: vec![sign],
    };
    let signed = if sign < 0.0 {
        scale(builder, symbol, &factor)?
    } else {
        symbol.clone()
    };
    let signed = builder.value(&signed)?;
    let result = tournament(builder, &signed, axes.out, groups)?.into();
    Ok(vec![if sign < 0.0 {
        scale(builder, &result, &factor)?
    } else {
        result
    }])
}
