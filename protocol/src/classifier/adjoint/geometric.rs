//! The adjoint of a convolution on a gradient that is geometric: `h[i] = a·ρ^i`, `i` the element.
//!
//! With `W` columns of output and `P` elements of a channel, `ρ^i` is the product of a power for the
//! channel, one for the row and one for the column. So the sum over output channels
//! `w̃[ic, tap] = a·Σ_oc w[oc, ic, tap]·ρ^(P·oc)` is the same at every position, and takes each weight
//! once. An element of input then gets `Σ w̃[ic, (ky, kx)]·ρ^(W·oy + ox)` over the taps that meet it.
//! Which taps meet a row depends on the row's *class* alone: for most rows all of them, or those of one
//! phase of the stride; at the border fewer. Within a class the sum over taps is the same but for the
//! power of the first output that the row meets. The same holds of columns.
//!
//! The time is that of one small multiplication for each weight, of a field multiplication for each
//! element of input, and of the taps for each pair of classes of each input channel: never more than
//! one multiplication for each product of the convolution.

use super::super::{Conv, Geometry};
use super::sum::{Limbs, Sum};
use ff::Field;
use halo2curves::bn256::Fr;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Pairs of an output and a tap along one axis, and positions: what is kept of them takes less than
/// 4 MB. Images have far fewer.
const MOST: usize = 1 << 14;

/// The sizes of a convolution that is small enough along each axis for [`add`].
pub fn fits(conv: &Conv) -> Option<Geometry> {
    let geometry = conv.geometry()?;
    let small = |axis: usize| {
        let pairs = geometry.output[axis].saturating_mul(geometry.kernel[axis]);
        pairs <= MOST && geometry.input[axis] <= MOST
    };
    (small(0) && small(1)).then_some(geometry)
}

/// Adds the adjoint of a convolution with such sizes, applied to `first·ρ^i`, to `target`.
///
/// # Panics
/// When `target` is not as long as the convolution's input.
pub fn add(conv: &Conv, geometry: &Geometry, first: Fr, rho: Fr, target: &mut [Fr]) {
    let [rows, columns] = geometry.output;
    let channel = rho.pow_vartime([(rows * columns) as u64]);
    let channels: Vec<Limbs> = powers(first, channel, geometry.out_channels)
        .iter()
        .map(Limbs::from)
        .collect();
    let vertical = Axis::new(geometry, 0, rho.pow_vartime([columns as u64]));
    let horizontal = Axis::new(geometry, 1, rho);
    if vertical.classes.is_empty() || horizontal.classes.is_empty() {
        // Every output reads padding alone.
        return;
    }
    let plane = geometry.input[0] * geometry.input[1];
    target
        .par_chunks_mut(plane)
        .enumerate()
        .for_each(|(input, plane)| {
            let taps = taps(conv, geometry, input, &channels);
            let sums = class_sums(&taps, &vertical, &horizontal);
            let sums = sums.chunks_exact(horizontal.classes.len());
            let sums: Vec<&[Fr]> = sums.collect();
            for (place, row) in vertical
                .places
                .iter()
                .zip(plane.chunks_mut(geometry.input[1]))
            {
                let Some(place) = place else { continue };
                let own: Vec<Fr> = sums[place.class].iter().map(|s| *s * place.power).collect();
                for (column, element) in horizontal.places.iter().zip(row) {
                    if let Some(column) = column {
                        *element += own[column.class] * column.power;
                    }
                }
            }
        });
}

/// `first·ratio^i` for `i < len`.
pub fn powers(first: Fr, ratio: Fr, len: usize) -> Vec<Fr> {
    let next = |power: &Fr| Some(*power * ratio);
    std::iter::successors(Some(first), next).take(len).collect()
}

/// `w̃` of one input channel, by tap.
fn taps(conv: &Conv, geometry: &Geometry, input: usize, channels: &[Limbs]) -> Vec<Fr> {
    let in_group = geometry.in_channels / geometry.groups;
    let out_group = geometry.out_channels / geometry.groups;
    let taps = geometry.kernel[0] * geometry.kernel[1];
    let first = input / in_group * out_group;
    let mut sums = vec![Sum::default(); taps];
    for (output, power) in (first..).zip(&channels[first..first + out_group]) {
        let start = (output * in_group + input % in_group) * taps;
        for (sum, &weight) in sums.iter_mut().zip(&conv.weights[start..start + taps]) {
            if weight != 0 {
                sum.add(power, weight);
            }
        }
    }
    sums.iter().map(Sum::reduce).collect()
}

/// For each class of rows, for each class of columns: the sum over the taps that meet both.
fn class_sums(taps: &[Fr], vertical: &Axis, horizontal: &Axis) -> Vec<Fr> {
    let mut sums = Vec::with_capacity(vertical.classes.len() * horizontal.classes.len());
    for rows in &vertical.classes {
        let mut by_column = vec![Fr::ZERO; horizontal.kernel];
        for (ky, power) in rows {
            let taps = &taps[ky * horizontal.kernel..][..horizontal.kernel];
            for (sum, tap) in by_column.iter_mut().zip(taps) {
                *sum += *power * tap;
            }
        }
        for columns in &horizontal.classes {
            sums.push(
                columns
                    .iter()
                    .map(|(kx, power)| by_column[*kx] * power)
                    .sum(),
            );
        }
    }
    sums
}

/// The rows of an image, or its columns.
struct Axis {
    /// Taps along this axis.
    kernel: usize,
    /// The taps that meet the positions of a class, each with the power by which the output that it
    /// leads to follows the first one.
    classes: Vec<Vec<(usize, Fr)>>,
    /// For each position its class; nothing where no tap meets it.
    places: Vec<Option<Place>>,
}

/// A row or a column of input.
#[derive(Clone, Copy)]
struct Place {
    class: usize,
    /// The power of the first output that it meets.
    power: Fr,
}

impl Axis {
    /// `step` is the power from one output position to the next.
    fn new(geometry: &Geometry, axis: usize, step: Fr) -> Self {
        let (kernel, outputs) = (geometry.kernel[axis], geometry.output[axis]);
        let steps = powers(Fr::ONE, step, outputs);
        // The taps that meet each position, with the outputs that they lead to, these ascending.
        let mut met: Vec<Vec<(usize, usize)>> = vec![Vec::new(); geometry.input[axis]];
        for output in 0..outputs {
            for tap in 0..kernel {
                if let Some(position) = geometry.input_of(axis, output, tap) {
                    met[position].push((tap, output));
                }
            }
        }
        let mut known: BTreeMap<Vec<usize>, usize> = BTreeMap::new();
        let mut classes: Vec<Vec<(usize, Fr)>> = Vec::new();
        let place = |met: Vec<(usize, usize)>| {
            let first = met.first()?.1;
            let taps = met.iter().map(|(tap, _)| *tap).collect();
            let class = *known.entry(taps).or_insert_with(|| {
                let powers = met
                    .iter()
                    .map(|&(tap, output)| (tap, steps[output - first]));
                classes.push(powers.collect());
                classes.len() - 1
            });
            let power = steps[first];
            Some(Place { class, power })
        };
        let places = met.into_iter().map(place).collect();
        Self {
            kernel,
            classes,
            places,
        }
    }
}
