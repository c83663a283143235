//! The batches of one job: what goes into each, and which are missing.

use crate::failure::Failure;
use crate::output::say;
use crate::progress::Progress;
use crate::vault::{Vault, VaultError};
use duces_circuits::{Context, PublicItem, SecretItem, Srs, Verifier, Width};
use duces_protocol::pedersen::{ViewBlind, ViewCommitment};
use duces_protocol::production::batches::Batches;
use duces_protocol::request::Request;
use rayon::prelude::*;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// All batches of one request on one vault.
pub struct Job<'a> {
    vault: &'a Vault,
    request: &'a Request,
    positions: &'a [u64],
    batches: Batches,
    folder: &'a Path,
}

/// The private inputs of one batch.
pub struct Secrets(Vec<Secret>);

struct Secret {
    position: u64,
    view: Zeroizing<Vec<u8>>,
    blind: ViewBlind,
    commitment: ViewCommitment,
}

impl Secrets {
    /// Number of items.
    pub fn len(&self) -> u64 {
        self.0.len() as u64
    }

    /// As the prover takes them.
    pub fn items(&self) -> Vec<SecretItem<'_>> {
        self.0
            .iter()
            .map(|secret| SecretItem {
                position: secret.position,
                view: &secret.view,
                blind: &secret.blind,
                commitment: secret.commitment,
            })
            .collect()
    }
}

impl<'a> Job<'a> {
    /// The batches over the provable `positions`.
    pub fn new(
        vault: &'a Vault,
        request: &'a Request,
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

    /// What every proof is bound to.
    pub fn context(&self) -> Context {
        Context {
            commitment: self.request.commitment,
            request: self.request.digest(),
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

    /// The private inputs of a batch, out of the vault.
    pub fn secrets(&self, batch: u64) -> Result<Secrets, VaultError> {
        let secrets: Result<Vec<Secret>, VaultError> = self
            .members(batch)
            .par_iter()
            .map(|&position| {
                let view = self.request.view;
                let commitment = self.vault.item(position)?.leaf()?.view(view);
                let commitment = commitment.ok_or_else(|| {
                    VaultError::Damaged(format!("position {position} lacks a view commitment"))
                })?;
                let (view, blind) = self.vault.view(view, position)?;
                Ok(Secret {
                    position,
                    view,
                    blind,
                    commitment,
                })
            })
            .collect();
        Ok(Secrets(secrets?))
    }

    /// The batches among `mine` that have no proof, or one that does not verify.
    pub fn missing(
        &self,
        mine: &[u64],
        width: Width,
        srs: Option<&Srs>,
    ) -> Result<Vec<u64>, Failure> {
        let there: Vec<u64> = mine
            .iter()
            .copied()
            .filter(|&batch| self.path(batch).is_file())
            .collect();
        if there.is_empty() {
            return Ok(mine.to_vec());
        }
        let verifier = Verifier::new(self.request, self.context(), width, srs)?;
        let progress = Progress::new("checking", "proofs", Some(there.len() as u64));
        let mut bad = Vec::new();
        for batch in there {
            let mut check = verifier.start();
            let verified = match self.read(batch)? {
                Some(proof) => check
                    .add(batch, &self.public(batch)?, &proof)
                    .and_then(|()| check.finish())
                    .is_ok(),
                None => false,
            };
            if !verified {
                say(&format!(
                    "{} does not verify: proving it again",
                    Batches::file_name(batch)
                ));
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

    /// The bytes of a proof file; `None` when it is too long to be one.
    fn read(&self, batch: u64) -> Result<Option<Vec<u8>>, Failure> {
        let path = self.path(batch);
        let failed = |e: std::io::Error| Failure::io("read", &path, &e);
        match fs::metadata(&path) {
            Ok(about) if about.len() > duces_circuits::proof::MAX_BYTES as u64 => Ok(None),
            Ok(_) => fs::read(&path).map(Some).map_err(failed),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    /// What everybody will see of a batch.
    fn public(&self, batch: u64) -> Result<Vec<PublicItem>, VaultError> {
        let secrets = self.secrets(batch)?;
        let classifier = &self.request.classifier;
        Ok(secrets
            .0
            .par_iter()
            .map(|secret| PublicItem {
                position: secret.position,
                commitment: secret.commitment,
                matches: classifier.matches(&secret.view),
            })
            .collect())
    }

    fn members(&self, batch: u64) -> &[u64] {
        let range = self.batches.range(batch);
        &self.positions[range.start as usize..range.end as usize]
    }
}
