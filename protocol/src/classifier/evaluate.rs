//! Plain evaluation: the reference meaning of the classifier.
//!
//! The circuit proves exactly this, and the tests hold the two against each other.

use super::{Classifier, Node};

/// Everything that one evaluation computes.
#[derive(Clone, PartialEq, Eq)]
pub struct Evaluation {
    /// For each pointwise node in order: its pre-activations `Y` and its outputs `z`.
    pub layers: Vec<Layer>,
    /// The decision.
    pub matches: bool,
}

/// Pre-activations and outputs of one pointwise node.
#[derive(Clone, PartialEq, Eq)]
pub struct Layer {
    /// `Y`, before the shift.
    pub pre: Vec<i64>,
    /// `z = f(Y >> shift)`.
    pub post: Vec<i32>,
}

impl Classifier {
    /// Evaluates the classifier on one view.
    ///
    /// # Panics
    /// When the view has another length than [`Classifier::input_len`].
    #[must_use]
    pub fn evaluate(&self, view: &[u8]) -> Evaluation {
        let mut layers = Vec::new();
        let last = self.run(view, |node, values| {
            if let Node::Pointwise(pointwise) = &self.nodes[node] {
                let post = values[node + 1].iter().map(|&z| z as i32).collect();
                let pre = values[pointwise.source.index()].clone();
                layers.push(Layer { pre, post });
            }
            self.free(node, values);
        });
        Evaluation {
            layers,
            matches: last == [1],
        }
    }

    /// The answer on one view: the outputs of the last node. Each value is freed after the last
    /// node that reads it.
    ///
    /// # Panics
    /// When the view has another length than [`Classifier::input_len`].
    #[must_use]
    pub fn answer(&self, view: &[u8]) -> Vec<i32> {
        let last = self.run(view, |node, values| self.free(node, values));
        last.into_iter().map(|z| z as i32).collect()
    }

    /// The decision on one view. Each value is freed after the last node that reads it.
    ///
    /// # Panics
    /// When the view has another length than [`Classifier::input_len`].
    #[must_use]
    pub fn matches(&self, view: &[u8]) -> bool {
        self.run(view, |node, values| self.free(node, values)) == [1]
    }

    /// All values, the view first.
    ///
    /// # Panics
    /// When the view has another length than [`Classifier::input_len`].
    #[must_use]
    pub fn values(&self, view: &[u8]) -> Vec<Vec<i64>> {
        let mut all = Vec::new();
        let last = self.run(view, |node, values| {
            if node + 1 == self.nodes.len() {
                all = values[..=node].iter_mut().map(std::mem::take).collect();
            }
        });
        all.push(last);
        all
    }

    fn free(&self, node: usize, values: &mut [Vec<i64>]) {
        for value in &self.freed[node] {
            values[value.index()] = Vec::new();
        }
    }

    /// Computes all values in order and returns the last; `done(node, values)` follows each node.
    fn run(&self, view: &[u8], mut done: impl FnMut(usize, &mut [Vec<i64>])) -> Vec<i64> {
        assert_eq!(view.len(), self.input_len(), "the view has another length");
        let mut values = vec![Vec::new(); self.nodes.len() + 1];
        values[0] = view.iter().map(|&byte| i64::from(byte)).collect();
        for (index, node) in self.nodes.iter().enumerate() {
            values[index + 1] = match node {
                Node::Linear(linear) => {
                    let mut y = linear.bias_vector();
                    for term in &linear.terms {
                        term.map.add_forward(&values[term.source.index()], &mut y);
                    }
                    y
                }
                Node::Pointwise(pointwise) => {
                    let table = &self.tables[pointwise.table as usize];
                    let pre = &values[pointwise.source.index()];
                    pre.iter()
                        .map(|y| {
                            let z = table.get(y >> pointwise.shift);
                            i64::from(z.expect("bounds analysis covers every view"))
                        })
                        .collect()
                }
            };
            done(index, &mut values);
        }
        values.pop().unwrap_or_default()
    }
}

impl super::Linear {
    /// The bias of every element.
    #[must_use]
    pub fn bias_vector(&self) -> Vec<i64> {
        let len = self.len as usize;
        match self.bias.len() {
            0 => vec![0; len],
            d => self
                .bias
                .iter()
                .flat_map(|&b| std::iter::repeat_n(b, len / d))
                .collect(),
        }
    }
}
