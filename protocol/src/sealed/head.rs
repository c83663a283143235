//! The text head of `model.sealed`: what a person can read of it.

use super::SealedClassifier;
use super::architecture::{HiddenMap, HiddenTerm};
use crate::classifier::Shape;
use std::fmt::Write;

/// First line of `model.sealed`.
pub const TITLE: &str = "duces-sealed-model-v1";

/// Hidden maps that are listed one by one.
const LISTED: usize = 64;

impl SealedClassifier {
    /// The head, and the empty line after it. All of it follows from the rest of the file.
    #[must_use]
    pub fn head(&self) -> String {
        let architecture = &self.architecture;
        let rows = architecture.rows();
        let entries: usize = architecture.tables().iter().map(|t| t.outputs.len()).sum();
        let mut lines = vec![
            TITLE.to_owned(),
            format!("view: {}", self.view),
            format!("rule: {}", self.rule),
            format!("answers: {}", self.answers().name()),
            format!("nodes: {}", architecture.nodes().len()),
            format!("activations: {}", architecture.activations()),
            format!(
                "tables: {} with {entries} entries",
                architecture.tables().len()
            ),
            format!("hidden: {} weights and biases", architecture.parameters()),
            format!("commitments: {} to {} each", rows.present, rows.len),
        ];
        let maps = architecture.hidden().flat_map(|(node, hidden, _)| {
            let terms = hidden.terms.iter().map(move |term| (node, term));
            terms.collect::<Vec<_>>()
        });
        let mut more = 0;
        for (number, (node, term)) in maps.enumerate() {
            if number < LISTED {
                lines.push(format!("node {node}: {}", self.describe(node, term)));
            } else {
                more += 1;
            }
        }
        if more > 0 {
            lines.push(format!("and {more} more hidden maps"));
        }
        lines.join("\n") + "\n\n"
    }

    fn describe(&self, node: usize, term: &HiddenTerm) -> String {
        let mut text = String::from("hidden ");
        let written = match &term.map {
            HiddenMap::Dense => {
                let value = crate::classifier::ValueId(node as u32 + 1);
                let (from, to) = (
                    self.architecture.len_of(term.source),
                    self.architecture.len_of(value),
                );
                write!(text, "matrix, {from} to {to}")
            }
            HiddenMap::Conv(conv) => {
                let (height, width) = conv.out_size().unwrap_or_default();
                write!(
                    text,
                    "convolution {} x {}, {} x {} x {} to {} x {height} x {width}, groups {}",
                    conv.kernel_height,
                    conv.kernel_width,
                    conv.in_channels,
                    conv.in_height,
                    conv.in_width,
                    conv.out_channels,
                    conv.groups,
                )
            }
        };
        debug_assert!(written.is_ok(), "writing to a string does not fail");
        text
    }
}
