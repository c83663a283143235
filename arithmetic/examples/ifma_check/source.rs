//! What goes into the kernels.

use ff::{Field, PrimeField};
use halo2curves::bn256::Fr;
use halo2curves::serde::SerdeObject;
use rand_chacha::ChaCha8Rng;
use rand_core::{RngCore, SeedableRng};

/// Random elements, every eighth of them an edge case: integers with limbs of zeros and ones,
/// near zero, near the prime, near powers of two.
pub struct Source(pub ChaCha8Rng);

impl Source {
    pub fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    pub fn element(&mut self) -> Fr {
        if self.0.next_u32().is_multiple_of(8) {
            return self.edge();
        }
        loop {
            let mut bytes = [0; 32];
            self.0.fill_bytes(&mut bytes);
            bytes[31] &= 0x3f;
            if let Some(element) = Fr::from_raw_bytes(&bytes) {
                return element;
            }
        }
    }

    /// The element that the library stores as `p − 1`.
    pub fn largest(&self) -> Fr {
        let bytes = (-Fr::ONE).to_repr();
        Fr::from_raw_bytes(bytes.as_ref()).expect("it is below the prime")
    }

    fn edge(&mut self) -> Fr {
        let small = Fr::from(u64::from(self.0.next_u32() % 4));
        let base = match self.0.next_u32() % 4 {
            0 => Fr::ZERO,
            // Near a power of two, as the library stores it or as it is.
            1 => Fr::from(2).pow_vartime([u64::from(self.0.next_u32() % 300)]),
            2 => Fr::from(2)
                .pow_vartime([u64::from(self.0.next_u32() % 300)])
                .invert()
                .unwrap_or(Fr::ZERO),
            // Each limb of 52 bits all zeros, all ones or random.
            _ => {
                let mut number = 0u128;
                let (mut bytes, mut bits) = (Vec::new(), 0);
                for _ in 0..5 {
                    let limb = match self.0.next_u32() % 3 {
                        0 => 0,
                        1 => (1 << 52) - 1,
                        _ => self.0.next_u64() >> 12,
                    };
                    number |= u128::from(limb) << bits;
                    bits += 52;
                    while bits >= 8 {
                        bytes.push(number as u8);
                        number >>= 8;
                        bits -= 8;
                    }
                }
                bytes.truncate(32);
                bytes[31] &= 0x1f;
                Fr::from_raw_bytes(&bytes).unwrap_or(Fr::ONE)
            }
        };
        if self.0.next_u32().is_multiple_of(2) {
            base + small
        } else {
            base - small
        }
    }

    pub fn elements(&mut self, len: usize) -> Vec<Fr> {
        (0..len).map(|_| self.element()).collect()
    }

    /// Small integers of all sizes, the extremes and zeros among them.
    pub fn cells(&mut self, len: usize) -> Vec<i32> {
        let mut cell = || match self.0.next_u32() % 8 {
            0 => i32::MIN,
            1 => i32::MAX,
            2 => 0,
            3 => -1,
            _ => self.0.next_u32() as i32 >> (self.0.next_u32() % 32),
        };
        let mut cells: Vec<i32> = (0..len).map(|_| cell()).collect();
        // A whole block of zeros.
        cells.iter_mut().skip(8).take(8).for_each(|cell| *cell = 0);
        cells
    }
}
