//! Hashing to BN254 G1 by trial and increment (Boneh, Lynn and Shacham, ASIACRYPT 2001).
//!
//! The 64 bytes of `H(tag, domain, message, counter, half)` are reduced to an abscissa `x`, and the
//! counter is increased until `x³ + 3` is a square; one more hash bit picks the root. In the
//! random-oracle model the points are uniform in G1, which has prime order, and nobody knows a
//! relation between them. The time depends on the message, which is public here: it takes two trials
//! on average, a tenth of what a constant-time map takes.

use crate::digest::TaggedHash;
use ff::{Field, FromUniformBytes, PrimeField};
use halo2curves::CurveAffine;
use halo2curves::bn256::{Fq, G1Affine};
use halo2curves::ff_ext::Legendre;

/// The point of a message under a domain; never the identity.
#[must_use]
pub fn hash_to_curve(domain: &str, message: &[u8]) -> G1Affine {
    (0u64..)
        .find_map(|counter| trial(domain, message, counter))
        .expect("every second abscissa lies on the curve")
}

fn trial(domain: &str, message: &[u8], counter: u64) -> Option<G1Affine> {
    let mut wide = [0; 64];
    for (half, chunk) in (0..).zip(wide.chunks_exact_mut(32)) {
        let hash = TaggedHash::new("duces/hash-to-curve/v1").part(domain.as_bytes());
        let hash = hash.part(message).number(counter).number(half);
        chunk.copy_from_slice(&hash.finish().0);
    }
    let x = Fq::from_uniform_bytes(&wide);
    let square = x.square() * x + G1Affine::b();
    // Half of all trials end here: the symbol takes a third of the time of a root.
    if square.legendre() < 0 {
        return None;
    }
    let y: Fq = Option::from(square.sqrt())?;
    // The top bit says next to nothing about the remainder modulo a prime half as long.
    let odd = wide[63] >> 7 == 1;
    let is_odd = y.to_repr()[0] & 1 == 1;
    Option::from(G1Affine::from_xy(x, if is_odd == odd { y } else { -y }))
}
