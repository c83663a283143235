//! Every rule on a classifier that does not need values, and its limits.

use super::{ClassifierError, Node, Table, ValueId, limits, live};
use crate::answers::AnswerKind;

/// Checks structure and limits; returns the length of every value.
pub(crate) fn check(
    answers: AnswerKind,
    input_len: u32,
    nodes: &[Node],
    tables: &[Table],
) -> Result<Vec<u32>, ClassifierError> {
    let whole = |reason: String| Err(ClassifierError::Whole(reason));
    if input_len == 0 || input_len as usize > crate::view::MAX_VIEW_LEN {
        return whole(format!("the view has {input_len} elements"));
    }
    if nodes.is_empty() || nodes.len() > limits::NODES {
        return whole(format!(
            "there are {} nodes, allowed are 1 to {}",
            nodes.len(),
            limits::NODES
        ));
    }
    check_tables(tables)?;
    let mut lens = vec![input_len];
    let mut spent = Spent {
        values: u64::from(input_len),
        ..Spent::default()
    };
    for (index, node) in nodes.iter().enumerate() {
        let error = |reason: String| ClassifierError::Node {
            node: index,
            reason,
        };
        let len = check_node(node, &lens, tables.len()).map_err(error)?;
        spent.add(node, len).map_err(error)?;
        lens.push(len);
    }
    let live = live::peak(nodes, &lens);
    if live > limits::LIVE as u64 {
        return whole(format!(
            "{live} elements are needed at one time, allowed are {}",
            limits::LIVE
        ));
    }
    check_answers(answers, nodes, tables, &lens)?;
    Ok(lens)
}

fn check_tables(tables: &[Table]) -> Result<(), ClassifierError> {
    let whole = |reason: String| Err(ClassifierError::Whole(reason));
    if tables.is_empty() || tables.len() > limits::TABLES {
        return whole(format!(
            "there are {} tables, allowed are 1 to {}",
            tables.len(),
            limits::TABLES
        ));
    }
    let mut entries = 0;
    for (index, table) in tables.iter().enumerate() {
        entries += table.outputs.len();
        if entries > limits::ALL_ENTRIES {
            return whole("the tables have too many entries together".to_owned());
        }
        if table.outputs.is_empty() || table.outputs.len() > limits::TABLE_LEN {
            return whole(format!("table {index} has {} entries", table.outputs.len()));
        }
        if table.hi() > i64::from(i32::MAX) {
            return whole(format!(
                "table {index} has arguments up to {}, allowed are those below 2^31",
                table.hi()
            ));
        }
    }
    Ok(())
}

/// The shape of one node; `lens` are the lengths of the values before it.
fn check_node(node: &Node, lens: &[u32], tables: usize) -> Result<u32, String> {
    let len_of = |source: ValueId| {
        lens.get(source.index())
            .copied()
            .ok_or_else(|| format!("it reads value {}, which comes later", source.0))
    };
    let len = match node {
        Node::Linear(linear) => {
            let len = linear.len as usize;
            if linear.terms.len() > limits::TERMS {
                return Err(format!("it has {} terms", linear.terms.len()));
            }
            for term in &linear.terms {
                term.map.check(len_of(term.source)? as usize, len)?;
            }
            if !linear.bias.is_empty() && !len.is_multiple_of(linear.bias.len()) {
                return Err(format!(
                    "{} biases do not divide {len} elements",
                    linear.bias.len()
                ));
            }
            linear.len
        }
        Node::Pointwise(pointwise) => {
            if pointwise.table as usize >= tables {
                return Err(format!("it names table {}", pointwise.table));
            }
            if pointwise.shift > limits::SHIFT {
                return Err(format!("its shift is {} bits", pointwise.shift));
            }
            len_of(pointwise.source)?
        }
    };
    if len == 0 || len as usize > limits::VALUE_LEN {
        return Err(format!("it has {len} elements"));
    }
    Ok(len)
}

fn check_answers(
    answers: AnswerKind,
    nodes: &[Node],
    tables: &[Table],
    lens: &[u32],
) -> Result<(), ClassifierError> {
    let last = nodes.len() - 1;
    let error = |reason: &str| ClassifierError::Node {
        node: last,
        reason: reason.to_owned(),
    };
    let Node::Pointwise(pointwise) = &nodes[last] else {
        return Err(error("the last node must be the pointwise decision"));
    };
    let outputs = &tables[pointwise.table as usize].outputs;
    match answers {
        AnswerKind::Match | AnswerKind::Class if lens[last + 1] != 1 => {
            Err(error("the decision must have one element"))
        }
        AnswerKind::Match if outputs.iter().any(|z| !matches!(z, 0 | 1)) => {
            Err(error("the table of the decision must yield 0 or 1"))
        }
        AnswerKind::Class if outputs.iter().any(|&z| z < 0) => {
            Err(error("the table of the class must yield 0 or more"))
        }
        AnswerKind::Scores if lens[last + 1] as usize > limits::ANSWER_LEN => {
            Err(error("there are too many scores"))
        }
        AnswerKind::Match | AnswerKind::Class | AnswerKind::Scores => Ok(()),
    }
}

/// What the nodes so far take of each limit.
#[derive(Default)]
struct Spent {
    values: u64,
    terms: usize,
    pointwise: usize,
    /// Of one item in the widest batch.
    rows: u64,
    work: u64,
}

impl Spent {
    fn add(&mut self, node: &Node, len: u32) -> Result<(), String> {
        let elements = u64::from(len);
        self.values += elements;
        self.work = self
            .work
            .saturating_add(limits::of_node(node, len as usize));
        match node {
            Node::Linear(linear) => {
                self.terms += linear.terms.len();
            }
            Node::Pointwise(pointwise) => {
                self.pointwise += 1;
                self.rows += limits::rows_of(pointwise.shift, len as usize);
            }
        }
        let most = |spent: u64, limit: usize, what: &str| {
            if spent > limit as u64 {
                Err(format!(
                    "the classifier has too many {what}: {limit} are allowed"
                ))
            } else {
                Ok(())
            }
        };
        most(self.values, limits::VALUES_LEN, "elements")?;
        most(self.terms as u64, limits::ALL_TERMS, "terms")?;
        most(self.pointwise as u64, limits::POINTWISE, "pointwise nodes")?;
        if self.rows > limits::ITEM_ROWS as u64 {
            return Err(format!(
                "one item takes more than {} rows of the widest batch, so that no layout has room for it",
                limits::ITEM_ROWS
            ));
        }
        if self.work > limits::WORK {
            return Err(too_much_work());
        }
        Ok(())
    }
}

/// The reason of a refusal for [`limits::WORK`].
pub(crate) fn too_much_work() -> String {
    format!(
        "the classifier takes too much work: {} units are allowed",
        limits::WORK
    )
}
