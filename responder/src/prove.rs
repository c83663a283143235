//! `prove`: one cryptographic proof for each batch of documents.
//!
//! Each proof is written under another name and renamed, so the command can be killed at any time.
//! Proofs that are in the folder are verified: those that hold are kept, the others are made again.
//! The batches and their order follow from the vault, the request and the layout, whose dimensions
//! [`Header`] fixes for the folder: any number of processes can share the work by `--shard`.

mod header;
mod job;

pub use header::Header;

use crate::asked::Asked;
use crate::cli::{ProveArgs, Shard};
use crate::failures::{layout_failed, prove_failed, setup_failed};
use crate::figures::Figures;
use crate::review::check_commitment;
use duces_circuits::{Layout, Srs, Width, plan};
use duces_protocol::production::batches::Batches;
use duces_protocol::request::Scheme;
use duces_shell::output::{refuse_existing, remove_parts, write_file};
use duces_shell::progress::Progress;
use duces_shell::{Failure, say, shown};
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
    let vault = args.vault.open()?;
    let request = Asked::read(&args.request, args.weights.as_deref())?;
    check_commitment(&vault, &request)?;
    let positions = vault.provable(request.view())?;
    request
        .form()
        .check_count(positions.len())
        .map_err(|error| {
            Failure::refused(
                format!("the request cannot be answered: {error}"),
                "ask for classes, or for fewer scores",
            )
        })?;
    let layout = choose_layout(args, &request, positions.len())?;
    let dimensions = layout.dimensions();
    let batches = Batches::new(positions.len() as u64, layout.items_per_batch());
    let header = Header::new(&request, dimensions, &batches);
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
    let missing = job.missing(&mine, dimensions, srs.as_ref())?;
    let (mut items, mut bytes) = (0, 0);
    if !missing.is_empty() {
        say(format_args!(
            "proving {} of {} batches, up to {} documents in each",
            missing.len(),
            batches.count(),
            layout.items_per_batch()
        ))?;
        let prover = request.prover(dimensions, srs.as_ref())?;
        let progress = Progress::new("proving", "documents", Some(job.documents(&missing)));
        for batch in missing {
            let inputs = job.private_inputs(batch)?;
            let proof = prover.prove(batch, &inputs.items()).map_err(prove_failed)?;
            write_file(&job.path(batch), &proof.0, true)?;
            items += inputs.len();
            bytes += proof.0.len() as u64;
            progress.add(inputs.len());
        }
        progress.finish();
    }
    let figures = Figures::new("prove", items, start.elapsed().as_secs_f64(), bytes);
    figures.write(args.json.as_deref(), args.force)?;
    say(format_args!(
        "proved in this run: {items} documents, {bytes} bytes"
    ))?;
    say(format_args!("time: {:.1} s", figures.seconds))?;
    say(missing_line(
        missing_files(&args.out, 0..batches.count()).len(),
        batches.count(),
    ))
}

/// The ceremony file, where the request's scheme has one.
///
/// # Errors
/// When it is needed and not given, given and not needed, or refused.
pub fn ceremony_file(request: &Asked, path: Option<&Path>) -> Result<Option<Srs>, Failure> {
    match (request.scheme(), path) {
        (Scheme::Ipa, None) => Ok(None),
        (Scheme::Kzg { srs }, Some(path)) => Srs::read(path, srs).map(Some).map_err(setup_failed),
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

/// The layout of the width that the user asked for, else that of the folder, else the cheapest.
fn choose_layout(args: &ProveArgs, request: &Asked, items: usize) -> Result<Layout, Failure> {
    let classifier = request.classifier();
    if let Some(bits) = args.width {
        let width = Width::from_bits(bits).ok_or_else(|| {
            let list = Width::ALL.map(|width| width.to_string()).join(", ");
            Failure::unable(
                format!("{bits} is not a width"),
                format!("choose one of {list}, or leave --width out"),
            )
        })?;
        return plan::best(classifier, width).map_err(layout_failed);
    }
    if !args.force
        && let Some(header) = Header::read(&args.out)?
    {
        return Layout::new(classifier, header.dimensions()).map_err(layout_failed);
    }
    Ok(plan::cheapest(classifier, items))
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
        say(Batches::file_name(*batch))?;
    }
    if mine.len() as u64 == all {
        say(missing_line(missing.len(), all))
    } else {
        say(format_args!(
            "missing in this part: {} of {}",
            missing.len(),
            mine.len()
        ))
    }
}

/// The batches among these whose proof is not in the folder.
pub fn missing_files(folder: &Path, batches: impl Iterator<Item = u64>) -> Vec<u64> {
    batches
        .filter(|&batch| !folder.join(Batches::file_name(batch)).is_file())
        .collect()
}

fn missing_line(missing: usize, all: u64) -> String {
    match missing {
        0 => format!("proved: {all} of {all} batches"),
        missing => format!("missing: {missing} of {all} batches"),
    }
}

/// The header of a folder with proofs.
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
