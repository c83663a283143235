//! One bit for each of many numbers: what is kept of every position where more would not fit in memory.

/// A set of numbers below a bound, in one bit each.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BitSet {
    words: Vec<u64>,
    bound: u64,
}

impl BitSet {
    /// The empty set of numbers below `bound`.
    ///
    /// # Panics
    /// When so many bits do not fit in an address space.
    #[must_use]
    pub fn new(bound: u64) -> Self {
        let words = usize::try_from(bound.div_ceil(64)).expect("positions fit in memory as bits");
        Self {
            words: vec![0; words],
            bound,
        }
    }

    /// Adds a number; whether it is new. What is not below the bound is left out.
    pub fn insert(&mut self, number: u64) -> bool {
        if number >= self.bound {
            return false;
        }
        let word = &mut self.words[(number / 64) as usize];
        let bit = 1 << (number % 64);
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }

    /// Whether the number is in it.
    #[must_use]
    pub fn contains(&self, number: u64) -> bool {
        number < self.bound && self.words[(number / 64) as usize] >> (number % 64) & 1 == 1
    }

    /// How many numbers are in it.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.words.iter().map(|w| u64::from(w.count_ones())).sum()
    }

    /// Whether none is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// Whether every number of it is in the other, which has the same bound.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        self.bound == other.bound
            && self
                .words
                .iter()
                .zip(&other.words)
                .all(|(own, other)| own & !other == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_at_the_edges() {
        let mut set = BitSet::new(130);
        assert!(set.is_empty());
        for number in [0, 63, 64, 129] {
            assert!(set.insert(number) && !set.insert(number));
            assert!(set.contains(number));
        }
        assert!(!set.insert(130) && !set.contains(130) && !set.contains(u64::MAX));
        assert_eq!(set.len(), 4);
        let mut more = set.clone();
        more.insert(1);
        assert!(set.is_within(&more) && !more.is_within(&set));
        assert!(!set.is_within(&BitSet::new(131)));
        assert!(BitSet::new(0).is_empty() && !BitSet::new(0).contains(0));
    }
}
