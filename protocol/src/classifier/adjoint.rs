//! The adjoint of the classifier's linear part: `u = −Aᵀs`, without expanding `A`.
//!
//! With a weight `s_t` on every pre-activation, the linear relations of one item are together
//! one equation: `Σ s_t·Y_t + Σ u_t·z_t + ⟨u_in, x⟩ = ⟨s, bias⟩`, where `u` is what this module
//! computes (docs/protocol.md section 5.3, "The equation"). It is reverse-mode differentiation of the
//! linear nodes.

pub mod sum;

use super::{Classifier, Node, live};
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
    /// The most memory of one call of [`Self::adjoint`] in bytes, `s` and the result included: 48 for
    /// each element that is needed at one time, 64 for each of the longest node, and 64 for each
    /// activation and byte of the view.
    #[must_use]
    pub fn adjoint_bytes(&self) -> u64 {
        let longest = self.lens.iter().copied().max().unwrap_or_default();
        let returned = self.activations() + self.input_len();
        48 * live::peak(&self.nodes, &self.lens) + 64 * u64::from(longest) + 64 * returned as u64
    }

    /// Computes the adjoint for weights `s`, one vector per pointwise node, on as many cores as
    /// there are, in [`Self::adjoint_bytes`] of memory. Two calls at a time take twice as much.
    ///
    /// # Panics
    /// When `s` does not have the shape of the pointwise nodes.
    #[must_use]
    pub fn adjoint(&self, s: &[Vec<Fr>]) -> Adjoint {
        backward(&self.nodes, &self.lens, s, |_, _| {})
    }
}

/// Walks from the last node to the first; `keep` sees the gradient of every linear node that is read,
/// with its index.
///
/// # Panics
/// When `s` does not have the shape of the pointwise nodes.
pub(crate) fn backward(
    nodes: &[Node],
    lens: &[u32],
    s: &[Vec<Fr>],
    mut keep: impl FnMut(usize, &[Fr]),
) -> Adjoint {
    let mut gradients = Gradients {
        lens,
        sums: vec![Vec::new(); lens.len()],
    };
    let mut outputs: Vec<Vec<Fr>> = Vec::with_capacity(s.len());
    let mut bias = Fr::ZERO;
    let mut weights = s.iter().rev();
    for (index, node) in nodes.iter().enumerate().rev() {
        match node {
            Node::Pointwise(pointwise) => {
                let weights = weights
                    .next()
                    .expect("one weight vector per pointwise node");
                let len = lens[pointwise.source.index()] as usize;
                assert_eq!(weights.len(), len, "one weight per activation");
                outputs.push(gradients.take(index + 1));
                let source = gradients.of(pointwise.source.index());
                for (g, s) in source.iter_mut().zip(weights) {
                    g.add(&s.into(), -1);
                }
            }
            // Nobody reads it: its gradient is zero.
            Node::Linear(_) if gradients.sums[index + 1].is_empty() => {}
            Node::Linear(linear) => {
                let gradient = gradients.take(index + 1);
                keep(index, &gradient);
                if !linear.bias.is_empty() {
                    let width = gradient.len() / linear.bias.len();
                    for (b, part) in linear.bias.iter().zip(gradient.chunks_exact(width)) {
                        bias -= part.iter().sum::<Fr>() * to_field::<Fr>(*b);
                    }
                }
                let limbs: Vec<Limbs> = gradient.par_iter().map(Limbs::from).collect();
                drop(gradient);
                for term in &linear.terms {
                    let target = gradients.of(term.source.index());
                    term.map.add_adjoint(&limbs, target, Sum::add);
                }
            }
        }
    }
    outputs.reverse();
    Adjoint {
        outputs,
        input: gradients.take(0),
        bias,
    }
}

/// The gradient of every value, from the last node that reads it to the node that defines it.
struct Gradients<'a> {
    lens: &'a [u32],
    /// Empty where no node has added anything yet.
    sums: Vec<Vec<Sum>>,
}

impl Gradients<'_> {
    /// The sums of a value, zero at first.
    fn of(&mut self, value: usize) -> &mut [Sum] {
        let sums = &mut self.sums[value];
        if sums.is_empty() {
            *sums = vec![Sum::default(); self.lens[value] as usize];
        }
        sums
    }

    /// The gradient of a value, whose sums are freed.
    fn take(&mut self, value: usize) -> Vec<Fr> {
        let sums = std::mem::take(&mut self.sums[value]);
        if sums.is_empty() {
            return vec![Fr::ZERO; self.lens[value] as usize];
        }
        sums.par_iter().map(Sum::reduce).collect()
    }
}

/// A signed integer as a field element.
#[must_use]
pub fn to_field<F: PrimeField>(value: i64) -> F {
    let magnitude = F::from(value.unsigned_abs());
    if value < 0 { -magnitude } else { magnitude }
}
