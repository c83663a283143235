//! Operators at the end of a model: probabilities and labels, which become part of the decision.

use super::arithmetic::is_positive;
use super::operator::{Operator, operator};
use crate::float::{Func, Map, Term};
use crate::graph::call::axis;
use crate::graph::{Builder, Call, Label, Ratio, Symbol, Value};
use crate::onnx::Refusal;

pub(super) const OPERATORS: &[Operator] = &[
    operator!(
        "Softmax",
        Onnx,
        End,
        "over all elements",
        &["axis"],
        softmax
    ),
    operator!(
        "LogSoftmax",
        Onnx,
        End,
        "over all elements",
        &["axis"],
        log_softmax
    ),
    operator!(
        "ArgMax",
        Onnx,
        End,
        "over all elements; the first of equals",
        &["axis", "keepdims", "select_last_index"],
        arg_max
    ),
    operator!(
        "ArgMin",
        Onnx,
        End,
        "over all elements; the first of equals",
        &["axis", "keepdims", "select_last_index"],
        arg_min
    ),
    operator!(
        "LabelEncoder",
        Ml,
        End,
        "of a label",
        &[
            "default_float",
            "default_int64",
            "default_string",
            "keys_floats",
            "keys_int64s",
            "keys_strings",
            "values_floats",
            "values_int64s",
            "values_strings"
        ],
        label_encoder
    ),
    operator!(
        "Normalizer",
        Ml,
        End,
        "L1, of probabilities",
        &["norm"],
        normalizer
    ),
    operator!(
        "LpNormalization",
        Onnx,
        End,
        "p = 1, of probabilities",
        &["axis", "p"],
        lp_normalization
    ),
    operator!(
        "ZipMap",
        Ml,
        End,
        "the probabilities behind it are read",
        &["classlabels_int64s", "classlabels_strings"],
        zip_map
    ),
];

/// `e^y_j / Σ e^y_k`.
pub(super) fn probabilities(
    builder: &mut Builder,
    scores: &Value,
    logarithm: bool,
) -> Result<Symbol, Refusal> {
    let numerator = builder.pointwise(scores, Func::Exp { cap: f64::INFINITY });
    ratio(builder, numerator, logarithm)
}

/// `z_j / Σ z_k`.
fn ratio(builder: &mut Builder, numerator: Value, logarithm: bool) -> Result<Symbol, Refusal> {
    let row = (0u32..).take(numerator.len()).map(|i| (i, 1.0)).collect();
    let term = Term {
        source: numerator.id,
        factor: 1.0,
        map: Map::Sparse(vec![row]),
    };
    let denominator = builder.linear(vec![1], vec![term], Vec::new())?;
    Ok(Symbol::Ratio(Ratio {
        numerator,
        denominator,
        logarithm,
        rounded: false,
    }))
}

fn over_all_elements(shape: &[usize], given: i64, to_the_end: bool) -> Result<(), Refusal> {
    let axis = axis(given, shape.len())?;
    let others = shape
        .iter()
        .enumerate()
        .filter(|&(i, _)| if to_the_end { i < axis } else { i != axis });
    if others.map(|(_, &size)| size).all(|size| size == 1) {
        return Ok(());
    }
    Err(Refusal::new(
        format!("it works along axis {given} of a tensor of shape {shape:?}"),
        "only one distribution over all elements, at the end of the model, is supported",
    ))
}

fn any_softmax(
    call: &Call<'_>,
    builder: &mut Builder,
    logarithm: bool,
) -> Result<Vec<Symbol>, Refusal> {
    let scores = call.value(0)?.clone();
    // Before version 13 the axes from `axis` on are taken together.
    let old = call.opset < 13;
    over_all_elements(
        &scores.shape,
        call.int("axis", if old { 1 } else { -1 })?,
        old,
    )?;
    Ok(vec![probabilities(builder, &scores, logarithm)?])
}

fn softmax(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    any_softmax(call, builder, false)
}

