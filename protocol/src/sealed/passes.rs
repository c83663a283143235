//! The two passes over the public maps of an architecture, in the field: forward from any values in
//! place of the view and of outputs, backward from any weights on pre-activations (docs/protocol.md
//! section 10.2, "The form").

use super::architecture::Architecture;
use crate::classifier::adjoint::sum::{Limbs, Sum};
use crate::classifier::adjoint::{Gradient, backward, to_field};
use crate::classifier::{Linear, Node, Shape};
use halo2curves::bn256::Fr;
use std::collections::BTreeMap;

/// What stands in place of the values of one item.
#[derive(Clone, Copy, Debug)]
pub struct Values<'a> {
    /// For each pointwise node in order: its outputs.
    pub outputs: &'a [Vec<Fr>],
    /// The view.
    pub input: &'a [Fr],
    /// What all public biases are multiplied with.
    pub one: Fr,
}

impl Architecture {
    /// The gradient of every node with something hidden, by index, for the weights `s_t = ρ^t` on
    /// pre-activations: `−s` carried back over the public maps.
    #[must_use]
    pub fn gradients(&self, rho: Fr) -> BTreeMap<usize, Vec<Fr>> {
        let mut kept = BTreeMap::new();
        let keep = |index: usize, gradient: &Gradient| {
            if self.hidden_of(index).is_some() {
                let len = self.lens()[index + 1] as usize;
                kept.insert(index, gradient.clone().elements(rho, len));
            }
        };
        backward(self.nodes(), self.lens(), rho, |_, _| {}, keep);
        kept
    }

    /// Applies the linear nodes to values, with all that is hidden zero. `visit(node, values)` is
    /// called for every node before it is computed; a value is there while a later node reads it.
    ///
    /// # Panics
    /// When the values do not have the shape of the architecture.
    pub fn forward(&self, from: Values<'_>, mut visit: impl FnMut(usize, &[Vec<Fr>])) {
        let mut values: Vec<Vec<Fr>> = vec![Vec::new(); self.nodes().len() + 1];
        assert_eq!(
            from.input.len(),
            self.input_len(),
            "the view has its length"
        );
        values[0] = from.input.to_vec();
        let mut outputs = from.outputs.iter();
        for (index, node) in self.nodes().iter().enumerate() {
            visit(index, &values);
            values[index + 1] = match node {
                Node::Pointwise(_) => {
                    let outputs = outputs.next().expect("outputs of every pointwise node");
                    outputs.clone()
                }
                Node::Linear(linear) => apply(linear, &values, from.one),
            };
            for value in &self.freed()[index] {
                values[value.index()] = Vec::new();
            }
        }
    }
}

fn apply(linear: &Linear, values: &[Vec<Fr>], one: Fr) -> Vec<Fr> {
    let mut sums = vec![Sum::default(); linear.len as usize];
    for term in &linear.terms {
        let source = &values[term.source.index()];
        let limbs: Vec<Limbs> = source.iter().map(Limbs::from).collect();
        term.map.walk(source.len(), sums.len(), |run| {
            for (output, input) in run.pairs() {
                sums[output].add(&limbs[input], run.weight);
            }
        });
    }
    let mut y: Vec<Fr> = sums.iter().map(Sum::reduce).collect();
    if !linear.bias.is_empty() {
        let width = y.len() / linear.bias.len();
        for (b, part) in linear.bias.iter().zip(y.chunks_exact_mut(width)) {
            let bias = one * to_field::<Fr>(*b);
            part.iter_mut().for_each(|y| *y += bias);
        }
    }
    y
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sealed::tests::{classifier, nodes};
    use ff::Field;
    use rand_core::OsRng;

    /// With the view and the outputs of an evaluation in place, the passes give the public part of
    /// its pre-activations, and the same sum from both ends.
    #[test]
    fn the_passes_are_adjoint_to_each_other() {
        let whole = classifier(nodes());
        let (architecture, values) = Architecture::split(&whole).unwrap();
        let zero = architecture.open(&vec![0; values.len()]).unwrap();
        let random = |n: usize| -> Vec<Fr> { (0..n).map(|_| Fr::random(OsRng)).collect() };
        let lens: Vec<usize> = whole.pointwise().map(|(v, _)| whole.len_of(v)).collect();
        let outputs: Vec<Vec<Fr>> = lens.iter().map(|&n| random(n)).collect();
        let rho = random(1)[0];
        let mut next = 0..;
        let s: Vec<Vec<Fr>> = lens
            .iter()
            .map(|&n| {
                next.by_ref()
                    .take(n)
                    .map(|t: u64| rho.pow_vartime([t + 1]))
                    .collect()
            })
            .collect();
        let (input, one) = (random(whole.input_len()), random(1)[0]);
        let from = Values {
            outputs: &outputs,
            input: &input,
            one,
        };
        let dot = |a: &[Fr], b: &[Fr]| -> Fr { a.iter().zip(b).map(|(a, b)| *a * b).sum() };
        let mut forward = Fr::ZERO;
        let mut weights = s.iter();
        architecture.forward(from, |index, values| {
            if let Node::Pointwise(pointwise) = &architecture.nodes()[index] {
                forward += dot(weights.next().unwrap(), &values[pointwise.source.index()]);
            }
        });
        let adjoint = zero.adjoint(rho);
        let back: Fr = adjoint
            .outputs
            .iter()
            .zip(&outputs)
            .map(|(u, z)| dot(u, z))
            .sum();
        assert_ne!(forward, Fr::ZERO);
        assert_eq!(
            back + dot(&adjoint.rest.input, &input) - adjoint.rest.bias * one,
            -forward
        );
        let gradients = architecture.gradients(rho);
        assert_eq!(gradients.keys().copied().collect::<Vec<_>>(), [0, 5]);
        assert_eq!(gradients[&5], [-s[2][0]]);
    }
}
