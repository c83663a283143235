//! `Add`, `Sub`, `Mul`, `Div`, `Pow`, `Neg`, `Sum`, `Mean`: of constants, with constants, sums of
//! branches, and products of two functions of one value.

use super::broadcast::Broadcast;
use super::elementwise::{apply, fold, note, together};
use super::operator::{Operator, operator};
use crate::float::formula::{Binary, Formula, Unary};
use crate::float::{Func, Map, Node, Term};
use crate::graph::{Builder, Call, Ratio, Symbol, Value};
use crate::onnx::Refusal;
use crate::onnx::tensor::Tensor;
use crate::onnx::types;

pub(super) const OPERATORS: &[Operator] = &[
    operator!(
        "Add",
        Onnx,
        Linear,
        "with a constant or of two branches",
        add
    ),
    operator!(
        "Sum",
        Onnx,
        Linear,
        "of any number of branches and constants",
        sum
    ),
    operator!(
        "Mean",
        Onnx,
        Linear,
        "of any number of branches and constants",
        mean
    ),
    operator!(
        "Sub",
        Onnx,
        Linear,
        "with a constant or of two branches",
        sub
    ),
    operator!(
        "Mul",
        Onnx,
        Linear,
        "by a constant; x·f(x) takes rows, as one function of x",
        mul
    ),
    operator!(
        "Div",
        Onnx,
        Linear,
        "by a constant; f(x)/g(x) takes rows, as one function of x; by the sum of positive scores at the end",
        div
    ),
    operator!("Neg", Onnx, Linear, "", neg),
    operator!(
        "Pow",
        Onnx,
        Table,
        "a constant power, or of a constant",
        pow
    ),
];

fn scalar(number: f64) -> Tensor {
    Tensor {
        shape: Vec::new(),
        data: vec![number],
    }
}

/// `a + sign·b`.
///
/// # Errors
/// When the shapes do not fit.
pub(super) fn combine(
    builder: &mut Builder,
    a: &Symbol,
    b: &Symbol,
    sign: f64,
) -> Result<Symbol, Refusal> {
    if let (Symbol::Constant(a), Symbol::Constant(b)) = (a, b) {
        return fold(a, b, |a, b| a + sign * b);
    }
    let (left, right) = (builder.value(a)?, builder.value(b)?);
    let both = Broadcast::new(&left.shape, &right.shape)?;
    let terms = vec![term(&left, 1.0, both.left), term(&right, sign, both.right)];
    let result = builder.linear(both.shape, terms, Vec::new())?;
    let function = if sign < 0.0 { Binary::Sub } else { Binary::Add };
    note(builder, function, a, b, &result);
    Ok(result.into())
}

fn term(value: &Value, factor: f64, index: Vec<u32>) -> Term {
    let identity = index.len() == value.len() && index.iter().zip(0u32..).all(|(&i, j)| i == j);
    let map = if identity {
        Map::Identity
    } else {
        Map::Select(index)
    };
    Term {
        source: value.id,
        factor,
        map,
    }
}

fn add(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    Ok(vec![combine(
        builder,
        call.symbol(0)?,
        call.symbol(1)?,
        1.0,
    )?])
}

fn sub(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    Ok(vec![combine(
        builder,
        call.symbol(0)?,
        call.symbol(1)?,
        -1.0,
    )?])
}

fn total(call: &Call<'_>, builder: &mut Builder) -> Result<Symbol, Refusal> {
    let mut total = call.symbol(0)?.clone();
    for index in 1..call.len() {
        total = combine(builder, &total, call.symbol(index)?, 1.0)?;
    }
    Ok(total)
}

fn sum(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    Ok(vec![total(call, builder)?])
}

fn mean(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let total = total(call, builder)?;
    Ok(vec![scale(
        builder,
        &total,
        &scalar(1.0 / call.len() as f64),
    )?])
}

fn neg(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    Ok(vec![scale(builder, call.symbol(0)?, &scalar(-1.0))?])
}

fn mul(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let (a, b) = (call.symbol(0)?, call.symbol(1)?);
    match (a, b) {
        (value, Symbol::Constant(factors)) | (Symbol::Constant(factors), value) => {
            Ok(vec![scale(builder, value, factors)?])
        }
        _ => match together(builder, Binary::Mul, a, b) {
            Some(product) => Ok(vec![product]),
            None => Err(Refusal::new(
                "it multiplies two computed tensors",
                "a classifier is linear maps and functions of one variable; leave out gates and \
                 attention (squeeze-and-excitation blocks, for example)",
            )),
        },
    }
}

/// A symbol times constant factors.
///
/// # Errors
/// When the shapes do not fit.
pub(super) fn scale(
    builder: &mut Builder,
    symbol: &Symbol,
    factors: &Tensor,
) -> Result<Symbol, Refusal> {
    if let Symbol::Constant(constant) = symbol {
        return fold(constant, factors, |a, b| a * b);
    }
    if let (Symbol::Ratio(ratio), &[factor]) = (symbol, factors.data.as_slice())
        && factor > 0.0
        && !ratio.logarithm
    {
        let numerator = scale(builder, &ratio.numerator.clone().into(), factors)?;
        return Ok(Symbol::Ratio(Ratio {
            numerator: builder.value(&numerator)?,
            ..ratio.clone()
        }));
    }
    let value = builder.value(symbol)?;
    let both = Broadcast::new(&value.shape, &factors.shape)?;
    let spread = term(&value, 1.0, both.left);
    let factors: Vec<f64> = both
        .right
        .iter()
        .map(|&i| factors.data[i as usize])
        .collect();
    let uniform = factors
        .first()
        .copied()
        .filter(|first| factors.iter().all(|f| f == first));
    if let Some(factor) = uniform {
        let kept = spread.map == Map::Identity;
        let terms = vec![Term { factor, ..spread }];
        let result = builder.linear(both.shape, terms, Vec::new())?;
        if kept {
            let (base, formula) = builder.formula_of(&value);
            let factor = Formula::constant(factor);
            builder.note(
                &result,
                base,
                Formula::binary(Binary::Mul, &formula, &factor),
            );
        }
        return Ok(result.into());
    }
    let stretched = builder.linear(both.shape.clone(), vec![spread], Vec::new())?;
    Ok(builder
        .map(&stretched, both.shape, Map::Diagonal(factors), Vec::new())?
        .into())
}

