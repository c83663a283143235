//! `requester features`: the exact tensors that a proof will see, for any trainer.

use crate::cli::FeaturesArgs;
use crate::collect::collect;
use crate::npy;
use duces_shell::{Failure, note, output, say, shown};
use std::path::{Path, PathBuf};

/// Writes the tensors, and beside them the names of the documents in the same order.
///
/// # Errors
/// When nothing could be read or written.
pub fn run(args: &FeaturesArgs) -> Result<(), Failure> {
    let names_path = names_path(&args.out);
    output::check_file(&args.out, args.force)?;
    output::check_file(&names_path, args.force)?;
    let collected = collect(&args.folder, args.view, args.extractor.as_deref())?;
    for skipped in &collected.skipped {
        note(format_args!("skipped {skipped}"));
    }
    let mut shape = vec![collected.views.len()];
    shape.extend(args.view.shape());
    let mut bytes = npy::header(&shape);
    for view in &collected.views {
        bytes.extend_from_slice(view);
    }
    let mut names = collected.names.join("\n");
    names.push('\n');
    output::write_file(&names_path, names.as_bytes(), args.force)?;
    output::write_file(&args.out, &bytes, args.force)?;
    say(format_args!(
        "{} documents, {} skipped: {} of shape {shape:?}, names in {}",
        collected.views.len(),
        collected.skipped.len(),
        shown(&args.out),
        shown(&names_path)
    ))
}

/// `x.npy` → `x.files.txt`.
fn names_path(out: &Path) -> PathBuf {
    out.with_extension("files.txt")
}
