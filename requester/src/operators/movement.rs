//! Operators that pick, repeat, join or pad elements: selections.

use super::operator::{Operator, operator};
use crate::float::{Map, Term, map::ZERO};
use crate::graph::call::axis;
use crate::graph::{Builder, Call, Label, Ratio, Symbol, fits};
use crate::onnx::Refusal;
use crate::onnx::tensor::{MAX_RANK, Tensor};
use duces_protocol::classifier::limits;
use std::rc::Rc;

pub(super) const OPERATORS: &[Operator] = &[
    operator!("Concat", Onnx, Linear, "", &["axis"], concat),
    operator!(
        "Slice",
        Onnx,
        Linear,
        "constant positions",
        &["starts", "ends", "axes"],
        slice
    ),
    operator!(
        "Gather",
        Onnx,
        Linear,
        "constant indices",
        &["axis"],
        gather
    ),
    operator!(
        "Split",
        Onnx,
        Linear,
        "constant sizes",
        &["axis", "split", "num_outputs"],
        split
    ),
    operator!(
        "Pad",
        Onnx,
        Linear,
        "constant amounts; constant, edge and reflect",
        &["mode", "pads", "value"],
        pad
    ),
    operator!(
        "FeatureVectorizer",
        Ml,
        Linear,
        "",
        &["inputdimensions"],
        feature_vectorizer
    ),
    operator!(
        "ArrayFeatureExtractor",
        Ml,
        Linear,
        "constant indices, or the names of classes",
        &[],
        extract
    ),
];

/// The elements at `index`, [`ZERO`] for a zero, with a new shape.
pub(super) fn rearrange(
    builder: &mut Builder,
    symbol: &Symbol,
    shape: Vec<usize>,
    index: Vec<u32>,
) -> Result<Symbol, Refusal> {
    Ok(match symbol {
        Symbol::Constant(tensor) => {
            let at = |&i: &u32| tensor.data.get(i as usize).copied().unwrap_or(0.0);
            Symbol::Constant(Rc::new(Tensor {
                shape,
                data: index.iter().map(at).collect(),
            }))
        }
        Symbol::Ratio(ratio) if !index.contains(&ZERO) => {
            let numerator = builder.select(&ratio.numerator, shape, index)?;
            Symbol::Ratio(Ratio {
                numerator,
                ..ratio.clone()
            })
        }
        other => {
            let value = builder.value(other)?;
            Symbol::Value(builder.select(&value, shape, index)?)
        }
    })
}

/// The selection that keeps `positions` along `axis`; `None` is a zero.
pub(super) fn along(
    shape: &[usize],
    axis: usize,
    positions: &[Option<usize>],
) -> Result<(Vec<usize>, Vec<u32>), Refusal> {
    let (outer, inner): (usize, usize) = (
        shape[..axis].iter().product(),
        shape[axis + 1..].iter().product(),
    );
    let len = outer
        .checked_mul(positions.len())
        .and_then(|n| n.checked_mul(inner));
    if len.is_none_or(|len| len > limits::VALUE_LEN) {
        return Err(Refusal::new(
            "its output is too large",
            "use a smaller network",
        ));
    }
    let mut index = Vec::with_capacity(outer * positions.len() * inner);
    for block in 0..outer {
        for position in positions {
            let first = position.map(|position| (block * shape[axis] + position) * inner);
            index.extend((0..inner).map(|i| first.map_or(ZERO, |first| (first + i) as u32)));
        }
    }
    let mut new = shape.to_vec();
    new[axis] = positions.len();
    Ok((new, index))
}

fn feature_vectorizer(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    join(call, builder, 1)
}

fn concat(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let axis = call.int("axis", 1)?;
    join(call, builder, axis)
}

