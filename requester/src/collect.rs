//! Views of the documents in a folder, in the order of their relative paths.

use duces_protocol::view::View;
use duces_shell::{Failure, one_line, shown};
use duces_views::{Document, Limits, derive};
use rayon::prelude::*;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// Views computed from a folder.
pub struct Collected {
    /// Relative path of each document, printable.
    pub names: Vec<String>,
    /// Its view.
    pub views: Vec<Vec<u8>>,
    /// Files without the view, each with the reason.
    pub skipped: Vec<String>,
}

/// Reads every file in a folder and below. Links are not followed.
///
/// # Errors
/// When the folder cannot be read, or no file has the view.
pub fn collect(folder: &Path, view: View) -> Result<Collected, Failure> {
    if !folder.is_dir() {
        return Err(Failure::unable(
            format!("{} is not a folder", shown(folder)),
            "name the folder that holds the documents",
        ));
    }
    let mut skipped = Vec::new();
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in WalkDir::new(folder) {
        match entry {
            Ok(entry) if entry.file_type().is_file() => files.push(entry.into_path()),
            Ok(_) => {}
            Err(error) => skipped.push(one_line(&error.to_string())),
        }
    }
    let relative = |path: &Path| path.strip_prefix(folder).unwrap_or(path).to_owned();
    files.sort_by_cached_key(|path| relative(path).into_os_string().into_encoded_bytes());
    let read: Vec<Result<Vec<u8>, String>> = files
        .par_iter()
        .map(|path| {
            let document = Document::read(path, &Limits::DEFAULT).map_err(|why| why.to_string())?;
            derive(&document, view).ok_or_else(|| format!("it has no view {view}"))
        })
        .collect();
    let (mut names, mut views) = (Vec::new(), Vec::new());
    for (path, outcome) in files.iter().zip(read) {
        let name = one_line(&relative(path).to_string_lossy());
        match outcome {
            Ok(view) => {
                names.push(name);
                views.push(view);
            }
            Err(reason) => skipped.push(format!("{name}: {reason}")),
        }
    }
    if views.is_empty() {
        return Err(Failure::refused(
            format!(
                "none of the {} files in {} has the view {view}",
                files.len(),
                shown(folder)
            ),
            "name the folder that holds the documents, or another view",
        ));
    }
    Ok(Collected {
        names,
        views,
        skipped,
    })
}
