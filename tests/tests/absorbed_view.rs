//! A responder with a changed program tells a lie about a whole production: a matching item is
//! listed as one that does not match, and a mask's commitment absorbs its committed view.

#![allow(clippy::unwrap_used, reason = "a test may end at any surprise")]

#[path = "../../circuits/tests/common/liar.rs"]
mod liar;

use duces_circuits::{BatchProof, Context, Dimensions, Prover, SecretItem};
use duces_kit::classifier::decision;
use duces_protocol::audit::{opened, sample};
use duces_protocol::pedersen::{ViewBlind, ViewCommitment};
use duces_protocol::production::batches::Batches;
use duces_protocol::production::ledger::Disposition::{NotResponsive, Withheld};
use duces_protocol::production::names;
use duces_protocol::rendition::Rendition;
use duces_protocol::request::Request;
use duces_tests::matter::Matter;
use duces_tests::production::Production;
use duces_tests::programs::Programs;
use duces_tests::small::{self, SMALL};
use duces_views::derive;
use group::Curve;
use std::fs;

/// What a responder knows of a provable item.
struct Item {
    position: u64,
    view: Vec<u8>,
    blind: ViewBlind,
    commitment: ViewCommitment,
}

/// All items that have the view of the request, by way of the folder for an audit.
fn items(matter: &Matter) -> Vec<Item> {
    let view = SMALL.view.parse().unwrap();
    let text = fs::read_to_string(matter.path("matter/commitment.txt")).unwrap();
    let count = text.lines().find_map(|line| line.strip_prefix("items: "));
    let all: Vec<u64> = (0..count.unwrap().parse().unwrap()).collect();
    fs::write(matter.path("all.csv"), sample::render(&all)).unwrap();
    let line = "responder open --vault matter/vault --positions all.csv --out opened";
    let _ = matter.run(line).done();
    let list = opened::parse(&fs::read(matter.path("opened/opened.csv")).unwrap()).unwrap();
    let mut items = Vec::new();
    for opened in list {
        let Some(file) = opened
            .rendition_file()
            .filter(|file| file.ends_with(".txt"))
        else {
            continue;
        };
        let bytes = fs::read(matter.path("opened/renditions").join(&file)).unwrap();
        let rendition = Rendition::from_text_file(bytes).unwrap();
        for ((name, commitment), blind) in opened.leaf.views.iter().zip(opened.blinds) {
            if *name == view {
                items.push(Item {
                    position: opened.position,
                    view: derive(&rendition, view).unwrap(),
                    blind,
                    commitment: *commitment,
                });
            }
        }
    }
    items
}

/// A request that the first provable item matches and some other does not: a text with a word of
/// one bucket. Returns the other item.
fn write_request(matter: &Matter, items: &[Item]) -> usize {
    let (first, others) = items.split_first().unwrap();
    let absent = |bucket: usize| others.iter().position(|item| item.view[bucket] == 0);
    let found = (0..64).find_map(|b| Some((b, absent(b).filter(|_| first.view[b] > 0)?)));
    let (bucket, other) = found.unwrap();
    let weights = (0..64).map(|b| i32::from(b == bucket)).collect();
    let bytes = fs::read(matter.path("small.request")).unwrap();
    let request = Request {
        classifier: decision(weights, -1, 0, -1..255),
        ..Request::decode(&bytes).unwrap()
    };
    fs::write(matter.path("small.request"), request.encode()).unwrap();
    1 + other
}

/// The proof of the first batch, in which the first item's view is another one; the mask's
/// commitment absorbs the difference or is honest.
fn false_proof(matter: &Matter, items: &[Item], other: usize, absorb: bool) -> BatchProof {
    let request = Request::decode(&fs::read(matter.path("small.request")).unwrap()).unwrap();
    let dimensions = Dimensions::new(11, 11, 1).unwrap();
    let prover = Prover::new(&request, Context::of(&request), dimensions, None).unwrap();
    let batches = Batches::new(items.len() as u64, prover.layout().items_per_batch());
    let range = batches.range(0);
    let secret: Vec<SecretItem<'_>> = items[range.start as usize..range.end as usize]
        .iter()
        .enumerate()
        .map(|(i, item)| SecretItem {
            position: item.position,
            view: if i == 0 {
                &items[other].view
            } else {
                &item.view
            },
            blind: &item.blind,
            commitment: item.commitment,
        })
        .collect();
    liar::prove_with_masks(&prover, 0, &secret, |masks| {
        if absorb {
            let first = &secret[0];
            let swap = liar::swap(&prover, first.view, first.blind, first.commitment);
            masks.points[0] = (swap + masks.points[0]).to_affine();
        }
    })
}

#[test]
fn a_match_listed_as_not_responsive_is_refused() {
    let matter = small::committed(Programs::new(env!("CARGO_BIN_EXE_programs")));
    let items = items(&matter);
    let other = write_request(&matter, &items);
    small::answer(&matter);
    let _ = matter.run(&SMALL.judge("small-production")).done();
    for absorb in [false, true] {
        let name = format!("lie-{absorb}");
        let lie = Production::copy(&matter.path("small-production"), &matter.path(&name));
        let position = items[0].position as usize;
        assert_eq!(lie.records()[position].1, Withheld.into());
        lie.set_disposition(position, NotResponsive);
        let log = String::from_utf8(lie.read(names::WITHHOLDING)).unwrap();
        let header = log.lines().next().unwrap();
        lie.write_withholding(&format!("{header}\n"));
        let path = format!("{}/{}", names::PROOFS, Batches::file_name(0));
        lie.write(&path, &false_proof(&matter, &items, other, absorb).0);
        lie.seal();
        let outcome = matter.run(&SMALL.judge(&name));
        println!("absorb {absorb}: {}", outcome.stdout);
        assert!(outcome.stdout.contains("REJECTED at check 6 (proofs)"));
        assert_eq!(outcome.code, Some(1));
    }
}
