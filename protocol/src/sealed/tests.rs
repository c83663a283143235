//! Architectures: what is hidden, what is refused, and files that are read as they were written.
#![allow(clippy::unwrap_used, reason = "a test may end at any surprise")]

use super::*;
use crate::classifier::{
    Classifier, Conv, Linear, Map, Node, Padding, Pointwise, Sparse, Table, Term, ValueId,
};
use crate::request::{AnyRequest, Request, Scheme};
use group::Curve;

fn term(source: u32, map: Map) -> Term {
    let source = ValueId(source);
    Term { source, map }
}

fn linear(len: u32, terms: Vec<Term>, bias: Vec<i64>) -> Node {
    Node::Linear(Linear { len, terms, bias })
}

fn table(source: u32, shift: u8, table: u32) -> Node {
    let source = ValueId(source);
    Node::Pointwise(Pointwise {
        source,
        shift,
        table,
    })
}

fn conv(groups: u32, kernel: u32, weights: Vec<i32>) -> Map {
    Map::Conv(Conv {
        in_channels: 2,
        in_height: 4,
        in_width: 4,
        out_channels: 2,
        kernel_height: kernel,
        kernel_width: kernel,
        stride: [kernel, kernel],
        dilation: [1, 1],
        padding: Padding::default(),
        groups,
        weights,
    })
}

/// A saturated convolution, a pooling, a matrix.
pub(super) fn nodes() -> Vec<Node> {
    vec![
        linear(32, vec![term(0, conv(1, 1, vec![3, -2, 1, 5]))], vec![7, 0]),
        table(1, 2, 0),
        linear(
            32,
            vec![term(1, Map::Scale(1)), term(2, Map::Scale(-4))],
            vec![],
        ),
        table(3, 2, 1),
        linear(8, vec![term(4, conv(2, 2, vec![1; 8]))], vec![]),
        linear(
            1,
            vec![term(5, Map::Dense((0..8).map(|i| i - 4).collect()))],
            vec![-3],
        ),
        table(6, 4, 2),
    ]
}

fn tables() -> Vec<Table> {
    let table = |f: &dyn Fn(i32) -> i32| Table {
        lo: -2048,
        outputs: (-2048..2048).map(f).collect(),
    };
    vec![
        table(&|q| q - q.clamp(-100, 100)),
        table(&|q| q.max(0)),
        table(&|q| i32::from(q >= 0)),
    ]
}

pub(super) fn classifier(nodes: Vec<Node>) -> Classifier {
    Classifier::new(32, nodes, tables()).unwrap()
}

fn seal(classifier: &Classifier) -> (SealedClassifier, Weights) {
    let (architecture, values) = Architecture::split(classifier).unwrap();
    let rows = architecture.rows().present;
    let generators = Generators::derive(rows);
    let sealed = SealedClassifier::new(
        "text-hash-32".parse().unwrap(),
        "output[0] >= 0".to_owned(),
        architecture,
        generators.s,
    );
    (sealed.unwrap(), Weights::with_fresh_blinds(values, rows))
}

#[test]
fn weights_are_hidden_and_put_back() {
    let whole = classifier(nodes());
    let (architecture, values) = Architecture::split(&whole).unwrap();
    let hidden: Vec<(usize, usize, u32)> = architecture
        .hidden()
        .map(|(node, hidden, first)| (node, first, hidden.biases))
        .collect();
    // Biases of a convolution per channel; the pooling is public.
    assert_eq!(hidden, [(0, 0, 2), (5, 6, 1)]);
    assert_eq!(values, [3, -2, 1, 5, 7, 0, -4, -3, -2, -1, 0, 1, 2, 3, -3]);
    let rows = architecture.rows();
    assert_eq!((rows.len, rows.count, rows.present), (4, 4, 4));
    assert_eq!(architecture.open(&values), Ok(whole));
    assert!(architecture.open(&values[1..]).is_err());
    let mut wide = values.clone();
    wide[0] = 1 << 31;
    assert!(architecture.open(&wide).is_err());
    // Bounds: a weight that leaves its table.
    wide[0] = 1 << 20;
    assert!(architecture.open(&wide).is_err());
}

#[test]
fn what_a_map_leaves_out_is_hidden_too() {
    let sparse = Map::Sparse(Sparse {
        offsets: vec![0, 2],
        columns: vec![3, 20],
        values: vec![5, -6],
    });
    let select = Map::Select(vec![4, 9]);
    let nodes = vec![
        linear(1, vec![term(0, sparse)], vec![]),
        table(1, 4, 2),
        linear(2, vec![term(0, select)], vec![-9, -200]),
        table(3, 0, 2),
        linear(
            1,
            vec![term(2, Map::Scale(9)), term(4, Map::Dense(vec![4, 5]))],
            vec![-10],
        ),
        table(5, 0, 2),
    ];
    let whole = classifier(nodes);
    let (architecture, values) = Architecture::split(&whole).unwrap();
    assert_eq!(architecture.parameters(), 32 + 1 + 64 + 2 + 2 + 1);
    let sparse = |node: &Node| match node {
        Node::Linear(linear) => linear.terms.iter().any(|t| !matches!(t.map, Map::Scale(_))),
        Node::Pointwise(_) => false,
    };
    assert!(!architecture.nodes().iter().any(sparse));
    let opened = architecture.open(&values).unwrap();
    for seed in 0..50u32 {
        let view: Vec<u8> = (0..32).map(|i| (seed * 37 + i * i * 11) as u8).collect();
        assert_eq!(opened.matches(&view), whole.matches(&view));
    }
}

