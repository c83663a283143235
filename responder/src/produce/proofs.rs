//! The proofs of a production: all there, and all of them hold, before anything is written.

use super::decisions::Decisions;
use super::folder::Production;
use crate::asked::Asked;
use crate::cli::ProduceArgs;
use crate::prove::{Header, ceremony_file, header_of};
use crate::vault::{Vault, VaultError};
use duces_circuits::proof::MAX_BYTES;
use duces_circuits::{AnsweredItem, Dimensions};
use duces_protocol::digest::Digest;
use duces_protocol::leaf::FileHasher;
use duces_protocol::production::batches::Batches;
use duces_protocol::production::names;
use duces_shell::progress::Progress;
use duces_shell::{Failure, read, shown};
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// Proofs that hold, and the digests of their files.
pub struct Proofs {
    folder: PathBuf,
    header: Header,
    digests: Vec<Digest>,
}

impl Proofs {
    /// Reads and verifies the proofs of all batches.
    ///
    /// # Errors
    /// When the folder is for another job, or a proof is missing or does not hold.
    pub fn check(
        args: &ProduceArgs,
        vault: &Vault,
        request: &Asked,
        decisions: &Decisions,
    ) -> Result<Self, Failure> {
        let folder = &args.proofs;
        let header = header_of(folder)?;
        let srs = ceremony_file(request, args.srs.as_deref())?;
        let verifier = request.verifier(header.dimensions(), srs.as_ref())?;
        let provable = decisions.provable();
        let batches = Batches::new(provable.len() as u64, verifier.layout().items_per_batch());
        if header != Header::new(request, header.dimensions(), &batches) {
            return Err(Header::mismatch(folder));
        }
        all_there(folder, &batches)?;
        let progress = Progress::new("checking", "proofs", Some(batches.count()));
        let mut check = verifier.start();
        let mut digests = Vec::new();
        for batch in 0..batches.count() {
            let range = batches.range(batch);
            let items = (range.start as usize..range.end as usize)
                .into_par_iter()
                .map(|ordinal| item(vault, request, decisions, ordinal))
                .collect::<Result<Vec<_>, VaultError>>()?;
            let proof = read_proof(folder, batch)?;
            check
                .add_answers(batch, &items, &proof)
                .map_err(|_| do_not_hold(folder))?;
            digests.push(FileHasher::of(&proof));
            progress.add(1);
        }
        check.finish().map_err(|_| do_not_hold(folder))?;
        progress.finish();
        Ok(Self {
            folder: folder.clone(),
            header,
            digests,
        })
    }

    /// The dimensions of their layout.
    pub fn dimensions(&self) -> Dimensions {
        self.header.dimensions()
    }

    /// Copies the proofs into the production.
    ///
    /// # Errors
    /// When a file has changed since it was checked, or cannot be written.
    pub fn copy(&self, out: &mut Production) -> Result<(), Failure> {
        for (digest, batch) in self.digests.iter().zip(0..) {
            let proof = read_proof(&self.folder, batch)?;
            if FileHasher::of(&proof) != *digest {
                return Err(do_not_hold(&self.folder));
            }
            out.write(
                &format!("{}/{}", names::PROOFS, Batches::file_name(batch)),
                &proof,
            )?;
        }
        Ok(())
    }
}

fn all_there(folder: &Path, batches: &Batches) -> Result<(), Failure> {
    let is_missing = |batch: &u64| !folder.join(Batches::file_name(*batch)).is_file();
    let missing: Vec<u64> = (0..batches.count()).filter(is_missing).collect();
    let Some(first) = missing.first() else {
        return Ok(());
    };
    Err(Failure::unable(
        format!(
            "{} does not hold all proofs: {} of {} are missing, the first is {}",
            shown(folder),
            missing.len(),
            batches.count(),
            Batches::file_name(*first)
        ),
        "run 'responder prove' again; it proves what is missing",
    ))
}

/// The provable item of this number, as everybody will see it.
fn item(
    vault: &Vault,
    request: &Asked,
    decisions: &Decisions,
    ordinal: usize,
) -> Result<AnsweredItem, VaultError> {
    let position = decisions.provable()[ordinal];
    let leaf = vault.item(position)?.leaf()?;
    let commitment = leaf.view(request.view()).ok_or_else(|| {
        VaultError::Damaged(format!("position {position} lacks a view commitment"))
    })?;
    Ok(AnsweredItem {
        position,
        commitment,
        answer: decisions.answers()[ordinal].clone(),
    })
}

fn read_proof(folder: &Path, batch: u64) -> Result<Vec<u8>, Failure> {
    read::named(
        &folder.join(Batches::file_name(batch)),
        MAX_BYTES as u64,
        "proof",
    )
}

fn do_not_hold(folder: &Path) -> Failure {
    Failure::refused(
        format!(
            "the proofs in {} do not hold for this vault and request",
            shown(folder)
        ),
        "run 'responder prove' again; it replaces the proofs that do not hold",
    )
}
