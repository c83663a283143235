//! Numbers that are multiples of one power of two: sums of them are exact integers.

/// The largest magnitude of a weight of the integer classifier: rounding it to an integer is as
/// exact as a 32-bit float, which has 24 significant bits.
pub const LARGEST: f64 = (1 << 23) as f64;

/// How much larger than a weight a bias may be.
const BIAS: f64 = (1 << 16) as f64;

/// Collects numbers.
#[derive(Default)]
pub struct Multiples {
    /// Binary logarithm of the largest power of two that divides all numbers.
    lowest: Option<i32>,
    largest: f64,
}

impl Multiples {
    /// Adds a number.
    pub fn insert(&mut self, number: f64) {
        if number == 0.0 {
            return;
        }
        let bits = number.to_bits();
        let exponent = (bits >> 52 & 0x7ff) as i32;
        let mantissa = bits & ((1 << 52) - 1) | u64::from(exponent > 0) << 52;
        let own = exponent.max(1) - 1075 + mantissa.trailing_zeros() as i32;
        self.lowest = Some(self.lowest.map_or(own, |lowest| lowest.min(own)));
        self.largest = self.largest.max(number.abs());
    }

    /// Adds a bias, which may be a larger multiple than a weight.
    pub fn insert_bias(&mut self, number: f64) {
        let largest = self.largest;
        self.insert(number);
        self.largest = largest.max(number.abs() / BIAS);
    }

    /// The largest power of two that divides all numbers, 1 for none. `None` where a number is too
    /// large a multiple of it.
    #[must_use]
    pub fn unit(&self) -> Option<f64> {
        let unit = libm::exp2(self.lowest.unwrap_or(0).into());
        (self.largest / unit <= LARGEST).then_some(unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(list: &[f64]) -> Option<f64> {
        let mut multiples = Multiples::default();
        list.iter().for_each(|&number| multiples.insert(number));
        multiples.unit()
    }

    #[test]
    fn the_unit_divides_all() {
        assert_eq!(unit(&[]), Some(1.0));
        assert_eq!(unit(&[3.0, -1.0, 0.0]), Some(1.0));
        assert_eq!(unit(&[6.0, 4.0]), Some(2.0));
        assert_eq!(unit(&[0.75, -2.0]), Some(0.25));
        assert_eq!(unit(&[1.0, 1e-9]), None);
        assert_eq!(unit(&[f64::MIN_POSITIVE]), Some(f64::MIN_POSITIVE));
    }
}
