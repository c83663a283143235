//! Changes to the bytes of proofs. Every word of a proof is changed, one by one, in
//! `judge-verify/tests/judge/proof_words.rs`.

use super::{Attack, proof};
use crate::production::Production;
use duces_protocol::production::names;

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

/// The proof of the first batch stands for every other. Needs two batches.
pub const PROOF_REPEATED: Attack = Attack {
    name: "one proof stands for two batches",
    check: 6,
    apply: |production| {
        let proofs = production.list(names::PROOFS);
        assert!(proofs.len() > 1, "there is one batch only");
        let first = production.read(&proof(&proofs[0]));
        production.write(&proof(&proofs[proofs.len() - 1]), &first);
    },
};

/// All of them that need one batch only.
pub(super) const ALL: &[Attack] = &[
    Attack {
        name: "a proof has no bytes",
        check: 6,
        apply: |production| change(production, Vec::clear),
    },
    Attack {
        name: "the first point of a proof is the identity",
        check: 6,
        apply: |production| change(production, |bytes| bytes[..32].fill(0)),
    },
    Attack {
        name: "the first point of a proof is none",
        check: 6,
        apply: |production| change(production, |bytes| bytes[..32].fill(0xff)),
    },
    Attack {
        name: "the last scalar of a proof is not below the group order",
        check: 6,
        apply: |production| {
            change(production, |bytes| {
                let from = bytes.len() - 32;
                bytes[from..].fill(0xff);
            });
        },
    },
    Attack {
        name: "one bit of a proof is flipped",
        check: 6,
        apply: |production| {
            change(production, |bytes| {
                let middle = bytes.len() / 2;
                bytes[middle] ^= 1;
            });
        },
    },
    Attack {
        name: "a proof ends too early",
        check: 6,
        apply: |production| change(production, |bytes| bytes.truncate(bytes.len() - 1)),
    },
    Attack {
        name: "a byte follows a proof",
        check: 6,
        apply: |production| change(production, |bytes| bytes.push(0)),
    },
];

/// Changes the bytes of the first proof.
fn change(production: &Production, change: fn(&mut Vec<u8>)) {
    let path = proof(&production.list(names::PROOFS)[0]);
    let mut bytes = production.read(&path);
    change(&mut bytes);
    production.write(&path, &bytes);
}
