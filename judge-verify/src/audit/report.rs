//! The report of an audit, as text.

use super::confidence::{chance, percent, percent_down, upper_bound};
use super::finding::{Audit, Review, Unverifiable};
use crate::sample::described;
use duces_protocol::audit::draw::Scope;
use duces_shell::one_line;
use std::collections::BTreeMap;

/// How many false items the chances of finding one are stated for.
const HIDDEN: [u64; 4] = [1, 5, 10, 50];

/// What no audit shows.
const NOT_SHOWN: &str = "Not shown: that nobody chose the nonce, that the names under which files are opened are \
    those that they had, and what a link or an unlisted folder leads to.";

/// What cannot be compared where the weights are hidden.
const SEALED: &str = "The request's model is sealed, so no decision was compared here: each opened view is \
    the committed one, and 'judge-verify production' verified its decision.";

/// What the audit found, line by line.
pub fn render(audit: &Audit) -> String {
    let mut lines = vec![
        format!("Commitment    {}", audit.commitment),
        format!("Request       {}", audit.request),
        format!("Nonce         {} (typed in)", audit.nonce),
        format!("Extractor     {}", one_line(&audit.extractor)),
        String::new(),
    ];
    let scope = described(audit.scope);
    let mut row = |label: &str, count: u64| lines.push(format!("{label:<66} {count:>12}"));
    row(&format!("Positions {scope}"), audit.population);
    row("Drawn", audit.size);
    row("  items recomputed from their file", audit.items);
    row("  pages recomputed from their document", audit.pages);
    row("  exceptions, for the stated reason", audit.exceptions);
    row("  with a fault", audit.faults.len() as u64);
    row("  unverifiable", audit.unverifiable.len() as u64);
    let mut reasons: BTreeMap<Unverifiable, u64> = BTreeMap::new();
    for (_, why) in &audit.unverifiable {
        *reasons.entry(*why).or_default() += 1;
    }
    for (why, count) in reasons {
        row(&format!("    {}", why.words()), count);
    }
    lines.push(String::new());
    for fault in &audit.faults {
        let (position, check) = (fault.position, fault.check);
        lines.push(format!(
            "position {position}: {check}: {}",
            one_line(&fault.what)
        ));
    }
    let found = (audit.faults.len() + audit.unverifiable.len()) as u64;
    lines.push(bound(audit, found, "have a fault or cannot be verified"));
    lines.push(chances(audit));
    match (audit.scope, &audit.review) {
        (Scope::All, _) => {}
        (Scope::NotResponsive, Some(Review { relevant })) => {
            lines.push(format!(
                "Elusion: {relevant} of {} reviewed documents are relevant.",
                audit.size
            ));
            lines.push(bound(audit, *relevant, "are relevant"));
        }
        (Scope::NotResponsive, None) => lines.push(
            "Elusion: not stated. Review the opened files, and give the result with --reviewed."
                .to_owned(),
        ),
    }
    if audit.sealed && audit.scope == Scope::NotResponsive {
        lines.push(SEALED.to_owned());
    }
    lines.push(NOT_SHOWN.to_owned());
    lines.join("\n")
}

/// What `found` in the sample says about the population.
fn bound(audit: &Audit, found: u64, what: &str) -> String {
    let Audit {
        population, size, ..
    } = *audit;
    let scope = described(audit.scope);
    if size == population {
        return format!("All {population} positions {scope} were drawn: {found} {what}.");
    }
    let share = upper_bound(found, size, population);
    // A share of a population that fits in memory is far below 2^53.
    let count = (share * population as f64).floor() as u64;
    format!(
        "With 95 % confidence at most {} of the positions {scope} {what}: {count} of {population}.",
        percent(share)
    )
}

/// How likely the positions that were checked in full include one of a few false ones.
fn chances(audit: &Audit) -> String {
    let chances: Vec<String> = HIDDEN
        .into_iter()
        .filter(|hidden| *hidden <= audit.population)
        .map(|hidden| {
            let chance = chance(audit.checked(), audit.population, hidden);
            match hidden {
                1 => format!("{} if 1 is false", percent_down(chance)),
                _ => format!("{} if {hidden} are", percent_down(chance)),
            }
        })
        .collect();
    format!(
        "Chance that a sample like this one, with {} positions checked in full, has a false one: {}.",
        audit.checked(),
        chances.join(", ")
    )
}

