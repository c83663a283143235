//! `open`: open drawn positions to the judge, in camera: `[format-opened]`.
//!
//! For each position: the file as it was committed, its salt, the blinds of all its views, and the
//! path from its leaf to the root. The files are read again and must be the committed ones. The
//! folder is for the judge alone: it can hold documents that no one else may see.

use crate::cli::OpenArgs;
use crate::corpus::{self, Entry, EntryKind, changed, lost};
use crate::vault::{Vault, VaultError, VaultItem};
use duces_protocol::audit::opened::{self, Opened, extension_of};
use duces_protocol::audit::{names, sample};
use duces_protocol::exceptions::Reason;
use duces_protocol::leaf::{FileHasher, Status};
use duces_protocol::tree::{self, MerklePath};
use duces_shell::folder::NewFolder;
use duces_shell::output::{Access, refuse_existing};
use duces_shell::progress::Progress;
use duces_shell::{Failure, read, say, shown};
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
            format!("{} does not name a new folder", shown(&args.out)),
            "give the name of the folder to write",
        ));
    }
    let vault = Vault::open(&args.vault)?;
    let positions = positions(&args.positions, &vault)?;
    let paths = paths(&vault, &positions)?;
    let folder = NewFolder::create(&args.out, &[names::FILES], Access::Owner)?;
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

/// Copies the file of a position, and returns what opens it.
fn open(
    vault: &Vault,
    position: u64,
    path: MerklePath,
    folder: &NewFolder,
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
        .map(|(view, _)| Ok(vault.view(*view, position)?.blind))
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
        let file = File::open(&source).map_err(|error| lost(&item.path, &error))?;
        let mut hashing = Hashing {
            file,
            hasher: FileHasher::new(),
        };
        folder.copy(&format!("{}/{name}", names::FILES), &mut hashing)?;
        if hashing.hasher.finish() != item.sha256 {
            return Err(changed(&item.path));
        }
    }
    Ok(opened)
}

/// Whether the file's bytes were read when it was committed.
fn had_bytes(item: &VaultItem) -> bool {
    let nothing = FileHasher::of(b"");
    item.sha256 != nothing || item.status == Status::Exception(Reason::Empty)
}

/// The judge will derive the views again: they must be those in the vault.
fn check_views(vault: &Vault, position: u64, item: &VaultItem) -> Result<(), Failure> {
    let entry = Entry {
        kind: EntryKind::File,
        path: item.path.clone(),
    };
    let limits = Limits::from(vault.profile().limits());
    let reading = corpus::read(vault.corpus(), &entry, vault.profile(), &limits);
    if reading.sha256 != item.sha256 {
        return Err(match reading.views {
            Err(reason @ Reason::ReadError) => lost(&item.path, &reason),
            _ => changed(&item.path),
        });
    }
    let same = match (&reading.views, item.status) {
        (Err(reason), Status::Exception(committed)) => *reason == committed,
        (Ok(views), Status::Item) => {
            let mut same = views.len() == item.points.len();
            for (view, tensor) in views {
                same &= vault.view(*view, position)?.tensor == *tensor;
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
            "the views of {} are not the committed ones",
            shown(&item.path)
        ),
        "use the version of this program that made the commitment",
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
