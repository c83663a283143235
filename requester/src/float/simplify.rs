//! Rewrites a program without changing what it computes. Weights are multiplied out where that
//! costs nothing, and every weighted map reads values of limited width.
//!
//! * [`inline`]: a linear node that reads another one takes over its terms (batch norms, scalers,
//!   biases and residual sums disappear).
//! * [`legalise`]: a [`Func::Round`] is inserted between two weighted maps that stay; each of its
//!   elements takes a row of the circuit.

use super::compose::{compose, dense};
use super::formula::{Formula, Unary};
use super::{Func, Linear, Map, Node, Pointwise, Program, Term, ValueId};

/// The most terms of a node after inlining.
const MAX_TERMS: usize = 256;

/// Inlines linear nodes before number `end` and drops those that nothing reads. The last node stays
/// last.
#[must_use]
pub fn inline(program: &Program, end: usize) -> Program {
    let mut result = program.clone();
    for index in 0..result.nodes.len().min(end) {
        let Node::Linear(mut linear) = result.nodes[index].clone() else {
            continue;
        };
        while let Some(next) = step(&result, &linear) {
            linear = next;
        }
        result.nodes[index] = Node::Linear(linear);
    }
    sweep(&result)
}

/// One inlining, if any is possible.
fn step(program: &Program, linear: &Linear) -> Option<Linear> {
    linear
        .terms
        .iter()
        .enumerate()
        .find_map(|(position, term)| {
            let inner = program.linear(term.source)?;
            if linear.terms.len() + inner.terms.len() > MAX_TERMS {
                return None;
            }
            replace(linear, position, inner, |t| {
                compose(&term.map, &t.map, program.len_of(t.source), inner.len)
            })
        })
}

/// `linear` with the term at `position`, which reads `inner`, replaced by the terms of `inner`.
/// `composed` gives the map of such a term followed by the map of the one that is replaced.
fn replace(
    linear: &Linear,
    position: usize,
    inner: &Linear,
    composed: impl Fn(&Term) -> Option<Map>,
) -> Option<Linear> {
    let outer = &linear.terms[position];
    let composed = |t: &Term| {
        Some(Term {
            source: t.source,
            factor: outer.factor * t.factor,
            map: composed(t)?,
        })
    };
    let new: Vec<Term> = inner.terms.iter().map(composed).collect::<Option<_>>()?;
    let mut result = linear.clone();
    if !inner.bias.is_empty() {
        let mut bias = result.bias_vector();
        outer.map.add_forward(outer.factor, &inner.bias, &mut bias);
        result.bias = bias;
    }
    result.terms.splice(position..=position, new);
    Some(result)
}

/// Drops nodes that the last one does not depend on.
fn sweep(program: &Program) -> Program {
    let mut used = vec![false; program.nodes.len() + 1];
    used[program.nodes.len()] = true;
    for value in (1..used.len()).rev() {
        if used[value] {
            for source in program.nodes[value - 1].sources() {
                used[source] = true;
            }
        }
    }
    let mut names = vec![0; used.len()];
    let mut result = Program::new(program.input_len, program.answers);
    for value in (1..used.len()).filter(|&value| used[value]) {
        let mut node = program.nodes[value - 1].clone();
        rename(&mut node, &names);
        names[value] = result.push(node);
    }
    result
}

fn rename(node: &mut Node, names: &[ValueId]) {
    match node {
        Node::Linear(linear) => {
            for term in &mut linear.terms {
                term.source = names[term.source];
            }
        }
        Node::Pointwise(pointwise) => pointwise.source = names[pointwise.source],
    }
}

/// Whether the node sums unweighted selections only, with factors that differ by powers of two: then
/// its integers can be exact multiples of those that it reads.
#[must_use]
pub fn is_exact(linear: &Linear) -> bool {
    let smallest = linear
        .terms
        .iter()
        .map(|t| t.factor.abs())
        .fold(f64::INFINITY, f64::min);
    smallest > 0.0
        && linear.terms.iter().all(|term| {
            let ratio = libm::log2(term.factor.abs() / smallest);
            term.map.is_exact() && ratio < 16.0 && (ratio - ratio.round()).abs() < 1e-9
        })
}

