//! The adjoint against the definition: every entry of every map, one by one.

use super::super::{Conv, Linear, Pointwise, Sparse, Table, Term, ValueId};
use super::*;
use rand_core::{OsRng, RngCore};

fn random(most: u32) -> u32 {
    OsRng.next_u32() % (most + 1)
}

fn weights(count: u32) -> Vec<i32> {
    (0..count).map(|_| random(200) as i32 - 100).collect()
}

/// A convolution of random sizes on a value of `len` elements, if one fits.
fn conv(channels: u32, side: [u32; 2]) -> (Conv, u32) {
    loop {
        let groups = if random(1) == 0 { 1 } else { channels };
        let out_channels = groups * (1 + random(2));
        let [kernel_height, kernel_width] = [1 + random(4), 1 + random(3)];
        let conv = Conv {
            in_channels: channels,
            in_height: side[0],
            in_width: side[1],
            out_channels,
            kernel_height,
            kernel_width,
            stride: [1 + random(2), 1 + random(3)],
            dilation: [1 + random(1), 1 + random(2)],
            padding: super::super::Padding {
                top: random(3),
                left: random(2),
                bottom: random(2),
                right: random(3),
            },
            groups,
            weights: weights(out_channels * channels / groups * kernel_height * kernel_width),
        };
        if let Some((height, width)) = conv.out_size() {
            let len = out_channels * height as u32 * width as u32;
            return (conv, len);
        }
    }
}

/// The adjoint, entry by entry.
fn direct(classifier: &Classifier, rho: Fr) -> Adjoint {
    let mut gradients: Vec<Vec<Fr>> = (0..=classifier.nodes.len())
        .map(|value| vec![Fr::ZERO; classifier.lens[value] as usize])
        .collect();
    let (mut outputs, mut bias) = (Vec::new(), Fr::ZERO);
    let mut relation = classifier.activations() as u64;
    for (index, node) in classifier.nodes.iter().enumerate().rev() {
        let gradient = std::mem::take(&mut gradients[index + 1]);
        match node {
            Node::Pointwise(pointwise) => {
                relation -= gradient.len() as u64;
                let source = gradients[pointwise.source.index()].iter_mut();
                for (t, g) in (relation + 1..).zip(source) {
                    *g -= rho.pow_vartime([t]);
                }
                outputs.push(gradient);
            }
            Node::Linear(linear) => {
                for (b, g) in linear.bias_vector().iter().zip(&gradient) {
                    bias -= *g * to_field::<Fr>(*b);
                }
                for term in &linear.terms {
                    let source = &mut gradients[term.source.index()];
                    term.map.walk(source.len(), gradient.len(), |run| {
                        for (output, input) in run.pairs() {
                            source[input] += gradient[output] * to_field::<Fr>(run.weight.into());
                        }
                    });
                }
            }
        }
    }
    outputs.reverse();
    let input = std::mem::take(&mut gradients[0]);
    let rest = Rest { input, bias };
    Adjoint { outputs, rest }
}

