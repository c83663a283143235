//! Outputs: written beside under another name, made durable, then renamed.

pub mod folder;

use crate::failure::{Failure, shown};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Who may look into an output.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// As the user's settings say: it is handed over.
    Usual,
    /// The owner alone: it holds secrets.
    Owner,
}

/// Writes a line to standard output. A closed pipe is not an error.
pub fn say(line: &str) {
    // Nobody is left to be told when standard output is gone.
    let _ = writeln!(io::stdout(), "{line}");
}

/// A file that does not exist under its name until [`Draft::publish`]. Dropped before, it leaves
/// nothing.
pub struct Draft {
    target: PathBuf,
    part: PathBuf,
    file: Option<BufWriter<File>>,
}

impl Draft {
    /// Starts a file in the folder of `target`, which must exist.
    ///
    /// # Errors
    /// When `target` exists and `force` is not set, or the folder cannot be written.
    pub fn create(target: &Path, force: bool, access: Access) -> Result<Self, Failure> {
        refuse_existing(target, force)?;
        let part = part_name(target);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        if access == Access::Owner {
            options.mode(0o600);
        }
        let file = options
            .open(&part)
            .map_err(|e| Failure::io("write", target, &e))?;
        Ok(Self {
            target: target.to_owned(),
            part,
            file: Some(BufWriter::new(file)),
        })
    }

    /// Appends bytes.
    ///
    /// # Errors
    /// When the disk refuses them.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let file = self
            .file
            .as_mut()
            .expect("a draft has its file until it is published");
        file.write_all(bytes)
            .map_err(|e| Failure::io("write", &self.target, &e))
    }

    /// Makes the file durable and gives it its name.
    ///
    /// # Errors
    /// When the disk refuses; then no output exists.
    pub fn publish(mut self) -> Result<(), Failure> {
        let file = self
            .file
            .take()
            .expect("a draft has its file until it is published");
        file.into_inner()
            .map_err(io::IntoInnerError::into_error)
            .and_then(|file| file.sync_all())
            .and_then(|()| fs::rename(&self.part, &self.target))
            .and_then(|()| sync_folder(&self.target))
            .map_err(|e| Failure::io("write", &self.target, &e))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // After a rename there is nothing to remove; a file that cannot be removed is not an output.
        let _ = fs::remove_file(&self.part);
    }
}

/// Writes a whole file as [`Draft`] does.
///
/// # Errors
/// As [`Draft::create`] and [`Draft::publish`].
pub fn write_file(target: &Path, bytes: &[u8], force: bool) -> Result<(), Failure> {
    let mut draft = Draft::create(target, force, Access::Usual)?;
    draft.write(bytes)?;
    draft.publish()
}

/// Removes what killed processes left of drafts whose target name satisfies `own`.
///
/// # Errors
/// When the folder cannot be listed or changed.
pub fn remove_parts(folder: &Path, own: impl Fn(&str) -> bool) -> Result<(), Failure> {
    let failed = |e: io::Error| Failure::io("clean up", folder, &e);
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        if name.to_str().and_then(target_of_part).is_some_and(&own) {
            fs::remove_file(entry.path()).map_err(failed)?;
        }
    }
    Ok(())
}

/// Refuses an existing output.
///
/// # Errors
/// When `target` exists and `force` is not set.
pub fn refuse_existing(target: &Path, force: bool) -> Result<(), Failure> {
    if !force && fs::symlink_metadata(target).is_ok() {
        return Err(Failure::unable(
            format!("{} exists", shown(target)),
            "choose another name, or repeat the command with --force to replace it",
        ));
    }
    Ok(())
}

/// `folder/.name.<process>.part`
fn part_name(target: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(format!(".{}.part", std::process::id()));
    target.with_file_name(name)
}

fn target_of_part(name: &str) -> Option<&str> {
    let (target, process) = name
        .strip_prefix('.')?
        .strip_suffix(".part")?
        .rsplit_once('.')?;
    process
        .bytes()
        .all(|b| b.is_ascii_digit())
        .then_some(target)
}

fn sync_folder(target: &Path) -> io::Result<()> {
    match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_exists_before_publishing() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("out.csv");
        let mut draft = Draft::create(&target, false, Access::Usual).unwrap();
        draft.write(b"half").unwrap();
        assert!(!target.exists());
        drop(draft);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        write_file(&target, b"whole", false).unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"whole");
        assert_eq!(write_file(&target, b"other", false).unwrap_err().code(), 2);
        assert_eq!(fs::read(&target).unwrap(), b"whole");
        write_file(&target, b"other", true).unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"other");
    }

    #[test]
    fn parts_of_killed_processes_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            ".a.proof.77.part",
            ".b.proof.78.part",
            "a.proof",
            ".a.proof.part",
        ] {
            fs::write(folder.path().join(name), b"x").unwrap();
        }
        remove_parts(folder.path(), |target| target == "a.proof").unwrap();
        assert!(!folder.path().join(".a.proof.77.part").exists());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }
}
