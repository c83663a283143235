//! What happens to every position. It follows from the classifier, the vault, the profile and the log;
//! nothing is left to choose.

use super::redactions::{Hidden, Redactions};
use crate::asked::Asked;
use crate::vault::{Vault, VaultError};
use duces_protocol::answers::Answer;
use duces_protocol::digest::Digest;
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
    /// an entry for it, redacted if there is a redacted file too, else produced. A class or scores are an
    /// answer, and nothing is produced. Where the profile says that families come together, so are the
    /// other members of the family of what is produced.
    ///
    /// # Errors
    /// When the log has an entry for a position that is not to be handed over, or several for one that is
    /// withheld as a whole; when there is a redacted file without an entry; when something is produced as
    /// a whole that holds what is withheld or redacted; when the vault is damaged.
    pub fn make(
        vault: &Vault,
        request: &Asked,
        log: &WithholdingLog,
        redactions: &Redactions,
    ) -> Result<Self, Failure> {
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
                (Answer::Match(true), true) if redactions.contains(position) => {
                    Disposition::Redacted
                }
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
            decisions.bring_families(vault, log, redactions)?;
        }
        decisions.check_log(log)?;
        decisions.check_redactions(log, redactions)?;
        decisions.hidden(vault).check()?;
        Ok(decisions)
    }

    /// Brings the other members of the families of what is produced. What could not be read comes along
    /// if it has bytes.
    fn bring_families(
        &mut self,
        vault: &Vault,
        log: &WithholdingLog,
        redactions: &Redactions,
    ) -> Result<(), Failure> {
        let matches: Vec<u64> = self.positions(|outcome| {
            let is_match = outcome.disposition.claims_match();
            is_match && !outcome.is_withheld()
        });
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
                outcome.companion = if log.contains(position) && redactions.contains(position) {
                    Companion::Redacted
                } else if log.contains(position) {
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
                Some(outcome) if outcome.is_redacted() => continue,
                Some(outcome) if outcome.is_withheld() => match log.of(position).len() {
                    1 => continue,
                    _ => return Err(several(position)),
                },
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

    fn check_redactions(
        &self,
        log: &WithholdingLog,
        redactions: &Redactions,
    ) -> Result<(), Failure> {
        for position in redactions.positions() {
            let outcome = usize::try_from(position).ok().and_then(|i| self.of.get(i));
            if outcome.is_some_and(|outcome| outcome.is_redacted()) {
                continue;
            }
            let (what, fix) = match log.of(position) {
                [] if outcome.is_some_and(|outcome| outcome.is_produced()) => (
                    "has a redacted file, but no line in the withholding log",
                    "state a basis for each redaction, one line each; or remove the file",
                ),
                _ => (
                    "has a redacted file, but would not be produced",
                    "remove the file; 'responder review' lists the positions that match",
                ),
            };
            return Err(Failure::refused(format!("position {position} {what}"), fix));
        }
        Ok(())
    }

    fn hidden<'a>(&self, vault: &'a Vault) -> Hidden<'a> {
        let withheld = self.positions(|outcome| outcome.is_withheld());
        Hidden::new(vault, withheld, self.redacted(), self.produced())
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

    /// The positions of which a redacted rendition is handed over, ascending.
    pub fn redacted(&self) -> Vec<u64> {
        self.positions(|outcome| outcome.is_redacted())
    }

    /// Notes the digest of the redaction of a position.
    ///
    /// # Panics
    /// When there is no such position.
    pub fn set_redaction(&mut self, position: u64, digest: Digest) {
        self.of[index(position)].redaction = Some(digest);
    }

    /// The positions that are handed over as a whole, ascending.
    pub fn produced(&self) -> Vec<u64> {
        self.positions(|outcome| outcome.is_produced())
    }

    /// Number of positions of which this holds.
    pub fn count(&self, holds: impl Fn(&Outcome) -> bool) -> usize {
        self.of.iter().filter(|outcome| holds(outcome)).count()
    }
}

fn several(position: u64) -> Failure {
    Failure::refused(
        format!(
            "the withholding log has several lines for position {position}, which is withheld as a whole"
        ),
        "keep one of them; or put a redacted file of it into the folder of --redact",
    )
}

fn index(position: u64) -> usize {
    usize::try_from(position).expect("positions fit in memory")
}
