//! Comparisons, logic and choice. True is 1, false is 0.

use super::arithmetic::{combine, scale};
use super::broadcast::{Broadcast, stretch};
use super::elementwise::{fold, in_common, together};
use super::operator::{Operator, operator};
use crate::float::formula::{Binary, Formula};
use crate::float::map::ZERO;
use crate::float::{Func, Map, Term};
use crate::graph::{Builder, Call, Symbol, Value};
use crate::onnx;
use crate::onnx::Refusal;
use crate::onnx::tensor::Tensor;
use std::rc::Rc;

pub(super) const OPERATORS: &[Operator] = &[
    operator!("Greater", Onnx, Table, "", |call, builder| ordered(
        call, builder, false, true
    )),
    operator!("GreaterOrEqual", Onnx, Table, "", |call, builder| ordered(
        call, builder, false, false
    )),
    operator!("Less", Onnx, Table, "", |call, builder| ordered(
        call, builder, true, true
    )),
    operator!("LessOrEqual", Onnx, Table, "", |call, builder| ordered(
        call, builder, true, false
    )),
    operator!("Equal", Onnx, Table, "two rows for each element", equal),
    operator!("Not", Onnx, Linear, "", not),
    operator!("And", Onnx, Table, "", |call, builder| logic(
        call,
        builder,
        Binary::Mul,
        2.0
    )),
    operator!("Or", Onnx, Table, "", |call, builder| logic(
        call,
        builder,
        Binary::Max,
        1.0
    )),
    operator!("Xor", Onnx, Table, "", xor),
    operator!(
        "Where",
        Onnx,
        Linear,
        "a constant condition, or a choice between constants",
        choose
    ),
    operator!(
        "IsNaN",
        Onnx,
        Folded,
        "never: no value of a classifier is",
        never
    ),
    operator!(
        "IsInf",
        Onnx,
        Folded,
        "never: no value of a classifier is",
        &["detect_negative", "detect_positive"],
        never
    ),
    operator!("Binarizer", Ml, Table, "", &["threshold"], binarizer),
    operator!(
        "Imputer",
        Ml,
        Folded,
        "for missing values, of which there are none; two rows for each element otherwise",
        &["imputed_value_floats", "replaced_value_float"],
        imputer
    ),
];

/// `x > threshold` of `ai.onnx.ml`.
fn binarizer(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let threshold = number(call.float("threshold", 0.0)?);
    let difference = combine(builder, call.symbol(0)?, &threshold, -1.0)?;
    let difference = builder.value(&difference)?;
    Ok(vec![step(builder, &difference, true).into()])
}

/// Elements equal to one number are replaced; no element is missing (NaN).
fn imputer(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let value = call.value(0)?.clone();
    let replaced = onnx::attribute(call.node, "replaced_value_float");
    let Some(replaced) = replaced.map(|a| f64::from(a.f)).filter(|v| v.is_finite()) else {
        return Ok(vec![value.into()]);
    };
    let imputed = call.floats("imputed_value_floats")?;
    if imputed.len() != 1 && imputed.len() != value.len() {
        return Err(Refusal::malformed(format!(
            "{} values meet {} features",
            imputed.len(),
            value.len()
        )));
    }
    let symbol = value.into();
    let equal = is_equal(builder, &symbol, &number(replaced))?;
    let change = Tensor {
        shape: vec![imputed.len()],
        data: imputed.iter().map(|v| v - replaced).collect(),
    };
    let change = scale(builder, &equal, &change)?;
    Ok(vec![combine(builder, &symbol, &change, 1.0)?])
}

/// Whether elements are positive (or zero, unless `strict`).
fn step(builder: &mut Builder, difference: &Value, strict: bool) -> Value {
    let strict_all = vec![strict; difference.len()];
    let result = builder.pointwise(difference, Func::Step { strict: strict_all });
    let (base, formula) = builder.formula_of(difference);
    let function = if strict {
        Binary::Above
    } else {
        Binary::AtLeast
    };
    let zero = Formula::constant(0.0);
    builder.note(&result, base, Formula::binary(function, &formula, &zero));
    result
}

/// `a > b`; the operands may be exchanged and equality included.
fn ordered(
    call: &Call<'_>,
    builder: &mut Builder,
    exchanged: bool,
    strict: bool,
) -> Result<Vec<Symbol>, Refusal> {
    let (mut a, mut b) = (call.symbol(0)?, call.symbol(1)?);
    if exchanged {
        std::mem::swap(&mut a, &mut b);
    }
    let function = if strict {
        Binary::Above
    } else {
        Binary::AtLeast
    };
    if let (Symbol::Constant(a), Symbol::Constant(b)) = (a, b) {
        return Ok(vec![fold(a, b, |a, b| function.apply(a, b))?]);
    }
    let difference = combine(builder, a, b, -1.0)?;
    let difference = builder.value(&difference)?;
    Ok(vec![step(builder, &difference, strict).into()])
}

fn equal(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let (a, b) = (call.symbol(0)?, call.symbol(1)?);
    if let (Symbol::Constant(a), Symbol::Constant(b)) = (a, b) {
        return Ok(vec![fold(a, b, |a, b| Binary::Equal.apply(a, b))?]);
    }
    Ok(vec![is_equal(builder, a, b)?])
}

fn is_equal(builder: &mut Builder, a: &Symbol, b: &Symbol) -> Result<Symbol, Refusal> {
    let difference = combine(builder, a, b, -1.0)?;
    let difference = builder.value(&difference)?;
    let at_least = step(builder, &difference, false).into();
    let above = step(builder, &difference, true).into();
    combine(builder, &at_least, &above, -1.0)
}

