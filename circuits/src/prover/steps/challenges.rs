//! `[step-weights]` and `[step-theta]`: the challenges that this protocol draws itself.

use super::{FirstPhase, Masks};
use crate::challenge::{self, ItemRecord, State, Weights};
use crate::encoding::compress;
use crate::prover::{Prover, SecretItem};
use crate::scheme::key_digest;
use duces_protocol::answers::Answer;
use ff::PrimeField;
use halo2curves::bn256::Fr;

impl Prover {
    /// The items as the challenges see them; `answers` are outputs of the last node.
    pub(in crate::prover) fn records(
        &self,
        items: &[SecretItem<'_>],
        answers: &[Vec<i32>],
    ) -> Vec<ItemRecord> {
        let kind = self.classifier.answers();
        let items = items.iter().zip(answers);
        items
            .map(|(item, outputs)| ItemRecord {
                position: item.position,
                commitment: item.commitment.to_bytes(),
                answer: Answer::of_outputs(kind, outputs)
                    .expect("the classifier's last table yields answers"),
            })
            .collect()
    }

    /// Step 3: `ρ` and `η` follow everything that they weigh.
    #[must_use]
    pub fn weights(
        &self,
        batch: u64,
        items: &[SecretItem<'_>],
        answers: &[Vec<i32>],
        masks: &Masks,
        first: &FirstPhase,
    ) -> Weights {
        let records = self.records(items, answers);
        let masks: Vec<[u8; 32]> = masks.points.iter().map(compress).collect();
        Weights::draw(
            &self.context,
            self.layout.digest(),
            &key_digest(&self.key),
            batch,
            &records,
            &masks,
            &first.bytes(),
        )
    }

    /// Step 6: `θ` follows the masked values and the circuit's proof.
    #[must_use]
    pub fn theta(&self, weights: &Weights, y: &[Fr], circuit: &[u8]) -> (State, Fr) {
        let y: Vec<u8> = y.iter().flat_map(Fr::to_repr).collect();
        challenge::theta(weights, &y, circuit)
    }
}

impl FirstPhase {
    /// The compressed commitments: the front of the circuit's proof.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.points.iter().flat_map(compress).collect()
    }
}
