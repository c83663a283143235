//! `ConvTranspose`: zeros between the elements, then a convolution with the kernel reversed.

use super::operator::{Operator, operator};
use super::window::{LIMIT, sizes};
use crate::float::{Geometry, Map, map::ZERO};
use crate::graph::{Builder, Call, Symbol, fits};
use crate::onnx::Refusal;

pub(super) const OPERATORS: &[Operator] = &[operator!(
    "ConvTranspose",
    Onnx,
    Linear,
    "one- and two-dimensional; all attributes; constant weights",
    &[
        "auto_pad",
        "dilations",
        "group",
        "kernel_shape",
        "output_padding",
        "output_shape",
        "pads",
        "strides",
    ],
    conv_transpose
)];

fn conv_transpose(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let image = call.value(0)?.clone();
    let weights = call.constant(1)?;
    let groups = check_shapes(call, &image.shape, &weights.shape)?;
    let axes = image.shape.len() - 2;
    let attributes = Attributes::read(call, axes)?;
    let mut geometry = Geometry {
        in_channels: weights.shape[0],
        input: [1; 2],
        out_channels: weights.shape[1] * groups,
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
        first[axis] = attributes.fit(i, size, kernel, axis, &mut geometry)?;
    }
    let g = geometry;
    fits(&[g.in_channels, g.input[0], g.input[1]])?;
    fits(&[g.out_channels, g.output[0], g.output[1]])?;
    let index = spread_out(&image.shape, &attributes.strides, first, &g);
    let shape = |channels: usize, sides: [usize; 2]| {
        let mut shape = vec![1, channels];
        shape.extend(&sides[2 - axes..]);
        shape
    };
    let stretched = builder.select(&image, shape(g.in_channels, g.input), index)?;
    let bias = bias(call, &g)?;
    let map = Map::Conv(g, reversed(&weights.data, &g));
    let shape = shape(g.out_channels, g.output);
    Ok(vec![builder.map(&stretched, shape, map, bias)?.into()])
}

/// Checks that image and weights fit each other; returns the number of groups.
fn check_shapes(call: &Call<'_>, image: &[usize], weights: &[usize]) -> Result<usize, Refusal> {
    let axes = image.len().saturating_sub(2);
    if !(1..=2).contains(&axes) || image[0] != 1 || weights.len() != axes + 2 {
        return Err(Refusal::new(
            format!("it slides over a tensor of shape {image:?}"),
            "use one- or two-dimensional convolutions, batch axis first",
        ));
    }
    let groups = usize::try_from(call.int("group", 1)?).unwrap_or(0);
    let (channels, per_group) = (weights[0], weights[1]);
    let divides = groups > 0 && channels.is_multiple_of(groups) && per_group > 0;
    if !divides || channels != image[1] || weights[2..].contains(&0) {
        return Err(Refusal::malformed(format!(
            "weights of shape {weights:?} do not fit {} channels in {groups} groups",
            image[1]
        )));
    }
    Ok(groups)
}

/// The bias of every element of the output.
fn bias(call: &Call<'_>, g: &Geometry) -> Result<Vec<f64>, Refusal> {
    match call.optional_constant(2)? {
        None => Ok(Vec::new()),
        Some(bias) if bias.data.len() == g.out_channels => {
            let plane = g.output[0] * g.output[1];
            let channels = bias.data.iter();
            Ok(channels
                .flat_map(|&b| std::iter::repeat_n(b, plane))
                .collect())
        }
        Some(_) => Err(Refusal::malformed("its bias has the wrong length")),
    }
}

/// What the node says of each axis that it slides along.
struct Attributes {
    strides: Vec<usize>,
    dilations: Vec<usize>,
    output_padding: Vec<usize>,
    /// For all axes the elements left out before, then those left out behind.
    pads: Vec<usize>,
    /// Sizes of the output; 0 where they are not given.
    output_shape: Vec<usize>,
    auto_pad: String,
}

impl Attributes {
    fn read(call: &Call<'_>, axes: usize) -> Result<Self, Refusal> {
        Ok(Self {
            strides: sizes(call, "strides", axes, 1, 1)?,
            dilations: sizes(call, "dilations", axes, 1, 1)?,
            output_padding: sizes(call, "output_padding", axes, 0, 0)?,
            pads: sizes(call, "pads", 2 * axes, 0, 0)?,
            output_shape: sizes(call, "output_shape", axes, 0, 0)?,
            auto_pad: call.text("auto_pad", "NOTSET")?,
        })
    }

    /// How many elements are left out before and behind along axis `i`: of the `full` ones that
    /// `size` elements of the image give.
    fn padding(&self, i: usize, size: usize, full: usize) -> Result<(usize, usize), Refusal> {
        let total = match self.auto_pad.as_str() {
            _ if self.output_shape[i] > 0 => full.saturating_sub(self.output_shape[i]),
            "SAME_UPPER" | "SAME_LOWER" => full.saturating_sub(size * self.strides[i]),
            "NOTSET" => return Ok((self.pads[i], self.pads[i + self.strides.len()])),
            "VALID" => 0,
            other => {
                return Err(Refusal::malformed(format!(
                    "its attribute 'auto_pad' is '{other}'"
                )));
            }
        };
        let small = total / 2;
        Ok(if self.auto_pad == "SAME_UPPER" {
            (small, total - small)
        } else {
            (total - small, small)
        })
    }

    /// Sets the sizes along axis `i` of the node, `axis` of the geometry. Returns the first element
    /// of the stretched image that an output meets.
    fn fit(
        &self,
        i: usize,
        size: usize,
        kernel: usize,
        axis: usize,
        g: &mut Geometry,
    ) -> Result<usize, Refusal> {
        let extent = (kernel - 1) * self.dilations[i] + 1;
        let full = (size - 1) * self.strides[i] + self.output_padding[i] + extent;
        let (before, behind) = self.padding(i, size, full)?;
        let output = full as i64 - before as i64 - behind as i64;
        let output = output.max(self.output_shape[i] as i64);
        // The stretched image as far as the outputs meet it.
        let last = ((size - 1) * self.strides[i]).min((output + before as i64 - 1).max(0) as usize);
        let first = before.saturating_sub(extent - 1);
        if !(1..LIMIT).contains(&output) || first > last {
            return Err(Refusal::malformed(format!(
                "its output has {output} elements along an axis"
            )));
        }
        (g.kernel[axis], g.dilation[axis], g.output[axis]) =
            (kernel, self.dilations[i], output as usize);
        g.before[axis] = (extent - 1).saturating_sub(before);
        g.input[axis] = last - first + 1;
        g.after[axis] = g.output[axis] + extent - 1 - g.before[axis] - g.input[axis];
        Ok(first)
    }
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

/// Weights `[in, out/group, kernel]` as `[out, in/group, kernel reversed]`.
fn reversed(weights: &[f64], g: &Geometry) -> Vec<f64> {
    let (in_group, out_group) = (g.in_channels / g.groups, g.out_channels / g.groups);
    let taps = g.kernel[0] * g.kernel[1];
    let mut reversed = Vec::with_capacity(weights.len());
    for out in 0..g.out_channels {
        for input in 0..in_group {
            let from = out / out_group * in_group + input;
            let start = (from * out_group + out % out_group) * taps;
            reversed.extend(weights[start..start + taps].iter().rev());
        }
    }
    reversed
}
