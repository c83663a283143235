//! One node with its inputs: what an operator's lowering reads.

use super::symbol::{Symbol, Value};
use crate::onnx::message::Node;
use crate::onnx::tensor::{self, Content, Tensor};
use crate::onnx::{Refusal, WEIGHTS, attribute, message::Attribute};
use std::rc::Rc;

/// One node with its inputs.
pub struct Call<'a> {
    /// The node.
    pub node: &'a Node,
    /// Version of `ai.onnx`.
    pub opset: i64,
    inputs: Vec<Option<Symbol>>,
    types: Vec<Option<i32>>,
}

impl<'a> Call<'a> {
    /// A node with what its inputs stand for (`None` for an omitted one) and their element types
    /// (`None` where they are not known).
    #[must_use]
    pub fn new(
        node: &'a Node,
        inputs: Vec<Option<Symbol>>,
        types: Vec<Option<i32>>,
        opset: i64,
    ) -> Self {
        Self {
            node,
            opset,
            inputs,
            types,
        }
    }

    /// The element type of input `index` as the file's number for it, where it is known.
    #[must_use]
    pub fn element_type(&self, index: usize) -> Option<i32> {
        self.types.get(index).copied().flatten()
    }

    /// Number of inputs.
    #[must_use]
    pub fn len(&self) -> usize {
        self.inputs.len()
    }

