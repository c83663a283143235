//! Classifiers of given shapes with pseudo-random weights: speed does not depend on training.

use duces_protocol::classifier::{
    Classifier, Conv, Linear, Map, Node, Padding, Pointwise, Sparse, Table, Term, ValueId,
};
use rand_chacha::ChaCha8Rng;
use rand_core::{RngCore, SeedableRng};

/// Builds a classifier layer by layer on the value made last.
struct Builder {
    rng: ChaCha8Rng,
    input_len: u32,
    nodes: Vec<Node>,
    tables: Vec<Table>,
    /// Channels, rows and columns of the value made last.
    shape: [u32; 3],
    /// A bound on the magnitude of its elements.
    reach: i64,
}

/// Saturation of hidden activations.
const TOP: i32 = 1023;
/// Arguments of the activation table.
const REACH: i32 = 2048;

impl Builder {
    /// Starts on a view of this shape.
    fn new(shape: [u32; 3]) -> Self {
        let relu = (-REACH..REACH).map(|q| q.clamp(0, TOP)).collect();
        let step = (-REACH..REACH).map(|q| i32::from(q >= 0)).collect();
        Self {
            rng: ChaCha8Rng::seed_from_u64(1),
            input_len: shape.iter().product(),
            nodes: Vec::new(),
            tables: vec![
                Table {
                    lo: -REACH,
                    outputs: relu,
                },
                Table {
                    lo: -REACH,
                    outputs: step,
                },
                Table {
                    lo: -REACH,
                    outputs: (-REACH..REACH).collect(),
                },
            ],
            shape,
            reach: 255,
        }
    }

    fn last(&self) -> ValueId {
        ValueId(self.nodes.len() as u32)
    }

    fn len(&self) -> u32 {
        self.shape.iter().product()
    }

    fn weights(&mut self, count: u32) -> Vec<i32> {
        (0..count)
            .map(|_| self.rng.next_u32() as i32 % 128)
            .collect()
    }

    /// A convolution.
    fn conv(mut self, out: u32, kernel: u32, stride: u32, pad: u32, groups: u32) -> Self {
        let [channels, height, width] = self.shape;
        let weights = self.weights(out * channels / groups * kernel * kernel);
        let conv = Conv {
            in_channels: channels,
            in_height: height,
            in_width: width,
            out_channels: out,
            kernel_height: kernel,
            kernel_width: kernel,
            stride: [stride; 2],
            dilation: [1, 1],
            padding: Padding {
                top: pad,
                left: pad,
                bottom: pad,
                right: pad,
            },
            groups,
            weights,
        };
        let (rows, columns) = conv.out_size().expect("the shapes below fit");
        self.shape = [out, rows as u32, columns as u32];
        self.linear(Map::Conv(conv))
    }

    /// Sums over windows: average pooling without its division.
    fn pool(mut self, size: u32) -> Self {
        let (channels, reach) = (self.shape[0], self.reach);
        self = self.conv(channels, size, size, 0, channels);
        if let Some(Node::Linear(linear)) = self.nodes.last_mut()
            && let Map::Conv(conv) = &mut linear.terms[0].map
        {
            conv.weights.fill(1);
        }
        self.reach = reach * i64::from(size * size);
        self
    }

    /// A dense layer.
    fn dense(mut self, out: u32) -> Self {
        let weights = self.weights(out * self.len());
        self.shape = [out, 1, 1];
        self.linear(Map::Dense(weights))
    }

    /// Chosen elements.
    fn select(mut self, indices: Vec<u32>) -> Self {
        self.shape = [indices.len() as u32, 1, 1];
        let bias = vec![-1; indices.len()];
        self.linear_with(Map::Select(indices), bias)
    }

    /// An inverted residual: expansion, depthwise convolution, projection whose output is rounded,
    /// and the sum with the input where the shapes agree.
    fn bottleneck(mut self, expansion: u32, out: u32, stride: u32) -> Self {
        let (input, shape, reach) = (self.last(), self.shape, self.reach);
        if expansion > 1 {
            self = self.conv(expansion * shape[0], 1, 1, 0, 1).relu();
        }
        let channels = self.shape[0];
        self = self.conv(channels, 3, stride, 1, channels).relu();
        self = self.conv(out, 1, 1, 0, 1).pointwise(2);
        if self.shape == shape {
            self.reach += reach;
            let terms = [input, self.last()].map(|source| Term {
                source,
                map: Map::Scale(1),
            });
            self.nodes.push(Node::Linear(Linear {
                len: self.len(),
                terms: terms.into(),
                bias: vec![],
            }));
        }
        self
    }

