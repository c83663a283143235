//! `extract`: read files ahead of `commit`, into a cache that processes and machines share.
//!
//! What is in the cache already is not read again, so that a run which was stopped goes on where it
//! was; shards share nothing but the corpus and the cache.

use crate::cli::{ExtractArgs, Shard};
use crate::corpus::{self, Entry, EntryKind, FamilyReader};
use crate::figures::Figures;
use crate::input;
use duces_extract::worker::{Isolation, Pool};
use duces_shell::progress::Progress;
use duces_shell::{Failure, extractor, say};
use rayon::iter::{ParallelBridge, ParallelIterator};
use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Runs the command.
///
/// # Errors
/// When an argument is wrong, the extractor cannot run, or the cache cannot be written.
pub fn run(args: &ExtractArgs) -> Result<(), Failure> {
    let start = Instant::now();
    let named = input::profile(&args.profile)?;
    let corpus = fs::canonicalize(&args.corpus);
    let corpus = corpus.map_err(|error| Failure::io("read", &args.corpus, &error))?;
    fs::read_dir(&corpus).map_err(|error| Failure::io("list", &args.corpus, &error))?;
    let cache = input::cache(&args.cache)?;
    let isolation = match args.isolate {
        true => Isolation::Each,
        false => Isolation::Shared,
    };
    let extractor = extractor::agreed(args.extractor.as_deref(), &named)?;
    let pool = Pool::new(extractor, isolation);
    let reader = FamilyReader::new(&corpus, &named, &pool, &[], Some(&cache));
    let shard = args.shard.unwrap_or(Shard::WHOLE);
    let progress = Progress::new("extracting", "files", None);
    let (read, members) = (AtomicU64::new(0), AtomicU64::new(0));
    let own = |(_, number): &(Entry, u64)| shard.has(*number);
    let is_file = |(entry, _): &(Entry, u64)| entry.kind == EntryKind::File;
    let files = corpus::list(&corpus).zip(0..).filter(own).filter(is_file);
    files.par_bridge().try_for_each(|(entry, _)| {
        let family = reader.read(&entry)?;
        members.fetch_add(family.len() as u64, Ordering::Relaxed);
        read.fetch_add(1, Ordering::Relaxed);
        progress.add(1);
        Ok::<_, Failure>(())
    })?;
    progress.finish();
    let seconds = start.elapsed().as_secs_f64();
    let figures = Figures::new("extract", read.into_inner(), seconds, 0);
    figures.write(args.json.as_deref(), true)?;
    say(format_args!(
        "read: {} files and parts, now in the cache",
        members.into_inner()
    ))
}
