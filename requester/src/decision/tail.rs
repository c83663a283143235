//! The rounding at the end of a quantised model.
//!
//! A model with 8-bit outputs rounds its scores last. Rounding keeps their order, but for those that it
//! makes equal; so a rule on the largest score is decided on what is rounded. Where the model would
//! call two scores equal and take the first, the larger one is taken. It saves a table, and the
//! resolution that the model itself gives away.

use crate::float::formula::{Binary, Formula, Unary};
use crate::float::map::ZERO;
use crate::float::{Func, Linear, Map, Node, Program, Term, ValueId};

/// The value before the last roundings: behind it are functions that round and never fall, the same for
/// all elements, and exponentials, scalings and shifts that are the same for all of them.
pub fn unrounded(program: &Program, scores: ValueId) -> ValueId {
    let (mut value, mut found) = (scores, scores);
    loop {
        match program.node(value) {
            Some(Node::Linear(linear)) => match risen(program, linear) {
                Some(source) => value = source,
                None => return found,
            },
            Some(Node::Pointwise(pointwise)) if matches!(pointwise.func, Func::Exp { .. }) => {
                value = pointwise.source;
            }
            Some(Node::Pointwise(pointwise)) if rounds(&pointwise.func) => {
                value = pointwise.source;
                found = value;
            }
            _ => return found,
        }
    }
}

/// `z` where the node is `a·z + b` with one `a > 0` and one `b` for all elements. A constant of the model
/// is a node without terms.
fn risen(program: &Program, linear: &Linear) -> Option<ValueId> {
    let constant = |term: &&Term| {
        let node = program.linear(term.source);
        node.is_some_and(|node| node.terms.is_empty() && uniform(&node.bias).is_some())
    };
    let (constants, others): (Vec<&Term>, Vec<&Term>) = linear.terms.iter().partition(constant);
    let [term] = others[..] else {
        return None;
    };
    let same = constants.iter().all(|term| match &term.map {
        Map::Identity => true,
        Map::Select(index) => !index.contains(&ZERO),
        _ => false,
    });
    let factor = match &term.map {
        Map::Identity => Some(1.0),
        Map::Diagonal(factors) => uniform(factors),
        _ => None,
    };
    let rises = factor.is_some_and(|factor| factor * term.factor > 0.0);
    let shifted = linear.bias.is_empty() || uniform(&linear.bias).is_some();
    (same && rises && shifted).then_some(term.source)
}

/// The one number that a list repeats.
fn uniform(list: &[f64]) -> Option<f64> {
    let first = *list.first()?;
    list.iter().all(|number| *number == first).then_some(first)
}

fn rounds(func: &Func) -> bool {
    matches!(func, Func::Formula { formula, .. } if never_falls(formula) == Some(true))
}

/// Whether an expression rounds, if it is one of a few kinds that never fall.
fn never_falls(formula: &Formula) -> Option<bool> {
    match formula {
        Formula::Argument => Some(false),
        Formula::Unary(Unary::Round | Unary::Floor | Unary::Ceil | Unary::Truncate, of) => {
            never_falls(of).map(|_| true)
        }
        Formula::Binary(Binary::Add | Binary::Min | Binary::Max, a, b) => match (&**a, &**b) {
            (of, Formula::Constant(_)) | (Formula::Constant(_), of) => never_falls(of),
            _ => None,
        },
        Formula::Unary(Unary::Exp, of) => never_falls(of),
        Formula::Binary(Binary::Mul, a, b) => match (&**a, &**b) {
            (of, Formula::Constant(c)) | (Formula::Constant(c), of) if *c > 0.0 => never_falls(of),
            _ => None,
        },
        Formula::Binary(Binary::Sub, a, b) => match (&**a, &**b) {
            (of, Formula::Constant(_)) => never_falls(of),
            _ => None,
        },
        Formula::Binary(Binary::Div, a, b) => match (&**a, &**b) {
            (of, Formula::Constant(c)) if *c > 0.0 => never_falls(of),
            _ => None,
        },
        _ => None,
    }
}
