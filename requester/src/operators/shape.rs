//! Operators that give the same elements another shape or order.

use super::operator::{Operator, operator};
use crate::graph::call::axis;
use crate::graph::{Builder, Call, Ratio, Symbol, Value};
use crate::onnx::Refusal;
use crate::onnx::tensor::{MAX_RANK, Tensor};
use std::rc::Rc;

pub(super) const OPERATORS: &[Operator] = &[
    operator!("Flatten", Onnx, Folded, "", &["axis"], flatten),
    operator!(
        "Reshape",
        Onnx,
        Folded,
        "constant shape",
        &["allowzero"],
        reshape
    ),
    operator!(
        "Shape",
        Onnx,
        Folded,
        "shapes are fixed",
        &["start", "end"],
        shape_of
    ),
    operator!("Squeeze", Onnx, Folded, "constant axes", &["axes"], squeeze),
    operator!("Transpose", Onnx, Folded, "", &["perm"], transpose),
    operator!(
        "Unsqueeze",
        Onnx,
        Folded,
        "constant axes",
        &["axes"],
        unsqueeze
    ),
];

/// The same elements in the same order with another shape.
pub(super) fn reshaped(symbol: &Symbol, shape: Vec<usize>) -> Result<Symbol, Refusal> {
    let len = shape.iter().try_fold(1usize, |n, &d| n.checked_mul(d));
    let old = symbol.shape().map(|shape| shape.iter().product::<usize>());
    if shape.len() > MAX_RANK || old.is_some_and(|old| len != Some(old)) {
        return Err(Refusal::malformed(format!(
            "it cannot become shape {shape:?}"
        )));
    }
    Ok(match symbol {
        Symbol::Constant(tensor) => Symbol::Constant(Rc::new(Tensor {
            shape,
            data: tensor.data.clone(),
        })),
        Symbol::Value(value) => Symbol::Value(Value {
            id: value.id,
            shape,
        }),
        Symbol::Ratio(ratio) => {
            let numerator = Value {
                id: ratio.numerator.id,
                shape,
            };
            Symbol::Ratio(Ratio {
                numerator,
                ..ratio.clone()
            })
        }
        label @ (Symbol::Label(_) | Symbol::Strings(_)) => label.clone(),
    })
}

/// The shape of input 0; labels have none and pass through shape operators unchanged.
fn input_shape(call: &Call<'_>) -> Result<Option<Vec<usize>>, Refusal> {
    Ok(call.symbol(0)?.shape().map(<[usize]>::to_vec))
}

fn flatten(call: &Call<'_>, _: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let Some(shape) = input_shape(call)? else {
        return Ok(vec![call.symbol(0)?.clone()]);
    };
    let given = call.int("axis", 1)?;
    let split = if given == shape.len() as i64 {
        shape.len()
    } else {
        axis(given, shape.len())?
    };
    let (rows, columns) = shape.split_at(split);
    let flat = vec![rows.iter().product(), columns.iter().product()];
    Ok(vec![reshaped(call.symbol(0)?, flat)?])
}

fn reshape(call: &Call<'_>, _: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let target = call
        .constant(1)?
        .as_integers()
        .map_err(Refusal::malformed)?;
    let Some(old) = input_shape(call)? else {
        return Ok(vec![call.symbol(0)?.clone()]);
    };
    let keep_zero = call.int("allowzero", 0)? != 0;
    let len: usize = old.iter().product();
    let mut shape = Vec::new();
    let mut open = None;
    for (position, &size) in target.iter().enumerate() {
        shape.push(match size {
            0 if !keep_zero => *old.get(position).unwrap_or(&0),
            -1 if open.is_none() => {
                open = Some(position);
                1
            }
            size => usize::try_from(size)
                .map_err(|_| Refusal::malformed(format!("its shape is {target:?}")))?,
        });
    }
    if let Some(position) = open {
        let known = shape
            .iter()
            .try_fold(1usize, |n, &d| n.checked_mul(d))
            .unwrap_or(0);
        let size = len.checked_div(known).filter(|size| size * known == len);
        shape[position] = size.ok_or_else(|| {
            Refusal::malformed(format!("{len} elements do not fit shape {target:?}"))
        })?;
    }
    Ok(vec![reshaped(call.symbol(0)?, shape)?])
}

fn shape_of(call: &Call<'_>, _: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let shape = call.symbol(0)?.tensor_shape()?;
    let clamp = |v: i64| {
        let rank = shape.len() as i64;
        (if v < 0 { v.saturating_add(rank) } else { v }).clamp(0, rank) as usize
    };
    let (start, end) = (
        clamp(call.int("start", 0)?),
        clamp(call.int("end", i64::MAX)?),
    );
    Ok(vec![Symbol::Constant(Rc::new(Tensor::integers(
        &shape[start.min(end)..end],
    )))])
}

fn squeeze(call: &Call<'_>, _: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let Some(shape) = input_shape(call)? else {
        return Ok(vec![call.symbol(0)?.clone()]);
    };
    let mut gone = vec![false; shape.len()];
    match call.int_list("axes", 1)? {
        None => gone
            .iter_mut()
            .zip(&shape)
            .for_each(|(gone, &size)| *gone = size == 1),
        Some(axes) => {
            for given in axes {
                gone[axis(given, shape.len())?] = true;
            }
        }
    }
    let kept = shape
        .iter()
        .zip(&gone)
        .filter(|(_, gone)| !**gone)
        .map(|(&size, _)| size)
        .collect();
    Ok(vec![reshaped(call.symbol(0)?, kept)?])
}

fn unsqueeze(call: &Call<'_>, _: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let Some(shape) = input_shape(call)? else {
        return Ok(vec![call.symbol(0)?.clone()]);
    };
    let axes = call
        .int_list("axes", 1)?
        .ok_or_else(|| Refusal::malformed("its axes are missing"))?;
    let rank = shape.len() + axes.len();
    if rank > MAX_RANK {
        return Err(Refusal::malformed(format!("its output has {rank} axes")));
    }
    let mut new = vec![false; rank];
    for given in axes {
        new[axis(given, rank)?] = true;
    }
    let mut old = shape.iter().copied();
    let sizes = new
        .iter()
        .map(|&new| if new { 1 } else { old.next().unwrap_or(1) })
        .collect();
    Ok(vec![reshaped(call.symbol(0)?, sizes)?])
}

fn transpose(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let symbol = call.symbol(0)?;
    let shape = call.symbol(0)?.tensor_shape()?;
    let given = call.ints("perm")?;
    let perm: Vec<usize> = if given.is_empty() {
        (0..shape.len()).rev().collect()
    } else {
        given
            .iter()
            .map(|&a| axis(a, shape.len()))
            .collect::<Result<_, _>>()?
    };
    let mut sorted = perm.clone();
    sorted.sort_unstable();
    if sorted.into_iter().ne(0..shape.len()) {
        return Err(Refusal::malformed(format!("its perm is {given:?}")));
    }
    let mut strides = vec![1usize; shape.len()];
    for i in (1..shape.len()).rev() {
        strides[i - 1] = strides[i] * shape[i];
    }
    let new: Vec<usize> = perm.iter().map(|&axis| shape[axis]).collect();
    let mut index = vec![0u32];
    for &axis in &perm {
        let step = |&prefix: &u32| (0..shape[axis]).map(move |i| (i, prefix));
        index = index
            .iter()
            .flat_map(step)
            .map(|(i, prefix)| prefix + (i * strides[axis]) as u32)
            .collect();
    }
    Ok(vec![super::movement::rearrange(
        builder, symbol, new, index,
    )?])
}