fn number(number: f64) -> Symbol {
    Symbol::Constant(Rc::new(Tensor {
        shape: Vec::new(),
        data: vec![number],
    }))
}

fn not(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    Ok(vec![combine(builder, &number(1.0), call.symbol(0)?, -1.0)?])
}

/// `and` of two truth values where `needed` is 2, `or` where it is 1.
fn both(
    builder: &mut Builder,
    a: &Symbol,
    b: &Symbol,
    function: Binary,
    needed: f64,
) -> Result<Symbol, Refusal> {
    if let (Symbol::Constant(a), Symbol::Constant(b)) = (a, b) {
        return fold(a, b, |a, b| function.apply(a, b));
    }
    if in_common(builder, a, b).is_some()
        && let Some(result) = together(builder, function, a, b)
    {
        return Ok(result);
    }
    let sum = combine(builder, a, b, 1.0)?;
    let difference = combine(builder, &sum, &number(needed), -1.0)?;
    let difference = builder.value(&difference)?;
    Ok(step(builder, &difference, false).into())
}

fn logic(
    call: &Call<'_>,
    builder: &mut Builder,
    function: Binary,
    needed: f64,
) -> Result<Vec<Symbol>, Refusal> {
    Ok(vec![both(
        builder,
        call.symbol(0)?,
        call.symbol(1)?,
        function,
        needed,
    )?])
}

fn xor(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let (a, b) = (call.symbol(0)?.clone(), call.symbol(1)?.clone());
    let either = combine(builder, &a, &b, 1.0)?;
    let both = both(builder, &a, &b, Binary::Mul, 2.0)?;
    let twice = scale(
        builder,
        &both,
        &Tensor {
            shape: Vec::new(),
            data: vec![2.0],
        },
    )?;
    Ok(vec![combine(builder, &either, &twice, -1.0)?])
}

/// `condition ? a : b`.
fn choose(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let (condition, a, b) = (call.symbol(0)?, call.symbol(1)?, call.symbol(2)?);
    match condition {
        Symbol::Constant(mask) => masked(builder, mask, a, b),
        _ if matches!((a, b), (Symbol::Constant(_), Symbol::Constant(_))) => {
            let difference = combine(builder, a, b, -1.0)?;
            let Symbol::Constant(difference) = difference else {
                return Err(Refusal::malformed("its branches are not tensors"));
            };
            let chosen = scale(builder, condition, &difference)?;
            Ok(vec![combine(builder, &chosen, b, 1.0)?])
        }
        _ => chosen_together(builder, condition, a, b).ok_or_else(|| {
            Refusal::new(
                "it chooses between computed tensors by a computed condition",
                "use a constant condition, constant branches, or functions of one tensor",
            )
        }),
    }
}

/// A choice between expressions in one value, the condition being an expression in it too.
fn chosen_together(
    builder: &mut Builder,
    condition: &Symbol,
    a: &Symbol,
    b: &Symbol,
) -> Option<Vec<Symbol>> {
    let otherwise = combine(builder, &number(1.0), condition, -1.0).ok()?;
    let first = together(builder, Binary::Mul, condition, a)?;
    let second = together(builder, Binary::Mul, &otherwise, b)?;
    Some(vec![together(builder, Binary::Add, &first, &second)?])
}

/// A choice by a constant mask: two selections.
fn masked(
    builder: &mut Builder,
    mask: &Tensor,
    a: &Symbol,
    b: &Symbol,
) -> Result<Vec<Symbol>, Refusal> {
    let (first, second) = (a.tensor_shape()?, b.tensor_shape()?);
    let shape = Broadcast::new(&Broadcast::new(first, second)?.shape, &mask.shape)?.shape;
    let holds: Vec<bool> = stretch(&mask.shape, &shape)
        .iter()
        .map(|&i| mask.data[i as usize] != 0.0)
        .collect();
    let picked = |own: &[usize], when: bool| -> Vec<u32> {
        let index = stretch(own, &shape);
        index
            .iter()
            .zip(&holds)
            .map(|(&i, &holds)| if holds == when { i } else { ZERO })
            .collect()
    };
    let (left, right) = (picked(first, true), picked(second, false));
    if let (Symbol::Constant(a), Symbol::Constant(b)) = (a, b) {
        let at = |(&i, &j): (&u32, &u32)| {
            let first = a.data.get(i as usize).copied();
            first
                .or_else(|| b.data.get(j as usize).copied())
                .unwrap_or(0.0)
        };
        let data = left.iter().zip(&right).map(at).collect();
        return Ok(vec![Symbol::Constant(Rc::new(Tensor { shape, data }))]);
    }
    let mut terms = Vec::new();
    for (symbol, index) in [(a, left), (b, right)] {
        let source = builder.value(symbol)?.id;
        terms.push(Term {
            source,
            factor: 1.0,
            map: Map::Select(index),
        });
    }
    Ok(vec![builder.linear(shape, terms, Vec::new())?.into()])
}

fn never(call: &Call<'_>, _: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let shape = call.symbol(0)?.shape().map(<[usize]>::to_vec);
    let shape = shape.ok_or_else(|| Refusal::malformed("its input is not a tensor"))?;
    let data = vec![0.0; shape.iter().product()];
    Ok(vec![Symbol::Constant(Rc::new(Tensor { shape, data }))])
}
