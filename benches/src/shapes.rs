//! Classifiers of given shapes with pseudo-random weights: speed does not depend on training.

use duces_protocol::classifier::{
    Classifier, Conv, Linear, Map, Node, Padding, Pointwise, Table, Term, ValueId,
};
use rand_chacha::ChaCha8Rng;
use rand_core::{RngCore, SeedableRng};

/// Builds a classifier layer by layer on the value made last.
pub struct Builder {
    rng: ChaCha8Rng,
    input_len: u32,
    nodes: Vec<Node>,
    tables: Vec<Table>,
    /// Channels, rows and columns of the value made last.
    shape: [u32; 3],
}

/// Saturation of hidden activations.
const TOP: i32 = 1023;
/// Arguments of the activation table.
const REACH: i32 = 2048;

impl Builder {
    /// Starts on a view of this shape.
    pub fn new(shape: [u32; 3]) -> Self {
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
            ],
            shape,
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
        let channels = self.shape[0];
        self = self.conv(channels, size, size, 0, channels);
        if let Some(Node::Linear(linear)) = self.nodes.last_mut()
            && let Map::Conv(conv) = &mut linear.terms[0].map
        {
            conv.weights.fill(1);
        }
        self
    }

    /// A dense layer.
    pub fn dense(mut self, out: u32) -> Self {
        let weights = self.weights(out * self.len());
        self.shape = [out, 1, 1];
        self.linear(Map::Dense(weights))
    }

    fn linear(mut self, map: Map) -> Self {
        let terms = vec![Term {
            source: self.last(),
            map,
        }];
        self.nodes.push(Node::Linear(Linear {
            len: self.len(),
            terms,
            bias: vec![],
        }));
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

    fn pointwise(mut self, table: u32) -> Self {
        let source = self.last();
        let (lo, hi) = self.bounds();
        let reach = i64::from(REACH);
        let shift = (0..48)
            .find(|s| lo >> s >= -reach && hi >> s < reach)
            .expect("small weights");
        self.nodes.push(Node::Pointwise(Pointwise {
            source,
            shift,
            table,
        }));
        self
    }

    /// Static bounds of the value made last.
    fn bounds(&self) -> (i64, i64) {
        let mut nodes = self.nodes.clone();
        let table = Table {
            lo: -1,
            outputs: vec![0, 1],
        };
        let select = Map::Dense(vec![0; self.len() as usize]);
        let terms = vec![Term {
            source: self.last(),
            map: select,
        }];
        nodes.push(Node::Linear(Linear {
            len: 1,
            terms,
            bias: vec![],
        }));
        nodes.push(Node::Pointwise(Pointwise {
            source: ValueId(nodes.len() as u32),
            shift: 0,
            table: self.tables.len() as u32,
        }));
        let mut tables = self.tables.clone();
        tables.push(table);
        let probe = Classifier::new(self.input_len, nodes, tables).expect("small weights");
        probe.bounds().values[self.last().index()]
    }
}

/// A linear classifier on `text-hash-4096`.
pub fn linear() -> Classifier {
    Builder::new([4096, 1, 1]).dense(1).decide()
}

/// A network 4096-64-1.
pub fn network() -> Classifier {
    Builder::new([4096, 1, 1])
        .dense(64)
        .relu()
        .dense(1)
        .decide()
}

/// The layers of zkml's MNIST example.
pub fn mnist() -> Classifier {
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
