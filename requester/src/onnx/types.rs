//! Element types, where they change what an operator computes: integers divide towards zero.
//!
//! Types are the numbers of `TensorProto.DataType`; an unknown type is treated as a float.

use super::message::Node;
use super::node::{Domain, attribute, domain};

const FLOAT: i32 = 1;
const INT32: i32 = 6;
const INT64: i32 = 7;
const BOOL: i32 = 9;

/// Whether a type holds integers only.
#[must_use]
pub fn is_integer(element_type: i32) -> bool {
    matches!(element_type, 2..=7 | 12 | 13)
}

/// The least and the largest number of an integer type that a byte can be scaled to; `None` for
/// other types.
#[must_use]
pub fn bounds(element_type: i32) -> Option<(f64, f64)> {
    Some(match element_type {
        2 => (0.0, f64::from(u8::MAX)),
        3 => (f64::from(i8::MIN), f64::from(i8::MAX)),
        4 => (0.0, f64::from(u16::MAX)),
        5 => (f64::from(i16::MIN), f64::from(i16::MAX)),
        INT32 | INT64 => (f64::from(i32::MIN), f64::from(i32::MAX)),
        12 | 13 => (0.0, f64::from(u32::MAX)),
        _ => return None,
    })
}

/// The name of a type.
#[must_use]
pub fn name(element_type: i64) -> String {
    let known = match element_type {
        1 => "float32",
        2 => "uint8",
        3 => "int8",
        4 => "uint16",
        5 => "int16",
        6 => "int32",
        7 => "int64",
        8 => "string",
        9 => "bool",
        10 => "float16",
        11 => "float64",
        12 => "uint32",
        13 => "uint64",
        14 | 15 => "complex",
        16 => "bfloat16",
        17..=20 => "float8",
        21 => "uint4",
        22 => "int4",
        23 => "float4",
        other => return format!("type {other}"),
    };
    known.to_owned()
}

/// The type of a node's first output, from those of its inputs.
#[must_use]
pub fn of_output(node: &Node, inputs: &[Option<i32>]) -> Option<i32> {
    if domain(node) != Ok(Domain::Onnx) {
        return None;
    }
    let input = |index: usize| inputs.get(index).copied().flatten();
    let number = |name: &str| attribute(node, name).and_then(|a| i32::try_from(a.i).ok());
    let tensor = |name: &str| attribute(node, name)?.t.as_ref().map(|t| t.data_type);
    let has = |name: &str| attribute(node, name).is_some();
    match node.op_type.as_str() {
        "Constant" if has("value_int") || has("value_ints") => Some(INT64),
        "Constant" | "ConstantOfShape" => Some(tensor("value").unwrap_or(FLOAT)),
        "Shape" | "Size" | "ArgMax" | "ArgMin" => Some(INT64),
        "Cast" => number("to"),
        "CastLike" => input(1),
        "EyeLike" => number("dtype").or(input(0)),
        "And" | "Or" | "Xor" | "Not" | "Equal" | "Greater" | "GreaterOrEqual" | "Less"
        | "LessOrEqual" | "IsInf" | "IsNaN" => Some(BOOL),
        "Where" => input(1).or(input(2)),
        "QuantizeLinear" => Some(input(2).unwrap_or(2)),
        "DequantizeLinear" => input(1),
        "ConvInteger" | "MatMulInteger" => Some(INT32),
        "QLinearConv" | "QLinearMatMul" => input(7),
        "Add" | "Sub" | "Mul" | "Div" | "Max" | "Min" => input(0).or(input(1)),
        _ => input(0),
    }
}
