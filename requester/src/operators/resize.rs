//! `Resize` and `Upsample`: along each axis every output is a fixed mean of inputs.

use super::movement::{along, rearrange};
use super::operator::{Operator, Support};
use crate::float::Map;
use crate::graph::call::axis;
use crate::graph::{Builder, Call, Symbol, Value, fits};
use crate::onnx::{Domain, Refusal};

pub(super) const OPERATORS: &[Operator] = &[
    Operator {
        name: "Resize",
        domain: Domain::Onnx,
        support: Support::Linear,
        note: "nearest and linear, without antialiasing; constant scales or sizes",
        attributes: &[
            "antialias",
            "axes",
            "coordinate_transformation_mode",
            "cubic_coeff_a",
            "exclude_outside",
            "extrapolation_value",
            "keep_aspect_ratio_policy",
            "mode",
            "nearest_mode",
        ],
        lower: resize,
    },
    Operator {
        name: "Upsample",
        domain: Domain::Onnx,
        support: Support::Linear,
        note: "nearest and linear; constant scales",
        attributes: &["mode", "scales"],
        lower: upsample,
    },
];

/// How one axis is stretched.
struct Stretch {
    from: usize,
    to: usize,
    scale: f64,
    /// The part of the input that `tf_crop_and_resize` looks at.
    region: (f64, f64),
}

/// What is the same for all axes.
struct Rules {
    linear: bool,
    coordinates: String,
    nearest: String,
    extrapolation: f64,
    exclude_outside: bool,
}

fn resize(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let symbol = call.symbol(0)?;
    let shape = symbol
        .shape()
        .ok_or_else(|| Refusal::new("it resizes a label", "end the model with scores"))?
        .to_vec();
    // Version 10 has the scales second; later ones a region, scales and sizes.
    let old = call.opset < 11;
    let axes = match call.ints("axes")? {
        [] => (0..shape.len()).collect(),
        list => list
            .iter()
            .map(|&given| axis(given, shape.len()))
            .collect::<Result<Vec<_>, _>>()?,
    };
    let list = |index: usize| -> Result<Vec<f64>, Refusal> {
        let tensor = call.optional_constant(index)?;
        Ok(tensor.map(|tensor| tensor.data.clone()).unwrap_or_default())
    };
    let (region, scales, sizes) = if old {
        (Vec::new(), list(1)?, Vec::new())
    } else {
        (list(1)?, list(2)?, list(3)?)
    };
    let rules = Rules {
        linear: mode(call)?,
        coordinates: if old {
            "asymmetric".to_owned()
        } else {
            call.text("coordinate_transformation_mode", "half_pixel")?
        },
        nearest: if old {
            "simple".to_owned()
        } else {
            call.text("nearest_mode", "round_prefer_floor")?
        },
        extrapolation: call.float("extrapolation_value", 0.0)?,
        exclude_outside: call.int("exclude_outside", 0)? != 0,
    };
    if call.int("antialias", 0)? != 0 {
        return Err(Refusal::new(
            "it smooths (antialias = 1)",
            "export with antialias = 0",
        ));
    }
    let crops = rules.coordinates == "tf_crop_and_resize";
    let region = if crops { region } else { Vec::new() };
    if crops && region.len() != 2 * axes.len() {
        return Err(Refusal::malformed(format!(
            "its region has {} ends",
            region.len()
        )));
    }
    if crops && sizes.is_empty() {
        return Err(Refusal::new(
            "it crops by scales, on which runtimes do not agree",
            "give the sizes of the output",
        ));
    }
    let given = if sizes.is_empty() { &scales } else { &sizes };
    if given.len() != axes.len() {
        return Err(Refusal::malformed(format!(
            "{} factors meet {} axes",
            given.len(),
            axes.len()
        )));
    }
    let policy = call.text("keep_aspect_ratio_policy", "stretch")?;
    let common = common_scale(&policy, &shape, &axes, &sizes)?;
    let mut value = symbol.clone();
    for (place, &axis) in axes.iter().enumerate() {
        let from = shape[axis];
        let region = match region.as_slice() {
            [] => (0.0, 1.0),
            ends => (ends[place], ends[place + axes.len()]),
        };
        let (to, scale) = match (common, sizes.get(place)) {
            (Some(scale), _) => ((scale * from as f64 + 0.5).floor(), scale),
            (None, Some(&size)) => (size, size / from as f64),
            (None, None) => ((from as f64 * scales[place]).floor(), scales[place]),
        };
        if !(1.0..=65536.0).contains(&to) || scale <= 0.0 {
            return Err(Refusal::malformed(format!(
                "it resizes {from} elements to {to}"
            )));
        }
        let stretch = Stretch {
            from,
            to: to as usize,
            scale,
            region,
        };
        value = one_axis(builder, &value, axis, &stretch, &rules)?;
    }
    Ok(vec![value])
}

