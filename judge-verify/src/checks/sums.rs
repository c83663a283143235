//! Check 9, sums: `sha256sums.txt` and the load file say what the files say.
//!
//! The digests compared are those of the bytes that the checks before have read.

use super::coverage::Counts;
use super::withholding::Logged;
use super::{Evidence, sha256};
use crate::files;
use crate::verdict::{Failure, Fault};
use duces_protocol::leaf::Status;
use duces_protocol::production::withholding::WithholdingLog;
use duces_protocol::production::{load_file, names};

/// All nine checks have passed. Only check 9 makes one.
pub struct Verified {
    evidence: Evidence,
    counts: Counts,
}

pub(super) fn check(logged: Logged) -> Result<Verified, Failure> {
    let Logged {
        mut evidence,
        counts,
        rows,
    } = logged;
    let due = load_file::render(&rows);
    drop(rows);
    let there = files::read_produced(&evidence.folder, names::LOAD_FILE, due.len() as u64)?;
    if there != due {
        let what = "it does not list the produced files as they are";
        return Err(Fault::new(names::LOAD_FILE, what).into());
    }
    evidence.record(names::LOAD_FILE, sha256(&there));

    let place = |path: &dyn std::fmt::Display| format!("{}, {path}", names::SUMS);
    for (path, digest) in evidence.read.iter() {
        match evidence.claimed.get(path) {
            Some(claimed) if claimed == digest => {}
            Some(_) => {
                let what = format!("the digest is not that of the file ({digest})");
                return Err(Fault::new(place(path), what).into());
            }
            None => return Err(Fault::new(place(path), "the file is not listed").into()),
        }
    }
    if let Some((path, _)) = evidence
        .claimed
        .iter()
        .find(|(p, _)| evidence.read.get(p).is_none())
    {
        return Err(Fault::new(place(path), "there is no such file").into());
    }
    Ok(Verified { evidence, counts })
}

impl Verified {
    /// How many items have each disposition.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// The withholding log.
    #[must_use]
    pub fn withholding(&self) -> &WithholdingLog {
        &self.evidence.withholding
    }

    /// Positions and reasons of the exceptions, in ascending order of position.
    pub fn exceptions(&self) -> impl Iterator<Item = (u64, &'static str)> {
        self.evidence
            .ledger
            .lines()
            .filter_map(|line| match line.status {
                Status::Exception(reason) => Some((line.position, reason.name())),
                Status::Item => None,
            })
    }

    /// Position and Bates number of each produced item.
    pub fn produced(&self) -> impl Iterator<Item = (u64, String)> {
        self.evidence
            .openings
            .iter()
            .map(|opening| (opening.position, opening.bates.to_string()))
    }

    /// Bytes of all proofs.
    #[must_use]
    pub fn proof_bytes(&self) -> u64 {
        self.evidence.proof_bytes
    }
}
