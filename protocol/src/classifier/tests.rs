//! What the structure of a classifier may be.

use super::*;

/// `byte + lo`, looked up in a table of 256 entries from `lo`.
fn table_from(lo: i32) -> Result<Classifier, ClassifierError> {
    let sum = Linear {
        len: 1,
        terms: vec![Term {
            source: ValueId::INPUT,
            map: Map::Scale(1),
        }],
        bias: vec![i64::from(lo)],
    };
    let decision = Pointwise {
        source: ValueId(1),
        shift: 0,
        table: 0,
    };
    let table = Table {
        lo,
        outputs: (0..256).map(|i| i32::from(i >= 100)).collect(),
    };
    Classifier::new(
        1,
        vec![Node::Linear(sum), Node::Pointwise(decision)],
        vec![table],
    )
}

#[test]
fn tables_are_cut_to_what_bounds_need() {
    let whole = table_from(-50).unwrap();
    let wide = |lo: i32| {
        let mut tables = whole.tables().to_vec();
        let more = (lo - tables[0].lo).unsigned_abs() as usize;
        tables[0].outputs = [vec![0; more], tables[0].outputs.clone(), vec![1; 7]].concat();
        tables[0].lo = lo;
        // No node reads the second.
        tables.push(tables[0].clone());
        Classifier::new(1, whole.nodes().to_vec(), tables).unwrap()
    };
    for lo in [-50, -51, -900] {
        let trimmed = wide(lo).trimmed();
        assert_eq!(trimmed.tables()[0], whole.tables()[0]);
        assert_eq!(trimmed.tables()[1].outputs.len(), 1);
        // Structure and bounds are those that an analysis finds.
        let (nodes, tables) = (trimmed.nodes().to_vec(), trimmed.tables().to_vec());
        assert_eq!(Classifier::new(1, nodes, tables).unwrap(), trimmed);
    }
}

#[test]
fn terms_are_limited_over_all_nodes() {
    let node = |terms: usize| {
        let term = Term {
            source: ValueId::INPUT,
            map: Map::Scale(0),
        };
        Node::Linear(Linear {
            len: 1,
            terms: vec![term; terms],
            bias: Vec::new(),
        })
    };
    let decision = Pointwise {
        source: ValueId(1),
        shift: 0,
        table: 0,
    };
    let full = limits::ALL_TERMS / limits::TERMS;
    let build = |last: usize| {
        let mut nodes = vec![node(limits::TERMS); full - 1];
        nodes.extend([node(limits::TERMS - 1), node(last)]);
        nodes.push(Node::Pointwise(decision));
        let table = Table {
            lo: 0,
            outputs: vec![1],
        };
        (nodes, vec![table])
    };
    let (nodes, tables) = build(1);
    let largest = Classifier::new(1, nodes, tables).unwrap();
    let bytes = largest.encode();
    assert_eq!(Classifier::decode(&bytes), Ok(largest));
    let (nodes, tables) = build(2);
    let error = Classifier::new(1, nodes, tables).unwrap_err();
    assert!(error.to_string().contains("too many terms"), "{error}");
    // As bytes it is refused before its terms are read: the decision's bytes are the last.
    let mut more = bytes.clone();
    let at = more.len() - 10 - 9 - 4;
    assert_eq!(more[at..at + 4], 1u32.to_le_bytes());
    more[at] = 2;
    let repeated = more[at + 4..at + 13].to_vec();
    more.splice(at + 13..at + 13, repeated);
    let error = Classifier::decode(&more).unwrap_err();
    assert!(error.to_string().contains("too many terms"), "{error}");
}

/// The circuit holds arguments in 32 bits: one beyond them would be another one there.
#[test]
fn arguments_beyond_32_bits_are_refused() {
    for lo in [i32::MIN, 0, i32::MAX - 255] {
        assert!(table_from(lo).unwrap().matches(&[255]), "{lo}");
    }
    for lo in [i32::MAX - 254, i32::MAX] {
        let error = table_from(lo).unwrap_err().to_string();
        assert!(error.contains("below 2^31"), "{error}");
    }
}

#[test]
fn entries_are_limited_over_all_tables() {
    let table = |len: usize| Table {
        lo: 0,
        outputs: vec![1; len],
    };
    let decision = Pointwise {
        source: ValueId::INPUT,
        shift: 0,
        table: 0,
    };
    let build = |last: usize| {
        let mut tables =
            vec![table(limits::TABLE_LEN); limits::ALL_ENTRIES / limits::TABLE_LEN - 1];
        tables.extend([table(limits::TABLE_LEN - 1), table(last)]);
        Classifier::new(1, vec![Node::Pointwise(decision)], tables)
    };
    build(1).unwrap();
    let error = build(2).unwrap_err().to_string();
    assert!(error.contains("too many entries"), "{error}");
}