/// All inputs one after the other along an axis.
fn join(call: &Call<'_>, builder: &mut Builder, given: i64) -> Result<Vec<Symbol>, Refusal> {
    let parts: Vec<&Symbol> = (0..call.len())
        .map(|i| call.symbol(i))
        .collect::<Result<_, _>>()?;
    let first = call.symbol(0)?.tensor_shape()?.to_vec();
    let axis = axis(given, first.len())?;
    let mut total = first.clone();
    total[axis] = 0;
    for part in &parts {
        let size = part.tensor_shape()?;
        let fits = size.len() == first.len()
            && (0..size.len()).all(|other| other == axis || size[other] == first[other]);
        if !fits {
            return Err(Refusal::malformed(format!(
                "{size:?} does not continue {first:?}"
            )));
        }
        total[axis] += size[axis];
    }
    fits(&total)?;
    fits(&[parts.len(), total.iter().product()])?;
    // For each part and every element of the whole: its place in that part, or a zero.
    let mut placed = Vec::new();
    let mut start = 0;
    for part in parts {
        let size = part.tensor_shape()?.to_vec();
        let own = |position: usize| position.checked_sub(start).filter(|&p| p < size[axis]);
        let positions: Vec<Option<usize>> = (0..total[axis]).map(own).collect();
        let (_, index) = along(&size, axis, &positions)?;
        start += size[axis];
        placed.push((part, index));
    }
    if placed
        .iter()
        .all(|(part, _)| matches!(part, Symbol::Constant(_)))
    {
        let len = total.iter().product();
        let mut data = vec![0.0; len];
        for (part, index) in placed {
            if let Symbol::Constant(tensor) = part {
                for (to, &from) in data.iter_mut().zip(&index) {
                    *to = tensor.data.get(from as usize).copied().unwrap_or(*to);
                }
            }
        }
        return Ok(vec![Symbol::Constant(Rc::new(Tensor {
            shape: total,
            data,
        }))]);
    }
    let mut terms = Vec::new();
    for (part, index) in placed {
        let value = builder.value(part)?;
        if !value.is_empty() {
            terms.push(Term {
                source: value.id,
                factor: 1.0,
                map: Map::Select(index),
            });
        }
    }
    Ok(vec![builder.linear(total, terms, Vec::new())?.into()])
}

fn slice(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let missing = || Refusal::malformed("its positions are missing");
    let starts = call.int_list("starts", 1)?.ok_or_else(missing)?;
    let ends = call.int_list("ends", 2)?.ok_or_else(missing)?;
    let axes = call
        .int_list("axes", 3)?
        .unwrap_or_else(|| (0..starts.len() as i64).collect());
    let steps = match call.optional_constant(4)? {
        Some(steps) => steps.as_integers().map_err(Refusal::malformed)?,
        None => vec![1; starts.len()],
    };
    if ends.len() != starts.len() || axes.len() != starts.len() || steps.len() != starts.len() {
        return Err(Refusal::malformed("its lists differ in length"));
    }
    let mut symbol = call.symbol(0)?.clone();
    for (((start, end), given), step) in starts.iter().zip(&ends).zip(&axes).zip(&steps) {
        let old = symbol.tensor_shape()?.to_vec();
        let axis = axis(*given, old.len())?;
        let size = old[axis] as i64;
        let from_start = |v: i64| if v < 0 { v.saturating_add(size) } else { v };
        let mut positions = Vec::new();
        if *step > 0 {
            let (from, to) = (
                from_start(*start).clamp(0, size),
                from_start(*end).clamp(0, size),
            );
            let step = usize::try_from(*step).unwrap_or(usize::MAX);
            positions.extend((from..to).step_by(step).map(|p| Some(p as usize)));
        } else if *step < 0 {
            let from = from_start(*start).clamp(-1, size - 1);
            let to = from_start(*end).clamp(-1, size - 1);
            let step = usize::try_from(step.unsigned_abs()).unwrap_or(usize::MAX);
            positions.extend(
                (to + 1..=from)
                    .rev()
                    .step_by(step)
                    .map(|p| Some(p as usize)),
            );
        } else {
            return Err(Refusal::malformed("its step is zero"));
        }
        let (new, index) = along(&old, axis, &positions)?;
        symbol = rearrange(builder, &symbol, new, index)?;
    }
    Ok(vec![symbol])
}

fn gather(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let symbol = call.symbol(0)?;
    let old = symbol.tensor_shape()?.to_vec();
    let axis = axis(call.int("axis", 0)?, old.len())?;
    let indices = call.constant(1)?;
    let positions = places(&indices, old[axis])?;
    let (_, index) = along(&old, axis, &positions)?;
    let mut new = old[..axis].to_vec();
    new.extend(&indices.shape);
    new.extend(&old[axis + 1..]);
    if new.len() > MAX_RANK {
        return Err(Refusal::malformed(format!(
            "its output has {} axes",
            new.len()
        )));
    }
    Ok(vec![rearrange(builder, symbol, new, index)?])
}

/// Constant indices into an axis of `size` elements, negative ones from the end.
fn places(indices: &Tensor, size: usize) -> Result<Vec<Option<usize>>, Refusal> {
    let integers = indices.as_integers().map_err(Refusal::malformed)?;
    let place = |i: i64| axis(i, size).map(Some);
    integers.into_iter().map(place).collect()
}

