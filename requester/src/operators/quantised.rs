//! Operators on quantised tensors: rounding and clipping is a table, the rest is linear.

use super::arithmetic::{combine, scale};
use super::broadcast::stretch;
use super::conv::{self, convolve};
use super::elementwise::apply;
use super::matmul::multiply;
use super::operator::{Operator, operator};
use crate::float::formula::{Binary, Formula, Unary};
use crate::graph::call::axis;
use crate::graph::{Builder, Call, Ratio, Symbol};
use crate::onnx::Refusal;
use crate::onnx::tensor::Tensor;
use crate::onnx::types;
use std::rc::Rc;

pub(super) const OPERATORS: &[Operator] = &[
    operator!(
        "QuantizeLinear",
        Onnx,
        Table,
        "to 8 bits; constant scale and zero point, one zero point for all channels",
        &[
            "axis",
            "block_size",
            "output_dtype",
            "precision",
            "saturate"
        ],
        quantize_linear
    ),
    operator!(
        "DequantizeLinear",
        Onnx,
        Linear,
        "constant scale and zero point",
        &["axis", "block_size", "output_dtype"],
        dequantize_linear
    ),
    operator!(
        "QLinearConv",
        Onnx,
        Table,
        "as QuantizeLinear after Conv",
        conv::ATTRIBUTES,
        q_linear_conv
    ),
    operator!(
        "QLinearMatMul",
        Onnx,
        Table,
        "as QuantizeLinear after MatMul",
        &[],
        q_linear_mat_mul
    ),
    operator!(
        "ConvInteger",
        Onnx,
        Linear,
        "constant weights and zero points",
        conv::ATTRIBUTES,
        conv_integer
    ),
    operator!(
        "MatMulInteger",
        Onnx,
        Linear,
        "one factor and the zero points constant",
        &[],
        mat_mul_integer
    ),
];

/// Scale or zero point of a tensor of shape `of`: one value, or one for each place along `given`.
fn spread(tensor: &Tensor, given: i64, of: &[usize]) -> Result<Tensor, Refusal> {
    let count = tensor.data.len();
    let mut shape = vec![1; of.len().max(1)];
    if count != 1 {
        let place = axis(given, of.len())?;
        if of[place] != count {
            return Err(Refusal::malformed(format!(
                "{count} scales or zero points meet a tensor of shape {of:?}"
            )));
        }
        shape[place] = count;
    }
    Ok(Tensor {
        shape,
        data: tensor.data.clone(),
    })
}

fn shape_of(symbol: &Symbol) -> Result<Vec<usize>, Refusal> {
    let shape = symbol.shape().map(<[usize]>::to_vec);
    shape.ok_or_else(|| Refusal::malformed("its input is not a tensor"))
}

/// Probabilities with one scale and one zero point: rounding keeps their order, which is all that a rule
/// on the largest asks for.
fn rounded(symbol: &Symbol, factor: &Tensor, zero: Option<&Tensor>) -> Option<Symbol> {
    let Symbol::Ratio(ratio) = symbol else {
        return None;
    };
    let one = |tensor: &Tensor| tensor.data.len() == 1;
    let rises = one(factor) && factor.data[0] > 0.0 && zero.is_none_or(one);
    rises.then(|| {
        Symbol::Ratio(Ratio {
            rounded: true,
            ..ratio.clone()
        })
    })
}

/// `(x − zero)·factor`, both constants along `axis`.
fn dequantize(
    builder: &mut Builder,
    x: &Symbol,
    factor: &Tensor,
    zero: Option<&Tensor>,
    given: i64,
) -> Result<Symbol, Refusal> {
    if let Some(ratio) = rounded(x, factor, zero) {
        return Ok(ratio);
    }
    let shape = shape_of(x)?;
    let mut value = x.clone();
    if let Some(zero) = zero.filter(|zero| zero.data.iter().any(|&z| z != 0.0)) {
        let zero = Symbol::Constant(Rc::new(spread(zero, given, &shape)?));
        value = combine(builder, x, &zero, -1.0)?;
    }
    scale(builder, &value, &spread(factor, given, &shape)?)
}

/// The range of the 8-bit type of the zero point at input `index`. Without a zero point the type is
/// `default`, where 0 stands for uint8.
fn range(call: &Call<'_>, index: usize, default: i64) -> Result<(f64, f64), Refusal> {
    let data_type = match call.optional(index) {
        None => default,
        Some(_) => call.element_type(index).map_or(-1, i64::from),
    };
    match data_type {
        0 | 2 => Ok((0.0, 255.0)),
        3 => Ok((-128.0, 127.0)),
        other => Err(Refusal::new(
            match other {
                -1 => "the type of its zero point is not known".to_owned(),
                other => format!("it quantises to {}", types::name(other)),
            },
            "quantise to uint8 or int8, with the zero point as an initializer",
        )),
    }
}

