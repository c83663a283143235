//! From entries to stored members, chunk by chunk: one thread stores a chunk while the others read
//! and commit to the next.
//!
//! A chunk ends where its members have [`CHUNK_BYTES`], however many there are: an entry is begun only
//! while there is room. So there are three chunks in memory, and for each thread one family more, which the
//! limits of the extractor bound. It ends after [`CHUNK_TIME`] too, so that little is read again after the
//! process was killed. What comes out does not depend on where chunks end.

use crate::corpus::{Draft, Entry, FamilyReader};
use crate::vault::writer::{NewMember, NewView, VaultWriter};
use crate::vault::{CommittedRendition, Member, MemberKey, VaultError, ViewOpening};
use duces_extract::cache::Cache;
use duces_extract::worker::Pool;
use duces_protocol::leaf::{Salt, Status};
use duces_protocol::pedersen::{Committer, Generators, ViewBlind, ViewCommitment};
use duces_protocol::view::View;
use duces_shell::Failure;
use duces_shell::progress::Progress;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

/// No entry of a chunk is begun once its members have this many bytes.
const CHUNK_BYTES: usize = 32 << 20;
/// No entry of a chunk is begun after this time, but the first of each thread.
const CHUNK_TIME: Duration = Duration::from_secs(2);
/// The most entries in one chunk.
const CHUNK_ENTRIES: usize = 2048;

/// Reads, commits to and stores every entry that is not stored yet.
pub fn store_all(
    vault: &VaultWriter,
    pool: &Pool,
    exclusions: &[[u8; 32]],
    cache: Option<&Cache>,
    total: u64,
) -> Result<(), Failure> {
    let mut done = vault.done();
    if done == total {
        return Ok(());
    }
    let committing = ChunkCommitter::new(
        FamilyReader::new(vault.corpus(), vault.profile(), pool, exclusions, cache),
        vault,
    );
    let progress = Progress::new("committing", "files", Some(total - done));
    std::thread::scope(|scope| -> Result<(), Failure> {
        let (sender, receiver) = sync_channel::<(Vec<NewMember>, u64, u64)>(1);
        let progress = &progress;
        let storing = scope.spawn(move || {
            for (members, entries, done) in receiver {
                vault.store(members, done)?;
                progress.add(entries);
            }
            Ok::<_, VaultError>(())
        });
        let mut reading = || -> Result<(), Failure> {
            while done < total {
                let entries = vault.entries(done, committing.chunk)?;
                if entries.is_empty() {
                    return Err(VaultError::Damaged("entries are missing".to_owned()).into());
                }
                let (members, count) = committing.commit(done, &entries)?;
                done += count;
                if sender.send((members, count, done)).is_err() {
                    // Storing has failed: its error follows.
                    break;
                }
            }
            Ok(())
        };
        let read = reading();
        drop(sender);
        match storing.join() {
            Ok(stored) => stored?,
            Err(panic) => std::panic::resume_unwind(panic),
        }
        read
    })?;
    progress.finish();
    Ok(())
}

/// What every chunk needs.
struct ChunkCommitter<'a> {
    reader: FamilyReader<'a>,
    /// The profile's views in order, each with its committer.
    views: Vec<(View, Committer)>,
    /// Entries in a chunk.
    chunk: usize,
}

impl<'a> ChunkCommitter<'a> {
    fn new(reader: FamilyReader<'a>, vault: &VaultWriter) -> Self {
        let profile = vault.profile();
        let views = profile.views();
        let longest = views.iter().map(View::byte_len).max().unwrap_or(0);
        let generators = Generators::derive(longest);
        let all: usize = views.iter().map(View::byte_len).sum();
        let committer = |view: View| (view, Committer::new(&generators, view.byte_len()));
        Self {
            reader,
            views: views.into_iter().map(committer).collect(),
            chunk: (CHUNK_BYTES / all.max(1)).clamp(16, CHUNK_ENTRIES),
        }
    }