fn upsample(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let scales = match call.optional_constant(1)? {
        Some(tensor) => tensor.data.clone(),
        None => call.floats("scales")?,
    };
    let mut value = call.symbol(0)?.clone();
    let shape = value.shape().unwrap_or_default().to_vec();
    if scales.len() != shape.len() || scales.iter().any(|&scale| scale < 1.0) {
        return Err(Refusal::malformed(format!("its scales are {scales:?}")));
    }
    let rules = Rules {
        linear: mode(call)?,
        coordinates: "asymmetric".to_owned(),
        nearest: "floor".to_owned(),
        extrapolation: 0.0,
        exclude_outside: false,
    };
    for (axis, &scale) in scales.iter().enumerate() {
        let to = (shape[axis] as f64 * scale).floor();
        if to > 65536.0 {
            return Err(Refusal::malformed(format!("its scales are {scales:?}")));
        }
        let stretch = Stretch {
            from: shape[axis],
            to: to as usize,
            scale,
            region: (0.0, 1.0),
        };
        value = one_axis(builder, &value, axis, &stretch, &rules)?;
    }
    Ok(vec![value])
}

/// Whether the mode is linear.
fn mode(call: &Call<'_>) -> Result<bool, Refusal> {
    match call.text("mode", "nearest")?.as_str() {
        "nearest" => Ok(false),
        "linear" | "bilinear" => Ok(true),
        other => Err(Refusal::new(
            format!("its mode is '{other}'"),
            "resize by mode nearest or linear",
        )),
    }
}

/// The one scale of all axes that `keep_aspect_ratio_policy` asks for.
fn common_scale(
    policy: &str,
    shape: &[usize],
    axes: &[usize],
    sizes: &[f64],
) -> Result<Option<f64>, Refusal> {
    let ratios = axes
        .iter()
        .zip(sizes)
        .map(|(&axis, &size)| size / shape[axis] as f64);
    match policy {
        _ if sizes.is_empty() => Ok(None),
        "stretch" => Ok(None),
        "not_larger" => Ok(ratios.reduce(f64::min)),
        "not_smaller" => Ok(ratios.reduce(f64::max)),
        other => Err(Refusal::malformed(format!(
            "its aspect ratio policy is '{other}'"
        ))),
    }
}

impl Stretch {
    /// The input coordinate of an output, in single precision as runtimes compute it; `None` where
    /// it is outside, and a fixed value stands.
    fn coordinate(&self, output: usize, rules: &Rules) -> Result<Option<f64>, Refusal> {
        let (x, from, to) = (output as f32, self.from as f32, self.to as f32);
        let scale = self.scale as f32;
        Ok(Some(f64::from(match rules.coordinates.as_str() {
            "half_pixel" => (x + 0.5) / scale - 0.5,
            "half_pixel_symmetric" => {
                let adjustment = to / (from * scale);
                let offset = from / 2.0 * (1.0 - adjustment);
                offset + (x + 0.5) / scale - 0.5
            }
            "pytorch_half_pixel" | "align_corners" if self.to == 1 => 0.0,
            "pytorch_half_pixel" => (x + 0.5) / scale - 0.5,
            "align_corners" => x * (from - 1.0) / (to - 1.0),
            "asymmetric" => x / scale,
            "tf_half_pixel_for_nn" => (x + 0.5) / scale,
            "tf_crop_and_resize" => {
                let (start, end) = (self.region.0 as f32, self.region.1 as f32);
                let x = if self.to > 1 {
                    start * (from - 1.0) + x * (end - start) * (from - 1.0) / (to - 1.0)
                } else {
                    0.5 * (start + end) * (from - 1.0)
                };
                if !(0.0..=from - 1.0).contains(&x) {
                    return Ok(None);
                }
                x
            }
            other => {
                return Err(Refusal::malformed(format!("its coordinates are '{other}'")));
            }
        })))
    }

