//! The coefficients of the judge's equation take memory for what is needed at one time, as
//! `Classifier::adjoint` says. In a file of its own: the peak is that of the process.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use duces_protocol::classifier::{
    Classifier, Linear, Map, Node, Pointwise, Sparse, Table, Term, ValueId,
};
use ff::Field;
use halo2curves::bn256::Fr;

/// The most memory that this process has had, in bytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.unwrap().trim().trim_end_matches(" kB");
    1024 * kilobytes.parse::<u64>().unwrap()
}

/// 60 values of 2^19 elements, each read by the next node alone: two are needed at one time. All at
/// once would take 32 bytes for each of 31 million elements, 1 GB.
#[test]
fn coefficients_take_memory_for_what_is_needed_at_one_time() {
    let len = 1u32 << 19;
    let term = |source, map| Term {
        source: ValueId(source),
        map,
    };
    let node = |len, terms, bias| Node::Linear(Linear { len, terms, bias });
    let mut nodes: Vec<Node> = (0..60)
        .map(|i| {
            node(
                len,
                vec![term(i, Map::Scale(if i == 7 { -1 } else { 1 }))],
                vec![],
            )
        })
        .collect();
    let last = Sparse {
        offsets: vec![0, 2],
        columns: vec![0, len - 1],
        values: vec![1, 3],
    };
    nodes.push(node(1, vec![term(60, Map::Sparse(last))], vec![5]));
    nodes.push(Node::Pointwise(Pointwise {
        source: ValueId(61),
        shift: 8,
        table: 0,
    }));
    let table = Table {
        lo: -4,
        outputs: vec![0, 0, 0, 0, 1],
    };
    let classifier = Classifier::new(len, nodes, vec![table]).unwrap();
    let before = peak();
    let adjoint = classifier.adjoint(Fr::ONE).rest;
    let more = peak() - before;
    assert_eq!(adjoint.input[0], Fr::ONE);
    assert_eq!(adjoint.input[len as usize - 1], Fr::from(3));
    assert_eq!(adjoint.bias, Fr::from(5));
    // Two gradients of 32 bytes an element and what the node at hand takes; and what allocators round
    // up.
    assert_eq!(classifier.adjoint_bytes(), u64::from(len) * (2 * 32 + 144));
    let bound = classifier.adjoint_bytes() + (16 << 20);
    println!("{} MB more, {} MB allowed", more >> 20, bound >> 20);
    assert!(more <= bound, "{more} bytes, {bound} are allowed");
}
