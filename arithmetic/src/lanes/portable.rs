//! Lanes in plain Rust: what the operations mean, for tests on every processor.

use super::{LIMB, Lanes};

/// Lanes that every processor has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Portable;

fn each(a: [u64; 8], b: [u64; 8], f: impl Fn(u64, u64) -> u64) -> [u64; 8] {
    std::array::from_fn(|lane| f(a[lane], b[lane]))
}

fn product(a: u64, b: u64) -> u128 {
    u128::from(a & LIMB) * u128::from(b & LIMB)
}

impl Lanes for Portable {
    type V = [u64; 8];

    fn splat(self, value: u64) -> [u64; 8] {
        [value; 8]
    }

    fn load(self, from: &[u64; 8]) -> [u64; 8] {
        *from
    }

    fn store(self, value: [u64; 8], to: &mut [u64; 8]) {
        *to = value;
    }

    fn madd_lo(self, sum: [u64; 8], a: [u64; 8], b: [u64; 8]) -> [u64; 8] {
        self.add(sum, each(a, b, |a, b| product(a, b) as u64 & LIMB))
    }

    fn madd_hi(self, sum: [u64; 8], a: [u64; 8], b: [u64; 8]) -> [u64; 8] {
        self.add(sum, each(a, b, |a, b| (product(a, b) >> 52) as u64))
    }

    fn add(self, a: [u64; 8], b: [u64; 8]) -> [u64; 8] {
        each(a, b, u64::wrapping_add)
    }

    fn sub(self, a: [u64; 8], b: [u64; 8]) -> [u64; 8] {
        each(a, b, u64::wrapping_sub)
    }

    fn and(self, a: [u64; 8], b: [u64; 8]) -> [u64; 8] {
        each(a, b, |a, b| a & b)
    }

    fn or(self, a: [u64; 8], b: [u64; 8]) -> [u64; 8] {
        each(a, b, |a, b| a | b)
    }

    fn shr<const N: u32>(self, a: [u64; 8]) -> [u64; 8] {
        a.map(|a| a >> N)
    }

    fn shl<const N: u32>(self, a: [u64; 8]) -> [u64; 8] {
        a.map(|a| a << N)
    }

    fn sar<const N: u32>(self, a: [u64; 8]) -> [u64; 8] {
        a.map(|a| (a as i64 >> N) as u64)
    }

    fn if_negative(self, sign: [u64; 8], yes: [u64; 8], no: [u64; 8]) -> [u64; 8] {
        std::array::from_fn(|lane| {
            if (sign[lane] as i64) < 0 {
                yes[lane]
            } else {
                no[lane]
            }
        })
    }

    fn if_zero(self, value: [u64; 8], yes: [u64; 8], no: [u64; 8]) -> [u64; 8] {
        std::array::from_fn(|lane| {
            if value[lane] == 0 {
                yes[lane]
            } else {
                no[lane]
            }
        })
    }

    fn transpose(self, rows: [[u64; 8]; 8]) -> [[u64; 8]; 8] {
        std::array::from_fn(|i| std::array::from_fn(|j| rows[j][i]))
    }

    fn spread(self, elements: &[[u64; 4]; 8]) -> [[u64; 8]; 4] {
        std::array::from_fn(|i| std::array::from_fn(|lane| elements[lane][i]))
    }

    fn collect(self, elements: [&[u64; 4]; 8]) -> [[u64; 8]; 4] {
        std::array::from_fn(|i| std::array::from_fn(|lane| elements[lane][i]))
    }

    fn join(self, integers: [[u64; 8]; 4], elements: &mut [[u64; 4]; 8]) {
        for (lane, element) in elements.iter_mut().enumerate() {
            *element = std::array::from_fn(|i| integers[i][lane]);
        }
    }
}
