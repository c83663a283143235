//! The lies that a responder can tell with the files of a production, and the check that has to
//! refuse each. Every lie is sealed again: digests, entries and openings are made to fit, so that
//! only the named check stands in its way.

use crate::production::Production;
use duces_protocol::leaf::FileSalt;
use duces_protocol::production::ledger::Disposition::{
    Exception, NoView, NotResponsive, Produced, Withheld,
};
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
        let log = String::from_utf8(production.read(names::WITHHOLDING)).expect("it is text");
        let columns = log
            .lines()
            .next()
            .map_or(0, |header| header.split(',').count());
        let spare = ",".repeat(columns.saturating_sub(3));
        production.write_withholding(&format!("{log}{position},privilege,A memo{spare}\n"));
    },
};

/// The last byte of a produced file is changed.
pub const BYTE_CHANGED: Attack = Attack {
    name: "one byte of a produced file is changed",
    check: 7,
    apply: |production| {
        let path = first_native(production);
        let mut bytes = production.read(&path);
        *bytes.last_mut().expect("a produced file has bytes") ^= 1;
        production.write(&path, &bytes);
    },
};

/// The proofs of the first and the last batch change places. Needs two batches.
pub const PROOFS_EXCHANGED: Attack = Attack {
    name: "a proof is replayed at another position",
    check: 6,
    apply: |production| {
        let proofs = production.list(names::PROOFS);
        let [first, .., last] = &proofs[..] else {
            panic!("there is one batch only")
        };
        let (first, last) = (proof(first), proof(last));
        let (one, other) = (production.read(&first), production.read(&last));
        production.write(&first, &other);
        production.write(&last, &one);
    },
};

/// The entry of a withheld match is removed.
pub const ENTRY_REMOVED: Attack = Attack {
    name: "a withholding entry is removed",
    check: 8,
    apply: |production| {
        let log = String::from_utf8(production.read(names::WITHHOLDING)).expect("it is text");
        let header = log.lines().next().expect("a log has a header");
        production.write(names::WITHHOLDING, format!("{header}\n").as_bytes());
    },
};

/// All lies that need nothing but the production; [`PROOFS_EXCHANGED`] needs two batches, those
/// about withholding need a withheld match.
pub const ALL: &[Attack] = &[
    LEFT_OUT,
    BIT_FLIPPED,
    BYTE_CHANGED,
    PROOFS_EXCHANGED,
    ENTRY_REMOVED,
    Attack {
        name: "the last item is dropped and a smaller number declared",
        check: 2,
        apply: |production| {
            let mut records = production.records();
            let last = records.len() - 1;
            if records[last].1 == Produced {
                production.forget_produced(last);
            }
            records.pop();
            production.write_records(&records);
            let mut manifest = production.manifest();
            manifest.items -= 1;
            production.write_manifest(&manifest);
        },
    },
    Attack {
        name: "two items that do not match exchange their places",
        check: 2,
        apply: |production| {
            let mut records = production.records();
            let of = |wanted| move |(_, (_, found)): &(usize, &(_, _))| *found == wanted;
            let found: Vec<usize> = records
                .iter()
                .enumerate()
                .filter(of(NotResponsive))
                .map(|(i, _)| i)
                .collect();
            records.swap(found[0], found[1]);
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
    Attack {
        name: "one bit of a proof is flipped",
        check: 6,
        apply: |production| {
            let path = proof(&production.list(names::PROOFS)[0]);
            let mut bytes = production.read(&path);
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            production.write(&path, &bytes);
        },
    },
    Attack {
        name: "a proof ends too early",
        check: 6,
        apply: |production| {
            let path = proof(&production.list(names::PROOFS)[0]);
            let mut bytes = production.read(&path);
            bytes.pop();
            production.write(&path, &bytes);
        },
    },
    Attack {
        name: "a byte follows a proof",
        check: 6,
        apply: |production| {
            let path = proof(&production.list(names::PROOFS)[0]);
            let mut bytes = production.read(&path);
            bytes.push(0);
            production.write(&path, &bytes);
        },
    },
    Attack {
        name: "a file is produced that no position has",
        check: 7,
        apply: |production| {
            let bytes = production.read(&first_native(production));
            production.write("natives/EXTRA0000001.png", &bytes);
        },
    },
    Attack {
        name: "a produced file is missing",
        check: 7,
        apply: |production| production.remove(&first_native(production)),
    },
    Attack {
        name: "an opening has another salt",
        check: 7,
        apply: |production| {
            let mut openings = production.openings();
            openings[0].salt = FileSalt::from_bytes([7; 32]);
            production.write_openings(&openings);
        },
    },
    Attack {
        name: "the openings of two produced items are exchanged",
        check: 7,
        apply: |production| {
            let mut openings = production.openings();
            let (left, right) = openings.split_at_mut(1);
            std::mem::swap(&mut left[0].salt, &mut right[0].salt);
            std::mem::swap(&mut left[0].blind, &mut right[0].blind);
            production.write_openings(&openings);
        },
    },
    Attack {
        name: "an opening is missing",
        check: 7,
        apply: |production| {
            let openings = production.openings();
            production.write_openings(&openings[1..]);
        },
    },
    Attack {
        name: "a withholding entry names an item that does not match",
        check: 8,
        apply: |production| {
            let position = production.first(NotResponsive);
            let log = String::from_utf8(production.read(names::WITHHOLDING)).expect("it is text");
            let columns = log
                .lines()
                .next()
                .map_or(0, |header| header.split(',').count());
            let spare = ",".repeat(columns.saturating_sub(3));
            production.write_withholding(&format!("{log}{position},privilege,A memo{spare}\n"));
        },
    },
];

fn first_native(production: &Production) -> String {
    let opening = &production.openings()[0];
    format!("{}/{}", names::NATIVES, opening.native())
}

fn proof(name: &str) -> String {
    format!("{}/{name}", names::PROOFS)
}