    /// Whether element `class` is the largest: a step for each other, and one for all.
    fn argmax(mut self, class: u32) -> Classifier {
        let scores = self.last();
        let others: Vec<u32> = (0..self.len()).filter(|&i| i != class).collect();
        let count = others.len() as u32;
        self.nodes.push(Node::Linear(Linear {
            len: self.len(),
            terms: vec![Term {
                source: scores,
                map: Map::Scale(-1),
            }],
            bias: vec![],
        }));
        let terms = vec![
            Term {
                source: self.last(),
                map: Map::Select(others),
            },
            Term {
                source: scores,
                map: Map::Select(vec![class; count as usize]),
            },
        ];
        self.shape = [count, 1, 1];
        self.reach *= 2;
        self.nodes.push(Node::Linear(Linear {
            len: count,
            terms,
            bias: vec![],
        }));
        self = self.pointwise(1);
        self.shape = [1, 1, 1];
        let all = Map::Dense(vec![1; count as usize]);
        self.linear_with(all, vec![-i64::from(count)]).decide()
    }

    fn linear(self, map: Map) -> Self {
        self.linear_with(map, vec![])
    }

    fn linear_with(mut self, map: Map, bias: Vec<i64>) -> Self {
        let total = |weights: &[i32]| weights.iter().map(|w| i64::from(w.abs())).sum::<i64>();
        let per_output = |weights: &[i32], outputs: usize| {
            let rows = weights.chunks(weights.len() / outputs).map(total);
            rows.max().unwrap_or(0)
        };
        let gain = match &map {
            Map::Conv(conv) => per_output(&conv.weights, conv.out_channels as usize),
            Map::Dense(weights) => per_output(weights, self.len() as usize),
            Map::Sparse(sparse) => {
                let rows = sparse.offsets.windows(2);
                let rows = rows.map(|row| total(&sparse.values[row[0] as usize..row[1] as usize]));
                rows.max().unwrap_or(0)
            }
            Map::Scale(_) | Map::Select(_) => 1,
        };
        let largest = bias.iter().map(|b| b.abs()).max().unwrap_or(0);
        self.reach = self.reach * gain + largest;
        let terms = vec![Term {
            source: self.last(),
            map,
        }];
        self.nodes.push(Node::Linear(Linear {
            len: self.len(),
            terms,
            bias,
        }));
        self
    }

    /// An activation with the shift that its bounds need.
    fn relu(self) -> Self {
        self.pointwise(0)
    }

    /// The decision on one value.
    fn decide(self) -> Classifier {
        let done = self.pointwise(1);
        Classifier::new(done.input_len, done.nodes, done.tables).expect("the shift fits the bounds")
    }

    fn pointwise(mut self, table: u32) -> Self {
        let source = self.last();
        let shift = (0..48)
            .find(|shift| self.reach >> shift < i64::from(REACH))
            .expect("small weights");
        self.reach = i64::from(if table == 1 { 1 } else { REACH });
        self.nodes.push(Node::Pointwise(Pointwise {
            source,
            shift,
            table,
        }));
        self
    }
}

/// A shape of the harness: its name, what it reads, and its classifier.
pub struct Shape {
    pub name: &'static str,
    pub view: &'static str,
    pub views: Views,
    pub classifier: fn() -> Classifier,
}

/// What pseudo-random views look like.
#[derive(Clone, Copy)]
pub enum Views {
    /// One byte in 40 is a small count: a message of a hundred different words.
    Text,
    /// One byte in five is ink.
    Digits,
    /// Every byte is a pixel.
    Photograph,
}

