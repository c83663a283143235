//! `outer ∘ inner` of two linear maps, where the result keeps a compact form.

use super::map::{Map, ZERO};

/// The largest number of weights in a composed dense map.
pub const DENSE_LIMIT: usize = 1 << 23;

/// Products with at most so many weights are always formed.
const SMALL: usize = 1 << 16;

/// `outer ∘ inner`, or `None` where no compact form exists. `inputs` is the number of elements
/// that `inner` reads, `middle` the number that it gives.
#[must_use]
pub fn compose(outer: &Map, inner: &Map, inputs: usize, middle: usize) -> Option<Map> {
    match (outer, inner) {
        (Map::Identity, map) | (map, Map::Identity) => Some(map.clone()),
        (Map::Diagonal(factors), map) => scale_rows(map, factors, inputs),
        (map, Map::Diagonal(factors)) => scale_columns(map, factors, inputs),
        (Map::Select(outer), Map::Select(inner)) => {
            Some(Map::Select(outer.iter().map(|&i| pick(inner, i)).collect()))
        }
        (Map::Select(outer), Map::Sparse(rows)) => {
            let row = |&i: &u32| rows.get(i as usize).cloned().unwrap_or_default();
            Some(Map::Sparse(outer.iter().map(row).collect()))
        }
        (Map::Select(outer), Map::Dense(weights)) => {
            (outer.len() * inputs <= DENSE_LIMIT).then(|| {
                let zeros = vec![0.0; inputs];
                let row = |&i: &u32| {
                    let row = weights.chunks_exact(inputs).nth(i as usize);
                    row.unwrap_or(&zeros).to_vec()
                };
                Map::Dense(outer.iter().flat_map(row).collect())
            })
        }
        (Map::Sparse(rows), Map::Select(index)) => {
            let row = |row: &Vec<(u32, f64)>| {
                let entries = row.iter().map(|&(i, w)| (pick(index, i), w));
                entries.filter(|&(i, _)| i != ZERO).collect()
            };
            Some(Map::Sparse(rows.iter().map(row).collect()))
        }
        (Map::Sparse(rows), Map::Dense(weights)) => {
            // The decision has a few differences of scores; more rows are not multiplied out.
            let grows = rows.len() > middle && rows.len() * inputs > SMALL;
            if grows || rows.len() * inputs > DENSE_LIMIT {
                return None;
            }
            let mut product = vec![0.0; rows.len() * inputs];
            for (row, image) in rows.iter().zip(product.chunks_exact_mut(inputs)) {
                for &(i, factor) in row {
                    let from = &weights[i as usize * inputs..][..inputs];
                    image
                        .iter_mut()
                        .zip(from)
                        .for_each(|(p, w)| *p += factor * w);
                }
            }
            Some(Map::Dense(product))
        }
        (Map::Dense(weights), Map::Select(_) | Map::Dense(_) | Map::Sparse(_)) => {
            // Only where the product is no larger than its factors.
            let size = weights.len() / middle * inputs;
            let factors = weights.len() as u64 + inner.multiplications(middle);
            let grows = size > SMALL && size as u64 > factors;
            if grows {
                None
            } else {
                dense(weights, inner, inputs, middle)
            }
        }
        _ => None,
    }
}

/// A dense map after any other, as a dense map: the adjoint of `inner` applied to every row.
#[must_use]
pub fn dense(weights: &[f64], inner: &Map, inputs: usize, middle: usize) -> Option<Map> {
    let rows = weights.len() / middle;
    if rows.checked_mul(inputs)? > DENSE_LIMIT {
        return None;
    }
    let mut product = vec![0.0; rows * inputs];
    for (row, image) in weights
        .chunks_exact(middle)
        .zip(product.chunks_exact_mut(inputs))
    {
        inner.add_adjoint(1.0, row, image);
    }
    Some(Map::Dense(product))
}

fn pick(index: &[u32], i: u32) -> u32 {
    index.get(i as usize).copied().unwrap_or(ZERO)
}

/// The common value of each of `groups` equal parts, if every part has one.
fn per_group(factors: &[f64], groups: usize) -> Option<Vec<f64>> {
    let parts = factors.chunks_exact(factors.len() / groups);
    parts
        .map(|part| part.iter().all(|f| f == &part[0]).then_some(part[0]))
        .collect()
}

fn select_rows(index: &[u32], factor: impl Fn(usize, u32) -> f64) -> Map {
    let row = |(o, &i): (usize, &u32)| {
        if i == ZERO {
            Vec::new()
        } else {
            vec![(i, factor(o, i))]
        }
    };
    Map::Sparse(index.iter().enumerate().map(row).collect())
}

