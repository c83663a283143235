//! `Conv`: one- and two-dimensional, grouped, strided, padded, dilated.

use super::operator::{Operator, operator};
use super::window::Window;
use crate::float::Map;
use crate::graph::{Builder, Call, Symbol, fits};
use crate::onnx::Refusal;
use crate::onnx::tensor::Tensor;

/// The attributes that describe a convolution.
pub(super) const ATTRIBUTES: &[&str] = &[
    "auto_pad",
    "dilations",
    "group",
    "kernel_shape",
    "pads",
    "strides",
];

pub(super) const OPERATORS: &[Operator] = &[operator!(
    "Conv",
    Onnx,
    Linear,
    "one- and two-dimensional; groups, strides, dilations, pads, auto_pad; constant weights",
    ATTRIBUTES,
    conv
)];

fn conv(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let weights = Symbol::Constant(call.constant(1)?);
    let bias = call.optional_constant(2)?;
    let image = call.value(0)?.clone().into();
    Ok(vec![convolve(
        call,
        builder,
        &image,
        &weights,
        bias.as_deref(),
    )?])
}

/// The convolution that a node's attributes describe.
///
/// # Errors
/// When the sizes do not fit, or the weights are not constant.
pub(super) fn convolve(
    call: &Call<'_>,
    builder: &mut Builder,
    image: &Symbol,
    weights: &Symbol,
    bias: Option<&Tensor>,
) -> Result<Symbol, Refusal> {
    let image = builder.value(image)?;
    let Symbol::Constant(weights) = weights else {
        return Err(Refusal::new(
            "its weights are not constant",
            "export the model with its weights as initializers",
        ));
    };
    let sizes = weights.shape.get(2..).unwrap_or_default();
    let declared = call.ints("kernel_shape")?;
    let same = declared.iter().copied().eq(sizes.iter().map(|&s| s as i64));
    if sizes.contains(&0) || !(declared.is_empty() || same) {
        return Err(Refusal::malformed(
            "its kernel_shape differs from its weights",
        ));
    }
    let mut window = Window::read(call, &image.shape, sizes)?;
    let groups = usize::try_from(call.int("group", 1)?).unwrap_or(0);
    let g = &mut window.geometry;
    (g.groups, g.out_channels) = (groups, weights.shape[0]);
    let divides = groups > 0 && g.in_channels % groups == 0 && g.out_channels % groups == 0;
    if !divides || g.out_channels == 0 || weights.shape[1] * groups != g.in_channels {
        return Err(Refusal::malformed(format!(
            "weights of shape {:?} do not fit {} channels in {groups} groups",
            weights.shape, g.in_channels
        )));
    }
    let plane = g.output[0] * g.output[1];
    fits(&[g.out_channels, g.output[0], g.output[1]])?;
    let bias = match bias {
        None => Vec::new(),
        Some(bias) if bias.data.len() == g.out_channels => bias
            .data
            .iter()
            .flat_map(|&b| std::iter::repeat_n(b, plane))
            .collect(),
        Some(_) => return Err(Refusal::malformed("its bias has the wrong length")),
    };
    let map = Map::Conv(*g, weights.data.clone());
    Ok(builder.map(&image, window.shape(), map, bias)?.into())
}
