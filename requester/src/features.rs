//! `requester features`: the exact tensors that a proof will see, for any trainer.

use crate::cli::FeaturesArgs;
use crate::collect::collect;
use crate::failure::Failure;
use crate::{files, npy};
use std::path::{Path, PathBuf};

/// Writes the tensors, and beside them the names of the documents in the same order.
///
/// # Errors
/// When nothing could be read or written.
pub fn run(args: &FeaturesArgs) -> Result<(), Failure> {
    let names_path = names_path(&args.out);
    files::may_write(&args.out, args.force)?;
    files::may_write(&names_path, args.force)?;
    let collected = collect(&args.folder, args.view)?;
    for skipped in &collected.skipped {
        eprintln!("skipped {skipped}");
    }
    let mut shape = vec![collected.views.len()];
    shape.extend(args.view.shape());
    let mut bytes = npy::header(&shape);
    for view in &collected.views {
        bytes.extend_from_slice(view);
    }
    let mut names = collected.names.join("\n");
    names.push('\n');
    files::write(&names_path, names.as_bytes(), args.force)?;
    files::write(&args.out, &bytes, args.force)?;
    println!(
        "{} documents, {} skipped: {} of shape {shape:?}, names in {}",
        collected.views.len(),
        collected.skipped.len(),
        args.out.display(),
        names_path.display()
    );
    Ok(())
}

/// `x.npy` → `x.files.txt`.
fn names_path(out: &Path) -> PathBuf {
    out.with_extension("files.txt")
}
