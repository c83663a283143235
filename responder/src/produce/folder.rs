//! The folder of a production while it is made: beside its final name, renamed when it is whole.

use crate::failure::{Failure, shown};
use crate::output::refuse_existing;
use duces_protocol::digest::Digest;
use duces_protocol::leaf::FileHasher;
use duces_protocol::production::manifest::Manifest;
use duces_protocol::production::names;
use duces_protocol::production::sums::Sums;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Refuses a target that exists; with `force`, one that is not a production.
///
/// # Errors
/// When there is something that would be overwritten.
pub fn check_target(target: &Path, force: bool) -> Result<(), Failure> {
    refuse_existing(target, force)?;
    if target.file_name().is_none() {
        return Err(Failure::unable(
            format!("{} is not a name for a new folder", shown(target)),
            "end the path with the name of the production",
        ));
    }
    if fs::symlink_metadata(target).is_ok() && !is_production(target) {
        return Err(Failure::unable(
            format!(
                "{} is not a production, so --force does not replace it",
                shown(target)
            ),
            "choose another name, or remove it yourself",
        ));
    }
    Ok(())
}

fn is_production(path: &Path) -> bool {
    let folder = fs::symlink_metadata(path).is_ok_and(|about| about.is_dir());
    folder
        && fs::read(path.join(names::MANIFEST)).is_ok_and(|bytes| Manifest::parse(&bytes).is_ok())
}

/// A production under way. Dropped before [`Folder::publish`], it leaves nothing.
pub struct Folder {
    target: PathBuf,
    part: PathBuf,
    sums: Sums,
    published: bool,
}

impl Folder {
    /// Makes the folder beside `target`; removes what killed processes left there.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn create(target: &Path) -> Result<Self, Failure> {
        let failed = |error: io::Error| Failure::io("write", target, &error);
        remove_leftovers(target).map_err(failed)?;
        let part = beside(target, &format!("{}.part", std::process::id()));
        let folder = Self {
            target: target.to_owned(),
            part,
            sums: Sums::new(),
            published: false,
        };
        fs::create_dir(&folder.part).map_err(failed)?;
        for name in [names::NATIVES, names::PROOFS] {
            fs::create_dir(folder.part.join(name)).map_err(failed)?;
        }
        Ok(folder)
    }

    /// Writes a file at a path of the production, and notes its digest.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        self.store(name, bytes)?;
        let mut hasher = FileHasher::new();
        hasher.update(bytes);
        self.note(name, hasher.finish());
        Ok(())
    }

    fn note(&mut self, name: &str, digest: Digest) {
        let path = name
            .parse()
            .expect("names of a production are relative paths");
        self.sums.insert(path, digest);
    }

    fn store(&self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        let path = self.part.join(name);
        File::create_new(&path)
            .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
            .map_err(|error| Failure::io("write", &path, &error))
    }

    /// Writes the list of digests and gives the folder its name.
    ///
    /// # Errors
    /// When the system refuses; then no production exists that was not there before.
    pub fn publish(mut self, force: bool) -> Result<(), Failure> {
        self.store(names::SUMS, self.sums.to_text().as_bytes())?;
        check_target(&self.target, force)?;
        let old = beside(&self.target, &format!("{}.old", std::process::id()));
        let replaced = fs::symlink_metadata(&self.target).is_ok();
        let renamed = || {
            for folder in [
                self.part.join(names::NATIVES),
                self.part.join(names::PROOFS),
            ] {
                File::open(folder)?.sync_all()?;
            }
            File::open(&self.part)?.sync_all()?;
            if replaced {
                fs::rename(&self.target, &old)?;
            }
            fs::rename(&self.part, &self.target).inspect_err(|_| {
                if replaced {
                    // The first error is the one to report; the old production is put back.
                    let _ = fs::rename(&old, &self.target);
                }
            })?;
            File::open(parent(&self.target))?.sync_all()
        };
        renamed().map_err(|error| Failure::io("write", &self.target, &error))?;
        self.published = true;
        if replaced {
            fs::remove_dir_all(&old).map_err(|error| Failure::io("remove", &old, &error))?;
        }
        Ok(())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.published {
            // What cannot be removed is under a hidden name, and not a production.
            let _ = fs::remove_dir_all(&self.part);
        }
    }
}

/// `folder/.name.ending`
fn beside(target: &Path, ending: &str) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(format!(".{ending}"));
    target.with_file_name(name)
}

fn parent(target: &Path) -> &Path {
    match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn remove_leftovers(target: &Path) -> io::Result<()> {
    let Some(name) = target.file_name().and_then(|name| name.to_str()) else {
        return Ok(());
    };
    for entry in fs::read_dir(parent(target))? {
        let entry = entry?;
        let left = entry.file_name();
        let process = left.to_str().and_then(|left| {
            left.strip_prefix('.')?
                .strip_prefix(name)?
                .strip_prefix('.')?
                .strip_suffix(".part")
        });
        if process.is_some_and(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit())) {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_of_a_production_that_failed() {
        let root = tempfile::tempdir().unwrap();
        let target = root.path().join("production");
        fs::create_dir(root.path().join(".production.77.part")).unwrap();
        fs::create_dir(root.path().join(".production.x.part")).unwrap();
        let mut folder = Folder::create(&target).unwrap();
        folder.write("natives/A0000001.txt", b"memo").unwrap();
        assert!(folder.write("natives/A0000001.txt", b"memo").is_err());
        drop(folder);
        let left: Vec<_> = fs::read_dir(root.path()).unwrap().collect();
        assert_eq!(left.len(), 1);
    }

    #[test]
    fn only_productions_are_replaced() {
        let root = tempfile::tempdir().unwrap();
        let target = root.path().join("production");
        Folder::create(&target).unwrap().publish(false).unwrap();
        assert!(target.join(names::SUMS).exists());
        assert_eq!(check_target(&target, false).unwrap_err().code(), 2);
        assert_eq!(check_target(&target, true).unwrap_err().code(), 2);
        let manifest = Manifest {
            commitment: Digest([1; 32]),
            request: Digest([2; 32]),
            items: 1,
            width: 11,
            bates_prefix: "A".parse().unwrap(),
        };
        fs::write(target.join(names::MANIFEST), manifest.to_json()).unwrap();
        check_target(&target, true).unwrap();
        Folder::create(&target).unwrap().publish(true).unwrap();
        assert!(!target.join(names::MANIFEST).exists());
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
    }
}
