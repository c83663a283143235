//! `ReduceMean` and `ReduceSum` over constant axes.

use super::pool::mean_of_planes;
use super::{Domain, Operator, Support};
use crate::float::{Map, Term};
use crate::lower::call::axis;
use crate::lower::{Builder, Call, Symbol, Unsupported};
use crate::onnx::tensor::Tensor;
use std::rc::Rc;

pub(super) const OPERATORS: &[Operator] = &[
    Operator {
        name: "ReduceMean",
        domain: Domain::Onnx,
        support: Support::Linear,
        note: "constant axes",
        attributes: &["axes", "keepdims", "noop_with_empty_axes"],
        lower: |call, builder| reduce(call, builder, true),
    },
    Operator {
        name: "ReduceSum",
        domain: Domain::Onnx,
        support: Support::Linear,
        note: "constant axes",
        attributes: &["axes", "keepdims", "noop_with_empty_axes"],
        lower: |call, builder| reduce(call, builder, false),
    },
];

fn reduce(call: &Call<'_>, builder: &mut Builder, mean: bool) -> Result<Vec<Symbol>, Unsupported> {
    let symbol = call.symbol(0)?;
    let shape = symbol
        .shape()
        .ok_or_else(|| Unsupported::malformed("its input is not a tensor"))?
        .to_vec();
    let given = call.int_list("axes", 1)?.unwrap_or_default();
    if given.is_empty() && call.int("noop_with_empty_axes", 0)? != 0 {
        return Ok(vec![symbol.clone()]);
    }
    let mut reduced = vec![given.is_empty(); shape.len()];
    for &given in &given {
        reduced[axis(given, shape.len())?] = true;
    }
    let keep = call.int("keepdims", 1)? != 0;
    let sizes = || shape.iter().zip(&reduced);
    let kept: Vec<usize> = sizes().map(|(&d, &r)| if r { 1 } else { d }).collect();
    let out: Vec<usize> = if keep {
        kept.clone()
    } else {
        sizes().filter(|(_, r)| !**r).map(|(&d, _)| d).collect()
    };
    let count: usize = sizes().filter(|(_, r)| **r).map(|(&d, _)| d).product();
    let factor = if mean { 1.0 / count.max(1) as f64 } else { 1.0 };
    let target = super::broadcast::stretch(&kept, &shape);
    let len = kept.iter().product();
    if let Symbol::Constant(tensor) = symbol {
        let mut data = vec![0.0; len];
        for (&o, v) in target.iter().zip(&tensor.data) {
            data[o as usize] += factor * v;
        }
        return Ok(vec![Symbol::Constant(Rc::new(Tensor { shape: out, data }))]);
    }
    let value = builder.value(symbol)?;
    let planes = shape.len() > 2 && shape[0] == 1 && !reduced[1] && reduced[2..].iter().all(|&r| r);
    if planes {
        return Ok(vec![mean_of_planes(builder, &value, out, mean)?.into()]);
    }
    let mut rows = vec![Vec::new(); len];
    for (&o, i) in target.iter().zip(0u32..) {
        rows[o as usize].push((i, 1.0));
    }
    let term = Term {
        source: value.id,
        factor,
        map: Map::Sparse(rows),
    };
    Ok(vec![builder.linear(out, vec![term], Vec::new())?.into()])
}
