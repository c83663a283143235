//! The interval of `Y + c·f(Y >> s) + b` against every `Y`, one by one.

use super::super::super::{
    Classifier, ClassifierError, Linear, Map, Node, Pointwise, Table, Term, ValueId,
};

/// Repeats a small stream of numbers (SplitMix64).
fn splitmix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// `w·byte + bias`, a table of it, the sum of both, and a decision that is always 1.
struct Case {
    weight: i32,
    bias: i64,
    shift: u8,
    table: Table,
    factor: i32,
    constant: i64,
    swapped: bool,
}

impl Case {
    fn classifier(&self) -> Result<Classifier, ClassifierError> {
        let scale = |source, factor| Term {
            source: ValueId(source),
            map: Map::Scale(factor),
        };
        let linear = |terms, bias| {
            let bias = vec![bias];
            Node::Linear(Linear {
                len: 1,
                terms,
                bias,
            })
        };
        let table = |source, shift, table| {
            let source = ValueId(source);
            Node::Pointwise(Pointwise {
                source,
                shift,
                table,
            })
        };
        let mut terms = vec![scale(1, 1), scale(2, self.factor)];
        if self.swapped {
            terms.reverse();
        }
        let one = Table {
            lo: -(1 << 15),
            outputs: vec![1; 1 << 16],
        };
        let nodes = vec![
            linear(vec![scale(0, self.weight)], self.bias),
            table(1, self.shift, 0),
            linear(terms, self.constant),
            table(3, 48, 1),
        ];
        Classifier::new(1, nodes, vec![self.table.clone(), one])
    }

    fn y(&self, byte: u8) -> i64 {
        i64::from(self.weight) * i64::from(byte) + self.bias
    }

    fn sum(&self, y: i64) -> i64 {
        let z = self.table.get(y >> self.shift).unwrap();
        y + i64::from(self.factor) * i64::from(z) + self.constant
    }

    /// A table that covers all arguments, `f` giving its outputs.
    fn with_table(mut self, f: impl FnMut(i32) -> i32) -> Self {
        let ends = [self.y(0) >> self.shift, self.y(255) >> self.shift];
        let (lo, hi) = (ends[0].min(ends[1]) as i32, ends[0].max(ends[1]) as i32);
        self.table = Table {
            lo,
            outputs: (lo..=hi).map(f).collect(),
        };
        self
    }
}

fn case(state: &mut u64) -> Case {
    let mut below = |n: u64| (splitmix(state) % n) as i64;
    Case {
        weight: (below(2_000) - 1_000) as i32,
        bias: below(200_000) - 100_000,
        shift: 3 + below(9) as u8,
        table: Table {
            lo: 0,
            outputs: vec![0],
        },
        factor: (below(4_000) - 2_000) as i32,
        constant: below(1_000) - 500,
        swapped: below(2) == 1,
    }
}

#[test]
fn every_sum_is_inside() {
    let mut state = 7;
    for _ in 0..300 {
        let mut noise = splitmix(&mut state);
        let case = case(&mut state).with_table(|_| (splitmix(&mut noise) % 200) as i32 - 100);
        let (lo, hi) = case.classifier().unwrap().bounds().values[3];
        // Between the ends every integer counts: intervals do not know that bytes are multiplied.
        let ends = [case.y(0), case.y(255)];
        let all = (ends[0].min(ends[1])..=ends[0].max(ends[1])).map(|y| case.sum(y));
        let (least, greatest) = all.fold((i64::MAX, i64::MIN), |(a, b), v| (a.min(v), b.max(v)));
        assert_eq!((lo, hi), (least, greatest), "exact for a single element");
    }
}

#[test]
fn a_clamp_is_tight() {
    let mut state = 8;
    for _ in 0..100 {
        let case = case(&mut state);
        let (weight, shift) = (case.weight * 16 + 1, case.shift + 6);
        let factor = -(1 << shift);
        let case = Case {
            weight,
            shift,
            factor,
            constant: 0,
            ..case
        }
        .with_table(|h| h - h.clamp(-1, 4));
        let (lo, hi) = case.classifier().unwrap().bounds().values[3];
        assert!(lo >= -(1 << shift) && hi < 5 << shift, "{lo} {hi} {shift}");
    }
}

/// Without the correlation: the same sum through a copy of `Y` has the interval of independent
/// terms, so that the test above tests something.
#[test]
fn a_copy_is_not_recognised() {
    let case = Case {
        weight: 1 << 12,
        bias: 0,
        shift: 8,
        table: Table {
            lo: 0,
            outputs: vec![0],
        },
        factor: -256,
        constant: 0,
        swapped: false,
    };
    let case = case.with_table(|h| h - h.clamp(-1, 4));
    let classifier = case.classifier().unwrap();
    let mut nodes = classifier.nodes().to_vec();
    let copy = Linear {
        len: 1,
        terms: vec![Term {
            source: ValueId(1),
            map: Map::Select(vec![0]),
        }],
        bias: Vec::new(),
    };
    nodes.insert(1, Node::Linear(copy));
    let Node::Pointwise(excess) = &mut nodes[2] else {
        unreachable!()
    };
    excess.source = ValueId(2);
    let Node::Linear(sum) = &mut nodes[3] else {
        unreachable!()
    };
    sum.terms[1].source = ValueId(3);
    let Node::Pointwise(end) = &mut nodes[4] else {
        unreachable!()
    };
    end.source = ValueId(4);
    let other = Classifier::new(1, nodes, classifier.tables().to_vec()).unwrap();
    assert_eq!(classifier.bounds().values[3].1, 5 * 256 - 1);
    assert!(other.bounds().values[4].1 > 100_000);
}

/// What is prepared of a table is limited: beyond that, terms are independent.
#[test]
fn large_tables_are_independent_terms() {
    let bounds = |entries: i32| {
        let case = Case {
            weight: 1000,
            bias: 0,
            shift: 2,
            table: Table {
                lo: 0,
                outputs: (0..entries).map(|h| h - h.min(4)).collect(),
            },
            factor: -4,
            constant: 0,
            swapped: false,
        };
        case.classifier().unwrap().bounds().values[3]
    };
    assert_eq!(bounds(1 << 16), (0, 5 * 4 - 1));
    assert_eq!(bounds((1 << 16) + 1), (-4 * (63_750 - 4), 255_000));
}

/// Sums whose partial sums leave 64 bits are refused, also where they come back.
#[test]
fn an_overflow_on_the_way_is_refused() {
    let linear = |terms: Vec<(u32, i32)>, bias: Vec<i64>| {
        let term = |(source, factor)| Term {
            source: ValueId(source),
            map: Map::Scale(factor),
        };
        let terms = terms.into_iter().map(term).collect();
        Node::Linear(Linear {
            len: 1,
            terms,
            bias,
        })
    };
    let end = Node::Pointwise(Pointwise {
        source: ValueId(2),
        shift: 48,
        table: 0,
    });
    let table = Table {
        lo: -(1 << 15),
        outputs: vec![1; 1 << 16],
    };
    let build = |factor: i32| {
        let large = linear(vec![], vec![1 << 61]);
        let sum = linear(vec![(1, factor), (1, -factor)], vec![]);
        Classifier::new(1, vec![large, sum, end.clone()], vec![table.clone()])
    };
    assert!(build(3).is_ok());
    let refused = build(4).unwrap_err().to_string();
    assert!(refused.contains("2^62"), "{refused}");
}
