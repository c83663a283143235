//! `requester inspect`: what a request asks for, as every party can read it from its bytes.

use crate::calibration::Calibration;
use crate::cli::InspectArgs;
use crate::sealed;
use duces_circuits::tables::Tables;
use duces_circuits::{Layout, Prediction, Speed};
use duces_protocol::answers::AnswerKind;
use duces_protocol::classifier::{Classifier, Cost, Map, Node};
use duces_protocol::request::{self, AnyRequest, Request, Scheme};
use duces_protocol::scrutiny;
use duces_shell::{Failure, one_line, read, say, shown};
use rayon::prelude::*;

/// Runs the command.
///
/// # Errors
/// When the file is missing or malformed.
pub fn run(args: &InspectArgs) -> Result<(), Failure> {
    let bytes = read::named(&args.request, request::MAX_BYTES as u64, "request")?;
    let request = AnyRequest::decode(&bytes).map_err(|error| {
        Failure::refused(
            format!("{} is malformed: {error}", shown(&args.request)),
            "ask for the file again, or draft it again",
        )
    })?;
    drop(bytes);
    say(format_args!("request     {}", request.digest()))?;
    say(format_args!("commitment  {}", request.commitment()))?;
    let view = request.view();
    say(format_args!(
        "view        {view}, {} bytes",
        view.byte_len()
    ))?;
    say(format_args!(
        "answers     {}",
        request.answer_form().words()
    ))?;
    say(format_args!("rule        {}", one_line(request.rule())))?;
    match request.scheme() {
        Scheme::Ipa => say("scheme      ipa, no trusted setup")?,
        Scheme::Kzg { srs } => say(format_args!("scheme      kzg, ceremony file {srs}"))?,
    }
    match &request {
        AnyRequest::Public(request) => public(request, args),
        AnyRequest::Sealed(_) if args.calibration.is_some() => Err(Failure::unable(
            "a sealed classifier cannot be tried on documents: its weights are hidden",
            "repeat the command without --calibration",
        )),
        AnyRequest::Sealed(request) => sealed::describe(&request.classifier),
    }
}

/// What a request says whose classifier everybody can evaluate.
fn public(request: &Request, args: &InspectArgs) -> Result<(), Failure> {
    say(format_args!("model       SHA-256 {}", request.model))?;
    say(format_args!("classifier  {}", request.classifier.digest()))?;
    nodes(&request.classifier)?;
    size(&request.classifier)?;
    proving(&request.classifier)?;
    let calibration = Calibration::read(
        args.calibration.as_deref(),
        request.view,
        args.extractor.as_deref(),
    )?;
    scrutinise(request, &calibration.views)
}

/// How many typical documents the request matches, and what is unusual about it.
fn scrutinise(request: &Request, views: &[Vec<u8>]) -> Result<(), Failure> {
    let asks = request.classifier.answers() == AnswerKind::Match;
    let matches = |view: &&Vec<u8>| asks && request.classifier.matches(view);
    let matching = views.par_iter().filter(matches).count();
    if !asks && !views.is_empty() {
        say("answers to the calibration documents are not counted: only matches are")?;
    } else if !views.is_empty() {
        say(format_args!(
            "matches     {matching} of {} calibration documents",
            views.len()
        ))?;
    }
    for warning in scrutiny::warnings(request) {
        say(format_args!("warning     {warning}"))?;
    }
    if 2 * matching > views.len() {
        say("warning     more than half of the calibration documents match")?;
    }
    Ok(())
}

/// What proving will take on this machine, before anyone proves.
fn proving(classifier: &Classifier) -> Result<(), Failure> {
    let speed = Speed::measure();
    for items in [100, 1_000, 10_000, 100_000] {
        let prediction = Prediction::new(classifier, items, &speed);
        say(format_args!(
            "proving     {items:>6} documents: about {:.1} s on this machine, {} KB of proofs",
            prediction.duration.as_secs_f64(),
            prediction.bytes.div_ceil(1000)
        ))?;
    }
    Ok(())
}

fn nodes(classifier: &Classifier) -> Result<(), Failure> {
    say("nodes")?;
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
        say(format_args!("  {:>4} {text}, from {lo} to {hi}", index + 1))?;
    }
    Ok(())
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

fn size(classifier: &Classifier) -> Result<(), Failure> {
    let Cost {
        weights,
        multiplications,
    } = classifier.cost();
    say(format_args!(
        "size        {} activations, {weights} weights, {multiplications} multiplications",
        classifier.activations()
    ))?;
    say(format_args!(
        "tables      {} entries, remainders included",
        Tables::new(classifier).entries().len()
    ))?;
    if classifier.proves_bytes() {
        say("bytes       proved of every view")?;
    }
    say(format_args!(
        "batches     {} is the smallest width that has room for one document",
        Layout::narrowest(classifier)
    ))
}
