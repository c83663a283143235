//! Bookkeeping at a size that nobody can prove on one machine: what the real functions do with any
//! number of positions, where a stand-in takes the place of the vault and of the proofs.
//!
//! Positions are made up from a seed, each from its number alone: items, pages, exceptions, families
//! whose head stands anywhere, one match in 441. Their view commitments are real points, of which there
//! are a few. The rest is what the programs run: the tree and the commitment, the ledger's writer, the
//! batching rule, and the judge from `[check-decode]` to `[check-coverage]`. Files of one byte stand in
//! for proofs, so `[check-proofs]` is not reached. Then one disposition is changed, which the judge has
//! to refuse.
//!
//! Needs 100 bytes of disk for a position.

use duces_circuits::plan;
use duces_judge_verify::check::Check;
use duces_judge_verify::checks::{self, Inputs, Stopped};
use duces_judge_verify::extractor::Choice;
use duces_judge_verify::fault::NotPassed;
use duces_kit::request;
use duces_protocol::commitment::Commitment;
use duces_protocol::digest::Digest;
use duces_protocol::exceptions::Reason;
use duces_protocol::leaf::{LeafData, Status};
use duces_protocol::pedersen::{Committer, Generators, ViewBlind, ViewCommitment};
use duces_protocol::production::batches::Batches;
use duces_protocol::production::ledger::{Disposition, LedgerError, LedgerWriter};
use duces_protocol::production::manifest::Manifest;
use duces_protocol::production::withholding::WithholdingLog;
use duces_protocol::production::{load_file, logs, names, openings, opticon};
use duces_protocol::profile::Profile;
use duces_protocol::request::Request;
use duces_protocol::tree::TreeBuilder;
use duces_protocol::view::View;
use duces_shell::{Failure, memory, say};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use rayon::prelude::*;
use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Positions that are made up at a time.
const CHUNK: u64 = 1 << 14;

/// Bytes of a record with one view and no family.
const RECORD: u64 = 99;

/// Runs it for so many positions, in a folder of its own, and prints what each stage took.
///
/// # Errors
/// When the disk refuses, or the judge says otherwise than it has to.
pub fn run(count: u64, seed: u64) -> Result<(), Failure> {
    let folder = tempfile::tempdir().map_err(|error| Failure::unable(error.to_string(), DISK))?;
    let matter = MadeUp::new(count, seed);
    say(format!("{count} positions, seed {seed}"))?;
    let commitment = stage("commit: leaves, tree", count, || matter.commit())?;
    let made = stage("produce: ledger, batches", count, || {
        matter.produce(&commitment, folder.path())
    })?;
    let len = fs::metadata(made.join(names::LEDGER)).map_or(0, |about| about.len());
    say(format!("  ledger: {len} bytes"))?;
    let inputs = Inputs {
        production: made.clone(),
        commitment: folder.path().join("commitment.txt"),
        earlier: Vec::new(),
        request: folder.path().join("request"),
        srs: None,
        extractor: Choice::default(),
    };
    let judged = stage("judge: decode to coverage", count, || {
        Ok(checks::until_covered(&inputs, |passed| {
            let seconds = passed.time.as_secs_f64();
            // A closed output ends the run at the next line.
            let _ = say(format!("  {}: {seconds:.1} s", passed.check));
        }))
    })?;
    let counts = judged.map_err(surprise)?;
    say(format!(
        "  covered: {} not responsive, {} matches, {} exceptions, {} pages, {} families, {} batches",
        counts.not_responsive,
        counts.responsive,
        counts.exceptions,
        counts.pages,
        counts.families,
        counts.batches
    ))?;
    let accounted = counts.not_responsive + counts.responsive + counts.exceptions + counts.no_view;
    if accounted != count || counts.exceptions == 0 || counts.families == 0 {
        return Err(wrong(format!(
            "{accounted} of {count} positions have a disposition"
        )));
    }
    hide_one(&made.join(names::LEDGER))
        .map_err(|error| Failure::unable(error.to_string(), DISK))?;
    match checks::until_covered(&inputs, |_| {}) {
        Err(Stopped {
            check: Check::Coverage,
            why: NotPassed::Rejected(fault),
        }) => say(format!(
            "one position hidden: refused, {}: {}",
            fault.place, fault.what
        )),
        Err(stopped) => Err(surprise(stopped)),
        Ok(_) => Err(wrong("a hidden position was not noticed".to_owned())),
    }
}

const DISK: &str = "make room on the disk for 100 bytes a position, or take fewer positions";

