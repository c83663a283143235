//! `open`: open drawn positions to the judge, in camera: `[format-opened]`.
//!
//! For each position: the file as it was committed (of a page the document), its rendition, their
//! salts, the blinds of all its views, and the path from its leaf to the root. Files and renditions
//! are made again and must be the committed ones. The folder is for the judge alone: it can hold
//! documents that no one else may see.

use crate::again::{Again, read_again};
use crate::cli::OpenArgs;
use crate::corpus::{changed, lost};
use crate::vault::{Member, MemberKey, Vault, VaultError, VaultItem};
use duces_extract::worker::{Isolation, Pool};
use duces_protocol::audit::opened::{self, Opened};
use duces_protocol::audit::{names, sample};
use duces_protocol::exceptions::Reason;
use duces_protocol::leaf::{FileHasher, Status, Suffix};
use duces_protocol::rendition::Rendition;
use duces_protocol::tree::{self, MerklePath};
use duces_shell::folder::NewFolder;
use duces_shell::output::{Access, refuse_existing};
use duces_shell::progress::Progress;
use duces_shell::{Failure, extractor, read, say, shown};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Runs the command.
///
/// # Errors
/// When the list of positions is malformed, a file is gone or has changed since the commitment, the
/// vault is damaged, or the folder cannot be written.
pub fn run(args: &OpenArgs) -> Result<(), Failure> {
    refuse_existing(&args.out, false)?;
    if args.out.file_name().is_none() {
        return Err(Failure::unable(
            format!("{} does not name a new folder", shown(&args.out)),
            "give the name of the folder to write",
        ));
    }
    let vault = args.vault.open()?;
    let positions = positions(&args.positions, &vault)?;
    let paths = paths(&vault, &positions)?;
    let extractor = extractor::agreed(args.extractor.as_deref(), vault.profile())?;
    let opening = Opening {
        vault: &vault,
        pool: Pool::new(extractor, Isolation::Each),
        folder: NewFolder::create(&args.out, &[names::FILES, names::RENDITIONS], Access::Owner)?,
    };
    let progress = Progress::new("opening", "positions", Some(positions.len() as u64));
    let mut families: BTreeMap<u64, Vec<Drawn>> = BTreeMap::new();
    for (position, path) in positions.into_iter().zip(paths) {
        let item = vault.item(position)?;
        let drawn = Drawn {
            position,
            item,
            path,
        };
        families
            .entry(drawn.item.key.entry)
            .or_default()
            .push(drawn);
    }
    let mut openings = Vec::new();
    for (entry, drawn) in families {
        progress.add(drawn.len() as u64);
        openings.extend(opening.family(entry, drawn)?);
    }
    openings.sort_by_key(|opened| opened.position);
    let folder = opening.folder;
    progress.finish();
    folder.write(names::PROFILE, vault.profile().to_string().as_bytes())?;
    folder.write(names::OPENED, opened::render(&openings).as_bytes())?;
    folder.publish(false)?;
    say(format_args!("opened: {} positions", openings.len()))?;
    say(format_args!(
        "wrote {}: for the judge alone",
        shown(&args.out)
    ))
}

fn positions(path: &Path, vault: &Vault) -> Result<Vec<u64>, Failure> {
    let refused = |reason: String| {
        Failure::refused(
            format!("{} is not a list of positions: {reason}", shown(path)),
            "give the file that 'judge-verify sample' wrote, or a CSV file with the column 'position'",
        )
    };
    let bytes = read::named(path, sample::MAX_BYTES, "list of positions")?;
    let positions = sample::parse(&bytes).map_err(|error| refused(error.to_string()))?;
    match positions.iter().find(|position| **position >= vault.len()) {
        Some(position) => Err(refused(format!(
            "there is no position {position}: the last is {}",
            vault.len() - 1
        ))),
        None => Ok(positions),
    }
}

/// The paths of these positions in the committed tree.
fn paths(vault: &Vault, positions: &[u64]) -> Result<Vec<MerklePath>, VaultError> {
    let leaf = |position| Ok::<_, VaultError>(vault.item(position)?.leaf()?.hash(position));
    let leaves = (0..vault.len()).map(leaf);
    let paths = tree::paths(leaves, vault.len(), positions)?;
    if let (Some(path), Some(&position)) = (paths.first(), positions.first()) {
        let root = path.root(leaf(position)?, position, vault.len())?;
        vault.commitment().check_tree(root)?;
    }
    Ok(paths)
}

