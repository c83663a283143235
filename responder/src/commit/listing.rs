//! Listing the corpus: what is refused, and what an earlier commitment has already.

use super::Checked;
use crate::corpus::load_file::{self, Row};
use crate::corpus::{self, Entry, EntryKind, Loaded, production};
use crate::vault::writer::VaultWriter;
use duces_protocol::commitment::Notes;
use duces_protocol::exceptions::Reason;
use duces_protocol::leaf::{FileHasher, Status};
use duces_protocol::profile::Profile;
use duces_shell::progress::Progress;
use duces_shell::{Failure, read, shown};
use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};

/// Lists the corpus, and returns how many entries there are then, those of an earlier commitment
/// included. Refuses links and folders that cannot be listed, unless they may be left out, and files
/// that changed since the earlier commitment was made.
pub fn list(vault: &mut VaultWriter, plan: &Checked) -> Result<u64, Failure> {
    let earlier = vault.earlier();
    let before = earlier.map_or(Notes::default(), |earlier| *earlier.notes());
    let notes = Cell::new(Notes {
        exclusions: plan.exclusions.digest(),
        extends: earlier.map(duces_protocol::commitment::Commitment::digest),
        ..before
    });
    vault.note_known()?;
    let progress = Progress::new("listing", "files", None);
    let keep = |vault: &VaultWriter, entry: &Entry| {
        progress.add(1);
        if is_known(vault, plan, entry)? {
            return Ok(false);
        }
        let mut counted = notes.get();
        match entry.kind {
            EntryKind::Link => counted.links += 1,
            EntryKind::UnlistedFolder => counted.folders += 1,
            EntryKind::File | EntryKind::Special | EntryKind::Unreadable | EntryKind::Missing => {
                return Ok(true);
            }
        }
        notes.set(counted);
        match plan.leave_out {
            true => Ok(true),
            false => Err(would_be_left_out(entry)),
        }
    };
    let listed = corpus::list(&plan.corpus);
    let count = match &plan.load_file {
        None => vault.plan(listed, keep, || notes.get())?,
        Some(LoadFile { rows, folder }) => {
            let entries = production::entries(rows, folder, listed);
            vault.plan(entries, keep, || notes.get())?
        }
    };
    progress.finish();
    Ok(count)
}

/// The load file of an earlier production.
pub struct LoadFile {
    /// What it says.
    rows: Vec<Row>,
    /// Its folder, relative to the corpus.
    folder: PathBuf,
}

impl LoadFile {
    /// Reads a load file that lies in the corpus.
    pub fn read(path: &Path, corpus: &Path, profile: &Profile) -> Result<Self, Failure> {
        if !profile.extraction().load_files {
            return Err(Failure::unable(
                "the profile does not take texts from load files",
                "agree on a profile with 'load_files = true' under [extract], or leave --load-file out",
            ));
        }
        let file = fs::canonicalize(path).map_err(|error| Failure::io("read", path, &error))?;
        let Some(folder) = file.strip_prefix(corpus).ok().and_then(Path::parent) else {
            return Err(Failure::unable(
                format!("{} is not in the folder of documents", shown(path)),
                "give the folder of the whole production: what a load file names is looked for in it",
            ));
        };
        let bytes = read::named(path, load_file::MAX_BYTES, "load file")?;
        let rows = load_file::parse(&bytes).map_err(|what| {
            Failure::refused(
                format!("{} is not a Concordance load file: {what}", shown(path)),
                "export it with the fields of number, native and text between þ, parted by ¶ (14 hex)",
            )
        })?;
        Ok(Self {
            rows,
            folder: folder.to_owned(),
        })
    }
}

/// Whether an earlier commitment has the entry.
fn is_known(vault: &VaultWriter, plan: &Checked, entry: &Entry) -> Result<bool, Failure> {
    let Some((known, member)) = vault.known(&entry.path)? else {
        return Ok(false);
    };
    let was_read = member.status != Status::Exception(Reason::ReadError);
    let is_same = match (known.kind, entry.kind) {
        // Of these nothing was committed to but that they could not be read.
        (EntryKind::Unreadable, EntryKind::File) => return Ok(false),
        (EntryKind::File, EntryKind::File) if !was_read => return Ok(false),
        (EntryKind::File, EntryKind::File) => {
            let limit = plan.profile.limits().max_file_bytes;
            let loaded = corpus::load_file(&plan.corpus.join(&entry.path), limit);
            let sha256 = match loaded {
                Ok(Loaded::Bytes(bytes)) => FileHasher::of(&bytes),
                Ok(Loaded::TooLarge { sha256, .. }) => sha256,
                Err(error) => return Err(corpus::lost(&entry.path, &error)),
            };
            sha256 == member.sha256 && known.text == entry.text
        }
        // What was missing is there now.
        (EntryKind::Missing, EntryKind::File) => return Ok(false),
        (was, is) => was == is,
    };
    match is_same {
        true => Ok(true),
        false => Err(Failure::refused(
            format!(
                "{} is no longer what the earlier commitment has at this place",
                shown(&entry.path)
            ),
            "put it back as it was, from a copy, and give its new version another name",
        )),
    }
}

fn would_be_left_out(entry: &Entry) -> Failure {
    let path = shown(&entry.path);
    if entry.kind == EntryKind::Link {
        Failure::unable(
            format!("{path} is a symbolic link, and what it points at would not be committed to"),
            "put the files themselves in its place, or give --leave-out: then the commitment says so",
        )
    } else {
        Failure::unable(
            format!(
                "the folder {path} cannot be listed, and what is in it would not be committed to"
            ),
            "permit this user to list it, or give --leave-out: then the commitment says so",
        )
    }
}
