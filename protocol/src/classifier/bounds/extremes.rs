//! Minimum and maximum of any range of a list.

/// Answers in constant time (sparse table of powers of two).
pub struct Extremes<T> {
    levels: Vec<Vec<(T, T)>>,
}

impl<T: Copy + Ord> Extremes<T> {
    /// Prepares a list.
    pub fn new(list: Vec<T>) -> Self {
        let len = list.len();
        let mut levels = vec![list.into_iter().map(|v| (v, v)).collect::<Vec<_>>()];
        let mut width = 1;
        while 2 * width <= len {
            let below = &levels[levels.len() - 1];
            let level = (0..=len - 2 * width)
                .map(|i| {
                    let ((a, b), (c, d)) = (below[i], below[i + width]);
                    (a.min(c), b.max(d))
                })
                .collect();
            levels.push(level);
            width *= 2;
        }
        Self { levels }
    }

    /// Extremes of `list[from..=to]`.
    pub fn query(&self, from: usize, to: usize) -> (T, T) {
        let level = (to - from + 1).ilog2() as usize;
        let ((a, b), (c, d)) = (
            self.levels[level][from],
            self.levels[level][to + 1 - (1 << level)],
        );
        (a.min(c), b.max(d))
    }
}
