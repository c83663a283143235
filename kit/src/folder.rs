//! A folder with a corpus and a profile, to run commands in.

use duces_protocol::commitment::Commitment;
use duces_protocol::request::Request;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The profile: a small view for each kind of file.
pub const PROFILE: &str = "[views]\nimages = [\"gray-4x4\"]\ntexts = [\"text-hash-64\"]\n";

/// The folder; it is removed in the end. The corpus is in `corpus`, the profile in `profile.toml`.
pub struct Folder(TempDir);

impl Folder {
    /// Writes the files of the corpus, and the profile.
    ///
    /// # Panics
    /// When they cannot be written.
    #[must_use]
    pub fn new(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Self {
        let folder = Self(tempfile::tempdir().expect("a temporary folder can be made"));
        fs::create_dir(folder.path("corpus")).expect("the folder is new");
        for (name, bytes) in files {
            fs::write(folder.path("corpus").join(name), bytes).expect("a file can be written");
        }
        fs::write(folder.path("profile.toml"), PROFILE).expect("a file can be written");
        folder
    }

    /// The folder itself.
    #[must_use]
    pub fn root(&self) -> &Path {
        self.0.path()
    }

    /// A path in the folder.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    /// The commitment that was written to the folder `out`.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn commitment(&self, out: &str) -> Commitment {
        let text = fs::read_to_string(self.path(out).join("commitment.txt"));
        Commitment::parse(&text.expect("it was written")).expect("it is a commitment")
    }

    /// Writes a request.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn write_request(&self, name: &str, request: &Request) {
        fs::write(self.path(name), request.encode()).expect("a file can be written");
    }
}

/// Copies a folder with all that is in it.
///
/// # Panics
/// When a file cannot be copied.
pub fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the copy can be made");
    for entry in fs::read_dir(from).expect("the folder can be read") {
        let entry = entry.expect("the folder can be read");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("the file can be copied");
        }
    }
}
