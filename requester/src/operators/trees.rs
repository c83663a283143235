//! Tree ensembles of `ai.onnx.ml`: decision trees, random forests, gradient boosting.
//!
//! Where a feature is a function of one byte of the view (the counts themselves, scaled or not), a
//! comparison is a set of bytes, found by trying all 256 in single precision.

mod bytes;
mod emit;
mod forest;
mod pieces;
mod prune;
mod set;

use super::linear_model::{class_names, transformed};
use super::operator::{Operator, operator};
use crate::float::Map;
use crate::graph::{Builder, Call, Label, Symbol, Value};
use crate::onnx::Refusal;
use forest::{Forest, TreeNode};

pub(super) const OPERATORS: &[Operator] = &[
    operator!(
        "TreeEnsembleClassifier",
        Ml,
        Table,
        "one row for each different feature and threshold, and at most one for each leaf; \
               post_transform NONE, LOGISTIC, SOFTMAX",
        &[
            "base_values",
            "base_values_as_tensor",
            "class_ids",
            "class_nodeids",
            "class_treeids",
            "class_weights",
            "class_weights_as_tensor",
            "classlabels_int64s",
            "classlabels_strings",
            "nodes_falsenodeids",
            "nodes_featureids",
            "nodes_hitrates",
            "nodes_hitrates_as_tensor",
            "nodes_missing_value_tracks_true",
            "nodes_modes",
            "nodes_nodeids",
            "nodes_treeids",
            "nodes_truenodeids",
            "nodes_values",
            "nodes_values_as_tensor",
            "post_transform",
        ],
        classifier
    ),
    operator!(
        "TreeEnsembleRegressor",
        Ml,
        Table,
        "as the classifier; aggregate_function SUM and AVERAGE",
        &[
            "aggregate_function",
            "base_values",
            "base_values_as_tensor",
            "n_targets",
            "nodes_falsenodeids",
            "nodes_featureids",
            "nodes_hitrates",
            "nodes_hitrates_as_tensor",
            "nodes_missing_value_tracks_true",
            "nodes_modes",
            "nodes_nodeids",
            "nodes_treeids",
            "nodes_truenodeids",
            "nodes_values",
            "nodes_values_as_tensor",
            "post_transform",
            "target_ids",
            "target_nodeids",
            "target_treeids",
            "target_weights",
            "target_weights_as_tensor",
        ],
        regressor
    ),
    operator!(
        "TreeEnsemble",
        Ml,
        Table,
        "SUM and AVERAGE; no set membership, post_transform NONE",
        &[
            "aggregate_function",
            "leaf_targetids",
            "leaf_weights",
            "membership_values",
            "n_targets",
            "nodes_falseleafs",
            "nodes_falsenodeids",
            "nodes_featureids",
            "nodes_hitrates",
            "nodes_missing_value_tracks_true",
            "nodes_modes",
            "nodes_splits",
            "nodes_trueleafs",
            "nodes_truenodeids",
            "post_transform",
            "tree_roots",
        ],
        ensemble
    ),
];

/// The most outputs.
const MAX_OUTPUTS: usize = 1 << 16;
/// Bits of the largest leaf weight: differences of two scores stay exact integers.
const WEIGHT_BITS: i32 = 21;

/// The sums of a forest with `outputs` outputs, base values added.
fn sums(
    call: &Call<'_>,
    builder: &mut Builder,
    mut forest: Forest,
    base: Vec<f64>,
    mean: bool,
) -> Result<Value, Refusal> {
    let features = call.value(0)?.clone();
    if features.shape.len() > 1 && features.shape[0] != 1 {
        return Err(Refusal::malformed(format!(
            "its features have shape {:?}, one row is needed",
            features.shape
        )));
    }
    let factor = if mean {
        1.0 / forest.roots.len() as f64
    } else {
        1.0
    };
    let mut largest = 0.0f64;
    for node in &mut forest.nodes {
        if let TreeNode::Leaf(leaf) = node {
            leaf.iter_mut().for_each(|entry| entry.1 *= factor);
            largest = leaf
                .iter()
                .fold(largest, |largest, entry| largest.max(entry.1.abs()));
        }
    }
    let unit = if largest > 0.0 {
        libm::exp2(f64::from(
            (libm::log2(largest).ceil() as i32 - WEIGHT_BITS).max(-1000),
        ))
    } else {
        1.0
    };
    let in_units = |node: &TreeNode| match node {
        TreeNode::Leaf(leaf) => {
            let whole = leaf
                .iter()
                .map(|&(output, weight)| (output, (weight / unit).round() as i64));
            whole.filter(|entry| entry.1 != 0).collect()
        }
        TreeNode::Branch { .. } => Vec::new(),
    };
    let weights: emit::Weights = forest.nodes.iter().map(in_units).collect();
    let same = |a: usize, b: usize| weights[a] == weights[b];
    let pruned = prune::prune(&builder.program, &features, &forest, same)?;
    emit::emit(builder, &features, &pruned, &weights, unit, base)
}

/// Base values: none, or one for each output.
fn base_values(call: &Call<'_>, outputs: usize) -> Result<Vec<f64>, Refusal> {
    let base = call.numbers("base_values")?;
    match base.len() {
        0 => Ok(vec![0.0; outputs]),
        n if n == outputs => Ok(base),
        n => Err(Refusal::malformed(format!(
            "{n} base values meet {outputs} outputs"
        ))),
    }
}