    /// Whether it has no inputs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.inputs.is_empty()
    }

    /// Input `index`, if given.
    #[must_use]
    pub fn optional(&self, index: usize) -> Option<&Symbol> {
        self.inputs.get(index)?.as_ref()
    }

    /// Input `index`.
    ///
    /// # Errors
    /// When it is missing.
    pub fn symbol(&self, index: usize) -> Result<&Symbol, Refusal> {
        self.optional(index)
            .ok_or_else(|| Refusal::malformed(format!("its input {index} is missing")))
    }

    /// Input `index`, computed from the view.
    ///
    /// # Errors
    /// When it is missing or something else.
    pub fn value(&self, index: usize) -> Result<&Value, Refusal> {
        match self.symbol(index)? {
            Symbol::Value(value) => Ok(value),
            other => Err(Refusal::new(
                format!(
                    "its input {index} is {}, a computed tensor is needed",
                    other.describe()
                ),
                "simplify the model (for example with onnxsim), or export scores instead",
            )),
        }
    }

    /// Input `index`, a constant, if given.
    ///
    /// # Errors
    /// When it is not a constant.
    pub fn optional_constant(&self, index: usize) -> Result<Option<Rc<Tensor>>, Refusal> {
        match self.optional(index) {
            None => Ok(None),
            Some(Symbol::Constant(tensor)) => Ok(Some(Rc::clone(tensor))),
            Some(_) => Err(Refusal::new(
                format!("its input {index} is not a constant"),
                "only constants are supported there; simplify the model (for example with onnxsim)",
            )),
        }
    }

    /// Input `index`, a constant.
    ///
    /// # Errors
    /// When it is missing or not a constant.
    pub fn constant(&self, index: usize) -> Result<Rc<Tensor>, Refusal> {
        self.symbol(index)?;
        self.optional_constant(index)?
            .ok_or_else(|| Refusal::malformed(format!("its input {index} is missing")))
    }

    fn attribute(&self, name: &str) -> Option<&'a Attribute> {
        attribute(self.node, name)
    }

    /// Whether an attribute is given.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.attribute(name).is_some()
    }

    fn typed(&self, name: &str, kind: i32) -> Result<Option<&'a Attribute>, Refusal> {
        match self.attribute(name) {
            // Some writers leave the type out.
            Some(attribute) if attribute.kind == kind || attribute.kind == 0 => Ok(Some(attribute)),
            Some(_) => Err(Refusal::malformed(format!(
                "its attribute '{name}' has the wrong type"
            ))),
            None => Ok(None),
        }
    }

    /// An integer attribute.
    ///
    /// # Errors
    /// When it has another type.
    pub fn int(&self, name: &str, default: i64) -> Result<i64, Refusal> {
        Ok(self
            .typed(name, 2)?
            .map_or(default, |attribute| attribute.i))
    }

    /// A finite number.
    ///
    /// # Errors
    /// When it has another type or is not finite.
    pub fn float(&self, name: &str, default: f64) -> Result<f64, Refusal> {
        let value = self
            .typed(name, 1)?
            .map_or(default, |attribute| f64::from(attribute.f));
        finite(name, &[value])?;
        Ok(value)
    }

    /// A string attribute.
    ///
    /// # Errors
    /// When it has another type.
    pub fn text(&self, name: &str, default: &str) -> Result<String, Refusal> {
        let text = self
            .typed(name, 3)?
            .map(|a| String::from_utf8_lossy(&a.s).into_owned());
        Ok(text.unwrap_or_else(|| default.to_owned()))
    }

    /// A list of integers; empty when absent.
    ///
    /// # Errors
    /// When it has another type.
    pub fn ints(&self, name: &str) -> Result<&'a [i64], Refusal> {
        Ok(self
            .typed(name, 7)?
            .map_or(&[], |attribute| &attribute.ints))
    }

    /// A list of finite numbers; empty when absent.
    ///
    /// # Errors
    /// When it has another type or an element is not finite.
    pub fn floats(&self, name: &str) -> Result<Vec<f64>, Refusal> {
        let list = self
            .typed(name, 6)?
            .map_or(&[][..], |attribute| &attribute.floats);
        let list: Vec<f64> = list.iter().map(|&f| f64::from(f)).collect();
        finite(name, &list)?;
        Ok(list)
    }

    /// A list of finite numbers, given as `name` or as the tensor `name_as_tensor`; empty when absent.
    ///
    /// # Errors
    /// When it has another type or an element is not finite.
    pub fn numbers(&self, name: &str) -> Result<Vec<f64>, Refusal> {
        let tensor = format!("{name}_as_tensor");
        if self.has(&tensor) {
            self.tensor_numbers(&tensor)
        } else {
            self.floats(name)
        }
    }

    /// The numbers of a tensor attribute.
    ///
    /// # Errors
    /// When it is missing or malformed.
    pub fn tensor_numbers(&self, name: &str) -> Result<Vec<f64>, Refusal> {
        match self.tensor(name)? {
            Content::Numbers(tensor) => Ok(tensor.data),
            Content::Strings(_) => Err(Refusal::malformed(format!(
                "its attribute '{name}' holds strings"
            ))),
        }
    }

    /// A list of strings; empty when absent.
    ///
    /// # Errors
    /// When it has another type.
    pub fn texts(&self, name: &str) -> Result<Vec<String>, Refusal> {
        let list = self
            .typed(name, 8)?
            .map_or(&[][..], |attribute| &attribute.strings);
        Ok(list
            .iter()
            .map(|s| String::from_utf8_lossy(s).into_owned())
            .collect())
    }

    /// A tensor attribute.
    ///
    /// # Errors
    /// When it is missing or malformed.
    pub fn tensor(&self, name: &str) -> Result<Content, Refusal> {
        let message = self
            .typed(name, 4)?
            .and_then(|attribute| attribute.t.as_ref());
        let message = message
            .ok_or_else(|| Refusal::malformed(format!("its attribute '{name}' is missing")))?;
        tensor::decode(message)
            .map_err(|reason| Refusal::new(format!("attribute '{name}': {reason}"), WEIGHTS))
    }

    /// A list of integers that older versions give as an attribute and newer ones as an input.
    ///
    /// # Errors
    /// When neither is a list of constants; `None` when both are absent.
    pub fn int_list(&self, name: &str, index: usize) -> Result<Option<Vec<i64>>, Refusal> {
        if let Some(tensor) = self.optional_constant(index)? {
            return tensor.as_integers().map(Some).map_err(Refusal::malformed);
        }
        Ok(self.typed(name, 7)?.map(|attribute| attribute.ints.clone()))
    }
}

fn finite(name: &str, list: &[f64]) -> Result<(), Refusal> {
    match list.iter().find(|v| !v.is_finite()) {
        Some(bad) => Err(Refusal::new(
            format!("its attribute '{name}' contains {bad}"),
            "train again; a weight that is not a finite number has no meaning",
        )),
        None => Ok(()),
    }
}

/// An axis counted from the end when negative.
///
/// # Errors
/// When it is out of range.
pub fn axis(axis: i64, rank: usize) -> Result<usize, Refusal> {
    let rank = rank as i64;
    let from_start = if axis < 0 {
        axis.saturating_add(rank)
    } else {
        axis
    };
    if (0..rank).contains(&from_start) {
        Ok(from_start as usize)
    } else {
        Err(Refusal::malformed(format!(
            "axis {axis} does not exist in a tensor of rank {rank}"
        )))
    }
}
