//! Minimum and maximum of any range of a list that is computed where it is asked for.

/// Entries that are looked at one by one.
const BLOCK: usize = 8;

/// Answers in a bounded number of steps: a sparse table of powers of two over blocks of the list,
/// so that a list of `n` entries takes `n/8·log₂(n/8)` pairs.
pub struct Extremes<T> {
    levels: Vec<Vec<(T, T)>>,
}

impl<T: Copy + Ord> Extremes<T> {
    /// Prepares the list `entry(0), …, entry(len − 1)`.
    pub fn new(len: usize, entry: impl Fn(usize) -> T) -> Self {
        let blocks = len / BLOCK;
        let mut levels = Vec::new();
        if blocks > 0 {
            let block = |b: usize| scan(BLOCK * b, BLOCK * b + BLOCK - 1, &entry);
            levels.push((0..blocks).map(block).collect::<Vec<_>>());
        }
        let mut width = 1;
        while 2 * width <= blocks {
            let below = &levels[levels.len() - 1];
            let level = (0..=blocks - 2 * width)
                .map(|i| join(below[i], below[i + width]))
                .collect();
            levels.push(level);
            width *= 2;
        }
        Self { levels }
    }

    /// Extremes of `entry(from), …, entry(to)`, the list being that of [`Self::new`].
    pub fn query(&self, from: usize, to: usize, entry: impl Fn(usize) -> T) -> (T, T) {
        let (first, end) = (from.div_ceil(BLOCK), (to + 1) / BLOCK);
        if first >= end {
            return scan(from, to, &entry);
        }
        let level = (end - first).ilog2() as usize;
        let list = &self.levels[level];
        let mut found = join(list[first], list[end - (1 << level)]);
        if from < BLOCK * first {
            found = join(found, scan(from, BLOCK * first - 1, &entry));
        }
        if BLOCK * end <= to {
            found = join(found, scan(BLOCK * end, to, &entry));
        }
        found
    }
}

fn scan<T: Copy + Ord>(from: usize, to: usize, entry: &impl Fn(usize) -> T) -> (T, T) {
    (from + 1..=to)
        .map(entry)
        .fold((entry(from), entry(from)), |(least, greatest), v| {
            (least.min(v), greatest.max(v))
        })
}

fn join<T: Ord>((a, b): (T, T), (c, d): (T, T)) -> (T, T) {
    (a.min(c), b.max(d))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_range_of_every_length() {
        for len in 1..=70 {
            let list: Vec<i32> = (0..len).map(|i| i * i * 37 % 101 - 50).collect();
            let entry = |i: usize| list[i];
            let extremes = Extremes::new(list.len(), entry);
            for from in 0..list.len() {
                for to in from..list.len() {
                    let range = &list[from..=to];
                    let expected = (*range.iter().min().unwrap(), *range.iter().max().unwrap());
                    assert_eq!(extremes.query(from, to, entry), expected, "{from}..={to}");
                }
            }
        }
    }
}