fn log_softmax(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    any_softmax(call, builder, true)
}

fn arg_max(call: &Call<'_>, _: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let scores = match call.symbol(0)? {
        // A common positive denominator and the logarithm do not change the order.
        Symbol::Ratio(ratio) => ratio.numerator.clone(),
        _ => call.value(0)?.clone(),
    };
    extreme_index(call, scores)
}

fn arg_min(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let scores = call.value(0)?.clone();
    let negated = vec![Term {
        source: scores.id,
        factor: -1.0,
        map: Map::Identity,
    }];
    let negated = builder.linear(scores.shape, negated, Vec::new())?;
    extreme_index(call, negated)
}

/// The index of the largest score.
fn extreme_index(call: &Call<'_>, scores: Value) -> Result<Vec<Symbol>, Refusal> {
    over_all_elements(&scores.shape, call.int("axis", 0)?, false)?;
    if call.int("select_last_index", 0)? != 0 {
        return Err(Refusal::new(
            "it takes the last of equal scores",
            "export with select_last_index = 0",
        ));
    }
    Ok(vec![Symbol::Label(Label {
        scores,
        names: Vec::new(),
    })])
}

fn normalizer(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let norm = call.text("norm", "MAX")?;
    normalized(call, builder, &norm)
}

fn lp_normalization(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let norm = format!("L{}", call.int("p", 2)?);
    if let Some(shape) = call.symbol(0)?.shape() {
        over_all_elements(shape, call.int("axis", -1)?, false)?;
    }
    normalized(call, builder, &norm)
}

/// Probabilities divided by their sum.
fn normalized(call: &Call<'_>, builder: &mut Builder, norm: &str) -> Result<Vec<Symbol>, Refusal> {
    match call.symbol(0)? {
        ratio @ Symbol::Ratio(inner) if norm == "L1" && !inner.logarithm => Ok(vec![ratio.clone()]),
        Symbol::Value(value) if norm == "L1" && is_positive(builder, value.id, 16) => {
            let value = value.clone();
            Ok(vec![ratio(builder, value, false)?])
        }
        _ => Err(Refusal::new(
            format!("it normalises by {norm} something other than probabilities"),
            "leave the normalisation out when training (scikit-learn: norm=None) and exporting",
        )),
    }
}

fn zip_map(call: &Call<'_>, _: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    Ok(vec![call.symbol(0)?.clone()])
}

/// Other names for the labels.
fn label_encoder(call: &Call<'_>, _: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let Symbol::Label(label) = call.symbol(0)? else {
        return Err(Refusal::new(
            "it encodes something other than a class label",
            "encode before training, and read scores or the label",
        ));
    };
    let list = |kind: &str| -> Result<Vec<String>, Refusal> {
        let strings = call.texts(&format!("{kind}_strings"))?;
        let integers = call
            .ints(&format!("{kind}_int64s"))?
            .iter()
            .map(i64::to_string);
        let floats = call.floats(&format!("{kind}_floats"))?;
        let floats = floats.iter().map(f64::to_string);
        Ok(strings.into_iter().chain(integers).chain(floats).collect())
    };
    let (keys, values) = (list("keys")?, list("values")?);
    if keys.len() != values.len() {
        return Err(Refusal::malformed(format!(
            "{} keys meet {} values",
            keys.len(),
            values.len()
        )));
    }
    let names = if label.names.is_empty() {
        (0..label.scores.len())
            .map(|index| index.to_string())
            .collect()
    } else {
        label.names.clone()
    };
    let rename = |name: &String| {
        let place = keys.iter().position(|key| key == name);
        place.map(|place| values[place].clone()).ok_or_else(|| {
            Refusal::new(
                format!("it has no value for the label '{name}'"),
                "encode every label",
            )
        })
    };
    Ok(vec![Symbol::Label(Label {
        scores: label.scores.clone(),
        names: names.iter().map(rename).collect::<Result<_, _>>()?,
    })])
}
