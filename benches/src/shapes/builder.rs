//! Layers with pseudo-random weights, one after the other.

use duces_kit::classifier::{lookup, step, sum, table, term};
use duces_kit::mobilenet::Bottleneck;
use duces_protocol::classifier::{Classifier, Conv, Map, Node, Padding, Table};
use rand_chacha::ChaCha8Rng;
use rand_core::{RngCore, SeedableRng};

/// Builds a classifier layer by layer on the value made last.
pub struct Builder {
    /// Where weights come from.
    pub rng: ChaCha8Rng,
    input_len: u32,
    nodes: Vec<Node>,
    tables: Vec<Table>,
    /// Channels, rows and columns of the value made last.
    pub shape: [u32; 3],
    /// A bound on the magnitude of its elements.
    reach: i64,
}

/// Saturation of hidden activations.
const TOP: i32 = 1023;
/// Arguments of the activation table.
const REACH: i32 = 2048;

impl Builder {
    /// Starts on a view of this shape.
    pub fn new(shape: [u32; 3]) -> Self {
        Self {
            rng: ChaCha8Rng::seed_from_u64(1),
            input_len: shape.iter().product(),
            nodes: Vec::new(),
            tables: vec![
                table(-REACH..REACH, |q| q.clamp(0, TOP)),
                step(-REACH..REACH),
                table(-REACH..REACH, |q| q),
            ],
            shape,
            reach: 255,
        }
    }

    pub fn last(&self) -> u32 {
        self.nodes.len() as u32
    }

    pub fn len(&self) -> u32 {
        self.shape.iter().product()
    }

    pub fn weights(&mut self, count: u32) -> Vec<i32> {
        (0..count)
            .map(|_| self.rng.next_u32() as i32 % 128)
            .collect()
    }

    /// A convolution.
    pub fn conv(mut self, out: u32, kernel: u32, stride: u32, pad: u32, groups: u32) -> Self {
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
    pub fn pool(mut self, size: u32) -> Self {
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
    pub fn dense(mut self, out: u32) -> Self {
        let weights = self.weights(out * self.len());
        self.shape = [out, 1, 1];
        self.linear(Map::Dense(weights))
    }

    /// Chosen elements.
    pub fn select(mut self, indices: Vec<u32>) -> Self {
        self.shape = [indices.len() as u32, 1, 1];
        let bias = vec![-1; indices.len()];
        self.linear_with(Map::Select(indices), bias)
    }

    /// An inverted residual: expansion, depthwise convolution, projection whose output is rounded,
    /// and the sum with the input where the shapes agree.
    pub fn bottleneck(mut self, sizes: Bottleneck) -> Self {
        let Bottleneck {
            expansion,
            outputs,
            stride,
        } = sizes;
        let (input, shape, reach) = (self.last(), self.shape, self.reach);
        if expansion > 1 {
            self = self.conv(expansion * shape[0], 1, 1, 0, 1).relu();
        }
        let channels = self.shape[0];
        self = self.conv(channels, 3, stride, 1, channels).relu();
        self = self.conv(outputs, 1, 1, 0, 1).pointwise(2);
        if self.shape == shape {
            self.reach += reach;
            let terms = [input, self.last()].map(|source| term(source, Map::Scale(1)));
            self.nodes.push(sum(self.len(), terms.into(), vec![]));
        }
        self
    }

    /// Whether element `class` is the largest: a step for each other, and one for all.
    pub fn argmax(mut self, class: u32) -> Classifier {
        let scores = self.last();
        let others: Vec<u32> = (0..self.len()).filter(|&i| i != class).collect();
        let count = others.len() as u32;
        let negative = term(scores, Map::Scale(-1));
        self.nodes.push(sum(self.len(), vec![negative], vec![]));
        let terms = vec![
            term(self.last(), Map::Select(others)),
            term(scores, Map::Select(vec![class; count as usize])),
        ];
        self.shape = [count, 1, 1];
        self.reach *= 2;
        self.nodes.push(sum(count, terms, vec![]));
        self = self.pointwise(1);
        self.shape = [1, 1, 1];
        let all = Map::Dense(vec![1; count as usize]);
        self.linear_with(all, vec![-i64::from(count)]).decide()
    }

    pub fn linear(self, map: Map) -> Self {
        self.linear_with(map, vec![])
    }

    pub fn linear_with(mut self, map: Map, bias: Vec<i64>) -> Self {
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
        let terms = vec![term(self.last(), map)];
        self.nodes.push(sum(self.len(), terms, bias));
        self
    }

    /// An activation with the shift that its bounds need.
    pub fn relu(self) -> Self {
        self.pointwise(0)
    }

    /// The decision on one value.
    pub fn decide(self) -> Classifier {
        let done = self.pointwise(1);
        Classifier::new(done.input_len, done.nodes, done.tables).expect("the shift fits the bounds")
    }

    pub fn pointwise(mut self, table: u32) -> Self {
        let source = self.last();
        let shift = (0..48)
            .find(|shift| self.reach >> shift < i64::from(REACH))
            .expect("small weights");
        self.reach = i64::from(if table == 1 { 1 } else { REACH });
        self.nodes.push(lookup(source, shift, table));
        self
    }
}
