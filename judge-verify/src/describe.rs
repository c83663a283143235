//! `judge-verify request`: what a request reads, computes and costs, and what is unusual about it.
//!
//! Not shown: that the classifier finds what the rule's words suggest. The warnings find crude
//! extraction (a request that every document matches, or that reads one pixel), not fine ones.

use crate::files;
use crate::verdict::{Failure, Fault};
use duces_circuits::{Layout, Width};
use duces_protocol::classifier::adjoint::small;
use duces_protocol::classifier::{Classifier, Map, Node};
use duces_protocol::request::{self, Request, Scheme};
use duces_protocol::text::one_line;
use duces_protocol::view::Kind;
use halo2curves::bn256::Fr;
use std::fmt::Write;
use std::path::Path;

/// Views that look like nothing in particular, on which the decision is tried.
const TRIALS: usize = 32;

/// The description.
///
/// # Errors
/// When the file cannot be read, or is malformed.
pub fn describe(path: &Path) -> Result<String, Failure> {
    let bytes = files::read_named(path, request::MAX_BYTES as u64, "request")?;
    let request = Request::decode(&bytes).map_err(|error| {
        Fault::new(
            path.display().to_string(),
            format!("it is malformed: {error}"),
        )
    })?;
    drop(bytes);
    let mut out = String::new();
    head(&mut out, &request);
    nodes(&mut out, &request.classifier);
    size(&mut out, &request.classifier);
    line(&mut out, "");
    let warnings = warnings(&request.classifier, request.view.kind());
    for warning in &warnings {
        line(&mut out, &format!("WARNING: {warning}"));
    }
    if warnings.is_empty() {
        line(&mut out, "Nothing unusual was found.");
    }
    Ok(out)
}