fn outputs(count: usize) -> Result<usize, Refusal> {
    if (1..=MAX_OUTPUTS).contains(&count) {
        Ok(count)
    } else {
        Err(Refusal::malformed(format!("it has {count} outputs")))
    }
}

fn classifier(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let names = class_names(call, "classlabels_int64s")?;
    let count = outputs(names.len())?;
    let forest = forest::read(call, "class", count)?;
    let ids = call.ints("class_ids")?;
    let single = ids
        .first()
        .filter(|first| ids.iter().all(|id| id == *first));
    // Runtimes ignore a class that no leaf of the document names.
    let named = forest.always_named();
    let based = call.numbers("base_values")?.iter().any(|&base| base != 0.0);
    let unclear = match (count, single) {
        (2, None) => !named.contains(&1),
        (2, Some(_)) => false,
        _ => named.len() < count && (based || forest.is_negative()),
    };
    if unclear {
        return Err(Refusal::new(
            "some of its leaves leave out classes, and runtimes do not agree on what that means",
            "export with a weight for every class in every leaf",
        ));
    }
    let (scores, label) = match (count, single) {
        (1, _) => {
            return Err(Refusal::new(
                "it has one class",
                "train on two classes at least, or export a regressor",
            ));
        }
        (2, Some(&class)) => one_column(call, builder, forest, class)?,
        (2, None) => {
            if based {
                return Err(unclear_base());
            }
            let own = sums(call, builder, forest, vec![0.0; 2], false)?;
            // Runtimes give the second class when its own score is positive.
            let second = Map::Dense(vec![0.0, 0.0, 0.0, 1.0]);
            let label = builder.map(&own, vec![1, 2], second, Vec::new())?;
            (transformed(call, builder, &own)?, label)
        }
        _ => {
            let base = base_values(call, count)?;
            let own = sums(call, builder, forest, base, false)?;
            (transformed(call, builder, &own)?, own)
        }
    };
    let label = Symbol::Label(Label {
        scores: label,
        names,
    });
    Ok(vec![label, scores])
}

/// Two classes, one of which has no weights: the scores, and what the label compares. As in the
/// runtimes, the pair of scores depends on the sign of the weights.
fn one_column(
    call: &Call<'_>,
    builder: &mut Builder,
    mut forest: Forest,
    class: i64,
) -> Result<(Symbol, Value), Refusal> {
    let mut positive = true;
    for node in &mut forest.nodes {
        if let TreeNode::Leaf(leaf) = node {
            positive &= leaf.iter().all(|entry| entry.1 >= 0.0);
            leaf.iter_mut().for_each(|entry| entry.0 = 0);
        }
    }
    let base = base_values(call, 1)?;
    if class == 1 && base[0] != 0.0 {
        return Err(unclear_base());
    }
    let score = sums(call, builder, forest, base, false)?;
    let mut pair = |first: f64, bias: f64| {
        let map = Map::Dense(vec![first, 1.0]);
        builder.map(&score, vec![1, 2], map, vec![bias, 0.0])
    };
    let label = pair(0.0, if positive { 0.5 } else { 0.0 })?;
    let transform = call.text("post_transform", "NONE")?;
    let scores = match (class, transform.as_str()) {
        (0, "NONE" | "SOFTMAX") if positive => pair(-1.0, 1.0)?.into(),
        (0, "NONE" | "SOFTMAX") => pair(-1.0, 0.0)?.into(),
        (0, _) => {
            let own = pair(-1.0, 0.0)?;
            transformed(call, builder, &own)?
        }
        _ => {
            let own = pair(0.0, 0.0)?;
            transformed(call, builder, &own)?
        }
    };
    Ok((scores, label))
}

fn unclear_base() -> Refusal {
    Refusal::new(
        "runtimes do not agree on what its base values mean",
        "export with one column of weights for two classes, or without base values",
    )
}

fn unclear_transform() -> Refusal {
    Refusal::new(
        "runtimes do not agree on what its post_transform does",
        "export with post_transform NONE; the rule's cutoff can stand for it",
    )
}

fn regressor(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let count = outputs(usize::try_from(call.int("n_targets", 1)?).unwrap_or(0))?;
    let forest = forest::read(call, "target", count)?;
    let mean = match call.text("aggregate_function", "SUM")?.as_str() {
        "SUM" => false,
        "AVERAGE" => true,
        other => {
            return Err(Refusal::new(
                format!("its aggregate_function is {other}"),
                "use SUM or AVERAGE",
            ));
        }
    };
    let base = base_values(call, count)?;
    if count == 1 && call.text("post_transform", "NONE")? != "NONE" {
        return Err(unclear_transform());
    }
    let own = sums(call, builder, forest, base, mean)?;
    Ok(vec![transformed(call, builder, &own)?])
}

/// `TreeEnsemble` of version 5, whose attributes are numbers where the others have names.
fn ensemble(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let count = outputs(usize::try_from(call.int("n_targets", 1)?).unwrap_or(0))?;
    let forest = forest::read_version_5(call, count)?;
    let mean = match call.int("aggregate_function", 1)? {
        0 => true,
        1 => false,
        other => {
            return Err(Refusal::new(
                format!("its aggregate_function is {other}"),
                "use 1 (SUM) or 0 (AVERAGE)",
            ));
        }
    };
    let own = sums(call, builder, forest, vec![0.0; count], mean)?;
    match call.int("post_transform", 0)? {
        0 => Ok(vec![own.into()]),
        _ => Err(unclear_transform()),
    }
}
