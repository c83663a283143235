//! Functions of each element, and pairs of tensors that are functions of one.
//!
//! The builder knows which values are computed element by element from an earlier one. A product of
//! two such values, for example `x·sigmoid(x)`, is one function of that value: one table, and one
//! row for each element.

use super::broadcast::Broadcast;
use crate::float::Func;
use crate::float::formula::{Binary, Formula};
use crate::graph::{Builder, Symbol, Value};
use crate::onnx::Refusal;
use crate::onnx::tensor::Tensor;
use std::rc::Rc;
use std::sync::Arc;

/// A function of every element of a constant.
fn folded(tensor: &Tensor, f: impl Fn(f64) -> f64) -> Result<Symbol, Refusal> {
    let data: Vec<f64> = tensor.data.iter().map(|&y| f(y)).collect();
    if data.iter().any(|z| !z.is_finite()) {
        return Err(Refusal::new(
            "its constant result is not finite",
            "train again; a weight that is not a finite number has no meaning",
        ));
    }
    Ok(Symbol::Constant(Rc::new(Tensor {
        shape: tensor.shape.clone(),
        data,
    })))
}

/// A function of every element.
///
/// # Errors
/// When the symbol is not a tensor.
pub(super) fn apply(
    builder: &mut Builder,
    symbol: &Symbol,
    formula: &Arc<Formula>,
) -> Result<Symbol, Refusal> {
    if let Symbol::Constant(tensor) = symbol {
        return folded(tensor, |y| formula.apply(y));
    }
    let value = builder.value(symbol)?;
    let (base, inner) = builder.formula_of(&value);
    let composed = formula.after(&inner);
    let result = if inner.is_affine() || !composed.is_small() {
        builder.pointwise(&value, Func::formula(formula))
    } else {
        on_base(builder, &value, base, &composed)
    };
    builder.note(&result, base, composed);
    Ok(result.into())
}

/// A function of every element that has a variant of [`Func`]; `formula` is the same function.
///
/// # Errors
/// When the symbol is not a tensor.
pub(super) fn apply_func(
    builder: &mut Builder,
    symbol: &Symbol,
    func: Func,
    formula: &Arc<Formula>,
) -> Result<Symbol, Refusal> {
    if let Symbol::Constant(tensor) = symbol {
        return folded(tensor, |y| func.apply(y, 0));
    }
    let value = builder.value(symbol)?;
    let (base, inner) = builder.formula_of(&value);
    if !inner.is_affine() {
        return apply(builder, symbol, formula);
    }
    let result = builder.pointwise(&value, func);
    builder.note(&result, base, formula.after(&inner));
    Ok(result.into())
}

/// `formula` of the value `base`, which has the shape of `like`.
fn on_base(builder: &mut Builder, like: &Value, base: usize, formula: &Arc<Formula>) -> Value {
    let base = Value {
        id: base,
        shape: like.shape.clone(),
    };
    builder.pointwise(&base, Func::formula(formula))
}

/// Two symbols as expressions in one value: `(base, shape, a, b)`. A constant counts where all its
/// elements are equal.
pub(super) fn in_common(
    builder: &Builder,
    a: &Symbol,
    b: &Symbol,
) -> Option<(Value, Arc<Formula>, Arc<Formula>)> {
    let same = |index: &[u32]| index.iter().zip(0u32..).all(|(&i, j)| i == j);
    match (a, b) {
        (Symbol::Value(a), Symbol::Value(b)) => {
            let both = Broadcast::new(&a.shape, &b.shape).ok()?;
            let ((base, left), (other, right)) = (builder.formula_of(a), builder.formula_of(b));
            let alike = base == other && same(&both.left) && same(&both.right);
            let fits = both.shape.iter().product::<usize>() == a.len() && a.len() == b.len();
            (alike && fits).then_some((
                Value {
                    id: base,
                    shape: both.shape,
                },
                left,
                right,
            ))
        }
        (Symbol::Value(a), Symbol::Constant(c)) => {
            let (base, left) = builder.formula_of(a);
            let shape = scalar_shape(&a.shape, c)?;
            Some((
                Value { id: base, shape },
                left,
                Formula::constant(c.data[0]),
            ))
        }
        (Symbol::Constant(c), Symbol::Value(b)) => {
            let (base, right) = builder.formula_of(b);
            let shape = scalar_shape(&b.shape, c)?;
            Some((
                Value { id: base, shape },
                Formula::constant(c.data[0]),
                right,
            ))
        }
        _ => None,
    }
}

/// The common shape with a constant of equal elements that does not stretch the value.
fn scalar_shape(shape: &[usize], constant: &Tensor) -> Option<Vec<usize>> {
    let first = *constant.data.first()?;
    let both = Broadcast::new(shape, &constant.shape).ok()?;
    let stretched = both.left.len() != shape.iter().product::<usize>();
    (!stretched && constant.data.iter().all(|&v| v == first)).then_some(both.shape)
}

/// `function(a, b)` as one function of one value, where both are expressions in it.
pub(super) fn together(
    builder: &mut Builder,
    function: Binary,
    a: &Symbol,
    b: &Symbol,
) -> Option<Symbol> {
    let (base, left, right) = in_common(builder, a, b)?;
    let formula = Formula::binary(function, &left, &right);
    if !formula.is_small() {
        return None;
    }
    let result = on_base(builder, &base, base.id, &formula);
    builder.note(&result, base.id, formula);
    Some(result.into())
}

/// Records that `result`, a linear node, is `function(a, b)` of one value, where it is.
pub(super) fn note(
    builder: &mut Builder,
    function: Binary,
    a: &Symbol,
    b: &Symbol,
    result: &Value,
) {
    if let Some((base, left, right)) = in_common(builder, a, b) {
        builder.note(result, base.id, Formula::binary(function, &left, &right));
    }
}

/// Two constants, element by element.
pub(super) fn fold(a: &Tensor, b: &Tensor, f: impl Fn(f64, f64) -> f64) -> Result<Symbol, Refusal> {
    let both = Broadcast::new(&a.shape, &b.shape)?;
    let pairs = both.left.iter().zip(&both.right);
    let data: Vec<f64> = pairs
        .map(|(&i, &j)| f(a.data[i as usize], b.data[j as usize]))
        .collect();
    if data.iter().any(|v| !v.is_finite()) {
        return Err(Refusal::new(
            "its constant result is not finite",
            "train again; a weight that is not a finite number has no meaning",
        ));
    }
    Ok(Symbol::Constant(Rc::new(Tensor {
        shape: both.shape,
        data,
    })))
}
