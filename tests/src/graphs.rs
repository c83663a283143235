//! ONNX models from any bytes: well-formed files whose operators, attributes, shapes and numbers
//! are whatever the bytes say, so that a search reaches what lies behind the reader of messages.

use duces_requester::onnx::Domain;
use duces_requester::onnx::message::{
    Attribute, Dimension, Graph, Model, Node, OperatorSet, TensorMessage, TensorShape, TensorType,
    Type, ValueInfo,
};
use duces_requester::operators::{self, Operator, Support};
use prost::Message;

/// A model, and how `requester draft` is asked to read it.
pub struct Case {
    /// The file.
    pub file: Vec<u8>,
    /// The view, as on the command line.
    pub view: &'static str,
    /// The rule, as on the command line.
    pub rule: &'static str,
    /// How many documents it is calibrated on.
    pub calibration: usize,
}

/// Views, with shapes of the model's input.
const INPUTS: [(&str, &[i64]); 4] = [
    ("gray-4x4", &[1, 1, 4, 4]),
    ("rgb-3x2", &[1, 3, 2, 3]),
    ("text-hash-12", &[1, 12]),
    ("gray-5x5", &[1, 5, 5, 1]),
];

const RULES: [&str; 5] = [
    "argmax = 0",
    "argmax = 1",
    "argmax in 0, 2",
    "output[0] >= 0.5",
    "output[1] > -3",
];

/// Numbers at the edges of types, of precision and of what a scale can hold.
const NUMBERS: [f32; 24] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    -0.5,
    2.0,
    3.0,
    -7.0,
    0.1,
    1e-3,
    -1e-7,
    100.0,
    255.0,
    -1e4,
    1e9,
    1e30,
    -1e38,
    f32::MAX,
    f32::MIN_POSITIVE,
    1e-40,
    f32::NAN,
    f32::INFINITY,
    f32::NEG_INFINITY,
];

const INTEGERS: [i64; 20] = [
    0,
    1,
    -1,
    2,
    3,
    4,
    -2,
    5,
    7,
    12,
    16,
    64,
    -3,
    100,
    1 << 20,
    1 << 31,
    i64::MAX,
    i64::MIN,
    -(1 << 33),
    6,
];

const WORDS: [&str; 14] = [
    "SAME_UPPER",
    "VALID",
    "NOTSET",
    "nearest",
    "linear",
    "half_pixel",
    "asymmetric",
    "constant",
    "reflect",
    "BRANCH_LEQ",
    "LEAF",
    "SOFTMAX",
    "DCR",
    "",
];

/// The type of attribute that operators expect under a name.
fn usual_kind(name: &str) -> i32 {
    match name {
        "alpha"
        | "beta"
        | "epsilon"
        | "gamma"
        | "lambd"
        | "bias"
        | "threshold"
        | "min"
        | "max"
        | "value_float"
        | "extrapolation_value"
        | "replaced_value_float" => 1,
        "auto_pad"
        | "mode"
        | "coordinate_transformation_mode"
        | "nearest_mode"
        | "norm"
        | "post_transform"
        | "aggregate_function"
        | "approximate"
        | "keep_aspect_ratio_policy" => 3,
        "value" | "membership_values" | "nodes_splits" | "leaf_weights" => 4,
        "coefficients"
        | "intercepts"
        | "base_values"
        | "nodes_values"
        | "nodes_hitrates"
        | "class_weights"
        | "target_weights"
        | "scales"
        | "offset"
        | "scale"
        | "imputed_value_floats"
        | "value_floats" => 6,
        "axes" | "pads" | "strides" | "dilations" | "kernel_shape" | "output_padding"
        | "output_shape" | "perm" | "split" | "starts" | "ends" | "shape" | "value_ints"
        | "tree_roots" => 7,
        "nodes_modes" => 8,
        _ if name.ends_with("_as_tensor") => 4,
        _ if name.ends_with("strings") => 8,
        _ if name.ends_with("ids") || name.ends_with("leafs") || name.ends_with("int64s") => 7,
        _ => 2,
    }
}

/// Reads the bytes from the front; beyond their end there are zeros.
struct Choices<'b>(&'b [u8]);

