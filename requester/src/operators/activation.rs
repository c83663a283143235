//! Functions of one variable: each becomes a table.

use super::arithmetic::{combine, scale};
use super::broadcast::stretch;
use super::clip::clipped;
use super::elementwise::{apply, apply_func};
use super::operator::{Operator, operator};
use crate::float::Func;
use crate::float::formula::{Binary, Formula, Unary};
use crate::graph::{Builder, Call, Symbol};
use crate::onnx::Refusal;
use crate::onnx::tensor::Tensor;
use std::sync::Arc;

/// An operator that applies one function to every element.
macro_rules! unary {
    ($name:literal, $function:ident) => {
        unary!($name, $function, "")
    };
    ($name:literal, $function:ident, $note:literal) => {
        operator!($name, Onnx, Table, $note, |call, builder| {
            let formula = Formula::unary(Unary::$function, &Formula::argument());
            Ok(vec![apply(builder, call.symbol(0)?, &formula)?])
        })
    };
}

pub(super) const OPERATORS: &[Operator] = &[
    unary!("Abs", Abs),
    unary!("Acos", Acos, "where its argument stays in range"),
    unary!("Acosh", Acosh, "where its argument stays in range"),
    unary!("Asin", Asin, "where its argument stays in range"),
    unary!("Asinh", Asinh),
    unary!("Atan", Atan),
    unary!("Atanh", Atanh, "where its argument stays in range"),
    unary!("Ceil", Ceil),
    operator!("Celu", Onnx, Table, "", &["alpha"], celu),
    unary!("Cos", Cos),
    unary!("Cosh", Cosh),
    operator!("Elu", Onnx, Table, "", &["alpha"], elu),
    unary!("Erf", Erf),
    unary!("Exp", Exp),
    unary!("Floor", Floor),
    operator!("Gelu", Onnx, Table, "", &["approximate"], gelu),
    operator!(
        "HardSigmoid",
        Onnx,
        Table,
        "",
        &["alpha", "beta"],
        hard_sigmoid
    ),
    operator!("HardSwish", Onnx, Table, "", |call, builder| times_itself(
        call,
        builder,
        &hard_sigmoid_of(1.0 / 6.0, 0.5)
    )),
    operator!("LeakyRelu", Onnx, Table, "", &["alpha"], leaky_relu),
    unary!("Log", Ln, "where its argument stays positive"),
    operator!("Mish", Onnx, Table, "", mish),
    operator!(
        "PRelu",
        Onnx,
        Table,
        "two rows where the slopes differ",
        p_relu
    ),
    operator!(
        "Reciprocal",
        Onnx,
        Table,
        "where its argument stays away from 0",
        reciprocal
    ),
    operator!("Relu", Onnx, Table, "", relu),
    unary!("Round", Round),
    operator!("Selu", Onnx, Table, "", &["alpha", "gamma"], selu),
    operator!("Shrink", Onnx, Table, "", &["bias", "lambd"], shrink),
    operator!(
        "Sigmoid",
        Onnx,
        Table,
        "free at the end, where the cutoff absorbs it",
        sigmoid
    ),
    unary!("Sign", Sign),
    unary!("Sin", Sin),
    unary!("Sinh", Sinh),
    unary!("Softplus", Softplus),
    operator!("Softsign", Onnx, Table, "", softsign),
    unary!("Sqrt", Sqrt, "where its argument stays positive"),
    operator!("Swish", Onnx, Table, "", &["alpha"], swish),
    operator!(
        "Tanh",
        Onnx,
        Table,
        "free at the end, where the cutoff absorbs it",
        tanh
    ),
    operator!(
        "ThresholdedRelu",
        Onnx,
        Table,
        "",
        &["alpha"],
        thresholded_relu
    ),
];

type Outputs = Result<Vec<Symbol>, Refusal>;

fn binary(function: Binary, a: &Arc<Formula>, b: &Arc<Formula>) -> Arc<Formula> {
    Formula::binary(function, a, b)
}

fn number(number: f64) -> Arc<Formula> {
    Formula::constant(number)
}

/// `factor·y`.
fn times(factor: f64) -> Arc<Formula> {
    binary(Binary::Mul, &number(factor), &Formula::argument())
}

