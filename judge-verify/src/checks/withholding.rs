//! `[check-withholding]`: the log has an entry for every withheld item, match or
//! companion, and for no other.
//!
//! Without it this lie becomes possible: a matching item is kept back without a stated basis.

use super::coverage::Counts;
use super::evidence::Evidence;
use super::openings::FilesMatched;
use crate::fault::{Fault, NotPassed, ledger_fault};
use duces_protocol::bits::BitSet;
use duces_protocol::production::load_file::Row;
use duces_protocol::production::names;

/// Every withheld item has its entry.
pub struct Logged {
    pub(super) evidence: Evidence,
    pub(super) counts: Counts,
    pub(super) rows: Vec<Row>,
    /// Keeps other modules from making one.
    _checked: (),
}

pub(super) fn check(matched: FilesMatched) -> Result<Logged, NotPassed> {
    let FilesMatched {
        evidence,
        counts,
        rows,
        ..
    } = matched;
    let log = &evidence.withholding;
    let mut withheld = BitSet::new(evidence.ledger.items());
    for line in evidence.ledger.lines() {
        let line = line.map_err(ledger_fault)?;
        if !line.outcome.is_withheld() {
            continue;
        }
        withheld.insert(line.position);
        if !log.contains(line.position) {
            let what = format!("it is withheld, but has no entry in {}", names::WITHHOLDING);
            return Err(Fault::new(format!("position {}", line.position), what).into());
        }
    }
    for entry in log.entries() {
        let place = || format!("{}, position {}", names::WITHHOLDING, entry.position);
        if entry.position >= evidence.ledger.items() {
            return Err(Fault::new(place(), "there is no such position").into());
        }
        if !withheld.contains(entry.position) {
            return Err(Fault::new(place(), "the item is not withheld").into());
        }
    }
    Ok(Logged {
        evidence,
        counts,
        rows,
        _checked: (),
    })
}