/// A position to open.
struct Drawn {
    position: u64,
    item: VaultItem,
    path: MerklePath,
}

/// What every position needs.
struct Opening<'a> {
    vault: &'a Vault,
    pool: Pool,
    folder: NewFolder,
}

impl Opening<'_> {
    /// Writes files and renditions of positions of one family, and returns what opens them.
    fn family(&self, entry: u64, drawn: Vec<Drawn>) -> Result<Vec<Opened>, Failure> {
        let places: BTreeSet<u32> = drawn.iter().map(|drawn| drawn.item.key.place).collect();
        let mut read: BTreeMap<u32, Again> = read_again(self.vault, &self.pool, entry, &places)?
            .into_iter()
            .map(|again| (again.place, again))
            .collect();
        drawn
            .into_iter()
            .map(|drawn| {
                let again = read.remove(&drawn.item.key.place);
                self.position(drawn, again.expect("every place was read"))
            })
            .collect()
    }

    fn position(&self, drawn: Drawn, again: Again) -> Result<Opened, Failure> {
        let Drawn {
            position,
            item,
            path,
        } = drawn;
        let leaf = item.leaf().map_err(VaultError::from)?;
        let mut blinds = Vec::new();
        for (view, _) in &leaf.views {
            blinds.push(self.vault.view(*view, position)?.blind);
        }
        let Member {
            page,
            suffix,
            salt,
            rendition,
            ..
        } = again.member;
        let kind = again.rendition.as_ref().map(Rendition::kind);
        let is_file = again.bytes.is_some() || again.document.is_some() || had_bytes(&item);
        let opened = Opened {
            position,
            suffix: match (is_file, page) {
                (false, _) => None,
                (true, None) => Some(suffix),
                (true, Some(_)) => Some(self.document_suffix(&item)?),
            },
            page,
            salt,
            rendition: kind
                .zip(rendition)
                .map(|(kind, rendition)| (kind, rendition.salt)),
            leaf,
            blinds,
            path,
        };
        if let Some(name) = opened.file() {
            let name = format!("{}/{name}", names::FILES);
            match again.bytes.or(again.document) {
                Some(bytes) => self.folder.write(&name, &bytes)?,
                None => self.copy(&item, &name)?,
            }
        }
        if let (Some(name), Some(rendition)) = (opened.rendition_file(), &again.rendition) {
            let name = format!("{}/{name}", names::RENDITIONS);
            self.folder.write(&name, &rendition.to_file())?;
        }
        Ok(opened)
    }

    /// The end of the name of the document that a page is of.
    fn document_suffix(&self, page: &VaultItem) -> Result<Suffix, VaultError> {
        let place = page.member.parent.unwrap_or_default();
        Ok(self.vault.member(MemberKey { place, ..page.key })?.suffix)
    }

    /// Copies a file that is not read as a document: it may be larger than memory.
    fn copy(&self, item: &VaultItem, name: &str) -> Result<(), Failure> {
        let source = self.vault.corpus_of(item.key.entry).join(&item.path);
        let file = File::open(&source).map_err(|error| lost(&item.path, &error))?;
        let mut hashing = Hashing {
            file,
            hasher: FileHasher::new(),
        };
        self.folder.copy(name, &mut hashing)?;
        if hashing.hasher.finish() != item.member.sha256 {
            return Err(changed(&item.path));
        }
        Ok(())
    }
}

/// Whether it is a file of the corpus whose bytes were read when it was committed.
fn had_bytes(item: &VaultItem) -> bool {
    let is_empty = item.member.status == Status::Exception(Reason::Empty);
    item.key.place == 0 && (item.member.size > 0 || is_empty)
}

/// A file that is hashed while it is copied.
struct Hashing {
    file: File,
    hasher: FileHasher,
}

impl Read for Hashing {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.hasher.update(&buffer[..count]);
        Ok(count)
    }
}
