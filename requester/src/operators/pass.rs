//! Operators that change nothing here, and constants.

use super::shape::reshaped;
use super::{Domain, Operator, Support};
use crate::lower::{Builder, Call, Symbol, Unsupported};
use crate::onnx::tensor::{Content, Tensor};
use duces_protocol::classifier::limits;
use std::rc::Rc;

macro_rules! operator {
    ($name:literal, $note:literal, $attributes:expr, $lower:ident) => {
        Operator {
            name: $name,
            domain: Domain::Onnx,
            support: Support::Folded,
            note: $note,
            attributes: $attributes,
            lower: $lower,
        }
    };
}

pub(super) const OPERATORS: &[Operator] = &[
    operator!("Identity", "", &[], identity),
    operator!("Dropout", "inference only", &["ratio", "seed"], dropout),
    operator!(
        "Cast",
        "to a float type, and of constants and labels",
        &["to", "saturate"],
        cast
    ),
    operator!(
        "Constant",
        "",
        &[
            "value",
            "value_float",
            "value_floats",
            "value_int",
            "value_ints",
            "value_string",
            "value_strings"
        ],
        constant
    ),
    operator!("ConstantOfShape", "", &["value"], constant_of_shape),
];

fn identity(call: &Call<'_>, _: &mut Builder) -> Result<Vec<Symbol>, Unsupported> {
    Ok(vec![call.symbol(0)?.clone()])
}

fn dropout(call: &Call<'_>, _: &mut Builder) -> Result<Vec<Symbol>, Unsupported> {
    let training = call
        .optional_constant(2)?
        .is_some_and(|t| t.data.iter().any(|&v| v != 0.0));
    if training
        || call
            .node
            .output
            .iter()
            .skip(1)
            .any(|output| !output.is_empty())
    {
        return Err(Unsupported::new(
            "it is in training mode",
            "export the model in evaluation mode (model.eval() in PyTorch)",
        ));
    }
    Ok(vec![call.symbol(0)?.clone()])
}

fn cast(call: &Call<'_>, _: &mut Builder) -> Result<Vec<Symbol>, Unsupported> {
    let to = call.int("to", 1)?;
    let symbol = call.symbol(0)?.clone();
    match (&symbol, to) {
        (Symbol::Label(_) | Symbol::Strings(_), _) | (_, 1 | 10 | 11 | 16) => Ok(vec![symbol]),
        (Symbol::Constant(tensor), 2..=7 | 9 | 12 | 13) => {
            let whole = |&v: &f64| {
                if to == 9 {
                    f64::from(u8::from(v != 0.0))
                } else {
                    v.trunc()
                }
            };
            let data = tensor.data.iter().map(whole).collect();
            Ok(vec![Symbol::Constant(Rc::new(Tensor {
                shape: tensor.shape.clone(),
                data,
            }))])
        }
        _ => Err(Unsupported::new(
            format!("it casts a computed tensor to type {to}, which rounds"),
            "keep floating point up to the end of the model",
        )),
    }
}

fn constant(call: &Call<'_>, _: &mut Builder) -> Result<Vec<Symbol>, Unsupported> {
    let list = |data: Vec<f64>| Tensor {
        shape: vec![data.len()],
        data,
    };
    let scalar = |value: f64| Tensor {
        shape: Vec::new(),
        data: vec![value],
    };
    let tensor = if call.has("value") {
        match call.tensor("value")? {
            Content::Numbers(tensor) => tensor,
            Content::Strings(strings) => return Ok(vec![Symbol::Strings(strings)]),
        }
    } else if call.has("value_float") {
        scalar(call.float("value_float", 0.0)?)
    } else if call.has("value_int") {
        scalar(call.int("value_int", 0)? as f64)
    } else if call.has("value_floats") {
        list(call.floats("value_floats")?)
    } else if call.has("value_ints") {
        list(call.ints("value_ints")?.iter().map(|&v| v as f64).collect())
    } else if call.has("value_strings") {
        return Ok(vec![Symbol::Strings(call.texts("value_strings")?)]);
    } else if call.has("value_string") {
        return Ok(vec![Symbol::Strings(vec![call.text("value_string", "")?])]);
    } else {
        return Err(Unsupported::malformed("it has no value"));
    };
    Ok(vec![Symbol::Constant(Rc::new(tensor))])
}

fn constant_of_shape(call: &Call<'_>, _: &mut Builder) -> Result<Vec<Symbol>, Unsupported> {
    let sizes = call
        .constant(0)?
        .as_integers()
        .map_err(Unsupported::malformed)?;
    let shape: Vec<usize> = sizes
        .iter()
        .map(|&s| usize::try_from(s).unwrap_or(usize::MAX))
        .collect();
    let fill = match call
        .has("value")
        .then(|| call.tensor("value"))
        .transpose()?
    {
        Some(Content::Numbers(tensor)) if tensor.data.len() == 1 => tensor.data[0],
        None => 0.0,
        Some(_) => return Err(Unsupported::malformed("its value is not one number")),
    };
    let len = shape.iter().try_fold(1usize, |n, &d| n.checked_mul(d));
    let len = len
        .filter(|&len| len <= limits::VALUE_LEN)
        .ok_or_else(|| Unsupported::malformed(format!("its shape {sizes:?} is too large")))?;
    let flat = Symbol::Constant(Rc::new(Tensor {
        shape: vec![len],
        data: vec![fill; len],
    }));
    Ok(vec![reshaped(&flat, shape)?])
}
