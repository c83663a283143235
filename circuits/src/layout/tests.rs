//! A classifier is within its limits exactly if some layout has room for an item of it.

use super::*;
use duces_protocol::answers::AnswerKind;
use duces_protocol::classifier::{Node, Pointwise, Table, ValueId, limits};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// Pointwise nodes of any length, which no classifier has to have.
struct Lengths {
    lens: Vec<usize>,
    nodes: Vec<Node>,
    tables: Vec<Table>,
}

impl Lengths {
    fn new(parts: &[(usize, u8)]) -> Self {
        let node = |(_, shift): &(usize, u8)| {
            Node::Pointwise(Pointwise {
                source: ValueId(0),
                shift: *shift,
                table: 0,
            })
        };
        Self {
            lens: parts.iter().map(|(len, _)| *len).collect(),
            nodes: parts.iter().map(node).collect(),
            tables: vec![Table {
                lo: 0,
                outputs: vec![0, 1],
            }],
        }
    }

    fn within_limits(&self) -> bool {
        let rows = self
            .nodes
            .iter()
            .zip(&self.lens)
            .map(|(node, len)| match node {
                Node::Pointwise(pointwise) => limits::rows_of(pointwise.shift, *len),
                Node::Linear(_) => 0,
            });
        rows.sum::<u64>() <= limits::ITEM_ROWS as u64
    }

    fn has_a_layout(&self) -> bool {
        let tables = Arc::new(Tables::new(self));
        let mut all = Width::ALL.into_iter().flat_map(Dimensions::roomiest);
        all.any(|dimensions| Layout::with_tables(self, dimensions, Arc::clone(&tables)).is_ok())
    }
}

impl Shape for Lengths {
    fn input_len(&self) -> usize {
        1
    }

    fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    fn tables(&self) -> &[Table] {
        &self.tables
    }

    fn len_of(&self, value: ValueId) -> usize {
        self.lens[value.index() - 1]
    }

    fn answers(&self) -> AnswerKind {
        AnswerKind::Match
    }
}

#[test]
fn every_classifier_within_its_limits_has_a_layout_and_no_other() {
    let mut rng = ChaCha20Rng::seed_from_u64(5);
    let mut seen = [0, 0];
    let mut check = |parts: &[(usize, u8)]| {
        let lengths = Lengths::new(parts);
        let within = lengths.within_limits();
        seen[usize::from(within)] += 1;
        assert_eq!(within, lengths.has_a_layout(), "{parts:?}");
    };
    let rows = limits::ITEM_ROWS;
    for (shift, pairs) in [(0, 1), (13, 1), (14, 2), (39, 2), (40, 3), (48, 3)] {
        let most = rows / pairs * limits::LANES;
        check(&[(most, shift)]);
        check(&[(most + 1, shift)]);
        check(&vec![(1, shift); rows / pairs]);
        check(&vec![(1, shift); rows / pairs + 1]);
    }
    // Random ones that take about as much as there is.
    for _ in 0..300 {
        let mut parts = Vec::new();
        let mut left = (rows as u64)
            .saturating_add(rng.next_u64() % 64)
            .saturating_sub(32);
        while left > 0 {
            let shift = (rng.next_u64() % 49) as u8;
            let longest = 1 << (rng.next_u64() % 23);
            let len = (1 + rng.next_u64() % longest) as usize;
            parts.push((len, shift));
            left = left.saturating_sub(limits::rows_of(shift, len));
        }
        // Without the last, which mostly is one too many, about half of them fit.
        if parts.len() > 1 && rng.next_u64() % 2 == 0 {
            parts.pop();
        }
        check(&parts);
    }
    assert!(seen[0] > 50 && seen[1] > 20, "{seen:?}");
}
