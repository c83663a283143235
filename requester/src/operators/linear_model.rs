//! Linear models and scalers of `ai.onnx.ml`, as skl2onnx writes them.

use super::end::probabilities;
use super::operator::{Operator, operator};
use crate::float::{Func, Map};
use crate::graph::{Builder, Call, Label, Symbol, Value};
use crate::onnx::Refusal;

pub(super) const OPERATORS: &[Operator] = &[
    operator!(
        "LinearClassifier",
        Ml,
        Linear,
        "post_transform NONE, LOGISTIC, SOFTMAX",
        &[
            "classlabels_ints",
            "classlabels_strings",
            "coefficients",
            "intercepts",
            "multi_class",
            "post_transform"
        ],
        linear_classifier
    ),
    operator!(
        "LinearRegressor",
        Ml,
        Linear,
        "post_transform NONE, LOGISTIC, SOFTMAX",
        &["coefficients", "intercepts", "post_transform", "targets"],
        linear_regressor
    ),
    operator!(
        "SVMRegressor",
        Ml,
        Linear,
        "kernel LINEAR",
        &[
            "coefficients",
            "kernel_params",
            "kernel_type",
            "n_supports",
            "one_class",
            "post_transform",
            "rho",
            "support_vectors"
        ],
        svm_regressor
    ),
    operator!(
        "Scaler",
        Ml,
        Folded,
        "into its neighbours",
        &["offset", "scale"],
        scaler
    ),
];

/// `coefficients · x + intercepts`, one row per score.
fn scores(call: &Call<'_>, builder: &mut Builder, rows: usize) -> Result<Value, Refusal> {
    let features = call.value(0)?.clone();
    let weights = call.floats("coefficients")?;
    let bias = call.floats("intercepts")?;
    let single = features.shape.len() <= 1 || features.shape[0] == 1;
    let fits = rows.checked_mul(features.len()) == Some(weights.len())
        && (bias.is_empty() || bias.len() == rows);
    if rows == 0 || !fits || !single {
        return Err(Refusal::malformed(format!(
            "{} coefficients and {} intercepts do not fit {rows} scores of {} features",
            weights.len(),
            bias.len(),
            features.len()
        )));
    }
    builder.map(&features, vec![1, rows], Map::Dense(weights), bias)
}

/// Scores as `post_transform` asks for them.
pub(super) fn transformed(
    call: &Call<'_>,
    builder: &mut Builder,
    scores: &Value,
) -> Result<Symbol, Refusal> {
    match call.text("post_transform", "NONE")?.as_str() {
        "NONE" => Ok(scores.clone().into()),
        "LOGISTIC" => Ok(builder.pointwise(scores, Func::Sigmoid).into()),
        "SOFTMAX" => probabilities(builder, scores, false),
        other => Err(Refusal::new(
            format!("its post_transform is {other}"),
            "use NONE, LOGISTIC or SOFTMAX",
        )),
    }
}

/// The labels of a classifier, strings or (in the attribute `integers`) numbers.
pub(super) fn class_names(call: &Call<'_>, integers: &str) -> Result<Vec<String>, Refusal> {
    let names = call.texts("classlabels_strings")?;
    if names.is_empty() {
        return Ok(call.ints(integers)?.iter().map(i64::to_string).collect());
    }
    Ok(names)
}

fn linear_classifier(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let names = class_names(call, "classlabels_ints")?;
    let features = call.value(0)?.len().max(1);
    let rows = call.floats("coefficients")?.len() / features;
    let mut own = scores(call, builder, rows)?;
    if rows == 1 && names.len() == 2 {
        if call.text("post_transform", "NONE")? != "LOGISTIC" {
            return Err(Refusal::new(
                "runtimes do not agree on what one row of coefficients scores for two classes",
                "export with post_transform LOGISTIC, or with one row for each class",
            ));
        }
        // One score for two classes: the second class is the positive one.
        own = builder.map(&own, vec![1, 2], Map::Dense(vec![-1.0, 1.0]), Vec::new())?;
    }
    if own.len() != names.len() {
        return Err(Refusal::malformed(format!(
            "{rows} scores for {} classes",
            names.len()
        )));
    }
    let transformed = transformed(call, builder, &own)?;
    Ok(vec![
        Symbol::Label(Label { scores: own, names }),
        transformed,
    ])
}

fn linear_regressor(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let rows = usize::try_from(call.int("targets", 1)?).unwrap_or(0);
    let own = scores(call, builder, rows)?;
    Ok(vec![transformed(call, builder, &own)?])
}

/// `Σ coefficient·⟨support vector, x⟩ + rho`, one vector of weights.
fn svm_regressor(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let features = call.value(0)?.clone();
    let kernel = call.text("kernel_type", "LINEAR")?;
    if kernel != "LINEAR" || call.int("one_class", 0)? != 0 {
        return Err(Refusal::new(
            format!("its kernel is {kernel}, or it is a model of one class"),
            "train a linear model, for example LinearSVC",
        ));
    }
    let (coefficients, vectors) = (
        call.floats("coefficients")?,
        call.floats("support_vectors")?,
    );
    let len = features.len();
    let mut weights = vec![0.0; len];
    if vectors.is_empty() && coefficients.len() == len {
        weights.clone_from(&coefficients);
    } else if !vectors.is_empty() && coefficients.len().checked_mul(len) == Some(vectors.len()) {
        for (coefficient, vector) in coefficients.iter().zip(vectors.chunks_exact(len)) {
            for (weight, v) in weights.iter_mut().zip(vector) {
                *weight += coefficient * v;
            }
        }
    } else {
        return Err(Refusal::malformed(format!(
            "{} coefficients do not fit {len} features",
            coefficients.len()
        )));
    }
    let bias = call.floats("rho")?.first().copied().unwrap_or(0.0);
    let own = builder.map(&features, vec![1, 1], Map::Dense(weights), vec![bias])?;
    Ok(vec![transformed(call, builder, &own)?])
}

fn scaler(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let value = call.value(0)?.clone();
    let len = value.len();
    let spread = |list: Vec<f64>, default: f64| match list.len() {
        0 => Ok(vec![default; len]),
        1 => Ok(vec![list[0]; len]),
        n if n == len => Ok(list),
        n => Err(Refusal::malformed(format!(
            "{n} factors meet {len} features"
        ))),
    };
    let scale = spread(call.floats("scale")?, 1.0)?;
    let offset = spread(call.floats("offset")?, 0.0)?;
    let bias = offset.iter().zip(&scale).map(|(o, s)| -o * s).collect();
    let shape = value.shape.clone();
    Ok(vec![
        builder
            .map(&value, shape, Map::Diagonal(scale), bias)?
            .into(),
    ])
}