fn head(out: &mut String, request: &Request) {
    let scheme = match request.scheme {
        Scheme::Ipa => "ipa, no trusted setup".to_owned(),
        Scheme::Kzg { srs } => format!("kzg with the ceremony file {srs}"),
    };
    for (label, value) in [
        ("Request", request.digest().to_string()),
        ("Directed at", format!("commitment {}", request.commitment)),
        (
            "Reads",
            format!(
                "{} ({} bytes of each document)",
                request.view,
                request.view.byte_len()
            ),
        ),
        ("Match rule", one_line(&request.rule)),
        ("Model file", format!("SHA-256 {}", request.model)),
        ("Classifier", request.classifier.digest().to_string()),
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

fn size(out: &mut String, classifier: &Classifier) {
    let (weights, multiplications) = classifier.cost();
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
    let batches: Vec<String> = Width::ALL
        .into_iter()
        .filter_map(|width| Some((width, Layout::new(classifier, width).ok()?)))
        .map(|(width, layout)| format!("{width}: {}", layout.items_per_batch()))
        .collect();
    let batches = if batches.is_empty() {
        "none".to_owned()
    } else {
        batches.join(", ")
    };
    line(
        out,
        &format!("Documents in one proof, by batch width: {batches}"),
    );
}

fn warnings(classifier: &Classifier, kind: Kind) -> Vec<String> {
    let mut warnings = Vec::new();
    match decided(classifier) {
        Some(true) => warnings.push("every possible document matches this request".to_owned()),
        Some(false) => warnings.push("no possible document matches this request".to_owned()),
        None => {
            let matching = trial_views(classifier.input_len(), kind)
                .iter()
                .filter(|view| classifier.matches(view))
                .count();
            if matching * 10 >= TRIALS * 9 {
                warnings.push(format!(
                    "{matching} of {TRIALS} meaningless documents (blank, full, noise) match: the \
                     request may match nearly everything"
                ));
            }
        }
    }
    let (read, all) = (inputs_read(classifier), classifier.input_len());
    if read * 100 < all || read < 8 {
        warnings.push(format!(
            "the decision depends on {read} of the {all} bytes of the view: it may extract single \
             features of documents rather than find a kind of document"
        ));
    }
    if Width::ALL
        .iter()
        .all(|width| Layout::new(classifier, *width).is_err())
    {
        warnings.push("one document is too large for the widest batch: it cannot be proved".into());
    }
    warnings
}

/// The decision, where bounds alone fix it for all documents.
fn decided(classifier: &Classifier) -> Option<bool> {
    match classifier.bounds().values.last() {
        Some((1, 1)) => Some(true),
        Some((0, 0)) => Some(false),
        _ => None,
    }
}

/// Number of bytes of the view that reach a linear node or table with a weight other than zero:
/// a random combination of all rows has a zero coefficient elsewhere, and but for a chance of
/// about 2^-190 only there.
fn inputs_read(classifier: &Classifier) -> usize {
    let mut state = 1u64;
    let mut random = || small::<Fr>((splitmix(&mut state) >> 1).cast_signed());
    let weights: Vec<Vec<Fr>> = classifier
        .pointwise()
        .map(|(value, _)| (0..classifier.len_of(value)).map(|_| random()).collect())
        .collect();
    let adjoint = classifier.adjoint(&weights);
    adjoint
        .input
        .iter()
        .filter(|coefficient| **coefficient != Fr::zero())
        .count()
}

/// A blank page, a full one, and noise: of rising brightness for images; for texts of a rising
/// number of words, each counted once or twice.
fn trial_views(len: usize, kind: Kind) -> Vec<Vec<u8>> {
    let mut state = 2u64;
    let full = match kind {
        Kind::Image => 255,
        Kind::Text => 1,
    };
    let mut views = vec![vec![0; len], vec![full; len]];
    let levels = (TRIALS - 2) as u64;
    for level in 1..=levels {
        let top = 255 * level / levels + 1;
        let mut byte = || {
            let random = splitmix(&mut state);
            match kind {
                Kind::Image => u8::try_from(random % top).unwrap_or(u8::MAX),
                Kind::Text if random % 1024 < 2 * level => 1 + u8::from(random >> 63 == 1),
                Kind::Text => 0,
            }
        };
        views.push((0..len).map(|_| byte()).collect());
    }
    views
}

/// The generator SplitMix64: the same trials on every machine. No secret depends on it.
fn splitmix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn line(out: &mut String, text: &str) {
    writeln!(out, "{}", text.trim_end()).expect("writing to a string does not fail");
}

#[cfg(test)]
mod tests {
    use super::*;
    use duces_protocol::classifier::{Linear, Pointwise, Table, Term, ValueId};

    /// One dense row of weights, then a step at zero.
    fn linear(weights: Vec<i32>, bias: i64) -> Classifier {
        let len = u32::try_from(weights.len()).unwrap();
        let term = Term {
            source: ValueId::INPUT,
            map: Map::Dense(weights),
        };
        let sum = Linear {
            len: 1,
            terms: vec![term],
            bias: vec![bias],
        };
        let step = Pointwise {
            source: ValueId(1),
            shift: 12,
            table: 0,
        };
        let outputs = (-4096..4096).map(|q| i32::from(q >= 0)).collect();
        let table = Table { lo: -4096, outputs };
        Classifier::new(
            len,
            vec![Node::Linear(sum), Node::Pointwise(step)],
            vec![table],
        )
        .unwrap()
    }

    #[test]
    fn extraction_is_shown() {
        let weights: Vec<i32> = (0..200).map(|i| if i % 2 == 0 { 3 } else { -3 }).collect();
        assert_eq!(
            warnings(&linear(weights.clone(), -100), Kind::Image),
            Vec::<String>::new()
        );
        let everything = warnings(&linear(weights.clone(), 1_000_000), Kind::Image);
        assert!(
            everything[0].contains("every possible document"),
            "{everything:?}"
        );
        let nothing = warnings(&linear(weights.clone(), -1_000_000), Kind::Image);
        assert!(nothing[0].contains("no possible document"), "{nothing:?}");
        let nearly = warnings(&linear(weights, 70_000), Kind::Image);
        assert!(nearly[0].contains("nearly everything"), "{nearly:?}");
        let mut pixel = vec![0; 200];
        pixel[17] = 1;
        let pixel = warnings(&linear(pixel, -100), Kind::Image);
        assert!(
            pixel.iter().any(|w| w.contains("1 of the 200 bytes")),
            "{pixel:?}"
        );
    }
}
