//! Real proofs at the ends of every domain: the least and the largest argument, output, sum and shift;
//! every size of a column and every number of lanes, with batches that end within a place.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use common::{dimensions, public, secret};
use duces_circuits::{Context, Dimensions, Prover, PublicItem, Verifier};
use duces_kit::classifier::{lookup, network, sum, term};
use duces_kit::corpus::Corpus;
use duces_kit::request;
use duces_protocol::classifier::{Classifier, Map, Sparse, Table};

/// An honest batch verifies; with the first or the last bit flipped, or an item fewer, it does not.
fn holds(classifier: Classifier, dimensions: Dimensions, views: Vec<Vec<u8>>) {
    let what = format!(
        "{dimensions:?}, {} items, {:?}",
        views.len(),
        classifier.nodes()
    );
    let corpus = Corpus::new(views);
    let request = request::of(classifier);
    let prover = Prover::new(&request, Context::of(&request), dimensions, None).unwrap();
    let proof = prover.prove(7, &secret(&corpus)).unwrap();
    let verifier = Verifier::new(&request, Context::of(&request), dimensions, None).unwrap();
    let verify = |items: &[PublicItem]| {
        let mut batches = verifier.start();
        batches
            .add(7, items, &proof.0)
            .and_then(|()| batches.finish())
    };
    let honest = public(&corpus, &request.classifier);
    assert_eq!(verify(&honest), Ok(()), "{what}");
    for at in [0, honest.len() - 1] {
        let mut lie = honest.clone();
        lie[at].matches ^= true;
        assert!(verify(&lie).is_err(), "bit {at}: {what}");
    }
    if let [fewer @ .., _] = &honest[..] {
        assert!(fewer.is_empty() || verify(fewer).is_err(), "{what}");
    }
}

/// `z = f(⌊(weight·x₁ + bias) / 2^shift⌋)` with outputs at both ends of 32 bits, and a decision on
/// `−2^31·z`, which reaches `2^62`. `None` where an argument would not have 32 bits, or the table more
/// entries than 2^16.
fn at_the_ends(shift: u8, bias: i64, weight: i32) -> Option<Classifier> {
    let ends = [0, 255].map(|x| (i128::from(bias) + x * i128::from(weight)) >> shift);
    let first = i32::try_from(ends[0].min(ends[1])).ok()?;
    let last = i32::try_from(ends[0].max(ends[1])).ok()?;
    if i64::from(last) - i64::from(first) >= 1 << 16 {
        return None;
    }
    let outputs = (first..=last).map(|q| match q.rem_euclid(3) {
        0 => i32::MIN,
        1 => i32::MAX,
        _ => -1,
    });
    let one = Sparse {
        offsets: vec![0, 1],
        columns: vec![1],
        values: vec![weight],
    };
    let nodes = vec![
        sum(1, vec![term(0, Map::Sparse(one))], vec![bias]),
        lookup(1, shift, 0),
        sum(1, vec![term(2, Map::Dense(vec![i32::MIN]))], vec![]),
        lookup(3, 48, 1),
    ];
    let tables = vec![
        Table {
            lo: first,
            outputs: outputs.collect(),
        },
        Table {
            lo: -(1 << 14),
            outputs: (-(1 << 14)..=1 << 14)
                .map(|q: i32| i32::from(q.rem_euclid(5) < 2))
                .collect(),
        },
    ];
    Classifier::new(2, nodes, tables).ok()
}

/// Every case of these shifts, and how many there were.
fn cases(shifts: impl IntoIterator<Item = u8>) -> usize {
    let mut cases = 0;
    for shift in shifts {
        let end = 1_i64 << 62;
        for (bias, weight) in [
            (i64::from(i32::MIN) << shift.min(30), 1),
            (
                (i64::from(i32::MAX) - 254) << shift.min(30),
                1 << shift.min(22),
            ),
            (-end, i32::MAX),
            (end - 255 * (1 << 31), i32::MAX),
            (-1, -1),
            (0, i32::MIN),
            (-(1 << 48) - 1, 3),
        ] {
            let Some(classifier) = at_the_ends(shift, bias, weight) else {
                continue;
            };
            let dimensions = dimensions(&classifier, 11);
            let views = vec![
                vec![9, 0],
                vec![0, 255],
                vec![7, 1],
                vec![200, 128],
                vec![0, 254],
            ];
            holds(classifier, dimensions, views);
            cases += 1;
        }
    }
    cases
}

#[test]
fn proofs_at_the_ends_of_domains() {
    let cases = cases([26]);
    println!("{cases} attempts at the ends of domains");
    assert!(cases >= 3, "{cases}");
}

#[test]
#[ignore = "takes long: cargo campaign liar full"]
fn proofs_at_the_ends_of_domains_under_every_shift() {
    let cases = cases(0..=48);
    println!("{cases} attempts at the ends of domains");
    assert!(cases > 100, "{cases}");
}

/// A batch that fills so many places and one item more, under columns of `2^k` rows.
fn size(k: u32, lanes: u32, places: usize) {
    let classifier = network();
    let dimensions = Dimensions::new(k + 2, k, lanes).unwrap();
    let groups = dimensions.triples() / dimensions.lanes();
    let corpus = Corpus::pseudo_random(classifier.input_len(), places * groups + 1);
    let mut views = corpus.views.clone();
    views[0].fill(0);
    holds(classifier, dimensions, views);
}

#[test]
fn proofs_of_the_longest_column() {
    size(14, 1, 0);
}

#[test]
#[ignore = "takes long: cargo campaign liar full"]
fn proofs_of_every_size_and_number_of_lanes() {
    for k in 11..=14 {
        for lanes in 1..=4 {
            size(k, lanes, 0);
            size(k, lanes, 2);
        }
    }
}
