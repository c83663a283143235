//! From directory entries to stored items, chunk by chunk: one thread stores a chunk while the
//! others read and commit to the next.

use crate::corpus::{self, Entry, Reading};
use crate::vault::writer::{NewItem, NewView, VaultWriter};
use crate::vault::{VaultError, VaultItem, ViewOpening};
use duces_protocol::digest::Digest;
use duces_protocol::leaf::{LeafData, Salt, Status};
use duces_protocol::pedersen::{Committer, Generators, ViewBlind, ViewCommitment};
use duces_protocol::view::View;
use duces_shell::Failure;
use duces_shell::progress::Progress;
use duces_views::Limits;
use rayon::prelude::*;
use std::sync::mpsc::sync_channel;

/// The most bytes that the views of one chunk have together.
const CHUNK_BYTES: usize = 32 << 20;
/// The most items in one chunk.
const CHUNK_ITEMS: usize = 2048;

/// Reads, commits to and stores every item that is not stored yet.
pub fn commit_all(vault: &VaultWriter, total: u64) -> Result<(), Failure> {
    let mut cursor = vault.cursor();
    if cursor.done == total {
        return Ok(());
    }
    let committing = ChunkCommitter::new(vault);
    let progress = Progress::new("committing", "items", Some(total - cursor.done));
    std::thread::scope(|scope| -> Result<(), VaultError> {
        let (sender, receiver) = sync_channel::<(u64, Vec<NewItem>, _)>(1);
        let progress = &progress;
        let storing = scope.spawn(move || {
            for (first, items, after) in receiver {
                vault.store(first, &items, after)?;
                progress.add(items.len() as u64);
            }
            Ok::<_, VaultError>(())
        });
        while cursor.done < total {
            let (entries, after) = vault.entries(cursor, committing.chunk)?;
            if entries.is_empty() {
                return Err(VaultError::Damaged("entries are missing".to_owned()));
            }
            let items = committing.commit(cursor.done, &entries);
            if sender.send((cursor.done, items, after)).is_err() {
                // Storing has failed: its error follows.
                break;
            }
            cursor = after;
        }
        drop(sender);
        match storing.join() {
            Ok(stored) => stored,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })?;
    progress.finish();
    Ok(())
}

/// What every chunk needs.
struct ChunkCommitter<'a> {
    vault: &'a VaultWriter,
    limits: Limits,
    /// The profile's views in order, each with its committer.
    views: Vec<(View, Committer)>,
    /// Items in a chunk.
    chunk: usize,
}

impl<'a> ChunkCommitter<'a> {
    fn new(vault: &'a VaultWriter) -> Self {
        let profile = vault.profile();
        let views = profile.views();
        let longest = views.iter().map(View::byte_len).max().unwrap_or(0);
        let generators = Generators::derive(longest);
        let all: usize = views.iter().map(View::byte_len).sum();
        let committer = |view: View| (view, Committer::new(&generators, view.byte_len()));
        Self {
            vault,
            limits: profile.limits().into(),
            views: views.into_iter().map(committer).collect(),
            chunk: (CHUNK_BYTES / all.max(1)).clamp(16, CHUNK_ITEMS),
        }
    }

    /// The items at the positions from `first` on.
    fn commit(&self, first: u64, entries: &[Entry]) -> Vec<NewItem> {
        let (corpus, profile) = (self.vault.corpus(), self.vault.profile());
        let readings: Vec<Reading> = entries
            .par_iter()
            .map(|entry| corpus::read(corpus, entry, profile, &self.limits))
            .collect();
        let mut items: Vec<Uncommitted> = entries
            .iter()
            .zip(readings)
            .map(|(entry, reading)| self.draw_blinds(entry, reading))
            .collect();
        for (index, (view, committer)) in (0..).zip(&self.views) {
            commit_view(&mut items, index, *view, committer);
        }
        items
            .into_par_iter()
            .enumerate()
            .map(|(index, item)| item.seal(first + index as u64))
            .collect()
    }

    fn draw_blinds(&self, entry: &Entry, reading: Reading) -> Uncommitted {
        let (status, tensors) = match reading.views {
            Ok(tensors) => (Status::Item, tensors),
            Err(reason) => (Status::Exception(reason), Vec::new()),
        };
        let views = tensors
            .into_iter()
            .map(|(view, tensor)| {
                let index = self.views.iter().position(|(known, _)| *known == view);
                let index = index.expect("only views of the profile are derived");
                NewView {
                    index: u8::try_from(index).expect("a profile has at most 32 views"),
                    opening: ViewOpening {
                        tensor,
                        blind: ViewBlind::random(),
                    },
                }
            })
            .collect();
        Uncommitted {
            entry: entry.clone(),
            size: reading.size,
            sha256: reading.sha256,
            status,
            views,
            points: Vec::new(),
        }
    }
}

/// An item whose commitments are not all computed.
struct Uncommitted {
    entry: Entry,
    size: u64,
    sha256: Digest,
    status: Status,
    views: Vec<NewView>,
    /// The commitments so far, in the order of `views`.
    points: Vec<(View, ViewCommitment)>,
}

/// Commits to one view of all items that have it.
fn commit_view(items: &mut [Uncommitted], index: u8, view: View, committer: &Committer) {
    let own = |item: &Uncommitted| item.views.iter().position(|own| own.index == index);
    let having: Vec<(usize, usize)> = items
        .iter()
        .enumerate()
        .filter_map(|(i, item)| Some((i, own(item)?)))
        .collect();
    let openings: Vec<(&[u8], &ViewBlind)> = having
        .iter()
        .map(|&(i, own)| &items[i].views[own].opening)
        .map(|opening| (opening.tensor.as_slice(), &opening.blind))
        .collect();
    let points = committer.commit_many(&openings);
    for ((i, _), point) in having.into_iter().zip(points) {
        items[i].points.push((view, point));
    }
}

impl Uncommitted {
    /// Salts the file commitment and hashes the leaf.
    fn seal(self, position: u64) -> NewItem {
        let salt = Salt::random();
        let leaf = LeafData {
            status: self.status,
            family: position,
            file: salt.commit_file_digest(self.sha256),
            views: self.points,
        };
        let hash = leaf.hash(position);
        let points = leaf
            .views
            .iter()
            .map(|(view, point)| (*view, point.to_bytes()))
            .collect();
        NewItem {
            item: VaultItem {
                path: self.entry.path,
                size: self.size,
                sha256: self.sha256,
                salt,
                status: self.status,
                family: position,
                points,
            },
            leaf: hash,
            views: self.views,
        }
    }
}