impl Choices<'_> {
    fn byte(&mut self) -> usize {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        usize::from(*first)
    }

    fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.byte() % list.len()]
    }

    /// Up to `most` values.
    fn some<T>(&mut self, most: usize, mut next: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let count = self.byte() % (most + 1);
        (0..count).map(|_| next(self)).collect()
    }

    /// An ordinary weight more often than not.
    fn number(&mut self) -> f32 {
        match self.byte() {
            kind @ 0..200 => (kind as f32 - 100.0) / 64.0,
            kind => NUMBERS[kind % NUMBERS.len()],
        }
    }

    fn integer(&mut self) -> i64 {
        match self.byte() {
            kind @ 0..200 => INTEGERS[kind % 8],
            kind => INTEGERS[kind % INTEGERS.len()],
        }
    }

    fn tensor(&mut self, name: String) -> TensorMessage {
        let dims = self.some(4, |own| {
            own.of(&[1i64, 2, 3, 4, 1, 12, 16, 5, 1, 2, 3, 4, 0])
        });
        let count = dims.iter().product::<i64>().clamp(0, 1 << 10);
        let data_type = self.of(&[1, 1, 1, 1, 7, 7, 6, 3, 2, 9, 11, 10, 8]);
        let mut raw_data = Vec::new();
        for _ in 0..count {
            match data_type {
                1 => raw_data.extend(self.number().to_le_bytes()),
                11 => raw_data.extend(f64::from(self.number()).to_le_bytes()),
                6 => raw_data.extend((self.integer() as i32).to_le_bytes()),
                7 => raw_data.extend(self.integer().to_le_bytes()),
                10 => raw_data.extend((self.byte() as u16 * 257).to_le_bytes()),
                _ => raw_data.push(self.byte() as u8),
            }
        }
        TensorMessage {
            name,
            dims,
            data_type,
            raw_data,
            ..TensorMessage::default()
        }
    }

    fn attribute(&mut self, name: &str) -> Attribute {
        let mut attribute = Attribute {
            name: name.to_owned(),
            kind: match self.byte() {
                other @ 0..32 => [1, 2, 3, 4, 6, 7, 8][other % 7],
                _ => usual_kind(name),
            },
            ..Attribute::default()
        };
        match attribute.kind {
            1 => attribute.f = self.number(),
            2 => attribute.i = self.integer(),
            3 => attribute.s = self.of(&WORDS).into(),
            4 => attribute.t = Some(self.tensor(String::new())),
            6 => attribute.floats = self.some(8, Self::number),
            7 => attribute.ints = self.some(8, Self::integer),
            _ => attribute.strings = self.some(4, |own| own.of(&WORDS).into()),
        }
        attribute
    }

    /// A node on values that are there, on constants, and on nothing.
    fn node(&mut self, operators: &[&Operator], graph: &mut Graph, values: &mut Vec<String>) {
        let operator = operators[(self.byte() * 256 + self.byte()) % operators.len()];
        let mut input = vec![values[values.len() - 1].clone()];
        for _ in 0..self.of(&[0, 0, 1, 1, 1, 2, 3, 4]) {
            input.push(match self.byte() % 16 {
                0 => String::new(),
                1 | 2 => values[self.byte() % values.len()].clone(),
                _ => {
                    let name = format!("c{}", graph.initializer.len());
                    let constant = self.tensor(name.clone());
                    graph.initializer.push(constant);
                    name
                }
            });
        }
        let mut attribute = Vec::new();
        for name in operator.attributes {
            if self.byte() % 2 == 1 {
                attribute.push(self.attribute(name));
            }
        }
        let name = format!("v{}", values.len());
        values.push(name.clone());
        graph.node.push(Node {
            input,
            output: vec![name],
            op_type: operator.name.to_owned(),
            attribute,
            domain: match operator.domain {
                Domain::Onnx => String::new(),
                Domain::Ml => "ai.onnx.ml".to_owned(),
            },
            ..Node::default()
        });
    }
}

/// The model that the bytes describe.
#[must_use]
pub fn case(bytes: &[u8]) -> Case {
    let mut from = Choices(bytes);
    let (view, shape) = from.of(&INPUTS);
    let rule = from.of(&RULES);
    let calibration = from.of(&[6, 1, 0, 20]);
    let version = from.of(&[17, 13, 11, 9, 21, 7, 18]);
    let operators: Vec<&Operator> = operators::all()
        .filter(|operator| operator.support != Support::Refused)
        .collect();
    let mut graph = Graph {
        input: vec![value("x", shape)],
        ..Graph::default()
    };
    let mut values = vec!["x".to_owned()];
    for _ in 0..=from.byte() % 6 {
        from.node(&operators, &mut graph, &mut values);
    }
    let last = values.last().cloned().unwrap_or_default();
    graph.output = vec![value(&last, &[])];
    graph.output[0].kind = None;
    let set = |domain: &str, version| OperatorSet {
        domain: domain.to_owned(),
        version,
    };
    let model = Model {
        ir_version: 8,
        opset_import: vec![set("", version), set("ai.onnx.ml", 3)],
        graph: Some(graph),
        functions: Vec::new(),
    };
    Case {
        file: model.encode_to_vec(),
        view,
        rule,
        calibration,
    }
}

fn value(name: &str, shape: &[i64]) -> ValueInfo {
    let dim = |&size: &i64| Dimension {
        value: Some(size),
        parameter: None,
    };
    let shape = Some(TensorShape {
        dim: shape.iter().map(dim).collect(),
    });
    ValueInfo {
        name: name.to_owned(),
        kind: Some(Type {
            tensor: Some(TensorType {
                elem_type: 1,
                shape,
            }),
        }),
    }
}
