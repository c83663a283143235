//! What storing and evaluating a classifier takes.

use super::{Classifier, Linear, Node};

/// What storing and evaluating a classifier takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Cost {
    /// Stored weights and indices, biases aside.
    pub weights: u64,
    /// Multiplications of one evaluation.
    pub multiplications: u64,
}

impl Classifier {
    /// What storing and evaluating it takes.
    #[must_use]
    pub fn cost(&self) -> Cost {
        let mut cost = Cost::default();
        for linear in self.linear() {
            for term in &linear.terms {
                cost.weights += term.map.weights() as u64;
                cost.multiplications += term.map.multiplications(linear.len as usize);
            }
        }
        cost
    }

    /// The largest magnitude of a weight, 1 for a selection and 0 without linear nodes.
    #[must_use]
    pub fn largest_weight(&self) -> u32 {
        let largest = self.linear().map(Linear::largest_weight);
        largest.max().unwrap_or(0)
    }

    fn linear(&self) -> impl Iterator<Item = &Linear> {
        self.nodes.iter().filter_map(|node| match node {
            Node::Linear(linear) => Some(linear),
            Node::Pointwise(_) => None,
        })
    }
}

impl Linear {
    /// The largest magnitude of a weight, 1 for a selection and 0 without terms.
    #[must_use]
    pub fn largest_weight(&self) -> u32 {
        let largest = self.terms.iter().map(|term| term.map.largest_weight());
        largest.max().unwrap_or(0)
    }
}
