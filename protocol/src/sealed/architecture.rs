//! What is public of a classifier whose weights are hidden.

use crate::answers::AnswerKind;
use crate::classifier::live;
use crate::classifier::structure::{self, too_much_work};
use crate::classifier::{ClassifierError, Conv, Map, Node, Shape, Table, ValueId, limits};
use std::collections::BTreeMap;

/// Hidden weights and biases of one classifier.
pub const MAX_PARAMETERS: usize = 1 << 24;

/// What is hidden of a linear node, beside the public terms that it may have.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hidden {
    /// The maps with hidden weights.
    pub terms: Vec<HiddenTerm>,
    /// Number of hidden biases, a divisor `d` of the node's length: element `i` gets number
    /// `i / (len / d)`. The node has no public ones.
    pub biases: u32,
}

/// A summand whose weights are hidden.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HiddenTerm {
    /// The value that the map reads.
    pub source: ValueId,
    /// The form of the map.
    pub map: HiddenMap,
}

/// The form of a map with hidden weights.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum HiddenMap {
    /// `y[o] = Σ_i w[o·inputs + i]·z[i]`.
    Dense,
    /// A convolution; its list of weights is empty.
    Conv(Conv),
}

/// How the hidden weights stand in rows (docs/protocol.md section 10.1, "The model").
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rows {
    /// Weights of a row, a power of two.
    pub len: usize,
    /// Rows, a power of two.
    pub count: usize,
    /// Rows that hold weights.
    pub present: usize,
}

/// A classifier without its weights.
///
/// Invariant: it is well formed and within the limits, it has a hidden weight or bias, and between a
/// view or table and the next table lies at most one hidden map.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Architecture {
    answers: AnswerKind,
    input_len: u32,
    /// The nodes with their public terms and biases: the classifier whose hidden weights are zero.
    nodes: Vec<Node>,
    hidden: BTreeMap<usize, Hidden>,
    tables: Vec<Table>,
    lens: Vec<u32>,
    freed: Vec<Vec<ValueId>>,
    parameters: usize,
}

impl Architecture {
    /// Checks limits and structure.
    ///
    /// * `nodes`: all nodes with what is public of them;
    /// * `hidden`: what is hidden of linear nodes, by index.
    ///
    /// # Errors
    /// Names the node and the rule that it breaks.
    pub fn new(
        answers: AnswerKind,
        input_len: u32,
        nodes: Vec<Node>,
        hidden: BTreeMap<usize, Hidden>,
        tables: Vec<Table>,
    ) -> Result<Self, ClassifierError> {
        let whole = |reason: &str| Err(ClassifierError::Whole(reason.to_owned()));
        let lens = structure::check(answers, input_len, &nodes, &tables)?;
        let mut spent = Spent::default();
        for (&index, hidden) in &hidden {
            let node = |reason: String| ClassifierError::Node {
                node: index,
                reason,
            };
            let Some(public) = nodes.get(index) else {
                return whole("a node that is not there has hidden weights");
            };
            spent.add(hidden, public, &lens, index).map_err(node)?;
        }
        if spent.parameters == 0 {
            return whole("nothing in it is hidden");
        }
        let public = nodes
            .iter()
            .zip(&lens[1..])
            .fold(0u64, |work, (node, &len)| {
                work.saturating_add(limits::of_node(node, len as usize))
            });
        if public.saturating_add(spent.work) > limits::WORK {
            return Err(ClassifierError::Whole(too_much_work()));
        }
        one_hidden_map(&nodes, &hidden)?;
        let freed = live::last_read_of(&reads(&nodes, &hidden));
        if live::peak_of(&freed, &lens) > limits::LIVE as u64 {
            return whole("too many elements are needed at one time");
        }
        Ok(Self {
            answers,
            input_len,
            nodes,
            hidden,
            tables,
            lens,
            freed,
            parameters: spent.parameters,
        })
    }

    /// What is hidden of each node that has something hidden, by index, with the number of its first
    /// parameter: those of its terms come first, in order, then its biases.
    pub fn hidden(&self) -> impl Iterator<Item = (usize, &Hidden, usize)> {
        let mut next = 0;
        self.hidden.iter().map(move |(&index, hidden)| {
            let first = next;
            let out = self.lens[index + 1] as usize;
            let terms = hidden.terms.iter();
            next += terms.map(|term| self.weights_of(term, out)).sum::<usize>();
            next += hidden.biases as usize;
            (index, hidden, first)
        })
    }

    /// What is hidden of a node.
    #[must_use]
    pub fn hidden_of(&self, node: usize) -> Option<&Hidden> {
        self.hidden.get(&node)
    }

    /// Weights of a hidden term into `out` elements.
    #[must_use]
    pub fn weights_of(&self, term: &HiddenTerm, out: usize) -> usize {
        match &term.map {
            HiddenMap::Dense => self.len_of(term.source) * out,
            HiddenMap::Conv(conv) => conv.geometry().map_or(0, |geometry| geometry.weights()),
        }
    }

    /// Hidden weights and biases together: `K`, at least 1.
    #[must_use]
    pub fn parameters(&self) -> usize {
        self.parameters
    }

