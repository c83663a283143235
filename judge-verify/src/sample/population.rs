//! The positions of a scope.

use crate::checks::Bound;
use crate::fault::{NotPassed, ledger_fault};
use duces_protocol::audit::scope::Scope;

/// The positions of a scope in a production, ascending; `None` stands for all positions.
///
/// # Errors
/// When the ledger cannot be read again; for a batch, when the production's dimensions hold no item.
pub fn in_scope(production: &Bound, scope: Scope) -> Result<Option<Vec<u64>>, NotPassed> {
    if scope == Scope::All {
        return Ok(None);
    }
    let per_batch = match scope {
        Scope::Batch(_) => Some(production.items_per_batch()? as u64),
        _ => None,
    };
    let view = production.view();
    let mut positions = Vec::new();
    let mut provable = 0;
    for line in production.ledger().lines() {
        let line = line.map_err(ledger_fault)?;
        let batch = line.is_provable(view).then(|| {
            provable += 1;
            per_batch.map(|size| (provable - 1) / size)
        });
        if scope.has(&line, batch.flatten()) {
            positions.push(line.position);
        }
    }
    Ok(Some(positions))
}

/// The positions at these places of a list, of all positions where there is none.
///
/// # Panics
/// When a number is not below the length of the list.
pub fn at(among: Option<&[u64]>, numbers: &[u64]) -> Vec<u64> {
    let place = |number: &u64| usize::try_from(*number).expect("the list is in memory");
    match among {
        None => numbers.to_vec(),
        Some(among) => numbers.iter().map(|number| among[place(number)]).collect(),
    }
}
