//! `Add`, `Sub`, `Mul`, `Div`, `Neg`, `Sum`: of constants, with constants, and sums of branches.

use super::broadcast::Broadcast;
use super::{Domain, Operator, Support};
use crate::float::{Func, Map, Node, Term};
use crate::lower::{Builder, Call, Ratio, Symbol, Unsupported, Value};
use crate::onnx::tensor::Tensor;
use std::rc::Rc;

macro_rules! operator {
    ($name:literal, $note:literal, $lower:ident) => {
        Operator {
            name: $name,
            domain: Domain::Onnx,
            support: Support::Linear,
            note: $note,
            attributes: &[],
            lower: $lower,
        }
    };
}

pub(super) const OPERATORS: &[Operator] = &[
    operator!("Add", "with a constant or of two branches", add),
    operator!("Sum", "of any number of branches and constants", sum),
    operator!("Sub", "with a constant or of two branches", sub),
    operator!("Mul", "by a constant", mul),
    operator!(
        "Div",
        "by a constant; by the sum of positive scores at the end",
        div
    ),
    operator!("Neg", "", neg),
];

/// Two constants, element by element.
fn fold(a: &Tensor, b: &Tensor, f: impl Fn(f64, f64) -> f64) -> Result<Vec<Symbol>, Unsupported> {
    let both = Broadcast::new(&a.shape, &b.shape)?;
    let pairs = both.left.iter().zip(&both.right);
    let data: Vec<f64> = pairs
        .map(|(&i, &j)| f(a.data[i as usize], b.data[j as usize]))
        .collect();
    if data.iter().any(|v| !v.is_finite()) {
        return Err(Unsupported::new(
            "its constant result is not finite",
            "train again",
        ));
    }
    Ok(vec![Symbol::Constant(Rc::new(Tensor {
        shape: both.shape,
        data,
    }))])
}

/// `a + sign·b`.
fn combine(
    builder: &mut Builder,
    a: &Symbol,
    b: &Symbol,
    sign: f64,
) -> Result<Vec<Symbol>, Unsupported> {
    if let (Symbol::Constant(a), Symbol::Constant(b)) = (a, b) {
        return fold(a, b, |a, b| a + sign * b);
    }
    let (a, b) = (builder.value(a)?, builder.value(b)?);
    let both = Broadcast::new(&a.shape, &b.shape)?;
    let terms = vec![term(&a, 1.0, both.left), term(&b, sign, both.right)];
    Ok(vec![builder.linear(both.shape, terms, Vec::new())?.into()])
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

fn add(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Unsupported> {
    combine(builder, call.symbol(0)?, call.symbol(1)?, 1.0)
}

fn sub(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Unsupported> {
    combine(builder, call.symbol(0)?, call.symbol(1)?, -1.0)
}

fn sum(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Unsupported> {
    let mut total = vec![call.symbol(0)?.clone()];
    for index in 1..call.len() {
        total = combine(builder, &total[0], call.symbol(index)?, 1.0)?;
    }
    Ok(total)
}

fn neg(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Unsupported> {
    scale(
        builder,
        call.symbol(0)?,
        &Tensor {
            shape: Vec::new(),
            data: vec![-1.0],
        },
    )
}

fn mul(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Unsupported> {
    match (call.symbol(0)?, call.symbol(1)?) {
        (value, Symbol::Constant(factors)) | (Symbol::Constant(factors), value) => {
            scale(builder, value, factors)
        }
        _ => Err(Unsupported::new(
            "it multiplies two computed tensors",
            "a classifier is linear maps and functions of one variable; use another architecture",
        )),
    }
}

/// A symbol times constant factors.
fn scale(
    builder: &mut Builder,
    symbol: &Symbol,
    factors: &Tensor,
) -> Result<Vec<Symbol>, Unsupported> {
    if let Symbol::Constant(constant) = symbol {
        return fold(constant, factors, |a, b| a * b);
    }
    if let (Symbol::Ratio(ratio), &[factor]) = (symbol, factors.data.as_slice())
        && factor > 0.0
        && !ratio.logarithm
    {
        let numerator = scale(builder, &ratio.numerator.clone().into(), factors)?.swap_remove(0);
        return Ok(vec![Symbol::Ratio(Ratio {
            numerator: builder.value(&numerator)?,
            ..ratio.clone()
        })]);
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
        let terms = vec![Term { factor, ..spread }];
        return Ok(vec![builder.linear(both.shape, terms, Vec::new())?.into()]);
    }
    let stretched = builder.linear(both.shape.clone(), vec![spread], Vec::new())?;
    Ok(vec![
        builder
            .map(&stretched, both.shape, Map::Diagonal(factors), Vec::new())?
            .into(),
    ])
}

fn div(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Unsupported> {
    match (call.symbol(0)?, call.symbol(1)?) {
        (Symbol::Constant(a), Symbol::Constant(b)) => fold(a, b, |a, b| a / b),
        (value, Symbol::Constant(divisors)) => {
            let inverse = |&d: &f64| (d != 0.0).then(|| 1.0 / d).filter(|f| f.is_finite());
            let data: Option<Vec<f64>> = divisors.data.iter().map(inverse).collect();
            let data = data.ok_or_else(|| {
                Unsupported::new(
                    "it divides by zero",
                    "remove constant features from the scaler",
                )
            })?;
            scale(
                builder,
                value,
                &Tensor {
                    shape: divisors.shape.clone(),
                    data,
                },
            )
        }
        (Symbol::Value(numerator), Symbol::Value(denominator))
            if denominator.len() == 1 && is_positive(builder, denominator.id, 16) =>
        {
            let (numerator, denominator) = (numerator.clone(), denominator.clone());
            Ok(vec![Symbol::Ratio(Ratio {
                numerator,
                denominator,
                logarithm: false,
            })])
        }
        _ => Err(Unsupported::new(
            "it divides by a computed tensor",
            "a classifier is linear maps and functions of one variable; use another architecture",
        )),
    }
}

/// Whether a value is a sum of sigmoids or exponentials with positive factors, as far as `depth`
/// nodes back show.
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
