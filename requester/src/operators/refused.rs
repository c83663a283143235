//! Common operators that are refused, with the reason.

use super::operator::{Operator, operator};
use crate::onnx::Refusal;

macro_rules! refused {
    ($($domain:ident $name:literal: $note:literal),* $(,)?) => {
        &[$(operator!($name, $domain, Refused, $note, |_, _| {
            Err(Refusal::new(
                concat!("the operator is refused: ", $note),
                "build the model from the operators listed in docs/operators.md",
            ))
        })),*]
    };
}

pub(super) const OPERATORS: &[Operator] = refused! {
    Onnx "AffineGrid": "its output depends on computed coordinates",
    Onnx "Attention": "it multiplies computed tensors",
    Onnx "Bernoulli": "it is not a function of the document",
    Onnx "BitShift": "it works on bits",
    Onnx "BitwiseAnd": "it works on bits",
    Onnx "BitwiseNot": "it works on bits",
    Onnx "BitwiseOr": "it works on bits",
    Onnx "BitwiseXor": "it works on bits",
    Onnx "CategoryMapper": "it maps strings",
    Onnx "Compress": "its output has no fixed shape",
    Onnx "CumSum": "sums of growing length; use ReduceSum",
    Onnx "DFT": "it works on complex numbers",
    Onnx "DeformConv": "its windows depend on computed offsets",
    Onnx "Det": "it multiplies computed tensors",
    Onnx "DynamicQuantizeLinear": "its scale is computed from the document; quantise statically",
    Onnx "Einsum": "it multiplies computed tensors",
    Onnx "GRU": "a recurrence with products of computed tensors",
    Onnx "GatherND": "use Gather or Slice",
    Onnx "GridSample": "it reads at computed positions",
    Onnx "GroupNormalization": "it divides by a computed standard deviation",
    Onnx "Hardmax": "use ArgMax at the end",
    Onnx "If": "control flow",
    Onnx "InstanceNormalization": "it divides by a computed standard deviation",
    Onnx "LRN": "it divides by computed norms",
    Onnx "LSTM": "a recurrence with products of computed tensors",
    Onnx "LayerNormalization": "it divides by a computed standard deviation",
    Onnx "Loop": "control flow",
    Onnx "LpPool": "use AveragePool or MaxPool",
    Onnx "MaxRoiPool": "it reads at computed positions",
    Onnx "MaxUnpool": "it writes at computed positions",
    Onnx "MeanVarianceNormalization": "it divides by a computed standard deviation",
    Onnx "Mod": "a remainder jumps everywhere",
    Onnx "Multinomial": "it is not a function of the document",
    Onnx "NonMaxSuppression": "its output has no fixed shape",
    Onnx "NonZero": "its output has no fixed shape",
    Onnx "OneHot": "use comparisons",
    Onnx "RMSNormalization": "it divides by a computed norm",
    Onnx "RNN": "a recurrence over computed tensors",
    Onnx "RandomNormal": "it is not a function of the document",
    Onnx "RandomNormalLike": "it is not a function of the document",
    Onnx "RandomUniform": "it is not a function of the document",
    Onnx "RandomUniformLike": "it is not a function of the document",
    Onnx "RoiAlign": "it reads at computed positions",
    Onnx "RotaryEmbedding": "it belongs to attention, which multiplies computed tensors",
    Onnx "Scan": "control flow",
    Onnx "ScatterElements": "use Concat and Slice",
    Onnx "ScatterND": "use Concat and Slice",
    Onnx "StringNormalizer": "it works on strings",
    Onnx "Tan": "it has poles",
    Onnx "TfIdfVectorizer": "it counts words; the view text-hash-N does",
    Onnx "TopK": "it sorts; use argmax in the rule for a match",
    Onnx "Unique": "its output has no fixed shape",
    Ml "CastMap": "it works on maps",
    Ml "DictVectorizer": "it works on maps; the view text-hash-N counts words",
    Ml "OneHotEncoder": "use comparisons",
    Ml "SVMClassifier": "it votes between pairs of classes; export LinearSVC or SGDClassifier",
};
