//! Lies about which items there are, and what became of them.

use super::{Attack, entry_for, proof};
use crate::production::Production;
use duces_protocol::exceptions::Reason;
use duces_protocol::leaf::{LeafData, Status};
use duces_protocol::production::ledger::Disposition::{
    Exception, NoView, NotResponsive, Produced, Withheld,
};
use duces_protocol::production::ledger::Outcome;
use duces_protocol::production::names;

/// A match is listed as not responsive, and every trace of it removed.
pub const LEFT_OUT: Attack = Attack {
    name: "a match is left out",
    check: 6,
    apply: |production| {
        let position = production.first(Produced);
        production.forget_produced(position);
        production.set_disposition(position, NotResponsive);
    },
};

/// An item that does not match is listed as a withheld match.
pub const BIT_FLIPPED: Attack = Attack {
    name: "a match bit is flipped",
    check: 6,
    apply: |production| {
        let position = production.first(NotResponsive);
        production.set_disposition(position, Withheld);
        entry_for(production, position);
    },
};

/// All of them.
pub(super) const ALL: &[Attack] = &[
    LEFT_OUT,
    BIT_FLIPPED,
    Attack {
        name: "the first item is dropped and a smaller number declared",
        check: 2,
        apply: |production| drop_item(production, 0),
    },
    Attack {
        name: "an item in the middle is dropped and a smaller number declared",
        check: 2,
        apply: |production| drop_item(production, production.records().len() / 2),
    },
    Attack {
        name: "a match is dropped and a smaller number declared",
        check: 2,
        apply: |production| drop_item(production, production.first(Produced)),
    },
    Attack {
        name: "the last item is dropped and the number kept",
        check: 2,
        apply: |production| {
            let items = production.manifest().items;
            drop_item(production, production.records().len() - 1);
            declare(production, items);
        },
    },
    Attack {
        name: "a smaller number is declared and the item kept",
        check: 2,
        apply: |production| declare(production, production.manifest().items - 1),
    },
    Attack {
        name: "the padding of the tree is counted as documents",
        check: 2,
        apply: |production| {
            let mut records = production.records();
            let spare = records[production.first(NoView)].clone();
            records.resize(records.len().next_power_of_two(), spare);
            production.write_records(&records);
            declare(production, records.len() as u64);
        },
    },
    Attack {
        name: "a match is made unreadable in its leaf",
        check: 2,
        apply: |production| {
            let position = production.first(Produced);
            production.forget_produced(position);
            let mut records = production.records();
            records[position].0.status = Status::Exception(Reason::Damaged);
            records[position].0.rendition = None;
            records[position].0.views.clear();
            records[position].1 = Exception.into();
            production.write_records(&records);
        },
    },
    Attack {
        name: "an item that does not match is listed as an exception",
        check: 5,
        apply: |production| {
            production.set_disposition(production.first(NotResponsive), Exception);
        },
    },
    Attack {
        name: "an exception is listed as an item without the view",
        check: 5,
        apply: |production| production.set_disposition(production.first(Exception), NoView),
    },
    Attack {
        name: "an item without the view is listed as not responsive",
        check: 5,
        apply: |production| production.set_disposition(production.first(NoView), NotResponsive),
    },
    Attack {
        name: "an item without the view is listed as withheld",
        check: 5,
        apply: |production| {
            let position = production.first(NoView);
            production.set_disposition(position, Withheld);
            entry_for(production, position);
        },
    },
    Attack {
        name: "a withheld match is listed as not responsive, and its entry removed",
        check: 6,
        apply: |production| {
            production.set_disposition(production.first(Withheld), NotResponsive);
            (super::ENTRY_REMOVED.apply)(production);
        },
    },
    Attack {
        name: "the first batch has the number of another",
        check: 5,
        apply: |production| {
            let proofs = production.list(names::PROOFS);
            let bytes = production.read(&proof(&proofs[0]));
            production.remove(&proof(&proofs[0]));
            production.write(&format!("proofs/batch-{:06}.proof", proofs.len()), &bytes);
        },
    },
    Attack {
        name: "the last item is dropped and a smaller number declared",
        check: 2,
        apply: |production| drop_item(production, production.records().len() - 1),
    },
    Attack {
        name: "two items that do not match exchange their places",
        check: 2,
        apply: |production| {
            let mut records = production.records();
            let of = |wanted| {
                move |(_, (_, found)): &(usize, &(_, Outcome))| found.disposition == wanted
            };
            let found: Vec<usize> = records
                .iter()
                .enumerate()
                .filter(of(NotResponsive))
                .map(|(i, _)| i)
                .collect();
            records.swap(found[0], found[1]);
            alone(&mut records);
            production.write_records(&records);
        },
    },
    Attack {
        name: "an item is repeated in the place of a match",
        check: 2,
        apply: |production| {
            let (target, source) = (production.first(Produced), production.first(NotResponsive));
            production.forget_produced(target);
            let mut records = production.records();
            records[target] = records[source].clone();
            alone(&mut records);
            production.write_records(&records);
        },
    },
    Attack {
        name: "a match is listed as an item without the view",
        check: 5,
        apply: |production| {
            let position = production.first(Produced);
            production.forget_produced(position);
            production.set_disposition(position, NoView);
        },
    },
    Attack {
        name: "a match is listed as an exception",
        check: 5,
        apply: |production| {
            let position = production.first(Produced);
            production.forget_produced(position);
            production.set_disposition(position, Exception);
        },
    },
    Attack {
        name: "an exception is listed as not responsive",
        check: 5,
        apply: |production| {
            production.set_disposition(production.first(Exception), NotResponsive);
        },
    },
    Attack {
        name: "the proofs of the last batch are missing",
        check: 5,
        apply: |production| {
            let proofs = production.list(names::PROOFS);
            production.remove(&proof(proofs.last().expect("there is a batch")));
        },
    },
    Attack {
        name: "there is one batch too many",
        check: 5,
        apply: |production| {
            let proofs = production.list(names::PROOFS);
            let copy = production.read(&proof(&proofs[0]));
            production.write(&format!("proofs/batch-{:06}.proof", proofs.len()), &copy);
        },
    },
];

/// Removes an item from the ledger and everything else that names it, and declares one fewer.
fn drop_item(production: &Production, position: usize) {
    let mut records = production.records();
    if records[position].1.is_produced() {
        production.forget_produced(position);
    }
    records.remove(position);
    alone(&mut records);
    production.write_records(&records);
    declare(production, records.len() as u64);
}

/// Makes every item the head of a family of its own, so that families fit the new positions.
fn alone(records: &mut [(LeafData, Outcome)]) {
    for (position, (leaf, _)) in (0..).zip(records) {
        leaf.family = position;
    }
}

fn declare(production: &Production, items: u64) {
    let mut manifest = production.manifest();
    manifest.items = items;
    production.write_manifest(&manifest);
}
