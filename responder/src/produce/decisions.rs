//! What happens to every position. It follows from the classifier, the vault, the profile and the log;
//! nothing is left to choose.

use crate::asked::Asked;
use crate::vault::{Vault, VaultError};
use duces_protocol::answers::Answer;
use duces_protocol::leaf::Status;
use duces_protocol::production::ledger::{Companion, Disposition, Outcome};
use duces_protocol::production::withholding::WithholdingLog;
use duces_protocol::profile::Families;
use duces_shell::Failure;
use rayon::prelude::*;
use std::collections::BTreeSet;

/// The outcome of every position.
pub struct Decisions {
    of: Vec<Outcome>,
    provable: Vec<u64>,
    answers: Vec<Answer>,
}

impl Decisions {
    /// Applies the classifier to every provable position; what matches is withheld if the log has
    /// an entry for it, else produced. A class or scores are an answer, and nothing is produced. Where the profile says that families come together, so are the
    /// other members of the family of what is produced.
    ///
    /// # Errors
    /// When the log has an entry for a position that is not to be handed over, or the vault is damaged.
    pub fn make(vault: &Vault, request: &Asked, log: &WithholdingLog) -> Result<Self, Failure> {
        let provable = vault.provable(request.view())?;
        let mut of = (0..vault.len())
            .into_par_iter()
            .map(|position| {
                Ok(Outcome::from(match vault.item(position)?.member.status {
                    Status::Item | Status::Page => Disposition::NoView,
                    Status::Exception(_) => Disposition::Exception,
                }))
            })
            .collect::<Result<Vec<_>, VaultError>>()?;
        let answers = provable
            .par_iter()
            .map(|&position| {
                let opening = vault.view(request.view(), position)?;
                Ok(request.answer(&opening.tensor))
            })
            .collect::<Result<Vec<_>, VaultError>>()?;
        for (&position, answer) in provable.iter().zip(&answers) {
            of[index(position)].disposition = match (answer, log.contains(position)) {
                (Answer::Match(false), _) => Disposition::NotResponsive,
                (Answer::Match(true), false) => Disposition::Produced,
                (Answer::Match(true), true) => Disposition::Withheld,
                (Answer::Class(_) | Answer::Scores(_), _) => Disposition::Answered,
            };
        }
        let mut decisions = Self {
            of,
            provable,
            answers,
        };
        if vault.profile().families() == Families::Together {
            decisions.bring_families(vault, log)?;
        }
        decisions.check_log(log)?;
        Ok(decisions)
    }

    /// Brings the other members of the families of what is produced. What could not be read comes along
    /// if it has bytes.
    fn bring_families(&mut self, vault: &Vault, log: &WithholdingLog) -> Result<(), Failure> {
        let matches: Vec<u64> =
            self.positions(|outcome| outcome.disposition == Disposition::Produced);
        let entries = matches
            .iter()
            .map(|&position| Ok(vault.item(position)?.key.entry))
            .collect::<Result<BTreeSet<_>, VaultError>>()?;
        let most = vault.profile().limits().max_file_bytes;
        for entry in entries {
            for position in vault.family(entry)? {
                let outcome = &mut self.of[index(position)];
                if outcome.disposition.claims_match() {
                    continue;
                }
                let member = vault.item(position)?.member;
                let has_bytes = member.page.is_none() && (1..=most).contains(&member.size);
                outcome.companion = if log.contains(position) {
                    Companion::Withheld
                } else if member.status.is_read() || has_bytes {
                    Companion::Produced
                } else {
                    Companion::None
                };
            }
        }
        Ok(())
    }

    fn check_log(&self, log: &WithholdingLog) -> Result<(), Failure> {
        for entry in log.entries() {
            let position = entry.position;
            let outcome = usize::try_from(position).ok().and_then(|i| self.of.get(i));
            let reason = match outcome {
                Some(outcome) if outcome.is_withheld() => continue,
                Some(outcome) => match outcome.disposition {
                    Disposition::Exception => "which could not be read",
                    Disposition::NoView => "which does not have the view that the request reads",
                    Disposition::Answered => {
                        "but the request asks for no matches: nothing is produced"
                    }
                    _ => "which does not match the request",
                },
                None => "which does not exist",
            };
            return Err(Failure::refused(
                format!("the withholding log has a line for position {position}, {reason}"),
                "remove the line; 'responder review' lists the positions that match",
            ));
        }
        Ok(())
    }

    fn positions(&self, wanted: impl Fn(&Outcome) -> bool) -> Vec<u64> {
        let numbered = self.of.iter().zip(0..);
        numbered
            .filter(|(outcome, _)| wanted(outcome))
            .map(|(_, position)| position)
            .collect()
    }

    /// The outcome of a position.
    ///
    /// # Panics
    /// When there is no such position.
    pub fn of(&self, position: u64) -> Outcome {
        self.of[index(position)]
    }

    /// The positions that have the request's view, ascending.
    pub fn provable(&self) -> &[u64] {
        &self.provable
    }

    /// The answers at [`Self::provable`].
    pub fn answers(&self) -> &[Answer] {
        &self.answers
    }

    /// The positions that are handed over, ascending.
    pub fn produced(&self) -> Vec<u64> {
        self.positions(|outcome| outcome.is_produced())
    }

    /// Number of positions of which this holds.
    pub fn count(&self, holds: impl Fn(&Outcome) -> bool) -> usize {
        self.of.iter().filter(|outcome| holds(outcome)).count()
    }
}

fn index(position: u64) -> usize {
    usize::try_from(position).expect("positions fit in memory")
}
