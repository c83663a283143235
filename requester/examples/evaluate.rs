//! Prints what the importer's float reference computes, to be held against another runtime.
//!
//! `evaluate MODEL.onnx VIEW X.npy SCALE OFFSET [RULE [CALIBRATION.npy]]`: one line for each item, the elements of
//! the model's last output, then with a rule the decision of the float model and of the integers.

use duces_requester::decision::Rule;
use duces_requester::graph::Symbol;
use duces_requester::lower::{input::InputRule, lower};
use duces_requester::{draft, npy, onnx, quantise};
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().collect();
    let [_, model, view, data, scale, offset, rest @ ..] = args.as_slice() else {
        return Err("evaluate MODEL.onnx VIEW X.npy SCALE OFFSET [RULE]".into());
    };
    let source = onnx::read(&std::fs::read(model)?)?;
    let view: duces_protocol::view::View = view.parse()?;
    let list = |text: &str| {
        text.split(',')
            .map(str::parse)
            .collect::<Result<Vec<f64>, _>>()
    };
    let input = InputRule::new(view, &source.input, &list(scale)?, &list(offset)?)
        .map_err(|refusal| refusal.what)?;
    let path = Path::new(data);
    let views = npy::views(path, &std::fs::read(path)?, view.byte_len()).map_err(|f| f.what)?;
    let lowered = lower(&source, &input)?;
    let output = lowered
        .outputs
        .iter()
        .rev()
        .find_map(|(_, symbol)| match symbol {
            Symbol::Value(value) => Some((value.id, None)),
            Symbol::Ratio(ratio) => Some((ratio.numerator.id, Some(ratio))),
            _ => None,
        });
    let (numerator, ratio) = output.ok_or("no output of scores")?;
    let program = lowered.program.clone();
    let draft = match rest {
        [rule, rest @ ..] => {
            let calibration = match rest {
                [path, ..] => {
                    let path = Path::new(path);
                    npy::views(path, &std::fs::read(path)?, view.byte_len()).map_err(|f| f.what)?
                }
                [] => views.clone(),
            };
            Some(draft::compile(
                &source,
                &input,
                &rule.parse::<Rule>()?,
                &calibration,
                quantise::TYPICAL_ITEMS,
            )?)
        }
        [] => None,
    };
    if let Some(draft) = &draft {
        eprintln!(
            "{}",
            duces_requester::fidelity::layers(&draft.program, &draft.quantised, &draft.ranges)
        );
        eprintln!(
            "{:?}, {} activations",
            draft.quantised.candidate,
            draft.quantised.classifier.activations()
        );
    }
    for view in &views {
        let values = program.values(view);
        let score = |z: &f64| match ratio {
            Some(ratio) if ratio.logarithm => libm::log(z / values[ratio.denominator.id][0]),
            Some(ratio) => z / values[ratio.denominator.id][0],
            None => *z,
        };
        let scores: Vec<String> = values[numerator]
            .iter()
            .map(|z| score(z).to_string())
            .collect();
        print!("{}", scores.join(" "));
        if let Some(draft) = &draft {
            let float = u8::from(draft.decided.program.matches(view));
            print!(
                " {float} {}",
                u8::from(draft.quantised.classifier.matches(view))
            );
        }
        println!();
    }
    Ok(())
}