    /// Inputs with their weights.
    fn sources(&self, x: f64, rules: &Rules) -> Result<Vec<(usize, f64)>, Refusal> {
        let last = self.from - 1;
        let inside = |x: f64| (x.max(0.0) as usize).min(last);
        if rules.linear {
            if rules.exclude_outside {
                return Err(Refusal::new(
                    "it excludes what is outside",
                    "export with exclude_outside = 0",
                ));
            }
            let x = x.clamp(0.0, last as f64);
            let below = inside(x.floor());
            let part = x - below as f64;
            return Ok(if part == 0.0 || below == last {
                vec![(below, 1.0)]
            } else {
                vec![(below, 1.0 - part), (below + 1, part)]
            });
        }
        let half_down = if x.fract().abs() == 0.5 {
            x.floor()
        } else {
            x.round()
        };
        let half_up = if x.fract().abs() == 0.5 {
            x.ceil()
        } else {
            x.round()
        };
        let nearest = match rules.nearest.as_str() {
            "round_prefer_floor" => half_down,
            "round_prefer_ceil" => half_up,
            "floor" => x.floor(),
            "ceil" => x.ceil(),
            "simple" if self.scale < 1.0 => x.ceil(),
            "simple" => x.floor(),
            other => {
                return Err(Refusal::malformed(format!("its nearest_mode is '{other}'")));
            }
        };
        Ok(vec![(inside(nearest), 1.0)])
    }
}

/// Stretches one axis.
fn one_axis(
    builder: &mut Builder,
    symbol: &Symbol,
    axis: usize,
    stretch: &Stretch,
    rules: &Rules,
) -> Result<Symbol, Refusal> {
    if stretch.scale == 1.0 && stretch.from == stretch.to && stretch.region == (0.0, 1.0) {
        return Ok(symbol.clone());
    }
    let mut rows = Vec::with_capacity(stretch.to);
    for output in 0..stretch.to {
        rows.push(match stretch.coordinate(output, rules)? {
            Some(x) => stretch.sources(x, rules)?,
            None => Vec::new(),
        });
    }
    let shape = symbol.shape().unwrap_or_default().to_vec();
    let trivial = rows.len() == stretch.from
        && rows
            .iter()
            .enumerate()
            .all(|(i, row)| row.as_slice() == [(i, 1.0)]);
    if trivial {
        return Ok(symbol.clone());
    }
    if rows.iter().all(|row| matches!(row.as_slice(), [(_, 1.0)])) {
        let positions: Vec<Option<usize>> = rows.iter().map(|row| Some(row[0].0)).collect();
        let (new, index) = along(&shape, axis, &positions)?;
        return rearrange(builder, symbol, new, index);
    }
    let value = builder.value(symbol)?;
    Ok(weighted(builder, &value, axis, &rows, rules.extrapolation)?.into())
}

/// Weighted sums along an axis; `fill` stands where a row is empty.
fn weighted(
    builder: &mut Builder,
    value: &Value,
    axis: usize,
    rows: &[Vec<(usize, f64)>],
    fill: f64,
) -> Result<Value, Refusal> {
    let mut shape = value.shape.clone();
    let (outer, size): (usize, usize) = (shape[..axis].iter().product(), shape[axis]);
    let inner: usize = shape[axis + 1..].iter().product();
    shape[axis] = rows.len();
    let len = fits(&shape)?;
    let mut sparse = Vec::with_capacity(len);
    let mut bias = Vec::with_capacity(len);
    for block in 0..outer {
        for row in rows {
            for i in 0..inner {
                let place = |&(at, w): &(usize, f64)| (((block * size + at) * inner + i) as u32, w);
                sparse.push(row.iter().map(place).collect());
                bias.push(if row.is_empty() { fill } else { 0.0 });
            }
        }
    }
    if bias.iter().all(|&b| b == 0.0) {
        bias.clear();
    }
    builder.map(value, shape, Map::Sparse(sparse), bias)
}
