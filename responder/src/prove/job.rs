//! The batches of one job: what goes into each, and which are missing.

use crate::asked::Asked;
use crate::vault::{Vault, VaultError, ViewOpening};
use duces_circuits::proof::MAX_BYTES;
use duces_circuits::{AnsweredItem, Dimensions, SecretItem, Srs, Verifier};
use duces_protocol::pedersen::ViewCommitment;
use duces_protocol::production::batches::Batches;
use duces_shell::progress::Progress;
use duces_shell::read::{self, ReadError};
use duces_shell::{Failure, say};
use rayon::prelude::*;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// All batches of one request on one vault.
pub struct Job<'a> {
    vault: &'a Vault,
    request: &'a Asked,
    positions: &'a [u64],
    batches: Batches,
    folder: &'a Path,
}

/// The private inputs of one batch.
pub struct BatchInputs(Vec<PrivateInputs>);

/// The private inputs of one item, and the commitment that they open.
struct PrivateInputs {
    position: u64,
    opening: ViewOpening,
    commitment: ViewCommitment,
}

/// What the file of a batch is worth.
enum ProofFile {
    /// It holds a proof of the batch.
    Holds,
    /// It does not: it is damaged, or of something else.
    DoesNotHold,
}

impl BatchInputs {
    /// Number of items.
    pub fn len(&self) -> u64 {
        self.0.len() as u64
    }

    /// The inputs in the form that the prover takes.
    pub fn items(&self) -> Vec<SecretItem<'_>> {
        self.0
            .iter()
            .map(|item| SecretItem {
                position: item.position,
                view: &item.opening.tensor,
                blind: &item.opening.blind,
                commitment: item.commitment,
            })
            .collect()
    }
}

impl<'a> Job<'a> {
    /// The batches over the provable `positions`.
    pub fn new(
        vault: &'a Vault,
        request: &'a Asked,
        positions: &'a [u64],
        batches: Batches,
        folder: &'a Path,
    ) -> Self {
        Self {
            vault,
            request,
            positions,
            batches,
            folder,
        }
    }

    /// The file of a batch.
    pub fn path(&self, batch: u64) -> PathBuf {
        self.folder.join(Batches::file_name(batch))
    }

    /// Number of documents in these batches.
    pub fn documents(&self, batches: &[u64]) -> u64 {
        batches
            .iter()
            .map(|&batch| self.members(batch).len() as u64)
            .sum()
    }

    /// The private inputs of a batch, read from the vault.
    pub fn private_inputs(&self, batch: u64) -> Result<BatchInputs, VaultError> {
        let inputs: Result<Vec<PrivateInputs>, VaultError> = self
            .members(batch)
            .par_iter()
            .map(|&position| {
                let view = self.request.view();
                let commitment = self.vault.item(position)?.leaf()?.view(view);
                let commitment = commitment.ok_or_else(|| {
                    VaultError::Damaged(format!("position {position} lacks a view commitment"))
                })?;
                Ok(PrivateInputs {
                    position,
                    opening: self.vault.view(view, position)?,
                    commitment,
                })
            })
            .collect();
        Ok(BatchInputs(inputs?))
    }

    /// The batches among `mine` that have no proof, or one that does not hold.
    pub fn missing(
        &self,
        mine: &[u64],
        dimensions: Dimensions,
        srs: Option<&Srs>,
    ) -> Result<Vec<u64>, Failure> {
        let present: Vec<u64> = mine
            .iter()
            .copied()
            .filter(|&batch| self.path(batch).is_file())
            .collect();
        if present.is_empty() {
            return Ok(mine.to_vec());
        }
        let verifier = self.request.verifier(dimensions, srs)?;
        let progress = Progress::new("checking", "proofs", Some(present.len() as u64));
        let mut bad = Vec::new();
        for batch in present {
            if let ProofFile::DoesNotHold = self.check(&verifier, batch)? {
                say(format_args!(
                    "{} does not verify: proving it again",
                    Batches::file_name(batch)
                ))?;
                bad.push(batch);
            }
            progress.add(1);
        }
        progress.finish();
        Ok(mine
            .iter()
            .copied()
            .filter(|batch| bad.contains(batch) || !self.path(*batch).is_file())
            .collect())
    }

    /// Reads and verifies the proof of a batch.
    fn check(&self, verifier: &Verifier, batch: u64) -> Result<ProofFile, Failure> {
        let path = self.path(batch);
        let proof = match read::bytes(&path, MAX_BYTES as u64) {
            Ok(proof) => proof,
            Err(ReadError::TooLong | ReadError::NotAFile) => return Ok(ProofFile::DoesNotHold),
            // Another process has removed it: it is proved again.
            Err(ReadError::Io(error)) if error.kind() == ErrorKind::NotFound => {
                return Ok(ProofFile::DoesNotHold);
            }
            Err(ReadError::Io(error)) => return Err(Failure::io("read", &path, &error)),
        };
        let mut check = verifier.start();
        let verified = check
            .add_answers(batch, &self.public(batch)?, &proof)
            .and_then(|()| check.finish());
        Ok(match verified {
            Ok(()) => ProofFile::Holds,
            Err(_) => ProofFile::DoesNotHold,
        })
    }

    /// What everybody will see of a batch.
    fn public(&self, batch: u64) -> Result<Vec<AnsweredItem>, VaultError> {
        let inputs = self.private_inputs(batch)?;
        Ok(inputs
            .0
            .par_iter()
            .map(|item| AnsweredItem {
                position: item.position,
                commitment: item.commitment,
                answer: self.request.answer(&item.opening.tensor),
            })
            .collect())
    }

    fn members(&self, batch: u64) -> &[u64] {
        let range = self.batches.range(batch);
        &self.positions[range.start as usize..range.end as usize]
    }
}
