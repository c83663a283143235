//! The canonical byte form of a classifier (`[format-classifier]`).

use super::map::{Conv, Map, Padding, Sparse};
use super::{Classifier, Linear, Node, Pointwise, Table, Term, ValueId, limits};
use crate::answers::AnswerKind;
use crate::bytes::{Malformed, Reader, Writer};

const LINEAR: u8 = 1;
const POINTWISE: u8 = 2;

const SCALE: u8 = 1;
const SELECT: u8 = 2;
const DENSE: u8 = 3;
const SPARSE: u8 = 4;
const CONV: u8 = 5;

impl Classifier {
    /// The canonical byte form.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let length = length(&self.nodes, &self.tables);
        let mut out = Writer::with_capacity(usize::try_from(length).unwrap_or_default());
        out.u32(self.input_len);
        write_tables(&self.tables, &mut out);
        out.length(self.nodes.len());
        for node in &self.nodes {
            write_node(node, &mut out);
        }
        out.finish()
    }

    /// Reads the canonical byte form of a classifier that answers with a match, and checks structure
    /// and bounds.
    ///
    /// # Errors
    /// When the bytes are malformed, or break a rule of [`Classifier::new`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        Self::decode_answering(AnswerKind::Match, bytes)
    }

    /// The same for any kind of answer.
    ///
    /// # Errors
    /// When the bytes are malformed, or break a rule of [`Classifier::answering`].
    pub fn decode_answering(answers: AnswerKind, bytes: &[u8]) -> Result<Self, Malformed> {
        if bytes.len() > limits::BYTES {
            return Err(Malformed::new(format!(
                "the classifier takes {} bytes, allowed are {}",
                bytes.len(),
                limits::BYTES
            )));
        }
        let mut from = Reader::new(bytes);
        let input_len = from.u32()?;
        let tables = read_tables(&mut from)?;
        let mut nodes = Vec::new();
        let mut all_terms = 0;
        for _ in 0..from.length(limits::NODES, 10, "the list of nodes")? {
            let kind = from.u8()?;
            nodes.push(read_node(kind, &mut from, &mut all_terms)?);
        }
        from.finish()?;
        Self::answering(answers, input_len, nodes, tables)
            .map_err(|error| Malformed::new(format!("the classifier is refused: {error}")))
    }
}

pub(crate) fn write_tables(tables: &[Table], out: &mut Writer) {
    out.length(tables.len());
    for table in tables {
        out.raw(&table.lo.to_le_bytes()).i32s(&table.outputs);
    }
}

pub(crate) fn read_tables(from: &mut Reader<'_>) -> Result<Vec<Table>, Malformed> {
    let mut tables = Vec::new();
    for _ in 0..from.length(limits::TABLES, 8, "the list of tables")? {
        let lo = i32::from_le_bytes(from.array()?);
        tables.push(Table {
            lo,
            outputs: from.i32s(limits::TABLE_LEN, "a table")?,
        });
    }
    Ok(tables)
}

/// Writes a node, the byte of its kind first.
pub(crate) fn write_node(node: &Node, out: &mut Writer) {
    match node {
        Node::Linear(linear) => {
            out.u8(LINEAR).u32(linear.len).i64s(&linear.bias);
            write_terms(&linear.terms, out);
        }
        Node::Pointwise(pointwise) => {
            out.u8(POINTWISE).u32(pointwise.source.0);
            out.u8(pointwise.shift).u32(pointwise.table);
        }
    }
}

pub(crate) fn write_terms(terms: &[Term], out: &mut Writer) {
    out.length(terms.len());
    for term in terms {
        out.u32(term.source.0);
        write_map(&term.map, out);
    }
}

/// Reads a node after the byte of its kind; `all_terms` counts terms over all nodes.
pub(crate) fn read_node(
    kind: u8,
    from: &mut Reader<'_>,
    all_terms: &mut usize,
) -> Result<Node, Malformed> {
    match kind {
        LINEAR => {
            let len = from.u32()?;
            let bias = from.i64s(limits::VALUE_LEN, "a bias")?;
            let terms = read_terms(from, all_terms)?;
            Ok(Node::Linear(Linear { len, terms, bias }))
        }
        POINTWISE => Ok(Node::Pointwise(Pointwise {
            source: ValueId(from.u32()?),
            shift: from.u8()?,
            table: from.u32()?,
        })),
        other => Err(Malformed::new(format!("{other} is not a kind of node"))),
    }
}

