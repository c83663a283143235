//! The canonical bytes of `model.sealed` (`[format-sealed]`).
//!
//! ```text
//! the text head, and an empty line
//! view           a string
//! rule           a string
//! kind           1 byte: 0 match, 1 class, 2 scores
//! length of a view; tables; nodes, as in a classifier, and of the kind
//!   3            length, public terms, number of hidden biases, hidden terms:
//!                source, then 3 (dense) or 5 (convolution) and its sizes
//! commitments    their number, then 32 bytes each
//! ```

use super::architecture::{Architecture, Hidden, HiddenMap, HiddenTerm};
use super::{MAX_RULE, SealedClassifier};
use crate::answers::AnswerKind;
use crate::bytes::{Malformed, Reader, Writer};
use crate::classifier::encode::{
    conv_numbers, read_conv_sizes, read_node, read_tables, read_terms, write_node, write_tables,
    write_terms,
};
use crate::classifier::{Linear, Node, Shape, ValueId, limits};
use crate::pedersen::ViewCommitment;
use group::GroupEncoding;
use halo2curves::bn256::G1Affine;
use std::collections::BTreeMap;

/// A linear node of which something is hidden.
const HIDDEN: u8 = 3;
const DENSE: u8 = 3;
const CONV: u8 = 5;

/// The most rows of weights.
const MAX_ROWS: usize = 1 << 12;

impl SealedClassifier {
    /// The canonical byte form: what `model.sealed` holds.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Writer::new();
        out.raw(self.head().as_bytes());
        out.string(&self.view.to_string()).string(&self.rule);
        write_architecture(&self.architecture, &mut out);
        out.length(self.rows.len());
        for row in &self.rows {
            out.raw(row.to_bytes().as_ref());
        }
        out.finish()
    }

    /// Reads the canonical byte form; checks limits and structure.
    ///
    /// # Errors
    /// When the bytes are malformed, or the head is not that of what follows it.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let most = limits::BYTES;
        if bytes.len() > most {
            return Err(Malformed::new(format!(
                "the sealed classifier takes {} bytes, allowed are {most}",
                bytes.len()
            )));
        }
        let mut from = Reader::new(bytes);
        let head = bytes.windows(2).position(|pair| pair == b"\n\n");
        let head = from.take(head.map_or(0, |end| end + 2))?;
        let view = from.string(64, "the view's name")?.parse()?;
        let rule = from.string(MAX_RULE, "the rule")?;
        let architecture = read_architecture(&mut from)?;
        let count = from.length(MAX_ROWS, 32, "the list of commitments")?;
        let rows = (0..count)
            .map(|_| read_row(&from.array()?))
            .collect::<Result<_, _>>()?;
        from.finish()?;
        let sealed = Self::new(view, rule, architecture, rows)?;
        if sealed.head().as_bytes() == head {
            Ok(sealed)
        } else {
            Err(Malformed::new("its text head does not say what follows it"))
        }
    }
}

fn read_row(bytes: &[u8; 32]) -> Result<G1Affine, Malformed> {
    match ViewCommitment::from_bytes(bytes) {
        Ok(point) => Ok(point.point()),
        Err(_) => Err(Malformed::new(
            "a commitment to weights is not a point in canonical form",
        )),
    }
}

fn write_architecture(architecture: &Architecture, out: &mut Writer) {
    out.u8(architecture.answers().to_byte());
    out.length(architecture.input_len());
    write_tables(architecture.tables(), out);
    out.length(architecture.nodes().len());
    for (index, node) in architecture.nodes().iter().enumerate() {
        match (node, architecture.hidden_of(index)) {
            (Node::Linear(linear), Some(hidden)) => {
                out.u8(HIDDEN).u32(linear.len);
                write_terms(&linear.terms, out);
                out.u32(hidden.biases);
                out.length(hidden.terms.len());
                for term in &hidden.terms {
                    write_hidden(term, out);
                }
            }
            _ => write_node(node, out),
        }
    }
}

fn write_hidden(term: &HiddenTerm, out: &mut Writer) {
    out.u32(term.source.0);
    match &term.map {
        HiddenMap::Dense => {
            out.u8(DENSE);
        }
        HiddenMap::Conv(conv) => {
            out.u8(CONV);
            for number in conv_numbers(conv) {
                out.u32(number);
            }
        }
    }
}

fn read_architecture(from: &mut Reader<'_>) -> Result<Architecture, Malformed> {
    let answers = AnswerKind::from_byte(from.u8()?)?;
    let input_len = from.u32()?;
    let tables = read_tables(from)?;
    let mut nodes = Vec::new();
    let mut hidden = BTreeMap::new();
    let mut all_terms = 0;
    for index in 0..from.length(limits::NODES, 10, "the list of nodes")? {
        let kind = from.u8()?;
        if kind != HIDDEN {
            nodes.push(read_node(kind, from, &mut all_terms)?);
            continue;
        }
        let len = from.u32()?;
        let terms = read_terms(from, &mut all_terms)?;
        let bias = Vec::new();
        nodes.push(Node::Linear(Linear { len, terms, bias }));
        let biases = from.u32()?;
        let count = from.length(limits::TERMS, 5, "the list of hidden terms")?;
        all_terms += count;
        if all_terms > limits::ALL_TERMS {
            return Err(Malformed::new("the classifier has too many terms"));
        }
        let terms = (0..count)
            .map(|_| read_hidden(from))
            .collect::<Result<_, _>>()?;
        hidden.insert(index, Hidden { terms, biases });
    }
    Architecture::new(answers, input_len, nodes, hidden, tables)
        .map_err(|error| Malformed::new(format!("the sealed classifier is refused: {error}")))
}

fn read_hidden(from: &mut Reader<'_>) -> Result<HiddenTerm, Malformed> {
    let source = ValueId(from.u32()?);
    let map = match from.u8()? {
        DENSE => HiddenMap::Dense,
        CONV => HiddenMap::Conv(read_conv_sizes(from)?),
        other => {
            return Err(Malformed::new(format!(
                "{other} is not a kind of hidden map"
            )));
        }
    };
    Ok(HiddenTerm { source, map })
}
