//! `[step-first-phase]`: the first-phase columns, and the commitments to them.

use crate::layout::BLINDING_ROWS;
use crate::prover::column::Column;
use crate::prover::witness::Witness;
use crate::prover::{Prover, random_scalars};
use duces_protocol::classifier::Shape;
use duces_protocol::pedersen::normalise;
use ff::Field;
use halo2curves::bn256::{Fr, G1, G1Affine};
use rand_core::RngCore;
use rayon::prelude::*;

/// The first phase, committed to.
pub struct FirstPhase {
    /// The columns, blinding rows included.
    pub(in crate::prover) witness: Witness,
    /// The blinds of the commitments.
    pub(in crate::prover) blinds: Vec<Fr>,
    /// The commitments, in the order of the circuit: what is published.
    pub points: Vec<G1Affine>,
}

impl Prover {
    /// The outputs of the last node for the batch's first `items` items, as the columns say.
    #[must_use]
    pub fn answers(&self, first: &FirstPhase, items: usize) -> Vec<Vec<i32>> {
        let len = self.classifier.answer_form().len();
        first.witness.answers(&self.layout, len, items)
    }

    /// Evaluates the classifier on the views, in batch order, and commits to all intermediate
    /// values, the multiplicities and the masks.
    pub fn first_phase(&self, views: &[&[u8]], masks: &[Fr], rng: &mut impl RngCore) -> FirstPhase {
        let witness = Witness::new(&self.classifier, &self.layout, views, masks);
        self.commit_first_phase(witness, rng)
    }

    /// Draws blinding rows and blinds, and commits to the columns of a witness.
    pub fn commit_first_phase(&self, mut witness: Witness, rng: &mut impl RngCore) -> FirstPhase {
        let rows = self.layout.rows();
        for column in witness.columns.iter_mut() {
            for row in rows - BLINDING_ROWS..rows {
                column.set(row, Fr::random(&mut *rng));
            }
        }
        let columns: Vec<&Column> = witness.columns.iter().collect();
        let blinds = random_scalars(columns.len(), rng);
        let points: Vec<G1> = columns
            .par_iter()
            .zip(&blinds)
            .map_init(
                || self.params.values.sums(),
                |sums, (column, blind)| sums.of_column(column) + self.params.blind * blind,
            )
            .collect();
        FirstPhase {
            witness,
            blinds,
            points: normalise(&points),
        }
    }
}
