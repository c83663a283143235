//! `[step-sealed-masks]`, and the views, outputs and masks of a batch folded into one vector.

use super::publish::{Message, Publish};
use crate::encoding::linear_combination;
use crate::prover::steps::FirstPhase;
use crate::prover::{Prover, SecretItem, random_scalars};
use crate::sealed::Places;
use duces_protocol::classifier::adjoint::sum::{Limbs, Sum};
use ff::Field;
use group::Curve;
use halo2curves::bn256::{Fr, G1Affine};
use rand_core::RngCore;
use rayon::prelude::*;

/// The masks of a batch.
pub(super) struct SealedMasks {
    /// `m_c`.
    pub groups: Vec<Fr>,
    /// `n_1` and `n_2`.
    pub sum: [Fr; 2],
    /// `τ`.
    blind: Fr,
    /// `M`: what is published.
    pub point: G1Affine,
}

/// The opening of `Q`.
pub(super) struct FoldedSlots {
    /// A view's length, then the masks.
    pub vector: Vec<Fr>,
    /// The blind.
    pub blind: Fr,
}

impl Prover {
    /// Draws the masks, and commits to all of them with one point.
    pub(super) fn sealed_masks(
        &self,
        publish: &mut impl Publish,
        rng: &mut impl RngCore,
    ) -> SealedMasks {
        let groups = random_scalars(self.layout.groups(), rng);
        let (sum, blind) = (
            [Fr::random(&mut *rng), Fr::random(&mut *rng)],
            Fr::random(rng),
        );
        let all = [groups.as_slice(), &sum].concat();
        let generators = &self.bases.vector.g[self.classifier.input_len()..][..all.len()];
        let point = linear_combination(&all, generators) + self.bases.vector.w * blind;
        SealedMasks {
            groups,
            sum,
            blind,
            point: publish.point(Message::Mask, point).to_affine(),
        }
    }

    /// `Σ κ^c·η^(b+1)·x_{c,b}`, then the masks; and the blind of `Q`.
    pub(super) fn fold_slots(
        &self,
        slots: &[&SecretItem<'_>],
        masks: &SealedMasks,
        weights: &[Fr],
    ) -> FoldedSlots {
        let len = self.classifier.input_len();
        let limbs: Vec<Limbs> = weights.iter().map(Limbs::from).collect();
        let part = len.div_ceil(rayon::current_num_threads()).max(1);
        let mut sums = vec![Sum::default(); len];
        sums.par_chunks_mut(part).enumerate().for_each(|(p, own)| {
            for (item, weight) in slots.iter().zip(&limbs) {
                for (sum, &byte) in own.iter_mut().zip(&item.view[p * part..]) {
                    if byte > 0 {
                        sum.add(weight, i32::from(byte));
                    }
                }
            }
        });
        let mut vector: Vec<Fr> = sums.iter().map(Sum::reduce).collect();
        vector.extend(&masks.groups);
        vector.extend(masks.sum);
        let blinds = slots.iter().zip(weights);
        let blinds = blinds.map(|(item, weight)| *weight * item.blind.scalar());
        FoldedSlots {
            vector,
            blind: masks.blind + blinds.sum::<Fr>(),
        }
    }

    /// `V`, filled with zeros to a power of two.
    pub(super) fn sum_vector(
        &self,
        places: &Places,
        first: &FirstPhase,
        folded: &FoldedSlots,
        weights: &[Fr],
    ) -> Vec<Fr> {
        let (layout, lanes) = (&self.layout, self.layout.lanes());
        let triples = &first.witness.columns.triples;
        let limbs: Vec<Limbs> = weights.iter().map(Limbs::from).collect();
        let mut vector = Vec::with_capacity(1 << places.variables());
        for block in layout
            .blocks()
            .iter()
            .filter(|block| block.splits.is_none())
        {
            let output = |i: usize| {
                let mut sum = Sum::default();
                let mut large = Fr::ZERO;
                for (slot, (weight, limbs)) in weights.iter().zip(&limbs).enumerate() {
                    let (group, place) = layout.place(slot);
                    let row = layout.item_start(place) + block.start + i / lanes;
                    let z = &triples[group * lanes + i % lanes].z;
                    match z.small()[row] {
                        0 => large += *weight * z.get(row),
                        small => sum.add(limbs, small),
                    }
                }
                sum.reduce() + large
            };
            let node: Vec<Fr> = (0..block.len).into_par_iter().map(output).collect();
            vector.extend(node);
        }
        vector.extend(&folded.vector[..self.classifier.input_len()]);
        vector.push(weights.iter().sum());
        vector.extend(&folded.vector[folded.vector.len() - 2..]);
        vector.resize(1 << places.variables(), Fr::ZERO);
        vector
    }
}
