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
use duces_protocol::classifier::Classifier;
use ff::Field;
use halo2curves::bn256::Fr;

/// The coefficients of one item's equation under one `ρ`.
pub struct Equation {
    /// Coefficients of `q`, `r` and `z`, for each lane, for each row of an item.
    lanes: Vec<Triple<Vec<Fr>>>,
    /// Coefficient of each byte of the view: `u_in`.
    pub input: Vec<Fr>,
    /// `⟨s, bias⟩`.
    bias: Fr,
    /// Weight of the decision.
    zeta: Fr,
}

impl Equation {
    /// Computes the coefficients.
    #[must_use]
    pub fn new(classifier: &Classifier, layout: &Layout, rho: Fr) -> Self {
        let mut power = Fr::ONE;
        let weights: Vec<Vec<Fr>> = classifier
            .pointwise()
            .map(|(value, _)| {
                (0..classifier.len_of(value))
                    .map(|_| {
                        power *= rho;
                        power
                    })
                    .collect()
            })
            .collect();
        let zeta = power * rho;
        let mut adjoint = classifier.adjoint(&weights);
        if let Some(decision) = adjoint.outputs.last_mut() {
            decision[0] += zeta;
        }
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
                let weight = weights[block.node][i];
                lane.q[row] = weight * quotient;
                lane.r[row] = weight * remainder;
                if block.splits.is_none() {
                    lane.z[row] = adjoint.outputs[block.node][i];
                }
            }
        }
        Self {
            lanes,
            input: adjoint.input,
            bias: adjoint.bias,
            zeta,
        }
    }

    /// The instance columns: the coefficients of every lane, and the right-hand sides `v_c` in the
    /// rows of the masks.
    ///
    /// * `decisions`: for every group the decisions of its items in order, padding included, of
    ///   equal length (the occupied levels of the stack);
    /// * `y`: the masked public value of every group.
    #[must_use]
    pub fn instance(
        &self,
        layout: &Layout,
        eta: Fr,
        decisions: &[Vec<bool>],
        y: &[Fr],
    ) -> EquationColumns<Vec<Fr>> {
        let levels = decisions[0].len();
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
        let sides = decisions.iter().zip(y).rev().map(|(bits, y)| {
            let side = |bit: bool| self.bias + if bit { self.zeta } else { Fr::ZERO };
            let terms = weights.iter().zip(bits);
            terms.map(|(weight, &bit)| *weight * side(bit)).sum::<Fr>() - y
        });
        EquationColumns {
            coefficients: coefficients.collect(),
            sides: sides.collect(),
        }
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

/// The decisions of every group's items, the all-zero views of padding slots included; `bits` are
/// those of the batch's items in order.
#[must_use]
pub fn group_decisions(classifier: &Classifier, layout: &Layout, bits: &[bool]) -> Vec<Vec<bool>> {
    let groups = layout.groups();
    let slots = bits.len().div_ceil(groups) * groups;
    let padding = slots > bits.len() && classifier.matches(&vec![0; classifier.input_len()]);
    (0..groups)
        .map(|c| {
            (c..slots)
                .step_by(groups)
                .map(|i| *bits.get(i).unwrap_or(&padding))
                .collect()
        })
        .collect()
}
