//! `requester check`: what a model becomes, or which of its nodes are not supported.

use crate::cli::CheckArgs;
use crate::draft::check_size;
use crate::float::{Program, simplify};
use crate::lower::{self, input::InputRule};
use crate::onnx::{self, Refusal};
use duces_shell::{Failure, one_line, read, say, shown};

/// Runs the command.
///
/// # Errors
/// When the file is missing or malformed, or has nodes that are not supported (they are printed
/// first).
pub fn run(args: &CheckArgs) -> Result<(), Failure> {
    let file = read::named(&args.model, onnx::limits::FILE, "model")?;
    let path = shown(&args.model);
    let refuse =
        |refusal: &Refusal| Failure::refused(format!("{path}: {}", refusal.what), &refusal.fix);
    let source = onnx::read(&file).map_err(|refusal| refuse(&refusal))?;
    let shape = source.input.shape.as_deref().ok_or_else(|| {
        Failure::refused(
            format!(
                "{path}: the input '{}' declares no shape",
                source.input.name
            ),
            "export the model with the shape of its input",
        )
    })?;
    let mut refusals = Vec::new();
    let input = InputRule::plain(shape);
    let lowered = lower::lower_all(&source, &input, &mut refusals).map_err(|r| refuse(&r))?;
    say(format_args!(
        "input '{}' {shape:?}, ai.onnx {}",
        one_line(&source.input.name),
        source.opset
    ))?;
    for line in &lowered.report {
        say(format_args!("  {}", one_line(line)))?;
    }
    let Some(first) = refusals.first() else {
        if let Some(program) = legalised(&lowered.program) {
            say(format_args!(
                "about {} activations, {} multiplications",
                program.activations(),
                program.multiplications()
            ))?;
            check_size(&program).map_err(|refusal| refuse(&refusal))?;
        }
        for (name, symbol) in &lowered.outputs {
            let line = format!("output '{name}': {}", symbol.describe());
            say(one_line(&line))?;
        }
        return say(
            "a request can be drafted from the model, if its worst case stays within the tables",
        );
    };
    for refusal in &refusals {
        let line = format!("{}; {}", refusal.what, refusal.fix);
        say(format_args!("  refused: {}", one_line(&line)))?;
    }
    let mut what = format!("{path}: {}", first.what);
    if refusals.len() > 1 {
        what = format!("{what} (and {} more nodes)", refusals.len() - 1);
    }
    Err(Failure::refused(what, &first.fix))
}

/// The program whose layers cost rows, the decision aside; `None` where there are no layers.
fn legalised(program: &Program) -> Option<Program> {
    (!program.nodes.is_empty())
        .then(|| simplify::legalise(&simplify::inline(program, program.nodes.len())))
}