    /// The members of entries from the number `first` on: of as many as fit, at least one, and how many
    /// entries that are.
    fn commit(&self, first: u64, entries: &[Entry]) -> Result<(Vec<NewMember>, u64), Failure> {
        let families = self.read(entries)?;
        let count = families.len() as u64;
        let mut members: Vec<Uncommitted> = families
            .into_iter()
            .zip(first..)
            .flat_map(|(family, entry)| family.into_iter().map(move |draft| (entry, draft)))
            .map(|(entry, draft)| self.draw_blinds(entry, draft))
            .collect();
        for (index, (view, committer)) in (0..).zip(&self.views) {
            commit_view(&mut members, index, *view, committer);
        }
        let members = members.into_iter().map(Uncommitted::seal).collect();
        Ok((members, count))
    }

    /// The families of entries in order, of as many as fit.
    fn read(&self, entries: &[Entry]) -> Result<Vec<Vec<Draft>>, Failure> {
        let (next, taken) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let started = Instant::now();
        let is_full =
            || taken.load(Ordering::Relaxed) >= CHUNK_BYTES || started.elapsed() >= CHUNK_TIME;
        // Every thread takes the next entry, so that no entry is read behind one that is not.
        let read = rayon::broadcast(|_| {
            let mut own = Vec::new();
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(entry) = entries.get(index) else {
                    break;
                };
                let family = self.reader.read(entry).inspect_err(|_| {
                    next.store(entries.len(), Ordering::Relaxed);
                })?;
                let bytes = family.iter().map(Draft::bytes).sum();
                taken.fetch_add(bytes, Ordering::Relaxed);
                own.push((index, family));
                if is_full() {
                    break;
                }
            }
            Ok::<_, Failure>(own)
        });
        let mut families = Vec::new();
        for own in read {
            families.extend(own?);
        }
        families.sort_unstable_by_key(|(index, _)| *index);
        Ok(families.into_iter().map(|(_, family)| family).collect())
    }

    fn draw_blinds(&self, entry: u64, mut draft: Draft) -> Uncommitted {
        let tensors = match &mut draft.rendition {
            Ok(rendition) => std::mem::take(&mut rendition.views),
            Err(_) => Vec::new(),
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
            entry,
            draft,
            views,
            points: Vec::new(),
        }
    }
}

/// A member whose commitments are not all computed.
struct Uncommitted {
    entry: u64,
    draft: Draft,
    views: Vec<NewView>,
    /// The commitments so far, in the order of `views`.
    points: Vec<(View, ViewCommitment)>,
}

/// Commits to one view of all members that have it.
fn commit_view(members: &mut [Uncommitted], index: u8, view: View, committer: &Committer) {
    let own = |member: &Uncommitted| member.views.iter().position(|own| own.index == index);
    let having: Vec<(usize, usize)> = members
        .iter()
        .enumerate()
        .filter_map(|(i, member)| Some((i, own(member)?)))
        .collect();
    let openings: Vec<(&[u8], &ViewBlind)> = having
        .iter()
        .map(|&(i, own)| &members[i].views[own].opening)
        .map(|opening| (opening.tensor.as_slice(), &opening.blind))
        .collect();
    let points = committer.commit_many(&openings);
    for ((i, _), point) in having.into_iter().zip(points) {
        members[i].points.push((view, point));
    }
}

impl Uncommitted {
    /// Draws the salts.
    fn seal(self) -> NewMember {
        let Draft {
            place,
            parent,
            name,
            kind,
            size,
            sha256,
            suffix,
            page,
            rendition,
        } = self.draft;
        let status = match (&rendition, page) {
            (Err(reason), _) => Status::Exception(*reason),
            (Ok(_), Some(_)) => Status::Page,
            (Ok(_), None) => Status::Item,
        };
        let (rendition, kept) = match rendition {
            Ok(rendition) => (
                Some(CommittedRendition {
                    digest: rendition.digest,
                    salt: Salt::random(),
                    source: rendition.source,
                    is_kept: rendition.kept.is_some(),
                }),
                rendition.kept,
            ),
            Err(_) => (None, None),
        };
        let points = self.points.iter();
        NewMember {
            key: MemberKey {
                entry: self.entry,
                place,
            },
            member: Member {
                name,
                parent,
                kind,
                size,
                sha256,
                suffix,
                page,
                salt: Salt::random(),
                status,
                rendition,
                duplicate_of: None,
                points: points
                    .map(|(view, point)| (*view, point.to_bytes()))
                    .collect(),
            },
            views: self.views,
            kept,
        }
    }
}
