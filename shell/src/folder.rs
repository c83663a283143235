//! A folder that a program writes: made beside its place under another name, renamed when it is
//! whole.

use crate::failure::Failure;
use crate::output::{Access, folder_of, fresh, refuse_existing, target_of_part};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufWriter};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// A folder that is being made. Dropped before [`NewFolder::publish`], it leaves nothing.
pub struct NewFolder {
    target: PathBuf,
    part: PathBuf,
    subfolders: &'static [&'static str],
    published: bool,
}

impl NewFolder {
    /// Makes the folder beside `target`, with its subfolders; removes what killed processes left
    /// there.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn create(
        target: &Path,
        subfolders: &'static [&'static str],
        access: Access,
    ) -> Result<Self, Failure> {
        let failed = |error: io::Error| Failure::io("write", target, &error);
        remove_leftovers(target).map_err(failed)?;
        let folder = Self {
            target: target.to_owned(),
            part: fresh(target, "part"),
            subfolders,
            published: false,
        };
        let mut builder = DirBuilder::new();
        if access == Access::Owner {
            builder.mode(0o700);
        }
        builder.create(&folder.part).map_err(failed)?;
        for name in subfolders {
            builder.create(folder.part.join(name)).map_err(failed)?;
        }
        Ok(folder)
    }

    /// Writes a file at a path of the folder.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        self.copy(name, bytes)
    }

    /// Writes a file that its owner alone may read.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn write_secret(&self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        let mut options = OpenOptions::new();
        self.fill(
            name,
            bytes,
            options.write(true).create_new(true).mode(0o600),
        )
    }

    /// Writes a file at a path of the folder, piece by piece.
    ///
    /// # Errors
    /// When the system refuses, in reading or in writing.
    pub fn copy(&self, name: &str, from: impl io::Read) -> Result<(), Failure> {
        self.fill(name, from, OpenOptions::new().write(true).create_new(true))
    }

    /// Writes a file at a path of the folder with what `write` puts into it.
    ///
    /// # Errors
    /// When the system refuses, and those of `write`.
    pub fn write_with(
        &self,
        name: &str,
        write: impl FnOnce(&mut BufWriter<File>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        self.make(name, OpenOptions::new().write(true).create_new(true), write)
    }

    fn fill(&self, name: &str, mut from: impl io::Read, how: &OpenOptions) -> Result<(), Failure> {
        self.make(name, how, |file| {
            let copied = io::copy(&mut from, file);
            copied.map_err(|error| Failure::io("write", &self.part.join(name), &error))?;
            Ok(())
        })
    }

    fn make(
        &self,
        name: &str,
        how: &OpenOptions,
        write: impl FnOnce(&mut BufWriter<File>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let path = self.part.join(name);
        let failed = |error: io::Error| Failure::io("write", &path, &error);
        let mut file = BufWriter::new(how.open(&path).map_err(failed)?);
        write(&mut file)?;
        let file = file.into_inner();
        let file = file.map_err(|error| failed(error.into_error()))?;
        file.sync_all().map_err(failed)
    }

    /// Gives the folder its name; with `replace`, whatever has that name is removed.
    ///
    /// # Errors
    /// When the system refuses; then whatever had the name before has it still.
    pub fn publish(mut self, replace: bool) -> Result<(), Failure> {
        refuse_existing(&self.target, replace)?;
        let old = fresh(&self.target, "old");
        let replaced = fs::symlink_metadata(&self.target).is_ok();
        let renamed = || {
            for name in self.subfolders {
                File::open(self.part.join(name))?.sync_all()?;
            }
            File::open(&self.part)?.sync_all()?;
            if replaced {
                fs::rename(&self.target, &old)?;
            }
            fs::rename(&self.part, &self.target).inspect_err(|_| {
                if replaced {
                    // The first error is the one to report; the old folder is put back.
                    let _ = fs::rename(&old, &self.target);
                }
            })?;
            File::open(folder_of(&self.target))?.sync_all()
        };
        renamed().map_err(|error| Failure::io("write", &self.target, &error))?;
        self.published = true;
        if replaced {
            fs::remove_dir_all(&old).map_err(|error| Failure::io("remove", &old, &error))?;
        }
        Ok(())
    }
}

impl Drop for NewFolder {
    fn drop(&mut self) {
        if !self.published {
            // What cannot be removed is under a hidden name, and no output.
            let _ = fs::remove_dir_all(&self.part);
        }
    }
}

fn remove_leftovers(target: &Path) -> io::Result<()> {
    let Some(name) = target.file_name().and_then(|name| name.to_str()) else {
        return Ok(());
    };
    for entry in fs::read_dir(folder_of(target))? {
        let entry = entry?;
        let left = entry.file_name();
        if left.to_str().and_then(target_of_part) == Some(name) {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn nothing_is_left_of_a_folder_that_failed() {
        let root = tempfile::tempdir().unwrap();
        let target = root.path().join("production");
        fs::create_dir(root.path().join(".production.77.part")).unwrap();
        fs::create_dir(root.path().join(".production.x.part")).unwrap();
        let folder = NewFolder::create(&target, &["natives"], Access::Usual).unwrap();
        folder.write("natives/A0000001.txt", b"memo").unwrap();
        assert!(folder.write("natives/A0000001.txt", b"memo").is_err());
        drop(folder);
        let left: Vec<_> = fs::read_dir(root.path()).unwrap().collect();
        assert_eq!(left.len(), 1);
    }

    #[test]
    fn a_folder_with_secrets_is_the_owners() {
        let root = tempfile::tempdir().unwrap();
        let target = root.path().join("opened");
        let folder = NewFolder::create(&target, &["files"], Access::Owner).unwrap();
        folder.publish(false).unwrap();
        for path in [target.clone(), target.join("files")] {
            let mode = fs::metadata(path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o700);
        }
        let again = NewFolder::create(&target, &[], Access::Owner).unwrap();
        assert_eq!(again.publish(false).unwrap_err().code(), 2);
        let again = NewFolder::create(&target, &[], Access::Owner).unwrap();
        again.publish(true).unwrap();
        assert_eq!(fs::read_dir(&target).unwrap().count(), 0);
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
    }
}
