//! The operators: one table, from which models are lowered and `docs/operators.md` is made.
//!
//! To add one, write its lowering in a file under `operators/` and list it in that file's
//! `OPERATORS`.

mod activation;
mod arithmetic;
mod arrange;
mod broadcast;
mod compare;
mod conv;
mod conv_transpose;
mod elementwise;
mod end;
mod extreme;
mod linear_model;
mod matmul;
mod max_pool;
mod movement;
mod norm;
mod pass;
mod pool;
mod quantised;
mod reduce;
mod refused;
mod resize;
mod shape;
mod trees;
mod window;

use crate::lower::{Builder, Call, Symbol, Unsupported};
use crate::onnx::{self, Domain};
use std::fmt::Write as _;

/// What an operator costs in the proof.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Support {
    /// It becomes part of a linear map: no row.
    Linear,
    /// Each element takes one row (more where the note says so).
    Table,
    /// It is computed or removed when the model is read.
    Folded,
    /// It is supported at the end of the model, where the decision takes it up.
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
    pub lower: fn(&Call<'_>, &mut Builder) -> Result<Vec<Symbol>, Unsupported>,
}

/// All operators, in groups.
const GROUPS: [&[Operator]; 21] = [
    conv::OPERATORS,
    conv_transpose::OPERATORS,
    resize::OPERATORS,
    arrange::OPERATORS,
    quantised::OPERATORS,
    matmul::OPERATORS,
    arithmetic::OPERATORS,
    norm::OPERATORS,
    activation::OPERATORS,
    compare::OPERATORS,
    extreme::OPERATORS,
    pool::OPERATORS,
    max_pool::OPERATORS,
    reduce::OPERATORS,
    shape::OPERATORS,
    movement::OPERATORS,
    pass::OPERATORS,
    end::OPERATORS,
    linear_model::OPERATORS,
    trees::OPERATORS,
    refused::OPERATORS,
];

/// All operators.
pub fn all() -> impl Iterator<Item = &'static Operator> {
    GROUPS.into_iter().flatten()
}

/// Lowers one node.
///
/// # Errors
/// When the operator is unknown, refused, or used in a way that is not supported.
pub fn lower(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Unsupported> {
    let domain = onnx::domain(call.node).map_err(|r| Unsupported::new(r.what, r.fix))?;
    let name = call.node.op_type.as_str();
    let operator = all().find(|operator| operator.name == name && operator.domain == domain);
    let operator = operator.ok_or_else(|| {
        Unsupported::new(
            "the operator is not supported",
            "build the model from the operators listed in docs/operators.md",
        )
    })?;
    for attribute in &call.node.attribute {
        if !operator.attributes.contains(&attribute.name.as_str())
            && operator.support != Support::Refused
        {
            return Err(Unsupported::new(
                format!("its attribute '{}' is not supported", attribute.name),
                "export without it, or use another operator of docs/operators.md",
            ));
        }
    }
    (operator.lower)(call, builder)
}

/// The contents of `docs/operators.md`.
#[must_use]
pub fn markdown() -> String {
    let mut text = String::from(
        "# Operators\n\n\
         What `requester draft` makes of each ONNX operator (made from the table in the code by\n\
         `requester operators`; a test compares them). *Free*: part of a linear map, no row in the\n\
         proof. *Rows*: one row for each element, unless the note says otherwise. *Folded*: gone when\n\
         the model is read. *At the end*: taken up by the decision. Anything else is refused.\n\n\
         | operator | | |\n|---|---|---|\n",
    );
    let mut rows: Vec<&Operator> = all().collect();
    rows.sort_by_key(|operator| {
        (
            operator.support == Support::Refused,
            operator.domain,
            operator.name,
        )
    });
    for operator in rows {
        let prefix = if operator.domain == Domain::Ml {
            "ai.onnx.ml."
        } else {
            ""
        };
        let support = match operator.support {
            Support::Linear => "free",
            Support::Table => "rows",
            Support::Folded => "folded",
            Support::End => "at the end",
            Support::Refused => "refused",
        };
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "| `{prefix}{}` | {support} | {} |",
            operator.name, operator.note
        );
    }
    let (onnx, ml) = (onnx::OPSETS, onnx::ML_OPSETS);
    let _ = writeln!(
        text,
        "\nOperator set versions: `ai.onnx` {} to {}, `ai.onnx.ml` {} to {}. Shapes are fixed; the batch axis\n\
         may be left open and is taken as 1. Weights must be finite and in the file.",
        onnx.start(),
        onnx.end(),
        ml.start(),
        ml.end()
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_in_docs_is_current() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/operators.md");
        let current = std::fs::read_to_string(page).unwrap_or_default();
        assert!(
            current == markdown(),
            "write it again: cargo run -p duces-requester -- operators > docs/operators.md"
        );
    }

    #[test]
    fn no_operator_is_listed_twice() {
        let mut names: Vec<_> = all()
            .map(|operator| (operator.domain, operator.name))
            .collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
