//! The report of an audit, as text.

use super::confidence::{chance, percent, percent_down, upper_bound};
use super::finding::{Audit, Decisions, Drawn, Review};
use crate::sample::source_sentence;
use duces_protocol::audit::nonce::Source;
use duces_protocol::audit::scope::Scope;
use duces_shell::one_line;

/// How many false items the chances of finding one are stated for.
pub(super) const HIDDEN: [u64; 4] = [1, 5, 10, 50];

/// What no audit shows.
const NOT_SHOWN: &str = "Not shown: that the record of the sample is the one that was written when it was drawn, \
    that the names under which files are opened are those that they had, and what a link or an unlisted \
    folder leads to.";

/// What cannot be compared where the weights are hidden.
const SEALED: &str = "The request's model is sealed, so no decision was compared here: each opened view is \
    the committed one, and 'judge-verify production' verified its decision.";

/// What was not compared for want of a production.
const NO_PRODUCTION: &str =
    "No decision was compared: --production compares each with the opened file.";

/// What the audit found, line by line.
pub fn render(audit: &Audit) -> String {
    let mut lines = vec![
        format!("Commitment    {}", audit.commitment),
        format!("Request       {}", audit.request),
        format!("Nonce         {}", audit.nonce),
        format!("Extractor     {}", one_line(&audit.extractor)),
        String::new(),
        source_sentence(&audit.source),
        String::new(),
    ];
    for drawn in &audit.strata {
        lines.extend(stratum(audit, drawn));
        lines.push(String::new());
    }
    for fault in &audit.faults {
        let (position, check) = (fault.position, fault.check);
        lines.push(format!(
            "position {position}: {check}: {}",
            one_line(&fault.what)
        ));
    }
    match audit.decisions {
        Decisions::Compared => {}
        Decisions::Sealed => lines.push(SEALED.to_owned()),
        Decisions::NoProduction => lines.push(NO_PRODUCTION.to_owned()),
    }
    lines.push(NOT_SHOWN.to_owned());
    lines.join("\n")
}

/// What was found in one draw, and what it says of what was drawn from.
fn stratum(audit: &Audit, drawn: &Drawn) -> Vec<String> {
    let (scope, tally) = (drawn.stratum.scope, &drawn.tally);
    let mut lines = Vec::new();
    let mut row = |label: &str, count: u64| lines.push(format!("{label:<66} {count:>12}"));
    row(
        &format!("Positions {}", scope.words()),
        drawn.stratum.population,
    );
    row("Drawn", drawn.stratum.size);
    row("  items recomputed from their file", tally.items);
    row("  pages recomputed from their document", tally.pages);
    row("  exceptions, for the stated reason", tally.exceptions);
    row("  with a fault", tally.faults);
    row("  unverifiable", tally.unverifiable());
    for (why, count) in &tally.unverifiable {
        row(&format!("    {}", why.words()), *count);
    }
    let found = tally.faults + tally.unverifiable();
    lines.push(bound(drawn, found, "have a fault or cannot be verified"));
    lines.push(chances(drawn));
    match (scope, &audit.review) {
        (Scope::NotResponsive, Some(Review { relevant })) => {
            lines.push(format!(
                "Elusion: {relevant} of {} reviewed documents are relevant.",
                drawn.stratum.size
            ));
            lines.push(bound(drawn, *relevant, "are relevant"));
        }
        (Scope::NotResponsive, None) => lines.push(
            "Elusion: not stated. Review the opened files, and give the result with --reviewed."
                .to_owned(),
        ),
        (Scope::Batch(number), _) => lines.push(batch(audit, drawn, number)),
        _ => {}
    }
    lines
}

/// What a batch that was opened stands for, in place of a proof.
fn batch(audit: &Audit, drawn: &Drawn, number: u64) -> String {
    let whole = drawn.stratum.size == drawn.stratum.population;
    match audit.decisions {
        Decisions::Compared if whole && drawn.tally.faults == 0 => format!(
            "Every position of batch {number} is open, and each decision was computed again from the \
             rendition: it is the one that the ledger states."
        ),
        Decisions::Compared if whole => {
            format!("Batch {number} is open, and is not what the production says of it.")
        }
        _ => format!(
            "This stands for no proof of batch {number}: not every decision of it was compared."
        ),
    }
}

