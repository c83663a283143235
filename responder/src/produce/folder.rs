//! The folder of a production while it is made, with the digests of its files.

use duces_protocol::digest::Digest;
use duces_protocol::leaf::FileHasher;
use duces_protocol::production::manifest::{self, Manifest};
use duces_protocol::production::names;
use duces_protocol::production::sums::Sums;
use duces_shell::folder::NewFolder;
use duces_shell::output::{Access, refuse_existing};
use duces_shell::{Failure, read, shown};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Refuses a target that exists; with `force`, one that is not a production.
///
/// # Errors
/// When there is something that would be overwritten.
pub fn check_target(target: &Path, force: bool) -> Result<(), Failure> {
    refuse_existing(target, force)?;
    if target.file_name().is_none() {
        return Err(Failure::unable(
            format!("{} does not name a new folder", shown(target)),
            "give the name of the folder to write",
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
        && read::bytes(&path.join(names::MANIFEST), manifest::MAX_BYTES)
            .is_ok_and(|bytes| Manifest::parse(&bytes).is_ok())
}

/// A production that is being made. Dropped before [`Production::publish`], it leaves nothing.
pub struct Production {
    target: PathBuf,
    folder: NewFolder,
    sums: Sums,
}

impl Production {
    /// Makes the folder beside `target`.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn create(target: &Path) -> Result<Self, Failure> {
        let subfolders = &[names::NATIVES, names::TEXT, names::IMAGES, names::PROOFS];
        Ok(Self {
            target: target.to_owned(),
            folder: NewFolder::create(target, subfolders, Access::Usual)?,
            sums: Sums::new(),
        })
    }

    /// Writes a file at a path of the production, and notes its digest.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        self.folder.write(name, bytes)?;
        self.note(name, FileHasher::of(bytes));
        Ok(())
    }

    /// Writes a file at a path of the production with what `write` puts into it, and notes its digest.
    ///
    /// # Errors
    /// When the system refuses, and those of `write`.
    pub fn write_with(
        &mut self,
        name: &str,
        write: impl FnOnce(&mut Hashed<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut digest = None;
        self.folder.write_with(name, |file| {
            let mut hashed = Hashed {
                file,
                hasher: FileHasher::new(),
            };
            write(&mut hashed)?;
            digest = Some(hashed.hasher.finish());
            Ok(())
        })?;
        self.note(name, digest.expect("the file was written"));
        Ok(())
    }

    fn note(&mut self, name: &str, digest: Digest) {
        let path = name
            .parse()
            .expect("names of a production are relative paths");
        self.sums.insert(path, digest);
    }

    /// Writes the list of digests and gives the folder its name.
    ///
    /// # Errors
    /// When the system refuses; then whatever had the name before has it still.
    pub fn publish(self, force: bool) -> Result<(), Failure> {
        self.folder
            .write(names::SUMS, self.sums.to_text().as_bytes())?;
        check_target(&self.target, force)?;
        self.folder.publish(force)
    }
}

/// A file that is being written, and what its digest will be.
pub struct Hashed<'a> {
    file: &'a mut BufWriter<File>,
    hasher: FileHasher,
}

impl Write for Hashed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_productions_are_replaced() {
        let root = tempfile::tempdir().unwrap();
        let target = root.path().join("production");
        let create = || Production::create(&target).unwrap();
        create().publish(false).unwrap();
        assert!(target.join(names::SUMS).exists());
        assert_eq!(check_target(&target, false).unwrap_err().code(), 2);
        assert_eq!(check_target(&target, true).unwrap_err().code(), 2);
        let manifest = Manifest {
            commitment: Digest([1; 32]),
            request: Digest([2; 32]),
            items: 1,
            width: 11,
            k: 11,
            lanes: 1,
            bates_prefix: "A".parse().unwrap(),
        };
        fs::write(target.join(names::MANIFEST), manifest.to_json()).unwrap();
        check_target(&target, true).unwrap();
        create().publish(true).unwrap();
        assert!(!target.join(names::MANIFEST).exists());
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
    }
}
