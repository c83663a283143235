//! The adjoint of the classifier's linear part: `u = −Aᵀs`, without expanding `A`.
//!
//! With a weight `s_t` on every pre-activation, the linear relations of one item are together
//! one equation: `Σ s_t·Y_t + Σ u_t·z_t + ⟨u_in, x⟩ = ⟨s, bias⟩`, where `u` is what this module
//! computes (docs/protocol.md section 5). It is reverse-mode differentiation of the linear nodes.

mod sum;

use super::{Classifier, Node};
use ff::{Field, PrimeField};
use halo2curves::bn256::Fr;
use rayon::prelude::*;
use sum::{Limbs, Sum};

/// The coefficients of one item's equation.
#[derive(Clone, Debug)]
pub struct Adjoint {
    /// For each pointwise node in order: the coefficient of each of its outputs.
    pub outputs: Vec<Vec<Fr>>,
    /// The coefficient of each byte of the view.
    pub input: Vec<Fr>,
    /// `⟨s, bias⟩`.
    pub bias: Fr,
}

impl Classifier {
    /// Computes the adjoint for weights `s`, one vector per pointwise node.
    ///
    /// # Panics
    /// When `s` does not have the shape of the pointwise nodes.
    #[must_use]
    pub fn adjoint(&self, s: &[Vec<Fr>]) -> Adjoint {
        let mut gradients: Vec<Vec<Sum>> = self
            .lens
            .iter()
            .map(|&len| vec![Sum::default(); len as usize])
            .collect();
        let reduced = |sums: &mut Vec<Sum>| -> Vec<Fr> {
            std::mem::take(sums).par_iter().map(Sum::reduce).collect()
        };
        let mut outputs: Vec<Vec<Fr>> = Vec::with_capacity(s.len());
        let mut bias = Fr::ZERO;
        let mut weights = s.iter().rev();
        for (index, node) in self.nodes.iter().enumerate().rev() {
            let gradient = reduced(&mut gradients[index + 1]);
            match node {
                Node::Pointwise(pointwise) => {
                    let weights = weights
                        .next()
                        .expect("one weight vector per pointwise node");
                    assert_eq!(weights.len(), gradient.len(), "one weight per activation");
                    let source = &mut gradients[pointwise.source.index()];
                    for (g, s) in source.iter_mut().zip(weights) {
                        g.add(&s.into(), -1);
                    }
                    outputs.push(gradient);
                }
                Node::Linear(linear) => {
                    if !linear.bias.is_empty() {
                        let width = gradient.len() / linear.bias.len();
                        for (b, part) in linear.bias.iter().zip(gradient.chunks_exact(width)) {
                            bias -= part.iter().sum::<Fr>() * small::<Fr>(*b);
                        }
                    }
                    let gradient: Vec<Limbs> = gradient.par_iter().map(Limbs::from).collect();
                    for term in &linear.terms {
                        let target = &mut gradients[term.source.index()];
                        term.map.add_adjoint(&gradient, target, Sum::add);
                    }
                }
            }
        }
        outputs.reverse();
        Adjoint {
            outputs,
            input: reduced(&mut gradients[0]),
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
