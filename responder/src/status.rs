//! `status`: what is in a vault, how far a commitment has come, or which proofs are there.
//!
//! What a scheduler polls: `finished` says whether anything is left to do.

use crate::cli::{Shard, StatusArgs, VaultArgs};
use crate::prove::{header_of, missing_files};
use crate::vault::{Vault, VaultError};
use duces_protocol::leaf::Status;
use duces_protocol::production::batches::Batches;
use duces_shell::{Failure, say};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// What a vault holds.
#[derive(Serialize, Default)]
struct Content {
    /// Whether the commitment has been written.
    finished: bool,
    /// The digest of the commitment.
    #[serde(skip_serializing_if = "Option::is_none")]
    commitment: Option<String>,
    /// Files of the corpus, once it has been listed.
    files: Option<u64>,
    /// Files that have been read.
    files_done: u64,
    /// Positions: files, parts and pages.
    positions: u64,
    /// What there is of each type, as the extractor names it; "unread" where a file was not read.
    types: BTreeMap<String, Type>,
    /// Pages.
    pages: u64,
    /// Exceptions by reason.
    exceptions: BTreeMap<String, u64>,
    /// Positions that repeat the bytes of an earlier one.
    duplicates: u64,
}

/// Positions of one type.
#[derive(Serialize, Default)]
struct Type {
    /// Files of the corpus that are items.
    files: u64,
    /// Parts of files that are items.
    parts: u64,
    /// Files and parts that are exceptions, by reason.
    exceptions: BTreeMap<String, u64>,
}

/// Runs the command.
///
/// # Errors
/// When there is no vault, or it is damaged or in use.
pub fn run(args: &StatusArgs) -> Result<(), Failure> {
    match (&args.subject.vault, &args.subject.proofs) {
        (_, Some(proofs)) => {
            let found = Proofs::find(proofs, args.shard.unwrap_or(Shard::WHOLE))?;
            if args.json {
                json(&found)
            } else {
                found.print()
            }
        }
        (Some(vault), None) => {
            let content = of_vault(&VaultArgs {
                vault: vault.clone(),
                passphrase_file: args.passphrase_file.clone(),
            })?;
            if args.json {
                json(&content)
            } else {
                print(&content)
            }
        }
        (None, None) => unreachable!("one of the two is required"),
    }
}

fn json(content: &impl Serialize) -> Result<(), Failure> {
    say(serde_json::to_string_pretty(content).expect("counts are plain numbers"))
}

/// Which proofs of a folder are there. They are not verified: `prove` and `produce` do that.
#[derive(Serialize)]
struct Proofs {
    /// Whether none is missing.
    finished: bool,
    /// Batches of the part that was asked about.
    batches: u64,
    /// Those of them that have a proof.
    proved: u64,
    /// The numbers of the others.
    missing: Vec<u64>,
}

impl Proofs {
    fn find(folder: &Path, shard: Shard) -> Result<Self, Failure> {
        let all = 0..header_of(folder)?.batches();
        let mine: Vec<u64> = all.filter(|&batch| shard.has(batch)).collect();
        let missing = missing_files(folder, mine.iter().copied());
        Ok(Self {
            finished: missing.is_empty(),
            batches: mine.len() as u64,
            proved: (mine.len() - missing.len()) as u64,
            missing,
        })
    }

    fn print(&self) -> Result<(), Failure> {
        for batch in &self.missing {
            say(Batches::file_name(*batch))?;
        }
        say(format_args!(
            "proved: {} of {} batches",
            self.proved, self.batches
        ))
    }
}

fn of_vault(args: &VaultArgs) -> Result<Content, Failure> {
    Ok(match args.open() {
        Ok(vault) => finished(&vault)?,
        Err(VaultError::Unfinished(_)) => {
            let vault = args.open_unfinished()?;
            Content {
                files: vault.planned(),
                files_done: vault.done(),
                ..Content::default()
            }
        }
        Err(error) => return Err(error.into()),
    })
}

fn finished(vault: &Vault) -> Result<Content, Failure> {
    let mut content = Content {
        finished: true,
        commitment: Some(vault.commitment().digest().to_string()),
        positions: vault.len(),
        ..Content::default()
    };
    let mut files = 0;
    for position in 0..vault.len() {
        let item = vault.item(position)?;
        let is_file = item.key.place == 0;
        files += u64::from(is_file);
        content.count(item.member.status, is_file, item.member.kind);
        content.duplicates += u64::from(item.member.duplicate_of.is_some());
    }
    content.files = Some(files);
    content.files_done = files;
    Ok(content)
}

impl Content {
    fn count(&mut self, status: Status, is_file: bool, kind: String) {
        if status == Status::Page {
            self.pages += 1;
            return;
        }
        let name = if kind.is_empty() {
            "unread".to_owned()
        } else {
            kind
        };
        let of_type = self.types.entry(name).or_default();
        match status {
            Status::Exception(reason) => {
                let reason = reason.to_string();
                *of_type.exceptions.entry(reason.clone()).or_default() += 1;
                *self.exceptions.entry(reason).or_default() += 1;
            }
            _ if is_file => of_type.files += 1,
            _ => of_type.parts += 1,
        }
    }
}

fn print(content: &Content) -> Result<(), Failure> {
    match (&content.commitment, content.files) {
        (Some(commitment), _) => say(format_args!("commitment: {commitment}"))?,
        (None, Some(files)) => {
            say(format_args!(
                "not finished: {} of {files} files are read",
                content.files_done
            ))?;
            return say("the same 'responder commit' command goes on from there");
        }
        (None, None) => return say("not finished: the folder has not been listed to its end"),
    }
    say(format_args!("files: {}", content.files_done))?;
    say(format_args!("positions: {}", content.positions))?;
    for (name, of_type) in &content.types {
        let Type {
            files,
            parts,
            exceptions,
        } = of_type;
        let exceptions: String = exceptions
            .iter()
            .map(|(reason, count)| format!(", {count} {reason}"))
            .collect();
        say(format_args!(
            "  {name}: {files} files, {parts} parts{exceptions}"
        ))?;
    }
    if content.pages > 0 {
        say(format_args!("  pages: {}", content.pages))?;
    }
    let exceptions: u64 = content.exceptions.values().sum();
    say(format_args!("exceptions: {exceptions}"))?;
    for (reason, count) in &content.exceptions {
        say(format_args!("  {reason}: {count}"))?;
    }
    say(format_args!("repeated files: {}", content.duplicates))
}
