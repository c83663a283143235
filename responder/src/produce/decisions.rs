//! What happens to every position. It follows from the classifier, the vault and the log; nothing is
//! left to choose.

use crate::vault::{Vault, VaultError};
use duces_protocol::leaf::Status;
use duces_protocol::production::ledger::Disposition;
use duces_protocol::production::withholding::WithholdingLog;
use duces_protocol::request::Request;
use duces_shell::Failure;
use rayon::prelude::*;

/// The disposition of every position.
pub struct Decisions {
    of: Vec<Disposition>,
    provable: Vec<u64>,
}

impl Decisions {
    /// Applies the classifier to every provable position; what matches is withheld if the log has
    /// an entry for it, else produced.
    ///
    /// # Errors
    /// When the log has an entry for a position that does not match, or the vault is damaged.
    pub fn make(vault: &Vault, request: &Request, log: &WithholdingLog) -> Result<Self, Failure> {
        let provable = vault.provable(request.view)?;
        let mut of = (0..vault.len())
            .into_par_iter()
            .map(|position| {
                Ok(match vault.item(position)?.status {
                    Status::Item => Disposition::NoView,
                    Status::Exception(_) => Disposition::Exception,
                })
            })
            .collect::<Result<Vec<_>, VaultError>>()?;
        let decided = provable
            .par_iter()
            .map(|&position| {
                let opening = vault.view(request.view, position)?;
                let matches = request.classifier.matches(&opening.tensor);
                Ok(match (matches, log.contains(position)) {
                    (false, _) => Disposition::NotResponsive,
                    (true, false) => Disposition::Produced,
                    (true, true) => Disposition::Withheld,
                })
            })
            .collect::<Result<Vec<_>, VaultError>>()?;
        for (&position, disposition) in provable.iter().zip(decided) {
            of[index(position)] = disposition;
        }
        for entry in log.entries() {
            let position = entry.position;
            let reason = match usize::try_from(position).ok().and_then(|i| of.get(i)) {
                Some(Disposition::Withheld) => continue,
                Some(Disposition::NotResponsive) => "which does not match the request",
                Some(Disposition::Exception) => "whose file was unreadable",
                Some(Disposition::NoView) => "which does not have the view that the request reads",
                Some(Disposition::Produced) | None => "which does not exist",
            };
            return Err(Failure::refused(
                format!("the withholding log has a line for position {position}, {reason}"),
                "remove the line; 'responder review' lists the positions that match",
            ));
        }
        Ok(Self { of, provable })
    }

    /// The disposition of a position.
    ///
    /// # Panics
    /// When there is no such position.
    pub fn of(&self, position: u64) -> Disposition {
        self.of[index(position)]
    }

    /// The positions that have the request's view, ascending.
    pub fn provable(&self) -> &[u64] {
        &self.provable
    }

    /// The positions that are produced, ascending.
    pub fn produced(&self) -> impl Iterator<Item = u64> {
        let produced = |position: &u64| self.of(*position) == Disposition::Produced;
        self.provable.iter().copied().filter(produced)
    }

    /// Number of positions with a disposition.
    pub fn count(&self, disposition: Disposition) -> usize {
        self.of
            .iter()
            .filter(|other| **other == disposition)
            .count()
    }
}

fn index(position: u64) -> usize {
    usize::try_from(position).expect("positions fit in memory")
}
