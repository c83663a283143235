//! Features that are functions of one byte of the view: 256 values describe them completely.

use crate::float::{INPUT, Map, Node, Program, ValueId, map::ZERO};

/// A feature as a function of one byte.
pub struct ByteFunction {
    /// Which byte of the view.
    pub byte: usize,
    /// The feature for each value of the byte, in single precision as runtimes compute it.
    pub values: Vec<f32>,
}

/// Element `element` of `value` as a function of one byte, where it is one.
#[must_use]
pub fn byte_function(program: &Program, value: ValueId, element: usize) -> Option<ByteFunction> {
    // From the element back to the view, then forward again.
    let mut steps = Vec::new();
    let (mut value, mut element) = (value, element);
    while value != INPUT {
        match program.node(value)? {
            Node::Pointwise(node) => {
                steps.push(Step::Apply(value, element));
                value = node.source;
            }
            Node::Linear(linear) => {
                let mut found = None;
                for term in &linear.terms {
                    match entry(&term.map, program.len_of(term.source), element)? {
                        None => {}
                        Some(_) if found.is_some() => return None,
                        Some((input, weight)) => {
                            found = Some((term.source, input, weight * term.factor))
                        }
                    }
                }
                let (source, input, weight) = found?;
                let bias = linear.bias.get(element).copied().unwrap_or(0.0);
                steps.push(Step::Scale { weight, bias });
                (value, element) = (source, input);
            }
        }
    }
    let run = |byte: u8| {
        let mut steps = steps.iter().rev();
        // The first step is the view as the model's input: outside the model, rounded once.
        let first = match steps.next() {
            Some(Step::Scale { weight, bias }) => weight * f64::from(byte) + bias,
            Some(Step::Apply(node, element)) => apply(program, *node, *element, f64::from(byte)),
            None => f64::from(byte),
        };
        steps.fold(first as f32, |x, step| match step {
            Step::Scale { weight, bias } => x * *weight as f32 + *bias as f32,
            Step::Apply(node, element) => apply(program, *node, *element, f64::from(x)) as f32,
        })
    };
    Some(ByteFunction {
        byte: element,
        values: (0..=255).map(run).collect(),
    })
}

enum Step {
    /// Multiply and add.
    Scale { weight: f64, bias: f64 },
    /// The function of a pointwise node at an element.
    Apply(ValueId, usize),
}

fn apply(program: &Program, node: ValueId, element: usize, x: f64) -> f64 {
    program
        .pointwise(node)
        .map_or(x, |node| node.func.apply(x, element))
}

/// The one entry of a map's row; `Some(None)` for an empty row, `None` where there are several or
/// the map is of another kind.
fn entry(map: &Map, inputs: usize, row: usize) -> Option<Option<(usize, f64)>> {
    let single = |entries: Vec<(usize, f64)>| match entries.as_slice() {
        [] => Some(None),
        [one] => Some(Some(*one)),
        _ => None,
    };
    match map {
        Map::Identity => Some(Some((row, 1.0))),
        Map::Diagonal(factors) => single(vec![(row, factors[row])]),
        Map::Select(index) if index[row] == ZERO => Some(None),
        Map::Select(index) => Some(Some((index[row] as usize, 1.0))),
        Map::Sparse(rows) => single(rows[row].iter().map(|&(i, w)| (i as usize, w)).collect()),
        Map::Dense(weights) => {
            let row = weights[row * inputs..(row + 1) * inputs]
                .iter()
                .copied()
                .enumerate();
            single(row.filter(|entry| entry.1 != 0.0).take(2).collect())
        }
        Map::Window(_) | Map::Conv(..) => None,
    }
}
