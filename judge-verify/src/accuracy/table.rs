//! The confusion table, and the shares that follow from it.

use crate::audit::interval;

/// Labelled positions, by decision and label.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Table {
    /// Proved to match, labelled yes.
    pub true_matches: u64,
    /// Proved to match, labelled no.
    pub false_matches: u64,
    /// Proved not to match, labelled yes.
    pub missed: u64,
    /// Proved not to match, labelled no.
    pub true_others: u64,
    /// Without a decision, labelled yes.
    pub undecided_yes: u64,
    /// Without a decision, labelled no.
    pub undecided_no: u64,
}

/// A share with its exact 95 % interval.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Share {
    /// Its name in reports.
    pub name: &'static str,
    /// What it is a share of, in words.
    pub about: &'static str,
    /// The share and its bounds; `None` where there is nothing to divide by.
    pub value: Option<[f64; 3]>,
}

impl Table {
    /// Counts so many positions.
    pub fn count(&mut self, decision: Option<bool>, relevant: bool, times: u64) {
        let cell = match (decision, relevant) {
            (Some(true), true) => &mut self.true_matches,
            (Some(true), false) => &mut self.false_matches,
            (Some(false), true) => &mut self.missed,
            (Some(false), false) => &mut self.true_others,
            (None, true) => &mut self.undecided_yes,
            (None, false) => &mut self.undecided_no,
        };
        *cell += times;
    }

    /// Positions with a label.
    #[must_use]
    pub fn labelled(&self) -> u64 {
        self.decided() + self.undecided_yes + self.undecided_no
    }

    /// Positions with a label and a decision.
    #[must_use]
    pub fn decided(&self) -> u64 {
        self.true_matches + self.false_matches + self.missed + self.true_others
    }

    /// Accuracy, precision, recall, F1 and elusion of the positions with a decision.
    ///
    /// `F1 = 2J/(1 + J)` for the share `J` of true matches among all that match, are labelled yes, or
    /// both: it ascends with `J`, so the interval of `J` gives that of `F1`.
    #[must_use]
    pub fn shares(&self) -> [Share; 5] {
        let Self {
            true_matches,
            false_matches,
            missed,
            true_others,
            ..
        } = *self;
        let share = |name, about, found, of| Share {
            name,
            about,
            value: interval(found, of),
        };
        let mut f1 = share(
            "F1",
            "harmonic mean of precision and recall",
            true_matches,
            true_matches + false_matches + missed,
        );
        f1.value = f1.value.map(|value| value.map(|j| 2.0 * j / (1.0 + j)));
        [
            share(
                "accuracy",
                "decisions that agree with the label",
                true_matches + true_others,
                self.decided(),
            ),
            share(
                "precision",
                "labelled yes, of those that match",
                true_matches,
                true_matches + false_matches,
            ),
            share(
                "recall",
                "matching, of those labelled yes",
                true_matches,
                true_matches + missed,
            ),
            f1,
            share(
                "elusion",
                "labelled yes, of those that do not match",
                missed,
                missed + true_others,
            ),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_follow_from_the_table() {
        let mut table = Table::default();
        for (decision, relevant, times) in [
            (Some(true), true, 8),
            (Some(true), false, 2),
            (Some(false), true, 4),
            (Some(false), false, 86),
            (None, true, 1),
            (None, false, 3),
        ] {
            table.count(decision, relevant, times);
        }
        assert_eq!((table.labelled(), table.decided()), (104, 100));
        let share = |name: &str| {
            let shares = table.shares();
            let found = shares.iter().find(|share| share.name == name).unwrap();
            found.value.unwrap()
        };
        for (name, expected) in [
            ("accuracy", 0.94),
            ("precision", 0.8),
            ("recall", 8.0 / 12.0),
            ("F1", 16.0 / 22.0),
            ("elusion", 4.0 / 90.0),
        ] {
            let [value, low, high] = share(name);
            assert!((value - expected).abs() < 1e-12, "{name}: {value}");
            assert!(low < value && value < high, "{name}: {low} to {high}");
        }
        // Clopper and Pearson, 8 of 10: 44.39 % to 97.48 %.
        let [_, low, high] = share("precision");
        assert!((low - 0.4439).abs() < 5e-5 && (high - 0.9748).abs() < 5e-5);
    }

    #[test]
    fn nothing_is_divided_by_zero() {
        for share in Table::default().shares() {
            assert_eq!(share.value, None, "{}", share.name);
        }
    }
}
