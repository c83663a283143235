//! The draw, `[format-sample]`: uniform, without replacement, and a function of three values, of
//! which nobody could choose one with another in view.
//!
//! With `seed = H("duces/audit/v1", root, request digest, nonce, scope, population)`, the numbers
//! are `w_i = H("duces/audit-number/v1", seed, i)`, first 8 bytes, little-endian. A number below
//! `m` is `w mod m` for the next `w` below the largest multiple of `m` up to `2^64`: larger ones
//! are passed over, so that no residue is more likely than another. The sample is the beginning of
//! a shuffle (Fisher and Yates): step `i` exchanges place `i` with place `i` plus a number below
//! `population − i`. So a smaller sample is part of a larger one under the same nonce.
//!
//! The responding party fixes the root before it knows the request, and the nonce is known only after
//! the production ([`super::nonce`]): nobody can aim at a position.

use super::nonce::Nonce;
use super::scope::Scope;
use crate::bytes::Malformed;
use crate::digest::{Digest, TaggedHash};
use std::collections::BTreeMap;

/// The largest sample.
pub const MAX_SIZE: u64 = 1 << 20;

/// What a draw is a function of.
#[derive(Clone, Copy, Debug)]
pub struct Draw {
    /// The root of the commitment.
    pub root: Digest,
    /// Digest of the request.
    pub request: Digest,
    /// The judge's nonce.
    pub nonce: Nonce,
    /// Which positions are drawn from.
    pub scope: Scope,
    /// How many they are.
    pub population: u64,
}

impl Draw {
    /// Draws `size` different numbers below the population, in ascending order. For
    /// [`Scope::All`] they are the positions; else they count the positions in scope, from 0.
    ///
    /// # Errors
    /// When the size is 0, larger than the population, or larger than [`MAX_SIZE`].
    pub fn sample(&self, size: u64) -> Result<Vec<u64>, Malformed> {
        let most = self.population.min(MAX_SIZE);
        if size == 0 || size > most {
            return Err(Malformed::new(format!(
                "a sample of {size} cannot be drawn from {} positions; 1 to {most} can",
                self.population
            )));
        }
        let mut numbers = Numbers::new(self);
        let mut moved: BTreeMap<u64, u64> = BTreeMap::new();
        let mut sample = Vec::new();
        for step in 0..size {
            let place = step + numbers.below(self.population - step);
            let displaced = moved.get(&step).copied().unwrap_or(step);
            sample.push(moved.insert(place, displaced).unwrap_or(place));
        }
        sample.sort_unstable();
        Ok(sample)
    }
}

/// The numbers of a draw, one after the other.
struct Numbers {
    seed: Digest,
    used: u64,
}

impl Numbers {
    fn new(draw: &Draw) -> Self {
        let seed = TaggedHash::new("duces/audit/v1")
            .part(&draw.root.0)
            .part(&draw.request.0)
            .part(draw.nonce.bytes())
            .part(draw.scope.to_string().as_bytes())
            .number(draw.population)
            .finish();
        Self { seed, used: 0 }
    }

    fn word(&mut self) -> u64 {
        let hash = TaggedHash::new("duces/audit-number/v1")
            .part(&self.seed.0)
            .number(self.used)
            .finish();
        self.used += 1;
        let mut word = [0; 8];
        word.copy_from_slice(&hash.0[..8]);
        u64::from_le_bytes(word)
    }

    /// A uniform number below `bound`, which is not 0.
    fn below(&mut self, bound: u64) -> u64 {
        loop {
            if let Some(number) = reduce(self.word(), bound) {
                return number;
            }
        }
    }
}

/// `word mod bound`, or `None` for a word in the incomplete last multiple.
fn reduce(word: u64, bound: u64) -> Option<u64> {
    let words = 1_u128 << 64;
    let complete = words - words % u128::from(bound);
    (u128::from(word) < complete).then_some(word % bound)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nonce_of(bytes: [u8; 32]) -> Nonce {
        Digest(bytes).to_string().parse().unwrap()
    }

    fn draw(nonce: u8, population: u64) -> Draw {
        Draw {
            root: Digest([1; 32]),
            request: Digest([2; 32]),
            nonce: nonce_of([nonce; 32]),
            scope: Scope::All,
            population,
        }
    }

    #[test]
    fn samples_are_sets_of_the_size_and_grow_by_addition() {
        for population in [1, 2, 7, 100, 1 << 32] {
            let mut smaller: Vec<u64> = Vec::new();
            for size in [1, 2, 5, 7, 60, 100] {
                let Ok(sample) = draw(3, population).sample(size) else {
                    assert!(size > population);
                    continue;
                };
                assert_eq!(sample.len() as u64, size);
                assert!(sample.windows(2).all(|pair| pair[0] < pair[1]));
                assert!(sample.iter().all(|number| *number < population));
                assert!(smaller.iter().all(|number| sample.contains(number)));
                smaller = sample;
            }
        }
        assert_eq!(
            draw(3, 100).sample(100).unwrap(),
            (0..100).collect::<Vec<_>>()
        );
        assert!(draw(3, 100).sample(0).is_err());
        assert!(draw(3, 1 << 32).sample(MAX_SIZE + 1).is_err());
    }

    #[test]
    fn every_part_moves_the_draw() {
        let base = draw(3, 1000);
        let others = [
            Draw {
                root: Digest([9; 32]),
                ..base
            },
            Draw {
                request: Digest([9; 32]),
                ..base
            },
            draw(4, 1000),
            Draw {
                scope: Scope::NotResponsive,
                ..base
            },
            draw(3, 1001),
        ];
        let sample = base.sample(10).unwrap();
        assert_eq!(base.sample(10).unwrap(), sample);
        for other in others {
            assert_ne!(other.sample(10).unwrap(), sample, "{other:?}");
        }
    }

    #[test]
    fn every_pair_is_as_likely_as_another() {
        // 6 pairs of 4 places, 6,000 draws: each 1,000 times, standard deviation 29.
        let mut counts: BTreeMap<Vec<u64>, u32> = BTreeMap::new();
        for i in 0..6000_u32 {
            let mut nonce = [0; 32];
            nonce[..4].copy_from_slice(&i.to_le_bytes());
            let draw = Draw {
                nonce: nonce_of(nonce),
                ..draw(0, 4)
            };
            *counts.entry(draw.sample(2).unwrap()).or_default() += 1;
        }
        assert_eq!(counts.len(), 6);
        assert!(
            counts.values().all(|count| count.abs_diff(1000) < 150),
            "{counts:?}"
        );
    }

    #[test]
    fn incomplete_multiples_are_passed_over() {
        assert_eq!(reduce(5, 3), Some(2));
        assert_eq!(reduce(u64::MAX, 1), Some(0));
        assert_eq!(
            reduce(u64::MAX, 3),
            None,
            "2^64 is one more than a multiple of 3"
        );
        assert_eq!(reduce(u64::MAX - 1, 3), Some(2));
        let bound = (1 << 63) + 1;
        assert_eq!(reduce(bound, bound), None);
        assert_eq!(reduce(bound - 1, bound), Some(bound - 1));
    }

    #[test]
    fn the_draw_is_frozen() {
        // As a plain shuffle of a list of 60, written in another language, draws it.
        assert_eq!(draw(3, 60).sample(5).unwrap(), [30, 37, 39, 47, 48]);
    }
}
