//! From a model's file to an integer classifier, with a report on how well the two agree: what
//! `requester draft` and the owner of a sealed model have in common.

use crate::calibration::Calibration;
use crate::cli::ImportArgs;
use crate::decision::{self, Rule};
use crate::fidelity::{self, Fidelity};
use crate::float::{Program, ValueId, interval, reach, simplify};
use crate::lower::{self, input::InputRule};
use crate::onnx::{self, Refusal};
use crate::quantise::{self, QuantiseError, Quantised, Ranges};
use duces_circuits::tables::Tables;
use duces_protocol::answers::AnswerKind;
use duces_protocol::classifier::{Classifier, Cost, limits};
use duces_protocol::digest::Digest;
use duces_protocol::view::View;
use duces_shell::{Failure, one_line, read, say, shown};
use sha2::{Digest as _, Sha256};
use std::path::Path;

/// A model turned into integers, with what is needed to report on it.
pub struct CompiledModel {
    /// The float model with its decision.
    pub decided: decision::Decided,
    /// The same program in the form that was quantised.
    pub program: Program,
    /// The value of `program` that is compared with cutoffs, or that is the scores.
    pub scores: ValueId,
    /// What tables read on calibration data.
    pub ranges: Ranges,
    /// The integer classifier.
    pub quantised: Quantised,
}

/// Turns a model into an integer classifier. `views` is the calibration data; it may be empty. `items` is
/// how many documents will be proved, about: the more, the larger the tables may be.
///
/// # Errors
/// When the model, the rule or its worst case is refused.
pub fn compile(
    source: &onnx::Source,
    input: &InputRule,
    rule: &Rule,
    views: &[Vec<u8>],
    items: u64,
) -> Result<CompiledModel, Refusal> {
    let lowered = lower::lower(source, input)?;
    let decided = decision::decide(lowered, rule)?;
    let mut program = simplify::legalise(&simplify::inline(&decided.program, decided.inlined));
    reach::cut_off(&mut program, views);
    check_size(&program)?;
    if !program.is_finite() {
        let what = "the product of some weights is not a finite number";
        return Err(Refusal::new(what, "train again with normalised inputs"));
    }
    if let Some((origin, argument)) = interval::undefined(&program) {
        return Err(Refusal::new(
            format!("{origin}: it is not defined at {argument:.6}, which some document reaches"),
            "keep its argument in range, for example with Clip",
        ));
    }
    let scores = match program.answers {
        AnswerKind::Match | AnswerKind::Class => first_steps(&program),
        AnswerKind::Scores => program.nodes.len(),
    };
    let ranges = Ranges::measure(&program, views);
    let quantised =
        quantise::quantise(&program, scores, &ranges, views, items).map_err(out_of_bounds)?;
    Ok(CompiledModel {
        decided,
        program,
        scores,
        ranges,
        quantised,
    })
}

/// Refuses a program that no batch has room for, or whose multiplications or weights alone are more
/// than a request may have ([`limits::WORK`], [`limits::BYTES`]).
///
/// # Errors
/// Names the number that is too large.
pub fn check_size(program: &Program) -> Result<(), Refusal> {
    for (what, count, most) in [
        (
            "activations",
            program.activations() as u64,
            (limits::ITEM_ROWS * limits::LANES) as u64,
        ),
        ("multiplications", program.multiplications(), limits::WORK),
    ] {
        if count > most {
            return Err(Refusal::new(
                format!("one document takes {count} {what}; at most {most} are possible"),
                SMALLER,
            ));
        }
    }
    let bytes = program.weight_bytes();
    if bytes > limits::BYTES as u64 {
        return Err(Refusal::new(
            format!(
                "its weights take {} MB in a request; at most {} MB are possible",
                bytes.div_ceil(1_000_000),
                limits::BYTES / 1_000_000
            ),
            SMALLER,
        ));
    }
    Ok(())
}

/// What to do about a model that is too large.
const SMALLER: &str = "use a smaller network, or smaller pictures";

/// The value that the first steps of a decision read.
fn first_steps(program: &Program) -> ValueId {
    let steps = (1..=program.nodes.len()).find_map(|value| {
        let node = program.pointwise(value)?;
        matches!(node.func, crate::float::Func::Step { .. }).then_some(node.source)
    });
    steps.expect("a decision ends with steps")
}

fn out_of_bounds(error: QuantiseError) -> Refusal {
    let fix = if error.too_large {
        SMALLER
    } else {
        "give more calibration data, or train with weight decay, or use fewer inputs per layer"
    };
    Refusal::new(error.to_string(), fix)
}

