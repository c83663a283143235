//! Max pools as tournaments: `max(a, b) = b + relu(a − b)`, first along rows, then along columns.
//!
//! A Relu before the pool is moved behind it, where it acts on fewer elements.

use super::operator::{Operator, operator};
use super::pool::kernel;
use super::window::{Window, globally_pooled, whole_planes};
use crate::float::{Func, Geometry, Map, Term};
use crate::graph::{Builder, Call, Symbol, Value, fits};
use crate::onnx::Refusal;

pub(super) const OPERATORS: &[Operator] = &[
    operator!(
        "MaxPool",
        Onnx,
        Table,
        "as a tournament: 3 rows for each output of a 2×2 window, 6 for 3×3; no indices",
        &[
            "auto_pad",
            "ceil_mode",
            "dilations",
            "kernel_shape",
            "pads",
            "storage_order",
            "strides",
        ],
        max_pool
    ),
    operator!(
        "GlobalMaxPool",
        Onnx,
        Table,
        "as a tournament: one row for each input element",
        global_max_pool
    ),
];

fn max_pool(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    if call
        .node
        .output
        .iter()
        .skip(1)
        .any(|output| !output.is_empty())
    {
        return Err(Refusal::new(
            "its indices are used",
            "use the pooled values only",
        ));
    }
    let image = call.value(0)?.clone();
    let window = Window::read(call, &image.shape, &kernel(call)?)?;
    Ok(vec![
        pool(builder, &image, &window.geometry, window.shape())?.into(),
    ])
}

fn global_max_pool(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let image = call.value(0)?.clone();
    let shape = globally_pooled(&image.shape)?;
    let plane = image.len() / shape[1];
    let geometry = whole_planes(shape[1], plane);
    Ok(vec![pool(builder, &image, &geometry, shape)?.into()])
}

/// The maxima of all windows. A Relu before the pool is moved behind it.
fn pool(
    builder: &mut Builder,
    image: &Value,
    g: &Geometry,
    shape: Vec<usize>,
) -> Result<Value, Refusal> {
    let Some((source, Func::Relu)) = builder.pointwise_of(image) else {
        return maxima(builder, image, g, shape);
    };
    let before = Value {
        id: source,
        shape: image.shape.clone(),
    };
    let maxima = maxima(builder, &before, g, shape)?;
    Ok(builder.pointwise(&maxima, Func::Relu))
}

/// The maxima of all windows, first along rows and then along columns.
fn maxima(
    builder: &mut Builder,
    image: &Value,
    g: &Geometry,
    shape: Vec<usize>,
) -> Result<Value, Refusal> {
    let [in_h, in_w] = g.input;
    let [out_h, out_w] = g.output;
    let (rows, columns) = (covered(g, 0)?, covered(g, 1)?);
    // The sizes of the lists that the tournaments make.
    let total = |windows: &[Vec<usize>]| windows.iter().map(Vec::len).sum::<usize>();
    fits(&[g.in_channels, in_h, total(&columns)])?;
    fits(&[g.in_channels, out_w, total(&rows)])?;
    let mut along = Vec::with_capacity(g.in_channels * in_h * out_w);
    for line in 0..g.in_channels * in_h {
        let place = |window: &Vec<usize>| window.iter().map(|x| line * in_w + x).collect();
        along.extend(columns.iter().map(place));
    }
    let lines = tournament(builder, image, vec![1, g.in_channels, in_h, out_w], along)?;
    let mut down = Vec::with_capacity(g.in_channels * out_h * out_w);
    for channel in 0..g.in_channels {
        for window in &rows {
            let place = |x: usize| {
                let rows = window.iter().map(|y| channel * in_h + y);
                rows.map(|row| row * out_w + x).collect()
            };
            down.extend((0..out_w).map(place));
        }
    }
    tournament(builder, &lines, shape, down)
}

/// For each window along one axis, the places that it covers, padding left out.
fn covered(g: &Geometry, axis: usize) -> Result<Vec<Vec<usize>>, Refusal> {
    let place = |output: usize, k: usize| {
        let at = output * g.stride[axis] + k * g.dilation[axis];
        at.checked_sub(g.before[axis])
            .filter(|&at| at < g.input[axis])
    };
    let taps = 0..g.kernel[axis];
    let window = |output| taps.clone().filter_map(|k| place(output, k)).collect();
    let windows: Vec<Vec<usize>> = (0..g.output[axis]).map(window).collect();
    if windows.iter().any(Vec::is_empty) {
        return Err(Refusal::malformed("a window lies outside the image"));
    }
    Ok(windows)
}

/// The maximum of each group of elements.
pub(super) fn tournament(
    builder: &mut Builder,
    source: &Value,
    shape: Vec<usize>,
    mut groups: Vec<Vec<usize>>,
) -> Result<Value, Refusal> {
    let mut value = source.clone();
    while groups.iter().any(|group| group.len() > 1) {
        // Pairs (a, b) to compare; a group of one passes through.
        let (mut first, mut second, mut pass) = (Vec::new(), Vec::new(), Vec::new());
        let mut next: Vec<Vec<usize>> = Vec::with_capacity(groups.len());
        for group in &groups {
            let mut winners = Vec::with_capacity(group.len().div_ceil(2));
            for pair in group.chunks(2) {
                winners.push(pass.len());
                pass.push(pair[pair.len() - 1] as u32);
                if let [a, b] = *pair {
                    first.push(a as u32);
                    second.push((pass.len() - 1, b as u32));
                }
            }
            next.push(winners);
        }
        value = round(builder, &value, &shape, first, &second, pass)?;
        groups = next;
    }
    let index = groups.iter().map(|group| group[0] as u32).collect();
    builder.select(&value, shape, index)
}

/// One round: element `i` of the result is `max` of its pair, or what passes through.
fn round(
    builder: &mut Builder,
    value: &Value,
    shape: &[usize],
    first: Vec<u32>,
    second: &[(usize, u32)],
    pass: Vec<u32>,
) -> Result<Value, Refusal> {
    let len = pass.len();
    // Channels stay together, so that each keeps a scale of its own.
    let channels = shape
        .get(1)
        .copied()
        .filter(|&c| c > 0 && len.is_multiple_of(c))
        .unwrap_or(1);
    let sized = |len: usize| {
        if len.is_multiple_of(channels) {
            vec![1, channels, len / channels]
        } else {
            vec![1, len]
        }
    };
    let losers: Vec<u32> = second.iter().map(|&(_, b)| b).collect();
    let terms = vec![
        Term {
            source: value.id,
            factor: 1.0,
            map: Map::Select(first),
        },
        Term {
            source: value.id,
            factor: -1.0,
            map: Map::Select(losers),
        },
    ];
    let difference = builder.linear(sized(second.len()), terms, Vec::new())?;
    let excess = builder.pointwise(&difference, Func::Relu);
    let mut back = vec![crate::float::map::ZERO; len];
    for (&(place, _), index) in second.iter().zip(0u32..) {
        back[place] = index;
    }
    let terms = vec![
        Term {
            source: value.id,
            factor: 1.0,
            map: Map::Select(pass),
        },
        Term {
            source: excess.id,
            factor: 1.0,
            map: Map::Select(back),
        },
    ];
    builder.linear(sized(len), terms, Vec::new())
}
