//! `BatchNormalization` in inference: a factor and a bias per channel.

use super::operator::{Operator, operator};
use crate::float::Map;
use crate::graph::{Builder, Call, Symbol};
use crate::onnx::Refusal;

pub(super) const OPERATORS: &[Operator] = &[operator!(
    "BatchNormalization",
    Onnx,
    Folded,
    "into its neighbours; inference only",
    &["epsilon", "momentum", "spatial", "training_mode"],
    batch_normalization
)];

fn batch_normalization(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    if call.int("training_mode", 0)? != 0 || call.node.output.iter().skip(1).any(|o| !o.is_empty())
    {
        return Err(Refusal::new(
            "it is in training mode",
            "export the model in evaluation mode (model.eval() in PyTorch)",
        ));
    }
    let value = call.value(0)?.clone();
    let epsilon = call.float("epsilon", 1e-5)?;
    let channels = value.shape.get(1).copied().unwrap_or(0);
    let mut lists = Vec::new();
    for index in 1..5 {
        let list = call.constant(index)?;
        if list.data.len() != channels || channels == 0 || value.shape[0] != 1 {
            return Err(Refusal::malformed(format!(
                "its input {index} has the wrong length"
            )));
        }
        lists.push(list);
    }
    let plane = value.len() / channels;
    let (mut factors, mut bias) = (Vec::new(), Vec::new());
    for channel in 0..channels {
        let [scale, shift, mean, variance] = [0, 1, 2, 3].map(|list| lists[list].data[channel]);
        let factor = scale / (variance + epsilon).sqrt();
        if !factor.is_finite() {
            let reason = format!("the variance of channel {channel} is {variance}");
            return Err(Refusal::new(reason, "train again"));
        }
        factors.extend(std::iter::repeat_n(factor, plane));
        bias.extend(std::iter::repeat_n(shift - factor * mean, plane));
    }
    let shape = value.shape.clone();
    Ok(vec![
        builder
            .map(&value, shape, Map::Diagonal(factors), bias)?
            .into(),
    ])
}