fn wrong(what: String) -> Failure {
    Failure::refused(what, "look for the fault in the checks of the judge")
}

fn surprise(stopped: Stopped) -> Failure {
    wrong(format!("{}: {:?}", stopped.check, stopped.why))
}

/// Runs a stage and prints its time and the largest memory so far.
fn stage<T>(
    name: &str,
    count: u64,
    run: impl FnOnce() -> Result<T, Failure>,
) -> Result<T, Failure> {
    let (start, before) = (Instant::now(), processor_seconds());
    let result = run()?;
    let seconds = start.elapsed().as_secs_f64();
    let busy = processor_seconds() - before;
    let peak = memory::peak().map_or("unknown".to_owned(), |bytes| format!("{} MB", bytes >> 20));
    let each = busy * 1e6 / count as f64;
    say(format!(
        "{name}: {seconds:.1} s, {busy:.1} s of a core, {each:.2} µs a position; memory so far {peak}"
    ))?;
    Ok(result)
}

/// Seconds of a core that this process has used, all threads together.
fn processor_seconds() -> f64 {
    let usage = getrusage(UsageWho::RUSAGE_SELF).expect("a process may ask about itself");
    let seconds = |time: TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    seconds(usage.user_time()) + seconds(usage.system_time())
}

/// Calls the last position, which is a plain item, one without the view.
fn hide_one(ledger: &Path) -> std::io::Result<()> {
    const NO_VIEW: u8 = 4;
    let mut file = OpenOptions::new().read(true).write(true).open(ledger)?;
    let at = file.metadata()?.len() - RECORD;
    let mut code = [0];
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(&mut code)?;
    assert_eq!(code, [0], "the last position is listed as not responsive");
    file.seek(SeekFrom::Start(at))?;
    file.write_all(&[NO_VIEW])
}

/// Positions that are made up.
struct MadeUp {
    count: u64,
    seed: u64,
    profile: Profile,
    view: View,
    points: Vec<ViewCommitment>,
}

impl MadeUp {
    fn new(count: u64, seed: u64) -> Self {
        let profile = Profile::parse("[views]\ntexts = [\"text-hash-64\"]\n");
        let profile = profile.expect("it is a profile");
        let committer = Committer::new(&Generators::derive(64), 64);
        let commit = |i: u8| committer.commit(&[i; 64], &ViewBlind::random());
        Self {
            // The last position is a plain item.
            count: count.max(16),
            seed,
            view: profile.views()[0],
            profile,
            points: (0..64).map(commit).collect(),
        }
    }

