//! Word and PowerPoint until 2003, and what such files embed.

pub mod powerpoint;
pub mod word;

use crate::extraction::{Options, Part, Reason};
use crate::office::ole::{self, Compound};

/// The files that are embedded in a document: storages of `ObjectPool`, and those of workbooks, whose
/// names begin with `MBD`.
///
/// # Errors
/// As [`Compound::read`]; [`Reason::Limit`].
pub fn embedded(file: &mut Compound, options: &Options) -> Result<Vec<Part>, Reason> {
    let mut storages: Vec<String> = Vec::new();
    for (name, is_storage) in file.list("/") {
        if is_storage && name.starts_with("MBD") {
            storages.push(format!("/{name}"));
        }
    }
    for (name, is_storage) in file.list("/ObjectPool") {
        if is_storage {
            storages.push(format!("/ObjectPool/{name}"));
        }
    }
    if storages.len() as u64 > u64::from(options.limits.parts) {
        return Err(Reason::Limit);
    }
    let mut parts = Vec::new();
    for storage in storages {
        parts.extend(ole::objects(file, &storage)?);
    }
    Ok(parts)
}
