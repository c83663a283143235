//! What a request says of a sealed classifier, and what it does not.

use super::{line, map_name, source};
use duces_circuits::Layout;
use duces_protocol::classifier::{Node, Shape, ValueId};
use duces_protocol::sealed::{Architecture, HiddenMap, SealedClassifier};

/// What nobody but the owner knows.
const NOT_KNOWN: [&str; 4] = [
    "Which documents match, and whether the rule's words describe them. Nobody but its owner can \
     evaluate the classifier, so nothing was tried on it here.",
    "Whether it was made with knowledge of the corpus. Its digest must have been fixed before: ask when.",
    "Whether its weights leave a table for some document. Such a document cannot be proved, and a \
     production without its proof is rejected.",
    "How good it is. A sample that is drawn after both commitments, and labelled, measures that.",
];

/// Adds the description.
pub fn describe(out: &mut String, sealed: &SealedClassifier) {
    let architecture = sealed.architecture();
    line(out, "Node  Kind       Elements     What is known of it");
    line(
        out,
        &format!("      view       {:>9}", architecture.input_len()),
    );
    for (index, node) in architecture.nodes().iter().enumerate() {
        let value = ValueId(u32::try_from(index + 1).unwrap_or(u32::MAX));
        let (kind, about) = match node {
            Node::Linear(_) => ("linear", linear(architecture, index)),
            Node::Pointwise(pointwise) => (
                "pointwise",
                format!(
                    "table {} of {}, shift {}",
                    pointwise.table,
                    source(pointwise.source.index()),
                    pointwise.shift
                ),
            ),
        };
        let len = architecture.len_of(value);
        line(out, &format!("{index:<5} {kind:<10} {len:>9}    {about}"));
    }
    line(out, "");
    let tables = architecture.tables();
    let entries: usize = tables.iter().map(|table| table.outputs.len()).sum();
    let rows = architecture.rows();
    let narrowest = Layout::narrowest(architecture);
    for text in [
        format!(
            "Hidden        {} weights and biases, behind {} commitments",
            architecture.parameters(),
            rows.present
        ),
        format!(
            "Activations   {} per document (proving cost)",
            architecture.activations()
        ),
        format!("Tables        {} with {entries} entries", tables.len()),
        format!("Batch width   {narrowest} is the smallest that has room for one document"),
        String::new(),
        "Not known".to_owned(),
    ] {
        line(out, &text);
    }
    for text in NOT_KNOWN {
        line(out, &format!("- {text}"));
    }
}

/// The public maps of a linear node, and the shapes of its hidden ones.
fn linear(architecture: &Architecture, index: usize) -> String {
    let mut parts = Vec::new();
    if let Some(Node::Linear(linear)) = architecture.nodes().get(index) {
        let public = linear.terms.iter();
        parts.extend(public.map(|term| {
            format!(
                "{} of {}, public",
                map_name(&term.map),
                source(term.source.index())
            )
        }));
    }
    if let Some(hidden) = architecture.hidden_of(index) {
        for term in &hidden.terms {
            let map = match &term.map {
                HiddenMap::Dense => "dense map".to_owned(),
                HiddenMap::Conv(conv) => format!(
                    "{}x{} convolution {} to {}",
                    conv.kernel_height, conv.kernel_width, conv.in_channels, conv.out_channels
                ),
            };
            parts.push(format!("{map} of {}, hidden", source(term.source.index())));
        }
        parts.push(format!("{} hidden biases", hidden.biases));
    }
    let more = parts.len().saturating_sub(4);
    let shown = parts[..parts.len().min(4)].join(" + ");
    if more > 0 {
        format!("{shown} + {more} more")
    } else {
        shown
    }
}