fn div(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let (a, b) = (call.symbol(0)?, call.symbol(1)?);
    let element_type = call.element_type(0).or(call.element_type(1));
    let result = if element_type.is_some_and(types::is_integer) {
        whole_quotient(builder, a, b)
    } else {
        quotient(builder, a, b)
    };
    Ok(vec![result?])
}

/// Integers divide towards zero.
fn whole_quotient(builder: &mut Builder, a: &Symbol, b: &Symbol) -> Result<Symbol, Refusal> {
    if let (Symbol::Constant(a), Symbol::Constant(b)) = (a, b) {
        return fold(a, b, |a, b| (a / b).trunc());
    }
    let by_zero = matches!(b, Symbol::Constant(divisors) if divisors.data.contains(&0.0));
    // A factor 1/b could round a whole quotient down to the number below it.
    match together(builder, Binary::Div, a, b) {
        Some(quotient) if !by_zero => {
            let whole = Formula::unary(Unary::Truncate, &Formula::argument());
            apply(builder, &quotient, &whole)
        }
        _ => Err(Refusal::new(
            "it divides integers by something other than one constant",
            "cast to floating point before dividing",
        )),
    }
}

fn quotient(builder: &mut Builder, a: &Symbol, b: &Symbol) -> Result<Symbol, Refusal> {
    match (a, b) {
        (Symbol::Constant(a), Symbol::Constant(b)) => fold(a, b, |a, b| a / b),
        (value, Symbol::Constant(divisors)) => {
            let inverse = |&d: &f64| (d != 0.0).then(|| 1.0 / d).filter(|f| f.is_finite());
            let data: Option<Vec<f64>> = divisors.data.iter().map(inverse).collect();
            let data = data.ok_or_else(|| {
                Refusal::new(
                    "it divides by zero",
                    "remove constant features from the scaler",
                )
            })?;
            let shape = divisors.shape.clone();
            scale(builder, value, &Tensor { shape, data })
        }
        (Symbol::Value(numerator), Symbol::Value(denominator))
            if denominator.len() == 1
                && numerator.len() > 1
                && is_positive(builder, denominator.id, 16) =>
        {
            let (numerator, denominator) = (numerator.clone(), denominator.clone());
            Ok(Symbol::Ratio(Ratio {
                numerator,
                denominator,
                logarithm: false,
                rounded: false,
            }))
        }
        (Symbol::Constant(numerators), value @ Symbol::Value(_)) => {
            let one = Formula::constant(1.0);
            let inverse = Formula::binary(Binary::Div, &one, &Formula::argument());
            let inverse = apply(builder, value, &inverse)?;
            scale(builder, &inverse, numerators)
        }
        _ => together(builder, Binary::Div, a, b).ok_or_else(|| {
            Refusal::new(
                "it divides by a computed tensor",
                "a classifier is linear maps and functions of one variable; leave out layers that \
                 normalise by their input (layer norm, attention)",
            )
        }),
    }
}

fn pow(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let (a, b) = (call.symbol(0)?, call.symbol(1)?);
    match (a, b) {
        (Symbol::Constant(a), Symbol::Constant(b)) => Ok(vec![fold(a, b, libm::pow)?]),
        (_, Symbol::Constant(power)) if power.data.iter().all(|&p| p == 1.0) => Ok(vec![a.clone()]),
        _ => together(builder, Binary::Pow, a, b)
            .map(|power| vec![power])
            .ok_or_else(|| {
                Refusal::new(
                    "its power is not one constant",
                    "raise to one constant power",
                )
            }),
    }
}

/// Whether a value is a sum of sigmoids or exponentials with positive factors; nodes up to `depth`
/// steps back are examined.
pub(super) fn is_positive(builder: &Builder, value: usize, depth: usize) -> bool {
    match builder.program.node(value) {
        Some(Node::Pointwise(node)) => matches!(node.func, Func::Sigmoid | Func::Exp { .. }),
        Some(Node::Linear(linear)) => {
            let positive = |term: &Term| {
                let weights = match &term.map {
                    Map::Identity | Map::Select(_) | Map::Window(_) => true,
                    Map::Sparse(rows) => rows.iter().flatten().all(|&(_, w)| w > 0.0),
                    Map::Dense(weights) => weights.iter().all(|&w| w > 0.0),
                    Map::Diagonal(_) | Map::Conv(..) => false,
                };
                weights && term.factor > 0.0 && is_positive(builder, term.source, depth - 1)
            };
            depth > 0
                && !linear.terms.is_empty()
                && linear.bias.iter().all(|&b| b >= 0.0)
                && linear.terms.iter().all(positive)
        }
        None => false,
    }
}
