//! The adjoint of the classifier's linear part: `u = −Aᵀs`, without expanding `A`.
//!
//! With a weight `s_t` on every pre-activation, the linear relations of one item are together
//! one equation: `Σ s_t·Y_t + Σ u_t·z_t + ⟨u_in, x⟩ = ⟨s, bias⟩`, where `u` is what this module
//! computes (docs/protocol.md section 5). It is reverse-mode differentiation of the linear nodes.

use super::{Classifier, Node};
use ff::PrimeField;

/// The coefficients of one item's equation.
#[derive(Clone, Debug)]
pub struct Adjoint<F> {
    /// For each pointwise node in order: the coefficient of each of its outputs.
    pub outputs: Vec<Vec<F>>,
    /// The coefficient of each byte of the view.
    pub input: Vec<F>,
    /// `⟨s, bias⟩`.
    pub bias: F,
}

impl Classifier {
    /// Computes the adjoint for weights `s`, one vector per pointwise node.
    ///
    /// # Panics
    /// When `s` does not have the shape of the pointwise nodes.
    #[must_use]
    pub fn adjoint<F: PrimeField>(&self, s: &[Vec<F>]) -> Adjoint<F> {
        let mut gradients: Vec<Vec<F>> = self
            .lens
            .iter()
            .map(|&len| vec![F::ZERO; len as usize])
            .collect();
        let mut outputs: Vec<Vec<F>> = Vec::with_capacity(s.len());
        let mut bias = F::ZERO;
        let mut weights = s.iter().rev();
        for (index, node) in self.nodes.iter().enumerate().rev() {
            let gradient = std::mem::take(&mut gradients[index + 1]);
            match node {
                Node::Pointwise(pointwise) => {
                    let weights = weights
                        .next()
                        .expect("one weight vector per pointwise node");
                    assert_eq!(weights.len(), gradient.len(), "one weight per activation");
                    for (g, s) in gradients[pointwise.source.index()].iter_mut().zip(weights) {
                        *g -= s;
                    }
                    outputs.push(gradient);
                }
                Node::Linear(linear) => {
                    if !linear.bias.is_empty() {
                        let width = gradient.len() / linear.bias.len();
                        for (b, part) in linear.bias.iter().zip(gradient.chunks_exact(width)) {
                            bias -= part.iter().sum::<F>() * small::<F>(*b);
                        }
                    }
                    for term in &linear.terms {
                        let target = &mut gradients[term.source.index()];
                        let lift = |weight| small(i64::from(weight));
                        term.map.add_adjoint(&gradient, target, lift);
                    }
                }
            }
        }
        outputs.reverse();
        Adjoint {
            outputs,
            input: std::mem::take(&mut gradients[0]),
            bias,
        }
    }
}

/// A signed integer as a field element.
#[must_use]
pub fn small<F: PrimeField>(value: i64) -> F {
    let magnitude = F::from(value.unsigned_abs());
    if value < 0 { -magnitude } else { magnitude }
}
