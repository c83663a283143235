//! The confusion table of classes, and the shares that follow from it.

use super::table::{Share, Table};
use crate::audit::interval;
use duces_protocol::answers::Answer;
use std::collections::{BTreeMap, BTreeSet};

/// Labelled positions, by label and proven class.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Confusion {
    /// How many have this label and this class.
    cells: BTreeMap<(u32, u32), u64>,
    /// How many have this label, and no answer.
    undecided: BTreeMap<u32, u64>,
}

/// The class that an answer says: of scores the index of the largest, the lowest among equals.
#[must_use]
pub fn class_of(answer: &Answer) -> u32 {
    match answer {
        Answer::Match(bit) => u32::from(*bit),
        Answer::Class(class) => *class,
        Answer::Scores(scores) => {
            let numbered = (0..).zip(scores);
            let best = numbered.reduce(|best, next| if next.1 > best.1 { next } else { best });
            best.map_or(0, |(class, _)| class)
        }
    }
}

impl Confusion {
    /// Counts one position.
    pub fn count(&mut self, class: Option<u32>, label: u32) {
        let cell = match class {
            Some(class) => self.cells.entry((label, class)).or_default(),
            None => self.undecided.entry(label).or_default(),
        };
        *cell += 1;
    }

    /// The labels and classes that occur, ascending.
    #[must_use]
    pub fn classes(&self) -> Vec<u32> {
        let pairs = self
            .cells
            .keys()
            .flat_map(|(label, class)| [*label, *class]);
        let all: BTreeSet<u32> = pairs.chain(self.undecided.keys().copied()).collect();
        all.into_iter().collect()
    }

    /// How many have this label and this class.
    #[must_use]
    pub fn cell(&self, label: u32, class: u32) -> u64 {
        self.cells.get(&(label, class)).copied().unwrap_or(0)
    }

    /// How many have this label, and no answer.
    #[must_use]
    pub fn undecided(&self, label: u32) -> u64 {
        self.undecided.get(&label).copied().unwrap_or(0)
    }

    /// The cells that are not empty: label, class, count.
    pub fn cells(&self) -> impl Iterator<Item = (u32, u32, u64)> {
        self.cells
            .iter()
            .map(|((label, class), count)| (*label, *class, *count))
    }

    /// Positions with a label.
    #[must_use]
    pub fn labelled(&self) -> u64 {
        self.decided() + self.undecided.values().sum::<u64>()
    }

    /// Positions with a label and an answer.
    #[must_use]
    pub fn decided(&self) -> u64 {
        self.cells.values().sum()
    }

    /// Classes that are the label, of those with an answer.
    #[must_use]
    pub fn accuracy(&self) -> Share {
        let right = self
            .cells
            .iter()
            .filter(|((label, class), _)| label == class);
        Share {
            name: "accuracy",
            about: "classes that are the label",
            value: interval(right.map(|(_, count)| count).sum(), self.decided()),
        }
    }

    /// One class against all others: what has it is a match.
    #[must_use]
    pub fn against_others(&self, class: u32) -> Table {
        let mut table = Table::default();
        for ((label, own), count) in &self.cells {
            table.count(Some(*own == class), *label == class, *count);
        }
        for (label, count) in &self.undecided {
            table.count(None, *label == class, *count);
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_classes_follow_from_the_table() {
        let mut confusion = Confusion::default();
        for (label, class, times) in [
            (0, Some(0), 40),
            (0, Some(2), 3),
            (1, Some(1), 30),
            (2, Some(1), 5),
            (2, Some(2), 22),
            (7, Some(0), 1),
            (1, None, 2),
        ] {
            (0..times).for_each(|_| confusion.count(class, label));
        }
        assert_eq!(confusion.classes(), [0, 1, 2, 7]);
        assert_eq!((confusion.labelled(), confusion.decided()), (103, 101));
        let [share, low, high] = confusion.accuracy().value.unwrap();
        assert!((share - 92.0 / 101.0).abs() < 1e-12 && low < share && share < high);
        let one = confusion.against_others(1);
        let counted = (
            one.true_matches,
            one.false_matches,
            one.missed,
            one.undecided_yes,
        );
        assert_eq!(counted, (30, 5, 0, 2));
        assert_eq!(one.true_others, 66);
        let unknown = confusion.against_others(7);
        assert_eq!((unknown.true_matches, unknown.missed), (0, 1));
        assert_eq!(Confusion::default().accuracy().value, None);
    }

    #[test]
    fn the_class_of_scores_is_the_first_of_the_largest() {
        assert_eq!(class_of(&Answer::Scores(vec![-3, 5, 5, 4])), 1);
        assert_eq!(class_of(&Answer::Scores(vec![-3])), 0);
        assert_eq!(class_of(&Answer::Class(8)), 8);
    }
}
