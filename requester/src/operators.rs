//! The operators: one table, from which models are lowered and `docs/operators.md` is made.
//!
//! To add one, write its lowering in a file under `operators/` and list it in that file's
//! `OPERATORS`.

mod activation;
mod arithmetic;
mod arrange;
mod broadcast;
mod clip;
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
mod operator;
mod page;
mod pass;
mod pool;
mod quantised;
mod reduce;
mod refused;
mod resize;
mod shape;
mod trees;
mod window;

pub use operator::{Operator, Support};

use crate::graph::{Builder, Call, Symbol};
use crate::onnx::{self, Refusal};

/// All operators, in groups.
const GROUPS: [&[Operator]; 22] = [
    conv::OPERATORS,
    conv_transpose::OPERATORS,
    resize::OPERATORS,
    arrange::OPERATORS,
    quantised::OPERATORS,
    matmul::OPERATORS,
    arithmetic::OPERATORS,
    norm::OPERATORS,
    activation::OPERATORS,
    clip::OPERATORS,
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

/// The contents of `docs/operators.md`.
#[must_use]
pub fn markdown() -> String {
    page::markdown(all())
}

/// Lowers one node.
///
/// # Errors
/// When the operator is unknown, refused, or used in a way that is not supported.
pub fn lower(call: &Call<'_>, builder: &mut Builder) -> Result<Vec<Symbol>, Refusal> {
    let domain = onnx::domain(call.node)?;
    let name = call.node.op_type.as_str();
    let operator = all().find(|operator| operator.name == name && operator.domain == domain);
    let operator = operator.ok_or_else(|| {
        Refusal::new(
            "the operator is not supported",
            "build the model from the operators listed in docs/operators.md",
        )
    })?;
    for attribute in &call.node.attribute {
        if !operator.attributes.contains(&attribute.name.as_str())
            && operator.support != Support::Refused
        {
            return Err(Refusal::new(
                format!("its attribute '{}' is not supported", attribute.name),
                "export without it, or use another operator of docs/operators.md",
            ));
        }
    }
    (operator.lower)(call, builder)
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
