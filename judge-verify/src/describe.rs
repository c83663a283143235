//! `judge-verify request`: what a request reads, computes and costs, and what is unusual about it.
//!
//! Not shown: that the classifier finds what the wording of the rule suggests. The warnings notice
//! crude attempts to extract content (a request that every document matches, or that reads a single
//! pixel), not subtle ones.

use crate::fault::NotPassed;
use crate::files;
use duces_circuits::Layout;
use duces_protocol::classifier::{Classifier, Cost, Map, Node};
use duces_protocol::request::{AnyRequest, Request, Scheme};
use duces_protocol::scrutiny;
use duces_shell::one_line;
use std::fmt::Write;
use std::path::Path;

mod sealed;

/// The description.
///
/// # Errors
/// When the file cannot be read, or is malformed.
pub fn describe(path: &Path) -> Result<String, NotPassed> {
    let request = files::read_request(path)?;
    let mut out = String::new();
    head(&mut out, &request);
    match &request {
        AnyRequest::Public(request) => public(&mut out, request),
        AnyRequest::Sealed(request) => sealed::describe(&mut out, &request.classifier),
    }
    Ok(out)
}

/// What a classifier computes that everybody can evaluate, and what is unusual about it.
fn public(out: &mut String, request: &Request) {
    nodes(out, &request.classifier);
    let warnings = scrutiny::warnings(request);
    size(out, &request.classifier);
    line(out, "");
    for warning in &warnings {
        line(out, &format!("WARNING: {warning}"));
    }
    if warnings.is_empty() {
        line(out, "Nothing unusual was found.");
    }
}

fn head(out: &mut String, request: &AnyRequest) {
    let scheme = match request.scheme() {
        Scheme::Ipa => "ipa, no trusted setup".to_owned(),
        Scheme::Kzg { srs } => format!("kzg with the ceremony file {srs}"),
    };
    let model = match request {
        AnyRequest::Public(request) => ("Model file", format!("SHA-256 {}", request.model)),
        AnyRequest::Sealed(_) => ("Model", "sealed: its weights are hidden".to_owned()),
    };
    for (label, value) in [
        ("Request", request.digest().to_string()),
        (
            "Directed at",
            format!("commitment {}", request.commitment()),
        ),
        (
            "Reads",
            format!(
                "{} ({} bytes of each document)",
                request.view(),
                request.view().byte_len()
            ),
        ),
        ("Answers", request.answer_form().words()),
        ("Rule", one_line(request.rule())),
        model,
        ("Classifier", request.classifier_digest().to_string()),
        ("Proof system", scheme),
    ] {
        line(out, &format!("{label:<13} {value}"));
    }
    line(out, "");
}

fn nodes(out: &mut String, classifier: &Classifier) {
    line(
        out,
        "Node  Kind       Elements     Range over all possible documents",
    );
    let view = classifier.bounds().values[0];
    let row =
        |out: &mut String, name: &str, kind: &str, len: usize, range: (i64, i64), more: &str| {
            let text = format!(
                "{name:<5} {kind:<10} {len:>9}    {} to {}{more}",
                range.0, range.1
            );
            line(out, &text);
        };
    row(out, "", "view", classifier.input_len(), view, "");
    for (index, node) in classifier.nodes().iter().enumerate() {
        let range = classifier.bounds().values[index + 1];
        match node {
            Node::Linear(linear) => {
                let maps: Vec<String> = linear
                    .terms
                    .iter()
                    .map(|term| {
                        format!("{} of {}", map_name(&term.map), source(term.source.index()))
                    })
                    .collect();
                let more = format!("   {}", shortened(&maps));
                row(
                    out,
                    &index.to_string(),
                    "linear",
                    linear.len as usize,
                    range,
                    &more,
                );
            }
            Node::Pointwise(pointwise) => {
                let value = duces_protocol::classifier::ValueId(
                    u32::try_from(index + 1).expect("at most 2^16 nodes"),
                );
                let more = format!(
                    "   table {} of {}, shift {}",
                    pointwise.table,
                    source(pointwise.source.index()),
                    pointwise.shift
                );
                row(
                    out,
                    &index.to_string(),
                    "pointwise",
                    classifier.len_of(value),
                    range,
                    &more,
                );
            }
        }
    }
    line(out, "");
}

/// The first few of a list.
fn shortened(list: &[String]) -> String {
    let more = list.len().saturating_sub(3);
    let shown = list[..list.len().min(3)].join(" + ");
    if more > 0 {
        format!("{shown} + {more} more")
    } else {
        shown
    }
}

fn source(value: usize) -> String {
    if value == 0 {
        "the view".to_owned()
    } else {
        format!("node {}", value - 1)
    }
}

fn map_name(map: &Map) -> String {
    match map {
        Map::Scale(factor) => format!("{factor} times"),
        Map::Select(_) => "selection".to_owned(),
        Map::Dense(_) => "dense map".to_owned(),
        Map::Sparse(_) => "sparse map".to_owned(),
        Map::Conv(conv) => format!(
            "{}x{} convolution {} to {}",
            conv.kernel_height, conv.kernel_width, conv.in_channels, conv.out_channels
        ),
    }
}

/// What the classifier costs.
fn size(out: &mut String, classifier: &Classifier) {
    let Cost {
        weights,
        multiplications,
    } = classifier.cost();
    let tables: Vec<String> = classifier
        .tables()
        .iter()
        .map(|table| table.outputs.len().to_string())
        .collect();
    line(
        out,
        &format!(
            "Activations   {} per document (proving cost)",
            classifier.activations()
        ),
    );
    line(
        out,
        &format!("Weights       {weights}, {multiplications} multiplications per document"),
    );
    line(
        out,
        &format!(
            "Tables        {} with {} entries",
            tables.len(),
            shortened(&tables)
        ),
    );
    let bytes = if classifier.proves_bytes() {
        "proved to be all that a view holds"
    } else {
        "not proved: a planted entry can make chosen requests unprovable"
    };
    line(out, &format!("Bytes         {bytes}"));
    let narrowest = Layout::narrowest(classifier);
    line(
        out,
        &format!("Batch width   {narrowest} is the smallest that has room for one document"),
    );
}

fn line(out: &mut String, text: &str) {
    writeln!(out, "{}", text.trim_end()).expect("writing to a string does not fail");
}
