//! The page `docs/operators.md`.

use super::operator::{Operator, Support};
use crate::onnx::{self, Domain};
use std::fmt::Write as _;

/// The page, operators in any order.
pub fn markdown(operators: impl Iterator<Item = &'static Operator>) -> String {
    let mut text = String::from(
        "# Operators\n\n\
         What `requester draft` makes of each ONNX operator (made from the table in the code by\n\
         `requester operators`; a test compares them). *Free*: part of a linear map, no row in the\n\
         proof. *Rows*: one row for each element, unless the note says otherwise. *Folded*: gone when\n\
         the model is read. *At the end*: taken up by the decision. Anything else is refused.\n\n\
         | operator | | |\n|---|---|---|\n",
    );
    let mut rows: Vec<&Operator> = operators.collect();
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
