//! `open`: open drawn positions to the judge, in camera (docs/protocol.md section 8).
//!
//! For each position: the file as it was committed, its salt, the blinds of all its views, and the
//! way from its leaf to the root. The files are read again and must be the committed ones. The
//! folder is for the judge alone: it can hold documents that no one else may see.

use crate::cli::OpenArgs;
use crate::corpus::{self, Entry, EntryKind};
use crate::failure::{Failure, changed_since, shown};
use crate::input;
use crate::output::folder::Folder;
use crate::output::{Access, refuse_existing, say};
use crate::progress::Progress;
use crate::vault::{ItemRecord, Vault, VaultError};
use duces_protocol::audit::opened::{self, Opened, extension_of};
use duces_protocol::audit::{names, sample};
use duces_protocol::exceptions::Reason;
use duces_protocol::leaf::{FileHasher, Status};
use duces_protocol::tree::{self, MerklePath};
use duces_views::Limits;
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
            format!("{} is not a name for a new folder", shown(&args.out)),
            "end the path with a name",
        ));
    }
    let vault = Vault::open(&args.vault)?;
    let positions = positions(&args.positions, &vault)?;
    let paths = paths(&vault, &positions)?;
    let folder = Folder::create(&args.out, &[names::FILES], Access::Owner)?;
    let progress = Progress::new("opening", "positions", Some(positions.len() as u64));
    let mut openings = Vec::with_capacity(positions.len());
    for (position, path) in positions.into_iter().zip(paths) {
        openings.push(open(&vault, position, path, &folder)?);
        progress.add(1);
    }
    progress.finish();
    folder.write(names::PROFILE, vault.profile().to_string().as_bytes())?;
    folder.write(names::OPENED, opened::render(&openings).as_bytes())?;
    folder.publish(false)?;
    say(&format!("opened: {} positions", openings.len()));
    say(&format!("wrote {}: for the judge alone", shown(&args.out)));
    Ok(())
}

fn positions(path: &Path, vault: &Vault) -> Result<Vec<u64>, Failure> {
    let refused = |reason: String| {
        Failure::refused(
            format!("{} is not a list of positions: {reason}", shown(path)),
            "give the file that 'judge-verify sample' wrote, or a CSV file with the column 'position'",
        )
    };
    let limit = usize::try_from(sample::MAX_BYTES).expect("the limit fits in memory");
    let positions =
        sample::parse(&input::read(path, limit)?).map_err(|error| refused(error.to_string()))?;
    match positions.iter().find(|position| **position >= vault.len()) {
        Some(position) => Err(refused(format!(
            "position {position} does not exist, the last is {}",
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

/// Copies the file of a position and collects what opens it.
fn open(
    vault: &Vault,
    position: u64,
    path: MerklePath,
    folder: &Folder,
) -> Result<Opened, Failure> {
    let item = vault.item(position)?;
    let leaf = item.leaf().map_err(VaultError::from)?;
    let extension = had_bytes(&item).then(|| extension_of(&item.path));
    if extension.is_some() {
        check_views(vault, position, &item)?;
    }
    let blinds = leaf
        .views
        .iter()
        .map(|(view, _)| Ok(vault.view(*view, position)?.1))
        .collect::<Result<_, VaultError>>()?;
    let opened = Opened {
        position,
        extension,
        salt: item.salt,
        leaf,
        blinds,
        path,
    };
    if let Some(name) = opened.file() {
        let source = vault.corpus().join(&item.path);
        let file = File::open(&source).map_err(|_| changed_since(&item.path, "cannot be read"))?;
        let mut hashing = Hashing {
            file,
            hasher: FileHasher::new(),
        };
        folder.copy(&format!("{}/{name}", names::FILES), &mut hashing)?;
        if hashing.hasher.finish() != item.sha256 {
            return Err(changed_since(&item.path, "has changed"));
        }
    }
    Ok(opened)
}

/// Whether the file's bytes were read when it was committed.
fn had_bytes(item: &ItemRecord) -> bool {
    let nothing = FileHasher::of(b"");
    item.sha256 != nothing || item.status == Status::Exception(Reason::Empty)
}

/// The judge derives the views again: they must be those of the vault.
fn check_views(vault: &Vault, position: u64, item: &ItemRecord) -> Result<(), Failure> {
    let entry = Entry {
        kind: EntryKind::File,
        path: item.path.clone(),
    };
    let limits = Limits::from(vault.profile().limits());
    let reading = corpus::read(vault.corpus(), &entry, vault.profile(), &limits);
    if reading.sha256 != item.sha256 {
        return Err(match reading.views {
            Err(Reason::ReadError) => changed_since(&item.path, "cannot be read"),
            _ => changed_since(&item.path, "has changed"),
        });
    }
    let same = match (&reading.views, item.status) {
        (Err(reason), Status::Exception(committed)) => *reason == committed,
        (Ok(views), Status::Item) => {
            let mut same = views.len() == item.points.len();
            for (view, tensor) in views {
                same &= vault.view(*view, position)?.0 == *tensor;
            }
            same
        }
        _ => false,
    };
    if same {
        return Ok(());
    }
    Err(Failure::refused(
        format!(
            "{} does not give the views that were committed",
            shown(&item.path)
        ),
        "use the release of this program that made the commitment",
    ))
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
