//! Pairs one after the other.

use super::{IDENTITY, Move};
use ff::Field;
use group::Curve;
use group::prime::PrimeCurveAffine;
use halo2curves::bn256::{Fq, G1Affine};

/// The pairs that the affine formula adds.
#[derive(Default)]
pub(super) struct Room {
    waiting: Vec<Waiting>,
}

/// A pair, the difference of its abscissas, and the product of all such differences before.
struct Waiting {
    pair: Move,
    run: Fq,
    before: Fq,
}

impl Room {
    /// Adds pairs of points into sums; says whether a sum is the identity.
    pub(super) fn add(
        &mut self,
        pairs: &[Move],
        points: &[G1Affine],
        sums: &mut [G1Affine],
    ) -> bool {
        self.waiting.clear();
        let mut identity = false;
        let mut product = Fq::ONE;
        for &pair in pairs {
            let (a, b) = neighbours(points, pair);
            let run = b.x - a.x;
            if run == Fq::ZERO || *a == IDENTITY || *b == IDENTITY {
                let sum = (a.to_curve() + b).to_affine();
                identity |= sum == IDENTITY;
                sums[pair.to as usize] = sum;
            } else {
                let before = product;
                self.waiting.push(Waiting { pair, run, before });
                product *= run;
            }
        }
        // One inversion for the round, undone pair by pair.
        let mut inverse = product.invert().expect("no factor is zero");
        for Waiting { pair, run, before } in self.waiting.iter().rev() {
            let (a, b) = neighbours(points, *pair);
            let slope = (b.y - a.y) * (inverse * before);
            inverse *= run;
            let x = slope.square() - a.x - b.x;
            sums[pair.to as usize] = G1Affine {
                x,
                y: slope * (a.x - x) - a.y,
            };
        }
        identity
    }
}

fn neighbours(points: &[G1Affine], pair: Move) -> (&G1Affine, &G1Affine) {
    let from = pair.from as usize;
    (&points[from], &points[from + 1])
}
