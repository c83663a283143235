//! Evaluation in 64-bit floating point: the float reference.

use super::{Node, Program};
use duces_protocol::answers::AnswerKind;

impl Program {
    /// All values on one view, the view first.
    ///
    /// # Panics
    /// When the view has another length than the program reads.
    #[must_use]
    pub fn values(&self, view: &[u8]) -> Vec<Vec<f64>> {
        assert_eq!(view.len(), self.input_len, "the view has another length");
        let mut values: Vec<Vec<f64>> = Vec::with_capacity(self.nodes.len() + 1);
        values.push(view.iter().map(|&byte| f64::from(byte)).collect());
        for node in &self.nodes {
            let value = match node {
                Node::Linear(linear) => {
                    let mut y = linear.bias_vector();
                    for term in &linear.terms {
                        term.map
                            .add_forward(term.factor, &values[term.source], &mut y);
                    }
                    y
                }
                Node::Pointwise(pointwise) => {
                    let y = values[pointwise.source].iter().enumerate();
                    y.map(|(index, &y)| pointwise.func.apply(y, index))
                        .collect()
                }
            };
            values.push(value);
        }
        values
    }

    /// Whether the last value is 1: the decision of a program that ends with one.
    ///
    /// # Panics
    /// As [`Self::values`].
    #[must_use]
    pub fn matches(&self, view: &[u8]) -> bool {
        self.values(view).last().is_some_and(|z| z[0] == 1.0)
    }

    /// What is compared of an answer: a match as 0 or 1, a class, of scores the index of the largest
    /// (the lowest among equals). `last` is the last value of a program or of a classifier.
    #[must_use]
    pub fn compared<T: Copy + PartialOrd + Into<f64>>(&self, last: &[T]) -> usize {
        let first = last.first().map_or(0.0, |&z| z.into());
        match self.answers {
            AnswerKind::Match | AnswerKind::Class => first as usize,
            AnswerKind::Scores => {
                let best = last.iter().enumerate();
                let best = best.reduce(|best, next| if *next.1 > *best.1 { next } else { best });
                best.map_or(0, |(index, _)| index)
            }
        }
    }
}

impl super::Linear {
    /// The bias of every element.
    #[must_use]
    pub fn bias_vector(&self) -> Vec<f64> {
        if self.bias.is_empty() {
            vec![0.0; self.len]
        } else {
            self.bias.clone()
        }
    }
}
