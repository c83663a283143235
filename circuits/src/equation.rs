//! The one linear equation of a batch, as the instance columns that prover and judge compute from
//! their own copy of the classifier (docs/protocol.md section 5.3, "The equation").
//!
//! With `s_t = ρ^t` on pre-activations, `u = −Aᵀs` on outputs and `ζ` the next power of `ρ`,
//! every item must satisfy
//! `Σ s_t·Y_t + u_t·z_t + ⟨u_in, x⟩ = ⟨s, bias⟩ + ζ·bit`.
//! The items of a group are folded with [`place_weights`]; the groups are folded in the circuit.

use crate::columns::{EquationColumns, Triple};
use crate::domain::powers;
use crate::layout::Layout;
use duces_protocol::classifier::adjoint::to_field;
use duces_protocol::classifier::{Classifier, Shape};
use ff::Field;
use halo2curves::bn256::Fr;
use rayon::prelude::*;

/// The coefficients of one item's equation under one `ρ`.
#[derive(Clone)]
pub struct Equation {
    /// Coefficients of `q`, `r` and `z`, for each lane: the rows above the body, which are zero, then
    /// those of an item.
    lanes: Vec<Triple<Vec<Fr>>>,
    /// Coefficient of each byte of the view: `u_in`. Empty for a sealed classifier.
    pub input: Vec<Fr>,
    /// `⟨s, bias⟩`; zero for a sealed classifier.
    bias: Fr,
    /// Weights of the outputs that are the answer.
    answers: Vec<Fr>,
}

/// `s_t = ρ^t` for the relations of one item, one vector for each pointwise node.
#[must_use]
pub fn relation_weights(classifier: &impl Shape, rho: Fr) -> Vec<Vec<Fr>> {
    let mut first = rho;
    let lens = classifier
        .pointwise()
        .map(|(value, _)| classifier.len_of(value));
    lens.map(|len| {
        let weights = powers(first, rho, len);
        first *= rho.pow_vartime([len as u64]);
        weights
    })
    .collect()
}

impl Equation {
    /// Computes the coefficients.
    #[must_use]
    pub fn new(classifier: &Classifier, layout: &Layout, rho: Fr) -> Self {
        let answers = answer_weights(classifier, rho);
        let mut lanes = Lanes::new(layout, rho);
        let last = classifier.pointwise().count() - 1;
        let rest = classifier.adjoint_in_turn(rho, |node, mut outputs| {
            if node == last {
                add_answers(&mut outputs, &answers);
            }
            lanes.put(layout, node, &outputs);
        });
        Self {
            lanes: lanes.columns,
            input: rest.input,
            bias: rest.bias,
            answers,
        }
    }

    /// The coefficients for a sealed classifier: `outputs` are those that the sum-check asks for
    /// (docs/protocol.md section 10.3, "Steps"), for each pointwise node.
    #[must_use]
    pub fn sealed(
        architecture: &impl Shape,
        layout: &Layout,
        rho: Fr,
        outputs: Vec<Vec<Fr>>,
    ) -> Self {
        let answers = answer_weights(architecture, rho);
        let mut lanes = Lanes::new(layout, rho);
        let last = outputs.len() - 1;
        for (node, mut outputs) in outputs.into_iter().enumerate() {
            if node == last {
                add_answers(&mut outputs, &answers);
            }
            lanes.put(layout, node, &outputs);
        }
        Self {
            lanes: lanes.columns,
            input: Vec::new(),
            bias: Fr::ZERO,
            answers,
        }
    }

    /// The instance columns: the coefficients of every lane, and the right-hand sides `v_c` in the
    /// rows of the masks. The coefficients of one item become those columns, so that a second call would
    /// find none.
    ///
    /// * `answers`: for every group the answers of its items in order, padding included, of equal
    ///   number (the occupied levels of the stack);
    /// * `y`: the masked public value of every group.
    #[must_use]
    pub fn instance(
        &mut self,
        layout: &Layout,
        eta: Fr,
        answers: &[Vec<Vec<i32>>],
        y: &[Fr],
    ) -> EquationColumns<Vec<Fr>> {
        let levels = answers[0].len();
        let weights = place_weights(eta, levels);
        let mut coefficients = std::mem::take(&mut self.lanes);
        let columns: Vec<&mut Vec<Fr>> =
            coefficients.iter_mut().flat_map(Triple::iter_mut).collect();
        columns
            .into_par_iter()
            .for_each(|column| stack(layout, &weights, column));
        // Row i holds group C − 1 − i: the circuit's Horner rule gives group c the weight w^(c+1).
        let sides = answers.iter().zip(y).rev().map(|(answers, y)| {
            let terms = weights.iter().zip(answers);
            terms
                .map(|(weight, answer)| *weight * self.side(answer))
                .sum::<Fr>()
                - y
        });
        EquationColumns {
            coefficients,
            sides: sides.collect(),
        }
    }

    /// The right-hand side of one item: `⟨s, bias⟩ + Σ_j ρ^(T+j)·a_j`.
    fn side(&self, answer: &[i32]) -> Fr {
        let terms = self.answers.iter().zip(answer);
        let terms = terms.filter(|(_, a)| **a != 0);
        self.bias
            + terms
                .map(|(weight, &a)| *weight * to_field::<Fr>(i64::from(a)))
                .sum::<Fr>()
    }
}

