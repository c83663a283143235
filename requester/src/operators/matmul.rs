//! `Gemm` and `MatMul` with constant weights.

use super::broadcast::Broadcast;
use super::operator::{Operator, operator};
use crate::float::{Geometry, Map, Term};
use crate::graph::{Builder, Call, Symbol, Value};
use crate::onnx::Refusal;
use crate::onnx::tensor::Tensor;

pub(super) const OPERATORS: &[Operator] = &[
    operator!(
        "Gemm",
        Onnx,
        Linear,
        "constant weights and bias",
        &["alpha", "beta", "transA", "transB"],
        gemm
    ),
    operator!(
        "MatMul",
        Onnx,
        Linear,
        "one factor constant, of rank 1 or 2; a product of two computed tensors is refused",
        matmul
    ),
];

/// A constant matrix, row-major.
struct Matrix {
    rows: usize,
    columns: usize,
    data: Vec<f64>,
}

impl Matrix {
    fn new(tensor: &Tensor) -> Result<Self, Refusal> {
        let (rows, columns) = match tensor.shape[..] {
            [n] => (n, 1),
            [rows, columns] => (rows, columns),
            _ => {
                return Err(Refusal::new(
                    format!("its constant factor has shape {:?}", tensor.shape),
                    "multiply by a matrix",
                ));
            }
        };
        if rows == 0 || columns == 0 {
            return Err(Refusal::malformed("its constant factor is empty"));
        }
        Ok(Self {
            rows,
            columns,
            data: tensor.data.clone(),
        })
    }

    fn transposed(&self) -> Self {
        let at = |i: usize| self.data[i % self.rows * self.columns + i / self.rows];
        Self {
            rows: self.columns,
            columns: self.rows,
            data: (0..self.data.len()).map(at).collect(),
        }
    }
}

fn gemm(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let a = call.value(0)?.clone();
    let mut b = Matrix::new(&*call.constant(1)?)?;
    if call.int("transB", 0)? == 0 {
        b = b.transposed();
    }
    let inner = match (a.shape.as_slice(), call.int("transA", 0)?) {
        ([1, k], 0) | ([k, 1], 1) => *k,
        (shape, _) => {
            return Err(Refusal::new(
                format!("its input has shape {shape:?}, one row is needed"),
                "keep the batch axis first and flatten the rest before Gemm",
            ));
        }
    };
    if b.columns != inner {
        return Err(Refusal::malformed(format!(
            "{inner} elements meet {} columns",
            b.columns
        )));
    }
    let shape = vec![1, b.rows];
    let bias = match call.optional_constant(2)? {
        None => Vec::new(),
        Some(c) => {
            let both = Broadcast::new(&shape, &c.shape)?;
            if both.shape != shape {
                return Err(Refusal::malformed("its bias has the wrong shape"));
            }
            let beta = call.float("beta", 1.0)?;
            both.right
                .iter()
                .map(|&i| beta * c.data[i as usize])
                .collect()
        }
    };
    let term = Term {
        source: a.id,
        factor: call.float("alpha", 1.0)?,
        map: Map::Dense(b.data),
    };
    Ok(vec![builder.linear(shape, vec![term], bias)?.into()])
}

fn matmul(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    Ok(vec![multiply(builder, call.symbol(0)?, call.symbol(1)?)?])
}

/// The product of a computed tensor and a constant.
///
/// # Errors
/// When neither is constant, or the shapes do not fit.
pub(super) fn multiply(builder: &mut Builder, a: &Symbol, b: &Symbol) -> Result<Symbol, Refusal> {
    match (a, b) {
        (Symbol::Value(a), Symbol::Constant(b)) => {
            let vector = b.shape.len() == 1;
            let b = Matrix::new(b)?.transposed();
            let mut shape = a.shape.clone();
            let inner = shape.pop().unwrap_or(0);
            check(inner, b.columns)?;
            if !vector {
                shape.push(b.rows);
            }
            let rows = a.len() / inner;
            Ok(last_axis(builder, a, shape, &b, rows)?.into())
        }
        (Symbol::Constant(a), Symbol::Value(b)) => {
            let vector = a.shape.len() == 1;
            let mut a = Matrix::new(a)?;
            if vector {
                a = a.transposed();
            }
            let rank = b.shape.len();
            if rank < 2 || b.shape[..rank - 2].iter().any(|&d| d != 1) {
                return Err(Refusal::new(
                    format!("its second factor has shape {:?}", b.shape),
                    "multiply one matrix at a time",
                ));
            }
            let (inner, columns) = (b.shape[rank - 2], b.shape[rank - 1]);
            check(inner, a.columns)?;
            let mut shape = b.shape.clone();
            shape[rank - 2] = a.rows;
            if vector {
                shape.remove(rank - 2);
            }
            let map = pointwise_conv(&a, columns);
            Ok(builder.map(b, shape, map, Vec::new())?.into())
        }
        (Symbol::Value(_), Symbol::Value(_)) => Err(Refusal::new(
            "it multiplies two computed tensors",
            "a classifier is linear maps and functions of one variable; use another architecture",
        )),
        _ => Err(Refusal::new(
            "it multiplies something other than a computed tensor and a constant",
            "simplify the model (for example with onnxsim)",
        )),
    }
}

fn check(inner: usize, columns: usize) -> Result<(), Refusal> {
    if inner == columns && inner > 0 {
        Ok(())
    } else {
        Err(Refusal::malformed(format!(
            "{inner} elements meet {columns} rows"
        )))
    }
}

/// `b` applied to each of `rows` vectors along the last axis.
fn last_axis(
    builder: &mut Builder,
    a: &Value,
    shape: Vec<usize>,
    b: &Matrix,
    rows: usize,
) -> Result<Value, Refusal> {
    if rows == 1 {
        return builder.map(a, shape, Map::Dense(b.data.clone()), Vec::new());
    }
    let turn = |rows: usize, columns: usize| -> Vec<u32> {
        (0..rows * columns)
            .map(|i| (i % rows * columns + i / rows) as u32)
            .collect()
    };
    let turned = builder.select(a, vec![1, b.columns, rows], turn(rows, b.columns))?;
    let product = builder.map(
        &turned,
        vec![1, b.rows, rows],
        pointwise_conv(b, rows),
        Vec::new(),
    )?;
    builder.select(&product, shape, turn(b.rows, rows))
}

/// A matrix applied to each of `columns` columns: a convolution with a kernel of one.
fn pointwise_conv(matrix: &Matrix, columns: usize) -> Map {
    let geometry = Geometry {
        in_channels: matrix.columns,
        input: [1, columns],
        out_channels: matrix.rows,
        output: [1, columns],
        kernel: [1, 1],
        stride: [1, 1],
        dilation: [1, 1],
        before: [0, 0],
        after: [0, 0],
        groups: 1,
    };
    Map::Conv(geometry, matrix.data.clone())
}