/// All shapes.
pub const ALL: [Shape; 6] = [
    Shape {
        name: "linear",
        view: "text-hash-4096",
        views: Views::Text,
        classifier: linear,
    },
    Shape {
        name: "network",
        view: "text-hash-4096",
        views: Views::Text,
        classifier: network,
    },
    Shape {
        name: "forest",
        view: "text-hash-4096",
        views: Views::Text,
        classifier: forest,
    },
    Shape {
        name: "mnist",
        view: "gray-28x28",
        views: Views::Digits,
        classifier: mnist,
    },
    Shape {
        name: "mobilenet-0.35",
        view: "rgb-96x96",
        views: Views::Photograph,
        classifier: || mobilenet(35, 96),
    },
    Shape {
        name: "mobilenet-0.75",
        view: "rgb-192x192",
        views: Views::Photograph,
        classifier: || mobilenet(75, 192),
    },
];

/// A linear classifier on `text-hash-4096`.
fn linear() -> Classifier {
    Builder::new([4096, 1, 1]).dense(1).decide()
}

/// A network 4096-64-1.
fn network() -> Classifier {
    Builder::new([4096, 1, 1])
        .dense(64)
        .relu()
        .dense(1)
        .decide()
}

/// The layers of zkml's MNIST example.
fn mnist() -> Classifier {
    Builder::new([1, 28, 28])
        .conv(8, 3, 1, 0, 1)
        .relu()
        .pool(2)
        .conv(16, 3, 1, 0, 1)
        .relu()
        .pool(2)
        .conv(16, 3, 1, 0, 1)
        .relu()
        .conv(4, 1, 1, 0, 1)
        .relu()
        .dense(64)
        .relu()
        .dense(10)
        .relu()
        .dense(1)
        .decide()
}

/// A random forest of 100 trees as they grow on the counts of words: depth 8, but thin, because most
/// words are rare. One row for each different pair of a word and a threshold, then one for each leaf.
fn forest() -> Classifier {
    const TREES: u32 = 100;
    const WORDS: u32 = 900;
    const LEAVES: u32 = 28;
    let mut builder = Builder::new([4096, 1, 1]);
    let words: Vec<u32> = (0..WORDS).map(|i| i * 4 + 1).collect();
    builder = builder.select(words);
    builder = builder.pointwise(1);
    let mut leaves = Sparse {
        offsets: vec![0],
        columns: Vec::new(),
        values: Vec::new(),
    };
    let mut bias = Vec::new();
    for _ in 0..TREES * (LEAVES - 1) {
        // A path: distinct literals, all of which must hold.
        let depth = 3 + builder.rng.next_u32() % 6;
        let first = builder.rng.next_u32() % (WORDS - 8);
        let mut needed = 0;
        for literal in 0..depth {
            let sign = if builder.rng.next_u32().is_multiple_of(2) {
                1
            } else {
                -1
            };
            needed += i64::from(sign == 1);
            leaves.columns.push(first + literal);
            leaves.values.push(sign);
        }
        leaves.offsets.push(leaves.columns.len() as u32);
        bias.push(-needed);
    }
    builder.shape = [bias.len() as u32, 1, 1];
    builder = builder.linear_with(Map::Sparse(leaves), bias);
    builder.pointwise(1).dense(1).decide()
}

/// MobileNet v2 (Sandler et al., CVPR 2018, table 2) with a width multiplier in per cents, for square
/// images: depthwise convolutions, ReLU6, residuals, linear bottlenecks, 1,000 classes.
fn mobilenet(width: u32, side: u32) -> Classifier {
    // Channels are rounded to multiples of eight, by no more than a tenth down.
    let channels = |full: u32| {
        let scaled = full * width;
        let rounded = ((scaled + 400) / 800 * 8).max(8);
        if rounded * 1000 < scaled * 9 {
            rounded + 8
        } else {
            rounded
        }
    };
    let mut net = Builder::new([3, side, side])
        .conv(channels(32), 3, 2, 1, 1)
        .relu();
    let stages = [
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    ];
    for (expansion, out, repeats, stride) in stages {
        for i in 0..repeats {
            net = net.bottleneck(expansion, channels(out), if i == 0 { stride } else { 1 });
        }
    }
    let last = net.shape[1];
    let top = if width > 100 { channels(1280) } else { 1280 };
    net.conv(top, 1, 1, 0, 1)
        .relu()
        .pool(last)
        .dense(1000)
        .argmax(5)
}
