//! Average pools: sums over windows; the division becomes part of the scale.

use super::operator::{Operator, operator};
use super::window::{Window, globally_pooled, whole_planes};
use crate::float::{Geometry, Map, Term};
use crate::graph::{Builder, Call, Symbol, Value, fits};
use crate::onnx::Refusal;

pub(super) const OPERATORS: &[Operator] = &[
    operator!(
        "AveragePool",
        Onnx,
        Linear,
        "one- and two-dimensional; count_include_pad 0 and 1",
        &[
            "auto_pad",
            "ceil_mode",
            "count_include_pad",
            "dilations",
            "kernel_shape",
            "pads",
            "strides",
        ],
        average_pool
    ),
    operator!("GlobalAveragePool", Onnx, Linear, "", global_average_pool),
];

/// The kernel's sides as the attribute gives them.
pub(super) fn kernel(call: &Call<'_>) -> Result<Vec<usize>, Refusal> {
    let sides = call.ints("kernel_shape")?;
    if sides.is_empty() || sides.iter().any(|k| !(1..1 << 16).contains(k)) {
        return Err(Refusal::malformed(format!("its kernel_shape is {sides:?}")));
    }
    Ok(sides.iter().map(|&k| k as usize).collect())
}

fn average_pool(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let image = call.value(0)?.clone();
    let declared = call
        .ints("pads")?
        .iter()
        .map(|&p| p.max(0) as usize)
        .collect::<Vec<_>>();
    let window = Window::read(call, &image.shape, &kernel(call)?)?;
    let g = window.geometry;
    fits(&window.shape())?;
    let behind = match (
        declared.as_slice(),
        call.text("auto_pad", "NOTSET")?.as_str(),
    ) {
        ([], "NOTSET" | "VALID") => [0, 0],
        ([_, after], "NOTSET") => [0, *after],
        ([_, _, below, right], "NOTSET") => [*below, *right],
        _ => g.after,
    };
    let padded = call.int("count_include_pad", 0)? != 0;
    let counts = [
        count(&g, 0, padded, behind[0]),
        count(&g, 1, padded, behind[1]),
    ];
    let area = g.kernel[0] * g.kernel[1];
    let full = counts
        .iter()
        .zip(&g.kernel)
        .all(|(counts, k)| counts.iter().all(|c| c == k));
    let factor = if full { 1.0 / area as f64 } else { 1.0 };
    let term = Term {
        source: image.id,
        factor,
        map: Map::Window(g),
    };
    let sums = builder.linear(window.shape(), vec![term], Vec::new())?;
    if full {
        return Ok(vec![sums.into()]);
    }
    let plane = counts[0]
        .iter()
        .flat_map(|h| counts[1].iter().map(move |w| 1.0 / (h * w) as f64));
    let plane: Vec<f64> = plane.collect();
    let factors = Map::Diagonal(plane.repeat(g.in_channels));
    Ok(vec![
        builder
            .map(&sums, window.shape(), factors, Vec::new())?
            .into(),
    ])
}

/// How many elements the average counts, for each output position along one axis. `behind` is the
/// declared padding; padding that `ceil_mode` adds is never counted.
fn count(g: &Geometry, axis: usize, padded: bool, behind: usize) -> Vec<usize> {
    let (from, to) = if padded {
        (0, g.before[axis] + g.input[axis] + behind)
    } else {
        (g.before[axis], g.before[axis] + g.input[axis])
    };
    let taps = |output: usize| {
        let tap =
            |k: &usize| (from..to).contains(&(output * g.stride[axis] + k * g.dilation[axis]));
        (0..g.kernel[axis]).filter(tap).count().max(1)
    };
    (0..g.output[axis]).map(taps).collect()
}

fn global_average_pool(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let image = call.value(0)?.clone();
    let shape = globally_pooled(&image.shape)?;
    Ok(vec![mean_of_planes(builder, &image, shape, true)?.into()])
}

/// The sum or mean over all axes behind the channel axis.
pub(super) fn mean_of_planes(
    builder: &mut Builder,
    image: &Value,
    shape: Vec<usize>,
    mean: bool,
) -> Result<Value, Refusal> {
    let channels = image.shape[1];
    let plane = image.len() / channels;
    let geometry = whole_planes(channels, plane);
    let factor = if mean { 1.0 / plane as f64 } else { 1.0 };
    let term = Term {
        source: image.id,
        factor,
        map: Map::Window(geometry),
    };
    builder.linear(shape, vec![term], Vec::new())
}
