//! The two primes of BN254 in limbs of 52 bits, and what follows from them.
//!
//! Both lie between `2^253` and `2^254`; more precisely `84·p < 2^260 < 85·p`. Everything that
//! [`crate::product`] says of bounds rests on these two facts, which the compiler checks here.

use crate::lanes::LIMB;
use ff::PrimeField;
use halo2curves::bn256::{Fq, Fr};

/// Five limbs of 52 bits, least significant first.
pub(crate) type Limbs = [u64; 5];

/// A field of BN254.
///
/// # Safety
/// The type consists of one field, `[u64; 4]`, that may hold any integers: an element `x` is
/// stored as `x·2^256 mod p`, least significant integer first.
#[allow(unsafe_code)]
pub(crate) unsafe trait Prime: PrimeField + Copy {
    /// `p` in integers of 64 bits.
    const INTEGERS: [u64; 4];
    /// `p`.
    const P: Limbs = multiple(Self::INTEGERS, 1);
    /// `2p`.
    const P2: Limbs = multiple(Self::INTEGERS, 2);
    /// `2^260 − p`.
    const COMPLEMENT: Limbs = complement(Self::P);
    /// `−1/p mod 2^52`.
    const NEGATIVE_INVERSE: u64 = negative_inverse(Self::P[0]) & LIMB;
    /// `−1/p mod 2^260`.
    const NEGATIVE_INVERSE_WIDE: Limbs = negative_inverse_wide(&Self::P, Self::NEGATIVE_INVERSE);
    /// `⌊2^97 / (p_4 + 1)⌋`, by which [`crate::product`] estimates quotients.
    const RECIPROCAL: u64 = reciprocal(Self::P[4]);
    /// The compiler refuses a prime for which the bounds would not hold.
    const CHECKED: () = {
        // 2^45 < p / 2^208 < 2^46, 84·(p_4 + 1) ≤ 2^52 − 2^43 and 2^52 < 85·p_4.
        assert!(Self::P[4] >> 45 == 1);
        assert!(84 * (Self::P[4] + 1) <= (1 << 52) - (1 << 43) && 85 * Self::P[4] > 1 << 52);
    };
}

// SAFETY: `pub struct Fr(pub(crate) [u64; 4])`, in Montgomery form for 2^256; the test
// `layout::tests::integers_are_those_of_the_library` compares.
#[allow(unsafe_code)]
unsafe impl Prime for Fr {
    const INTEGERS: [u64; 4] = [
        0x43e1_f593_f000_0001,
        0x2833_e848_79b9_7091,
        0xb850_45b6_8181_585d,
        0x3064_4e72_e131_a029,
    ];
}

// SAFETY: `pub struct Fq(pub(crate) [u64; 4])`, in Montgomery form for 2^256; the test
// `layout::tests::integers_are_those_of_the_library` compares.
#[allow(unsafe_code)]
unsafe impl Prime for Fq {
    const INTEGERS: [u64; 4] = [
        0x3c20_8c16_d87c_fd47,
        0x9781_6a91_6871_ca8d,
        0xb850_45b6_8181_585d,
        0x3064_4e72_e131_a029,
    ];
}

/// The limbs of an integer below `2^256`.
pub(crate) const fn split(x: [u64; 4]) -> Limbs {
    [
        x[0] & LIMB,
        (x[0] >> 52 | x[1] << 12) & LIMB,
        (x[1] >> 40 | x[2] << 24) & LIMB,
        (x[2] >> 28 | x[3] << 36) & LIMB,
        x[3] >> 16,
    ]
}

/// `factor·x` in limbs, for `factor·x < 2^260`.
pub(crate) const fn multiple(x: [u64; 4], factor: u64) -> Limbs {
    let x = split(x);
    let mut limbs = [0; 5];
    let mut carry = 0u128;
    let mut i = 0;
    while i < 5 {
        carry += x[i] as u128 * factor as u128;
        limbs[i] = carry as u64 & LIMB;
        carry >>= 52;
        i += 1;
    }
    assert!(carry == 0);
    limbs
}

const fn complement(x: Limbs) -> Limbs {
    let mut limbs = [0; 5];
    let mut carry = 1;
    let mut i = 0;
    while i < 5 {
        let sum = (x[i] ^ LIMB) + carry;
        limbs[i] = sum & LIMB;
        carry = sum >> 52;
        i += 1;
    }
    limbs
}

/// `−1/p mod 2^64` of an odd `p` by Newton's iteration, which doubles the right bits each time.
const fn negative_inverse(p: u64) -> u64 {
    let mut inverse = 1u64;
    let mut i = 0;
    while i < 6 {
        inverse = inverse.wrapping_mul(2u64.wrapping_sub(p.wrapping_mul(inverse)));
        i += 1;
    }
    inverse.wrapping_neg()
}

const fn reciprocal(top: u64) -> u64 {
    ((1u128 << 97) / (top as u128 + 1)) as u64
}

/// `a·b mod 2^260`.
pub(crate) const fn low_product(a: &Limbs, b: &Limbs) -> Limbs {
    let mut limbs = [0; 5];
    let mut carry = 0u128;
    let mut column = 0;
    while column < 5 {
        let mut i = 0;
        while i <= column {
            carry += a[i] as u128 * b[column - i] as u128;
            i += 1;
        }
        limbs[column] = carry as u64 & LIMB;
        carry >>= 52;
        column += 1;
    }
    limbs
}

/// `−1/p mod 2^260` by Newton's iteration `x ← x·(2 + p·x)`, from the inverse modulo `2^52`.
const fn negative_inverse_wide(p: &Limbs, first: u64) -> Limbs {
    let mut inverse = [first, 0, 0, 0, 0];
    let mut round = 0;
    while round < 3 {
        let mut factor = low_product(p, &inverse);
        let mut carry = 2;
        let mut i = 0;
        while i < 5 {
            carry += factor[i];
            factor[i] = carry & LIMB;
            carry >>= 52;
            i += 1;
        }
        inverse = low_product(&inverse, &factor);
        round += 1;
    }
    inverse
}

#[cfg(test)]
mod tests {
    use super::*;

    fn constants<F: Prime>() {
        let () = F::CHECKED;
        let digits: String = F::INTEGERS
            .iter()
            .rev()
            .map(|x| format!("{x:016x}"))
            .collect();
        assert_eq!(format!("0x{digits}"), <F as PrimeField>::MODULUS);
        let sum: Vec<u64> = F::P.iter().zip(F::COMPLEMENT).map(|(a, b)| a + b).collect();
        assert_eq!(sum, [1 << 52, LIMB, LIMB, LIMB, LIMB]);
        assert_eq!(F::P[0].wrapping_mul(F::NEGATIVE_INVERSE) & LIMB, LIMB);
        assert_eq!(low_product(&F::P, &F::NEGATIVE_INVERSE_WIDE), [LIMB; 5]);
    }

    #[test]
    fn constants_are_those_of_the_primes() {
        constants::<Fr>();
        constants::<Fq>();
    }
}