fn split(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let symbol = call.symbol(0)?;
    let old = symbol.tensor_shape()?.to_vec();
    let axis = axis(call.int("axis", 0)?, old.len())?;
    let parts = call.node.output.len().max(1);
    let sizes: Vec<usize> = match call.int_list("split", 1)? {
        Some(list) => list
            .iter()
            .map(|&s| usize::try_from(s).unwrap_or(usize::MAX))
            .collect(),
        None => {
            let size = old[axis].div_ceil(parts);
            (0..parts)
                .map(|i| old[axis].saturating_sub(i * size).min(size))
                .collect()
        }
    };
    let sum = sizes
        .iter()
        .try_fold(0usize, |sum, &size| sum.checked_add(size));
    if sum != Some(old[axis]) || sizes.len() != parts {
        return Err(Refusal::malformed(format!(
            "{sizes:?} do not make up {}",
            old[axis]
        )));
    }
    let mut start = 0;
    let mut outputs = Vec::new();
    for size in sizes {
        let positions: Vec<Option<usize>> = (start..start + size).map(Some).collect();
        let (new, index) = along(&old, axis, &positions)?;
        outputs.push(rearrange(builder, symbol, new, index)?);
        start += size;
    }
    Ok(outputs)
}

fn pad(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let mut symbol = call.symbol(0)?.clone();
    let rank = symbol.tensor_shape()?.len();
    let pads = call
        .int_list("pads", 1)?
        .ok_or_else(|| Refusal::malformed("its amounts are missing"))?;
    let axes = match call.optional_constant(3)? {
        Some(axes) => axes.as_integers().map_err(Refusal::malformed)?,
        None => (0..rank as i64).collect(),
    };
    if pads.len() != 2 * axes.len() || pads.iter().any(|p| !(-(1 << 16)..1 << 16).contains(p)) {
        return Err(Refusal::malformed(format!("its amounts are {pads:?}")));
    }
    let fill = match call.optional_constant(2)? {
        Some(tensor) if tensor.data.len() == 1 => tensor.data[0],
        Some(_) => return Err(Refusal::malformed("its value is not one number")),
        None => call.float("value", 0.0)?,
    };
    let mode = call.text("mode", "constant")?;
    for (i, &given) in axes.iter().enumerate() {
        let old = symbol.tensor_shape()?.to_vec();
        let axis = axis(given, rank)?;
        let size = old[axis] as i64;
        let place = |position: i64| match mode.as_str() {
            _ if (0..size).contains(&position) => Ok(Some(position as usize)),
            "constant" => Ok(None),
            "edge" => Ok(Some(position.clamp(0, size - 1) as usize)),
            "reflect" if -size < position && position < 2 * size - 1 => {
                let reflected = if position < 0 {
                    -position
                } else {
                    2 * (size - 1) - position
                };
                Ok(Some(reflected as usize))
            }
            other => Err(Refusal::malformed(format!(
                "it pads {old:?} by mode '{other}'"
            ))),
        };
        let range = -pads[i]..size + pads[i + axes.len()];
        let positions: Vec<Option<usize>> = range.map(place).collect::<Result<_, _>>()?;
        let (new, index) = along(&old, axis, &positions)?;
        let filled: Vec<f64> = index
            .iter()
            .map(|&i| if i == ZERO { fill } else { 0.0 })
            .collect();
        symbol = if fill == 0.0 || !index.contains(&ZERO) {
            rearrange(builder, &symbol, new, index)?
        } else {
            let value = builder.value(&symbol)?;
            Symbol::Value(builder.map(&value, new, Map::Select(index), filled)?)
        };
    }
    Ok(vec![symbol])
}

fn extract(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    match (call.symbol(0)?, call.symbol(1)?) {
        (Symbol::Strings(names), Symbol::Label(label)) if label.names.is_empty() => {
            Ok(vec![Symbol::Label(Label {
                names: names.clone(),
                ..label.clone()
            })])
        }
        (Symbol::Constant(tensor), Symbol::Label(label)) if label.names.is_empty() => {
            let names = tensor.data.iter().map(f64::to_string).collect();
            Ok(vec![Symbol::Label(Label {
                names,
                ..label.clone()
            })])
        }
        (symbol, Symbol::Constant(indices)) => {
            let old = symbol.tensor_shape()?.to_vec();
            let axis = axis(-1, old.len())?;
            let (new, index) = along(&old, axis, &places(indices, old[axis])?)?;
            Ok(vec![rearrange(builder, symbol, new, index)?])
        }
        _ => Err(Refusal::new(
            "it picks by a computed index",
            "end the model with scores",
        )),
    }
}
