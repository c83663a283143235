//! Inverses of many elements with one inversion (Montgomery 1987), in four chains of products.
//!
//! Montgomery's product in lanes, `a∘b = a·b/R`, makes the residues a field with the one `R mod p`. A
//! chain multiplies elements with `∘`; its inverse in that field is `R²/chain`. Products in a chain
//! wait for each other, so that there are four, with eight lanes each.

use crate::engine::{Engine, Kernel};
use crate::lanes::Lanes;
use crate::layout::Block;
use crate::layout::{integers, integers_mut};
use crate::packing::{pack, unpack_sixteenfold};
use crate::prime::{Limbs, Prime, split};
use crate::product::{Field, Wide};
use halo2curves::bn256::Fr;

/// Chains of products.
pub(crate) const CHAINS: usize = 4;
/// Elements that join the chains at a time.
pub(crate) const GROUP: usize = 8 * CHAINS;

/// `R mod p`, the one of `∘`.
pub(crate) fn one<F: Prime>() -> Limbs {
    split(integers(&[F::from(16)])[0])
}

/// The inverses of four chains, eight lanes each; none when a lane is zero. Chains are proper and
/// below `2p`, and so are the inverses.
#[inline(always)]
pub(crate) fn invert_chains<S: Lanes, F: Prime>(
    field: &Field<S, F>,
    chains: [Wide<S>; CHAINS],
) -> Option<[Wide<S>; CHAINS]> {
    let low = field.multiply(chains[0], chains[1]);
    let high = field.multiply(chains[2], chains[3]);
    let mut block = Block::ZERO;
    let all = field.canonical(field.multiply(low, high));
    field.store(all, &mut block.0);
    invert_lanes::<F>(&mut block)?;
    let inverse = field.load(&block.0);
    let [low, high] = [field.multiply(inverse, high), field.multiply(inverse, low)];
    Some([
        field.multiply(low, chains[1]),
        field.multiply(low, chains[0]),
        field.multiply(high, chains[3]),
        field.multiply(high, chains[2]),
    ])
}

/// Replaces canonical residues by their inverses with respect to `∘`; none when one is zero.
#[inline(never)]
fn invert_lanes<F: Prime>(block: &mut Block) -> Option<()> {
    let mut lanes = [F::ZERO; 8];
    for (lane, integers) in integers_mut(&mut lanes).iter_mut().enumerate() {
        let x: Limbs = std::array::from_fn(|i| block.0[i][lane]);
        *integers = pack_one(x);
    }
    let mut before = [F::ONE; 8];
    let mut product = F::ONE;
    for (before, lane) in before.iter_mut().zip(&lanes) {
        *before = product;
        product *= lane;
    }
    // The library reads an integer c as c/2^256; R²/c is 2^8 times the inverse of that.
    let mut inverse = Option::<F>::from(product.invert())?;
    let factor = F::from(256);
    for (lane, before) in lanes.iter_mut().zip(before).rev() {
        let next = inverse * *lane;
        *lane = inverse * before * factor;
        inverse = next;
    }
    for (lane, &integers) in integers(&lanes).iter().enumerate() {
        for (row, limb) in block.0.iter_mut().zip(split(integers)) {
            row[lane] = limb;
        }
    }
    Some(())
}

/// Four integers from proper limbs of a value below `2^256`.
fn pack_one(x: Limbs) -> [u64; 4] {
    [
        x[0] | x[1] << 52,
        x[1] >> 12 | x[2] << 40,
        x[2] >> 24 | x[3] << 28,
        x[3] >> 36 | x[4] << 16,
    ]
}

impl Engine {
    /// Replaces every element but zeros by its inverse.
    pub fn invert(self, elements: &mut [Fr]) {
        self.run(Inverses { elements });
    }
}

struct Inverses<'a> {
    elements: &'a mut [Fr],
}

fn one_by_one(elements: &mut [Fr]) {
    use ff::Field;
    let mut before = Vec::with_capacity(elements.len());
    let mut product = Fr::ONE;
    for element in elements.iter().filter(|element| **element != Fr::ZERO) {
        before.push(product);
        product *= element;
    }
    let mut inverse = product.invert().expect("no factor is zero");
    let nonzero = elements.iter_mut().filter(|element| **element != Fr::ZERO);
    for (element, before) in nonzero.rev().zip(before.into_iter().rev()) {
        let next = inverse * *element;
        *element = inverse * before;
        inverse = next;
    }
}

impl Kernel for Inverses<'_> {
    type Output = ();

    fn scalar(self) {
        one_by_one(self.elements);
    }

    #[inline(always)]
    fn lanes<S: Lanes>(self, s: S) {
        let whole = self.elements.len() / GROUP * GROUP;
        let (elements, rest) = self.elements.split_at_mut(whole);
        one_by_one(rest);
        if elements.is_empty() {
            return;
        }
        let field = Field::<S, Fr>::new(s);
        let (eights, _) = integers_mut(elements).as_chunks_mut::<8>();
        let mut before = Vec::with_capacity(eights.len());
        let mut chains = [field.splat(&one::<Fr>()); CHAINS];
        for group in eights.chunks_exact(CHAINS) {
            for c in 0..CHAINS {
                let mut block = Block::ZERO;
                field.store(chains[c], &mut block.0);
                before.push(block);
                let (x, _) = or_one(&field, &group[c]);
                chains[c] = field.multiply(chains[c], x);
            }
        }
        let mut inverses =
            invert_chains(&field, chains).expect("zeros are replaced before they join a chain");
        let groups = eights.chunks_exact_mut(CHAINS);
        for (group, before) in groups.zip(before.chunks_exact(CHAINS)).rev() {
            for c in 0..CHAINS {
                let (x, zero) = or_one(&field, &group[c]);
                let inverse = field.multiply(inverses[c], field.load(&before[c].0));
                inverses[c] = field.multiply(inverses[c], x);
                let mut result = pack(s, field.canonical(field.sixteenth(inverse)));
                for integer in &mut result {
                    *integer = s.if_zero(zero, s.splat(0), *integer);
                }
                s.join(result, &mut group[c]);
            }
        }
    }
}

/// Sixteen times eight of the library's integers, one instead of zeros; and a vector that is zero
/// where they are.
#[inline(always)]
fn or_one<S: Lanes>(field: &Field<S, Fr>, elements: &[[u64; 4]; 8]) -> (Wide<S>, S::V) {
    let s = field.s;
    let x = s.spread(elements);
    let any = s.or(s.or(x[0], x[1]), s.or(x[2], x[3]));
    let mut x = unpack_sixteenfold(s, x);
    x[0] = s.if_zero(any, s.splat(1), x[0]);
    (x, any)
}
