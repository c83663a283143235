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
        commitment: "091a58514769375120e5b0128de9ed1bc686aad1ea14038cd6edf3c5ad1589a9",
        request: "6c185dfc30c44d7bd47561f8e55301700d6d8d9946ee518012996ef7207ad150",
        sums: "ea478d02168a62d45e4170679c0617ab1794dd504175d63a4797cf90b4be6b58",
    },
    Frozen {
        name: "v1-redacted",
        commitment: "59387fa3a3bb481adce946e5b3b8636b7503c8ed72d85f529df335645db7242e",
        request: "cbef5f2a64d4f9381841b132b4a36eef0d9f1014ead7f2e1f139a7d13aeae3ec",
        sums: "a4eb72edae90f41e5c43d800042f3022b8e5b70e0831917ef266af5f571145c2",
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
