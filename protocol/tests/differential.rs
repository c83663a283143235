//! Evaluation, coefficients and bounds of every map against its definition, written out as one
//! matrix: convolutions in groups, with strides, dilation and padding on every side, above all.
#![allow(clippy::unwrap_used)]

use duces_protocol::classifier::adjoint::to_field;
use duces_protocol::classifier::map::ZERO;
use duces_protocol::classifier::{
    Classifier, Conv, Linear, Map, Node, Padding, Pointwise, Sparse, Table, Term, ValueId,
};
use ff::Field;
use halo2curves::bn256::Fr;
use rand_core::OsRng;

/// A small stream of numbers, the same in every run (xorshift*).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u32) -> u32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as u32 % end
    }

    fn between(&mut self, first: u32, last: u32) -> u32 {
        first + self.below(last - first + 1)
    }

    /// Zeros and ones are common; some weights are at the ends of their type where `wild`.
    fn weight(&mut self, wild: bool) -> i32 {
        match self.below(if wild { 10 } else { 8 }) {
            0 => 0,
            1 => 1,
            2 => -1,
            8 => i32::MIN,
            9 => i32::MAX,
            _ => self.below(401) as i32 - 200,
        }
    }

    fn weights(&mut self, count: usize, wild: bool) -> Vec<i32> {
        (0..count).map(|_| self.weight(wild)).collect()
    }
}

/// A matrix as one row of `(column, weight)` for each output.
type Matrix = Vec<Vec<(usize, i64)>>;

/// The convolution by its definition: output pixel `(y, x)` of channel `o` meets, for each channel of
/// its group and each place of the kernel, the pixel where that place falls, if there is one.
fn matrix_of_conv(conv: &Conv) -> Matrix {
    let (height, width) = conv.out_size().unwrap();
    let per_group = conv.in_channels / conv.groups;
    let outs = conv.out_channels / conv.groups;
    let kernel = conv.kernel_height * conv.kernel_width;
    let place = |out: usize, stride: u32, offset: u32, before: u32, size: u32| {
        let at = out as i64 * i64::from(stride) + i64::from(offset) - i64::from(before);
        usize::try_from(at).ok().filter(|&at| at < size as usize)
    };
    let ([sy, sx], [dy, dx], p) = (conv.stride, conv.dilation, conv.padding);
    let plane = (conv.in_height * conv.in_width) as usize;
    let mut matrix = Vec::new();
    for o in 0..conv.out_channels {
        for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
            let mut row = Vec::new();
            for (c, k) in (0..per_group).flat_map(|c| (0..kernel).map(move |k| (c, k))) {
                let (ky, kx) = (k / conv.kernel_width, k % conv.kernel_width);
                let i = place(y, sy, ky * dy, p.top, conv.in_height);
                let j = place(x, sx, kx * dx, p.left, conv.in_width);
                let weight = conv.weights[((o * per_group + c) * kernel + k) as usize];
                if let (Some(i), Some(j)) = (i, j) {
                    let channel = (o / outs * per_group + c) as usize;
                    let at = channel * plane + i * conv.in_width as usize + j;
                    row.push((at, i64::from(weight)));
                }
            }
            matrix.push(row);
        }
    }
    matrix
}

fn matrix_of(map: &Map, inputs: usize, outputs: usize) -> Matrix {
    let row = |o: usize| -> Vec<(usize, i64)> {
        match map {
            Map::Scale(factor) => vec![(o, i64::from(*factor))],
            Map::Select(index) if index[o] == ZERO => vec![],
            Map::Select(index) => vec![(index[o] as usize, 1)],
            Map::Dense(weights) => (0..inputs)
                .map(|i| (i, i64::from(weights[o * inputs + i])))
                .collect(),
            Map::Sparse(sparse) => (sparse.offsets[o]..sparse.offsets[o + 1])
                .map(|e| e as usize)
                .map(|e| (sparse.columns[e] as usize, i64::from(sparse.values[e])))
                .collect(),
            Map::Conv(_) => unreachable!("written out above"),
        }
    };
    match map {
        Map::Conv(conv) => matrix_of_conv(conv),
        _ => (0..outputs).map(row).collect(),
    }
}

/// A convolution of small sizes: every kind of group, stride, dilation and padding comes up.
fn conv(numbers: &mut Numbers, wild: bool) -> Conv {
    loop {
        let groups = numbers.between(1, 3);
        let mut small = |last| numbers.between(1, last);
        let conv = Conv {
            in_channels: groups * small(2),
            in_height: small(6),
            in_width: small(6),
            out_channels: groups * small(3),
            kernel_height: small(4),
            kernel_width: small(4),
            stride: [small(4), small(4)],
            dilation: [small(3), small(3)],
            padding: Padding {
                top: small(5) - 1,
                left: small(5) - 1,
                bottom: small(5) - 1,
                right: small(5) - 1,
            },
            groups,
            weights: Vec::new(),
        };
        if conv.out_size().is_some() {
            let kernel = conv.kernel_height * conv.kernel_width;
            let count = conv.out_channels * (conv.in_channels / groups) * kernel;
            let weights = numbers.weights(count as usize, wild);
            return Conv { weights, ..conv };
        }
    }
}

