//! Operators that change nothing in a classifier, and constants.

use super::elementwise::apply;
use super::operator::{Operator, operator};
use super::shape::reshaped;
use crate::float::Func;
use crate::float::formula::{Formula, Unary};
use crate::graph::{Builder, Call, Symbol, Value};
use crate::onnx::Refusal;
use crate::onnx::tensor::{Content, Tensor};
use crate::onnx::types;
use duces_protocol::classifier::limits;
use std::rc::Rc;

pub(super) const OPERATORS: &[Operator] = &[
    operator!("Identity", Onnx, Folded, "", &[], identity),
    operator!(
        "Dropout",
        Onnx,
        Folded,
        "inference only",
        &["ratio", "seed"],
        dropout
    ),
    operator!(
        "Cast",
        Onnx,
        Folded,
        "free to a float type; to whole numbers of 16 bits and more with rows; folded of constants and labels",
        &["round_mode", "saturate", "to"],
        cast
    ),
    operator!(
        "CastLike",
        Onnx,
        Folded,
        "as Cast, to a float type",
        &["round_mode", "saturate"],
        cast_like
    ),
    operator!("EyeLike", Onnx, Folded, "", &["dtype", "k"], eye_like),
    operator!("Range", Onnx, Folded, "of constants", &[], range),
    operator!("Size", Onnx, Folded, "shapes are fixed", &[], size),
    operator!(
        "Constant",
        Onnx,
        Folded,
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
    operator!(
        "ConstantOfShape",
        Onnx,
        Folded,
        "",
        &["value"],
        constant_of_shape
    ),
];

fn identity(call: &Call<'_>, _: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    Ok(vec![call.symbol(0)?.clone()])
}

fn dropout(call: &Call<'_>, _: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let training = call
        .optional_constant(2)?
        .is_some_and(|t| t.data.iter().any(|&v| v != 0.0));
    if training {
        return Err(Refusal::new(
            "it is in training mode",
            "export the model in evaluation mode (model.eval() in PyTorch)",
        ));
    }
    // The mask: nothing is dropped.
    let shape = call.symbol(0)?.shape().unwrap_or_default().to_vec();
    let data = vec![1.0; shape.iter().product()];
    let mask = Symbol::Constant(Rc::new(Tensor { shape, data }));
    Ok(vec![call.symbol(0)?.clone(), mask])
}

fn cast(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let to = call.int("to", 1)?;
    cast_to(call, builder, to)
}

/// To the type of another tensor.
fn cast_like(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let to = call.element_type(1).unwrap_or(1);
    cast_to(call, builder, to.into())
}

fn cast_to(call: &Call<'_>, builder: &mut Builder, to: i64) -> Result<Vec<Symbol>, Refusal> {
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
        (Symbol::Value(value), _) if is_truth(builder, value) => Ok(vec![symbol]),
        (Symbol::Value(_), 5 | 6 | 7 | 12 | 13) => {
            let whole = Formula::unary(Unary::Truncate, &Formula::argument());
            Ok(vec![apply(builder, &symbol, &whole)?])
        }
        _ => Err(Refusal::new(
            format!("it casts a computed tensor to {}", types::name(to)),
            "keep floating point up to the end of the model",
        )),
    }
}

/// Whether a value is the outcome of a comparison, 0 or 1.
fn is_truth(builder: &Builder, value: &Value) -> bool {
    matches!(builder.pointwise_of(value), Some((_, Func::Step { .. })))
}

fn constant(call: &Call<'_>, _: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
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
        return Err(Refusal::malformed("it has no value"));
    };
    Ok(vec![Symbol::Constant(Rc::new(tensor))])
}

fn constant_of_shape(call: &Call<'_>, _: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let sizes = call
        .constant(0)?
        .as_integers()
        .map_err(Refusal::malformed)?;
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
        Some(_) => return Err(Refusal::malformed("its value is not one number")),
    };
    let len = shape.iter().try_fold(1usize, |n, &d| n.checked_mul(d));
    let len = len
        .filter(|&len| len <= limits::VALUE_LEN)
        .ok_or_else(|| Refusal::malformed(format!("its shape {sizes:?} is too large")))?;
    let flat = Symbol::Constant(Rc::new(Tensor {
        shape: vec![len],
        data: vec![fill; len],
    }));
    Ok(vec![reshaped(&flat, shape)?])
}

fn eye_like(call: &Call<'_>, _: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let shape = call.symbol(0)?.shape().unwrap_or_default().to_vec();
    let &[rows, columns] = shape.as_slice() else {
        return Err(Refusal::malformed(format!("its shape is {shape:?}")));
    };
    let k = call.int("k", 0)?;
    let one = |i: usize| {
        let offset = (i % columns) as i64 - (i / columns) as i64;
        f64::from(u8::from(offset == k))
    };
    let data = (0..rows * columns).map(one).collect();
    Ok(vec![Symbol::Constant(Rc::new(Tensor { shape, data }))])
}

fn range(call: &Call<'_>, _: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let mut ends = [0.0; 3];
    for (index, end) in ends.iter_mut().enumerate() {
        let tensor = call.constant(index)?;
        *end = *tensor
            .data
            .first()
            .ok_or_else(|| Refusal::malformed("an end is empty"))?;
    }
    let [start, limit, step] = ends;
    let count = ((limit - start) / step).ceil().max(0.0);
    if !count.is_finite() || count > limits::VALUE_LEN as f64 {
        return Err(Refusal::malformed(format!("it has {count} elements")));
    }
    let data: Vec<f64> = (0..count as usize)
        .map(|i| start + i as f64 * step)
        .collect();
    let shape = vec![data.len()];
    Ok(vec![Symbol::Constant(Rc::new(Tensor { shape, data }))])
}

fn size(call: &Call<'_>, _: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let shape = call.symbol(0)?.shape();
    let shape = shape.ok_or_else(|| Refusal::malformed("its input is not a tensor"))?;
    let data = vec![shape.iter().product::<usize>() as f64];
    Ok(vec![Symbol::Constant(Rc::new(Tensor {
        shape: Vec::new(),
        data,
    }))])
}
