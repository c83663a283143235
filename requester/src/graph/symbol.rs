//! What a name of the model stands for while it is lowered.

use crate::float::ValueId;
use crate::onnx::Refusal;
use crate::onnx::tensor::Tensor;
use std::rc::Rc;

/// What a name stands for.
#[derive(Clone, Debug)]
pub enum Symbol {
    /// Numbers known now.
    Constant(Rc<Tensor>),
    /// Strings known now: class labels.
    Strings(Vec<String>),
    /// A tensor computed from the view.
    Value(Value),
    /// Probabilities: values with a common denominator, supported at the end of a model.
    Ratio(Ratio),
    /// A class label.
    Label(Label),
}

/// A tensor computed from the view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// The program's value that holds its elements, row-major.
    pub id: ValueId,
    /// Shape, batch axis included.
    pub shape: Vec<usize>,
}

/// `numerator[j] / denominator`, or its logarithm.
#[derive(Clone, Debug)]
pub struct Ratio {
    /// Numerators.
    pub numerator: Value,
    /// One element, positive on every view.
    pub denominator: Value,
    /// Whether the logarithm is meant.
    pub logarithm: bool,
    /// Whether the model rounds it afterwards: then only the order of its elements is known here, and of
    /// those that the rounding makes equal more than the model knows.
    pub rounded: bool,
}

/// The label that belongs to the largest of some scores.
#[derive(Clone, Debug)]
pub struct Label {
    /// The scores, of which the largest decides (the first among equals).
    pub scores: Value,
    /// The labels in the order of the scores; empty for the index itself.
    pub names: Vec<String>,
}

impl Value {
    /// Number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether it has no elements.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Symbol {
    /// The shape, where it has one.
    #[must_use]
    pub fn shape(&self) -> Option<&[usize]> {
        match self {
            Self::Constant(tensor) => Some(&tensor.shape),
            Self::Value(value) => Some(&value.shape),
            Self::Ratio(ratio) => Some(&ratio.numerator.shape),
            Self::Strings(_) | Self::Label(_) => None,
        }
    }

    /// The shape of a tensor.
    ///
    /// # Errors
    /// When it is a label.
    pub fn tensor_shape(&self) -> Result<&[usize], Refusal> {
        self.shape()
            .ok_or_else(|| Refusal::new("it reads a label", "end the model with scores"))
    }

    /// One or two words for a report.
    #[must_use]
    pub fn describe(&self) -> String {
        let shape = |shape: &[usize]| {
            let sizes: Vec<String> = shape.iter().map(usize::to_string).collect();
            if sizes.is_empty() {
                "scalar".to_owned()
            } else {
                sizes.join("×")
            }
        };
        match self {
            Self::Constant(tensor) => format!("constant {}", shape(&tensor.shape)),
            Self::Strings(names) => format!("{} labels", names.len()),
            Self::Value(value) => shape(&value.shape),
            Self::Ratio(ratio) => format!("probabilities {}", shape(&ratio.numerator.shape)),
            Self::Label(_) => "label".to_owned(),
        }
    }
}

impl From<Value> for Symbol {
    fn from(value: Value) -> Self {
        Self::Value(value)
    }
}