fn selection(numbers: &mut Numbers, inputs: usize, outputs: usize) -> Map {
    let index = (0..outputs).map(|_| numbers.below(inputs as u32 + 1).checked_sub(1));
    Map::Select(index.map(|i| i.unwrap_or(ZERO)).collect())
}

/// A map of another kind.
fn other_map(numbers: &mut Numbers, inputs: usize, outputs: usize, wild: bool) -> Map {
    match numbers.below(3) {
        0 => selection(numbers, inputs, outputs),
        1 => Map::Dense(numbers.weights(inputs * outputs, wild)),
        _ => {
            let mut sparse = Sparse {
                offsets: vec![0],
                columns: Vec::new(),
                values: Vec::new(),
            };
            for _ in 0..outputs {
                // A column may occur twice in a row.
                for _ in 0..numbers.below(5) {
                    sparse.columns.push(numbers.below(inputs as u32));
                    sparse.values.push(numbers.weight(wild));
                }
                sparse.offsets.push(sparse.values.len() as u32);
            }
            Map::Sparse(sparse)
        }
    }
}

/// `Y = convolution of the view + another map of it + bias`, `Z = a map of Y`, and a decision on the
/// first element of `Z`.
struct Case {
    classifier: Classifier,
    first: Vec<Matrix>,
    second: Matrix,
    bias: Vec<i64>,
}

fn read(source: u32, map: Map) -> Term {
    Term {
        source: ValueId(source),
        map,
    }
}

fn linear(len: usize, terms: Vec<Term>, bias: Vec<i64>) -> Node {
    Node::Linear(Linear {
        len: len as u32,
        terms,
        bias,
    })
}

impl Case {
    fn new(numbers: &mut Numbers) -> Self {
        let wild = numbers.below(3) == 0;
        let conv = conv(numbers, wild);
        let inputs = (conv.in_channels * conv.in_height * conv.in_width) as usize;
        let (height, width) = conv.out_size().unwrap();
        let channels = conv.out_channels as usize;
        let len = channels * height * width;
        let maps = [Map::Conv(conv), other_map(numbers, inputs, len, wild)];
        let per = [0, channels, len][numbers.below(3) as usize];
        let bias: Vec<i64> = (0..per)
            .map(|_| i64::from(numbers.weight(wild)) * 1000)
            .collect();
        // What is large already is not multiplied again.
        let last = match wild {
            true => selection(numbers, len, 3),
            false => other_map(numbers, len, 3, false),
        };
        let first = maps.iter().map(|map| matrix_of(map, inputs, len)).collect();
        let second = matrix_of(&last, len, 3);
        let [one, two] = maps;
        let nodes = vec![
            linear(len, vec![read(0, one), read(0, two)], bias.clone()),
            linear(3, vec![read(1, last)], Vec::new()),
            linear(1, vec![read(2, Map::Dense(vec![1, 0, 0]))], Vec::new()),
            Node::Pointwise(Pointwise {
                source: ValueId(3),
                shift: 48,
                table: 0,
            }),
        ];
        let table = Table {
            lo: -(1 << 14),
            outputs: (0..1 << 15).map(|i| i & 1).collect(),
        };
        let classifier = Classifier::new(inputs as u32, nodes, vec![table]).unwrap();
        Self {
            classifier,
            first,
            second,
            bias,
        }
    }

    fn bias_of(&self, element: usize) -> i64 {
        let run = self.first[0].len() / self.bias.len().max(1);
        self.bias.get(element / run).copied().unwrap_or(0)
    }

    /// `Y` and `Z` of any list of numbers, by the matrices.
    fn apply(&self, view: &[i128]) -> [Vec<i128>; 2] {
        let dot = |row: &[(usize, i64)], z: &[i128]| -> i128 {
            row.iter().map(|&(i, w)| i128::from(w) * z[i]).sum()
        };
        let y: Vec<i128> = (0..self.first[0].len())
            .map(|o| {
                let terms = self.first.iter().map(|matrix| dot(&matrix[o], view));
                terms.sum::<i128>() + i128::from(self.bias_of(o))
            })
            .collect();
        let z = self.second.iter().map(|row| dot(row, &y)).collect();
        [y, z]
    }

    /// The extremes of `Y`: every weight meets the byte that is worst for it.
    fn extremes(&self) -> (i128, i128) {
        let end = |o: usize, positive: bool| -> i128 {
            let entries = self.first.iter().flat_map(|matrix| &matrix[o]);
            let worst = entries.filter(|(_, w)| (*w > 0) == positive);
            worst.map(|(_, w)| i128::from(*w) * 255).sum::<i128>() + i128::from(self.bias_of(o))
        };
        let len = self.first[0].len();
        (
            (0..len).map(|o| end(o, false)).min().unwrap(),
            (0..len).map(|o| end(o, true)).max().unwrap(),
        )
    }
}

fn cases() -> impl Iterator<Item = (Numbers, Case)> {
    (1..=400).map(|i| {
        let mut numbers = Numbers(i * 0x9e37_79b9);
        let case = Case::new(&mut numbers);
        (numbers, case)
    })
}

