//! `prove`: one cryptographic proof for each batch of documents.
//!
//! Each proof is written beside and renamed, so the command can be killed at any time. What is
//! there already is verified and kept; what does not verify is proved again. Batches and their
//! order follow from the vault, the request and the width, which [`Header`] fixes for the folder:
//! any number of processes can share the work by `--shard`.

mod header;
mod job;

pub use header::Header;

use crate::cli::{ProveArgs, Shard};
use crate::failure::{Failure, shown};
use crate::figures::Figures;
use crate::output::{refuse_existing, remove_parts, say, write_file};
use crate::progress::Progress;
use crate::review::check_commitment;
use crate::vault::Vault;
use crate::{input, output};
use duces_circuits::{Layout, LayoutError, ProveError, Prover, SetupError, Srs, Width};
use duces_protocol::production::batches::Batches;
use duces_protocol::request::{Request, Scheme};
use job::Job;
use std::fs;
use std::path::Path;
use std::time::Instant;

/// Runs the command.
///
/// # Errors
/// When the request is not for this vault, the width or the ceremony file does not fit, the folder
/// holds proofs of something else, or the disk refuses.
pub fn run(args: &ProveArgs) -> Result<(), Failure> {
    let start = Instant::now();
    if let Some(json) = &args.json {
        refuse_existing(json, args.force)?;
    }
    let vault = Vault::open(&args.vault)?;
    let request = input::request(&args.request)?;
    check_commitment(&vault, &request)?;
    let positions = vault.provable(request.view)?;
    let width = choose_width(args, &request, positions.len())?;
    let layout = Layout::new(&request.classifier, width)?;
    let batches = Batches::new(positions.len() as u64, layout.items_per_batch());
    let header = Header::new(&request, width, &batches);
    let shard = args.shard.unwrap_or(Shard::WHOLE);
    let mine: Vec<u64> = (0..batches.count())
        .filter(|&batch| shard.has(batch))
        .collect();
    if args.status {
        return status(args, &header, &mine, batches.count());
    }
    prepare_folder(args, &header, shard)?;
    let srs = ceremony_file(&request, args.srs.as_deref())?;
    let job = Job::new(&vault, &request, &positions, batches, &args.out);
    let missing = job.missing(&mine, width, srs.as_ref())?;
    let (mut items, mut bytes) = (0, 0);
    if !missing.is_empty() {
        say(&format!(
            "proving {} of {} batches, up to {} documents in each",
            missing.len(),
            batches.count(),
            layout.items_per_batch()
        ));
        let prover = Prover::new(&request, job.context(), width, srs.as_ref())?;
        let progress = Progress::new("proving", "documents", Some(job.documents(&missing)));
        for batch in missing {
            let secrets = job.secrets(batch)?;
            let proof = prover.prove(batch, &secrets.items())?;
            write_file(&job.path(batch), &proof.0, true)?;
            items += secrets.len();
            bytes += proof.0.len() as u64;
            progress.add(secrets.len());
        }
        progress.finish();
    }
    let figures = Figures::new("prove", items, start.elapsed().as_secs_f64(), bytes);
    figures.write(args.json.as_deref(), args.force)?;
    say(&format!(
        "proved in this run: {items} documents, {bytes} bytes"
    ));
    say(&format!("time: {:.1} s", figures.seconds));
    say(&missing_line(
        missing_files(&args.out, 0..batches.count()).len(),
        batches.count(),
    ));
    Ok(())
}

/// The ceremony file, where the request's scheme has one.
///
/// # Errors
/// When it is needed and not given, given and not needed, or refused.
pub fn ceremony_file(request: &Request, path: Option<&Path>) -> Result<Option<Srs>, Failure> {
    match (request.scheme, path) {
        (Scheme::Ipa, None) => Ok(None),
        (Scheme::Kzg { srs }, Some(path)) => Ok(Some(Srs::read(path, srs)?)),
        (Scheme::Ipa, Some(_)) => Err(Failure::unable(
            "the request's proofs need no ceremony file",
            "repeat the command without --srs",
        )),
        (Scheme::Kzg { srs }, None) => Err(Failure::unable(
            format!("the request names the ceremony file with SHA-256 {srs}"),
            "give that file with --srs",
        )),
    }
}

