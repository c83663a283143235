//! From directory entries to stored items, chunk by chunk: one thread stores a chunk while the
//! others read and commit the next.

use crate::corpus::{self, Entry, Reading};
use crate::failure::Failure;
use crate::progress::Progress;
use crate::vault::writer::{NewItem, VaultWriter};
use crate::vault::{ItemRecord, VaultError};
use duces_protocol::digest::Digest;
use duces_protocol::leaf::{FileSalt, LeafData, Status};
use duces_protocol::pedersen::{Committer, Generators, ViewBlind, ViewCommitment};
use duces_protocol::view::View;
use duces_views::Limits;
use rayon::prelude::*;
use std::sync::mpsc::sync_channel;
use zeroize::Zeroizing;

/// Views of one chunk together have at most this many bytes.
const CHUNK_BYTES: usize = 32 << 20;
const CHUNK_ITEMS: usize = 2048;

/// Reads, commits and stores every item that is not stored yet.
pub fn commit_all(vault: &VaultWriter, total: u64) -> Result<(), Failure> {
    let mut cursor = vault.cursor();
    if cursor.done == total {
        return Ok(());
    }
    let workshop = Workshop::new(vault);
    let progress = Progress::new("committing", "items", Some(total - cursor.done));
    std::thread::scope(|scope| -> Result<(), VaultError> {
        let (sender, receiver) = sync_channel::<(u64, Vec<NewItem>, _)>(1);
        let progress = &progress;
        let storing = scope.spawn(move || {
            for (first, items, behind) in receiver {
                vault.store(first, &items, behind)?;
                progress.add(items.len() as u64);
            }
            Ok::<_, VaultError>(())
        });
        while cursor.done < total {
            let (entries, behind) = vault.entries(cursor, workshop.chunk)?;
            if entries.is_empty() {
                return Err(VaultError::Damaged("entries are missing".to_owned()));
            }
            let items = workshop.commit(cursor.done, &entries);
            if sender.send((cursor.done, items, behind)).is_err() {
                // Storing has ended early: its error follows.
                break;
            }
            cursor = behind;
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
struct Workshop<'a> {
    vault: &'a VaultWriter,
    limits: Limits,
    /// The profile's views in order, each with its committer.
    views: Vec<(View, Committer)>,
    chunk: usize,
}

impl<'a> Workshop<'a> {
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
        let mut drafts: Vec<Draft> = entries
            .iter()
            .zip(readings)
            .map(|(entry, reading)| self.draft(entry, reading))
            .collect();
        for (index, (view, committer)) in self.views.iter().enumerate() {
            commit_view(&mut drafts, index, *view, committer);
        }
        drafts
            .into_par_iter()
            .enumerate()
            .map(|(index, draft)| draft.seal(first + index as u64))
            .collect()
    }

    fn draft(&self, entry: &Entry, reading: Reading) -> Draft {
        let (status, tensors) = match reading.views {
            Ok(tensors) => (Status::Item, tensors),
            Err(reason) => (Status::Exception(reason), Vec::new()),
        };
        let secrets = tensors
            .into_iter()
            .map(|(view, tensor)| {
                let index = self.views.iter().position(|(known, _)| *known == view);
                let index = index.expect("only views of the profile are derived");
                Secret {
                    index,
                    tensor,
                    blind: ViewBlind::random(),
                }
            })
            .collect();
        Draft {
            entry: entry.clone(),
            size: reading.size,
            sha256: reading.sha256,
            status,
            secrets,
            points: Vec::new(),
        }
    }
}

/// An item before its commitments.
struct Draft {
    entry: Entry,
    size: u64,
    sha256: Digest,
    status: Status,
    secrets: Vec<Secret>,
    points: Vec<(View, ViewCommitment)>,
}

struct Secret {
    index: usize,
    tensor: Zeroizing<Vec<u8>>,
    blind: ViewBlind,
}

/// Commits one view of all drafts that have it.
fn commit_view(drafts: &mut [Draft], index: usize, view: View, committer: &Committer) {
    let having: Vec<usize> = (0..drafts.len())
        .filter(|&i| drafts[i].secrets.iter().any(|secret| secret.index == index))
        .collect();
    let inputs: Vec<(&[u8], &ViewBlind)> = having
        .iter()
        .flat_map(|&i| {
            drafts[i]
                .secrets
                .iter()
                .filter(|secret| secret.index == index)
        })
        .map(|secret| (secret.tensor.as_slice(), &secret.blind))
        .collect();
    let points = committer.commit_many(&inputs);
    for (i, point) in having.into_iter().zip(points) {
        drafts[i].points.push((view, point));
    }
}

impl Draft {
    /// Salts the file commitment and hashes the leaf.
    fn seal(self, position: u64) -> NewItem {
        let salt = FileSalt::random();
        let leaf = LeafData {
            status: self.status,
            family: position,
            file: salt.commit_digest(self.sha256),
            views: self.points,
        };
        let hash = leaf.hash(position);
        let points = leaf
            .views
            .iter()
            .map(|(view, point)| (*view, point.to_bytes()))
            .collect();
        let views = self
            .secrets
            .into_iter()
            .map(|secret| {
                let index = u8::try_from(secret.index).expect("a profile has at most 32 views");
                (index, secret.tensor, secret.blind)
            })
            .collect();
        let record = ItemRecord {
            path: self.entry.path,
            size: self.size,
            sha256: self.sha256,
            salt,
            status: self.status,
            family: position,
            points,
        };
        NewItem {
            record,
            leaf: hash,
            views,
        }
    }
}