pub(crate) fn read_terms(
    from: &mut Reader<'_>,
    all_terms: &mut usize,
) -> Result<Vec<Term>, Malformed> {
    let mut terms = Vec::new();
    let count = from.length(limits::TERMS, 9, "the list of terms")?;
    *all_terms += count;
    if *all_terms > limits::ALL_TERMS {
        return Err(Malformed::new("the classifier has too many terms"));
    }
    for _ in 0..count {
        terms.push(Term {
            source: ValueId(from.u32()?),
            map: read_map(from)?,
        });
    }
    Ok(terms)
}

/// Bytes of the canonical form.
pub(super) fn length(nodes: &[Node], tables: &[Table]) -> u64 {
    let list = |len: usize, unit: u64| 4 + unit * len as u64;
    let map = |map: &Map| match map {
        Map::Scale(_) => 4,
        Map::Select(index) => list(index.len(), 4),
        Map::Dense(weights) => list(weights.len(), 4),
        Map::Sparse(sparse) => {
            list(sparse.offsets.len(), 4)
                + list(sparse.columns.len(), 4)
                + list(sparse.values.len(), 4)
        }
        Map::Conv(conv) => 15 * 4 + list(conv.weights.len(), 4),
    };
    let node = |node: &Node| match node {
        Node::Linear(linear) => {
            let terms = linear.terms.iter().map(|term| 5 + map(&term.map));
            5 + list(linear.bias.len(), 8) + 4 + terms.sum::<u64>()
        }
        Node::Pointwise(_) => 10,
    };
    let tables = tables.iter().map(|table| 4 + list(table.outputs.len(), 4));
    12 + tables.sum::<u64>() + nodes.iter().map(node).sum::<u64>()
}

fn write_map(map: &Map, out: &mut Writer) {
    match map {
        Map::Scale(factor) => {
            out.u8(SCALE).raw(&factor.to_le_bytes());
        }
        Map::Select(index) => {
            out.u8(SELECT).u32s(index);
        }
        Map::Dense(weights) => {
            out.u8(DENSE).i32s(weights);
        }
        Map::Sparse(sparse) => {
            out.u8(SPARSE)
                .u32s(&sparse.offsets)
                .u32s(&sparse.columns)
                .i32s(&sparse.values);
        }
        Map::Conv(conv) => {
            out.u8(CONV);
            for number in conv_numbers(conv) {
                out.u32(number);
            }
            out.i32s(&conv.weights);
        }
    }
}

/// The sizes of a convolution in the order of the file.
pub(crate) fn conv_numbers(conv: &Conv) -> [u32; 15] {
    let p = &conv.padding;
    [
        conv.in_channels,
        conv.in_height,
        conv.in_width,
        conv.out_channels,
        conv.kernel_height,
        conv.kernel_width,
        conv.stride[0],
        conv.stride[1],
        conv.dilation[0],
        conv.dilation[1],
        p.top,
        p.left,
        p.bottom,
        p.right,
        conv.groups,
    ]
}

fn read_map(from: &mut Reader<'_>) -> Result<Map, Malformed> {
    let limit = limits::BYTES / 4;
    Ok(match from.u8()? {
        SCALE => Map::Scale(i32::from_le_bytes(from.array()?)),
        SELECT => Map::Select(from.u32s(limit, "a selection")?),
        DENSE => Map::Dense(from.i32s(limit, "a dense map")?),
        SPARSE => Map::Sparse(Sparse {
            offsets: from.u32s(limit, "a sparse map")?,
            columns: from.u32s(limit, "a sparse map")?,
            values: from.i32s(limit, "a sparse map")?,
        }),
        CONV => {
            let mut conv = read_conv_sizes(from)?;
            conv.weights = from.i32s(limit, "a convolution")?;
            Map::Conv(conv)
        }
        other => return Err(Malformed::new(format!("{other} is not a kind of map"))),
    })
}

/// Reads the sizes of a convolution, which has no weights yet.
pub(crate) fn read_conv_sizes(from: &mut Reader<'_>) -> Result<Conv, Malformed> {
    let mut n = [0; 15];
    for number in &mut n {
        *number = from.u32()?;
    }
    Ok(Conv {
        in_channels: n[0],
        in_height: n[1],
        in_width: n[2],
        out_channels: n[3],
        kernel_height: n[4],
        kernel_width: n[5],
        stride: [n[6], n[7]],
        dilation: [n[8], n[9]],
        padding: Padding {
            top: n[10],
            left: n[11],
            bottom: n[12],
            right: n[13],
        },
        groups: n[14],
        weights: Vec::new(),
    })
}