/// What `found` in the draw says about what was drawn from.
fn bound(drawn: &Drawn, found: u64, what: &str) -> String {
    let (population, size) = (drawn.stratum.population, drawn.stratum.size);
    let scope = drawn.stratum.scope.words();
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
fn chances(drawn: &Drawn) -> String {
    let (population, checked) = (drawn.stratum.population, drawn.tally.checked());
    let chances: Vec<String> = HIDDEN
        .into_iter()
        .filter(|hidden| *hidden <= population)
        .map(|hidden| {
            let chance = chance(checked, population, hidden);
            match hidden {
                1 => format!("{} if 1 is false", percent_down(chance)),
                _ => format!("{} if {hidden} are", percent_down(chance)),
            }
        })
        .collect();
    format!(
        "Chance that a sample like this one, with {checked} positions checked in full, has a false one: {}.",
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
    let tally = &audit.tally;
    let (size, unverifiable) = (tally.size, tally.unverifiable());
    let and = match unverifiable {
        0 => String::new(),
        count => format!("; unverifiable: {count}"),
    };
    let typed = match audit.source {
        Source::Typed => "; the nonce was typed in",
        Source::Drawn | Source::Beacon(_) | Source::Shares(_) => "",
    };
    match tally.faults {
        0 if unverifiable == 0 => Sentence::NoFault(format!(
            "NO FAULT: every drawn position opens as it was committed{typed}."
        )),
        0 if tally.checked() == 0 => Sentence::Nothing(format!(
            "NOT CHECKED: none of the {size} drawn positions could be checked in full"
        )),
        0 => Sentence::NoFault(format!(
            "NO FAULT in {} of {size} drawn positions, which open as they were committed{and}{typed}.",
            tally.checked()
        )),
        count => Sentence::Faults(format!(
            "FAULTS: {count} of {size} drawn positions do not open as they were committed{and}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{AuditCheck, ItemFault, Tally, Unverifiable};
    use crate::extractor::NotCompared;
    use duces_protocol::audit::record::Stratum;
    use duces_protocol::digest::Digest;

    fn audit(faults: u64, unverifiable: &[Unverifiable]) -> Audit {
        let fault = |position| ItemFault {
            position,
            check: AuditCheck::Extraction,
            what: "x".to_owned(),
        };
        let mut tally = Tally {
            size: 10,
            items: 10 - faults - unverifiable.len() as u64,
            faults,
            ..Tally::default()
        };
        for why in unverifiable {
            *tally.unverifiable.entry(*why).or_default() += 1;
        }
        Audit {
            commitment: Digest([1; 32]),
            request: Digest([2; 32]),
            nonce: "0".repeat(64).parse().unwrap(),
            source: Source::Drawn,
            strata: vec![Drawn {
                stratum: Stratum {
                    scope: Scope::All,
                    size: 10,
                    population: 1_000,
                },
                positions: (0..10).collect(),
                tally: tally.clone(),
            }],
            tally,
            unverifiable: unverifiable.iter().map(|why| (900, *why)).collect(),
            faults: (0..faults).map(fault).collect(),
            extractor: "version 0.1.0".to_owned(),
            review: None,
            decisions: Decisions::Compared,
        }
    }

    /// With a free nonce one of some hundred tries hides dozens of false items.
    #[test]
    fn a_typed_nonce_is_marked_in_report_and_verdict() {
        let mut audit = audit(0, &[]);
        let mark = |audit: &Audit| {
            let Sentence::NoFault(verdict) = sentence(audit) else {
                panic!("{audit:?}")
            };
            (
                render(audit).contains("TYPED IN"),
                verdict.contains("typed in"),
            )
        };
        assert_eq!(mark(&audit), (false, false));
        audit.source = Source::Typed;
        assert_eq!(mark(&audit), (true, true));
        audit.tally.unverifiable.insert(Unverifiable::NoBytes, 1);
        assert_eq!(mark(&audit), (true, true));
    }

    #[test]
    fn a_batch_stands_for_its_proof_only_if_all_of_it_is_open_and_compared() {
        let opened = |change: fn(&mut Audit)| {
            let mut audit = audit(0, &[]);
            audit.strata[0].stratum.scope = Scope::Batch(3);
            audit.strata[0].stratum.population = 10;
            change(&mut audit);
            render(&audit)
        };
        let stands = "it is the one that the ledger states";
        assert!(opened(|_| {}).contains(stands));
        for change in [
            (|audit| audit.strata[0].stratum.population = 11) as fn(&mut Audit),
            |audit| audit.decisions = Decisions::Sealed,
            |audit| audit.decisions = Decisions::NoProduction,
            |audit| audit.strata[0].tally.faults = 1,
        ] {
            assert!(!opened(change).contains(stands));
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
