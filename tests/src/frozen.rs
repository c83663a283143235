//! Productions that were frozen: `cargo campaign freeze NAME` makes one, `tests/tests/frozen.rs`
//! demands that it stays verified.

use crate::families;
use crate::matter::{Matter, workspace};
use crate::programs::Programs;
use crate::small::SMALL;
use duces_kit::folder::copy_folder;
use duces_protocol::commitment::Commitment;
use duces_protocol::leaf::FileHasher;
use duces_protocol::profile::Families;
use duces_protocol::request::Request;
use duces_shell::{Failure, say, shown};
use std::fs;
use std::path::Path;

/// Where they are.
pub const FOLDER: &str = "fixtures/frozen";

/// How the name of a production with redacted documents ends.
const REDACTED: &str = "-redacted";

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
pub const FORMATS: [Frozen; 2] = [
    Frozen {
        name: "v1",
        commitment: "fe5c223d1585e2e8c10d82ec12561c4144d2ecc3f8b022d0ae272408a83d901e",
        request: "95bae9ccdefa988996019b7fdcd0726141ed554994666cccebb5dcad88f77c54",
        sums: "0b7e49202e93fd26099469dcd71a5af25e9561a9d66f823532858cb2c40a031d",
    },
    Frozen {
        name: "v1-redacted",
        commitment: "7fa1b45d2923f432bb40d3f44934966b052ec8c5e142e020ac673466a155ec08",
        request: "319346792c72fec9ea80ea5db47d760e13cf9469a1e568af630d0d9272b02c15",
        sums: "cce9323ba95b68f4d036adc55c06566d3d5010d9f41cf0315089d0af68703928",
    },
];

/// The line that judges one, in a folder that has the fixtures.
#[must_use]
pub fn judge(name: &str) -> String {
    let folder = format!("{FOLDER}/{name}");
    format!(
        "judge-verify production {folder}/production --commitment {folder}/commitment.txt \
         --request {folder}/small.request"
    )
}

/// `cargo campaign freeze NAME`: freezes a new production, and prints what [`FORMATS`] has to say of
/// it.
///
/// # Errors
/// When the folder exists, or standard output takes no more.
pub fn run(programs: Programs, name: &str) -> Result<(), Failure> {
    let folder = workspace().join(FOLDER).join(name);
    if folder.exists() {
        return Err(Failure::unable(
            format!("{} exists", shown(&folder)),
            "give another name; delete the folder only if its format was never released",
        ));
    }
    let matter = match name.ends_with(REDACTED) {
        true => families::redacted(programs),
        false => families::produced(programs, Families::Together),
    };
    let [commitment, request, sums] = freeze(&matter, &folder);
    say(format!(
        "commitment: {commitment}\nrequest: {request}\nsums: {sums}"
    ))
}

/// Copies the production of a matter under the request of [`crate::small`] to a folder that does not exist yet; returns
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
