//! Productions that were frozen: `campaign freeze NAME` makes one, `tests/tests/frozen.rs` demands that
//! it stays verified.

use crate::matter::Matter;
use crate::production::copy_folder;
use crate::small::SMALL;
use duces_protocol::commitment::Commitment;
use duces_protocol::leaf::FileHasher;
use duces_protocol::request::Request;
use std::fs;
use std::path::Path;

/// Where they are.
pub const FOLDER: &str = "fixtures/frozen";

/// One frozen production: its folder, and the digests that say that it is the one.
#[derive(Clone, Copy, Debug)]
pub struct Frozen {
    /// Its folder.
    pub name: &'static str,
    /// Digest of the commitment.
    pub commitment: &'static str,
    /// Digest of the request.
    pub request: &'static str,
    /// SHA-256 of `sha256sums.txt`, and so of every file of the production.
    pub sums: &'static str,
}

/// All of them, the oldest first.
pub const FORMATS: [Frozen; 1] = [Frozen {
    name: "v1",
    commitment: "756c187103a80ced3b67074d3e755b9f025791ce5080f468ab458babb6301ca0",
    request: "d07403661144bb43e5e6f31c64200fda652289c1c3bd8ea9de5b884445c524b4",
    sums: "f02e08635f0cf51c107c103d68ebc5657ca7f8b87b92f3a652bb4bffa85c99dd",
}];

/// The line that judges one, in a folder that has the fixtures.
#[must_use]
pub fn judge(name: &str) -> String {
    let folder = format!("{FOLDER}/{name}");
    format!(
        "judge-verify production {folder}/production --commitment {folder}/commitment.txt \
         --request {folder}/small.request"
    )
}

/// Copies the production of a [`crate::small`] matter to a folder that does not exist yet; returns
/// the three digests.
///
/// # Panics
/// When the folder exists, or a file cannot be read or written.
#[must_use]
pub fn freeze(matter: &Matter, folder: &Path) -> [String; 3] {
    assert!(!folder.exists(), "{} exists", folder.display());
    let production = format!("{}-production", SMALL.name);
    copy_folder(&matter.path(&production), &folder.join("production"));
    for (from, to) in [
        ("matter/commitment.txt", "commitment.txt"),
        ("small.request", "small.request"),
    ] {
        fs::copy(matter.path(from), folder.join(to)).expect("the file can be copied");
    }
    let text = fs::read_to_string(folder.join("commitment.txt")).expect("it was copied");
    let commitment = Commitment::parse(&text).expect("it is well formed");
    let request = fs::read(folder.join("small.request")).expect("it was copied");
    let request = Request::decode(&request).expect("it is well formed");
    let sums = fs::read(folder.join("production/sha256sums.txt")).expect("it was copied");
    [
        commitment.digest().to_string(),
        request.digest().to_string(),
        FileHasher::of(&sums).to_string(),
    ]
}