/// The verdict of an audit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Sentence {
    /// No fault, and something was checked.
    NoFault(String),
    /// Faults.
    Faults(String),
    /// No position could be checked in full.
    Nothing(String),
}

/// The verdict as one sentence.
#[must_use]
pub fn sentence(audit: &Audit) -> Sentence {
    let (size, unverifiable) = (audit.size, audit.unverifiable.len());
    let and = match unverifiable {
        0 => String::new(),
        count => format!("; unverifiable: {count}"),
    };
    match audit.faults.len() {
        0 if unverifiable == 0 => Sentence::NoFault(
            "NO FAULT: every drawn position opens as it was committed.".to_owned(),
        ),
        0 if audit.checked() == 0 => Sentence::Nothing(format!(
            "NOT CHECKED: none of the {size} drawn positions could be checked in full"
        )),
        0 => Sentence::NoFault(format!(
            "NO FAULT in {} of {size} drawn positions, which open as they were committed{and}.",
            audit.checked()
        )),
        count => Sentence::Faults(format!(
            "FAULTS: {count} of {size} drawn positions do not open as they were committed{and}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{AuditCheck, ItemFault};
    use crate::extractor::NotCompared;
    use duces_protocol::digest::Digest;

    fn audit(faults: u64, unverifiable: &[Unverifiable]) -> Audit {
        let fault = |position| ItemFault {
            position,
            check: AuditCheck::Extraction,
            what: "x".to_owned(),
        };
        Audit {
            commitment: Digest([1; 32]),
            request: Digest([2; 32]),
            nonce: "0".repeat(64).parse().unwrap(),
            scope: Scope::All,
            population: 1_000,
            size: 10,
            items: 10 - faults - unverifiable.len() as u64,
            pages: 0,
            exceptions: 0,
            unverifiable: unverifiable.iter().map(|why| (900, *why)).collect(),
            faults: (0..faults).map(fault).collect(),
            extractor: "version 0.1.0".to_owned(),
            review: None,
            sealed: false,
        }
    }

    #[test]
    fn what_cannot_be_verified_weighs_as_a_fault() {
        let clean = render(&audit(0, &[]));
        let unverifiable = render(&audit(0, &[Unverifiable::NoBytes]));
        let fault = render(&audit(1, &[]));
        let bound = |text: &str| {
            let line = text.lines().find(|line| line.starts_with("With 95 %"));
            line.unwrap().to_owned()
        };
        assert!(bound(&clean).contains("25.89 %"));
        assert!(bound(&unverifiable).contains("39.42 %"));
        assert_eq!(bound(&unverifiable), bound(&fault));
        assert!(
            clean.contains("1.00 % if 1 is false, 4.91 % if 5 are"),
            "{clean}"
        );
        assert!(unverifiable.contains("0.90 % if 1 is"), "{unverifiable}");
    }

    #[test]
    fn the_verdict_counts_what_was_not_checked() {
        let not_read = Unverifiable::NotRead(NotCompared::NoExtractor);
        let text = |sentence: Sentence| match sentence {
            Sentence::NoFault(text) | Sentence::Faults(text) | Sentence::Nothing(text) => text,
        };
        assert!(matches!(sentence(&audit(0, &[])), Sentence::NoFault(_)));
        let some = sentence(&audit(0, &[not_read; 3]));
        assert!(matches!(some, Sentence::NoFault(_)));
        let some = text(some);
        assert!(some.contains("7 of 10") && some.contains("unverifiable: 3"));
        let none = sentence(&audit(0, &[not_read; 10]));
        assert!(matches!(none, Sentence::Nothing(_)));
        let faults = sentence(&audit(2, &[Unverifiable::NoBytes]));
        assert!(matches!(faults, Sentence::Faults(_)));
        assert!(text(faults).contains("unverifiable: 1"));
    }
}
