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

/// The coefficients of one item's equation under one `ρ`.
pub struct Equation {
    /// Coefficients of `q`, `r` and `z`, for each lane, for each row of an item.
    lanes: Vec<Triple<Vec<Fr>>>,
    /// Coefficient of each byte of the view: `u_in`. Empty for a sealed classifier.
    pub input: Vec<Fr>,
    /// `⟨s, bias⟩`; zero for a sealed classifier.
    bias: Fr,
    /// Weights of the outputs that are the answer.
    answers: Vec<Fr>,
}

/// The powers of `ρ`.
pub struct RelationWeights {
    /// `s_t`, for each pointwise node.
    pub relations: Vec<Vec<Fr>>,
    /// `ρ^(T+j)`, for each integer of an answer.
    pub answers: Vec<Fr>,
}

impl RelationWeights {
    /// The powers of `ρ` for the relations and answers of one item.
    #[must_use]
    pub fn new(classifier: &impl Shape, rho: Fr) -> Self {
        let mut power = Fr::ONE;
        let mut next = |len: usize| -> Vec<Fr> {
            (0..len)
                .map(|_| {
                    power *= rho;
                    power
                })
                .collect()
        };
        let lens = classifier
            .pointwise()
            .map(|(value, _)| classifier.len_of(value));
        let relations: Vec<Vec<Fr>> = lens.map(&mut next).collect();
        let answers = next(relations.last().map_or(0, Vec::len));
        Self { relations, answers }
    }

    /// Adds the weights of the answer to the coefficients of the last node's outputs.
    fn add_answers(&self, outputs: &mut [Vec<Fr>]) {
        let last = outputs.last_mut().into_iter().flatten();
        for (coefficient, weight) in last.zip(&self.answers) {
            *coefficient += weight;
        }
    }
}

impl Equation {
    /// Computes the coefficients.
    #[must_use]
    pub fn new(classifier: &Classifier, layout: &Layout, rho: Fr) -> Self {
        let weights = RelationWeights::new(classifier, rho);
        let mut adjoint = classifier.adjoint(&weights.relations);
        weights.add_answers(&mut adjoint.outputs);
        Self {
            lanes: lanes(layout, &weights.relations, &adjoint.outputs),
            input: adjoint.input,
            bias: adjoint.bias,
            answers: weights.answers,
        }
    }

    /// The coefficients for a sealed classifier: `outputs` are those that the sum-check asks for
    /// (docs/protocol.md section 10.3, "Steps"), for each pointwise node.
    #[must_use]
    pub fn sealed(weights: RelationWeights, layout: &Layout, mut outputs: Vec<Vec<Fr>>) -> Self {
        weights.add_answers(&mut outputs);
        Self {
            lanes: lanes(layout, &weights.relations, &outputs),
            input: Vec::new(),
            bias: Fr::ZERO,
            answers: weights.answers,
        }
    }

    /// The instance columns: the coefficients of every lane, and the right-hand sides `v_c` in the
    /// rows of the masks.
    ///
    /// * `answers`: for every group the answers of its items in order, padding included, of equal
    ///   number (the occupied levels of the stack);
    /// * `y`: the masked public value of every group.
    #[must_use]
    pub fn instance(
        &self,
        layout: &Layout,
        eta: Fr,
        answers: &[Vec<Vec<i32>>],
        y: &[Fr],
    ) -> EquationColumns<Vec<Fr>> {
        let levels = answers[0].len();
        let weights = place_weights(eta, levels);
        let stacked = |coefficients: &Vec<Fr>| {
            let mut column = vec![Fr::ZERO; layout.item_start(levels)];
            for (b, weight) in weights.iter().enumerate() {
                let start = layout.item_start(b);
                for (cell, c) in column[start..].iter_mut().zip(coefficients) {
                    *cell = *weight * c;
                }
            }
            column
        };
        let coefficients = self.lanes.iter().map(|lane| Triple {
            q: stacked(&lane.q),
            r: stacked(&lane.r),
            z: stacked(&lane.z),
        });
        // Row i holds group C − 1 − i: the circuit's Horner rule gives group c the weight w^(c+1).
        let sides = answers.iter().zip(y).rev().map(|(answers, y)| {
            let terms = weights.iter().zip(answers);
            terms
                .map(|(weight, answer)| *weight * self.side(answer))
                .sum::<Fr>()
                - y
        });
        EquationColumns {
            coefficients: coefficients.collect(),
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

/// The coefficients of `q`, `r` and `z` for each lane and each row of an item: `s_t·2^a`, `s_t·2^b`,
/// and what `outputs` says.
fn lanes(layout: &Layout, relations: &[Vec<Fr>], outputs: &[Vec<Fr>]) -> Vec<Triple<Vec<Fr>>> {
    let mut lanes: Vec<Triple<Vec<Fr>>> = (0..layout.lanes())
        .map(|_| Triple::build(|| vec![Fr::ZERO; layout.item_rows()]))
        .collect();
    for block in layout.blocks() {
        let two = |shift: u8| Fr::from(1 << shift);
        let quotient = two(block.kind.quotient_shift);
        let remainder = two(block.kind.remainder_shift);
        for i in 0..block.len {
            let row = block.start + i / layout.lanes();
            let lane = &mut lanes[i % layout.lanes()];
            let weight = relations[block.node][i];
            lane.q[row] = weight * quotient;
            lane.r[row] = weight * remainder;
            if block.splits.is_none() {
                lane.z[row] = outputs[block.node][i];
            }
        }
    }
    lanes
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