fn one(call: &Call<'_>, builder: &mut Builder, formula: &Arc<Formula>) -> Outputs {
    Ok(vec![apply(builder, call.symbol(0)?, formula)?])
}

fn own(call: &Call<'_>, builder: &mut Builder, func: Func, formula: &Arc<Formula>) -> Outputs {
    Ok(vec![apply_func(builder, call.symbol(0)?, func, formula)?])
}

/// `y·gate(y)`.
fn times_itself(call: &Call<'_>, builder: &mut Builder, gate: &Arc<Formula>) -> Outputs {
    one(
        call,
        builder,
        &binary(Binary::Mul, &Formula::argument(), gate),
    )
}

/// `max(y, 0) + factor·(e^(min(y, 0)/width) − 1)`.
fn elu_of(factor: f64, width: f64) -> Arc<Formula> {
    let y = Formula::argument();
    let below = binary(
        Binary::Div,
        &binary(Binary::Min, &y, &number(0.0)),
        &number(width),
    );
    let curve = binary(
        Binary::Sub,
        &Formula::unary(Unary::Exp, &below),
        &number(1.0),
    );
    let scaled = binary(Binary::Mul, &number(factor), &curve);
    binary(Binary::Add, &binary(Binary::Max, &y, &number(0.0)), &scaled)
}

fn elu(call: &Call<'_>, builder: &mut Builder) -> Outputs {
    one(call, builder, &elu_of(call.float("alpha", 1.0)?, 1.0))
}

fn celu(call: &Call<'_>, builder: &mut Builder) -> Outputs {
    let alpha = call.float("alpha", 1.0)?;
    if alpha == 0.0 {
        return Err(Refusal::malformed("its alpha is 0"));
    }
    one(call, builder, &elu_of(alpha, alpha))
}

fn selu(call: &Call<'_>, builder: &mut Builder) -> Outputs {
    let elu = elu_of(call.float("alpha", 1.673_263_192_176_818_8)?, 1.0);
    let gamma = call.float("gamma", 1.050_701_022_148_132_3)?;
    one(call, builder, &binary(Binary::Mul, &number(gamma), &elu))
}

fn gelu(call: &Call<'_>, builder: &mut Builder) -> Outputs {
    let y = Formula::argument();
    let inner = match call.text("approximate", "none")?.as_str() {
        "none" => Formula::unary(Unary::Erf, &times(0.5f64.sqrt())),
        "tanh" => {
            let cube = binary(Binary::Mul, &y, &binary(Binary::Mul, &y, &y));
            let sum = binary(
                Binary::Add,
                &y,
                &binary(Binary::Mul, &number(0.044_715), &cube),
            );
            let factor = number((2.0 / std::f64::consts::PI).sqrt());
            Formula::unary(Unary::Tanh, &binary(Binary::Mul, &factor, &sum))
        }
        other => {
            return Err(Refusal::malformed(format!(
                "its approximation is '{other}'"
            )));
        }
    };
    let gate = binary(Binary::Add, &number(1.0), &inner);
    times_itself(call, builder, &binary(Binary::Mul, &number(0.5), &gate))
}

/// `min(max(factor·y + offset, 0), 1)`.
fn hard_sigmoid_of(factor: f64, offset: f64) -> Arc<Formula> {
    let line = binary(Binary::Add, &times(factor), &number(offset));
    binary(
        Binary::Min,
        &binary(Binary::Max, &line, &number(0.0)),
        &number(1.0),
    )
}

fn hard_sigmoid(call: &Call<'_>, builder: &mut Builder) -> Outputs {
    one(
        call,
        builder,
        &hard_sigmoid_of(call.float("alpha", 0.2)?, call.float("beta", 0.5)?),
    )
}

fn mish(call: &Call<'_>, builder: &mut Builder) -> Outputs {
    let softplus = Formula::unary(Unary::Softplus, &Formula::argument());
    times_itself(call, builder, &Formula::unary(Unary::Tanh, &softplus))
}

fn swish(call: &Call<'_>, builder: &mut Builder) -> Outputs {
    let gate = Formula::unary(Unary::Sigmoid, &times(call.float("alpha", 1.0)?));
    times_itself(call, builder, &gate)
}