/// What the user asked for, else what the folder was begun with, else what suits the size.
fn choose_width(args: &ProveArgs, request: &Request, items: usize) -> Result<Width, Failure> {
    let list = || Width::ALL.map(|width| width.to_string()).join(", ");
    if let Some(bits) = args.width {
        return Width::from_bits(bits).ok_or_else(|| {
            Failure::unable(
                format!("{bits} is not a width"),
                format!("choose one of {}, or leave --width out", list()),
            )
        });
    }
    if !args.force
        && let Some(header) = Header::read(&args.out)?
    {
        return Ok(header.width());
    }
    Width::default_for(&request.classifier, items).ok_or_else(|| {
        Failure::refused(
            "the classifier is too large for any batch width",
            "ask the requesting party for a smaller classifier",
        )
    })
}

fn prepare_folder(args: &ProveArgs, header: &Header, shard: Shard) -> Result<(), Failure> {
    fs::create_dir_all(&args.out).map_err(|e| Failure::io("make", &args.out, &e))?;
    if args.force {
        discard(&args.out)?;
    }
    remove_parts(&args.out, |name| {
        batch_number(name).is_some_and(|batch| shard.has(batch))
    })?;
    header.agree(&args.out)
}

/// Removes the header and every proof.
fn discard(folder: &Path) -> Result<(), Failure> {
    let failed = |e: std::io::Error| Failure::io("clear", folder, &e);
    for entry in fs::read_dir(folder).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        let ours = name
            .to_str()
            .is_some_and(|n| n == header::FILE || batch_number(n).is_some());
        if ours {
            fs::remove_file(folder.join(name)).map_err(failed)?;
        }
    }
    Ok(())
}

fn batch_number(name: &str) -> Option<u64> {
    let number = name
        .strip_prefix("batch-")?
        .strip_suffix(".proof")?
        .parse()
        .ok()?;
    (Batches::file_name(number) == name).then_some(number)
}

fn status(args: &ProveArgs, header: &Header, mine: &[u64], all: u64) -> Result<(), Failure> {
    match Header::read(&args.out)? {
        Some(found) if found != *header => return Err(Header::mismatch(&args.out)),
        _ => {}
    }
    let missing = missing_files(&args.out, mine.iter().copied());
    for batch in &missing {
        say(&Batches::file_name(*batch));
    }
    if mine.len() as u64 == all {
        output::say(&missing_line(missing.len(), all));
    } else {
        say(&format!(
            "missing in this part: {} of {}",
            missing.len(),
            mine.len()
        ));
    }
    Ok(())
}

fn missing_files(folder: &Path, batches: impl Iterator<Item = u64>) -> Vec<u64> {
    batches
        .filter(|&batch| !folder.join(Batches::file_name(batch)).is_file())
        .collect()
}

fn missing_line(missing: usize, all: u64) -> String {
    match missing {
        0 => format!("all {all} batches are proved"),
        missing => format!("missing: {missing} of {all} batches"),
    }
}

impl From<SetupError> for Failure {
    fn from(error: SetupError) -> Self {
        let what = error.to_string();
        match error {
            SetupError::Layout(error) => error.into(),
            SetupError::Scheme(_) | SetupError::SrsUnreadable { .. } => Self::unable(
                what,
                "give the ceremony file that the request names with --srs",
            ),
            SetupError::SrsRefused { .. } => Self::refused(
                what,
                "give the ceremony file that the request names with --srs",
            ),
            SetupError::Keys(_) => Self::refused(
                what,
                "report it with the request file; the other side can draft again",
            ),
        }
    }
}

impl From<LayoutError> for Failure {
    fn from(error: LayoutError) -> Self {
        Self::unable(
            error.to_string(),
            "choose a larger --width, or leave --width out",
        )
    }
}

impl From<ProveError> for Failure {
    fn from(error: ProveError) -> Self {
        Self::refused(
            error.to_string(),
            "restore the vault from a copy and run the command again",
        )
    }
}

/// The header of a folder that must have one.
///
/// # Errors
/// When the folder has no header or a malformed one.
pub fn header_of(folder: &Path) -> Result<Header, Failure> {
    Header::read(folder)?.ok_or_else(|| {
        Failure::unable(
            format!("there are no proofs in {}", shown(folder)),
            "give the folder that 'prove' filled",
        )
    })
}
