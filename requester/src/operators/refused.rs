//! Operators that people meet and that are refused, with the reason.

use super::{Domain, Operator, Support};
use crate::lower::{Builder, Call, Symbol, Unsupported};

macro_rules! refused {
    ($($name:literal: $note:literal),* $(,)?) => {
        &[$(Operator {
            name: $name,
            domain: Domain::Onnx,
            support: Support::Refused,
            note: $note,
            attributes: &[],
            lower: |_: &Call<'_>, _: &mut Builder| -> Result<Vec<Symbol>, Unsupported> {
                Err(Unsupported::new(
                    concat!("the operator is refused: ", $note),
                    "build the model from the operators listed in docs/operators.md",
                ))
            },
        }),*]
    };
}

pub(super) const OPERATORS: &[Operator] = refused! {
    "Attention": "it multiplies computed tensors",
    "Einsum": "it multiplies computed tensors",
    "GRU": "a recurrence with products of computed tensors",
    "If": "control flow",
    "InstanceNormalization": "it divides by a computed standard deviation",
    "LSTM": "a recurrence with products of computed tensors",
    "LayerNormalization": "it divides by a computed standard deviation",
    "Loop": "control flow",
    "LpNormalization": "it divides by a computed norm",
    "NonMaxSuppression": "its output has no fixed shape",
    "NonZero": "its output has no fixed shape",
    "RandomNormal": "it is not a function of the document",
    "RandomUniform": "it is not a function of the document",
    "RNN": "a recurrence over computed tensors",
    "Scan": "control flow",
    "TopK": "it sorts; use argmax in the rule for a match",
};
