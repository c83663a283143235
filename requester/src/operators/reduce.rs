//! Sums, means and norms over constant axes.

use super::elementwise::apply;
use super::operator::{Operator, operator};
use super::pool::mean_of_planes;
use crate::float::formula::{Binary, Formula, Unary};
use crate::float::{Map, Term};
use crate::graph::call::axis;
use crate::graph::{Builder, Call, Symbol};
use crate::onnx::Refusal;
use crate::onnx::tensor::Tensor;
use std::rc::Rc;
use std::sync::Arc;

/// The attributes that all of them have.
const AXES: &[&str] = &["axes", "keepdims", "noop_with_empty_axes"];

pub(super) const OPERATORS: &[Operator] = &[
    operator!("ReduceMean", Onnx, Linear, "constant axes", AXES, |c, b| {
        reduce(c, b, true, None, None)
    }),
    operator!("ReduceSum", Onnx, Linear, "constant axes", AXES, |c, b| {
        reduce(c, b, false, None, None)
    }),
    operator!("ReduceL1", Onnx, Table, "constant axes", AXES, |c, b| {
        reduce(c, b, false, Some(function(Unary::Abs)), None)
    }),
    operator!("ReduceL2", Onnx, Table, "constant axes", AXES, |c, b| {
        reduce(c, b, false, Some(square()), Some(function(Unary::Sqrt)))
    }),
    operator!(
        "ReduceSumSquare",
        Onnx,
        Table,
        "constant axes",
        AXES,
        |c, b| { reduce(c, b, false, Some(square()), None) }
    ),
    operator!(
        "ReduceLogSum",
        Onnx,
        Table,
        "constant axes",
        AXES,
        |c, b| { reduce(c, b, false, None, Some(function(Unary::Ln))) }
    ),
    operator!(
        "ReduceLogSumExp",
        Onnx,
        Table,
        "constant axes",
        AXES,
        |c, b| {
            reduce(
                c,
                b,
                false,
                Some(function(Unary::Exp)),
                Some(function(Unary::Ln)),
            )
        }
    ),
    operator!("ReduceProd", Onnx, Folded, "of constants", AXES, product),
];

fn function(function: Unary) -> Arc<Formula> {
    Formula::unary(function, &Formula::argument())
}

fn square() -> Arc<Formula> {
    Formula::binary(Binary::Mul, &Formula::argument(), &Formula::argument())
}

/// The axes that a node reduces.
pub(super) struct Axes {
    /// The tensor's shape.
    shape: Vec<usize>,
    /// Whether each axis is reduced.
    reduced: Vec<bool>,
    /// The shape with reduced axes of size 1.
    kept: Vec<usize>,
    /// The shape of the output.
    pub out: Vec<usize>,
}

impl Axes {
    /// Reads a node's axes; `None` where it reduces nothing.
    ///
    /// # Errors
    /// When an axis is not constant or does not exist.
    pub fn read(call: &Call<'_>) -> Result<Option<Self>, Refusal> {
        let shape = call
            .symbol(0)?
            .shape()
            .ok_or_else(|| Refusal::malformed("its input is not a tensor"))?
            .to_vec();
        let given = call.int_list("axes", 1)?.unwrap_or_default();
        if given.is_empty() && call.int("noop_with_empty_axes", 0)? != 0 {
            return Ok(None);
        }
        let mut reduced = vec![given.is_empty(); shape.len()];
        for &given in &given {
            reduced[axis(given, shape.len())?] = true;
        }
        let keep = call.int("keepdims", 1)? != 0;
        let sizes = || shape.iter().zip(&reduced);
        let kept: Vec<usize> = sizes().map(|(&d, &r)| if r { 1 } else { d }).collect();
        let out = if keep {
            kept.clone()
        } else {
            sizes().filter(|(_, r)| !**r).map(|(&d, _)| d).collect()
        };
        Ok(Some(Self {
            shape,
            reduced,
            kept,
            out,
        }))
    }

    /// How many elements are reduced to one.
    fn count(&self) -> usize {
        let sizes = self.shape.iter().zip(&self.reduced);
        sizes.filter(|(_, r)| **r).map(|(&d, _)| d).product()
    }

    /// For each element of the output, the elements that are reduced to it.
    pub fn groups(&self) -> Vec<Vec<usize>> {
        let mut groups = vec![Vec::new(); self.kept.iter().product()];
        let target = super::broadcast::stretch(&self.kept, &self.shape);
        for (i, &o) in target.iter().enumerate() {
            groups[o as usize].push(i);
        }
        groups
    }
}

/// `after(Σ before(element))`, or of the mean.
fn reduce(
    call: &Call<'_>,
    builder: &mut Builder,
    mean: bool,
    before: Option<Arc<Formula>>,
    after: Option<Arc<Formula>>,
) -> Result<Vec<Symbol>, Refusal> {
    let mut symbol = call.symbol(0)?.clone();
    if let Some(before) = before {
        symbol = apply(builder, &symbol, &before)?;
    }
    if let Some(axes) = Axes::read(call)? {
        symbol = sum(builder, &symbol, &axes, mean)?;
    }
    if let Some(after) = after {
        symbol = apply(builder, &symbol, &after)?;
    }
    Ok(vec![symbol])
}

fn sum(builder: &mut Builder, symbol: &Symbol, axes: &Axes, mean: bool) -> Result<Symbol, Refusal> {
    let factor = if mean {
        1.0 / axes.count().max(1) as f64
    } else {
        1.0
    };
    let out = axes.out.clone();
    let groups = axes.groups();
    if let Symbol::Constant(tensor) = symbol {
        let total =
            |group: &Vec<usize>| factor * group.iter().map(|&i| tensor.data[i]).sum::<f64>();
        let data = groups.iter().map(total).collect();
        return Ok(Symbol::Constant(Rc::new(Tensor { shape: out, data })));
    }
    let value = builder.value(symbol)?;
    let (shape, reduced) = (&axes.shape, &axes.reduced);
    let planes = shape.len() > 2 && shape[0] == 1 && !reduced[1] && reduced[2..].iter().all(|&r| r);
    if planes {
        return Ok(mean_of_planes(builder, &value, out, mean)?.into());
    }
    let row = |group: &Vec<usize>| group.iter().map(|&i| (i as u32, 1.0)).collect();
    let term = Term {
        source: value.id,
        factor,
        map: Map::Sparse(groups.iter().map(row).collect()),
    };
    Ok(builder.linear(out, vec![term], Vec::new())?.into())
}

fn product(call: &Call<'_>, _: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let tensor = call.constant(0)?;
    let Some(axes) = Axes::read(call)? else {
        return Ok(vec![Symbol::Constant(tensor)]);
    };
    let product = |group: &Vec<usize>| group.iter().map(|&i| tensor.data[i]).product();
    let data = axes.groups().iter().map(product).collect();
    Ok(vec![Symbol::Constant(Rc::new(Tensor {
        shape: axes.out,
        data,
    }))])
}