/// What is to be imported.
#[derive(Clone, Copy, Debug)]
pub struct ModelSource<'a> {
    /// The ONNX file.
    pub model: &'a Path,
    /// The view that the model was trained on.
    pub view: View,
    /// The rule for a match.
    pub rule: &'a Rule,
    /// How it is imported.
    pub options: &'a ImportArgs,
    /// Whether its weights are to be hidden: then no table holds any of them.
    pub hides_weights: bool,
    /// How many documents will be proved, if that is known.
    pub items: Option<u64>,
}

/// A model as integers.
pub struct Imported {
    /// The classifier, decision included.
    pub classifier: Classifier,
    /// The rule, and for scores their unit.
    pub rule: String,
    /// SHA-256 of the model's file.
    pub model: Digest,
}

/// Reads a model, turns it into integers, and prints how well these agree with it.
///
/// # Errors
/// When a file is missing or malformed, the model is refused, or it and its integers decide too many
/// of the calibration documents differently.
pub fn import(source: &ModelSource<'_>) -> Result<Imported, Failure> {
    let file = read::named(source.model, onnx::limits::FILE, "model")?;
    let refuse = |refusal: Refusal| {
        Failure::refused(
            format!("{}: {}", shown(source.model), refusal.what),
            refusal.fix,
        )
    };
    let options = source.options;
    let model = onnx::read(&file).map_err(refuse)?;
    let (scale, offset) = (&options.input_scale, &options.input_offset);
    let input = InputRule::new(source.view, &model.input, scale, offset)
        .map_err(|why| Failure::unable(why.what, why.fix))?;
    let input = if source.hides_weights {
        input.hiding_weights()
    } else {
        input
    };
    let calibration = Calibration::read(
        options.calibration.as_deref(),
        source.view,
        options.extractor.as_deref(),
    )?;
    let items = source.items.unwrap_or(quantise::TYPICAL_ITEMS);
    let draft = compile(&model, &input, source.rule, &calibration.views, items).map_err(refuse)?;
    if let Some(fidelity) = report(source, &draft, &calibration)? {
        agreement(options, &fidelity)?;
    }
    Ok(Imported {
        rule: stated(source.rule, &draft.quantised),
        classifier: draft.quantised.classifier,
        model: Digest(Sha256::digest(&file).into()),
    })
}

/// The rule as a request states it: the scores all have one scale.
fn stated(rule: &Rule, quantised: &Quantised) -> String {
    match (rule, quantised.score_scales.first()) {
        (Rule::Scores, Some(unit)) => format!("{rule}, one unit is {unit}"),
        _ => rule.to_string(),
    }
}

/// Prints the tables; returns what was measured, if anything could be.
fn report(
    source: &ModelSource<'_>,
    draft: &CompiledModel,
    calibration: &Calibration,
) -> Result<Option<Fidelity>, Failure> {
    let classifier = &draft.quantised.classifier;
    let Cost {
        weights,
        multiplications,
    } = classifier.cost();
    let rule = stated(source.rule, &draft.quantised);
    let rule = format!("{rule} ({})", draft.decided.meaning);
    say(format_args!("rule      {}", one_line(&rule)))?;
    say(format_args!(
        "size      {} activations, {weights} weights, {multiplications} multiplications, {} table entries",
        classifier.activations(),
        Tables::new(classifier).entries().len()
    ))?;
    say("layers")?;
    say(fidelity::layers(&draft.program, &draft.quantised, &draft.ranges).trim_end())?;
    if calibration.views.is_empty() {
        say(
            "fidelity  not measured: without --calibration, scales come from worst-case bounds and \
             no layer saturates, which is coarse for deep networks",
        )?;
        return Ok(None);
    }
    let views = &calibration.views;
    let fidelity = Fidelity::measure(
        &draft.decided,
        &draft.program,
        &draft.quantised,
        draft.scores,
        views,
    );
    say("fidelity, integers against the float model")?;
    say(fidelity.table(|index| calibration.name(index)).trim_end())?;
    if fidelity
        .matches
        .is_some_and(|(_, integer)| integer * 2 > fidelity.items)
    {
        say("warning   the rule matches more than half of the calibration data")?;
    }
    if fidelity.percent() < 99.9 {
        say("warning   decisions agree on less than 99.9 % of the calibration data")?;
    }
    Ok(Some(fidelity))
}

/// Refuses a classifier that is not the model any more.
fn agreement(options: &ImportArgs, fidelity: &Fidelity) -> Result<(), Failure> {
    let (percent, least) = (fidelity.percent(), options.accept_agreement);
    if percent >= least {
        return Ok(());
    }
    Err(Failure::refused(
        format!(
            "integers and model decide only {percent:.2} % of the calibration data alike; at least \
             {least} % is asked for"
        ),
        "calibrate on more and more typical documents, or train a smaller network with weight \
         decay; --accept-agreement PERCENT drafts it nevertheless",
    ))
}
