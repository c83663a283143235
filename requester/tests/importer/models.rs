//! Small ONNX models, written with the importer's own messages.

use duces_requester::onnx::message::{
    Attribute, Dimension, Graph, Model, Node, OperatorSet, TensorMessage, TensorShape, TensorType,
    Type, ValueInfo,
};
use prost::Message;

/// A model under construction; the input is `x`, the output `y`.
#[derive(Clone)]
pub struct Builder {
    pub model: Model,
    seed: u64,
}

impl Builder {
    /// A model whose input has the given shape; the batch axis comes first and is left open.
    pub fn new(shape: &[i64]) -> Self {
        let open = Dimension {
            value: None,
            parameter: Some("N".to_owned()),
        };
        let dim = |&size: &i64| Dimension {
            value: Some(size),
            parameter: None,
        };
        let dims = std::iter::once(open).chain(shape.iter().map(dim)).collect();
        let model = Model {
            ir_version: 8,
            opset_import: vec![
                OperatorSet {
                    domain: String::new(),
                    version: 17,
                },
                OperatorSet {
                    domain: "ai.onnx.ml".to_owned(),
                    version: 3,
                },
            ],
            graph: Some(Graph {
                input: vec![value("x", Some(TensorShape { dim: dims }))],
                output: vec![value("y", None)],
                ..Graph::default()
            }),
            functions: Vec::new(),
        };
        Self { model, seed: 1 }
    }

    pub fn graph(&mut self) -> &mut Graph {
        self.model.graph.as_mut().unwrap()
    }

    /// Appends a node of `ai.onnx`, or of `ai.onnx.ml` where the name begins with `ml.`.
    pub fn node(
        mut self,
        op: &str,
        inputs: &[&str],
        output: &str,
        attributes: Vec<Attribute>,
    ) -> Self {
        let (domain, op) = match op.strip_prefix("ml.") {
            Some(op) => ("ai.onnx.ml", op),
            None => ("", op),
        };
        let node = Node {
            input: inputs.iter().map(|&name| name.to_owned()).collect(),
            output: output.split(' ').map(str::to_owned).collect(),
            name: String::new(),
            op_type: op.to_owned(),
            attribute: attributes,
            domain: domain.to_owned(),
        };
        self.graph().node.push(node);
        self
    }

    /// Appends a constant.
    pub fn tensor(mut self, name: &str, dims: &[i64], data: &[f32]) -> Self {
        let tensor = TensorMessage {
            name: name.to_owned(),
            dims: dims.to_vec(),
            data_type: 1,
            raw_data: data.iter().flat_map(|v| v.to_le_bytes()).collect(),
            ..TensorMessage::default()
        };
        self.graph().initializer.push(tensor);
        self
    }

    /// Appends a constant of integers.
    pub fn integers(mut self, name: &str, data: &[i64]) -> Self {
        let tensor = TensorMessage {
            name: name.to_owned(),
            dims: vec![data.len() as i64],
            data_type: 7,
            raw_data: data.iter().flat_map(|v| v.to_le_bytes()).collect(),
            ..TensorMessage::default()
        };
        self.graph().initializer.push(tensor);
        self
    }

    /// Appends a constant of one-byte elements: a scalar of type `kind`.
    pub fn typed(self, name: &str, kind: i32, data: &[u8]) -> Self {
        self.matrix(name, kind, &[], data)
    }

    /// Appends a constant of one-byte elements of type `kind`.
    pub fn matrix(mut self, name: &str, kind: i32, dims: &[i64], data: &[u8]) -> Self {
        let tensor = TensorMessage {
            name: name.to_owned(),
            dims: dims.to_vec(),
            data_type: kind,
            raw_data: data.to_vec(),
            ..TensorMessage::default()
        };
        self.graph().initializer.push(tensor);
        self
    }

