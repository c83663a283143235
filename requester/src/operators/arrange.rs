//! `Expand`, `Tile`, `DepthToSpace`, `SpaceToDepth`, `Trilu`, `GatherElements`: selections.

use super::broadcast::Broadcast;
use super::movement::{along, rearrange};
use super::operator::{Operator, operator};
use crate::float::map::ZERO;
use crate::graph::call::axis;
use crate::graph::{Builder, Call, Symbol, fits};
use crate::onnx::Refusal;

pub(super) const OPERATORS: &[Operator] = &[
    operator!(
        "DepthToSpace",
        Onnx,
        Folded,
        "",
        &["blocksize", "mode"],
        depth_to_space
    ),
    operator!("Expand", Onnx, Linear, "constant shape", &[], expand),
    operator!(
        "GatherElements",
        Onnx,
        Linear,
        "constant indices",
        &["axis"],
        gather_elements
    ),
    operator!(
        "SpaceToDepth",
        Onnx,
        Folded,
        "",
        &["blocksize"],
        space_to_depth
    ),
    operator!("Tile", Onnx, Linear, "constant repeats", &[], tile),
    operator!(
        "Trilu",
        Onnx,
        Linear,
        "constant diagonal",
        &["upper"],
        trilu
    ),
];

fn shape(call: &Call<'_>) -> Result<Vec<usize>, Refusal> {
    Ok(call.symbol(0)?.tensor_shape()?.to_vec())
}

fn expand(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let old = shape(call)?;
    let given = call
        .constant(1)?
        .as_integers()
        .map_err(Refusal::malformed)?;
    let target: Vec<usize> = given
        .iter()
        .map(|&d| usize::try_from(d).unwrap_or(0))
        .collect();
    fits(&target)?;
    let both = Broadcast::new(&old, &target)?;
    Ok(vec![rearrange(
        builder,
        call.symbol(0)?,
        both.shape,
        both.left,
    )?])
}

fn tile(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let mut size = shape(call)?;
    let repeats = call
        .constant(1)?
        .as_integers()
        .map_err(Refusal::malformed)?;
    if repeats.len() != size.len() || repeats.iter().any(|r| !(1..1 << 16).contains(r)) {
        return Err(Refusal::malformed(format!("its repeats are {repeats:?}")));
    }
    let mut symbol = call.symbol(0)?.clone();
    for (axis, &repeat) in repeats.iter().enumerate() {
        let once = size[axis];
        let total = once.saturating_mul(repeat as usize);
        let others: usize = size.iter().product::<usize>() / once.max(1);
        fits(&[others, total])?;
        let positions: Vec<Option<usize>> = (0..total).map(|i| Some(i % once)).collect();
        let (new, index) = along(&size, axis, &positions)?;
        symbol = rearrange(builder, &symbol, new.clone(), index)?;
        size = new;
    }
    Ok(vec![symbol])
}

/// `[1, channels, height, width]` and the block size.
fn blocks(call: &Call<'_>) -> Result<([usize; 3], usize), Refusal> {
    let size = shape(call)?;
    let block = usize::try_from(call.int("blocksize", 0)?).unwrap_or(0);
    match size.as_slice() {
        &[1, channels, height, width] if (1..1 << 12).contains(&block) => {
            Ok(([channels, height, width], block))
        }
        _ => Err(Refusal::malformed(format!(
            "it moves blocks of {block} in a tensor of shape {size:?}"
        ))),
    }
}

fn depth_to_space(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let ([channels, height, width], b) = blocks(call)?;
    let first_depth = match call.text("mode", "DCR")?.as_str() {
        "DCR" => true,
        "CRD" => false,
        other => return Err(Refusal::malformed(format!("its mode is '{other}'"))),
    };
    if !channels.is_multiple_of(b * b) {
        return Err(Refusal::malformed(format!(
            "{channels} channels are no blocks of {b}"
        )));
    }
    let depth = channels / (b * b);
    let mut index = Vec::with_capacity(channels * height * width);
    for c in 0..depth {
        for y in 0..height * b {
            for x in 0..width * b {
                let within = y % b * b + x % b;
                let from = if first_depth {
                    within * depth + c
                } else {
                    c * b * b + within
                };
                index.push(((from * height + y / b) * width + x / b) as u32);
            }
        }
    }
    let new = vec![1, depth, height * b, width * b];
    Ok(vec![rearrange(builder, call.symbol(0)?, new, index)?])
}

fn space_to_depth(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let ([channels, height, width], b) = blocks(call)?;
    if !height.is_multiple_of(b) || !width.is_multiple_of(b) {
        return Err(Refusal::malformed(format!(
            "{height}×{width} are no blocks of {b}"
        )));
    }
    let (rows, columns) = (height / b, width / b);
    let mut index = Vec::with_capacity(channels * height * width);
    for within in 0..b * b {
        for c in 0..channels {
            for y in 0..rows {
                for x in 0..columns {
                    let (y, x) = (y * b + within / b, x * b + within % b);
                    index.push(((c * height + y) * width + x) as u32);
                }
            }
        }
    }
    let new = vec![1, channels * b * b, rows, columns];
    Ok(vec![rearrange(builder, call.symbol(0)?, new, index)?])
}

fn trilu(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let size = shape(call)?;
    let [.., rows, columns] = size[..] else {
        return Err(Refusal::malformed(format!(
            "it reads a tensor of shape {size:?}"
        )));
    };
    let diagonal = match call.optional_constant(1)? {
        Some(tensor) => tensor
            .as_integers()
            .map_err(Refusal::malformed)?
            .first()
            .copied(),
        None => None,
    };
    let diagonal = diagonal.unwrap_or(0);
    let upper = call.int("upper", 1)? != 0;
    let keep = |i: usize| {
        let (row, column) = (i / columns % rows, i % columns);
        let offset = (column as i64 - row as i64).saturating_sub(diagonal);
        if upper { offset >= 0 } else { offset <= 0 }
    };
    let index = (0..size.iter().product()).map(|i| if keep(i) { i as u32 } else { ZERO });
    let index = index.collect();
    Ok(vec![rearrange(builder, call.symbol(0)?, size, index)?])
}

fn gather_elements(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let old = shape(call)?;
    let own = axis(call.int("axis", 0)?, old.len())?;
    let indices = call.constant(1)?;
    let places = indices.as_integers().map_err(Refusal::malformed)?;
    let new = indices.shape.clone();
    let smaller = (0..old.len()).all(|i| new.len() == old.len() && (i == own || new[i] <= old[i]));
    if !smaller {
        return Err(Refusal::malformed(format!(
            "indices of shape {new:?} meet {old:?}"
        )));
    }
    // The place of each element of the output, its position along the axis replaced.
    let strides = |shape: &[usize]| -> Vec<usize> {
        (0..shape.len())
            .map(|i| shape[i + 1..].iter().product())
            .collect()
    };
    let (from, to) = (strides(&old), strides(&new));
    let mut index = Vec::with_capacity(places.len());
    for (i, &place) in places.iter().enumerate() {
        let place = axis(place, old[own])?;
        let at = |a: usize| if a == own { place } else { i / to[a] % new[a] };
        index.push((0..old.len()).map(|a| at(a) * from[a]).sum::<usize>() as u32);
    }
    Ok(vec![rearrange(builder, call.symbol(0)?, new, index)?])
}