fn scale_rows(map: &Map, factors: &[f64], inputs: usize) -> Option<Map> {
    Some(match map {
        Map::Identity => Map::Diagonal(factors.to_vec()),
        Map::Diagonal(inner) => {
            Map::Diagonal(inner.iter().zip(factors).map(|(a, b)| a * b).collect())
        }
        Map::Select(index) => select_rows(index, |o, _| factors[o]),
        Map::Dense(weights) => {
            let rows = weights.chunks_exact(inputs).zip(factors);
            Map::Dense(
                rows.flat_map(|(row, f)| row.iter().map(move |w| w * f))
                    .collect(),
            )
        }
        Map::Sparse(rows) => {
            let row =
                |(row, f): (&Vec<(u32, f64)>, &f64)| row.iter().map(|&(i, w)| (i, w * f)).collect();
            Map::Sparse(rows.iter().zip(factors).map(row).collect())
        }
        Map::Window(g) => {
            return scale_rows(&Map::Conv(*g, vec![1.0; g.weights()]), factors, inputs);
        }
        Map::Conv(g, weights) => {
            let channels = per_group(factors, g.out_channels)?;
            let per_channel = weights.len() / g.out_channels;
            let rows = weights.chunks_exact(per_channel).zip(&channels);
            Map::Conv(
                *g,
                rows.flat_map(|(row, f)| row.iter().map(move |w| w * f))
                    .collect(),
            )
        }
    })
}

fn scale_columns(map: &Map, factors: &[f64], inputs: usize) -> Option<Map> {
    Some(match map {
        Map::Identity | Map::Diagonal(_) => return scale_rows(map, factors, inputs),
        Map::Select(index) => select_rows(index, |_, i| factors[i as usize]),
        Map::Dense(weights) => {
            let rows = weights.chunks_exact(inputs);
            Map::Dense(
                rows.flat_map(|row| row.iter().zip(factors).map(|(w, f)| w * f))
                    .collect(),
            )
        }
        Map::Sparse(rows) => {
            let row = |row: &Vec<(u32, f64)>| {
                row.iter()
                    .map(|&(i, w)| (i, w * factors[i as usize]))
                    .collect()
            };
            Map::Sparse(rows.iter().map(row).collect())
        }
        Map::Window(g) => {
            return scale_columns(&Map::Conv(*g, vec![1.0; g.weights()]), factors, inputs);
        }
        Map::Conv(g, weights) => {
            let channels = per_group(factors, g.in_channels)?;
            let mut weights = weights.clone();
            for (index, weight) in weights.iter_mut().enumerate() {
                *weight *= channels[g.in_channel(index)];
            }
            Map::Conv(*g, weights)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::float::Geometry;

    fn apply(map: &Map, z: &[f64], len: usize) -> Vec<f64> {
        let mut y = vec![0.0; len];
        map.add_forward(1.0, z, &mut y);
        y
    }

    #[test]
    fn composition_is_application_in_turn() {
        let geometry = Geometry {
            in_channels: 2,
            input: [2, 2],
            out_channels: 2,
            output: [2, 2],
            kernel: [2, 2],
            stride: [1, 1],
            dilation: [1, 1],
            before: [0, 1],
            after: [1, 0],
            groups: 1,
        };
        let maps = [
            Map::Identity,
            Map::Diagonal(vec![2.0, 2.0, 2.0, 2.0, -1.0, -1.0, -1.0, -1.0]),
            Map::Select(vec![3, 2, ZERO, 0, 7, 6, 5, 4]),
            Map::Dense((0..64).map(|i| f64::from(i % 7) - 3.0).collect()),
            Map::Sparse(
                (0..8)
                    .map(|i| vec![(i, 1.5), ((i * 3) % 8, -2.0)])
                    .collect(),
            ),
            Map::Conv(geometry, (0..16).map(|i| f64::from(i % 5) - 2.0).collect()),
            Map::Window(Geometry {
                groups: 2,
                ..geometry
            }),
        ];
        let z: Vec<f64> = (0..8).map(|i| f64::from(i * i % 11)).collect();
        let mut composed = 0;
        for outer in &maps {
            for inner in &maps {
                let Some(map) = compose(outer, inner, 8, 8) else {
                    continue;
                };
                composed += 1;
                assert_eq!(
                    apply(&map, &z, 8),
                    apply(outer, &apply(inner, &z, 8), 8),
                    "{outer:?} {inner:?}"
                );
            }
        }
        assert!(composed >= 31, "{composed}");
    }
}
