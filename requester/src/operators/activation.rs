//! Functions of one variable: each becomes a table.

use super::{Domain, Operator, Support};
use crate::float::Func;
use crate::lower::{Builder, Call, Symbol, Unsupported};
use crate::onnx::tensor::Tensor;
use std::rc::Rc;

macro_rules! operator {
    ($name:literal, $note:literal, $attributes:expr, $lower:ident) => {
        Operator {
            name: $name,
            domain: Domain::Onnx,
            support: Support::Table,
            note: $note,
            attributes: $attributes,
            lower: $lower,
        }
    };
}

pub(super) const OPERATORS: &[Operator] = &[
    operator!("Relu", "", &[], relu),
    operator!("LeakyRelu", "", &["alpha"], leaky_relu),
    operator!(
        "Clip",
        "Relu6 and the like; constant ends",
        &["min", "max"],
        clip
    ),
    operator!(
        "Sigmoid",
        "free at the end, where the cutoff absorbs it",
        &[],
        sigmoid
    ),
    operator!(
        "Tanh",
        "free at the end, where the cutoff absorbs it",
        &[],
        tanh
    ),
];

fn apply(call: &Call<'_>, builder: &mut Builder, func: Func) -> Result<Vec<Symbol>, Unsupported> {
    if let Symbol::Constant(tensor) = call.symbol(0)? {
        let data = tensor.data.iter().map(|&y| func.apply(y, 0)).collect();
        return Ok(vec![Symbol::Constant(Rc::new(Tensor {
            shape: tensor.shape.clone(),
            data,
        }))]);
    }
    let value = builder.value(call.symbol(0)?)?;
    Ok(vec![builder.pointwise(&value, func).into()])
}

fn relu(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Unsupported> {
    apply(call, builder, Func::Relu)
}

fn leaky_relu(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Unsupported> {
    let slope = call.float("alpha", 0.01)?;
    apply(call, builder, Func::LeakyRelu(slope))
}

fn clip(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Unsupported> {
    let end = |name: &str, index: usize, open: f64| match call.optional_constant(index)? {
        Some(tensor) if tensor.data.len() == 1 => Ok(tensor.data[0]),
        Some(_) => Err(Unsupported::malformed(format!(
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
        return Err(Unsupported::malformed(format!("it clips to {lo} to {hi}")));
    }
    match (lo, hi) {
        (f64::NEG_INFINITY, f64::INFINITY) => Ok(vec![call.symbol(0)?.clone()]),
        (0.0, f64::INFINITY) => apply(call, builder, Func::Relu),
        _ => apply(call, builder, Func::Clip { lo, hi }),
    }
}

fn sigmoid(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Unsupported> {
    apply(call, builder, Func::Sigmoid)
}

fn tanh(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Unsupported> {
    apply(call, builder, Func::Tanh)
}
