//! Sets of bytes: what a comparison with a threshold says about one byte of the view.

/// A set of values from 0 to 255.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ByteSet([u64; 4]);

impl ByteSet {
    /// All 256 values.
    pub const FULL: Self = Self([u64::MAX; 4]);

    /// The values for which `holds` is true.
    #[must_use]
    pub fn of(holds: impl Fn(usize) -> bool) -> Self {
        let mut words = [0; 4];
        for value in (0..256).filter(|&value| holds(value)) {
            words[value / 64] |= 1 << (value % 64);
        }
        Self(words)
    }

    /// Whether a value is in the set.
    #[must_use]
    pub fn contains(self, value: usize) -> bool {
        self.0[value / 64] >> (value % 64) & 1 == 1
    }

    /// Whether the set has no values.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == [0; 4]
    }

    /// The values in both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self([0, 1, 2, 3].map(|i| self.0[i] & other.0[i]))
    }

    /// The values that are not in `other`.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self([0, 1, 2, 3].map(|i| self.0[i] & !other.0[i]))
    }

    /// The set's indicator as a sum of steps `[byte ≥ k]`: a constant, and `(k, sign)` with `k` from
    /// 1 to 255.
    #[must_use]
    pub fn steps(self) -> (f64, Vec<(u8, f64)>) {
        let edge = |k: u8| match (self.contains(usize::from(k) - 1), self.contains(k.into())) {
            (false, true) => Some((k, 1.0)),
            (true, false) => Some((k, -1.0)),
            _ => None,
        };
        let constant = f64::from(u8::from(self.contains(0)));
        (constant, (1..=255).filter_map(edge).collect())
    }

    /// The set as an intersection of sets with at most one step each, where it is an interval.
    #[must_use]
    pub fn one_step_parts(self) -> Vec<Self> {
        match *self.steps().1 {
            [(from, 1.0), (to, _)] => {
                let (from, to) = (usize::from(from), usize::from(to));
                vec![Self::of(|v| v >= from), Self::of(|v| v < to)]
            }
            _ => vec![self],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indicators_are_sums_of_steps() {
        let sets = [
            ByteSet::FULL,
            ByteSet::of(|_| false),
            ByteSet::of(|v| v >= 7),
            ByteSet::of(|v| (3..9).contains(&v)),
            ByteSet::of(|v| v == 255 || v % 60 < 3),
        ];
        for set in sets {
            let (constant, steps) = set.steps();
            for value in 0..256usize {
                let passed =
                    |(k, sign): &(u8, f64)| if value >= usize::from(*k) { *sign } else { 0.0 };
                let sum: f64 = steps.iter().map(passed).sum();
                assert_eq!(constant + sum == 1.0, set.contains(value), "{value}");
                let parts = set.one_step_parts();
                assert_eq!(
                    parts.iter().all(|part| part.contains(value)),
                    set.contains(value)
                );
            }
        }
    }
}