/// Convolutions of views and of outputs, of sums, of other convolutions, of values that two nodes read;
/// biases of all kinds; a matrix at the end.
#[test]
fn the_adjoint_is_that_of_every_entry() {
    for case in 0..60 {
        let side = [3 + random(6), 3 + random(6)];
        let view = 3 * side[0] * side[1];
        let term = |source, map| Term {
            source: ValueId(source),
            map,
        };
        let mut nodes = Vec::new();
        let linear = |len, terms, bias| Node::Linear(Linear { len, terms, bias });
        let step = |source| {
            Node::Pointwise(Pointwise {
                source: ValueId(source),
                shift: 30,
                table: 0,
            })
        };
        let (first, len) = conv(3, side);
        let biases = match random(2) {
            0 => Vec::new(),
            1 => weights(first.out_channels)
                .into_iter()
                .map(i64::from)
                .collect(),
            _ => weights(len).into_iter().map(i64::from).collect(),
        };
        nodes.push(linear(len, vec![term(0, Map::Conv(first))], biases));
        nodes.push(step(1));
        // The sum of an output, its pre-activation, and the output again: two tables read it.
        let terms = vec![
            term(2, Map::Scale(3)),
            term(1, Map::Scale(-5)),
            term(2, Map::Scale(7)),
        ];
        nodes.push(linear(len, terms, vec![-4]));
        nodes.push(step(3));
        if random(1) == 0 {
            nodes.push(step(3));
        }
        let read = nodes.len() as u32;
        // A convolution of the view behind another one, and beside a selection.
        let (second, middle) = conv(3, side);
        nodes.push(linear(middle, vec![term(0, Map::Conv(second))], vec![]));
        let chain = Sparse {
            offsets: (0..=len).collect(),
            columns: (0..len).map(|i| i % middle).collect(),
            values: weights(len),
        };
        let index = (0..len).map(|i| if i % 3 == 0 { u32::MAX } else { i % view });
        let terms = vec![
            term(read + 1, Map::Sparse(chain)),
            term(0, Map::Select(index.collect())),
            term(read, Map::Scale(2)),
        ];
        nodes.push(linear(len, terms, vec![]));
        nodes.push(step(read + 2));
        let last = vec![term(read + 3, Map::Dense(weights(len)))];
        nodes.push(linear(1, last, vec![9]));
        nodes.push(step(read + 4));
        let table = Table {
            lo: -64,
            outputs: (0..128).map(|q| i32::from(q > 64)).collect(),
        };
        let classifier = Classifier::new(view, nodes, vec![table]).unwrap();
        let rho = Fr::random(OsRng);
        let (found, expected) = (classifier.adjoint(rho), direct(&classifier, rho));
        assert_eq!(found.outputs, expected.outputs, "{case}");
        assert_eq!(found.rest.input, expected.rest.input, "{case}");
        assert_eq!(found.rest.bias, expected.rest.bias, "{case}");
    }
}

/// A convolution may pass over its whole input: then its outputs are biases, and nothing is read.
#[test]
fn convolutions_of_padding_alone_have_no_adjoint() {
    for [stride, before] in [[[2, 1], [1, 0]], [[1, 2], [0, 1]], [[2, 2], [1, 1]]] {
        let conv = Conv {
            in_channels: 2,
            in_height: 1,
            in_width: 1,
            out_channels: 2,
            kernel_height: 1,
            kernel_width: 1,
            stride,
            dilation: [1; 2],
            padding: super::super::Padding {
                top: before[0],
                left: before[1],
                bottom: 0,
                right: 0,
            },
            groups: 1,
            weights: vec![3, -4, 5, 6],
        };
        assert_eq!(conv.out_size(), Some((1, 1)));
        let terms = vec![Term {
            source: ValueId(0),
            map: Map::Conv(conv),
        }];
        let nodes = vec![
            Node::Linear(Linear {
                len: 2,
                terms,
                bias: vec![7],
            }),
            Node::Pointwise(Pointwise {
                source: ValueId(1),
                shift: 0,
                table: 0,
            }),
            Node::Linear(Linear {
                len: 1,
                terms: vec![Term {
                    source: ValueId(2),
                    map: Map::Dense(vec![1, 1]),
                }],
                bias: vec![],
            }),
            Node::Pointwise(Pointwise {
                source: ValueId(3),
                shift: 3,
                table: 0,
            }),
        ];
        let table = Table {
            lo: 0,
            outputs: (0..8).map(|q| i32::from(q > 6)).collect(),
        };
        let classifier = Classifier::new(2, nodes, vec![table]).unwrap();
        let rho = Fr::random(OsRng);
        let (found, expected) = (classifier.adjoint(rho), direct(&classifier, rho));
        assert_eq!(found.rest.input, [Fr::ZERO; 2]);
        assert_eq!(found.outputs, expected.outputs);
        assert_eq!(found.rest.bias, expected.rest.bias);
    }
}

#[test]
fn sums_of_powers() {
    let rho = Fr::random(OsRng);
    for len in 0..70 {
        let direct: Fr = geometric::powers(Fr::ONE, rho, len).iter().sum();
        assert_eq!(powers_sum(rho, len), direct, "{len}");
    }
    assert_eq!(powers_sum(Fr::ONE, 100), Fr::from(100));
}
