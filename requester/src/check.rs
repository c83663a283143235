//! `requester check`: what a model becomes, or the nodes that stand in the way.

use crate::cli::CheckArgs;
use crate::draft::check_size;
use crate::failure::Failure;
use crate::files;
use crate::float::{Program, simplify};
use crate::lower::{self, input::InputRule};
use crate::onnx::{self, Refusal};

/// Runs the command.
///
/// # Errors
/// When the file is missing or malformed, or nodes stand in the way (they are printed first).
pub fn run(args: &CheckArgs) -> Result<(), Failure> {
    let file = files::read(&args.model, onnx::limits::FILE)?;
    let path = args.model.display();
    let refuse =
        |refusal: &Refusal| Failure::check(format!("{path}: {}", refusal.what), &refusal.fix);
    let source = onnx::read(&file).map_err(|refusal| refuse(&refusal))?;
    let shape = source.input.shape.as_deref().ok_or_else(|| {
        Failure::check(
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
    println!(
        "input '{}' {shape:?}, ai.onnx {}",
        source.input.name, source.opset
    );
    for line in &lowered.report {
        println!("  {line}");
    }
    let Some(first) = refusals.first() else {
        summary(&lowered.program).map_err(|refusal| refuse(&refusal))?;
        for (name, symbol) in &lowered.outputs {
            println!("output '{name}': {}", symbol.describe());
        }
        println!("the model can be drafted, if its worst case stays within the tables");
        return Ok(());
    };
    for refusal in &refusals {
        println!("  refused: {}; {}", refusal.what, refusal.fix);
    }
    let mut what = format!("{path}: {}", first.what);
    if refusals.len() > 1 {
        what = format!("{what} (and {} more nodes)", refusals.len() - 1);
    }
    Err(Failure::check(what, &first.fix))
}

/// Rows that the layers cost, the decision aside.
///
/// # Errors
/// When they are too many.
fn summary(program: &Program) -> Result<(), Refusal> {
    if program.nodes.is_empty() {
        return Ok(());
    }
    let program = simplify::legalise(&simplify::inline(program));
    println!(
        "about {} activations, {} multiplications",
        program.activations(),
        program.multiplications()
    );
    check_size(&program)
}
