//! `[check-withholding]`: the log has one entry for every withheld item, match or companion, entries for
//! every redacted one, and none for others; privilege log and Vaughn index say what the entries say.
//!
//! Without it these lies become possible: a matching item is kept back without a stated basis, or the
//! logs that people read have other entries than the one that was checked.

use super::coverage::Counts;
use super::evidence::Evidence;
use super::openings::FilesMatched;
use crate::fault::{Fault, NotPassed, ledger_fault};
use crate::files;
use duces_protocol::bits::BitSet;
use duces_protocol::leaf::FileHasher;
use duces_protocol::production::bates::BatesNumber;
use duces_protocol::production::load_file::Row;
use duces_protocol::production::{logs, names};
use std::collections::BTreeMap;

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
        mut evidence,
        counts,
        rows,
        ..
    } = matched;
    let log = &evidence.withholding;
    let mut logged = BitSet::new(evidence.ledger.items());
    for line in evidence.ledger.lines() {
        let line = line.map_err(ledger_fault)?;
        let treatment = match line.outcome {
            outcome if outcome.is_withheld() => "withheld",
            outcome if outcome.is_redacted() => "redacted",
            _ => continue,
        };
        logged.insert(line.position);
        let place = format!("position {}", line.position);
        let entries = log.of(line.position).len();
        if entries == 0 {
            let what = format!(
                "it is {treatment}, but has no entry in {}",
                names::WITHHOLDING
            );
            return Err(Fault::new(place, what).into());
        }
        if entries > 1 && line.outcome.is_withheld() {
            let what = format!("it is withheld as a whole, but has {entries} entries");
            return Err(Fault::new(place, what).into());
        }
    }
    for entry in log.entries() {
        let place = || format!("{}, position {}", names::WITHHOLDING, entry.position);
        if entry.position >= evidence.ledger.items() {
            return Err(Fault::new(place(), "there is no such position").into());
        }
        if !logged.contains(entry.position) {
            return Err(Fault::new(place(), "the item is neither withheld nor redacted").into());
        }
    }
    check_renderings(&mut evidence, &rows)?;
    Ok(Logged {
        evidence,
        counts,
        rows,
        _checked: (),
    })
}

/// Both logs, written again from the entries.
fn check_renderings(evidence: &mut Evidence, rows: &[Row]) -> Result<(), NotPassed> {
    let redacted = rows.iter().filter(|row| row.redacted);
    let bates: BTreeMap<u64, &BatesNumber> =
        redacted.map(|row| (row.position, &row.bates)).collect();
    let expected = logs::render(&evidence.withholding, &evidence.manifest, |position| {
        bates.get(&position).copied().cloned()
    });
    for (name, expected) in expected {
        let actual = files::read_produced(&evidence.folder, name, expected.len() as u64)?;
        if actual != expected {
            let what = format!("it does not say what {} says", names::WITHHOLDING);
            return Err(Fault::new(name, what).into());
        }
        evidence.record(name, FileHasher::of(&actual));
    }
    Ok(())
}
