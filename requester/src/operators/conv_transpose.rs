//! `ConvTranspose`: zeros between the elements, then a convolution with the kernel turned round.

use super::operator::{Operator, Support};
use super::window::{LIMIT, sizes};
use crate::float::{Geometry, Map, map::ZERO};
use crate::graph::{Builder, Call, Symbol, fits};
use crate::onnx::{Domain, Refusal};

pub(super) const OPERATORS: &[Operator] = &[Operator {
    name: "ConvTranspose",
    domain: Domain::Onnx,
    support: Support::Linear,
    note: "one- and two-dimensional; all attributes; constant weights",
    attributes: &[
        "auto_pad",
        "dilations",
        "group",
        "kernel_shape",
        "output_padding",
        "output_shape",
        "pads",
        "strides",
    ],
    lower: conv_transpose,
}];

fn conv_transpose(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let image = call.value(0)?.clone();
    let weights = call.constant(1)?;
    let axes = image.shape.len().saturating_sub(2);
    if !(1..=2).contains(&axes) || image.shape[0] != 1 || weights.shape.len() != axes + 2 {
        return Err(Refusal::new(
            format!("it slides over a tensor of shape {:?}", image.shape),
            "use one- or two-dimensional convolutions, batch axis first",
        ));
    }
    let groups = usize::try_from(call.int("group", 1)?).unwrap_or(0);
    let (channels, per_group) = (weights.shape[0], weights.shape[1]);
    let divides = groups > 0 && channels.is_multiple_of(groups) && per_group > 0;
    if !divides || channels != image.shape[1] || weights.shape[2..].contains(&0) {
        return Err(Refusal::malformed(format!(
            "weights of shape {:?} do not fit {} channels in {groups} groups",
            weights.shape, image.shape[1]
        )));
    }
    let strides = sizes(call, "strides", axes, 1, 1)?;
    let dilations = sizes(call, "dilations", axes, 1, 1)?;
    let extra = sizes(call, "output_padding", axes, 0, 0)?;
    let mut pads = sizes(call, "pads", 2 * axes, 0, 0)?;
    let wanted = sizes(call, "output_shape", axes, 0, 0)?;
    let auto = call.text("auto_pad", "NOTSET")?;
    let mut g = Geometry {
        in_channels: channels,
        input: [1; 2],
        out_channels: per_group * groups,
        output: [1; 2],
        kernel: [1; 2],
        stride: [1; 2],
        dilation: [1; 2],
        before: [0; 2],
        after: [0; 2],
        groups,
    };
    let mut first = [0; 2];
    for i in 0..axes {
        let axis = i + 2 - axes;
        let (size, kernel) = (image.shape[2 + i], weights.shape[2 + i]);
        let extent = (kernel - 1) * dilations[i] + 1;
        let full = (size - 1) * strides[i] + extra[i] + extent;
        let total = match auto.as_str() {
            _ if wanted[i] > 0 => Some(full.saturating_sub(wanted[i])),
            "SAME_UPPER" | "SAME_LOWER" => Some(full.saturating_sub(size * strides[i])),
            "NOTSET" => None,
            "VALID" => Some(0),
            other => {
                return Err(Refusal::malformed(format!(
                    "its attribute 'auto_pad' is '{other}'"
                )));
            }
        };
        if let Some(total) = total {
            let small = total / 2;
            let upper = auto == "SAME_UPPER";
            (pads[i], pads[i + axes]) = if upper {
                (small, total - small)
            } else {
                (total - small, small)
            };
        }
        let output = (full as i64 - pads[i] as i64 - pads[i + axes] as i64).max(wanted[i] as i64);
        // The stretched image as far as the outputs meet it.
        let last = ((size - 1) * strides[i]).min((output + pads[i] as i64 - 1).max(0) as usize);
        first[axis] = pads[i].saturating_sub(extent - 1);
        if !(1..LIMIT).contains(&output) || first[axis] > last {
            return Err(Refusal::malformed(format!(
                "its output has {output} elements along an axis"
            )));
        }
        (g.kernel[axis], g.dilation[axis], g.output[axis]) =
            (kernel, dilations[i], output as usize);
        g.before[axis] = (extent - 1).saturating_sub(pads[i]);
        g.input[axis] = last - first[axis] + 1;
        g.after[axis] = g.output[axis] + extent - 1 - g.before[axis] - g.input[axis];
    }
    fits(&[channels, g.input[0], g.input[1]])?;
    fits(&[g.out_channels, g.output[0], g.output[1]])?;
    let index = spread_out(&image.shape, &strides, first, &g);
    let shape = |channels: usize, sides: [usize; 2]| {
        let mut shape = vec![1, channels];
        shape.extend(&sides[2 - axes..]);
        shape
    };
    let stretched = builder.select(&image, shape(channels, g.input), index)?;
    let bias = match call.optional_constant(2)? {
        None => Vec::new(),
        Some(bias) if bias.data.len() == g.out_channels => {
            let plane = g.output[0] * g.output[1];
            bias.data
                .iter()
                .flat_map(|&b| std::iter::repeat_n(b, plane))
                .collect()
        }
        Some(_) => return Err(Refusal::malformed("its bias has the wrong length")),
    };
    let map = Map::Conv(g, turned(&weights.data, &g));
    Ok(vec![
        builder
            .map(&stretched, shape(g.out_channels, g.output), map, bias)?
            .into(),
    ])
}

/// For each element of the image with zeros between, from `first` on, its place in the image.
fn spread_out(shape: &[usize], strides: &[usize], first: [usize; 2], g: &Geometry) -> Vec<u32> {
    let two = |list: &[usize]| match list {
        [one] => [1, *one],
        list => [list[0], list[1]],
    };
    let (sides, strides) = (two(&shape[2..]), two(strides));
    let mut index = Vec::with_capacity(g.in_channels * g.input[0] * g.input[1]);
    for channel in 0..g.in_channels {
        for y in 0..g.input[0] {
            for x in 0..g.input[1] {
                let (y, x) = (y + first[0], x + first[1]);
                let meets = y % strides[0] == 0 && x % strides[1] == 0;
                let place = (channel * sides[0] + y / strides[0]) * sides[1] + x / strides[1];
                index.push(if meets { place as u32 } else { ZERO });
            }
        }
    }
    index
}

/// Weights `[in, out/group, kernel]` as `[out, in/group, kernel turned round]`.
fn turned(weights: &[f64], g: &Geometry) -> Vec<f64> {
    let (in_group, out_group) = (g.in_channels / g.groups, g.out_channels / g.groups);
    let taps = g.kernel[0] * g.kernel[1];
    let mut turned = Vec::with_capacity(weights.len());
    for out in 0..g.out_channels {
        for input in 0..in_group {
            let from = out / out_group * in_group + input;
            let start = (from * out_group + out % out_group) * taps;
            turned.extend(weights[start..start + taps].iter().rev());
        }
    }
    turned
}
