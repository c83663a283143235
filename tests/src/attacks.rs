//! The lies that a responder can tell with the files of a production, and the check that has to
//! refuse each. Every lie is sealed again: digests, entries and openings are made to fit, so that
//! only the named check stands in its way.

mod completeness;
mod families;
mod logs;
mod proof_bytes;
mod redaction;
mod substitution;

pub use completeness::{BIT_FLIPPED, LEFT_OUT};
pub use families::{OF_FAMILIES, OF_MATCHES_ALONE};
pub use proof_bytes::{PROOF_REPEATED, PROOFS_EXCHANGED};
pub use redaction::OF_REDACTIONS;
pub use substitution::{BYTE_CHANGED, ENTRY_REMOVED};

use crate::production::Production;
use duces_protocol::production::names;

/// A change to an honest production.
#[derive(Clone, Copy)]
pub struct Attack {
    /// What is done, a clause.
    pub name: &'static str,
    /// The number of the check that has to refuse it.
    pub check: u8,
    /// Does it.
    pub apply: fn(&Production),
}

/// All lies that need nothing but a production with a produced and a withheld match, an exception,
/// and an item without the view.
pub fn all() -> impl Iterator<Item = Attack> {
    let families = [
        completeness::ALL,
        substitution::ALL,
        logs::ALL,
        proof_bytes::ALL,
    ];
    families.into_iter().flatten().copied()
}

/// All lies, whatever production they need.
pub fn every() -> impl Iterator<Item = Attack> {
    let more = OF_MANY_BATCHES.into_iter().chain(OF_FAMILIES);
    let more = more.chain(OF_REDACTIONS);
    all().chain(more).chain([OF_MATCHES_ALONE])
}

/// Lies that are also told about a production of many batches. The first two need them.
pub const OF_MANY_BATCHES: [Attack; 7] = [
    PROOFS_EXCHANGED,
    PROOF_REPEATED,
    LEFT_OUT,
    BIT_FLIPPED,
    BYTE_CHANGED,
    ENTRY_REMOVED,
    Attack {
        name: "the proof of a batch in the middle is missing",
        check: 5,
        apply: |production| {
            let proofs = production.list(names::PROOFS);
            production.remove(&proof(&proofs[proofs.len() / 2]));
        },
    },
];

/// Adds an entry for a position to the withholding log.
fn entry_for(production: &Production, position: usize) {
    let log = String::from_utf8(production.read(names::WITHHOLDING)).expect("it is text");
    let header = log.lines().next();
    let columns = header.map_or(0, |header| header.split(',').count());
    let spare = ",".repeat(columns.saturating_sub(3));
    production.write_withholding(&format!("{log}{position},privilege,A memo{spare}\n"));
}

fn proof(name: &str) -> String {
    format!("{}/{name}", names::PROOFS)
}
