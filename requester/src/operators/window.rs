//! Kernel, stride, padding and dilation as `Conv` and the pools of ONNX give them.

use crate::float::Geometry;
use crate::graph::Call;
use crate::onnx::Refusal;

/// The largest kernel side, stride, padding or dilation.
pub const LIMIT: i64 = 1 << 16;

/// A list of `count` sizes, each at least `from`; all `default` when absent.
///
/// # Errors
/// When the attribute has another length or a size is out of range.
pub fn sizes(
    call: &Call<'_>,
    name: &str,
    count: usize,
    default: i64,
    from: i64,
) -> Result<Vec<usize>, Refusal> {
    let given = call.ints(name)?;
    let list = if given.is_empty() {
        vec![default; count]
    } else {
        given.to_vec()
    };
    if list.len() == count && list.iter().all(|v| (from..LIMIT).contains(v)) {
        Ok(list.into_iter().map(|v| v as usize).collect())
    } else {
        Err(Refusal::malformed(format!(
            "its attribute '{name}' is {given:?}"
        )))
    }
}

/// The shape of a global pool's output.
///
/// # Errors
/// When the tensor is not an image.
pub fn globally_pooled(shape: &[usize]) -> Result<Vec<usize>, Refusal> {
    if shape.len() < 3 || shape[0] != 1 {
        return Err(Refusal::malformed(format!(
            "it pools a tensor of shape {shape:?}"
        )));
    }
    let mut pooled = shape.to_vec();
    pooled[2..].fill(1);
    Ok(pooled)
}

/// One window over each plane of `channels` planes of `plane` elements.
#[must_use]
pub fn whole_planes(channels: usize, plane: usize) -> Geometry {
    Geometry {
        in_channels: channels,
        input: [1, plane],
        out_channels: channels,
        output: [1, 1],
        kernel: [1, plane],
        stride: [1, 1],
        dilation: [1, 1],
        before: [0, 0],
        after: [0, 0],
        groups: channels,
    }
}

/// The sizes of a sliding window over `[1, channels, width]` or `[1, channels, height, width]`.
pub struct Window {
    /// One convolution channel per image channel; `Conv` changes channels and groups.
    pub geometry: Geometry,
    /// Rank of the tensor, 3 or 4.
    rank: usize,
}

impl Window {
    /// Reads the attributes of a node that slides over a tensor of shape `shape`.
    ///
    /// # Errors
    /// When a size is out of range or the kernel does not fit.
    pub fn read(call: &Call<'_>, shape: &[usize], kernel: &[usize]) -> Result<Self, Refusal> {
        let axes = shape.len().saturating_sub(2);
        if !(1..=2).contains(&axes) || shape[0] != 1 || kernel.len() != axes {
            return Err(Refusal::new(
                format!("it slides over a tensor of shape {shape:?}"),
                "use one- or two-dimensional convolutions and pools, batch axis first",
            ));
        }
        let strides = sizes(call, "strides", axes, 1, 1)?;
        let dilations = sizes(call, "dilations", axes, 1, 1)?;
        let pads = sizes(call, "pads", 2 * axes, 0, 0)?;
        let auto = call.text("auto_pad", "NOTSET")?;
        let ceil = call.int("ceil_mode", 0)? != 0;
        let two = |list: &[usize], missing: usize| match list {
            [one] => [missing, *one],
            list => [list[0], list[1]],
        };
        let mut g = Geometry {
            in_channels: shape[1],
            input: two(&shape[2..], 1),
            out_channels: shape[1],
            output: [1, 1],
            kernel: two(kernel, 1),
            stride: two(&strides, 1),
            dilation: two(&dilations, 1),
            before: two(&pads[..axes], 0),
            after: two(&pads[axes..], 0),
            groups: shape[1],
        };
        for axis in 0..2 {
            fit(&mut g, axis, &auto, ceil)?;
        }
        Ok(Self {
            geometry: g,
            rank: shape.len(),
        })
    }

    /// The shape of the output.
    #[must_use]
    pub fn shape(&self) -> Vec<usize> {
        let [height, width] = self.geometry.output;
        if self.rank == 3 {
            vec![1, self.geometry.out_channels, width]
        } else {
            vec![1, self.geometry.out_channels, height, width]
        }
    }
}

/// Sets padding and output size along one axis.
fn fit(g: &mut Geometry, axis: usize, auto: &str, ceil: bool) -> Result<(), Refusal> {
    let (input, stride) = (g.input[axis], g.stride[axis]);
    let extent = g.dilation[axis] * (g.kernel[axis] - 1) + 1;
    match auto {
        "NOTSET" => {}
        "VALID" => (g.before[axis], g.after[axis]) = (0, 0),
        "SAME_UPPER" | "SAME_LOWER" => {
            let total = ((input.div_ceil(stride) - 1) * stride + extent).saturating_sub(input);
            let small = total / 2;
            let (before, after) = if auto == "SAME_UPPER" {
                (small, total - small)
            } else {
                (total - small, small)
            };
            (g.before[axis], g.after[axis]) = (before, after);
        }
        other => {
            return Err(Refusal::malformed(format!(
                "its attribute 'auto_pad' is '{other}'"
            )));
        }
    }
    let room = (input + g.before[axis] + g.after[axis])
        .checked_sub(extent)
        .ok_or_else(|| {
            Refusal::malformed(format!("its kernel covers {extent} of {input} elements"))
        })?;
    let mut output = if ceil {
        room.div_ceil(stride)
    } else {
        room / stride
    } + 1;
    // A window that would start in the padding behind the image is left out.
    if ceil && (output - 1) * stride >= input + g.before[axis] {
        output -= 1;
    }
    g.output[axis] = output;
    // The padding that the windows reach: then the sizes follow from each other.
    g.after[axis] = ((output - 1) * stride + extent).saturating_sub(input + g.before[axis]);
    Ok(())
}