/// Inserts a [`Func::Round`] wherever a weighted map reads another weighted sum, unless the two can
/// be multiplied out.
#[must_use]
pub fn legalise(program: &Program) -> Program {
    let mut result = Program::new(program.input_len, program.answers);
    // For each old value its new value, and its rounded form once there is one.
    let mut names = vec![0; program.nodes.len() + 1];
    let mut rounded: Vec<Option<ValueId>> = vec![None; program.nodes.len() + 1];
    // Whether a new value is wider than a table's output.
    let mut wide = vec![false];
    for (index, node) in program.nodes.iter().enumerate() {
        let mut node = node.clone();
        let mut is_wide = false;
        match &mut node {
            // A table reads a linear value, whose scale can be chosen.
            Node::Pointwise(pointwise) => {
                // An exponential that the decision did not bound is a function like any other.
                if matches!(pointwise.func, Func::Exp { cap } if cap.is_infinite()) {
                    let exp = Formula::unary(Unary::Exp, &Formula::argument());
                    pointwise.func = Func::formula(&exp);
                }
                pointwise.source = if program.linear(pointwise.source).is_some() {
                    names[pointwise.source]
                } else {
                    wide.push(false);
                    let source = names[pointwise.source];
                    result.push(Node::Linear(copy(program, pointwise, source)))
                }
            }
            Node::Linear(linear) => {
                let exact = is_exact(linear);
                if !exact {
                    while let Some(next) = multiply_out_any(program, linear, &names, &wide) {
                        *linear = next;
                    }
                }
                for term in &mut linear.terms {
                    let (old, new) = (term.source, names[term.source]);
                    term.source = match rounded[old] {
                        _ if exact || !wide[new] => new,
                        Some(known) => known,
                        None => {
                            let origin = program.nodes[old - 1].origin().to_owned();
                            let round = Pointwise {
                                source: new,
                                func: Func::Round,
                                origin,
                            };
                            wide.push(false);
                            *rounded[old].insert(result.push(Node::Pointwise(round)))
                        }
                    };
                }
                is_wide = !exact || linear.terms.iter().any(|term| wide[term.source]);
            }
        }
        wide.push(is_wide);
        names[index + 1] = result.push(node);
    }
    sweep(&result)
}

/// A linear node that copies what a pointwise node reads.
fn copy(program: &Program, pointwise: &Pointwise, source: ValueId) -> Linear {
    let len = program.len_of(pointwise.source);
    Linear {
        len,
        channels: len,
        terms: vec![Term {
            source,
            factor: 1.0,
            map: Map::Identity,
        }],
        bias: Vec::new(),
        origin: pointwise.origin.clone(),
    }
}

/// Multiplies out one dense term that reads a wide value, if there is one that allows it.
fn multiply_out_any(
    program: &Program,
    linear: &Linear,
    names: &[ValueId],
    wide: &[bool],
) -> Option<Linear> {
    let is_wide = |position: &usize| wide[names[linear.terms[*position].source]];
    let mut positions = (0..linear.terms.len()).filter(is_wide);
    positions.find_map(|position| multiply_out(program, linear, position))
}

/// Multiplies a dense term with the linear node that it reads, where that node reads no other
/// wide value.
fn multiply_out(program: &Program, linear: &Linear, position: usize) -> Option<Linear> {
    let term = &linear.terms[position];
    let Map::Dense(weights) = &term.map else {
        return None;
    };
    let inner = program.linear(term.source)?;
    let narrow = |t: &Term| program.linear(t.source).is_none();
    if !inner.terms.iter().all(narrow) {
        return None;
    }
    replace(linear, position, inner, |t| {
        dense(weights, &t.map, program.len_of(t.source), inner.len)
    })
}
