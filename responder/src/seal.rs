//! `seal`: the responding party's own model, committed to, so that a request can name it.

use crate::cli::SealArgs;
use duces_circuits::prover::sealed;
use duces_requester::cli::AnswerName;
use duces_requester::import::{ModelSource, import};
use duces_requester::sealed::describe;
use duces_shell::folder::NewFolder;
use duces_shell::output::{Access, refuse_existing};
use duces_shell::{Failure, say, shown};

/// The public file of a sealed model.
pub const MODEL: &str = "model.sealed";
/// The secret one.
pub const WEIGHTS: &str = "weights";

/// Runs the command. Nothing is ever replaced: without its weights nothing can be proved of a sealed
/// model any more.
///
/// # Errors
/// When the model is refused or cannot be sealed, or the folder exists or cannot be written.
pub fn run(args: &SealArgs) -> Result<(), Failure> {
    refuse_existing(&args.out, false)?;
    if args.out.file_name().is_none() {
        return Err(Failure::unable(
            format!("{} does not name a new folder", shown(&args.out)),
            "give the name of the folder to write",
        ));
    }
    let Some(rule) = args.rule.clone().or(args.answer.map(AnswerName::rule)) else {
        return Err(Failure::unable(
            "neither a rule for a match nor another answer is named",
            "give --match or --answer",
        ));
    };
    let imported = import(&ModelSource {
        model: &args.model,
        view: args.view,
        rule: &rule,
        options: &args.import,
        hides_weights: true,
        items: None,
    })?;
    let (model, weights) = sealed::seal(&imported.classifier, args.view, imported.rule)
        .map_err(|error| {
            Failure::refused(
                format!("{}: {error}", shown(&args.model)),
                "seal a model of matrices and convolutions with an activation between any two of them",
            )
        })?;
    let folder = NewFolder::create(&args.out, &[], Access::Owner)?;
    folder.write(MODEL, &model.encode())?;
    folder.write_secret(WEIGHTS, &weights.encode(model.digest()))?;
    folder.publish(false)?;
    describe(&model)?;
    say(format_args!(
        "wrote {}: hand {MODEL} over; keep {WEIGHTS} to yourself, and keep a copy of it",
        shown(&args.out)
    ))
}
