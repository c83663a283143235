//! Signatures and time stamps that stand beside the files of a matter: `[format-signatures]` in
//! docs/protocol.md section 7.1, "Signatures and time".
//!
//! | of | signed are the bytes of | namespace | signature |
//! |---|---|---|---|
//! | commitment | its file | `duces-commitment` | file name and `.sig` |
//! | request | its file | `duces-request` | likewise |
//! | production | its `sha256sums.txt`, which lists every other file | `duces-production` | folder name and `.sig` |
//! | verdict | the JSON report | `duces-verdict` | file name and `.sig` |
//!
//! They have the form that `ssh-keygen -Y sign` writes, and that program checks them (`keygen`): no
//! signature scheme is in this one. What is given to it are the bytes that were judged.
//!
//! A token of RFC 3161 (file name and `.tsr`) is looked for, and never checked here.
//!
//! Not shown: whose a key is. The list of allowed signers says so; whoever gives it vouches for it.

mod command;
mod keygen;

pub use command::run;

use crate::checks::{Inputs, Outcome};
use crate::files;
use duces_protocol::commitment::{self, Commitment};
use duces_protocol::digest::Digest;
use duces_protocol::leaf::FileHasher;
use duces_protocol::production::names;
use duces_protocol::request::{self, AnyRequest};
use duces_shell::{Failure, shown};
use keygen::Keygen;
use serde::Serialize;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The largest file of sums, and the largest verdict, whose signature is checked.
const MAX_SIGNED: u64 = 1 << 30;

/// What a signature is of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Of {
    /// `commitment.txt`
    Commitment,
    /// The request
    Request,
    /// A production: its `sha256sums.txt`
    Production,
    /// The JSON report of 'judge-verify production'
    Verdict,
}

impl Of {
    /// Its word in reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Commitment => "commitment",
            Self::Request => "request",
            Self::Production => "production",
            Self::Verdict => "verdict",
        }
    }

    /// The namespace of its signatures.
    #[must_use]
    pub fn namespace(self) -> &'static str {
        match self {
            Self::Commitment => "duces-commitment",
            Self::Request => "duces-request",
            Self::Production => "duces-production",
            Self::Verdict => "duces-verdict",
        }
    }
}

/// How a signature stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase", tag = "result")]
pub enum Standing {
    /// There is none.
    None,
    /// It holds, and the list of allowed signers has its key.
    Good {
        /// The signer, as the list names it.
        signer: String,
        /// The key: its type and fingerprint.
        key: String,
    },
    /// It holds, but the list of allowed signers does not allow its key, or not for this.
    Unknown {
        /// The key: its type and fingerprint.
        key: String,
    },
    /// It does not hold.
    Bad {
        /// What the program said.
        why: String,
    },
    /// It was not checked.
    #[serde(rename = "not checked")]
    NotChecked {
        /// Why not.
        why: String,
    },
}

/// A signature, or the place of one.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Signature {
    /// What it is of.
    pub of: Of,
    /// Its file.
    pub file: String,
    /// How it stands.
    #[serde(flatten)]
    pub standing: Standing,
}

/// A time stamp that was found, and not checked.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Stamp {
    /// What it is of.
    pub of: Of,
    /// Its file.
    pub file: String,
    /// The command that checks it, but for the certificates.
    pub command: String,
}

/// What was found beside the files.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Signatures {
    /// What checked them, if anything did.
    pub checked_by: Option<String>,
    /// One for each file.
    pub signatures: Vec<Signature>,
    /// Time stamps.
    pub stamps: Vec<Stamp>,
}

/// A file that can be signed.
struct Signed {
    of: Of,
    /// The file or folder beside which the signature stands.
    beside: PathBuf,
    /// The file whose bytes are signed.
    file: PathBuf,
    limit: u64,
}

impl Signed {
    fn new(of: Of, path: &Path) -> Self {
        let (file, limit) = match of {
            Of::Commitment => (path.to_owned(), commitment::MAX_BYTES as u64),
            Of::Request => (path.to_owned(), request::MAX_BYTES as u64),
            Of::Production => (path.join(names::SUMS), MAX_SIGNED),
            Of::Verdict => (path.to_owned(), MAX_SIGNED),
        };
        // Without the slash at the end of a folder.
        let beside = path.components().collect();
        Self {
            of,
            beside,
            file,
            limit,
        }
    }

    fn with(&self, end: &str) -> PathBuf {
        let mut name = OsString::from(&self.beside);
        name.push(end);
        PathBuf::from(name)
    }

