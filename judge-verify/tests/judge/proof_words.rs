//! Every 32-byte word of a proof, changed in every way that an attack would: nothing verifies. And
//! the context: a proof holds for one matter, one request and one batch.

use crate::support::{Matter, request};
use duces_circuits::{Context, Dimensions, PublicItem, Verifier};
use duces_kit::words::{changes, shifted};
use duces_protocol::commitment::Commitment;
use duces_protocol::digest::Digest;
use duces_protocol::production::ledger::Ledger;
use duces_protocol::request::Request;
use rayon::prelude::*;
use std::fs;
use std::sync::LazyLock;

/// A verified proof, with what it is verified against.
struct Proved {
    request: Request,
    context: Context,
    items: Vec<PublicItem>,
    proof: Vec<u8>,
}

impl Proved {
    /// The same for all tests.
    fn get() -> &'static Self {
        static PROVED: LazyLock<Proved> = LazyLock::new(Proved::new);
        &PROVED
    }

    fn new() -> Self {
        let matter = Matter::new();
        let text = fs::read_to_string(matter.path("matter/commitment.txt")).unwrap();
        let commitment = Commitment::parse(&text).unwrap().digest();
        let request = request(commitment);
        let ledger = Ledger::parse(fs::read(matter.path("production/ledger.bin")).unwrap());
        let items = ledger
            .unwrap()
            .lines()
            .filter_map(|line| {
                let line = line.unwrap();
                Some(PublicItem {
                    position: line.position,
                    commitment: line.commitment(request.view).unwrap()?,
                    matches: line.outcome.disposition.claims_match(),
                })
            })
            .collect();
        let context = Context::of(&request);
        let proof = fs::read(matter.path("proofs/batch-000000.proof")).unwrap();
        Self {
            request,
            context,
            items,
            proof,
        }
    }

    fn verifier(&self, context: Context) -> Verifier {
        let dimensions = Dimensions::new(11, 11, 1).unwrap();
        Verifier::new(&self.request, context, dimensions, None).unwrap()
    }

    fn holds(&self, verifier: &Verifier, batch: u64, proof: &[u8]) -> bool {
        let mut check = verifier.start();
        let added = check.add(batch, &self.items, proof);
        added.and_then(|()| check.finish()).is_ok()
    }
}

#[test]
fn every_word_of_a_proof_is_bound() {
    let proved = Proved::get();
    let verifier = proved.verifier(proved.context);
    assert!(proved.holds(&verifier, 0, &proved.proof));
    let (words, rest) = proved.proof.as_chunks::<32>();
    assert!(rest.is_empty(), "every part of a proof is a word");
    let changes = |i| changes(words, i).into_iter();
    let lies = (0..words.len()).flat_map(|i| changes(i).map(move |(_, change)| (i, change)));
    let lies: Vec<(usize, [u8; 32])> = lies.collect();
    let accepted: Vec<usize> = lies
        .par_iter()
        .filter_map(|(i, change)| {
            let mut proof = proved.proof.clone();
            proof[32 * i..32 * (i + 1)].copy_from_slice(change);
            proved.holds(&verifier, 0, &proof).then_some(*i)
        })
        .collect();
    println!("{} words, {} changes", words.len(), lies.len());
    assert!(lies.len() > 4 * words.len());
    assert!(
        accepted.is_empty(),
        "words that are not bound: {accepted:?}"
    );

    // Words left out, doubled, exchanged.
    for i in 0..words.len() {
        for (_, words) in shifted(words, i) {
            assert!(!proved.holds(&verifier, 0, words.as_flattened()));
        }
    }
}

#[test]
fn a_proof_holds_in_its_context_alone() {
    let proved = Proved::get();
    let verifier = proved.verifier(proved.context);
    assert!(proved.holds(&verifier, 0, &proved.proof));
    assert!(!proved.holds(&verifier, 1, &proved.proof), "another batch");
    let other_matter = Context {
        commitment: Digest([9; 32]),
        ..proved.context
    };
    let other_request = Context {
        request: Digest([9; 32]),
        ..proved.context
    };
    for context in [other_matter, other_request] {
        let verifier = proved.verifier(context);
        assert!(!proved.holds(&verifier, 0, &proved.proof), "{context:?}");
    }
}

/// The proofs of many batches share one final check: one bad proof spoils it, wherever it stands.
#[test]
fn one_bad_proof_among_a_thousand_is_found() {
    let proved = Proved::get();
    let verifier = proved.verifier(proved.context);
    // An opening that is changed is noticed in the shared check alone.
    let mut bad = proved.proof.clone();
    let last = bad.len() - 32;
    bad[last] ^= 1;
    for place in [None, Some(499)] {
        let mut check = verifier.start();
        let mut added = Ok(());
        for i in 0..1000 {
            let proof = if Some(i) == place {
                &bad
            } else {
                &proved.proof
            };
            added = added.and_then(|()| check.add(0, &proved.items, proof));
        }
        let holds = added.and_then(|()| check.finish()).is_ok();
        assert_eq!(holds, place.is_none(), "{place:?}");
    }
}
