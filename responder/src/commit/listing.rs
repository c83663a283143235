//! Listing the corpus: what is refused, and what an earlier commitment has already.

use super::Checked;
use crate::corpus::{self, Entry, EntryKind, Loaded, load_file};
use crate::vault::writer::VaultWriter;
use duces_protocol::commitment::Notes;
use duces_protocol::exceptions::Reason;
use duces_protocol::leaf::{FileHasher, Status};
use duces_shell::progress::Progress;
use duces_shell::{Failure, shown};
use std::cell::Cell;

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
            EntryKind::File | EntryKind::Special | EntryKind::Unreadable => return Ok(true),
        }
        notes.set(counted);
        match plan.leave_out {
            true => Ok(true),
            false => Err(would_be_left_out(entry)),
        }
    };
    let count = vault.plan(corpus::list(&plan.corpus), keep, || notes.get())?;
    progress.finish();
    Ok(count)
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
            let loaded = load_file(&plan.corpus.join(&entry.path), limit);
            let sha256 = match loaded {
                Ok(Loaded::Bytes(bytes)) => FileHasher::of(&bytes),
                Ok(Loaded::TooLarge { sha256, .. }) => sha256,
                Err(error) => return Err(corpus::lost(&entry.path, &error)),
            };
            sha256 == member.sha256
        }
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