fn softsign(call: &Call<'_>, builder: &mut Builder) -> Outputs {
    let y = Formula::argument();
    let below = binary(Binary::Add, &number(1.0), &Formula::unary(Unary::Abs, &y));
    one(call, builder, &binary(Binary::Div, &y, &below))
}

fn thresholded_relu(call: &Call<'_>, builder: &mut Builder) -> Outputs {
    let alpha = number(call.float("alpha", 1.0)?);
    times_itself(
        call,
        builder,
        &binary(Binary::Above, &Formula::argument(), &alpha),
    )
}

fn shrink(call: &Call<'_>, builder: &mut Builder) -> Outputs {
    let (bias, edge) = (number(call.float("bias", 0.0)?), call.float("lambd", 0.5)?);
    let y = Formula::argument();
    let part =
        |function, gate: &Arc<Formula>| binary(Binary::Mul, gate, &binary(function, &y, &bias));
    let above = part(Binary::Sub, &binary(Binary::Above, &y, &number(edge)));
    let below = part(Binary::Add, &binary(Binary::Above, &number(-edge), &y));
    one(call, builder, &binary(Binary::Add, &above, &below))
}

fn reciprocal(call: &Call<'_>, builder: &mut Builder) -> Outputs {
    one(
        call,
        builder,
        &binary(Binary::Div, &number(1.0), &Formula::argument()),
    )
}

fn relu(call: &Call<'_>, builder: &mut Builder) -> Outputs {
    own(call, builder, Func::Relu, &clipped(0.0, f64::INFINITY))
}

fn sigmoid(call: &Call<'_>, builder: &mut Builder) -> Outputs {
    own(
        call,
        builder,
        Func::Sigmoid,
        &Formula::unary(Unary::Sigmoid, &Formula::argument()),
    )
}

fn tanh(call: &Call<'_>, builder: &mut Builder) -> Outputs {
    own(
        call,
        builder,
        Func::Tanh,
        &Formula::unary(Unary::Tanh, &Formula::argument()),
    )
}

fn leaky(builder: &mut Builder, symbol: &Symbol, slope: f64) -> Result<Symbol, Refusal> {
    let above = clipped(0.0, f64::INFINITY);
    let below = binary(
        Binary::Mul,
        &number(slope),
        &clipped(f64::NEG_INFINITY, 0.0),
    );
    apply_func(
        builder,
        symbol,
        Func::LeakyRelu(slope),
        &binary(Binary::Add, &above, &below),
    )
}

fn leaky_relu(call: &Call<'_>, builder: &mut Builder) -> Outputs {
    Ok(vec![leaky(
        builder,
        call.symbol(0)?,
        call.float("alpha", 0.01)?,
    )?])
}

/// `relu(y) − slope·relu(−y)`.
fn p_relu(call: &Call<'_>, builder: &mut Builder) -> Outputs {
    let symbol = call.symbol(0)?.clone();
    let slopes = call.constant(1)?;
    let first = slopes.data.first().copied().unwrap_or(0.0);
    if slopes.data.iter().all(|&slope| slope == first) {
        return Ok(vec![leaky(builder, &symbol, first)?]);
    }
    let shape = builder.value(&symbol)?.shape;
    let skipped = shape.len().checked_sub(slopes.shape.len());
    let fits = skipped.is_some_and(|skipped| {
        slopes
            .shape
            .iter()
            .zip(&shape[skipped..])
            .all(|(&own, &size)| own == 1 || own == size)
    });
    if !fits {
        let what = format!("slopes of shape {:?} do not fit {shape:?}", slopes.shape);
        return Err(Refusal::malformed(what));
    }
    let spread = stretch(&slopes.shape, &shape);
    let slopes = Tensor {
        shape,
        data: spread.iter().map(|&i| slopes.data[i as usize]).collect(),
    };
    let relu = clipped(0.0, f64::INFINITY);
    let above = apply_func(builder, &symbol, Func::Relu, &relu)?;
    let negative = scale(
        builder,
        &symbol,
        &Tensor {
            shape: Vec::new(),
            data: vec![-1.0],
        },
    )?;
    let below = apply_func(builder, &negative, Func::Relu, &relu)?;
    let below = scale(builder, &below, &slopes)?;
    Ok(vec![combine(builder, &above, &below, -1.0)?])
}
