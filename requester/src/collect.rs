//! Views of the documents in a folder and of their parts, in the order of their relative paths.
//!
//! Files are read as `responder commit` reads them: each part, and where the view is of images each
//! page, is a row of its own, after the file that holds it.

use duces_extract::worker::{Budget, Extractor, Isolation, Member, Pool, walk};
use duces_extract::{self as extract, Options};
use duces_protocol::view::{Kind, View};
use duces_shell::read::{self, ReadError};
use duces_shell::{Failure, extractor, one_line, shown};
use duces_views::derive;
use rayon::prelude::*;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// Views computed from a folder.
pub struct Collected {
    /// Relative path of each document, printable; of a part, the path of what holds it and its own
    /// name after ` > `.
    pub names: Vec<String>,
    /// Its view.
    pub views: Vec<Vec<u8>>,
    /// Files and parts without the view, each with the reason.
    pub skipped: Vec<String>,
}

/// A row, or why there is none: the name of a file or part, and its view or the reason.
type Row = (String, Result<Vec<u8>, String>);

/// Reads every file in a folder and below with `program`, or with the extractor beside this program.
/// Links are not followed.
///
/// # Errors
/// When the folder cannot be read, the extractor cannot run, or no document has the view.
pub fn collect(folder: &Path, view: View, program: Option<&Path>) -> Result<Collected, Failure> {
    if !folder.is_dir() {
        return Err(Failure::unable(
            format!("{} is not a folder", shown(folder)),
            "name the folder that holds the documents",
        ));
    }
    let pool = start(view, program)?;
    let mut skipped = Vec::new();
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in WalkDir::new(folder) {
        match entry {
            Ok(entry) if entry.file_type().is_file() => files.push(entry.into_path()),
            Ok(entry) if entry.file_type().is_symlink() => {
                let path = entry.path().strip_prefix(folder).unwrap_or(entry.path());
                skipped.push(format!("{}: it is a symbolic link", shown(path)));
            }
            Ok(_) => {}
            Err(error) => skipped.push(one_line(&error.to_string())),
        }
    }
    let relative = |path: &Path| path.strip_prefix(folder).unwrap_or(path).to_owned();
    files.sort_by_cached_key(|path| relative(path).into_os_string().into_encoded_bytes());
    let families = files
        .par_iter()
        .map(|path| {
            family(
                &pool,
                path,
                &one_line(&relative(path).to_string_lossy()),
                view,
            )
        })
        .collect::<Result<Vec<_>, Failure>>()?;
    let (mut names, mut views) = (Vec::new(), Vec::new());
    for (name, outcome) in families.into_iter().flatten() {
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

/// Starts the extractor. Pages are wanted where the view is of images, as a profile says by default.
fn start(view: View, program: Option<&Path>) -> Result<Pool, Failure> {
    let program = match program {
        Some(program) => {
            std::path::absolute(program).map_err(|error| Failure::io("use", program, &error))?
        }
        None => extractor::beside()?,
    };
    let options = Options {
        pages: view.kind() == Kind::Image,
        limits: extract::Limits::DEFAULT,
    };
    let extractor = Extractor::start(&program, options, Budget::DEFAULT);
    Ok(Pool::new(
        extractor.map_err(extractor::failure)?,
        Isolation::Shared,
    ))
}

/// The rows of one file: its own, then those of all that it holds.
fn family(pool: &Pool, path: &Path, name: &str, view: View) -> Result<Vec<Row>, Failure> {
    let limit = pool.extractor().options().limits.input_bytes;
    let bytes = match read::bytes(path, limit) {
        Ok(bytes) => bytes,
        Err(error) => {
            let reason = match error {
                ReadError::Io(error) => error.to_string(),
                ReadError::NotAFile => "it is no regular file any more".to_owned(),
                ReadError::TooLong => format!("it has more than {limit} bytes"),
            };
            return Ok(vec![(name.to_owned(), Err(reason))]);
        }
    };
    let file_name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut names: Vec<String> = Vec::new();
    let mut rows = Vec::new();
    for member in walk(pool, bytes, &file_name) {
        let member = member.map_err(extractor::failure)?;
        let own = member_name(&member, name, &names);
        names.push(own.clone());
        let row = match member.rendition {
            Ok(rendition) => derive(&extractor::rendition(rendition), view)
                .ok_or_else(|| format!("it has no view {view}")),
            Err(reason) => Err(reason.to_string()),
        };
        rows.push((own, row));
    }
    Ok(rows)
}

/// `mail.eml`, and `mail.eml > figures.xlsx` for what is attached to it.
fn member_name(member: &Member, file: &str, names: &[String]) -> String {
    match member.parent {
        None => file.to_owned(),
        Some(parent) => {
            let holder = names.get(parent as usize).map_or(file, String::as_str);
            format!("{holder} > {}", extract::visible(&member.name))
        }
    }
}