/// The coefficients of one item, as [`Equation::lanes`] has them.
struct Lanes {
    columns: Vec<Triple<Vec<Fr>>>,
}

impl Lanes {
    /// Coefficients `s_t·2^a` of `q` and `s_t·2^b` of `r`; those of `z` are zero.
    fn new(layout: &Layout, rho: Fr) -> Self {
        let (lanes, start) = (layout.lanes(), layout.body_start());
        let step = rho.pow_vartime([lanes as u64]);
        // Relations before each node: its blocks follow each other.
        let mut relations = Vec::with_capacity(layout.blocks().len());
        let (mut before, mut total) = (0, 0);
        for block in layout.blocks() {
            if block.splits.is_none() {
                before = total;
                total += block.len as u64;
            }
            relations.push(before);
        }
        let column = |lane: usize| {
            let mut triple = Triple::build(|| vec![Fr::ZERO; start + layout.item_rows()]);
            for (block, before) in layout.blocks().iter().zip(&relations) {
                let weight = rho.pow_vartime([before + 1 + lane as u64]);
                let rows = start + block.start..start + block.start + block.rows_of(lane, lanes);
                let two = |shift: u8| Fr::from(1 << shift);
                let powers = |cells: &mut [Fr], shift: u8| {
                    let mut power = weight * two(shift);
                    for cell in cells {
                        *cell = power;
                        power *= step;
                    }
                };
                powers(&mut triple.q[rows.clone()], block.kind.quotient_shift);
                powers(&mut triple.r[rows], block.kind.remainder_shift);
            }
            triple
        };
        Self {
            columns: (0..lanes).into_par_iter().map(column).collect(),
        }
    }

    /// Puts the coefficients of a node's outputs into their places.
    fn put(&mut self, layout: &Layout, node: usize, outputs: &[Fr]) {
        let mut heads = layout.blocks().iter();
        let head = heads.find(|block| block.node == node && block.splits.is_none());
        let head = head.expect("every pointwise node has a first block");
        let (lanes, start) = (layout.lanes(), layout.body_start() + head.start);
        self.columns
            .par_iter_mut()
            .enumerate()
            .for_each(|(lane, column)| {
                let own = outputs.iter().skip(lane).step_by(lanes);
                for (cell, output) in column.z[start..].iter_mut().zip(own) {
                    *cell = *output;
                }
            });
    }
}

/// Makes the column of one item that of all places, with their weights.
fn stack(layout: &Layout, weights: &[Fr], column: &mut Vec<Fr>) {
    let (first, rows) = (layout.body_start(), layout.item_rows());
    column.resize(layout.item_start(weights.len()), Fr::ZERO);
    let (own, others) = column[first..].split_at_mut(rows);
    for (weight, place) in weights[1..].iter().zip(others.chunks_exact_mut(rows)) {
        for (cell, c) in place.iter_mut().zip(own.iter()) {
            *cell = *weight * c;
        }
    }
    own.iter_mut().for_each(|cell| *cell *= weights[0]);
}

/// `ρ^(T+j)`, for each integer of an answer.
#[must_use]
pub fn answer_weights(classifier: &impl Shape, rho: Fr) -> Vec<Fr> {
    let last = classifier.pointwise().last();
    let len = last.map_or(0, |(value, _)| classifier.len_of(value));
    let first = rho.pow_vartime([classifier.activations() as u64 + 1]);
    powers(first, rho, len)
}

/// Adds the weights of the answer to the coefficients of the last node's outputs.
fn add_answers(outputs: &mut [Fr], answers: &[Fr]) {
    for (coefficient, weight) in outputs.iter_mut().zip(answers) {
        *coefficient += weight;
    }
}

/// The weights of the places of a group: `η^(b+1)` for place `b`, which counts from zero.
///
/// The masks of a group have the weight 1. No place has it: what a prover adds to a mask's
/// commitment then stands at a power of `η` where no item is (docs/protocol.md section 5.6,
/// "Soundness").
#[must_use]
pub fn place_weights(eta: Fr, places: usize) -> Vec<Fr> {
    powers(eta, eta, places)
}

/// The outputs of every group's items, the all-zero views of padding slots included; `answers` are
/// those of the batch's items in order.
#[must_use]
pub fn group_answers(
    classifier: &Classifier,
    layout: &Layout,
    answers: &[Vec<i32>],
) -> Vec<Vec<Vec<i32>>> {
    let padded = !answers.len().is_multiple_of(layout.groups());
    let padding = padded.then(|| classifier.answer(&vec![0; classifier.input_len()]));
    grouped(layout, answers, padding.as_deref().unwrap_or_default())
}

/// The outputs of every group's items; in padding slots stands `padding`.
#[must_use]
pub fn grouped(layout: &Layout, answers: &[Vec<i32>], padding: &[i32]) -> Vec<Vec<Vec<i32>>> {
    let groups = layout.groups();
    let slots = answers.len().div_ceil(groups) * groups;
    let at = |i: usize| answers.get(i).map_or(padding, Vec::as_slice).to_vec();
    (0..groups)
        .map(|c| (c..slots).step_by(groups).map(at).collect())
        .collect()
}
