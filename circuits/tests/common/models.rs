//! Random small classifiers: every kind of map, up to four layers.

use duces_kit::classifier::{lookup, step, sum, table, term};
use duces_protocol::classifier::{Classifier, Conv, Map, Node, Padding, Sparse, Table};

/// Numbers that proptest or a seed chose, taken one by one.
pub struct Choices(std::vec::IntoIter<u32>);

impl Choices {
    pub fn new(numbers: Vec<u32>) -> Self {
        Self(numbers.into_iter())
    }

    /// Numbers that follow from a seed (SplitMix64).
    pub fn seeded(seed: u64) -> Self {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            (mixed >> 32) as u32
        };
        Self::new((0..600).map(|_| next()).collect())
    }

    fn below(&mut self, limit: u32) -> u32 {
        self.0.next().unwrap_or(0) % limit
    }

    fn weight(&mut self) -> i32 {
        self.below(41) as i32 - 20
    }
}

/// A map of a random kind from `inputs` to some number of outputs.
fn random_map(choices: &mut Choices, inputs: u32) -> (u32, Map) {
    match choices.below(5) {
        0 => (inputs, Map::Scale(choices.weight())),
        1 => {
            let outputs = 1 + choices.below(12);
            let index = (0..outputs).map(|_| match choices.below(inputs + 1) {
                0 => u32::MAX,
                i => i - 1,
            });
            (outputs, Map::Select(index.collect()))
        }
        2 => {
            let outputs = 1 + choices.below(6);
            (
                outputs,
                Map::Dense((0..inputs * outputs).map(|_| choices.weight()).collect()),
            )
        }
        3 => {
            let outputs = 1 + choices.below(6);
            let mut sparse = Sparse {
                offsets: vec![0],
                columns: vec![],
                values: vec![],
            };
            for _ in 0..outputs {
                for _ in 0..choices.below(4) {
                    sparse.columns.push(choices.below(inputs));
                    sparse.values.push(choices.weight());
                }
                sparse.offsets.push(sparse.values.len() as u32);
            }
            (outputs, Map::Sparse(sparse))
        }
        _ => convolution(choices, inputs),
    }
}

/// A convolution in groups, with strides, dilation, and padding on every side: of as many channels and
/// rows as the number of inputs allows.
fn convolution(choices: &mut Choices, inputs: u32) -> (u32, Map) {
    let divisor = |choices: &mut Choices, n: u32| {
        let all: Vec<u32> = (1..=n).filter(|d| n.is_multiple_of(*d)).collect();
        all[choices.below(all.len() as u32) as usize]
    };
    let in_channels = divisor(choices, inputs);
    let in_height = divisor(choices, inputs / in_channels);
    let groups = divisor(choices, in_channels);
    let mut padding = || choices.below(3);
    let padding = Padding {
        top: padding(),
        left: padding(),
        bottom: padding(),
        right: padding(),
    };
    let mut small = |most: u32| 1 + choices.below(most);
    let conv = Conv {
        in_channels,
        in_height,
        in_width: inputs / in_channels / in_height,
        out_channels: groups * small(2),
        kernel_height: small(3),
        kernel_width: small(3),
        stride: [small(3), small(3)],
        dilation: [small(3), small(3)],
        padding,
        groups,
        weights: Vec::new(),
    };
    let outputs = |(height, width): (usize, usize)| conv.out_channels as usize * height * width;
    let Some(len) = conv.out_size().map(outputs).filter(|len| *len <= 60) else {
        return (inputs, Map::Scale(choices.weight()));
    };
    let kernel = conv.kernel_height * conv.kernel_width;
    let count = conv.out_channels * (in_channels / groups) * kernel;
    let weights = (0..count).map(|_| choices.weight()).collect();
    (len as u32, Map::Conv(Conv { weights, ..conv }))
}

/// The smallest shift that keeps a value within `±reach`.
fn shift_for(bounds: (i64, i64), reach: i64) -> u8 {
    (0..48)
        .find(|s| bounds.0 >> s >= -reach && bounds.1 >> s < reach)
        .unwrap()
}

/// Bounds of the last value of a list of nodes.
fn bounds_of(input: u32, nodes: &[Node], tables: &[Table], len: u32) -> (i64, i64) {
    let mut nodes = nodes.to_vec();
    let last = nodes.len() as u32;
    let zero = term(last, Map::Dense(vec![0; len as usize]));
    nodes.push(sum(1, vec![zero], vec![]));
    nodes.push(lookup(last + 1, 0, 0));
    let classifier = Classifier::new(input, nodes, tables.to_vec()).unwrap();
    classifier.bounds().values[last as usize]
}

/// Up to four layers of maps and tables, and a decision.
pub fn random_classifier(choices: &mut Choices) -> Classifier {
    let input = 2 + choices.below(20);
    let tables = vec![step(-256..256), table(-256..256, |q| q.clamp(0, 100))];
    let mut nodes: Vec<Node> = Vec::new();
    let mut len = input;
    for _ in 0..1 + choices.below(3) {
        let source = nodes.len() as u32;
        let (next, map) = random_map(choices, len);
        let mut terms = vec![term(source, map)];
        if next == len && choices.below(2) == 0 {
            terms.push(term(source, Map::Scale(1 + choices.below(3) as i32)));
        }
        let bias = (0..next)
            .map(|_| i64::from(choices.weight()) * 50)
            .collect();
        nodes.push(sum(next, terms, bias));
        len = next;
        if choices.below(4) > 0 {
            let shift = shift_for(bounds_of(input, &nodes, &tables, len), 256);
            nodes.push(lookup(nodes.len() as u32, shift, 1));
        }
    }
    let weights = (0..len).map(|_| choices.weight()).collect();
    let terms = vec![term(nodes.len() as u32, Map::Dense(weights))];
    nodes.push(sum(1, terms, vec![i64::from(choices.weight()) * 100]));
    let shift = shift_for(bounds_of(input, &nodes, &tables, 1), 256);
    nodes.push(lookup(nodes.len() as u32, shift, 0));
    Classifier::new(input, nodes, tables).unwrap()
}
