//! What is said of a request, and what an unusual one cannot hide.

use super::*;
use crate::classifier::{Linear, Map, Pointwise, Sparse, Table, Term, ValueId};
use crate::request::Scheme;

fn request(classifier: Classifier) -> Request {
    Request {
        commitment: Digest([1; 32]),
        view: format!("gray-{}x1", classifier.input_len())
            .parse()
            .unwrap(),
        scheme: Scheme::Ipa,
        rule: "some rule".to_owned(),
        model: Digest([2; 32]),
        classifier,
    }
}

fn said(classifier: Classifier) -> Vec<String> {
    warnings(&request(classifier))
}

fn term(source: u32, map: Map) -> Term {
    Term {
        source: ValueId(source),
        map,
    }
}

fn sum(len: u32, terms: Vec<Term>, bias: Vec<i64>) -> Node {
    Node::Linear(Linear { len, terms, bias })
}

fn step(source: u32, shift: u8, table: u32) -> Node {
    Node::Pointwise(Pointwise {
        source: ValueId(source),
        shift,
        table,
    })
}

/// The values of `f` from `lo` to `hi`.
fn table(lo: i32, hi: i32, f: impl Fn(i32) -> i32) -> Table {
    Table {
        lo,
        outputs: (lo..=hi).map(f).collect(),
    }
}

/// One dense row of weights, then a step at zero.
fn linear(weights: Vec<i32>, bias: i64) -> Classifier {
    let len = u32::try_from(weights.len()).unwrap();
    let nodes = vec![
        sum(1, vec![term(0, Map::Dense(weights))], vec![bias]),
        step(1, 12, 0),
    ];
    Classifier::new(len, nodes, vec![table(-4096, 4095, |q| i32::from(q >= 0))]).unwrap()
}

#[test]
fn extraction_is_shown() {
    let weights: Vec<i32> = (0..200).map(|i| if i % 2 == 0 { 3 } else { -3 }).collect();
    assert_eq!(said(linear(weights.clone(), -100)), Vec::<String>::new());
    let everything = said(linear(weights.clone(), 1_000_000));
    assert!(
        everything[0].contains("every possible document"),
        "{everything:?}"
    );
    let nothing = said(linear(weights.clone(), -1_000_000));
    assert!(nothing[0].contains("no possible document"), "{nothing:?}");
    let nearly = said(linear(weights, 70_000));
    assert!(nearly[0].contains("nearly everything"), "{nearly:?}");
    let mut pixel = vec![0; 200];
    pixel[17] = 1;
    let pixel = said(linear(pixel, -100));
    assert!(
        pixel.iter().any(|w| w.contains("1 of the 200 bytes")),
        "{pixel:?}"
    );
    let mut hidden: Vec<i32> = (0..200).map(|i| i % 3 - 1).collect();
    hidden[17] = 10_000;
    let hidden = said(linear(hidden, -100));
    assert!(hidden.iter().any(|w| w.contains("outweigh")), "{hidden:?}");
}

/// Decides by byte 17 of 200, and passes the others through a table beside constants: the table
/// changes at the constants only, so that its output for a byte never does.
fn decoy(constants: &[i64], shift: u8, decoy: Table) -> Classifier {
    let mut index: Vec<u32> = (0..200).collect();
    index.resize(200 + constants.len(), u32::MAX);
    let len = u32::try_from(index.len()).unwrap();
    let mut bias = vec![0; 200];
    bias.extend_from_slice(constants);
    let mut weights = vec![1; 200];
    weights.resize(index.len(), 0);
    let pixel = Sparse {
        offsets: vec![0, 1],
        columns: vec![17],
        values: vec![1],
    };
    let terms = vec![term(0, Map::Sparse(pixel)), term(2, Map::Dense(weights))];
    let nodes = vec![
        sum(len, vec![term(0, Map::Select(index))], bias),
        step(1, shift, 1),
        sum(1, terms, vec![-100]),
        step(3, 0, 0),
    ];
    let decision = table(-10_000, 10_000, |h| i32::from(h >= 0));
    Classifier::new(200, nodes, vec![decision, decoy]).unwrap()
}

/// `2^62` and `−2^62` are `2^63` apart, which 64 bits do not hold: the decoy's slope was negative,
/// and the bytes' true influence drowned in it.
#[test]
fn constants_at_the_ends_hide_nothing() {
    let far = table(-(1 << 14), 1 << 14, |h| if h > 0 { 10 } else { 0 });
    let hidden = decoy(&[1 << 62, -(1 << 62)], 48, far);
    let said = said(hidden);
    assert!(
        said.iter().any(|w| w.contains("1 of the 200 bytes")),
        "{said:?}"
    );
}

