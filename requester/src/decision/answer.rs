//! Appends the nodes that answer with the class of an item, or with its scores.
//!
//! The class is the index of the largest score, the lowest among equals. Every two scores are compared
//! as integers of one scale, so that of any three the comparisons agree: for `i < j` a step says whether
//! `s_i ≥ s_j`; class `i` wins where it beats all others; the answer is the sum of `i` over the winners,
//! of which there is one. That takes `n(n − 1)/2 + n + 1` activations for `n` classes.

use super::build::{Decided, MAX_PAIRS, Output, refuse, undecided};
use super::nodes::{ORIGIN, linear_rows, step};
use super::rows::Row;
use crate::float::{Func, Linear, Map, Node, Pointwise, Program, Term, ValueId};
use crate::graph::Value;
use crate::onnx::Refusal;
use duces_protocol::answers::AnswerKind;
use duces_protocol::classifier::limits;

/// Answers with the index of the largest score.
pub(super) fn class(mut program: Program, output: &Output) -> Result<Decided, Refusal> {
    program.answers = AnswerKind::Class;
    let classes = output.numerator.len();
    let meaning = format!(
        "the index of the largest of the {classes} elements of '{}', the lowest among equals",
        output.name
    );
    match classes {
        0 | 1 => Err(refuse(
            format!(
                "output '{}' has {classes} elements: there are no classes",
                output.name
            ),
            "name a model with a score for each class, or ask with --match \"output[0] >= …\"",
        )),
        2 => two_classes(program, &output.numerator, meaning),
        _ if classes * (classes - 1) / 2 > MAX_PAIRS => Err(refuse(
            format!("{classes} classes are too many to be compared two by two"),
            "train with 181 classes or fewer, or ask for --answer scores",
        )),
        _ => {
            let scores = undone(&program, output.numerator.id);
            Ok(many_classes(program, scores, classes, meaning))
        }
    }
}

/// The class is whether the second score is larger.
fn two_classes(mut program: Program, scores: &Value, meaning: String) -> Result<Decided, Refusal> {
    let parts = [(scores.id, 1, 1.0), (scores.id, 0, -1.0)];
    let row = Row::new(&program, &parts, 0.0, true);
    let row = undecided(row.reduce(&program))?;
    let scores = linear_rows(&mut program, std::slice::from_ref(&row));
    step(&mut program, scores, vec![row.strict]);
    Ok(Decided::new(program, scores, meaning))
}

fn many_classes(mut program: Program, scores: ValueId, classes: usize, meaning: String) -> Decided {
    let inlined = program.nodes.len();
    let pairs: Vec<(u32, u32)> = (0..classes as u32)
        .flat_map(|i| (i + 1..classes as u32).map(move |j| (i, j)))
        .collect();
    let side = |pick: fn(&(u32, u32)) -> u32, factor| Term {
        source: scores,
        factor,
        map: Map::Select(pairs.iter().map(pick).collect()),
    };
    let compared = push(
        &mut program,
        vec![side(|pair| pair.0, 1.0), side(|pair| pair.1, -1.0)],
        vec![0.0; pairs.len()],
    );
    let beats = step(&mut program, compared, vec![false; pairs.len()]);
    let mut won: Vec<Vec<(u32, f64)>> = vec![Vec::new(); classes];
    for (&(i, j), pair) in pairs.iter().zip(0u32..) {
        won[i as usize].push((pair, 1.0));
        won[j as usize].push((pair, -1.0));
    }
    // Class i loses against each of the i classes before it unless their step is 0.
    let needed = (classes - 1) as f64;
    let bias = (0..classes).map(|i| i as f64 - needed).collect();
    let wins = push(&mut program, vec![sparse(beats, won)], bias);
    let wins = step(&mut program, wins, vec![false; classes]);
    let indices = (1..classes as u32).map(|i| (i, f64::from(i))).collect();
    let index = push(&mut program, vec![sparse(wins, vec![indices])], vec![0.0]);
    // One class wins; that the others do not, no bound on single values says.
    let last = classes as i32 - 1;
    let outputs: Vec<i32> = (0..=pairs.len() as i32).map(|sum| sum.min(last)).collect();
    program.push(Node::Pointwise(Pointwise {
        source: index,
        func: Func::Lookup {
            outputs: outputs.into(),
        },
        origin: ORIGIN.to_owned(),
    }));
    Decided {
        inlined,
        ..Decided::new(program, compared, meaning)
    }
}

/// Answers with all scores, rounded to integers of one scale.
pub(super) fn scores(mut program: Program, output: &Output) -> Result<Decided, Refusal> {
    program.answers = AnswerKind::Scores;
    let len = output.numerator.len();
    if len > limits::ANSWER_LEN {
        return Err(refuse(
            format!(
                "output '{}' has {len} elements, an answer has at most {}",
                output.name,
                limits::ANSWER_LEN
            ),
            "use a model with fewer outputs",
        ));
    }
    let own = output.numerator.id;
    let (source, what) = match (&output.denominator, program.pointwise(own)) {
        (None, _) => (own, ""),
        (Some(_), Some(node)) if matches!(node.func, Func::Exp { .. }) => {
            (node.source, " before the softmax")
        }
        (Some(_), _) => {
            return Err(refuse(
                format!(
                    "the elements of '{}' are quotients, which are no scores",
                    output.name
                ),
                "export the scores before they are normalised as an output",
            ));
        }
    };
    let meaning = format!("the {len} elements of '{}'{what}", output.name);
    let last = program.push(Node::Pointwise(Pointwise {
        source,
        func: Func::Round,
        origin: ORIGIN.to_owned(),
    }));
    Ok(Decided::new(program, last, meaning))
}

/// The value without the strictly increasing functions at its end: the order of its elements is the
/// same.
fn undone(program: &Program, mut value: ValueId) -> ValueId {
    while let Some(node) = program.pointwise(value)
        && node.func.is_strictly_increasing()
    {
        value = node.source;
    }
    value
}

fn sparse(source: ValueId, rows: Vec<Vec<(u32, f64)>>) -> Term {
    Term {
        source,
        factor: 1.0,
        map: Map::Sparse(rows),
    }
}

fn push(program: &mut Program, terms: Vec<Term>, bias: Vec<f64>) -> ValueId {
    let len = bias.len();
    program.push(Node::Linear(Linear {
        len,
        channels: len,
        terms,
        bias,
        origin: ORIGIN.to_owned(),
    }))
}
