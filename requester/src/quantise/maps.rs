//! Maps and biases in the classifier's form.

use crate::float::{Geometry, Map, map};
use duces_protocol::classifier::{self as integer, Conv, Padding, Sparse};

/// A bias in its shortest form: 0, one for each of equal parts, or one for each element.
pub fn compact(bias: Vec<i64>) -> Vec<i64> {
    if bias.iter().all(|&b| b == 0) {
        return Vec::new();
    }
    let width = run(&bias);
    bias.chunks_exact(width).map(|part| part[0]).collect()
}

/// The length of equal parts of a list that each repeat one element: a large one, if there is one.
fn run<T: PartialEq>(list: &[T]) -> usize {
    let len = list.len();
    let first_change = list.iter().position(|b| *b != list[0]).unwrap_or(len);
    let fits = |width: usize| {
        len.is_multiple_of(width)
            && list
                .chunks_exact(width)
                .all(|part| part.iter().all(|b| *b == part[0]))
    };
    let widths = (1..=first_change)
        .rev()
        .filter(|width| len.is_multiple_of(*width));
    widths.take(64).find(|&width| fits(width)).unwrap_or(1)
}

/// A map with integer weights: `weight(w, input, output)` scales and rounds.
pub fn integer_map(
    from: &Map,
    inputs: usize,
    outputs: usize,
    weight: &mut impl FnMut(f64, usize, usize) -> i32,
) -> integer::Map {
    match from {
        Map::Identity => diagonal((0..outputs).map(|i| weight(1.0, i, i)).collect()),
        Map::Diagonal(factors) => diagonal(
            factors
                .iter()
                .enumerate()
                .map(|(i, &f)| weight(f, i, i))
                .collect(),
        ),
        Map::Select(index) => {
            let row =
                |(o, &i): (usize, &u32)| (i != map::ZERO).then(|| (i, weight(1.0, i as usize, o)));
            let rows: Vec<Option<(u32, i32)>> = index.iter().enumerate().map(row).collect();
            if rows.iter().flatten().all(|&(_, w)| w == 1) {
                return integer::Map::Select(index.clone());
            }
            sparse(rows.into_iter().map(|entry| entry.into_iter().collect()))
        }
        Map::Sparse(rows) => {
            let row = |(o, row): (usize, &Vec<(u32, f64)>)| {
                row.iter()
                    .map(|&(i, w)| (i, weight(w, i as usize, o)))
                    .collect()
            };
            sparse(
                rows.iter()
                    .enumerate()
                    .map(row)
                    .collect::<Vec<_>>()
                    .into_iter(),
            )
        }
        Map::Dense(weights) => {
            let scaled = weights.iter().enumerate();
            integer::Map::Dense(
                scaled
                    .map(|(i, &w)| weight(w, i % inputs, i / inputs))
                    .collect(),
            )
        }
        Map::Window(g) => conv(g, &vec![1.0; g.weights()], weight),
        Map::Conv(g, weights) => conv(g, weights, weight),
    }
}

fn conv(
    g: &Geometry,
    weights: &[f64],
    weight: &mut impl FnMut(f64, usize, usize) -> i32,
) -> integer::Map {
    let in_plane = g.input[0] * g.input[1];
    let out_plane = g.output[0] * g.output[1];
    let per_channel = weights.len() / g.out_channels;
    let scaled = weights.iter().enumerate().map(|(index, &w)| {
        weight(
            w,
            g.in_channel(index) * in_plane,
            index / per_channel * out_plane,
        )
    });
    let two = |sizes: [usize; 2]| sizes.map(|size| size as u32);
    let ([top, left], [bottom, right]) = (two(g.before), two(g.after));
    let ([in_height, in_width], [kernel_height, kernel_width]) = (two(g.input), two(g.kernel));
    integer::Map::Conv(Conv {
        weights: scaled.collect(),
        in_channels: g.in_channels as u32,
        in_height,
        in_width,
        out_channels: g.out_channels as u32,
        kernel_height,
        kernel_width,
        stride: two(g.stride),
        dilation: two(g.dilation),
        padding: Padding {
            top,
            left,
            bottom,
            right,
        },
        groups: g.groups as u32,
    })
}

/// Elements of a channel from which on a weight for each channel is cheaper than one for each element.
const CHANNEL: usize = 8;

fn diagonal(weights: Vec<i32>) -> integer::Map {
    match weights.as_slice() {
        [first, rest @ ..] if rest.iter().all(|w| w == first) => integer::Map::Scale(*first),
        [_, ..] if run(&weights) >= CHANNEL => by_channel(&weights, run(&weights)),
        _ => sparse(weights.iter().zip(0u32..).map(|(&w, i)| vec![(i, w)])),
    }
}

/// A scaling with one weight for each `width` elements: a convolution with a kernel of one element, each
/// channel a group of its own.
fn by_channel(weights: &[i32], width: usize) -> integer::Map {
    let weights: Vec<i32> = weights.chunks_exact(width).map(|part| part[0]).collect();
    let channels = weights.len() as u32;
    integer::Map::Conv(Conv {
        weights,
        in_channels: channels,
        in_height: 1,
        in_width: width as u32,
        out_channels: channels,
        kernel_height: 1,
        kernel_width: 1,
        stride: [1; 2],
        dilation: [1; 2],
        padding: Padding {
            top: 0,
            left: 0,
            bottom: 0,
            right: 0,
        },
        groups: channels,
    })
}

fn sparse(rows: impl Iterator<Item = Vec<(u32, i32)>>) -> integer::Map {
    let mut sparse = Sparse {
        offsets: vec![0],
        columns: Vec::new(),
        values: Vec::new(),
    };
    for row in rows {
        for (column, value) in row {
            sparse.columns.push(column);
            sparse.values.push(value);
        }
        sparse.offsets.push(sparse.values.len() as u32);
    }
    integer::Map::Sparse(sparse)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalings_keep_a_weight_for_each_channel() {
        let weights: Vec<i32> = (0..5).flat_map(|c| [c * c - 3; 16]).collect();
        let maps = [
            diagonal(weights.clone()),
            sparse(weights.iter().zip(0u32..).map(|(&w, i)| vec![(i, w)])),
        ];
        assert!(matches!(&maps[0], integer::Map::Conv(conv) if conv.weights.len() == 5));
        let z: Vec<i64> = (0..80).map(|i| i * 37 % 101 - 50).collect();
        let [by_channel, by_element] = maps.map(|map| {
            let mut y = vec![7; 80];
            map.add_forward(&z, &mut y);
            y
        });
        assert_eq!(by_channel, by_element);
        assert!(matches!(diagonal(vec![3; 80]), integer::Map::Scale(3)));
        assert!(matches!(
            diagonal((0..80).collect()),
            integer::Map::Sparse(_)
        ));
    }
}
