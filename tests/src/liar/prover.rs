//! A responder with a changed prover: a matching item is listed as one that does not match, with a
//! proof of the decision on another view. The masks are honest, or one absorbs the committed view.

use super::{Attempt, Expected, verdict};
use crate::matter::Matter;
use crate::production::Production;
use crate::programs::Programs;
use crate::small::{self, SMALL};
use duces_circuits::{BatchProof, Context, Dimensions, Prover, SecretItem};
use duces_kit::classifier::decision;
use duces_protocol::audit::{opened, sample};
use duces_protocol::pedersen::{ViewBlind, ViewCommitment};
use duces_protocol::production::batches::Batches;
use duces_protocol::production::ledger::Disposition::{NotResponsive, Withheld};
use duces_protocol::production::names;
use duces_protocol::rendition::Rendition;
use duces_protocol::request::Request;
use duces_views::derive;
use group::Curve;
use std::fs;

#[path = "../../../circuits/tests/common/liar.rs"]
#[allow(clippy::unwrap_used, reason = "it is a part of tests")]
mod changed;

/// What a responder knows of a provable item.
struct Item {
    position: u64,
    view: Vec<u8>,
    blind: ViewBlind,
    commitment: ViewCommitment,
}

/// Tells both lies.
///
/// # Panics
/// When an honest step fails.
#[must_use]
pub fn attempts(programs: &Programs) -> Vec<Attempt> {
    let matter = small::committed(programs.clone());
    let items = items(&matter);
    let other = write_request(&matter, &items);
    small::answer(&matter);
    let lies = [
        (false, "a false decision is proved, with honest masks"),
        (
            true,
            "a false decision is proved, and a mask absorbs the committed view",
        ),
    ];
    let told = lies.map(|(absorb, what)| Attempt {
        group: "prover",
        what: what.to_owned(),
        times: 1,
        expected: Expected::check(6),
        verdict: {
            let name = format!("lie-{absorb}");
            tell(&matter, &items, other, absorb, &name);
            verdict(&matter.run(&SMALL.judge(&name)))
        },
    });
    told.into()
}

/// Writes a production in which the first item is listed as not responsive.
fn tell(matter: &Matter, items: &[Item], other: usize, absorb: bool, name: &str) {
    let lie = Production::copy(&matter.path("small-production"), &matter.path(name));
    let position = usize::try_from(items[0].position).expect("it is small");
    assert_eq!(lie.records()[position].1, Withheld.into());
    lie.set_disposition(position, NotResponsive);
    (crate::attacks::ENTRY_REMOVED.apply)(&lie);
    let path = format!("{}/{}", names::PROOFS, Batches::file_name(0));
    lie.write(&path, &false_proof(matter, items, other, absorb).0);
    lie.seal();
}

/// All items that have the view of the request, by way of the folder for an audit.
fn items(matter: &Matter) -> Vec<Item> {
    let view = SMALL.view.parse().expect("it is a view");
    let text = fs::read_to_string(matter.path("matter/commitment.txt")).expect("it is there");
    let count = text.lines().find_map(|line| line.strip_prefix("items: "));
    let count = count.and_then(|count| count.parse().ok());
    let all: Vec<u64> = (0..count.expect("the commitment has a number of items")).collect();
    fs::write(matter.path("all.csv"), sample::render(&all)).expect("the list is written");
    let line = "responder open --vault matter/vault --positions all.csv --out opened";
    let _ = matter.run(line).done();
    let list = fs::read(matter.path("opened/opened.csv")).expect("it is there");
    let mut items = Vec::new();
    for opened in opened::parse(&list).expect("it is well formed") {
        let Some(file) = opened
            .rendition_file()
            .filter(|file| file.ends_with(".txt"))
        else {
            continue;
        };
        let bytes = fs::read(matter.path("opened/renditions").join(&file)).expect("it is there");
        let rendition = Rendition::from_text_file(bytes).expect("it is a text");
        for ((name, commitment), blind) in opened.leaf.views.iter().zip(opened.blinds) {
            if *name == view {
                items.push(Item {
                    position: opened.position,
                    view: derive(&rendition, view).expect("a text has views of texts"),
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
    let (first, others) = items.split_first().expect("there are texts");
    let absent = |bucket: usize| others.iter().position(|item| item.view[bucket] == 0);
    let found = (0..64).find_map(|b| Some((b, absent(b).filter(|_| first.view[b] > 0)?)));
    let (bucket, other) = found.expect("the texts differ");
    let weights = (0..64).map(|b| i32::from(b == bucket)).collect();
    let request = Request {
        classifier: decision(weights, -1, 0, -1..255),
        ..request(matter)
    };
    fs::write(matter.path("small.request"), request.encode()).expect("the request is written");
    1 + other
}

fn request(matter: &Matter) -> Request {
    let bytes = fs::read(matter.path("small.request")).expect("the request is there");
    Request::decode(&bytes).expect("it is well formed")
}

/// The proof of the first batch, in which the first item's view is another one; the mask's
/// commitment absorbs the difference or is honest.
fn false_proof(matter: &Matter, items: &[Item], other: usize, absorb: bool) -> BatchProof {
    let request = request(matter);
    let dimensions = Dimensions::new(11, 11, 1).expect("it is in range");
    let prover = Prover::new(&request, Context::of(&request), dimensions, None);
    let prover = prover.expect("the request fits the layout");
    let batches = Batches::new(items.len() as u64, prover.layout().items_per_batch());
    let range = batches.range(0);
    let secret: Vec<SecretItem<'_>> = items[..usize::try_from(range.end).expect("it is small")]
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
    changed::prove_with_masks(&prover, 0, &secret, |masks| {
        if absorb {
            let first = &secret[0];
            let swap = changed::swap(&prover, first.view, first.blind, first.commitment);
            masks.points[0] = (swap + masks.points[0]).to_affine();
        }
    })
}
