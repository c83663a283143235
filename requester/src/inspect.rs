//! `requester inspect`: what a request asks, as every party can read it from its bytes.

use crate::calibration::Calibration;
use crate::cli::InspectArgs;
use crate::failure::{Failure, one_line};
use crate::files;
use duces_circuits::tables::Tables;
use duces_circuits::{Layout, Prediction, Speed, Width};
use duces_protocol::classifier::{Classifier, Cost, Map, Node, scrutiny};
use duces_protocol::request::{self, Request, Scheme};
use rayon::prelude::*;

/// Runs the command.
///
/// # Errors
/// When the file is missing or malformed.
pub fn run(args: &InspectArgs) -> Result<(), Failure> {
    let bytes = files::read(&args.request, request::MAX_BYTES as u64)?;
    let request = Request::decode(&bytes).map_err(|error| {
        Failure::check(
            format!("{} is malformed: {error}", args.request.display()),
            "ask for the file again, or draft it again",
        )
    })?;
    println!("request     {}", request.digest());
    println!("commitment  {}", request.commitment);
    println!(
        "view        {}, {} bytes",
        request.view,
        request.view.byte_len()
    );
    println!("rule        {}", one_line(&request.rule));
    println!("model       SHA-256 {}", request.model);
    println!("classifier  {}", request.classifier.digest());
    match request.scheme {
        Scheme::Ipa => println!("scheme      ipa, no trusted setup"),
        Scheme::Kzg { srs } => println!("scheme      kzg, ceremony file {srs}"),
    }
    nodes(&request.classifier);
    size(&request.classifier);
    proving(&request.classifier);
    let calibration = Calibration::read(args.calibration.as_deref(), request.view)?;
    scrutinise(&request, &calibration.views);
    Ok(())
}

/// How much of typical documents the request matches, and what is unusual about it.
fn scrutinise(request: &Request, views: &[Vec<u8>]) {
    let matches = |view: &&Vec<u8>| request.classifier.matches(view);
    let matching = views.par_iter().filter(matches).count();
    if !views.is_empty() {
        println!(
            "matches     {matching} of {} calibration documents",
            views.len()
        );
    }
    for warning in scrutiny::warnings(&request.classifier, request.view.kind()) {
        println!("warning     {warning}");
    }
    if 2 * matching > views.len() {
        println!("warning     more than half of the calibration documents match");
    }
}

/// What proving will take on this machine, before anyone proves.
fn proving(classifier: &Classifier) {
    let speed = Speed::measure();
    for items in [100, 1_000, 10_000, 100_000] {
        if let Some(prediction) = Prediction::new(classifier, items, &speed) {
            println!(
                "proving     {items:>6} documents: about {:.1} s on this machine, {} KB of proofs",
                prediction.duration.as_secs_f64(),
                prediction.bytes.div_ceil(1000)
            );
        }
    }
}

fn nodes(classifier: &Classifier) {
    println!("nodes");
    for (index, node) in classifier.nodes().iter().enumerate() {
        let (lo, hi) = classifier.bounds().values[index + 1];
        let text = match node {
            Node::Linear(linear) => {
                let mut maps: Vec<String> = linear
                    .terms
                    .iter()
                    .take(4)
                    .map(|term| format!("{} of {}", name(&term.map), term.source.0))
                    .collect();
                if linear.terms.len() > maps.len() {
                    maps.push(format!("{} more", linear.terms.len() - maps.len()));
                }
                format!("linear     {:>8}  {}", linear.len, maps.join(" + "))
            }
            Node::Pointwise(pointwise) => format!(
                "pointwise  {:>8}  table {} of {} >> {}",
                classifier.len_of(pointwise.source),
                pointwise.table,
                pointwise.source.0,
                pointwise.shift
            ),
        };
        println!("  {:>4} {text}, from {lo} to {hi}", index + 1);
    }
}

fn name(map: &Map) -> &'static str {
    match map {
        Map::Scale(_) => "multiple",
        Map::Select(_) => "selection",
        Map::Dense(_) => "matrix",
        Map::Sparse(_) => "sparse matrix",
        Map::Conv(_) => "convolution",
    }
}

fn size(classifier: &Classifier) {
    let Cost {
        weights,
        multiplications,
    } = classifier.cost();
    println!(
        "size        {} activations, {weights} weights, {multiplications} multiplications",
        classifier.activations()
    );
    println!(
        "tables      {} entries, remainders included",
        Tables::new(classifier).entries().len()
    );
    for width in Width::ALL {
        if let Ok(layout) = Layout::new(classifier, width) {
            println!(
                "batches     {} documents each at the smallest width that holds one, {width}",
                layout.items_per_batch()
            );
            break;
        }
    }
}