    /// How the signature in this file stands, over bytes that are the judged ones.
    fn standing(
        &self,
        signature: &Path,
        keygen: &Result<Keygen, String>,
        judged: impl Fn(&[u8]) -> bool,
    ) -> Standing {
        let not_checked = |why: String| Standing::NotChecked { why };
        let keygen = match keygen {
            Ok(keygen) => keygen,
            Err(why) => return not_checked(why.clone()),
        };
        match files::read_named(&self.file, self.limit, self.of.word()) {
            Ok(bytes) if judged(&bytes) => keygen.check(self.of.namespace(), signature, &bytes),
            Ok(_) => not_checked("the file was changed since it was judged".to_owned()),
            Err(_) => not_checked("the signed file cannot be read".to_owned()),
        }
    }
}

/// Whether a list of allowed signers is there.
///
/// # Errors
/// When it is not.
pub fn check_list(signers: &Path) -> Result<(), Failure> {
    if signers.is_file() {
        return Ok(());
    }
    Err(Failure::unable(
        format!("there is no list of allowed signers {}", shown(signers)),
        "name a file in the form of ssh-keygen: a line for each key, with its signer before it",
    ))
}

/// Looks for signatures and time stamps, and has the signatures checked where there is a list of
/// allowed signers; none where not even the files could be decoded, or nothing is there and nobody asked.
#[must_use]
pub fn look(inputs: &Inputs, outcome: &Outcome, signers: Option<&Path>) -> Option<Signatures> {
    let matter = outcome.matter.as_ref()?;
    let keygen = match signers {
        Some(signers) => Keygen::new(signers),
        None => Err("no list of allowed signers was given (--signers)".to_owned()),
    };
    let mut found = Signatures {
        checked_by: keygen.as_ref().ok().map(|keygen| keygen.about().to_owned()),
        signatures: Vec::new(),
        stamps: Vec::new(),
    };
    for (of, path, digest) in [
        (Of::Commitment, &inputs.commitment, matter.commitment),
        (Of::Request, &inputs.request, matter.request),
        (Of::Production, &inputs.production, matter.production),
    ] {
        let signed = Signed::new(of, path);
        let file = signed.with(".sig");
        let standing = if file.is_file() {
            signed.standing(&file, &keygen, |bytes| digest_of(of, bytes) == Some(digest))
        } else {
            Standing::None
        };
        found.signatures.push(Signature {
            of,
            file: file.to_string_lossy().into_owned(),
            standing,
        });
        found.stamps.extend(stamp(&signed));
    }
    let none = found
        .signatures
        .iter()
        .all(|it| it.standing == Standing::None);
    let asked = signers.is_some();
    (asked || !none || !found.stamps.is_empty()).then_some(found)
}

/// The digest by which the checks know a file.
fn digest_of(of: Of, bytes: &[u8]) -> Option<Digest> {
    match of {
        Of::Commitment => {
            let text = std::str::from_utf8(bytes).ok()?;
            Commitment::parse(text).ok().map(|it| it.digest())
        }
        Of::Request => AnyRequest::decode(bytes).ok().map(|it| it.digest()),
        Of::Production | Of::Verdict => Some(FileHasher::of(bytes)),
    }
}

fn stamp(signed: &Signed) -> Option<Stamp> {
    let file = signed.with(".tsr");
    let quoted = |path: &Path| crate::repeat::quoted(path.as_os_str());
    file.is_file().then(|| Stamp {
        of: signed.of,
        command: format!(
            "openssl ts -verify -data {} -in {} -CAfile CERTIFICATES",
            quoted(&signed.file),
            quoted(&file)
        ),
        file: file.to_string_lossy().into_owned(),
    })
}

impl Signatures {
    /// The first signature that is there, was checked, and does not stand.
    #[must_use]
    pub fn fault(&self) -> Option<&Signature> {
        let falls = |it: &&Signature| {
            matches!(it.standing, Standing::Bad { .. } | Standing::Unknown { .. })
        };
        self.signatures.iter().find(falls)
    }
}

impl Standing {
    /// Its words in reports.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::None => "none".to_owned(),
            Self::Good { signer, key } => format!("GOOD, by {signer} ({key})"),
            Self::Unknown { key } => {
                format!(
                    "NOT BY AN ALLOWED SIGNER: it holds under {key}, which the list does not allow for this"
                )
            }
            Self::Bad { why } => format!("BAD: {why}"),
            Self::NotChecked { why } => format!("NOT CHECKED: {why}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_stand_beside_files_and_folders() {
        let file = Signed::new(Of::Commitment, Path::new("m/commitment.txt"));
        assert_eq!(file.with(".sig"), Path::new("m/commitment.txt.sig"));
        let folder = Signed::new(Of::Production, Path::new("a/production/"));
        assert_eq!(folder.with(".tsr"), Path::new("a/production.tsr"));
        assert_eq!(folder.file, Path::new("a/production/sha256sums.txt"));
    }
}
