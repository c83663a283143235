//! What the circuit of a batch needs of a classifier: nodes, lengths and tables, but no weights.

use super::{Classifier, Node, Pointwise, Table, ValueId};
use crate::answers::{AnswerForm, AnswerKind};

/// A classifier whose weights may be known or hidden.
pub trait Shape {
    /// Elements of the view.
    fn input_len(&self) -> usize;

    /// The nodes in order of evaluation. Where weights are hidden, their maps are left out.
    fn nodes(&self) -> &[Node];

    /// The tables that pointwise nodes name.
    fn tables(&self) -> &[Table];

    /// Elements of a value.
    fn len_of(&self, value: ValueId) -> usize;

    /// What the outputs of the last node are.
    fn answers(&self) -> AnswerKind;

    /// The pointwise nodes in order, each with the value that it defines.
    fn pointwise(&self) -> impl Iterator<Item = (ValueId, &Pointwise)> {
        self.nodes()
            .iter()
            .zip(1..)
            .filter_map(|(node, value)| match node {
                Node::Pointwise(pointwise) => Some((ValueId(value), pointwise)),
                Node::Linear(_) => None,
            })
    }

    /// Number of activations: elements of all pointwise nodes.
    fn activations(&self) -> usize {
        self.pointwise().map(|(value, _)| self.len_of(value)).sum()
    }

    /// Which answers are well formed.
    fn answer_form(&self) -> AnswerForm {
        let last = self.pointwise().last();
        let (len, outputs) = last.map_or((0, &[][..]), |(value, pointwise)| {
            let table = &self.tables()[pointwise.table as usize];
            (self.len_of(value), table.outputs.as_slice())
        });
        AnswerForm::new(self.answers(), len, outputs)
    }
}

impl Shape for Classifier {
    fn input_len(&self) -> usize {
        Self::input_len(self)
    }

    fn nodes(&self) -> &[Node] {
        Self::nodes(self)
    }

    fn tables(&self) -> &[Table] {
        Self::tables(self)
    }

    fn len_of(&self, value: ValueId) -> usize {
        Self::len_of(self, value)
    }

    fn answers(&self) -> AnswerKind {
        Self::answers(self)
    }
}
