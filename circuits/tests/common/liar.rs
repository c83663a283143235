//! A prover that follows the protocol but for one message.

use duces_circuits::equation::{Equation, group_answers};
use duces_circuits::prover::steps::Masks;
use duces_circuits::{BatchProof, Prover, SecretItem};
use duces_protocol::pedersen::{ViewBlind, ViewCommitment};
use halo2curves::bn256::{Fr, G1};
use rand_chacha::ChaCha20Rng;
use rand_core::{OsRng, SeedableRng};

/// Proves the decisions on the views of `items`, whatever their commitments hold, with masks whose
/// commitments were changed before anything was published.
pub fn prove_with_masks(
    prover: &Prover,
    batch: u64,
    items: &[SecretItem<'_>],
    change: impl FnOnce(&mut Masks),
) -> BatchProof {
    let mut rng = ChaCha20Rng::from_rng(OsRng).unwrap();
    let (classifier, layout) = (prover.classifier(), prover.layout());
    let views: Vec<&[u8]> = items.iter().map(|item| item.view).collect();
    let mut masks = prover.masks(&mut rng);
    change(&mut masks);
    let first = prover.first_phase(&views, &masks.values, &mut rng);
    let answers = prover.answers(&first, items.len());
    let weights = prover.weights(batch, items, &answers, &masks, &first);
    let mut equation = Equation::new(classifier, layout, weights.rho);
    let y = prover.masked_values(&equation, weights.eta, &views, &masks.values);
    let answers = group_answers(classifier, layout, &answers);
    let instance = equation.instance(layout, weights.eta, &answers, &y);
    let circuit = prover.circuit(first, &instance, &mut rng).unwrap();
    let (state, theta) = prover.theta(&weights, &y, &circuit);
    let folded = prover.fold(items, &masks, weights.eta, theta);
    let opening = prover.open(&folded, &equation.input, items.len(), &state, rng);
    BatchProof::assemble(&masks.points, &y, &opening, &circuit)
}

/// `Com(view, blind) − P`: what turns the commitment `P` into one of another view.
pub fn swap(prover: &Prover, view: &[u8], blind: &ViewBlind, committed: ViewCommitment) -> G1 {
    let bases = &prover.bases().vector;
    let terms = bases.g.iter().zip(view);
    let sum: G1 = terms.map(|(g, &byte)| g * Fr::from(u64::from(byte))).sum();
    sum + bases.w * blind.scalar() - committed.point()
}
