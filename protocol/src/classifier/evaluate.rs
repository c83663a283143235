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
        let values = self.run(view, |pre, post| {
            layers.push(Layer {
                pre: pre.to_vec(),
                post: post.iter().map(|&z| z as i32).collect(),
            });
        });
        Evaluation {
            layers,
            matches: values.last().is_some_and(|z| z[0] == 1),
        }
    }

    /// The decision on one view.
    ///
    /// # Panics
    /// When the view has another length than [`Classifier::input_len`].
    #[must_use]
    pub fn matches(&self, view: &[u8]) -> bool {
        self.run(view, |_, _| {}).last().is_some_and(|z| z[0] == 1)
    }

    /// All values, the view first.
    ///
    /// # Panics
    /// When the view has another length than [`Classifier::input_len`].
    #[must_use]
    pub fn values(&self, view: &[u8]) -> Vec<Vec<i64>> {
        self.run(view, |_, _| {})
    }

    fn run(&self, view: &[u8], mut layer: impl FnMut(&[i64], &[i64])) -> Vec<Vec<i64>> {
        assert_eq!(view.len(), self.input_len(), "the view has another length");
        let mut values: Vec<Vec<i64>> = Vec::with_capacity(self.nodes.len() + 1);
        values.push(view.iter().map(|&byte| i64::from(byte)).collect());
        for node in &self.nodes {
            let value = match node {
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
                    let post: Vec<i64> = pre
                        .iter()
                        .map(|y| {
                            let z = table.get(y >> pointwise.shift);
                            i64::from(z.expect("bounds analysis covers every view"))
                        })
                        .collect();
                    layer(pre, &post);
                    post
                }
            };
            values.push(value);
        }
        values
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
