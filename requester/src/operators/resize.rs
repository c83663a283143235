//! `Resize` and `Upsample`: along each axis every output is a fixed mean of inputs.

mod stretch;

use super::movement::{along, rearrange};
use super::operator::{Operator, operator};
use crate::float::Map;
use crate::graph::call::axis;
use crate::graph::{Builder, Call, Symbol, Value, fits};
use crate::onnx::Refusal;
use stretch::{Rules, Stretch};

pub(super) const OPERATORS: &[Operator] = &[
    operator!(
        "Resize",
        Onnx,
        Linear,
        "nearest and linear, without antialiasing; constant scales or sizes",
        &[
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
        resize
    ),
    operator!(
        "Upsample",
        Onnx,
        Linear,
        "nearest and linear; constant scales",
        &["mode", "scales"],
        upsample
    ),
];

fn resize(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let symbol = call.symbol(0)?;
    let shape = symbol.tensor_shape()?;
    let rules = Rules::read(call)?;
    let axes = resized_axes(call, shape.len())?;
    let inputs = Sizes::read(call, &rules, axes.len())?;
    let policy = call.text("keep_aspect_ratio_policy", "stretch")?;
    let common = common_scale(&policy, shape, &axes, &inputs.sizes)?;
    let mut value = symbol.clone();
    for (place, &axis) in axes.iter().enumerate() {
        let stretch = inputs.stretch(place, shape[axis], common)?;
        value = one_axis(builder, &value, axis, &stretch, &rules)?;
    }
    Ok(vec![value])
}

/// Whether the node has the inputs of version 10: scales second, no region and no sizes.
fn is_old(call: &Call<'_>) -> bool {
    call.opset < 11
}

/// The axes that are resized; all of them when none is named.
fn resized_axes(call: &Call<'_>, rank: usize) -> Result<Vec<usize>, Refusal> {
    match call.ints("axes")? {
        [] => Ok((0..rank).collect()),
        list => list.iter().map(|&given| axis(given, rank)).collect(),
    }
}

impl Rules {
    /// The rules that a `Resize` names.
    fn read(call: &Call<'_>) -> Result<Self, Refusal> {
        let old = is_old(call);
        let rules = Self {
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
        Ok(rules)
    }

    /// Whether a region of the input is resized.
    fn crops(&self) -> bool {
        self.coordinates == "tf_crop_and_resize"
    }
}

/// The constant inputs of a `Resize`, for each resized axis.
struct Sizes {
    /// First the start of the region along each axis, then its end; empty for the whole input.
    region: Vec<f64>,
    scales: Vec<f64>,
    /// Sizes of the output; empty where scales are given.
    sizes: Vec<f64>,
}

impl Sizes {
    fn read(call: &Call<'_>, rules: &Rules, axes: usize) -> Result<Self, Refusal> {
        let list = |index: usize| -> Result<Vec<f64>, Refusal> {
            let tensor = call.optional_constant(index)?;
            Ok(tensor.map(|tensor| tensor.data.clone()).unwrap_or_default())
        };
        let (region, scales, sizes) = if is_old(call) {
            (Vec::new(), list(1)?, Vec::new())
        } else {
            (list(1)?, list(2)?, list(3)?)
        };
        let region = if rules.crops() { region } else { Vec::new() };
        if rules.crops() && region.len() != 2 * axes {
            return Err(Refusal::malformed(format!(
                "its region has {} ends",
                region.len()
            )));
        }
        if rules.crops() && sizes.is_empty() {
            return Err(Refusal::new(
                "it crops by scales, on which runtimes do not agree",
                "give the sizes of the output",
            ));
        }
        let given = if sizes.is_empty() { &scales } else { &sizes };
        if given.len() != axes {
            return Err(Refusal::malformed(format!(
                "it has {} factors for {axes} axes",
                given.len()
            )));
        }
        Ok(Self {
            region,
            scales,
            sizes,
        })
    }

    /// How the axis at `place` in the list of axes is stretched, `from` being its size.
    fn stretch(&self, place: usize, from: usize, common: Option<f64>) -> Result<Stretch, Refusal> {
        let region = match self.region.as_slice() {
            [] => (0.0, 1.0),
            ends => (ends[place], ends[place + ends.len() / 2]),
        };
        let (to, scale) = match (common, self.sizes.get(place)) {
            (Some(scale), _) => ((scale * from as f64 + 0.5).floor(), scale),
            (None, Some(&size)) => (size, size / from as f64),
            (None, None) => {
                let scale = self.scales[place];
                ((from as f64 * scale).floor(), scale)
            }
        };
        if !(1.0..=65536.0).contains(&to) || scale <= 0.0 {
            return Err(Refusal::malformed(format!(
                "it resizes {from} elements to {to}"
            )));
        }
        Ok(Stretch {
            from,
            to: to as usize,
            scale,
            region,
        })
    }
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

/// Resizes one axis.
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
