//! Check 8, withholding: an entry for every item that is withheld, and for no other.

use super::Evidence;
use super::coverage::Counts;
use super::openings::Opened;
use crate::verdict::{Failure, Fault};
use duces_protocol::production::ledger::Disposition;
use duces_protocol::production::load_file::Row;
use duces_protocol::production::names;

/// Every withheld item has its entry.
pub struct Logged {
    pub(super) evidence: Evidence,
    pub(super) counts: Counts,
    pub(super) rows: Vec<Row>,
}

pub(super) fn check(opened: Opened) -> Result<Logged, Failure> {
    let Opened {
        evidence,
        counts,
        rows,
    } = opened;
    let log = &evidence.withholding;
    for line in evidence.ledger.lines() {
        if line.disposition == Disposition::Withheld && !log.contains(line.position) {
            let what = format!("it is withheld and has no entry in {}", names::WITHHOLDING);
            return Err(Fault::new(format!("position {}", line.position), what).into());
        }
    }
    for entry in log.entries() {
        let place = || format!("{}, position {}", names::WITHHOLDING, entry.position);
        if entry.position >= evidence.ledger.items() {
            return Err(Fault::new(place(), "there is no such position").into());
        }
        if evidence.ledger.line(entry.position).disposition != Disposition::Withheld {
            return Err(Fault::new(place(), "the item is not withheld").into());
        }
    }
    Ok(Logged {
        evidence,
        counts,
        rows,
    })
}
