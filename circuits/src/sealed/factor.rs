//! `⟨eq(r), U⟩ = f0 + ⟨F, θ⟩`: what the value of the sum-check says of the weights (docs/protocol.md
//! section 10.2, "The form").

use super::places::Extension;
use crate::domain::powers;
use duces_protocol::classifier::{Geometry, Node, Shape};
use duces_protocol::sealed::{Architecture, HiddenMap, Values};
use ff::Field;
use halo2curves::bn256::Fr;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Computes `f0`, and hands out `F` in pieces: `visit(first, piece)`, `first` the number of the
/// piece's first parameter. `weights` are `s`, `eq` are the weights of the extension, `rho` is `ρ`.
///
/// # Panics
/// When `weights` or `eq` do not have the shape of the architecture.
pub fn factor(
    architecture: &Architecture,
    weights: &[Vec<Fr>],
    eq: &Extension,
    rho: Fr,
    mut visit: impl FnMut(usize, Vec<Fr>),
) -> Fr {
    let gradients = architecture.gradients(rho);
    let from = Values {
        outputs: &eq.outputs,
        input: &eq.input,
        one: eq.one,
    };
    let firsts: BTreeMap<usize, usize> = architecture
        .hidden()
        .map(|(node, _, first)| (node, first))
        .collect();
    let mut constant = eq.masks[1];
    let mut relations = weights.iter();
    architecture.forward(from, |index, values| {
        match &architecture.nodes()[index] {
            Node::Pointwise(pointwise) => {
                let s = relations.next().expect("weights of every pointwise node");
                constant -= dot(s, &values[pointwise.source.index()]);
            }
            Node::Linear(linear) => {
                let (Some(hidden), Some(&first)) =
                    (architecture.hidden_of(index), firsts.get(&index))
                else {
                    return;
                };
                let len = linear.len as usize;
                let mut first = first;
                // A node that nobody reads: its weights have no part in anything.
                let zero = vec![Fr::ZERO; len];
                let gradient = gradients.get(&index).unwrap_or(&zero);
                for term in &hidden.terms {
                    let source = &values[term.source.index()];
                    let piece = match &term.map {
                        HiddenMap::Dense => outer(gradient, source),
                        HiddenMap::Conv(conv) => {
                            let geometry = conv.geometry();
                            let geometry = geometry.expect("checked when it was decoded");
                            convolution(&geometry, gradient, source, rho)
                        }
                    };
                    let next = first + piece.len();
                    visit(first, piece);
                    first = next;
                }
                let parts = gradient.chunks_exact(len / hidden.biases as usize);
                let one = from.one;
                visit(
                    first,
                    parts.map(|part| one * part.iter().sum::<Fr>()).collect(),
                );
            }
        }
    });
    constant
}

fn dot(a: &[Fr], b: &[Fr]) -> Fr {
    a.iter().zip(b).map(|(a, b)| *a * b).sum()
}

/// `F` of a matrix: `g_o·φ_i`.
fn outer(gradient: &[Fr], source: &[Fr]) -> Vec<Fr> {
    let row = |g: &Fr| source.iter().map(|z| *g * z).collect::<Vec<_>>();
    gradient.par_iter().flat_map_iter(row).collect()
}

/// `F` of a convolution: `Σ g_o·φ_i` over the places where a weight stands.
fn convolution(geometry: &Geometry, gradient: &[Fr], source: &[Fr], rho: Fr) -> Vec<Fr> {
    let plane = geometry.output[0] * geometry.output[1];
    let channels: Vec<&[Fr]> = gradient.chunks_exact(plane).collect();
    let geometric = |channel: &&[Fr]| channel.windows(2).all(|two| two[0] * rho == two[1]);
    if !channels.par_iter().all(geometric) {
        let mut sums = vec![Fr::ZERO; geometry.weights()];
        geometry.walk(Some, |run| {
            let sum = run
                .pairs()
                .map(|(output, input)| gradient[output] * source[input]);
            sums[run.weight] += sum.sum::<Fr>();
        });
        return sums;
    }
    // Every channel of the gradient is a multiple of the powers of ρ: the sums over positions are the
    // same for all output channels of a group, but for that factor.
    let positions = powers(Fr::ONE, rho, plane);
    let one = Geometry {
        out_channels: geometry.groups,
        ..*geometry
    };
    let mut sums = vec![Fr::ZERO; one.weights()];
    one.walk(Some, |run| {
        let sum = run
            .pairs()
            .map(|(output, input)| positions[output % plane] * source[input]);
        sums[run.weight] += sum.sum::<Fr>();
    });
    let (per_group, taps) = (
        geometry.out_channels / geometry.groups,
        one.weights() / geometry.groups,
    );
    channels
        .par_iter()
        .enumerate()
        .flat_map_iter(|(channel, gradient)| {
            let group = channel / per_group;
            let own = &sums[group * taps..][..taps];
            own.iter().map(|sum| gradient[0] * sum)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_core::OsRng;

    fn random(n: usize) -> Vec<Fr> {
        (0..n).map(|_| Fr::random(OsRng)).collect()
    }

    /// The two ways to compute `F` of a convolution agree where both apply.
    #[test]
    fn powers_of_rho_are_taken_out_of_the_sum() {
        let geometry = Geometry {
            in_channels: 4,
            input: [5, 6],
            out_channels: 6,
            output: [3, 3],
            kernel: [3, 2],
            stride: [2, 2],
            dilation: [1, 1],
            before: [1, 1],
            after: [1, 0],
            groups: 2,
        };
        let rho = random(1)[0];
        let source = random(4 * 30);
        let gradient: Vec<Fr> = random(6)
            .into_iter()
            .flat_map(|first| powers(first, rho, 9))
            .collect();
        let mut sums = vec![Fr::ZERO; geometry.weights()];
        geometry.walk(Some, |run| {
            for (output, input) in run.pairs() {
                sums[run.weight] += gradient[output] * source[input];
            }
        });
        assert_eq!(convolution(&geometry, &gradient, &source, rho), sums);
        // Not powers of ρ: the other way.
        let other = convolution(&geometry, &gradient, &source, rho + Fr::ONE);
        assert_eq!(other, sums);
        let mut changed = gradient.clone();
        changed[10] += Fr::ONE;
        assert_ne!(convolution(&geometry, &changed, &source, rho), sums);
    }
}