    /// Appends made-up weights of a layer with `dims[0]` outputs.
    pub fn weights(mut self, name: &str, dims: &[i64]) -> Self {
        let count: i64 = dims.iter().product();
        let spread = (dims[1..].iter().product::<i64>().max(1) as f32)
            .sqrt()
            .recip();
        let mut data = Vec::new();
        for _ in 0..count {
            // The mean of four uniform numbers is normal enough.
            let mean: f32 = (0..4).map(|_| self.uniform()).sum::<f32>() - 2.0;
            data.push(mean * 1.7 * spread);
        }
        self.tensor(name, dims, &data)
    }

    fn uniform(&mut self) -> f32 {
        self.seed = self
            .seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.seed >> 40) as f32 / (1u32 << 24) as f32
    }

    /// `Flatten` and `Gemm` into `classes` scores.
    pub fn scores(self, from: &str, inputs: i64, classes: i64) -> Self {
        self.node("Flatten", &[from], "flat", vec![])
            .node("Gemm", &["flat", "wf", "bf"], "y", vec![int("transB", 1)])
            .weights("wf", &[classes, inputs])
            .weights("bf", &[classes])
    }

    pub fn bytes(&self) -> Vec<u8> {
        self.model.encode_to_vec()
    }
}

fn value(name: &str, shape: Option<TensorShape>) -> ValueInfo {
    let tensor = Some(TensorType {
        elem_type: 1,
        shape,
    });
    ValueInfo {
        name: name.to_owned(),
        kind: Some(Type { tensor }),
    }
}

pub fn int(name: &str, i: i64) -> Attribute {
    Attribute {
        name: name.to_owned(),
        kind: 2,
        i,
        ..Attribute::default()
    }
}

pub fn ints(name: &str, list: &[i64]) -> Attribute {
    Attribute {
        name: name.to_owned(),
        kind: 7,
        ints: list.to_vec(),
        ..Attribute::default()
    }
}

pub fn float(name: &str, f: f32) -> Attribute {
    Attribute {
        name: name.to_owned(),
        kind: 1,
        f,
        ..Attribute::default()
    }
}

pub fn floats(name: &str, list: &[f32]) -> Attribute {
    Attribute {
        name: name.to_owned(),
        kind: 6,
        floats: list.to_vec(),
        ..Attribute::default()
    }
}

pub fn text(name: &str, s: &str) -> Attribute {
    Attribute {
        name: name.to_owned(),
        kind: 3,
        s: s.as_bytes().to_vec(),
        ..Attribute::default()
    }
}

pub fn texts(name: &str, list: &[&str]) -> Attribute {
    Attribute {
        name: name.to_owned(),
        kind: 8,
        strings: list.iter().map(|s| s.as_bytes().to_vec()).collect(),
        ..Attribute::default()
    }
}

/// A convolution, a Relu and scores over `gray-8x8`.
pub fn small_cnn() -> Builder {
    Builder::new(&[1, 8, 8])
        .node(
            "Conv",
            &["x", "w", "b"],
            "c",
            vec![ints("pads", &[1, 1, 1, 1])],
        )
        .node("Relu", &["c"], "r", vec![])
        .weights("w", &[3, 1, 3, 3])
        .weights("b", &[3])
        .scores("r", 192, 4)
}

/// Views with some structure: smooth blobs, edges, noise, and the extremes.
pub fn views(len: usize, count: usize) -> Vec<Vec<u8>> {
    let mut seed = 7u64;
    let mut next = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) as u32
    };
    (0..count)
        .map(|kind| {
            let (level, cut) = (next() % 256, next() as usize % len);
            let mut previous = 0;
            let mut byte = |i: usize| {
                previous = match kind % 5 {
                    0 => (previous * 3 + next() % 256) / 4,
                    1 => {
                        if i < cut {
                            level
                        } else {
                            255 - level
                        }
                    }
                    2 => next() % 256,
                    3 => {
                        if next() % 8 == 0 {
                            next() % 256
                        } else {
                            0
                        }
                    }
                    _ => (previous + next() % 40) % 256,
                };
                previous as u8
            };
            (0..len).map(&mut byte).collect()
        })
        .collect()
}