/// `clamp(round(y / factor) + zero)`.
fn quantize(
    builder: &mut Builder,
    y: &Symbol,
    factor: &Tensor,
    zero: Option<&Tensor>,
    (lo, hi): (f64, f64),
    given: i64,
) -> Result<Symbol, Refusal> {
    if factor.data.iter().any(|&f| f <= 0.0) {
        return Err(Refusal::malformed("its scale is not positive"));
    }
    if let Some(ratio) = rounded(y, factor, zero) {
        return Ok(ratio);
    }
    let shape = shape_of(y)?;
    let inverse = Tensor {
        shape: factor.shape.clone(),
        data: factor.data.iter().map(|f| 1.0 / f).collect(),
    };
    let counted = scale(builder, y, &spread(&inverse, given, &shape)?)?;
    let zeros = zero.map_or(&[0.0][..], |zero| &zero.data);
    if let (Symbol::Constant(counted), Some(zero), true) = (&counted, zero, zeros.len() != 1) {
        let zeros = spread(zero, given, &shape)?;
        let index = stretch(&zeros.shape, &counted.shape);
        let data = counted.data.iter().zip(&index);
        let data = data
            .map(|(y, &i)| (y.round_ties_even() + zeros.data[i as usize]).clamp(lo, hi))
            .collect();
        let shape = counted.shape.clone();
        return Ok(Symbol::Constant(Rc::new(Tensor { shape, data })));
    }
    let first = zeros.first().copied().unwrap_or(0.0);
    if zeros.iter().any(|&zero| zero != first) {
        return Err(Refusal::new(
            "its zero points differ between channels",
            "quantise activations with one zero point",
        ));
    }
    let rounded = Formula::unary(Unary::Round, &Formula::argument());
    let shifted = Formula::binary(Binary::Add, &rounded, &Formula::constant(first));
    let above = Formula::binary(Binary::Max, &shifted, &Formula::constant(lo));
    let clamped = Formula::binary(Binary::Min, &above, &Formula::constant(hi));
    apply(builder, &counted, &clamped)
}

/// Scale and zero point at inputs `index` and `index + 1`.
fn parameters(call: &Call<'_>, index: usize) -> Result<(Rc<Tensor>, Option<Rc<Tensor>>), Refusal> {
    Ok((call.constant(index)?, call.optional_constant(index + 1)?))
}

fn no_blocks(call: &Call<'_>) -> Result<(), Refusal> {
    if call.int("block_size", 0)? == 0 {
        return Ok(());
    }
    Err(Refusal::new(
        "it quantises by blocks",
        "quantise by tensor or by channel",
    ))
}

fn quantize_linear(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    no_blocks(call)?;
    let (factor, zero) = parameters(call, 1)?;
    let range = range(call, 2, call.int("output_dtype", 0)?)?;
    let axis = call.int("axis", 1)?;
    let y = call.symbol(0)?;
    Ok(vec![quantize(
        builder,
        y,
        &factor,
        zero.as_deref(),
        range,
        axis,
    )?])
}

fn dequantize_linear(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    no_blocks(call)?;
    let (factor, zero) = parameters(call, 1)?;
    let axis = call.int("axis", 1)?;
    Ok(vec![dequantize(
        builder,
        call.symbol(0)?,
        &factor,
        zero.as_deref(),
        axis,
    )?])
}

fn q_linear_conv(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let ((x_scale, x_zero), (w_scale, w_zero)) = (parameters(call, 1)?, parameters(call, 4)?);
    let x = dequantize(builder, call.symbol(0)?, &x_scale, x_zero.as_deref(), 1)?;
    let w = dequantize(builder, call.symbol(3)?, &w_scale, w_zero.as_deref(), 0)?;
    let bias = match call.optional_constant(8)? {
        None => None,
        Some(bias) => {
            let factors = spread(&w_scale, 0, &[bias.data.len()])?;
            let [x_scale] = x_scale.data[..] else {
                return Err(Refusal::malformed("its input has more than one scale"));
            };
            let index = stretch(&factors.shape, &[bias.data.len()]);
            let factors = index.iter().map(|&i| factors.data[i as usize] * x_scale);
            let data = bias.data.iter().zip(factors).map(|(b, f)| b * f).collect();
            Some(Tensor {
                shape: bias.shape.clone(),
                data,
            })
        }
    };
    let y = convolve(call, builder, &x, &w, bias.as_ref())?;
    requantize(call, builder, &y, 1)
}

/// The output of a quantised layer: quantised again by the node's inputs 6 and 7.
fn requantize(
    call: &Call<'_>,
    builder: &mut Builder,
    y: &Symbol,
    axis: i64,
) -> Result<Vec<Symbol>, Refusal> {
    let (scale, zero) = parameters(call, 6)?;
    let range = range(call, 7, 0)?;
    let zero = zero.as_deref();
    Ok(vec![quantize(builder, y, &scale, zero, range, axis)?])
}

fn q_linear_mat_mul(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let ((a_scale, a_zero), (b_scale, b_zero)) = (parameters(call, 1)?, parameters(call, 4)?);
    let a = dequantize(builder, call.symbol(0)?, &a_scale, a_zero.as_deref(), -2)?;
    let b = dequantize(builder, call.symbol(3)?, &b_scale, b_zero.as_deref(), -1)?;
    let y = multiply(builder, &a, &b)?;
    requantize(call, builder, &y, -1)
}

fn one() -> Tensor {
    Tensor {
        shape: Vec::new(),
        data: vec![1.0],
    }
}

fn conv_integer(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let (x_zero, w_zero) = (call.optional_constant(2)?, call.optional_constant(3)?);
    let x = dequantize(builder, call.symbol(0)?, &one(), x_zero.as_deref(), 1)?;
    let w = dequantize(builder, call.symbol(1)?, &one(), w_zero.as_deref(), 0)?;
    Ok(vec![convolve(call, builder, &x, &w, None)?])
}

fn mat_mul_integer(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let (a_zero, b_zero) = (call.optional_constant(2)?, call.optional_constant(3)?);
    let a = dequantize(builder, call.symbol(0)?, &one(), a_zero.as_deref(), -2)?;
    let b = dequantize(builder, call.symbol(1)?, &one(), b_zero.as_deref(), -1)?;
    Ok(vec![multiply(builder, &a, &b)?])
}
