//! What a sample says about the whole: an upper bound at 95 % confidence.
//!
//! The bound of Clopper and Pearson for draws with replacement: the largest share `p` for which as
//! few faults as were found, or fewer, still have a probability of 5 %. Without a fault in `n` draws
//! that is `1 − 0.05^(1/n)`, the exact form of the rule of three. Drawing without replacement, as
//! here, finds at least as much, so the bound holds for any population.

#![allow(
    clippy::disallowed_methods,
    reason = "the bound is shown with two digits and decides nothing"
)]

/// One minus the confidence.
const RISK: f64 = 0.05;

/// The upper bound for the share of a property that `found` of `size` drawn items have, in a
/// population of `population`.
///
/// # Panics
/// When the numbers do not ascend.
pub fn upper_bound(found: u64, size: u64, population: u64) -> f64 {
    assert!(found <= size && size <= population && size > 0);
    let (k, n) = (found as f64, size as f64);
    if size == population || found == size {
        return k / n;
    }
    if found == 0 {
        return 1.0 - RISK.powf(1.0 / n);
    }
    bisect(k / n, |share| {
        probability_of_at_most(found, size, share) > RISK
    })
}

/// The share `found / size` with its two-sided bounds at 95 % confidence: below the lower one as many as
/// were found, or more, and above the upper one as few, or fewer, have a probability of 2.5 % at most.
/// `None` where `size` is zero.
///
/// # Panics
/// When more were found than drawn.
pub fn interval(found: u64, size: u64) -> Option<[f64; 3]> {
    assert!(found <= size);
    let share = (size > 0).then(|| found as f64 / size as f64)?;
    let high = two_sided(found, size);
    let low = 1.0 - two_sided(size - found, size);
    Some([share, low, high])
}

/// The largest share for which `found` or fewer of `size` still have half the risk.
fn two_sided(found: u64, size: u64) -> f64 {
    if found == size {
        return 1.0;
    }
    bisect(found as f64 / size as f64, |share| {
        probability_of_at_most(found, size, share) > RISK / 2.0
    })
}

/// Where `holds` ends, above `low`.
fn bisect(mut low: f64, holds: impl Fn(f64) -> bool) -> f64 {
    let mut high = 1.0;
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if holds(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// The chance that a sample of `checked` positions out of `population` has at least one of `hidden`
/// false ones, whichever these are. All of them are found when the sample leaves fewer out.
///
/// # Panics
/// When the sample is larger than the population.
pub fn chance(checked: u64, population: u64, hidden: u64) -> f64 {
    assert!(checked <= population);
    let left_out = population - checked;
    let missed: f64 = (0..hidden.min(population))
        .map(|i| left_out.saturating_sub(i) as f64 / (population - i) as f64)
        .product();
    1.0 - missed
}

/// A chance in per cent, rounded down to two digits, so that none is overstated.
pub fn percent_down(share: f64) -> String {
    format!("{:.2} %", (share * 10_000.0 + 1e-9).floor() / 100.0)
}

/// A share in per cent, rounded up to two digits, so that no bound is understated.
pub fn percent(share: f64) -> String {
    format!("{:.2} %", (share * 10_000.0 - 1e-9).max(0.0).ceil() / 100.0)
}

/// The distribution function of the binomial distribution, `0 < p < 1`.
fn probability_of_at_most(found: u64, size: u64, p: f64) -> f64 {
    let mut sum = 0.0;
    let mut log = size as f64 * (1.0 - p).ln();
    for i in 0..=found {
        sum += log.exp();
        log += ((size - i) as f64 / (i + 1) as f64).ln() + p.ln() - (1.0 - p).ln();
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: u64, size: u64, expected: f64) {
        let bound = upper_bound(found, size, 1_000_000);
        assert!(
            (bound - expected).abs() < 5e-5,
            "{found} of {size}: {bound}"
        );
    }

    #[test]
    fn bounds_are_those_of_tables() {
        // 299 is the first size without a fault that bounds the share below 1 %.
        assert!(upper_bound(0, 299, 1_000_000) < 0.01);
        assert!(upper_bound(0, 298, 1_000_000) > 0.01);
        // One-sided 95 % limits of Clopper and Pearson.
        close(0, 10, 0.2589);
        close(1, 10, 0.3942);
        close(2, 20, 0.2826);
        close(5, 100, 0.1023);
    }

    #[test]
    fn intervals_are_those_of_tables() {
        // Two-sided 95 % limits of Clopper and Pearson.
        for (found, size, low, high) in [
            (0, 10, 0.0, 0.3085),
            (5, 10, 0.1871, 0.8129),
            (10, 10, 0.6915, 1.0),
            (1, 100, 0.0003, 0.0545),
        ] {
            let bounds = interval(found, size).unwrap();
            assert!((bounds[1] - low).abs() < 5e-5, "{bounds:?}");
            assert!((bounds[2] - high).abs() < 5e-5, "{bounds:?}");
        }
        assert_eq!(interval(0, 0), None);
    }

    #[test]
    fn chances_are_those_of_the_hypergeometric_distribution() {
        // 299 of 2,586 positions find one false item with 12 %.
        assert_eq!(percent_down(chance(299, 2_586, 1)), "11.56 %");
        // 2 of 4 drawn, 2 of 4 false: only one of six pairs misses both.
        assert!((chance(2, 4, 2) - 5.0 / 6.0).abs() < 1e-12);
        assert_eq!(chance(4, 4, 1), 1.0);
        assert_eq!(chance(3, 4, 2), 1.0);
        assert_eq!(chance(0, 4, 2), 0.0);
        assert!(chance(10, 100, 5) > chance(10, 100, 1));
        assert_eq!(percent_down(0.999_999), "99.99 %");
    }

    #[test]
    fn a_whole_population_leaves_no_doubt() {
        assert_eq!(upper_bound(0, 60, 60), 0.0);
        assert_eq!(upper_bound(3, 60, 60), 0.05);
        assert_eq!(upper_bound(4, 4, 60), 1.0);
    }

    #[test]
    fn no_bound_is_understated() {
        assert_eq!(percent(0.010_001), "1.01 %");
        assert_eq!(percent(0.01), "1.00 %");
        assert_eq!(percent(0.0), "0.00 %");
        assert_eq!(percent(1.0), "100.00 %");
    }
}