    /// Elements of every value.
    pub(super) fn lens(&self) -> &[u32] {
        &self.lens
    }

    /// For each node, the values that are needed no longer after it.
    #[must_use]
    pub fn freed(&self) -> &[Vec<ValueId>] {
        &self.freed
    }

    /// How the hidden weights stand in rows.
    #[must_use]
    pub fn rows(&self) -> Rows {
        let bits = self.parameters.next_power_of_two().ilog2();
        let len = 1 << bits.div_ceil(2);
        Rows {
            len,
            count: 1 << (bits - bits.div_ceil(2)),
            present: self.parameters.div_ceil(len),
        }
    }
}

impl Shape for Architecture {
    fn input_len(&self) -> usize {
        self.input_len as usize
    }

    fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    fn tables(&self) -> &[Table] {
        &self.tables
    }

    fn len_of(&self, value: ValueId) -> usize {
        self.lens[value.index()] as usize
    }

    fn answers(&self) -> AnswerKind {
        self.answers
    }
}

/// What the hidden maps so far take of each limit.
#[derive(Default)]
struct Spent {
    parameters: usize,
    terms: usize,
    work: u64,
}

impl Spent {
    fn add(
        &mut self,
        hidden: &Hidden,
        public: &Node,
        lens: &[u32],
        index: usize,
    ) -> Result<(), String> {
        let Node::Linear(linear) = public else {
            return Err("a node that is a table has hidden weights".to_owned());
        };
        if !linear.bias.is_empty() {
            return Err("it has public and hidden biases".to_owned());
        }
        let (biases, len) = (hidden.biases as usize, linear.len as usize);
        if biases == 0 || !len.is_multiple_of(biases) {
            return Err(format!(
                "{biases} hidden biases do not divide {len} elements"
            ));
        }
        self.terms += hidden.terms.len();
        if linear.terms.len() + hidden.terms.len() > limits::TERMS || self.terms > limits::ALL_TERMS
        {
            return Err("it has too many terms".to_owned());
        }
        let mut parameters = biases as u128;
        for term in &hidden.terms {
            let source = term.source.index();
            let inputs = lens.get(source).filter(|_| source <= index);
            let inputs =
                *inputs.ok_or_else(|| format!("it reads value {source}, which comes later"))?;
            let (weights, rows, row) = shape(&term.map, inputs as usize, len)?;
            parameters += weights;
            let weights = u64::try_from(weights).unwrap_or(u64::MAX);
            let work = limits::of_hidden(weights, rows, row);
            self.work = self.work.saturating_add(work);
        }
        parameters += self.parameters as u128;
        if parameters > MAX_PARAMETERS as u128 {
            return Err(format!(
                "there are more than {MAX_PARAMETERS} hidden weights and biases"
            ));
        }
        self.parameters = parameters as usize;
        Ok(())
    }
}

/// Weights of a hidden map; the rows of outputs that each meets, and the outputs of such a row.
fn shape(map: &HiddenMap, inputs: usize, outputs: usize) -> Result<(u128, u64, u64), String> {
    match map {
        HiddenMap::Dense => Ok((inputs as u128 * outputs as u128, 1, 1)),
        HiddenMap::Conv(conv) if !conv.weights.is_empty() => {
            Err("a hidden convolution has weights".to_owned())
        }
        HiddenMap::Conv(conv) => {
            let weights = conv.check_sizes(inputs, outputs)?;
            let (height, width) = conv.out_size().unwrap_or_default();
            Ok((weights, height as u64, width as u64))
        }
    }
}

/// The values that each node reads.
fn reads(nodes: &[Node], hidden: &BTreeMap<usize, Hidden>) -> Vec<Vec<ValueId>> {
    let read = |(index, node): (usize, &Node)| {
        let terms = hidden.get(&index).map_or(&[][..], |hidden| &hidden.terms);
        let hidden = terms.iter().map(|term| term.source);
        live::sources(node).chain(hidden).collect()
    };
    nodes.iter().enumerate().map(read).collect()
}

/// Between a view or table and the next table lies at most one hidden map, and no public map is
/// sparse.
fn one_hidden_map(nodes: &[Node], hidden: &BTreeMap<usize, Hidden>) -> Result<(), ClassifierError> {
    let mut touched = vec![false; nodes.len() + 1];
    for (index, node) in nodes.iter().enumerate() {
        let Node::Linear(linear) = node else {
            continue;
        };
        let error = |reason: &str| ClassifierError::Node {
            node: index,
            reason: reason.to_owned(),
        };
        if linear
            .terms
            .iter()
            .any(|term| matches!(term.map, Map::Sparse(_)))
        {
            return Err(error("a sealed classifier has no sparse maps"));
        }
        let own = hidden.get(&index);
        let terms = own.map_or(&[][..], |hidden| &hidden.terms);
        if terms.iter().any(|term| touched[term.source.index()]) {
            return Err(error(
                "its hidden weights meet other hidden weights before a table",
            ));
        }
        let through = linear.terms.iter().any(|term| touched[term.source.index()]);
        touched[index + 1] = own.is_some() || through;
    }
    Ok(())
}
