//! `[check-coverage]`: every position has exactly one disposition, one that its leaf allows; families
//! come along as the profile says; and the proof files are those that the batching rule demands.
//!
//! Without it these lies become possible: an inconvenient item is called unreadable, or is said to
//! lack the view, or is left out of the proofs, or an attachment is held back without a word.

mod families;

use super::evidence::Evidence;
use super::layout::LaidOut;
use super::listed::Exception;
use crate::fault::{Fault, NotPassed, ledger_fault};
use duces_circuits::Verifier;
use duces_protocol::answers::AnswerKind;
use duces_protocol::leaf::Status;
use duces_protocol::production::batches::Batches;
use duces_protocol::production::ledger::{Disposition, Line};
use duces_protocol::production::names;
use duces_protocol::view::View;
use families::Families;
use serde::Serialize;
use std::collections::BTreeSet;

/// How many items have each disposition.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Counts {
    /// All positions.
    pub items: u64,
    /// Proved to match: produced, redacted and withheld together.
    pub responsive: u64,
    /// Proved to match and produced as a whole.
    pub produced: u64,
    /// Proved to match and produced with redactions.
    pub redacted: u64,
    /// Proved to match and withheld.
    pub withheld: u64,
    /// Proved not to match.
    pub not_responsive: u64,
    /// Proved to have the class or scores that are listed.
    pub answered: u64,
    /// Unreadable when the commitment was made.
    pub exceptions: u64,
    /// Without the view that the classifier reads.
    pub no_view: u64,
    /// Pages of documents, among the items.
    pub pages: u64,
    /// Families of more than one item.
    pub families: u64,
    /// No match, and produced as a whole for the sake of its family.
    pub companions_produced: u64,
    /// No match, and produced with redactions for the sake of its family.
    pub companions_redacted: u64,
    /// No match, and withheld for the sake of its family.
    pub companions_withheld: u64,
    /// Exceptions in the family of a produced match that are neither produced nor withheld.
    pub exceptions_left_out: u64,
    /// Batches of provable items; each has one proof.
    pub batches: u64,
}

/// Every position is accounted for.
pub struct Covered {
    pub(super) evidence: Evidence,
    pub(super) verifier: Verifier,
    pub(super) batches: Batches,
    pub(super) counts: Counts,
    /// Keeps other modules from making one.
    _checked: (),
}

impl Covered {
    pub(super) fn counts(&self) -> Counts {
        self.counts
    }
}

pub(super) fn check(laid_out: LaidOut) -> Result<Covered, NotPassed> {
    let LaidOut {
        mut evidence,
        verifier,
        ..
    } = laid_out;
    let view = evidence.request.view();
    let mut counts = Counts {
        items: evidence.ledger.items(),
        ..Counts::default()
    };
    let kind = evidence.request.answer_form().kind();
    let mut families = Families::new(evidence.ledger.items());
    let mut exceptions = Vec::new();
    for line in evidence.ledger.lines() {
        let line = line.map_err(ledger_fault)?;
        *counter(&mut counts, disposition(&line, view, kind)?) += 1;
        families.add(&line);
        exceptions.extend(Exception::of(&line));
    }
    families.check(&evidence.ledger, evidence.profile.families(), &mut counts)?;
    evidence.exceptions = exceptions;
    counts.responsive = counts.produced + counts.redacted + counts.withheld;
    let provable = counts.responsive + counts.not_responsive + counts.answered;
    let batches = Batches::new(provable, verifier.layout().items_per_batch());
    counts.batches = batches.count();
    check_files(&batches, &evidence.proof_files)?;
    Ok(Covered {
        evidence,
        verifier,
        batches,
        counts,
        _checked: (),
    })
}

/// The disposition of a position, provided that its leaf allows it.
fn disposition(line: &Line, view: View, kind: AnswerKind) -> Result<Disposition, Fault> {
    let provable = line.is_provable(view);
    let disposition = line.outcome.disposition;
    let is_read = line.status.is_read();
    let allowed = match disposition {
        Disposition::Exception => !is_read,
        Disposition::NoView => is_read && !provable,
        Disposition::NotResponsive
        | Disposition::Produced
        | Disposition::Redacted
        | Disposition::Withheld => provable && kind == AnswerKind::Match,
        Disposition::Answered => provable && kind != AnswerKind::Match,
    };
    if allowed {
        return Ok(disposition);
    }
    let what = match (disposition, line.status) {
        (Disposition::Exception, _) => {
            "it is listed as an exception, but its leaf is a readable item"
        }
        (_, Status::Exception(_)) => "its leaf is an exception, but it is not listed as one",
        (Disposition::NoView, _) => "it is listed as lacking the view, but its leaf has the view",
        (Disposition::Answered, _) if kind == AnswerKind::Match => {
            "it is listed as answered, but the request asks for matches"
        }
        _ if provable => "it is listed by a match, but the request asks for another answer",
        _ => "it is listed as proved, but its leaf lacks the view",
    };
    Err(Fault::new(format!("position {}", line.position), what))
}

fn counter(counts: &mut Counts, disposition: Disposition) -> &mut u64 {
    match disposition {
        Disposition::NotResponsive => &mut counts.not_responsive,
        Disposition::Produced => &mut counts.produced,
        Disposition::Redacted => &mut counts.redacted,
        Disposition::Withheld => &mut counts.withheld,
        Disposition::Exception => &mut counts.exceptions,
        Disposition::NoView => &mut counts.no_view,
        Disposition::Answered => &mut counts.answered,
    }
}

fn check_files(batches: &Batches, listed: &[String]) -> Result<(), Fault> {
    let place = |name: &str| format!("{}/{name}", names::PROOFS);
    let listed: BTreeSet<&str> = listed.iter().map(String::as_str).collect();
    for batch in 0..batches.count() {
        let expected = Batches::file_name(batch);
        if !listed.contains(expected.as_str()) {
            let ordinals = batches.range(batch);
            let items = ordinals.end - ordinals.start;
            let what = format!("the proof of batch {batch} ({items} items) is missing");
            return Err(Fault::new(place(&expected), what));
        }
    }
    if listed.len() as u64 > batches.count() {
        let expected: BTreeSet<String> = (0..batches.count()).map(Batches::file_name).collect();
        let extra = listed.iter().find(|name| !expected.contains(**name));
        let extra = extra.map_or_else(String::new, |name| place(&format!("{name:?}")));
        let what = format!(
            "no proof of this name is expected: there are {} batches",
            batches.count()
        );
        return Err(Fault::new(extra, what));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_the_expected_batches_are_accepted() {
        let batches = Batches::new(5, 2);
        let names = |list: &[u64]| {
            list.iter()
                .map(|&b| Batches::file_name(b))
                .collect::<Vec<_>>()
        };
        assert!(check_files(&batches, &names(&[0, 1, 2])).is_ok());
        for (list, place) in [
            (&[1, 2][..], "batch-000000"),
            (&[0, 2], "batch-000001"),
            (&[0, 1], "batch-000002"),
            (&[0, 1, 2, 3], "batch-000003"),
            (&[], "batch-000000"),
        ] {
            let fault = check_files(&batches, &names(list)).unwrap_err();
            assert!(fault.place.contains(place), "{list:?}: {fault:?}");
        }
        assert!(check_files(&Batches::new(0, 2), &[]).is_ok());
        assert!(check_files(&Batches::new(0, 2), &["x".to_owned()]).is_err());
    }
}
