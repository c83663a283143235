//! Files that a program writes: made beside their place under another name, made durable, then
//! renamed.

use crate::failure::{Failure, shown};
use rand_core::{OsRng, RngCore};
use std::ffi::OsString;
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

/// A file that does not exist under its name until [`NewFile::publish`]. Dropped before, it leaves
/// nothing.
pub struct NewFile {
    target: PathBuf,
    force: bool,
    part: PathBuf,
    file: Option<BufWriter<File>>,
}

impl NewFile {
    /// Starts a file.
    ///
    /// # Errors
    /// As [`check_file`], and when the system refuses.
    pub fn create(target: &Path, force: bool, access: Access) -> Result<Self, Failure> {
        check_file(target, force)?;
        let part = fresh(target, "part");
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        if access == Access::Owner {
            options.mode(0o600);
        }
        let file = options.open(&part);
        let file = file.map_err(|error| Failure::io("write", target, &error))?;
        Ok(Self {
            target: target.to_owned(),
            force,
            part,
            file: Some(BufWriter::new(file)),
        })
    }

    /// Appends bytes.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let file = self
            .file
            .as_mut()
            .expect("it is open until it is published");
        file.write_all(bytes)
            .map_err(|error| Failure::io("write", &self.target, &error))
    }

    /// Makes the file durable and gives it its name.
    ///
    /// # Errors
    /// When the system refuses, or something took the name meanwhile; then nothing is written.
    pub fn publish(mut self) -> Result<(), Failure> {
        refuse_existing(&self.target, self.force)?;
        let file = self.file.take().expect("it is open until it is published");
        file.into_inner()
            .map_err(io::IntoInnerError::into_error)
            .and_then(|file| file.sync_all())
            .and_then(|()| fs::rename(&self.part, &self.target))
            .and_then(|()| File::open(folder_of(&self.target))?.sync_all())
            .map_err(|error| Failure::io("write", &self.target, &error))
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        // After a rename there is nothing to remove; a file that cannot be removed is not an output.
        let _ = fs::remove_file(&self.part);
    }
}

/// Writes a whole file as [`NewFile`] does.
///
/// # Errors
/// As [`NewFile::create`] and [`NewFile::publish`].
pub fn write_file(target: &Path, bytes: &[u8], force: bool) -> Result<(), Failure> {
    let mut file = NewFile::create(target, force, Access::Usual)?;
    file.write(bytes)?;
    file.publish()
}

/// Checks that a file can be written here: called before long work.
///
/// # Errors
/// When the target exists and `force` is not set, is a folder, or would stand in a folder that does
/// not exist.
pub fn check_file(target: &Path, force: bool) -> Result<(), Failure> {
    if target.is_dir() || target.file_name().is_none() {
        return Err(Failure::unable(
            format!("{} does not name a file", shown(target)),
            "give the name of the file to write",
        ));
    }
    refuse_existing(target, force)?;
    let folder = folder_of(target);
    if !folder.is_dir() {
        return Err(Failure::unable(
            format!("there is no folder {}", shown(folder)),
            "make the folder first, or choose another",
        ));
    }
    Ok(())
}

/// Refuses an output that exists.
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

/// Removes what killed processes left of files whose name satisfies `own`.
///
/// # Errors
/// When the folder cannot be listed or changed.
pub fn remove_parts(folder: &Path, own: impl Fn(&str) -> bool) -> Result<(), Failure> {
    let failed = |error: io::Error| Failure::io("clean up", folder, &error);
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        if name.to_str().and_then(target_of_part).is_some_and(&own) {
            fs::remove_file(entry.path()).map_err(failed)?;
        }
    }
    Ok(())
}

/// A name beside the target that no other process takes: `folder/.name.<number>.ending`. The number is
/// random, because processes of several machines may share the folder, where process ids repeat.
pub(crate) fn fresh(target: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(format!(".{}.{ending}", OsRng.next_u64()));
    target.with_file_name(name)
}

/// The target's name, from the name of its part: `.name.<number>.part`.
pub(crate) fn target_of_part(name: &str) -> Option<&str> {
    let inner = name.strip_prefix('.')?.strip_suffix(".part")?;
    let (target, number) = inner.rsplit_once('.')?;
    let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    is_number.then_some(target)
}

/// The folder that a path stands in.
pub(crate) fn folder_of(target: &Path) -> &Path {
    match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn nothing_exists_before_publishing() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("out.csv");
        let mut file = NewFile::create(&target, false, Access::Owner).unwrap();
        file.write(b"half").unwrap();
        assert!(!target.exists());
        drop(file);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        write_file(&target, b"whole", false).unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"whole");
        assert_eq!(write_file(&target, b"other", false).unwrap_err().code(), 2);
        assert_eq!(fs::read(&target).unwrap(), b"whole");
        write_file(&target, b"other", true).unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"other");
    }

    #[test]
    fn what_appears_meanwhile_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("out.csv");
        let file = NewFile::create(&target, false, Access::Owner).unwrap();
        fs::write(&target, b"theirs").unwrap();
        assert_eq!(file.publish().unwrap_err().code(), 2);
        assert_eq!(fs::read(&target).unwrap(), b"theirs");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn two_writers_of_one_file_do_not_meet() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.proof");
        let [mut one, mut other] =
            [(); 2].map(|()| NewFile::create(&target, true, Access::Usual).unwrap());
        one.write(b"one").unwrap();
        other.write(b"other").unwrap();
        one.publish().unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"one");
        other.publish().unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"other");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn secrets_are_the_owners() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("matches.csv");
        let mut file = NewFile::create(&target, false, Access::Owner).unwrap();
        file.write(b"secret").unwrap();
        file.publish().unwrap();
        let mode = fs::metadata(&target).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn places_where_no_file_can_be_written_are_found_first() {
        let folder = tempfile::tempdir().unwrap();
        for (name, needle) in [
            ("", "does not name a file"),
            ("..", "does not name a file"),
            ("none/out", "there is no folder"),
        ] {
            for force in [false, true] {
                let error = check_file(&folder.path().join(name), force).unwrap_err();
                assert_eq!(error.code(), 2);
                assert!(error.what.contains(needle), "{error}");
            }
        }
        check_file(&folder.path().join("out"), false).unwrap();
        assert!(check_file(Path::new(""), true).is_err());
    }

    #[test]
    fn parts_of_killed_processes_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            ".a.proof.77.part",
            ".b.proof.78.part",
            "a.proof",
            ".a.proof.part",
            ".a.proof..part",
        ] {
            fs::write(folder.path().join(name), b"x").unwrap();
        }
        remove_parts(folder.path(), |target| target == "a.proof").unwrap();
        assert!(!folder.path().join(".a.proof.77.part").exists());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4);
    }
}
