//! The report of an audit, as text.

use super::confidence::{percent, upper_bound};
use super::finding::{Audit, Review};
use crate::sample::described;
use duces_protocol::audit::draw::Scope;
use duces_shell::one_line;

/// What the audit found, line by line.
pub fn render(audit: &Audit) -> String {
    let mut lines = vec![
        format!("Commitment    {}", audit.commitment),
        format!("Request       {}", audit.request),
        format!("Nonce         {}", audit.nonce),
        String::new(),
    ];
    let scope = described(audit.scope);
    for (label, count) in [
        (format!("Positions {scope}"), audit.population),
        ("Drawn".to_owned(), audit.size),
        ("  views recomputed from the file".to_owned(), audit.items),
        ("  unreadable, as stated".to_owned(), audit.exceptions),
        (
            "  without bytes when committed: nothing to open".to_owned(),
            audit.without_bytes,
        ),
        ("  with a fault".to_owned(), audit.faults.len() as u64),
        (
            "  would be read differently under another name".to_owned(),
            audit.by_name.len() as u64,
        ),
    ] {
        lines.push(format!("{label:<50} {count:>12}"));
    }
    lines.push(String::new());
    for position in &audit.by_name {
        lines.push(format!(
            "position {position}: review this file: its name is not committed, and under another name it would be read differently"
        ));
    }
    for fault in &audit.faults {
        let (position, check) = (fault.position, fault.check);
        lines.push(format!(
            "position {position}: {check}: {}",
            one_line(&fault.what)
        ));
    }
    let found = audit.faults.len() as u64;
    lines.push(bound(audit, found, "have a fault"));
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