#[test]
fn evaluation_is_the_definition() {
    let mut matching = 0;
    for (mut numbers, case) in cases() {
        for fill in [Some(0), Some(255), None, None] {
            let view: Vec<u8> = (0..case.classifier.input_len())
                .map(|_| fill.unwrap_or_else(|| numbers.below(256) as u8))
                .collect();
            let wide: Vec<i128> = view.iter().map(|&x| i128::from(x)).collect();
            let values = case.classifier.values(&view);
            for (value, expected) in values[1..].iter().zip(case.apply(&wide)) {
                let value: Vec<i128> = value.iter().map(|&v| i128::from(v)).collect();
                assert_eq!(value, expected);
            }
            let evaluation = case.classifier.evaluate(&view);
            assert_eq!(evaluation.layers[0].pre, values[3]);
            let bit = (values[3][0] >> 48) & 1 == 1;
            assert_eq!(evaluation.matches, bit);
            assert_eq!(case.classifier.matches(&view), bit);
            matching += usize::from(bit);
        }
    }
    assert!((100..1500).contains(&matching), "{matching} of 1600");
}

#[test]
fn bounds_are_the_extremes() {
    for (_, case) in cases() {
        let (lo, hi) = case.classifier.bounds().values[1];
        assert_eq!((i128::from(lo), i128::from(hi)), case.extremes());
    }
}

/// `s·Z₀ + ⟨u_in, x⟩ = s·bias` for all `x`: coefficient by coefficient.
#[test]
fn coefficients_are_those_of_the_transpose() {
    for (_, case) in cases() {
        let s = Fr::random(OsRng);
        let adjoint = case.classifier.adjoint(s);
        let mut row = vec![Fr::ZERO; case.first[0].len()];
        for &(i, w) in &case.second[0] {
            row[i] += to_field::<Fr>(w) * s;
        }
        let mut input = vec![Fr::ZERO; case.classifier.input_len()];
        let mut bias = Fr::ZERO;
        for (o, weight) in row.iter().enumerate() {
            bias += *weight * to_field::<Fr>(case.bias_of(o));
            for &(i, w) in case.first.iter().flat_map(|matrix| &matrix[o]) {
                input[i] -= *weight * to_field::<Fr>(w);
            }
        }
        assert_eq!(adjoint.rest.input, input);
        assert_eq!(adjoint.rest.bias, bias);
        assert_eq!(adjoint.outputs, [[Fr::ZERO]]);
    }
}

/// A node that nobody reads has no gradient, and its bias no part in the equation.
#[test]
fn what_nobody_reads_has_no_coefficient() {
    let step = |source| {
        Node::Pointwise(Pointwise {
            source: ValueId(source),
            shift: 0,
            table: 0,
        })
    };
    let nodes = vec![
        linear(1, vec![read(0, Map::Scale(7))], vec![9]),
        step(0),
        step(0),
    ];
    let table = Table {
        lo: 0,
        outputs: (0..256).map(|i| i & 1).collect(),
    };
    let classifier = Classifier::new(1, nodes, vec![table]).unwrap();
    let adjoint = classifier.adjoint(Fr::from(5));
    assert_eq!(adjoint.outputs, [[Fr::ZERO], [Fr::ZERO]]);
    let rest = adjoint.rest;
    assert_eq!((rest.input[0], rest.bias), (-Fr::from(5 + 25), Fr::ZERO));
}

/// The accumulator may reach `±2^62` and not one more; a table is read at its first and last entry.
#[test]
fn ends_of_domains() {
    let build = |bias: i64, shift: u8, lo: i64, len: usize| {
        let nodes = vec![
            linear(1, vec![read(0, Map::Scale(1))], vec![bias]),
            Node::Pointwise(Pointwise {
                source: ValueId(1),
                shift,
                table: 0,
            }),
        ];
        let table = Table {
            lo: i32::try_from(lo).unwrap(),
            outputs: (0..len).map(|i| (i + 1 == len).into()).collect(),
        };
        Classifier::new(1, nodes, vec![table])
    };
    let end = 1i64 << 62;
    let top = build(end - 255, 48, (end >> 48) - 1, 2).unwrap();
    assert!(top.matches(&[255]) && !top.matches(&[254]));
    assert!(build(end - 254, 48, (end >> 48) - 1, 2).is_err());
    let bottom = build(-end, 48, -(1 << 14), 1).unwrap();
    assert_eq!(bottom.bounds().values[1], (-end, 255 - end));
    assert!(build(-end - 1, 48, -(1 << 14) - 1, 2).is_err());
    for bias in [i64::MIN, i64::MAX] {
        let error = build(bias, 48, bias >> 48, 2).unwrap_err().to_string();
        assert!(error.contains("can exceed 2^62"), "{error}");
    }
    // 256 entries are read, and each is needed.
    let full = build(1000, 0, 1000, 256).unwrap();
    assert!(full.matches(&[255]) && !full.matches(&[254]) && !full.matches(&[0]));
    assert!(build(1000, 0, 1001, 256).is_err());
    assert!(build(1000, 0, 1000, 255).is_err());
}
