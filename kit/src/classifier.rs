//! Small classifiers, and the pieces of others.

use duces_protocol::classifier::{
    Classifier, Conv, Linear, Map, Node, Padding, Pointwise, Table, Term, ValueId,
};
use std::ops::Range;

/// A term of a sum: a map of the value with this number; the view is number 0.
#[must_use]
pub fn term(source: u32, map: Map) -> Term {
    Term {
        source: ValueId(source),
        map,
    }
}

/// A sum of `len` elements.
#[must_use]
pub fn sum(len: u32, terms: Vec<Term>, bias: Vec<i64>) -> Node {
    Node::Linear(Linear { len, terms, bias })
}

/// A table applied to a value that is divided by `2^shift`.
#[must_use]
pub fn lookup(source: u32, shift: u8, table: u32) -> Node {
    Node::Pointwise(Pointwise {
        source: ValueId(source),
        shift,
        table,
    })
}

/// The values of `f` for these arguments.
#[must_use]
pub fn table(arguments: Range<i32>, f: impl Fn(i32) -> i32) -> Table {
    Table {
        lo: arguments.start,
        outputs: arguments.map(f).collect(),
    }
}

/// One for zero and more, zero below.
#[must_use]
pub fn step(arguments: Range<i32>) -> Table {
    table(arguments, |q| i32::from(q >= 0))
}

/// A step over a weighted sum of bytes that is divided by `2^shift`: the view has as many bytes as
/// there are weights.
///
/// # Panics
/// When the step's arguments do not cover the sum.
#[must_use]
pub fn decision(weights: Vec<i32>, bias: i64, shift: u8, arguments: Range<i32>) -> Classifier {
    let len = u32::try_from(weights.len()).expect("a view has fewer bytes");
    let nodes = vec![
        sum(1, vec![term(0, Map::Dense(weights))], vec![bias]),
        lookup(1, shift, 0),
    ];
    Classifier::new(len, nodes, vec![step(arguments)]).expect("the arguments cover the sum")
}

/// Whether four bytes sum up to 500 or more.
#[must_use]
pub fn four_bytes() -> Classifier {
    decision(vec![1; 4], -500, 0, -600..600)
}

/// A convolution with a square kernel of three and its usual padding, on 6 × 6 elements in
/// `channels` channels; two channels come out.
fn convolution(channels: u32, weights: Vec<i32>) -> Map {
    Map::Conv(Conv {
        in_channels: channels,
        in_height: 6,
        in_width: 6,
        out_channels: 2,
        kernel_height: 3,
        kernel_width: 3,
        stride: [1, 1],
        dilation: [1, 1],
        padding: Padding {
            top: 1,
            left: 1,
            bottom: 1,
            right: 1,
        },
        groups: 1,
        weights,
    })
}

/// A convolution, a residual connection, a dense layer and a step, on 6 × 6 bytes.
///
/// # Panics
/// Never: the tables cover their arguments.
#[must_use]
pub fn network() -> Classifier {
    let weights = |n: i32, m: i32| (0..n).map(|i| (i * 37 + 11) % m - m / 2).collect();
    let first = convolution(1, weights(18, 9));
    let second = convolution(2, weights(36, 7));
    let nodes = vec![
        sum(72, vec![term(0, first)], vec![100, -50]),
        lookup(1, 5, 1),
        sum(72, vec![term(2, second), term(2, Map::Scale(3))], vec![]),
        lookup(3, 4, 1),
        sum(1, vec![term(4, Map::Dense(weights(72, 61)))], vec![-300]),
        lookup(5, 15, 0),
    ];
    let rectifier = table(-1024..1025, |q| q.clamp(0, 255));
    Classifier::new(36, nodes, vec![step(-256..256), rectifier]).expect("it is a classifier")
}