/// A slope that is averaged over a value, not an element, is steep for one constant's sake.
#[test]
fn a_constant_makes_no_table_steep() {
    let near = table(0, 300, |h| if h == 300 { 1000 } else { 0 });
    let hidden = decoy(&[300], 0, near);
    for byte in [0, 99, 100, 255] {
        let mut view = vec![byte ^ 0x5a; 200];
        view[17] = byte;
        assert_eq!(hidden.matches(&view), byte >= 100);
    }
    let said = said(hidden);
    assert!(
        said.iter().any(|w| w.contains("1 of the 200 bytes")),
        "{said:?}"
    );
}

/// What reaches the decision with weight zero is not read.
#[test]
fn a_dead_end_is_not_read() {
    let mut pixel = vec![0; 200];
    pixel[17] = 1;
    let terms = vec![
        term(0, Map::Dense(pixel)),
        term(2, Map::Dense(vec![0; 200])),
    ];
    let nodes = vec![
        sum(200, vec![term(0, Map::Scale(3))], vec![]),
        step(1, 0, 1),
        sum(1, terms, vec![-100]),
        step(3, 0, 0),
    ];
    let tables = vec![
        table(-100, 200, |h| i32::from(h >= 0)),
        table(0, 765, |h| h / 3),
    ];
    let said = said(Classifier::new(200, nodes, tables).unwrap());
    assert!(
        said.iter().any(|w| w.contains("1 of the 200 bytes")),
        "{said:?}"
    );
}

/// The trials of one request are not those of another, of another commitment, or of a request that
/// differs in one letter; and they are the same for everybody who reads it.
#[test]
fn trials_follow_from_request_and_commitment() {
    let one = request(linear(vec![1; 200], -100));
    let mut rule = one.clone();
    rule.rule.push('.');
    let mut commitment = one.clone();
    commitment.commitment = Digest([3; 32]);
    let trial = |request: &Request| trial_view(200, Kind::Image, 20, 32, &Seed::new(request));
    assert_eq!(trial(&one), trial(&one.clone()));
    assert_ne!(trial(&one), trial(&rule));
    assert_ne!(trial(&one), trial(&commitment));
    let weights = |request: &Request| Seed::new(request).stream(0).next();
    assert_eq!(weights(&one), weights(&one.clone()));
    assert_ne!(weights(&one), weights(&rule));
    assert_ne!(weights(&one), weights(&commitment));
    // Trials differ from one another, and blank and full pages are among them.
    let seed = Seed::new(&one);
    let views: Vec<Vec<u8>> = (0..32)
        .map(|trial| trial_view(200, Kind::Image, trial, 32, &seed))
        .collect();
    assert_eq!((views[0][0], views[1][0]), (0, 255));
    for i in 0..32 {
        assert!(!views[..i].contains(&views[i]), "{i}");
    }
}

#[test]
fn reduction_is_that_of_the_prime() {
    const PRIME: i128 = (1 << 61) - 1;
    let mut stream = SplitMix(3);
    let mut any = || i128::from(stream.next().cast_signed()) << 60 ^ i128::from(stream.next());
    let ends = [
        0,
        1,
        -1,
        PRIME,
        -PRIME,
        PRIME - 1,
        PRIME + 1,
        2 * PRIME,
        i128::MIN,
        i128::MAX,
    ];
    for v in ends.into_iter().chain((0..10_000).map(|_| any())) {
        assert_eq!(i128::from(reduced(v)), v.rem_euclid(PRIME), "{v}");
    }
}

/// Products of weights leave the range of a float, and proportions stay.
#[test]
fn influence_stays_finite_through_many_nodes() {
    let mut nodes = vec![sum(2, vec![term(0, Map::Dense(vec![1, 0, 0, 3]))], vec![])];
    // Grown by 2^15, and taken modulo 2^30: what moves it moves it 2^16 times as much each time.
    for _ in 0..100 {
        let last = nodes.len() as u32;
        nodes.push(sum(2, vec![term(last, Map::Scale(1 << 15))], vec![]));
        nodes.push(step(last + 1, 30, 1));
        let modulo = vec![
            term(last + 1, Map::Scale(1)),
            term(last + 2, Map::Scale(-(1 << 30))),
        ];
        nodes.push(sum(2, modulo, vec![]));
    }
    let last = nodes.len() as u32;
    nodes.push(sum(1, vec![term(last, Map::Dense(vec![1, 1]))], vec![]));
    nodes.push(step(last + 1, 16, 0));
    let tables = vec![
        table(0, 1 << 15, |h| i32::from(h >= 100)),
        table(0, (1 << 15) - 1, |h| h),
    ];
    let classifier = Classifier::new(2, nodes, tables).unwrap();
    let influence = Influence::new(&classifier);
    assert!((influence.effective_inputs() - 1.6).abs() < 1e-6);
}
