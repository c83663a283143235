//! An entry of the table of operators.

use crate::graph::{Builder, Call, Symbol};
use crate::onnx::{Domain, Refusal};

/// What an operator costs in the proof.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Support {
    /// It becomes part of a linear map: no row.
    Linear,
    /// Each element takes one row (more where the note says so).
    Table,
    /// It is computed or removed when the model is read.
    Folded,
    /// It is supported at the end of the model, as part of the decision.
    End,
    /// It is refused, for the reason in the note.
    Refused,
}

/// An operator of ONNX.
pub struct Operator {
    /// Name.
    pub name: &'static str,
    /// Operator set.
    pub domain: Domain,
    /// What it costs.
    pub support: Support,
    /// Restrictions, or the reason of a refusal.
    pub note: &'static str,
    /// Attributes that the lowering understands; a node with another one is refused.
    pub attributes: &'static [&'static str],
    /// Appends the operator to the program; returns its outputs.
    pub lower: fn(&Call<'_>, &mut Builder) -> Result<Vec<Symbol>, Refusal>,
}

/// An entry: name, domain, support, note, attributes (none when left out), lowering.
macro_rules! operator {
    ($name:literal, $domain:ident, $support:ident, $note:expr, $lower:expr) => {
        operator!($name, $domain, $support, $note, &[], $lower)
    };
    ($name:literal, $domain:ident, $support:ident, $note:expr, $attributes:expr, $lower:expr) => {
        $crate::operators::operator::Operator {
            name: $name,
            domain: $crate::onnx::Domain::$domain,
            support: $crate::operators::operator::Support::$support,
            note: $note,
            attributes: $attributes,
            lower: $lower,
        }
    };
}

pub(super) use operator;