    /// 64 bits that follow from the seed, the position and a purpose (SplitMix64).
    fn bits(&self, position: u64, purpose: u64) -> u64 {
        let step = position.wrapping_mul(8).wrapping_add(purpose + 1);
        let mut z = self
            .seed
            .wrapping_add(step.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    fn digest(&self, position: u64, purpose: u64) -> Digest {
        let mut bytes = [0; 32];
        let word = self.bits(position, purpose);
        for (place, chunk) in (0..).zip(bytes.chunks_exact_mut(8)) {
            chunk.copy_from_slice(&word.rotate_left(16 * place).to_le_bytes());
        }
        Digest(bytes)
    }

    /// Of ten positions one is a page, one an exception in a fifth of all cases, and two belong to the
    /// family of another one, whose number ends with 0.
    fn leaf(&self, position: u64) -> (LeafData, Disposition) {
        let last = position + 1 == self.count;
        let kind = self.bits(position, 0);
        let status = match position % 10 {
            3 if kind.is_multiple_of(5) && !last => Status::Exception(Reason::Damaged),
            7 if !last => Status::Page,
            _ => Status::Item,
        };
        let family = match position % 10 {
            4 | 7 if !last => 10 * (kind % self.count.div_ceil(10)),
            _ => position,
        };
        let is_match = !last && self.bits(position, 1).is_multiple_of(441);
        let disposition = match status {
            Status::Exception(_) => Disposition::Exception,
            Status::Page => Disposition::NoView,
            Status::Item if is_match => Disposition::Withheld,
            Status::Item => Disposition::NotResponsive,
        };
        let views = match status {
            Status::Item => vec![(self.view, self.points[(kind >> 32) as usize % 64])],
            Status::Page | Status::Exception(_) => Vec::new(),
        };
        let leaf = LeafData {
            status,
            family,
            file: self.digest(position, 2),
            rendition: status.is_read().then(|| self.digest(position, 3)),
            views,
        };
        (leaf, disposition)
    }

    /// Calls `visit` for all positions, chunk after chunk, with what `make` makes of each.
    fn for_all<T: Send>(
        &self,
        make: impl Fn(u64) -> T + Sync,
        mut visit: impl FnMut(T) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        for first in (0..self.count).step_by(CHUNK as usize) {
            let chunk: Vec<T> = (first..self.count.min(first + CHUNK))
                .into_par_iter()
                .map(&make)
                .collect();
            chunk.into_iter().try_for_each(&mut visit)?;
        }
        Ok(())
    }

    fn commit(&self) -> Result<Commitment, Failure> {
        let mut tree = TreeBuilder::new();
        self.for_all(
            |position| self.leaf(position).0.hash(position),
            |leaf| {
                tree.push(leaf);
                Ok(())
            },
        )?;
        let origin = "Scale".parse().expect("it is a name");
        let tree = tree.finish().expect("there are positions");
        let (profile, views) = (self.profile.digest(), self.profile.views());
        Ok(Commitment::new(origin, self.count, tree, profile, views).expect("it is in order"))
    }

    /// Writes what a judge is given.
    fn produce(&self, commitment: &Commitment, folder: &Path) -> Result<PathBuf, Failure> {
        let failed = |error: std::io::Error| Failure::unable(error.to_string(), DISK);
        let write = |path: PathBuf, bytes: &[u8]| fs::write(path, bytes).map_err(failed);
        write(
            folder.join("commitment.txt"),
            commitment.to_string().as_bytes(),
        )?;
        let request = request::for_word(commitment.digest(), "flood", 1);
        write(folder.join("request"), &request.encode())?;

        let made = folder.join("production");
        for name in [names::NATIVES, names::TEXT, names::IMAGES, names::PROOFS] {
            fs::create_dir_all(made.join(name)).map_err(failed)?;
        }
        let file = File::create(made.join(names::LEDGER)).map_err(failed)?;
        let ledger_failed = |error: LedgerError| wrong(format!("the ledger: {error}"));
        let out = BufWriter::with_capacity(1 << 20, file);
        let writer = LedgerWriter::onto(out, self.count, &self.profile.views());
        let mut writer = writer.map_err(ledger_failed)?;
        let mut provable = 0;
        self.for_all(
            |position| self.leaf(position),
            |(leaf, disposition)| {
                provable += u64::from(leaf.view(self.view).is_some());
                writer.push(&leaf, disposition).map_err(ledger_failed)
            },
        )?;
        let mut out = writer.finish().map_err(ledger_failed)?;
        out.flush().map_err(failed)?;
        self.rest(commitment, &request, provable, &made)?;
        Ok(made)
    }

    /// The files beside the ledger. One byte stands in for each proof.
    fn rest(
        &self,
        commitment: &Commitment,
        request: &Request,
        provable: u64,
        made: &Path,
    ) -> Result<(), Failure> {
        let write = |name: &str, bytes: &[u8]| {
            let written = fs::write(made.join(name), bytes);
            written.map_err(|error| Failure::unable(error.to_string(), DISK))
        };
        let items = usize::try_from(provable).unwrap_or(usize::MAX);
        let layout = plan::cheapest(&request.classifier, items);
        let batches = Batches::new(provable, layout.items_per_batch());
        for batch in 0..batches.count() {
            write(
                &format!("{}/{}", names::PROOFS, Batches::file_name(batch)),
                b"-",
            )?;
        }
        let dimensions = layout.dimensions();
        let manifest = Manifest {
            commitment: commitment.digest(),
            request: request.digest(),
            items: self.count,
            width: dimensions.width().bits(),
            k: dimensions.k(),
            lanes: dimensions.lanes() as u32,
            bates_prefix: "DOC".parse().expect("it is a prefix"),
        };
        write(names::MANIFEST, manifest.to_json().as_bytes())?;
        write(names::PROFILE, self.profile.to_string().as_bytes())?;
        write(names::OPENINGS, openings::render([]).as_bytes())?;
        write(names::LOAD_FILE, &load_file::render(&[]))?;
        write(names::IMAGE_FILE, &opticon::render(&[]))?;
        let log = WithholdingLog::default();
        write(names::WITHHOLDING, &log.to_csv())?;
        for (name, bytes) in logs::render(&log, &manifest, |_| None) {
            write(name, &bytes)?;
        }
        // The list of sums is read here, and compared in [check-sums] alone.
        write(names::SUMS, b"")
    }
}
