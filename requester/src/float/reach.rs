//! Clips the arguments of expressions to what calibration data reach.
//!
//! Where expressions have no upper limit, worst cases would grow from layer to layer until tables
//! lost all resolution. So the argument of an expression is clipped somewhat beyond its calibrated
//! range.

use super::{Func, Node, Program};
use rayon::prelude::*;

/// Where arguments are clipped, in calibrated ranges.
const HEADROOM: f64 = 1.5;
/// The most documents that are evaluated.
const DOCUMENTS: usize = 1024;

/// Clips the arguments of expressions beyond what `views` reach; without views nothing changes.
/// Layers with the same expression share one table, and so the point where it is clipped.
pub fn cut_off(program: &mut Program, views: &[Vec<u8>]) {
    let is_formula =
        |node: &Node| matches!(node, Node::Pointwise(p) if matches!(p.func, Func::Formula { .. }));
    if views.is_empty() || !program.nodes.iter().any(is_formula) {
        return;
    }
    let reached = |view: &Vec<u8>| -> Vec<f64> {
        let values = program.values(view);
        let largest = |node: &Node| match node {
            Node::Pointwise(pointwise) if is_formula(node) => {
                let argument = values[pointwise.source].iter();
                argument.fold(0.0, |largest: f64, y| largest.max(y.abs()))
            }
            _ => 0.0,
        };
        program.nodes.iter().map(largest).collect()
    };
    let join = |a: Vec<f64>, b: Vec<f64>| a.iter().zip(b).map(|(a, b)| a.max(b)).collect();
    let none = || vec![0.0; program.nodes.len()];
    let some: Vec<&Vec<u8>> = views
        .iter()
        .step_by(views.len().div_ceil(DOCUMENTS))
        .collect();
    let largest = some.into_par_iter().map(reached).reduce(none, join);
    let funcs: Vec<Option<Func>> = program
        .nodes
        .iter()
        .map(|node| match node {
            Node::Pointwise(pointwise) => Some(pointwise.func.clone()),
            Node::Linear(_) => None,
        })
        .collect();
    for node in &mut program.nodes {
        if let Node::Pointwise(pointwise) = node {
            let alike = funcs.iter().zip(&largest);
            let alike = alike.filter(|(func, _)| func.as_ref() == Some(&pointwise.func));
            let far = alike.map(|(_, &far)| far).fold(0.0, f64::max);
            if let Func::Formula { reach, .. } = &mut pointwise.func
                && far > 0.0
            {
                *reach = far * HEADROOM;
            }
        }
    }
}
