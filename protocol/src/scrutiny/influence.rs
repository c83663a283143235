//! How much each byte can move the decision.
//!
//! The influence of an element is the sum over all paths to the decision of the products of
//! absolute weights, a table counting with the slope of the element that it is applied to. It is a
//! rough measure: it sees one weight that dwarfs the others, and not what weights cancel.

use super::add_transposed;
use crate::classifier::{Classifier, Node};

/// Beyond this, all influences are scaled down: only proportions count, and products of many
/// weights must stay finite.
const LARGE: f64 = 1e200;

/// Influence of bytes and of pre-activations.
pub struct Influence {
    /// Of each byte of the view.
    bytes: Vec<f64>,
    /// For each pointwise node in order and each element: whether it has any.
    pub moves: Vec<Vec<bool>>,
}

impl Influence {
    /// Follows all paths from the decision back to the view. An influence is kept from the last
    /// node that reads a value to the node that defines it.
    pub fn new(classifier: &Classifier) -> Self {
        let lens = &classifier.lens;
        let mut influence: Vec<Vec<f64>> = vec![Vec::new(); lens.len()];
        influence[lens.len() - 1] = vec![1.0];
        let mut pointwise_nodes = classifier.pointwise().count();
        let mut moves = Vec::with_capacity(pointwise_nodes);
        for (index, node) in classifier.nodes().iter().enumerate().rev() {
            let mut own = std::mem::take(&mut influence[index + 1]);
            let largest = own.iter().copied().fold(0.0, f64::max);
            if largest > LARGE {
                let all = influence.iter_mut().flatten().chain(&mut own);
                all.for_each(|v| *v *= 1e-100 / largest);
            }
            match node {
                Node::Pointwise(pointwise) => {
                    pointwise_nodes -= 1;
                    let source = &mut influence[pointwise.source.index()];
                    source.resize(lens[pointwise.source.index()] as usize, 0.0);
                    // Nobody reads it: it moves nothing.
                    own.resize(source.len(), 0.0);
                    let slopes = classifier.bounds().slopes(pointwise_nodes);
                    let mut moved = Vec::with_capacity(own.len());
                    for ((v, o), slope) in source.iter_mut().zip(&own).zip(slopes) {
                        let more = f64::from(slope) * o;
                        moved.push(more > 0.0);
                        *v += more;
                    }
                    moves.push(moved);
                }
                Node::Linear(_) if own.is_empty() => {}
                Node::Linear(linear) => {
                    for term in &linear.terms {
                        let source = &mut influence[term.source.index()];
                        source.resize(lens[term.source.index()] as usize, 0.0);
                        add_transposed(&term.map, &own, source, |v, o, weight| {
                            *v += f64::from(weight).abs() * o;
                        });
                    }
                }
            }
        }
        moves.reverse();
        let mut bytes = std::mem::take(&mut influence[0]);
        bytes.resize(classifier.input_len(), 0.0);
        Self { bytes, moves }
    }

    /// How many bytes would have the same concentration of influence if all counted alike:
    /// `(Σ v)² / Σ v²`.
    pub fn effective_inputs(&self) -> f64 {
        let bytes = self.bytes.iter().copied();
        let largest = bytes.clone().fold(f64::MIN_POSITIVE, f64::max);
        let (sum, squares) = bytes
            .map(|v| v / largest)
            .fold((0.0, 0.0), |(sum, squares), v| (sum + v, squares + v * v));
        sum * sum / f64::max(squares, f64::MIN_POSITIVE)
    }
}