#[test]
fn two_hidden_maps_before_a_table_are_refused() {
    let two = vec![
        linear(2, vec![term(0, Map::Dense(vec![2; 64]))], vec![]),
        linear(1, vec![term(1, Map::Dense(vec![2, 3]))], vec![]),
        table(2, 12, 2),
    ];
    let refused = Architecture::split(&classifier(two))
        .unwrap_err()
        .to_string();
    assert!(
        refused.contains("node 1") && refused.contains("before a table"),
        "{refused}"
    );
    // A difference of two of its outputs is public.
    let difference = vec![
        linear(2, vec![term(0, Map::Dense(vec![2; 64]))], vec![]),
        linear(1, vec![term(1, Map::Dense(vec![1, -1]))], vec![]),
        table(2, 12, 2),
    ];
    let (architecture, _) = Architecture::split(&classifier(difference)).unwrap();
    assert_eq!(architecture.hidden().count(), 1);
}

#[test]
fn files_are_read_as_they_were_written() {
    let (sealed, weights) = seal(&classifier(nodes()));
    let bytes = sealed.encode();
    assert!(bytes.starts_with(b"duces-sealed-model-v1\nview: text-hash-32\n"));
    assert_eq!(SealedClassifier::decode(&bytes), Ok(sealed.clone()));
    let secret = weights.encode(sealed.digest());
    let read = Weights::decode(&sealed, &secret).unwrap();
    assert_eq!(
        (read.values(), read.blinds()),
        (weights.values(), weights.blinds())
    );
    assert_eq!(read.classifier(&sealed), Ok(classifier(nodes())));
    for end in 0..secret.len() {
        assert!(Weights::decode(&sealed, &secret[..end]).is_err());
    }
    let mut other = secret.to_vec();
    other[20] ^= 1;
    let refused = Weights::decode(&sealed, &other).err().unwrap().0;
    assert!(refused.contains("another sealed classifier"), "{refused}");
}

/// Every change of one byte is refused, or is another file: there are no two spellings of one.
#[test]
fn changed_files_are_refused_or_others() {
    let (sealed, _) = seal(&classifier(nodes()));
    let bytes = sealed.encode();
    let mut refused = 0;
    for at in (0..bytes.len()).filter(|at| at % 7 == 0 || *at < 600) {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        match SealedClassifier::decode(&changed) {
            Err(_) => refused += 1,
            Ok(read) => assert_eq!(read.encode(), changed, "byte {at}"),
        }
    }
    assert!(refused > 400, "{refused}");
    assert!(SealedClassifier::decode(&bytes[..bytes.len() - 1]).is_err());
    assert!(SealedClassifier::decode(&[bytes, vec![0]].concat()).is_err());
}

#[test]
fn a_request_names_its_sealed_classifier() {
    let (sealed, _) = seal(&classifier(nodes()));
    let request = Request::sealed(Digest([3; 32]), Scheme::Ipa, sealed);
    let bytes = request.encode();
    let read = AnyRequest::decode(&bytes).unwrap();
    assert_eq!(read.digest(), request.digest());
    assert_eq!(read, AnyRequest::Sealed(Box::new(request.clone())));
    assert!(
        Request::decode(&bytes).is_err(),
        "not of a public classifier"
    );
    for change in [
        |r: &mut Request<SealedClassifier>| r.rule.push('1'),
        |r: &mut Request<SealedClassifier>| r.model.0[0] ^= 1,
        |r: &mut Request<SealedClassifier>| r.view = "text-hash-33".parse().unwrap(),
    ] {
        let mut other = request.clone();
        change(&mut other);
        assert!(AnyRequest::decode(&other.encode()).is_err());
    }
}

/// Generators of one kind are of no other.
#[test]
fn generators_are_distinct() {
    let generators = Generators::derive(8);
    let views = crate::pedersen::Generators::derive(8);
    let mut all = [generators.s, views.g, vec![generators.h, views.w]].concat();
    all.push(hash_to_curve("duces/linear-form/v1", &[0]));
    for (i, point) in all.iter().enumerate() {
        assert!(!all[..i].contains(point), "{i}");
        assert_ne!(point.to_curve().to_affine(), G1Affine::identity());
    }
}

/// A few bytes that announce much.
#[test]
fn what_is_announced_is_weighed_first() {
    let huge = |len: u32, sources: usize| {
        let form = HiddenTerm {
            source: ValueId::INPUT,
            map: HiddenMap::Dense,
        };
        let terms = vec![form; sources];
        let hidden = Hidden { terms, biases: 1 };
        let nodes = vec![
            linear(len, vec![], vec![]),
            linear(1, vec![], vec![]),
            table(2, 0, 2),
        ];
        Architecture::new(
            AnswerKind::Match,
            1 << 20,
            nodes,
            [(0, hidden)].into(),
            tables(),
        )
    };
    assert!(huge(8, 1).is_ok());
    assert!(huge(32, 1).is_err(), "2^25 weights");
    assert!(huge(1 << 22, 4096).is_err(), "2^54 weights");
}
